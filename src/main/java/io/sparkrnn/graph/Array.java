package io.sparkrnn.graph;

import io.sparkrnn.model.Precision;
import io.sparkrnn.tensor.DType;
import io.sparkrnn.tensor.Tensor;
import java.util.Arrays;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a node of a graph takes and gives for one row: numbers of the engine's precision, or whole numbers, in an array of
 * any rank, row-major. An operator fills the arrays that it made; nobody modifies them after.
 */
public final class Array {
    /** The most elements of an array: a gigabyte of float32. */
    public static final int MOST_ELEMENTS = 1 << 28;

    /** More axes than any network has. */
    public static final int MOST_AXES = 32;

    private final int[] shape;
    private final int elements;
    private final float @Nullable [] floats;
    private final double @Nullable [] doubles;
    private final long @Nullable [] wholes;

    private Array(int[] shape, float @Nullable [] floats, double @Nullable [] doubles, long @Nullable [] wholes) {
        this.shape = shape;
        this.elements = count(shape);
        this.floats = floats;
        this.doubles = doubles;
        this.wholes = wholes;
    }

    /**
     * The product of sizes.
     *
     * @throws GraphException when one is negative, or it is more than an array has
     */
    public static int count(int... shape) {
        if (shape.length > MOST_AXES) {
            throw new GraphException("an array of " + shape.length + " axes; at most " + MOST_AXES + " are computed");
        }
        long count = 1;
        for (int size : shape) {
            if (size < 0) {
                throw new GraphException("an array of shape " + Arrays.toString(shape));
            }
            count *= size;
            if (count > MOST_ELEMENTS) {
                throw new GraphException("an array of shape " + Arrays.toString(shape) + " has more than the "
                        + MOST_ELEMENTS + " elements that one can have");
            }
        }
        return (int) count;
    }

    /** As {@link #count}, of what is allocated then. */
    private static int allocated(int... shape) {
        int count = count(shape);
        Budget.allocate(count);
        return count;
    }

    /** Numbers, all 0. */
    public static Array numbers(Precision precision, int... shape) {
        int count = allocated(shape);
        return precision == Precision.FLOAT32
                ? new Array(shape.clone(), new float[count], null, null)
                : new Array(shape.clone(), null, new double[count], null);
    }

    /** Whole numbers, all 0. Truth is 1, and what is false is 0. */
    public static Array wholes(int... shape) {
        return new Array(shape.clone(), null, null, new long[allocated(shape)]);
    }

    /** A list of whole numbers. */
    public static Array ofWholes(long... values) {
        return new Array(new int[] {values.length}, null, null, values.clone());
    }

    /** Numbers that are kept, not copied: nobody may modify them after. */
    public static Array of(float[] values, int... shape) {
        if (values.length != count(shape)) {
            throw new IllegalArgumentException(values.length + " numbers for " + Arrays.toString(shape));
        }
        return new Array(shape.clone(), values, null, null);
    }

    /** Numbers that are kept, not copied: nobody may modify them after. */
    public static Array of(double[] values, int... shape) {
        if (values.length != count(shape)) {
            throw new IllegalArgumentException(values.length + " numbers for " + Arrays.toString(shape));
        }
        return new Array(shape.clone(), null, values, null);
    }

    /**
     * The elements of a tensor: floats of any width as numbers, rounded to {@code precision}, all others as whole numbers.
     *
     * @throws GraphException when it is too large, or of a type that has neither
     */
    public static Array of(Tensor tensor, Precision precision) {
        int[] shape = new int[tensor.shape().rank()];
        for (int d = 0; d < shape.length; d++) {
            shape[d] = (int) Math.min(Integer.MAX_VALUE, tensor.shape().size(d));
        }
        count(shape);
        DType dtype = tensor.dtype();
        if (dtype.isWeight()) {
            return precision == Precision.FLOAT32
                    ? new Array(shape, tensor.toFloats(), null, null)
                    : new Array(shape, null, tensor.toDoubles(), null);
        }
        try {
            return new Array(shape, null, null, tensor.toLongs());
        } catch (IllegalStateException e) {
            throw new GraphException("a tensor of " + dtype + " has no numbers that can be computed with");
        }
    }

    /** An array of the same kind of elements, all 0. */
    public Array like(int... newShape) {
        int count = allocated(newShape);
        return new Array(
                newShape.clone(),
                floats == null ? null : new float[count],
                doubles == null ? null : new double[count],
                wholes == null ? null : new long[count]);
    }

    /**
     * The same elements in another shape.
     *
     * @throws GraphException when it has not as many
     */
    public Array reshaped(int... newShape) {
        if (count(newShape) != elements) {
            throw new GraphException("the " + elements + " elements of shape " + Arrays.toString(shape)
                    + " are not those of shape " + Arrays.toString(newShape));
        }
        return new Array(newShape.clone(), floats, doubles, wholes);
    }

    /** The sizes, a copy. */
    public int[] shape() {
        return shape.clone();
    }

    public int rank() {
        return shape.length;
    }

    /** The size of an axis, counted from the end when negative. */
    public int size(int axis) {
        return shape[axis < 0 ? axis + shape.length : axis];
    }

