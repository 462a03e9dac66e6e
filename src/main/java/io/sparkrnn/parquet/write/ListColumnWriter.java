package io.sparkrnn.parquet.write;

import io.sparkrnn.parquet.layout.LevelEncoder;
import io.sparkrnn.parquet.layout.ListLayout;
import java.io.IOException;
import java.util.Arrays;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.column.ParquetProperties.WriterVersion;
import org.apache.parquet.column.statistics.Statistics;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.io.ParquetEncodingException;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.unsafe.Platform;
import org.jspecify.annotations.Nullable;

/**
 * Lays out the pages of one column of float lists: the values of a whole list are copied at once out of Spark's own arrays,
 * the levels are runs. A page holds whole rows and stays below the page size, unless one row alone is larger.
 */
final class ListColumnWriter {
    /** Levels beyond these end a page although its values are few: nulls and empty lists have no values. */
    private static final int MOST_LEVELS = 1 << 20;

    /** Room before the values for the levels that go in front of them; grows if it must. */
    private static final int LEVEL_ROOM = 32 * 1024;

    private final ListLayout layout;
    private final int ordinal;
    private final ParquetProperties properties;
    private final FloatEncoding encoding;
    private final boolean statisticsEnabled;

    private final LevelEncoder repetitionLevels;
    private final LevelEncoder definitionLevels;
    private final ValueRange range = new ValueRange();
    private final UnsafeArrayData inner = new UnsafeArrayData();

    /** [levels' room | values] */
    private byte[] page;

    private int room = LEVEL_ROOM;
    private int end = LEVEL_ROOM;
    private byte[] split = new byte[0];

    private long levels;
    private long nulls;
    private int rows;
    private int lastRowBytes;

    private final HeldPages pages;

    /** A writer of the rows' column {@code ordinal}. */
    ListColumnWriter(
            ListLayout layout,
            int ordinal,
            FloatEncoding encoding,
            ParquetProperties properties,
            PageCompressor compressor) {
        this.layout = layout;
        this.ordinal = ordinal;
        this.encoding = encoding;
        this.properties = properties;
        this.statisticsEnabled = ParquetJava.writesStatistics(properties, layout.leaf());
        this.repetitionLevels = new LevelEncoder(layout.depth());
        this.definitionLevels = new LevelEncoder(layout.value());
        this.page = new byte[pageCapacity()];
        this.pages = new HeldPages(layout.leaf(), compressor, encoding.parquet());
    }

    /** The bytes held for the row group that is not finished, compressed pages and the open page. */
    long bufferedBytes() {
        return pages.bytes() + end - room + repetitionLevels.size() + definitionLevels.size();
    }

    /** Appends the list of {@code row}; the row is not modified. */
    void write(InternalRow row) throws IOException {
        int before = end;
        if (row.isNullAt(ordinal)) {
            require(layout.outerOptional(), "the list");
            put(0, layout.emptyOuter() - 1);
        } else if (layout.depth() == 1) {
            appendValues(row.getArray(ordinal), 0);
        } else {
            appendLists(row.getArray(ordinal));
        }
        rows++;
        lastRowBytes = end - before;
        long bytes = (long) end - room + repetitionLevels.size() + definitionLevels.size();
        if (bytes + lastRowBytes > properties.getPageSizeThreshold()
                || rows >= properties.getPageRowCountLimit()
                || levels >= MOST_LEVELS) {
            endPage();
        }
    }

    /** Writes the row group's column chunk to {@code file}. */
    void flush(ParquetFileWriter file) throws IOException {
        if (rows > 0) {
            endPage();
        }
        pages.flush(file);
    }

    private void endPage() throws IOException {
        int repetitionBytes = repetitionLevels.finish();
        int definitionBytes = definitionLevels.finish();
        int count = (end - room) / layout.valueBytes();
        Statistics<?> statistics = statisticsEnabled ? range.statistics(layout.type(), page, room, count, nulls) : null;
        if (properties.getWriterVersion() == WriterVersion.PARQUET_2_0) {
            boolean plain = encoding == FloatEncoding.PLAIN;
            if (!plain) {
                split(0, count);
            }
            HeldPages.LevelBytes levelBytes = new HeldPages.LevelBytes(
                    Arrays.copyOf(repetitionLevels.bytes(), repetitionBytes),
                    Arrays.copyOf(definitionLevels.bytes(), definitionBytes));
            hold(plain ? page : split, plain ? room : 0, end - room, levelBytes, statistics);
        } else {
            writePageV1(repetitionBytes, definitionBytes, count, statistics);
        }
        repetitionLevels.reset();
        definitionLevels.reset();
        levels = 0;
        nulls = 0;
        rows = 0;
        if (page.length > 4 * pageCapacity()) {
            // One huge row must not hold its memory for the rest of the task.
            page = new byte[pageCapacity()];
            split = new byte[0];
            room = LEVEL_ROOM;
        }
        end = room;
    }

