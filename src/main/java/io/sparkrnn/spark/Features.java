package io.sparkrnn.spark;

import io.sparkrnn.engine.Numbers;
import io.sparkrnn.model.Precision;
import io.sparkrnn.spark.Defect.Kind;
import io.sparkrnn.spark.Defect.Where;
import java.util.Arrays;
import java.util.Objects;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.Platform;
import org.jspecify.annotations.Nullable;

/**
 * The numbers [T][width] of the row at hand, in the way its column has them, on their way from Spark's own memory to the
 * engine's, standardised if so. {@link #take} says how many steps they are, then the engine has them copied. For one thread.
 */
abstract class Features implements Numbers {
    /** Where there is no column of lengths. */
    static final long ALL_STEPS = Long.MAX_VALUE;

    /** A null in the column of lengths. */
    static final long NULL_LENGTH = Long.MIN_VALUE;

    final int width;
    private final Precision precision;

    /** The mean and the deviation of each number of a step; empty when they are taken as they are. */
    private final double[] scales;

    private final Where where;

    private Features(Where where, int width, Precision precision, @Nullable Standardization scales) {
        this.where = where;
        this.width = width;
        this.precision = precision;
        this.scales = scales == null ? new double[0] : scales.pairs();
    }

    /**
     * What reads a column.
     *
     * @param type {@code array<array<number>>}, {@code array<number>} of T*width values, or a struct of one {@code
     *     array<number>} for each number of a step
     * @param where what the numbers are, for errors
     * @param width how many numbers a step must have
     */
    static Features of(Where where, DataType type, int width, Precision precision, @Nullable Standardization scales) {
        if (type instanceof StructType columns) {
            NumberReader[] readers = Arrays.stream(columns.fields())
                    .map(field -> NumberReader.of(((ArrayType) field.dataType()).elementType()))
                    .toArray(NumberReader[]::new);
            return new Columns(where, readers, precision, scales);
        }
        DataType element = ((ArrayType) type).elementType();
        return element instanceof ArrayType step
                ? new Nested(where, NumberReader.of(step.elementType()), width, precision, scales)
                : new Flat(where, NumberReader.of(element), width, precision, scales);
    }

    /**
     * Takes a row's value, which has to stay as it is until the numbers are copied.
     *
     * @param value what Spark has in the column
     * @param length the number of steps that count, {@link #ALL_STEPS} or {@link #NULL_LENGTH}
     * @return T
     * @throws Defect when there are none, or not as many as the length says
     */
    final int take(@Nullable Object value, long length) {
        if (value == null) {
            throw defect(Kind.NULL_VALUE, -1, 0);
        }
        int available = available(value);
        if (length == NULL_LENGTH) {
            throw defect(Kind.LENGTH_NULL, -1, 0);
        }
        if (length < 1) {
            throw defect(Kind.LENGTH_BELOW_ONE, -1, length);
        }
        if (length != ALL_STEPS && length > available) {
            throw defect(Kind.LENGTH_BEYOND_END, available, length);
        }
        if (available == 0) {
            throw defect(Kind.EMPTY, -1, 0);
        }
        int steps = (int) Math.min(length, available);
        if ((long) steps * width * precision.byteSize() > Integer.MAX_VALUE - 64) {
            throw defect(Kind.TOO_LONG, -1, steps);
        }
        return steps;
    }

    final Defect defect(Kind kind, int step, long found) {
        return new Defect(where, kind, step, found);
    }

    /** Keeps the value and says how many steps it has. */
    abstract int available(Object value);

    /** Copies elements of an array; the index of the first null among them, or -1. See {@link NumberReader}. */
    final int copy(
            NumberReader reader, ArrayData array, int count, float[] target, int at, int stride, int from, int to) {
        return scales.length == 0
                ? reader.copy(array, count, target, at, stride)
                : reader.copyStandardized(array, count, target, at, stride, scales, from, to);
    }

    /** The same in float64. */
    final int copy(
            NumberReader reader, ArrayData array, int count, double[] target, int at, int stride, int from, int to) {
        return scales.length == 0
                ? reader.copy(array, count, target, at, stride)
                : reader.copyStandardized(array, count, target, at, stride, scales, from, to);
    }

    /** Of {@code array<array<number>>}: [T][width]. */
    private static final class Nested extends Features {
        private final NumberReader reader;
        private final UnsafeArrayData step = new UnsafeArrayData();
        private @Nullable ArrayData steps;

