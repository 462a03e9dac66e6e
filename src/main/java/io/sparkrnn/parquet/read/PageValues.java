package io.sparkrnn.parquet.read;

import io.sparkrnn.parquet.layout.Float16;
import io.sparkrnn.parquet.layout.ListLayout;
import io.sparkrnn.parquet.layout.PageNumber;
import org.apache.parquet.format.Encoding;
import org.apache.spark.unsafe.Platform;

/** Turns a page's values into those of rows: plain ones, little-endian, one after the other. */
final class PageValues {
    private final HybridRuns runs;
    private final PageNumber number;
    private final int pageBytes;
    private final int valueBytes;

    PageValues(ListLayout layout, HybridRuns runs) {
        this.number = layout.number();
        this.pageBytes = layout.pageBytes();
        this.valueBytes = layout.valueBytes();
        this.runs = runs;
    }

    /** Whether a chunk's values in this encoding can be read here. */
    static boolean knows(org.apache.parquet.column.Encoding encoding) {
        return switch (encoding) {
            case PLAIN, RLE, PLAIN_DICTIONARY, RLE_DICTIONARY, BYTE_STREAM_SPLIT -> true;
            default -> false;
        };
    }

    /** Whether the values of the page at hand are those of rows as they are. */
    boolean isPlain(ColumnPages pages) {
        return pages.encoding() == Encoding.PLAIN && number != PageNumber.FLOAT16;
    }

    /**
     * Writes {@code count} values to byte {@code at} of {@code to}.
     *
     * @param page the loaded page of {@code pages}
     */
    void decode(ColumnPages pages, byte[] page, int count, byte[] to, int at) {
        Encoding encoding = pages.encoding();
        if (encoding == Encoding.BYTE_STREAM_SPLIT) {
            requireBytes(pages, count);
            if (number == PageNumber.FLOAT16) {
                Float16.widen(page, pages.dataAt(), pages.dataAt() + count, 1, count, to, at);
            } else {
                unsplit(page, pages.dataAt(), count, to, at);
            }
        } else if (encoding == Encoding.PLAIN_DICTIONARY || encoding == Encoding.RLE_DICTIONARY) {
            look(pages, page, count, to, at);
        } else if (encoding == Encoding.PLAIN && number == PageNumber.FLOAT16) {
            requireBytes(pages, count);
            Float16.widen(page, pages.dataAt(), pages.dataAt() + 1, Float16.BYTES, count, to, at);
        } else {
            throw pages.place()
                    .damaged("a page's values are encoded as " + encoding + ", which the footer does not say");
        }
    }

    /** Checks that the values take the bytes that so many plain ones take. */
    void requireBytes(ColumnPages pages, int count) {
        long bytes = (long) count * pageBytes;
        if (bytes != pages.dataEnd() - pages.dataAt()) {
            throw pages.place()
                    .damaged("a page has " + (pages.dataEnd() - pages.dataAt()) + " bytes for its " + count
                            + " values of " + pageBytes + " bytes");
        }
    }

    private void unsplit(byte[] page, int from, int count, byte[] to, int at) {
        for (int b = 0; b < valueBytes; b++) {
            int source = from + b * count;
            for (int i = 0, target = at + b; i < count; i++, target += valueBytes) {
                to[target] = page[source + i];
            }
        }
    }

    private void look(ColumnPages pages, byte[] page, int count, byte[] to, int at) {
        if (count == 0) {
            return;
        }
        if (pages.dictionaryBytes() < 0) {
            throw pages.place().damaged("a page refers to a dictionary, and there is none before it");
        }
        int from = pages.dataAt();
        int bitWidth = from < pages.dataEnd() ? page[from] : -1;
        if (bitWidth < 0 || bitWidth > Integer.SIZE) {
            throw pages.place().damaged("a page says that its places in the dictionary have " + bitWidth + " bits");
        }
        int size = pages.dictionaryBytes() / valueBytes;
        runs.start(page, from + 1, pages.dataEnd(), bitWidth, count, pages.place());
        int target = at;
        while (runs.next()) {
            target = valueBytes == Float.BYTES
                    ? lookInts(pages.dictionary(), size, to, target, pages.place())
                    : lookLongs(pages.dictionary(), size, to, target, pages.place());
        }
    }

    private int lookInts(byte[] dictionary, int size, byte[] to, int at, Place place) {
        int length = runs.length();
        boolean packed = runs.isPacked();
        int target = at;
        for (int i = 0; i < length; i++, target += Integer.BYTES) {
            long index = check(packed ? runs.packed(i) : runs.value(), size, place);
            int value = Platform.getInt(dictionary, Platform.BYTE_ARRAY_OFFSET + index * Integer.BYTES);
            Platform.putInt(to, Platform.BYTE_ARRAY_OFFSET + (long) target, value);
        }
        return target;
    }

    private int lookLongs(byte[] dictionary, int size, byte[] to, int at, Place place) {
        int length = runs.length();
        boolean packed = runs.isPacked();
        int target = at;
        for (int i = 0; i < length; i++, target += Long.BYTES) {
            long index = check(packed ? runs.packed(i) : runs.value(), size, place);
            long value = Platform.getLong(dictionary, Platform.BYTE_ARRAY_OFFSET + index * Long.BYTES);
            Platform.putLong(to, Platform.BYTE_ARRAY_OFFSET + (long) target, value);
        }
        return target;
    }

    private static int check(int index, int size, Place place) {
        if (index < 0 || index >= size) {
            throw place.damaged("a value is number " + Integer.toUnsignedString(index) + " of a dictionary of " + size);
        }
        return index;
    }
}
