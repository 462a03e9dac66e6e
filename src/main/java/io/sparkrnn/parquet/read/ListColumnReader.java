package io.sparkrnn.parquet.read;

import io.sparkrnn.parquet.layout.ListLayout;
import java.io.IOException;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.unsafe.Platform;

/**
 * Reads one column of float lists row by row, as images of Spark's own arrays; a page is decoded at once, and a row's values
 * are copied from it list by list. A row may go on in the next page.
 *
 * @see UnsafeArrayData
 */
final class ListColumnReader {
    /** {@link #imageSize} of a null. */
    static final int NULL = -1;

    private final ListLayout layout;
    private final ColumnPages pages;
    private final PageLevels levels;
    private final PageValues decoder;

    /** Plain values; those of the rows to come begin at byte valuesAt. */
    private byte[] values = new byte[0];

    private int valuesAt;
    private int valuesEnd;
    private byte[] spare = new byte[0];
    private byte[] encoded = new byte[0];

    private int row;
    private boolean ended;
    private int imageSize;
    private int structs;

    ListColumnReader(ListLayout layout, ColumnPages pages) {
        this.layout = layout;
        this.pages = pages;
        HybridRuns runs = new HybridRuns(pages.place());
        this.levels = new PageLevels(layout, runs);
        this.decoder = new PageValues(layout, runs);
    }

    /** Starts on the chunk of a row group. */
    void start(ColumnChunkMetaData chunk, long fileBytes, Place place) throws IOException {
        pages.start(chunk, fileBytes, place);
        levels.clear();
        valuesAt = 0;
        valuesEnd = 0;
        row = 0;
        ended = false;
    }

    /**
     * Goes to the next row.
     *
     * @return the bytes that {@link #write} will write; {@link #NULL} when the row has no list, and nothing is to be written
     * @throws DamagedFileException when there is no next row
     */
    int next() throws IOException {
        while (row + 1 >= levels.rowCount() && !ended) {
            load();
        }
        if (row >= levels.rowCount()) {
            throw pages.place().damaged("its pages have fewer rows than the footer says");
        }
        long size = layout.depth() == 1 ? listSize(levels.firstStart(row)) : nestedSize();
        if (size > Integer.MAX_VALUE - 1024) {
            throw pages.place().tooLong(size);
        }
        imageSize = (int) size;
        structs = layout.structs().isEmpty()
                ? 0
                : layout.structsAt(levels.definition(levels.position(levels.firstStart(row))));
        if (imageSize == NULL) {
            row++;
        }
        return imageSize;
    }

    /** What {@link #next} has returned. */
    int imageSize() {
        return imageSize;
    }

    /** How many of the structs around the row's list are there, from the outermost on. */
    int structs() {
        return structs;
    }

    /** Where the reader is, for errors. */
    Place place() {
        return pages.place();
    }

    /** Checks that there is no row left. */
    void finish() throws IOException {
        while (row >= levels.rowCount() && !ended) {
            load();
        }
        if (row < levels.rowCount()) {
            throw pages.place().damaged("its pages have more rows than the footer says");
        }
    }

    private void load() throws IOException {
        levels.keep(row);
        row = 0;
        if (!pages.next()) {
            ended = true;
            return;
        }
        long most = Math.max(1 << 22, Runtime.getRuntime().maxMemory() / 32);
        if (pages.levelCount() > most) {
            throw pages.place().tooLarge("a page has " + pages.levelCount() + " values");
        }
        int kept = valuesEnd - valuesAt;
        boolean plain = decoder.isPlain(pages);
        int count;
        if (plain) {
            spare = room(spare, (long) kept + pages.loadedBytes());
            pages.load(spare, kept);
            count = levels.append(pages);
            decoder.requireBytes(pages, count);
            // What was before the new values are their levels, which are not needed any more.
            int at = pages.dataAt() - kept;
            System.arraycopy(values, valuesAt, spare, at, kept);
            valuesAt = at;
            valuesEnd = pages.dataEnd();
        } else {
            encoded = room(encoded, pages.loadedBytes());
            pages.load(encoded, 0);
            count = levels.append(pages);
            spare = room(spare, (long) kept + (long) count * layout.valueBytes());
            System.arraycopy(values, valuesAt, spare, 0, kept);
            decoder.decode(pages, encoded, count, spare, kept);
            valuesAt = 0;
            valuesEnd = kept + count * layout.valueBytes();
        }
        byte[] swap = values;
        values = spare;
        spare = swap;
    }

    private byte[] room(byte[] buffer, long bytes) {
        if (buffer.length >= bytes + ColumnPages.SLACK) {
            return buffer;
        }
        if (bytes > Integer.MAX_VALUE - 1024) {
            throw pages.place().tooLarge("the values of a row or page take " + bytes + " bytes");
        }
        return new byte[(int) bytes + ColumnPages.SLACK];
    }

    /** The image's size of the list that begins at start {@code start}; NULL when it is null. */
    private long listSize(int start) {
        int from = levels.position(start);
        int length = levels.position(start + 1) - from;
        int definition = levels.definition(from);
        if (definition > layout.emptyInner()) {
            return bytes(length, layout.valueBytes());
        }
        if (length != 1) {
            throw pages.place().damaged("a list that is null or empty has " + length + " elements");
        }
        return definition == layout.emptyInner() ? bytes(0, layout.valueBytes()) : NULL;
    }

