package io.sparkrnn.spark.result;

import io.sparkrnn.forward.OutputLayout;
import io.sparkrnn.model.Precision;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.unsafe.Platform;

/**
 * Where the rows of a matrix lie in the image of Spark's own {@code array<array<number>>}, so that states are put where Spark
 * looks for them:
 *
 * <pre>
 *   int64 rows, null bits (none set), rows x int64 (offset &lt;&lt; 32 | size) of each row's image, then the rows' images:
 *   int64 columns, null bits (none set), columns x number, padded to 8 bytes
 * </pre>
 *
 * Numbers are in the machine's own order, which is little-endian on every machine Spark runs on but one, and that one is
 * refused when a scorer is made.
 *
 * @see UnsafeArrayData
 */
public final class NestedArray {
    private NestedArray() {}

    /**
     * The bytes of the image of such a matrix.
     *
     * @throws ArithmeticException when they are more than an array has
     */
    static int bytes(int rows, int columns, Precision precision) {
        return Math.addExact(first(rows), Math.multiplyExact(rows, stride(columns, precision)));
    }

    /** The byte at which the first row's first number goes. */
    public static int firstNumber(int rows, int columns) {
        return first(rows) + rowHeader(columns);
    }

    /** The bytes from one row's first number to the next one's: what the image of a row takes. */
    public static int stride(int columns, Precision precision) {
        int numbers = columns * precision.byteSize();
        return rowHeader(columns) + (numbers + 7) / 8 * 8;
    }

    /**
     * The same for a forward pass in float32: the floats of the image of a sequence's hidden states.
     *
     * @param columns the width of a step's
     */
    public static OutputLayout layout(int columns) {
        return new OutputLayout() {
            @Override
            public int stride() {
                return NestedArray.stride(columns, Precision.FLOAT32) / Float.BYTES;
            }

            @Override
            public int size(int steps) {
                return bytes(steps, columns, Precision.FLOAT32) / Float.BYTES;
            }

            @Override
            public int first(int steps) {
                return firstNumber(steps, columns) / Float.BYTES;
            }
        };
    }

    /** The byte at which the first number goes in a row by itself. */
    public static int rowHeader(int columns) {
        return UnsafeArrayData.calculateHeaderPortionInBytes(columns);
    }

    /** The byte at which the first row's image goes. */
    static int first(int rows) {
        return Math.addExact(UnsafeArrayData.calculateHeaderPortionInBytes(rows), Math.multiplyExact(rows, Long.BYTES));
    }

    /**
     * Writes all of an image but its numbers.
     *
     * @param base an array of numbers
     * @param at the place of the image in it, as {@link Platform} counts
     */
    static void writeHeaders(Object base, long at, int rows, int columns, Precision precision) {
        int offsets = UnsafeArrayData.calculateHeaderPortionInBytes(rows);
        int stride = stride(columns, precision);
        writeRowHeader(base, at, rows, offsets);
        int rowHeader = rowHeader(columns);
        long image = first(rows);
        for (int row = 0; row < rows; row++, image += stride) {
            Platform.putLong(base, at + offsets + (long) row * Long.BYTES, image << Integer.SIZE | stride);
            if (columns * precision.byteSize() % Long.BYTES != 0) {
                // An odd number of floats: the padding.
                Platform.putInt(base, at + image + stride - Integer.BYTES, 0);
            }
            writeRowHeader(base, at + image, columns, rowHeader);
        }
    }

    /** Writes the header of a row by itself. */
    static void writeRowHeader(Object base, long at, int columns, int headerBytes) {
        Platform.putLong(base, at, columns);
        for (int word = Long.BYTES; word < headerBytes; word += Long.BYTES) {
            Platform.putLong(base, at + word, 0);
        }
    }
}
