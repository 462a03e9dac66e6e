package io.sparkrnn.tensor;

import java.io.Serializable;
import java.util.Arrays;
import java.util.stream.Collectors;
import java.util.stream.LongStream;

/** The sizes of a tensor's dimensions, outermost first; no dimension at all is a single number. Immutable. */
public final class Shape implements Serializable {
    private static final long serialVersionUID = 1;

    private final long[] sizes;

    private Shape(long[] sizes) {
        this.sizes = sizes;
    }

    /**
     * A shape of the given sizes, which are copied.
     *
     * @throws IllegalArgumentException for a negative size, or when the number of elements does not fit a long
     */
    public static Shape of(long... sizes) {
        long elements = 1;
        boolean empty = false;
        for (long size : sizes) {
            if (size < 0) {
                throw new IllegalArgumentException("a dimension of size " + size + " in " + Arrays.toString(sizes));
            }
            empty |= size == 0;
        }
        for (long size : sizes) {
            try {
                elements = empty ? 0 : Math.multiplyExact(elements, size);
            } catch (ArithmeticException e) {
                throw new IllegalArgumentException("too many elements in " + Arrays.toString(sizes), e);
            }
        }
        return new Shape(sizes.clone());
    }

    /** The number of dimensions. */
    public int rank() {
        return sizes.length;
    }

    /** The size of one dimension. */
    public long size(int dimension) {
        return sizes[dimension];
    }

    /** The number of elements: the product of the sizes. */
    public long elements() {
        return LongStream.of(sizes).reduce(1, (a, b) -> a * b);
    }

    /** Whether this shape has just these sizes. */
    public boolean is(long... expected) {
        return Arrays.equals(sizes, expected);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Shape shape && Arrays.equals(sizes, shape.sizes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(sizes);
    }

    /** As PyTorch prints it: {@code [8, 5]}. */
    @Override
    public String toString() {
        return LongStream.of(sizes).mapToObj(Long::toString).collect(Collectors.joining(", ", "[", "]"));
    }
}
