package io.sparkrnn.spark.feature;

import java.io.Serializable;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.unsafe.Platform;
import org.jspecify.annotations.Nullable;

/**
 * Copies numbers of a column's array to where an engine keeps them, in its precision. Nulls are looked for before each number:
 * Spark's arrays give 0 or whatever was in memory for a null, without a word.
 */
public final class NumberReader implements Serializable {
    private static final long serialVersionUID = 1;

    private enum Kind {
        FLOAT,
        DOUBLE,
        DECIMAL,
        BOOLEAN,
        BYTE,
        SHORT,
        INT,
        LONG
    }

    private final Kind kind;
    private final int decimalPrecision;
    private final int decimalScale;

    private NumberReader(Kind kind, int decimalPrecision, int decimalScale) {
        this.kind = kind;
        this.decimalPrecision = decimalPrecision;
        this.decimalScale = decimalScale;
    }

    /** Whether a type is one of the numbers that can be features: float, double, decimal, boolean, or an integer
     * type. */
    public static boolean reads(DataType type) {
        return kind(type) != null;
    }

    /** Whether a type is tinyint, smallint, int or bigint. */
    public static boolean isInteger(DataType type) {
        return type instanceof IntegerType
                || type instanceof LongType
                || type instanceof ShortType
                || type instanceof ByteType;
    }

    /** A reader of arrays with elements of {@code type}. */
    public static NumberReader of(DataType type) {
        Kind kind = kind(type);
        if (kind == null) {
            throw new IllegalArgumentException("not a number type: " + type);
        }
        return type instanceof DecimalType decimal
                ? new NumberReader(kind, decimal.precision(), decimal.scale())
                : new NumberReader(kind, 0, 0);
    }

    private static @Nullable Kind kind(DataType type) {
        if (type instanceof FloatType) {
            return Kind.FLOAT;
        } else if (type instanceof DoubleType) {
            return Kind.DOUBLE;
        } else if (type instanceof DecimalType) {
            return Kind.DECIMAL;
        } else if (type instanceof BooleanType) {
            return Kind.BOOLEAN;
        } else if (type instanceof LongType) {
            return Kind.LONG;
        } else if (type instanceof IntegerType) {
            return Kind.INT;
        } else if (type instanceof ShortType) {
            return Kind.SHORT;
        } else if (type instanceof ByteType) {
            return Kind.BYTE;
        }
        return null;
    }

    /**
     * Copies {@code count} elements of {@code array}, from {@code first} on, into {@code target}, the first at {@code at},
     * each {@code stride} behind the one before.
     *
     * @return -1, or the index in the array of the first null
     */
    int copy(ArrayData array, int first, int count, float[] target, int at, int stride) {
        if (kind == Kind.FLOAT && stride == 1 && array instanceof UnsafeArrayData unsafe) {
            int nullAt = firstNull(unsafe, first, count);
            if (nullAt < 0) {
                Platform.copyMemory(
                        unsafe.getBaseObject(),
                        firstByte(unsafe) + (long) first * Float.BYTES,
                        target,
                        Platform.FLOAT_ARRAY_OFFSET + (long) at * Float.BYTES,
                        (long) count * Float.BYTES);
            }
            return nullAt;
        }
        // The two usual cases have loops of their own, so that no switch stands between one number and the next.
        if (kind == Kind.FLOAT) {
            for (int i = 0; i < count; i++) {
                if (array.isNullAt(first + i)) {
                    return first + i;
                }
                target[at + i * stride] = array.getFloat(first + i);
            }
        } else if (kind == Kind.DOUBLE) {
            for (int i = 0; i < count; i++) {
                if (array.isNullAt(first + i)) {
                    return first + i;
                }
                target[at + i * stride] = (float) array.getDouble(first + i);
            }
        } else {
            for (int i = 0; i < count; i++) {
                if (array.isNullAt(first + i)) {
                    return first + i;
                }
                target[at + i * stride] = floatAt(array, first + i);
            }
        }
        return -1;
    }

    /** As the other {@code copy}, in float64. */
    int copy(ArrayData array, int first, int count, double[] target, int at, int stride) {
        if (kind == Kind.DOUBLE && stride == 1 && array instanceof UnsafeArrayData unsafe) {
            int nullAt = firstNull(unsafe, first, count);
            if (nullAt < 0) {
                Platform.copyMemory(
                        unsafe.getBaseObject(),
                        firstByte(unsafe) + (long) first * Double.BYTES,
                        target,
                        Platform.DOUBLE_ARRAY_OFFSET + (long) at * Double.BYTES,
                        (long) count * Double.BYTES);
            }
            return nullAt;
        }
        for (int i = 0; i < count; i++) {
            if (array.isNullAt(first + i)) {
                return first + i;
            }
            target[at + i * stride] = doubleAt(array, first + i);
        }
        return -1;
    }

