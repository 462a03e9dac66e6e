package io.sparkrnn.parquet.read;

import java.io.IOException;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.unsafe.Platform;

/**
 * Puts a row together in Spark's own layout: the null bits, a word for each column, then the bytes of those that have any.
 * The other columns' bytes are copied as one piece, the lists are written in their places by their readers. Where a list is
 * in a struct, the row has beside it how many structs around it are there.
 *
 * @see UnsafeRow
 */
final class RowBuilder {
    private final RowLayout layout;
    private final int words;
    private final int fixedBytes;
    private final UnsafeRow row;
    private byte[] buffer = new byte[1024];

    RowBuilder(RowLayout layout) {
        this.layout = layout;
        this.words = UnsafeRow.calculateBitSetWidthInBytes(layout.width());
        this.fixedBytes = words + layout.width() * Long.BYTES;
        this.row = new UnsafeRow(layout.width());
    }

    /**
     * The next row of {@code lists}, with the others' columns of {@code other}. It is valid until the next call.
     *
     * @throws DamagedFileException when a list has no next row, or the row is larger than Spark's rows can be
     */
    UnsafeRow build(UnsafeRow other, ListColumnReader[] lists) throws IOException {
        int otherFixed = UnsafeRow.calculateBitSetWidthInBytes(other.numFields()) + other.numFields() * Long.BYTES;
        int otherBytes = other.getSizeInBytes() - otherFixed;
        long size = fixedBytes + (long) otherBytes;
        for (ListColumnReader list : lists) {
            size += Math.max(0, list.next());
        }
        if (size > Integer.MAX_VALUE - 1024) {
            throw lists[0].place().tooLong(size);
        }
        if (buffer.length < size) {
            buffer = new byte[(int) Math.min(Integer.MAX_VALUE - 1024, size + size / 4)];
        }
        for (int at = 0; at < words; at += Long.BYTES) {
            putLong(at, 0);
        }
        copyOthers(other, otherFixed, otherBytes);
        int at = fixedBytes + otherBytes;
        for (int i = 0; i < lists.length; i++) {
            int column = layout.lists().get(i).place();
            int structs = layout.lists().get(i).structsPlace();
            if (structs >= 0) {
                putLong(words + structs * Long.BYTES, lists[i].structs());
            }
            int listSize = lists[i].imageSize();
            if (listSize == ListColumnReader.NULL) {
                setNull(column);
                putLong(words + column * Long.BYTES, 0);
            } else {
                lists[i].write(buffer, at);
                putLong(words + column * Long.BYTES, ((long) at << 32) | listSize);
                at += listSize;
            }
        }
        row.pointTo(buffer, (int) size);
        return row;
    }

    private void copyOthers(UnsafeRow other, int otherFixed, int otherBytes) {
        Object base = other.getBaseObject();
        long offset = other.getBaseOffset();
        Platform.copyMemory(base, offset + otherFixed, buffer, Platform.BYTE_ARRAY_OFFSET + fixedBytes, otherBytes);
        long moved = (long) (fixedBytes - otherFixed) << 32;
        long fields = offset + UnsafeRow.calculateBitSetWidthInBytes(other.numFields());
        for (int i = 0; i < other.numFields(); i++) {
            int column = layout.others()[i];
            long word = Platform.getLong(base, fields + (long) i * Long.BYTES);
            if (other.isNullAt(i)) {
                setNull(column);
            }
            // A null decimal keeps its place; other nulls have none.
            putLong(words + column * Long.BYTES, layout.otherHasBytes()[i] && word != 0 ? word + moved : word);
        }
    }

    private void setNull(int column) {
        int word = (column >> 6) * Long.BYTES;
        putLong(word, Platform.getLong(buffer, Platform.BYTE_ARRAY_OFFSET + (long) word) | (1L << column));
    }

    private void putLong(int at, long value) {
        Platform.putLong(buffer, Platform.BYTE_ARRAY_OFFSET + (long) at, value);
    }
}
