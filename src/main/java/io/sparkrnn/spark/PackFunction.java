package io.sparkrnn.spark;

import io.sparkrnn.model.Precision;
import io.sparkrnn.spark.PackedSequence.Defect;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.connector.catalog.functions.ScalarFunction;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.jspecify.annotations.Nullable;

/**
 * {@code pack(features, length, width, scales)}: the numbers of a row as a {@link PackedSequence}. Spark's generated code calls
 * {@code invoke} with the column's own array, so no number is boxed; that is also why these classes are public.
 *
 * <p>{@code length} is the number of steps that count: {@link #ALL_STEPS} where there is no such column,
 * {@link #NULL_LENGTH} for a null in it. {@code width} is the number of values each step must have. {@code scales}
 * is null, or has the mean and the deviation of each value of a step, as {@link Standardization#image} gives them.
 */
public abstract class PackFunction implements ScalarFunction<byte[]> {
    private static final long serialVersionUID = 1;

    static final long ALL_STEPS = Long.MAX_VALUE;
    static final long NULL_LENGTH = Long.MIN_VALUE;

    private final DataType valuesType;
    final Precision precision;
    final NumberReader reader;

    // The scales as numbers, and what they were made of: always the same, for they are a constant of the query.
    private transient byte @Nullable [] scalesImage;
    private transient double[] scales = new double[0];

    private PackFunction(DataType valuesType, DataType numberType, Precision precision) {
        this.valuesType = valuesType;
        this.precision = precision;
        this.reader = NumberReader.of(numberType, precision);
    }

    @Override
    public DataType[] inputTypes() {
        return new DataType[] {valuesType, DataTypes.LongType, DataTypes.IntegerType, DataTypes.BinaryType};
    }

    @Override
    public DataType resultType() {
        return DataTypes.BinaryType;
    }

    @Override
    public boolean isResultNullable() {
        return false;
    }

    @Override
    public String name() {
        return "pack_" + precision;
    }

    @Override
    public String canonicalName() {
        return "spark_rnn." + name() + "(" + valuesType.catalogString() + ")";
    }

    /** Copies numbers, standardised where there are scales; see {@link NumberReader}. */
    final int copy(
            NumberReader numbers,
            ArrayData array,
            int count,
            ByteBuffer target,
            int at,
            int stride,
            byte @Nullable [] image,
            int from,
            int to) {
        if (image == null) {
            return numbers.copy(array, count, target, at, stride);
        }
        if (image != scalesImage) {
            scales = new double[image.length / Double.BYTES];
            ByteBuffer.wrap(image)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asDoubleBuffer()
                    .get(scales);
            scalesImage = image;
        }
        return numbers.copyStandardized(array, count, target, at, stride, scales, from, to);
    }

    /** What is wrong with a length, given how many steps there are; null when nothing is. */
    static byte @Nullable [] wrongLength(long length, int available) {
        if (length == NULL_LENGTH) {
            return Defect.LENGTH_NULL.at(-1, 0);
        }
        if (length < 1) {
            return Defect.LENGTH_BELOW_ONE.at(-1, length);
        }
        if (length != ALL_STEPS && length > available) {
            return Defect.LENGTH_BEYOND_END.at(available, length);
        }
        return available == 0 ? Defect.EMPTY.at(-1, 0) : null;
    }

    /** Of {@code array<array<number>>}: [T][width]. */
    public static final class Nested extends PackFunction {
        private static final long serialVersionUID = 1;

        Nested(DataType valuesType, DataType numberType, Precision precision) {
            super(valuesType, numberType, precision);
        }

