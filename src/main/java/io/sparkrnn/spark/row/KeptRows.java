package io.sparkrnn.spark.row;

import java.util.Arrays;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.unsafe.Platform;

/**
 * The columns that pass through, of the rows of a batch: as Spark's own images of rows, one after the other, so that a value
 * of any type, known to this project or not, comes out as it went in.
 */
public final class KeptRows {
    private final int expectedBytes;
    private byte[] bytes = new byte[0];
    private int[] ends = new int[16];
    private int size;

    /**
     * None yet.
     *
     * @param expectedBytes what a batch is expected to take at most: what one large row takes besides is given back
     */
    public KeptRows(int expectedBytes) {
        this.expectedBytes = expectedBytes;
    }

    /** Forgets all. */
    public void clear() {
        size = 0;
        if (bytes.length > expectedBytes) {
            bytes = new byte[0];
        }
    }

    int size() {
        return size;
    }

    /** The bytes that all rows take. */
    public int bytes() {
        return size == 0 ? 0 : ends[size - 1];
    }

    /** Appends a copy of a row. */
    public void add(UnsafeRow row) {
        int at = bytes();
        int end = Math.addExact(at, row.getSizeInBytes());
        if (end > bytes.length) {
            bytes = Arrays.copyOf(bytes, (int) Math.min(Integer.MAX_VALUE - 8L, Math.max(end, at * 2L)));
        }
        Platform.copyMemory(
                row.getBaseObject(),
                row.getBaseOffset(),
                bytes,
                Platform.BYTE_ARRAY_OFFSET + (long) at,
                row.getSizeInBytes());
        if (size == ends.length) {
            ends = Arrays.copyOf(ends, 2 * size);
        }
        ends[size++] = end;
    }

    /** Points {@code row}, which has the columns, to one of the rows; valid until the next is added. */
    public void point(UnsafeRow row, int index) {
        int at = index == 0 ? 0 : ends[index - 1];
        row.pointTo(bytes, Platform.BYTE_ARRAY_OFFSET + (long) at, ends[index] - at);
    }
}