    /** Page V1: int32 length, repetition levels, int32 length, definition levels, values; all compressed as one. */
    private void writePageV1(int repetitionBytes, int definitionBytes, int count, @Nullable Statistics<?> statistics)
            throws IOException {
        int levelBytes = 2 * Integer.BYTES + repetitionBytes + definitionBytes;
        if (levelBytes > room) {
            int values = end - room;
            byte[] larger = new byte[Math.addExact(levelBytes, Math.max(page.length - room, values))];
            System.arraycopy(page, room, larger, levelBytes, values);
            page = larger;
            room = levelBytes;
            end = room + values;
        }
        int start = room - levelBytes;
        int at = putLevels(page, start, repetitionLevels.bytes(), repetitionBytes);
        putLevels(page, at, definitionLevels.bytes(), definitionBytes);
        byte[] bytes = page;
        if (encoding == FloatEncoding.BYTE_STREAM_SPLIT) {
            split(levelBytes, count);
            System.arraycopy(page, start, split, 0, levelBytes);
            bytes = split;
            start = 0;
        }
        hold(bytes, start, levelBytes + end - room, null, statistics);
    }

    private void hold(
            byte[] bytes,
            int at,
            int size,
            HeldPages.@Nullable LevelBytes levelBytes,
            @Nullable Statistics<?> statistics)
            throws IOException {
        pages.add(bytes, at, size, rows, Math.toIntExact(levels), Math.toIntExact(nulls), levelBytes, statistics);
    }

    private static int putLevels(byte[] page, int at, byte[] levels, int size) {
        for (int i = 0; i < Integer.BYTES; i++) {
            page[at + i] = (byte) (size >>> (i * 8));
        }
        System.arraycopy(levels, 0, page, at + Integer.BYTES, size);
        return at + Integer.BYTES + size;
    }

    /** Byte {@code b} of value {@code i} goes to {@code split[at + b * count + i]}. */
    private void split(int at, int count) {
        int values = end - room;
        if (split.length < at + values) {
            split = new byte[Math.addExact(at, values)];
        }
        int width = layout.valueBytes();
        for (int b = 0; b < width; b++) {
            int to = at + b * count;
            for (int i = 0, from = room + b; i < count; i++, from += width) {
                split[to + i] = page[from];
            }
        }
    }

    private void appendLists(ArrayData lists) throws IOException {
        int count = lists.numElements();
        if (count == 0) {
            put(0, layout.emptyOuter());
            return;
        }
        for (int i = 0; i < count; i++) {
            int repetition = i == 0 ? 0 : 1;
            if (lists.isNullAt(i)) {
                require(layout.innerOptional(), "list " + i);
                put(repetition, layout.emptyOuter() + 1);
            } else if (lists instanceof UnsafeArrayData outer) {
                int alike = i == 0 ? 0 : appendAlike(outer, i, count);
                if (alike == 0) {
                    long word = wordOf(outer, i, count);
                    inner.pointTo(outer.getBaseObject(), outer.getBaseOffset() + (word >>> 32), (int) word);
                    appendValues(inner, repetition);
                } else {
                    i += alike - 1;
                }
            } else {
                appendValues(lists.getArray(i), repetition);
            }
        }
    }

    /** Where list {@code i} of {@code count} is and how many bytes it has, in the upper and the lower half. */
    private static long wordOf(UnsafeArrayData outer, int i, int count) {
        return Platform.getLong(
                outer.getBaseObject(),
                outer.getBaseOffset() + UnsafeArrayData.calculateHeaderPortionInBytes(count) + (long) i * Long.BYTES);
    }

    private static long at(UnsafeArrayData outer, int i, int count) {
        return outer.getBaseOffset() + (wordOf(outer, i, count) >>> 32);
    }

