package io.sparkrnn.spark;

import io.sparkrnn.model.Precision;
import io.sparkrnn.model.StateLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;

/**
 * Where the rows of a matrix lie in the image of Spark's own {@code array<array<number>>}, so that states are copied once,
 * to where Spark looks for them:
 *
 * <pre>
 *   int64 rows, null bits (none set), rows x int64 (offset &lt;&lt; 32 | size) of each row's image, then the rows' images:
 *   int64 columns, null bits (none set), columns x number, padded to 8 bytes
 * </pre>
 *
 * @see UnsafeArrayData
 */
final class NestedArray {
    private NestedArray() {}

    /**
     * An image with all but the numbers filled in, of a matrix that {@link #fits}.
     *
     * @param rows the number of rows
     * @param columns the number of values in each
     */
    static ByteBuffer allocate(int rows, int columns, Precision precision) {
        int first = first(rows);
        int stride = stride(columns, precision);
        int bytes = Math.addExact(first, Math.multiplyExact(rows, stride));
        // Spark's arrays are in the machine's own order; numbers are put in by the engine, little-endian, which is
        // the order of every machine Spark runs on but one, and that one is refused when the scorer is made.
        ByteBuffer image = ByteBuffer.allocate(bytes).order(ByteOrder.nativeOrder());
        image.putLong(0, rows);
        int offsets = UnsafeArrayData.calculateHeaderPortionInBytes(rows);
        for (int row = 0, at = first; row < rows; row++, at += stride) {
            image.putLong(offsets + row * Long.BYTES, (long) at << 32 | stride);
            image.putLong(at, columns);
        }
        return image;
    }

    /**
     * An image of rows of different widths, all but the numbers filled in.
     *
     * @param at gets the byte at which the first number of each row goes
     */
    static ByteBuffer allocate(StateLayout rows, Precision precision, int[] at) {
        int count = rows.count();
        int end = first(count);
        for (int row = 0; row < count; row++) {
            at[row] = end;
            end = Math.addExact(end, stride(rows.width(row), precision));
        }
        ByteBuffer image = ByteBuffer.allocate(end).order(ByteOrder.nativeOrder());
        image.putLong(0, count);
        int offsets = UnsafeArrayData.calculateHeaderPortionInBytes(count);
        for (int row = 0; row < count; row++) {
            int columns = rows.width(row);
            image.putLong(offsets + row * Long.BYTES, (long) at[row] << 32 | stride(columns, precision));
            image.putLong(at[row], columns);
            at[row] += UnsafeArrayData.calculateHeaderPortionInBytes(columns);
        }
        return image;
    }

    /** An image of one row by itself, an {@code array<number>}, all but the numbers filled in. */
    static ByteBuffer allocateRow(int columns, Precision precision) {
        ByteBuffer image = ByteBuffer.allocate(stride(columns, precision)).order(ByteOrder.nativeOrder());
        return image.putLong(0, columns);
    }

    /** The byte at which the first number goes of a row by itself. */
    static int firstNumber(int columns) {
        return UnsafeArrayData.calculateHeaderPortionInBytes(columns);
    }

    /** Whether the image of such a matrix is no larger than an array of the JVM can be, a little below 2^31 bytes. */
    static boolean fits(int rows, int columns, Precision precision) {
        long rowBytes = 2L * Long.BYTES + stride(columns, precision);
        return rows * rowBytes < Integer.MAX_VALUE - 1024;
    }

    /** The byte at which the first row's first number goes. */
    static int firstNumber(int rows, int columns) {
        return first(rows) + UnsafeArrayData.calculateHeaderPortionInBytes(columns);
    }

    /** The bytes from one row's first number to the next one's. */
    static int stride(int columns, Precision precision) {
        int numbers = columns * precision.byteSize();
        return UnsafeArrayData.calculateHeaderPortionInBytes(columns) + (numbers + 7) / 8 * 8;
    }

    private static int first(int rows) {
        return Math.addExact(UnsafeArrayData.calculateHeaderPortionInBytes(rows), Math.multiplyExact(rows, Long.BYTES));
    }
}