        Nested(Where where, NumberReader reader, int width, Precision precision, @Nullable Standardization scales) {
            super(where, width, precision, scales);
            this.reader = reader;
        }

        @Override
        int available(Object value) {
            steps = (ArrayData) value;
            return steps.numElements();
        }

        @Override
        public void copyTo(float[] target, int at, int count) {
            ArrayData all = Objects.requireNonNull(steps);
            for (int t = 0; t < count / width; t++) {
                check(t, copy(reader, step(all, t), width, target, at + t * width, 1, 0, width));
            }
        }

        @Override
        public void copyTo(double[] target, int at, int count) {
            ArrayData all = Objects.requireNonNull(steps);
            for (int t = 0; t < count / width; t++) {
                check(t, copy(reader, step(all, t), width, target, at + t * width, 1, 0, width));
            }
        }

        private void check(int t, int nullAt) {
            if (nullAt >= 0) {
                throw defect(Kind.NULL_NUMBER, t, nullAt);
            }
        }

        private ArrayData step(ArrayData all, int t) {
            if (all.isNullAt(t)) {
                throw defect(Kind.NULL_STEP, t, 0);
            }
            ArrayData one;
            if (all instanceof UnsafeArrayData outer) {
                // As its getArray, without an object for each step.
                long word = Platform.getLong(
                        outer.getBaseObject(),
                        outer.getBaseOffset()
                                + UnsafeArrayData.calculateHeaderPortionInBytes((long) outer.numElements())
                                + (long) t * Long.BYTES);
                step.pointTo(outer.getBaseObject(), outer.getBaseOffset() + (word >>> Integer.SIZE), (int) word);
                one = step;
            } else {
                one = all.getArray(t);
            }
            if (one.numElements() != width) {
                throw defect(Kind.WIDTH, t, one.numElements());
            }
            return one;
        }
    }

    /** Of a flat {@code array<number>}: T*width values, step after step. */
    private static final class Flat extends Features {
        private final NumberReader reader;
        private @Nullable ArrayData values;

        Flat(Where where, NumberReader reader, int width, Precision precision, @Nullable Standardization scales) {
            super(where, width, precision, scales);
            this.reader = reader;
        }

        @Override
        int available(Object value) {
            values = (ArrayData) value;
            int elements = values.numElements();
            if (elements % width != 0) {
                throw defect(Kind.NOT_DIVISIBLE, -1, elements);
            }
            return elements / width;
        }

        @Override
        public void copyTo(float[] target, int at, int count) {
            check(copy(reader, Objects.requireNonNull(values), count, target, at, 1, 0, width));
        }

        @Override
        public void copyTo(double[] target, int at, int count) {
            check(copy(reader, Objects.requireNonNull(values), count, target, at, 1, 0, width));
        }

        private void check(int nullAt) {
            if (nullAt >= 0) {
                throw defect(Kind.NULL_NUMBER, nullAt / width, nullAt % width);
            }
        }
    }

    /** Of a struct of one {@code array<number>} [T] a feature. */
    private static final class Columns extends Features {
        private final NumberReader[] readers;
        private @Nullable InternalRow columns;

        Columns(Where where, NumberReader[] readers, Precision precision, @Nullable Standardization scales) {
            super(where, readers.length, precision, scales);
            this.readers = readers;
        }

        @Override
        int available(Object value) {
            columns = (InternalRow) value;
            int available = -1;
            for (int i = 0; i < width; i++) {
                if (columns.isNullAt(i)) {
                    throw defect(Kind.NULL_VALUE, -1, i);
                }
                int elements = columns.getArray(i).numElements();
                if (i > 0 && elements != available) {
                    throw defect(Kind.COLUMN_LENGTHS, elements, i);
                }
                available = elements;
            }
            return available;
        }

        @Override
        public void copyTo(float[] target, int at, int count) {
            InternalRow all = Objects.requireNonNull(columns);
            for (int i = 0; i < width; i++) {
                check(i, copy(readers[i], all.getArray(i), count / width, target, at + i, width, i, i + 1));
            }
        }

        @Override
        public void copyTo(double[] target, int at, int count) {
            InternalRow all = Objects.requireNonNull(columns);
            for (int i = 0; i < width; i++) {
                check(i, copy(readers[i], all.getArray(i), count / width, target, at + i, width, i, i + 1));
            }
        }

        private void check(int i, int nullAt) {
            if (nullAt >= 0) {
                throw defect(Kind.NULL_NUMBER, nullAt, i);
            }
        }
    }
}