        /** Packs one row. */
        public byte[] invoke(@Nullable ArrayData values, long length, int width, byte @Nullable [] scales) {
            if (values == null) {
                return Defect.NULL_VALUE.at(-1, 0);
            }
            byte[] wrong = wrongLength(length, values.numElements());
            if (wrong != null) {
                return wrong;
            }
            int steps = (int) Math.min(length, values.numElements());
            ByteBuffer packed = PackedSequence.allocate(steps, width, precision);
            if (packed == null) {
                return Defect.TOO_LONG.at(-1, steps);
            }
            int rowBytes = width * precision.byteSize();
            for (int t = 0, at = PackedSequence.HEADER; t < steps; t++, at += rowBytes) {
                if (values.isNullAt(t)) {
                    return Defect.NULL_STEP.at(t, 0);
                }
                ArrayData step = values.getArray(t);
                if (step.numElements() != width) {
                    return Defect.WIDTH.at(t, step.numElements());
                }
                int nullAt = copy(reader, step, width, packed, at, precision.byteSize(), scales, 0, width);
                if (nullAt >= 0) {
                    return Defect.NULL_NUMBER.at(t, nullAt);
                }
            }
            return packed.array();
        }
    }

    /** Of a flat {@code array<number>}: T*width values, step after step. */
    public static final class Flat extends PackFunction {
        private static final long serialVersionUID = 1;

        Flat(DataType valuesType, DataType numberType, Precision precision) {
            super(valuesType, numberType, precision);
        }

        /** Packs one row. */
        public byte[] invoke(@Nullable ArrayData values, long length, int width, byte @Nullable [] scales) {
            if (values == null) {
                return Defect.NULL_VALUE.at(-1, 0);
            }
            int available = values.numElements() / width;
            if (available * width != values.numElements()) {
                return Defect.NOT_DIVISIBLE.at(-1, values.numElements());
            }
            byte[] wrong = wrongLength(length, available);
            if (wrong != null) {
                return wrong;
            }
            int steps = (int) Math.min(length, available);
            ByteBuffer packed = PackedSequence.allocate(steps, width, precision);
            if (packed == null) {
                return Defect.TOO_LONG.at(-1, steps);
            }
            int nullAt = copy(
                    reader,
                    values,
                    steps * width,
                    packed,
                    PackedSequence.HEADER,
                    precision.byteSize(),
                    scales,
                    0,
                    width);
            return nullAt < 0 ? packed.array() : Defect.NULL_NUMBER.at(nullAt / width, nullAt % width);
        }
    }

    /** Of a struct of one {@code array<number>} [T] a feature. */
    public static final class Columns extends PackFunction {
        private static final long serialVersionUID = 1;

        private final NumberReader[] readers;

        /**
         * Of a struct whose fields are arrays.
         *
         * @param numberTypes the type of each field's elements
         */
        Columns(DataType valuesType, DataType[] numberTypes, Precision precision) {
            super(valuesType, numberTypes[0], precision);
            readers = new NumberReader[numberTypes.length];
            for (int i = 0; i < readers.length; i++) {
                readers[i] = NumberReader.of(numberTypes[i], precision);
            }
        }

        /** Packs one row. */
        public byte[] invoke(InternalRow columns, long length, int width, byte @Nullable [] scales) {
            int available = -1;
            for (int i = 0; i < width; i++) {
                if (columns.isNullAt(i)) {
                    return Defect.NULL_VALUE.at(-1, i);
                }
                int elements = columns.getArray(i).numElements();
                if (i > 0 && elements != available) {
                    return Defect.COLUMN_LENGTHS.at(elements, i);
                }
                available = elements;
            }
            byte[] wrong = wrongLength(length, available);
            if (wrong != null) {
                return wrong;
            }
            int steps = (int) Math.min(length, available);
            ByteBuffer packed = PackedSequence.allocate(steps, width, precision);
            if (packed == null) {
                return Defect.TOO_LONG.at(-1, steps);
            }
            int numberBytes = precision.byteSize();
            for (int i = 0; i < width; i++) {
                int nullAt = copy(
                        readers[i],
                        columns.getArray(i),
                        steps,
                        packed,
                        PackedSequence.HEADER + i * numberBytes,
                        width * numberBytes,
                        scales,
                        i,
                        i + 1);
                if (nullAt >= 0) {
                    return Defect.NULL_NUMBER.at(nullAt, i);
                }
            }
            return packed.array();
        }
    }
}