    /**
     * Appends the lists from {@code i} on that are as long as it and have no nulls: the rule, whose levels are written faster
     * together. Returns how many.
     */
    private int appendAlike(UnsafeArrayData outer, int i, int count) throws IOException {
        Object base = outer.getBaseObject();
        long first = at(outer, i, count);
        int length = (int) Platform.getLong(base, first);
        if (length == 0) {
            return 0;
        }
        int header = UnsafeArrayData.calculateHeaderPortionInBytes(length);
        int bytes = length * layout.valueBytes();
        int next = i;
        for (long at = first; Platform.getLong(base, at) == length && !hasNulls(base, at, length); ) {
            reserve(length);
            copy(base, at + header, bytes);
            next++;
            if (next == count || outer.isNullAt(next)) {
                break;
            }
            at = at(outer, next, count);
        }
        int alike = next - i;
        if (alike > 0) {
            levels += (long) alike * length;
            repetitionLevels.putLists(1, layout.depth(), length, alike);
            definitionLevels.put(layout.value(), Math.multiplyExact(alike, length));
        }
        return alike;
    }

    private void appendValues(ArrayData list, int repetition) throws IOException {
        int count = list.numElements();
        if (count == 0) {
            put(repetition, layout.emptyInner());
            return;
        }
        levels += count;
        repetitionLevels.put(repetition, 1);
        if (count > 1) {
            repetitionLevels.put(layout.depth(), count - 1);
        }
        if (list instanceof UnsafeArrayData values
                && !hasNulls(values.getBaseObject(), values.getBaseOffset(), count)) {
            definitionLevels.put(layout.value(), count);
            copyValues(values, count);
        } else {
            appendOneByOne(list, count);
        }
    }

    private void appendOneByOne(ArrayData list, int count) throws IOException {
        reserve(count);
        for (int i = 0; i < count; i++) {
            if (list.isNullAt(i)) {
                require(layout.elementOptional(), "element " + i);
                definitionLevels.put(layout.value() - 1, 1);
                nulls++;
                continue;
            }
            definitionLevels.put(layout.value(), 1);
            if (layout.valueBytes() == Float.BYTES) {
                Platform.putFloat(page, Platform.BYTE_ARRAY_OFFSET + end, list.getFloat(i));
            } else {
                Platform.putDouble(page, Platform.BYTE_ARRAY_OFFSET + end, list.getDouble(i));
            }
            end += layout.valueBytes();
        }
    }

    private void copyValues(UnsafeArrayData list, int count) throws IOException {
        reserve(count);
        long from = list.getBaseOffset() + UnsafeArrayData.calculateHeaderPortionInBytes(count);
        copy(list.getBaseObject(), from, count * layout.valueBytes());
    }

    /** Appends bytes of numbers to the page, which has room for them. */
    private void copy(Object base, long from, int bytes) {
        if (base instanceof byte[] array) {
            // The rule, and faster for the length of a step.
            System.arraycopy(array, (int) (from - Platform.BYTE_ARRAY_OFFSET), page, end, bytes);
        } else {
            Platform.copyMemory(base, from, page, Platform.BYTE_ARRAY_OFFSET + end, bytes);
        }
        end += bytes;
    }

    /** Whether a null bit is set of the list at {@code at}: 64 elements a word, after the element count. */
    private static boolean hasNulls(Object base, long at, int count) {
        long set = 0;
        for (int word = 1; word <= (count + 63) / 64; word++) {
            set |= Platform.getLong(base, at + (long) word * Long.BYTES);
        }
        return set != 0;
    }

    /** One level without a value. */
    private void put(int repetition, int definition) {
        repetitionLevels.put(repetition, 1);
        definitionLevels.put(definition, 1);
        levels++;
        nulls++;
    }

    private void reserve(int count) throws IOException {
        long needed = end + (long) count * layout.valueBytes();
        if (needed > page.length) {
            if (needed > Integer.MAX_VALUE - LEVEL_ROOM) {
                throw new ParquetEncodingException("column " + layout.name() + ": a row has more than 2 GiB of numbers,"
                        + " the most that a Parquet page holds; cut it into shorter lists");
            }
            page = Arrays.copyOf(page, (int) Math.min(Math.max(needed, 2L * page.length), Integer.MAX_VALUE - 8));
        }
    }

    private void require(boolean optional, String what) {
        if (!optional) {
            throw new ParquetEncodingException("column " + layout.name() + ": " + what
                    + " is null, but the table's schema says that it never is; expected a value");
        }
    }

    private int pageCapacity() {
        return LEVEL_ROOM + properties.getPageSizeThreshold();
    }
}