    public int elements() {
        return elements;
    }

    /** Whether its elements are whole numbers. */
    public boolean isWhole() {
        return wholes != null;
    }

    /** Its numbers, not to be modified; null when it has none of float32. */
    public float @Nullable [] floats() {
        return floats;
    }

    /** Its numbers, not to be modified; null when it has none of float64. */
    public double @Nullable [] doubles() {
        return doubles;
    }

    /** An element as a number. */
    public double get(int index) {
        return floats != null
                ? floats[index]
                : doubles != null ? doubles[index] : (double) Objects.requireNonNull(wholes)[index];
    }

    /** Puts a number, rounded to what the array has. For who made the array. */
    public void set(int index, double value) {
        if (floats != null) {
            floats[index] = (float) value;
        } else if (doubles != null) {
            doubles[index] = value;
        } else {
            Objects.requireNonNull(wholes)[index] = (long) value;
        }
    }

    /** An element as a whole number; what is behind the point is cut off. */
    public long whole(int index) {
        return wholes != null ? wholes[index] : (long) get(index);
    }

    /** Puts a whole number. For who made the array. */
    public void setWhole(int index, long value) {
        if (wholes != null) {
            wholes[index] = value;
        } else {
            set(index, (double) value);
        }
    }

    /** All elements as whole numbers. */
    public long[] toWholes() {
        long[] values = new long[elements];
        for (int i = 0; i < elements; i++) {
            values[i] = whole(i);
        }
        return values;
    }

    /** Copies elements from an array of the same kind. For who made the array. */
    public void copyFrom(Array source, int from, int at, int count) {
        if (floats != null && source.floats != null) {
            System.arraycopy(source.floats, from, floats, at, count);
        } else if (doubles != null && source.doubles != null) {
            System.arraycopy(source.doubles, from, doubles, at, count);
        } else if (wholes != null && source.wholes != null) {
            System.arraycopy(source.wholes, from, wholes, at, count);
        } else {
            throw new GraphException("numbers and whole numbers in one array");
        }
    }

    /**
     * The index of an axis, counted from the end when negative.
     *
     * @param ranks of how many axes
     * @throws GraphException when there is no such axis
     */
    public static int axis(long axis, int ranks) {
        long index = axis < 0 ? axis + ranks : axis;
        if (index < 0 || index >= ranks) {
            throw new GraphException("axis " + axis + " of an array of " + ranks + " axes");
        }
        return (int) index;
    }

    /** The product of the sizes from one axis to before another. */
    public int product(int from, int to) {
        int product = 1;
        for (int d = from; d < to; d++) {
            product *= shape[d];
        }
        return product;
    }

    /** For each axis how many elements are between two neighbours. */
    public int[] strides() {
        int[] strides = new int[shape.length];
        int stride = 1;
        for (int d = shape.length - 1; d >= 0; d--) {
            strides[d] = stride;
            stride *= shape[d];
        }
        return strides;
    }

    /**
     * A copy of elements at regular distances: transposed, cut, turned round or repeated, as the strides have it.
     *
     * @param offset where the first one is
     * @param strides for each axis of {@code newShape} the distance of two neighbours here; 0 repeats
     */
    public Array strided(int[] newShape, int offset, int[] strides) {
        Array result = like(newShape);
        if (result.elements == 0) {
            return result;
        }
        int last = newShape.length - 1;
        if (last < 0) {
            result.copyFrom(this, offset, 0, 1);
            return result;
        }
        int[] index = new int[newShape.length];
        int from = offset;
        int run = newShape[last];
        for (int at = 0; at < result.elements; at += run) {
            result.copyRun(this, from, strides[last], at, run);
            for (int d = last - 1; d >= 0; d--) {
                from += strides[d];
                if (++index[d] < newShape[d]) {
                    break;
                }
                from -= strides[d] * newShape[d];
                index[d] = 0;
            }
        }
        return result;
    }

    /**
     * A copy of a part of an axis.
     *
     * @param axis which
     * @param from the first index
     * @param count how many
     */
    public Array part(int axis, int from, int count) {
        int[] sizes = shape.clone();
        sizes[axis] = count;
        Array part = like(sizes);
        int inner = product(axis + 1, shape.length);
        int outer = product(0, axis);
        for (int o = 0; o < outer; o++) {
            part.copyFrom(this, (o * shape[axis] + from) * inner, o * count * inner, count * inner);
        }
        return part;
    }

    private void copyRun(Array source, int from, int stride, int at, int count) {
        if (stride == 1) {
            copyFrom(source, from, at, count);
        } else if (floats != null && source.floats != null) {
            for (int i = 0; i < count; i++) {
                floats[at + i] = source.floats[from + i * stride];
            }
        } else {
            for (int i = 0; i < count; i++) {
                copyFrom(source, from + i * stride, at + i, 1);
            }
        }
    }

    /** The kind and the shape, not the elements. */
    @Override
    public String toString() {
        return (wholes != null ? "whole numbers " : "numbers ") + Arrays.toString(shape);
    }
}