    /** The index of the first null of {@code count} elements from {@code first} on, or -1: a bit for each, 64 in a word. */
    private static int firstNull(UnsafeArrayData array, int first, int count) {
        Object base = array.getBaseObject();
        long bits = array.getBaseOffset() + Long.BYTES;
        int end = first + count;
        for (int i = first & -Long.SIZE; i < end; i += Long.SIZE) {
            long nulls = Platform.getLong(base, bits + i / Byte.SIZE);
            if (i < first) {
                nulls &= -1L << (first - i);
            }
            if (nulls != 0) {
                int index = i + Long.numberOfTrailingZeros(nulls);
                return index < end ? index : -1;
            }
        }
        return -1;
    }

    private static long firstByte(UnsafeArrayData array) {
        return array.getBaseOffset() + UnsafeArrayData.calculateHeaderPortionInBytes((long) array.numElements());
    }

    /**
     * Copies as {@link #copy(ArrayData, int, int, float[], int, int)}, each number as (x - mean) / std in float64, then rounded.
     *
     * @param scales the mean and the deviation of each feature, one after the other
     * @param from the first feature
     * @param to the feature at which those of a step end: after it comes {@code from} again
     */
    int copyStandardized(
            ArrayData array,
            int first,
            int count,
            float[] target,
            int at,
            int stride,
            double[] scales,
            int from,
            int to) {
        for (int i = 0, feature = from; i < count; i++) {
            if (array.isNullAt(first + i)) {
                return first + i;
            }
            target[at + i * stride] =
                    (float) ((doubleAt(array, first + i) - scales[2 * feature]) / scales[2 * feature + 1]);
            feature = feature + 1 == to ? from : feature + 1;
        }
        return -1;
    }

    /** As the other {@code copyStandardized}, in float64. */
    int copyStandardized(
            ArrayData array,
            int first,
            int count,
            double[] target,
            int at,
            int stride,
            double[] scales,
            int from,
            int to) {
        for (int i = 0, feature = from; i < count; i++) {
            if (array.isNullAt(first + i)) {
                return first + i;
            }
            target[at + i * stride] = (doubleAt(array, first + i) - scales[2 * feature]) / scales[2 * feature + 1];
            feature = feature + 1 == to ? from : feature + 1;
        }
        return -1;
    }

    /** Rounded once, from the exact value: a decimal or a long by way of a double would be rounded twice. */
    public float floatAt(ArrayData array, int i) {
        return switch (kind) {
            case DECIMAL ->
                array.getDecimal(i, decimalPrecision, decimalScale)
                        .toJavaBigDecimal()
                        .floatValue();
            case LONG -> (float) array.getLong(i);
            default -> (float) doubleAt(array, i);
        };
    }

    /** An element, which is not null, in float64: 0 or 1 of a boolean. */
    public double doubleAt(ArrayData array, int i) {
        return switch (kind) {
            case FLOAT -> array.getFloat(i);
            case DOUBLE -> array.getDouble(i);
            case DECIMAL ->
                array.getDecimal(i, decimalPrecision, decimalScale)
                        .toJavaBigDecimal()
                        .doubleValue();
            case BOOLEAN -> array.getBoolean(i) ? 1 : 0;
            case BYTE -> array.getByte(i);
            case SHORT -> array.getShort(i);
            case INT -> array.getInt(i);
            case LONG -> array.getLong(i);
        };
    }

    /**
     * A field, which is not null, rounded once. It and the next one are for rows what the two above are for arrays: with one
     * method for both, the compiler could no longer tell whose numbers it reads.
     */
    public float floatAt(InternalRow row, int i) {
        return switch (kind) {
            case DECIMAL ->
                row.getDecimal(i, decimalPrecision, decimalScale)
                        .toJavaBigDecimal()
                        .floatValue();
            case LONG -> (float) row.getLong(i);
            default -> (float) doubleAt(row, i);
        };
    }

    /** A field, which is not null, in float64. */
    public double doubleAt(InternalRow row, int i) {
        return switch (kind) {
            case FLOAT -> row.getFloat(i);
            case DOUBLE -> row.getDouble(i);
            case DECIMAL ->
                row.getDecimal(i, decimalPrecision, decimalScale)
                        .toJavaBigDecimal()
                        .doubleValue();
            case BOOLEAN -> row.getBoolean(i) ? 1 : 0;
            case BYTE -> row.getByte(i);
            case SHORT -> row.getShort(i);
            case INT -> row.getInt(i);
            case LONG -> row.getLong(i);
        };
    }
}