    private long nestedSize() {
        int first = levels.firstStart(row);
        int end = levels.firstStart(row + 1);
        int definition = levels.definition(levels.position(first));
        if (definition <= layout.emptyOuter()) {
            if (levels.position(end) - levels.position(first) != 1) {
                throw pages.place().damaged("a list that is null or empty has elements");
            }
            return definition == layout.emptyOuter() ? bytes(0, Long.BYTES) : NULL;
        }
        long size = bytes(end - first, Long.BYTES);
        if (levels.isDense()) {
            int known = -1;
            long knownBytes = 0;
            for (int i = first, from = levels.position(first); i < end; i++) {
                int to = levels.position(i + 1);
                if (to - from != known) {
                    known = to - from;
                    knownBytes = bytes(known, layout.valueBytes());
                }
                size += knownBytes;
                from = to;
            }
            return size;
        }
        for (int i = first; i < end; i++) {
            if (levels.definition(levels.position(i)) <= layout.emptyOuter()) {
                throw pages.place().damaged("a list that is null or empty has elements");
            }
            size += Math.max(0, listSize(i));
        }
        return size;
    }

    /** Header, null bits, and elements of {@code size} bytes rounded up to whole words. */
    private static long bytes(int length, int size) {
        return UnsafeArrayData.calculateHeaderPortionInBytes((long) length) + (((long) length * size + 7) & ~7L);
    }

    /** Writes the row's image to byte {@code at} of {@code to} and is done with the row. */
    void write(byte[] to, int at) {
        int first = levels.firstStart(row);
        int end = levels.firstStart(row + 1);
        if (layout.depth() == 1) {
            writeList(first, to, at);
        } else if (levels.definition(levels.position(first)) == layout.emptyOuter()) {
            putLong(to, at, 0);
        } else {
            int count = end - first;
            int next = UnsafeArrayData.calculateHeaderPortionInBytes(count);
            int words = at + next;
            writeHeader(to, at, count);
            next += count * Long.BYTES;
            if (levels.isDense()) {
                writeDense(first, count, to, at, words, next);
            } else {
                writeLists(first, count, to, at, words, next);
            }
        }
        row++;
    }

    private void writeLists(int first, int count, byte[] to, int at, int words, int firstNext) {
        int next = firstNext;
        for (int i = 0; i < count; i++) {
            long size = writeList(first + i, to, at + next);
            if (size == NULL) {
                setNull(to, at, i);
                putLong(to, words + i * Long.BYTES, 0);
            } else {
                putLong(to, words + i * Long.BYTES, ((long) next << 32) | size);
                next += (int) size;
            }
        }
    }

    /** The same for lists without a null, nearly all there are: what only depends on a list's length is kept. */
    private void writeDense(int first, int count, byte[] to, int at, int words, int firstNext) {
        int next = firstNext;
        int known = -1;
        int header = 0;
        int bytes = 0;
        int size = 0;
        int from = levels.position(first);
        for (int i = 0; i < count; i++) {
            int end = levels.position(first + i + 1);
            int length = end - from;
            if (length != known) {
                known = length;
                header = UnsafeArrayData.calculateHeaderPortionInBytes(length);
                bytes = length * layout.valueBytes();
                size = header + ((bytes + 7) & ~7);
            }
            int list = at + next;
            putLong(to, list, length);
            for (int word = Long.BYTES; word < header; word += Long.BYTES) {
                putLong(to, list + word, 0);
            }
            putLong(to, list + size - Long.BYTES, 0);
            System.arraycopy(values, valuesAt, to, list + header, bytes);
            valuesAt += bytes;
            putLong(to, words + i * Long.BYTES, ((long) next << 32) | size);
            next += size;
            from = end;
        }
    }

    /** Writes the list that begins at {@code start}; returns its size, NULL for a null, which is not written. */
    private int writeList(int start, byte[] to, int at) {
        int from = levels.position(start);
        int length = levels.position(start + 1) - from;
        boolean dense = levels.isDense();
        if (!dense) {
            int definition = levels.definition(from);
            if (definition < layout.emptyInner()) {
                return NULL;
            }
            length = definition == layout.emptyInner() ? 0 : length;
        }
        writeHeader(to, at, length);
        int numbers = UnsafeArrayData.calculateHeaderPortionInBytes(length);
        int bytes = length * layout.valueBytes();
        int size = numbers + ((bytes + 7) & ~7);
        if (size > numbers) {
            // the padding
            putLong(to, at + size - Long.BYTES, 0);
        }
        if (dense) {
            System.arraycopy(values, valuesAt, to, at + numbers, bytes);
            valuesAt += bytes;
        } else {
            writeNullable(from, length, to, at, at + numbers);
        }
        return size;
    }

    private void writeNullable(int from, int length, byte[] to, int at, int numbers) {
        int width = layout.valueBytes();
        for (int i = 0, target = numbers; i < length; i++, target += width) {
            int definition = levels.definition(from + i);
            if (definition == layout.value()) {
                System.arraycopy(values, valuesAt, to, target, width);
                valuesAt += width;
            } else if (definition <= layout.emptyInner()) {
                throw pages.place().damaged("a list that is null or empty has elements");
            } else {
                setNull(to, at, i);
                for (int b = 0; b < width; b++) {
                    to[target + b] = 0;
                }
            }
        }
    }

    private static void writeHeader(byte[] to, int at, int length) {
        putLong(to, at, length);
        int end = UnsafeArrayData.calculateHeaderPortionInBytes(length);
        for (int word = Long.BYTES; word < end; word += Long.BYTES) {
            putLong(to, at + word, 0);
        }
    }

    private static void setNull(byte[] to, int at, int element) {
        long word = Platform.BYTE_ARRAY_OFFSET + at + Long.BYTES + (long) (element >> 6) * Long.BYTES;
        Platform.putLong(to, word, Platform.getLong(to, word) | (1L << element));
    }

    private static void putLong(byte[] to, int at, long value) {
        Platform.putLong(to, Platform.BYTE_ARRAY_OFFSET + (long) at, value);
    }
}
