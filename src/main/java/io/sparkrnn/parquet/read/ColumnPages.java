package io.sparkrnn.parquet.read;

import io.sparkrnn.parquet.layout.Float16;
import io.sparkrnn.parquet.layout.ListLayout;
import io.sparkrnn.parquet.layout.PageNumber;
import java.io.IOException;
import java.util.Arrays;
import java.util.zip.CRC32;
import org.apache.parquet.format.DataPageHeader;
import org.apache.parquet.format.DataPageHeaderV2;
import org.apache.parquet.format.DictionaryPageHeader;
import org.apache.parquet.format.Encoding;
import org.apache.parquet.format.PageHeader;
import org.apache.parquet.format.PageType;
import org.apache.parquet.format.Util;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;

/**
 * The data pages of one column chunk after the other, of versions 1 and 2. Every length is checked against the bytes there
 * are before anything is allocated or read for it.
 *
 * @see <a href="https://github.com/apache/parquet-format/blob/master/src/main/thrift/parquet.thrift">PageHeader in
 *     parquet.thrift</a>
 */
final class ColumnPages {
    /** Bytes after the last one of a loaded page that may be read, but mean nothing. */
    static final int SLACK = 8;

    private final ListLayout layout;
    private final ChunkInput input;
    private final PageDecompressor decompressor;
    private final boolean verifyChecksums;
    private final CRC32 crc = new CRC32();

    private Place place;
    private CompressionCodecName codec = CompressionCodecName.UNCOMPRESSED;
    private long levelsLeft;
    private byte[] dictionary = new byte[0];
    private int dictionaryBytes = -1;

    private int levelCount;
    private int rowCount;
    private Encoding encoding = Encoding.PLAIN;
    private boolean versionTwo;
    private boolean compressed;
    private int bodySize;
    private int loadedBytes;

    private byte[] levelBytes = new byte[0];
    private int repetitionAt;
    private int repetitionEnd;
    private int definitionAt;
    private int definitionEnd;
    private int dataAt;
    private int dataEnd;

    /**
     * No chunk yet.
     *
     * @param place the file and the column, for errors
     */
    ColumnPages(
            ListLayout layout, ChunkInput input, PageDecompressor decompressor, ChecksumPolicy checksums, Place place) {
        this.layout = layout;
        this.input = input;
        this.decompressor = decompressor;
        this.verifyChecksums = checksums == ChecksumPolicy.VERIFY;
        this.place = place;
    }

    /** Starts on a chunk, whose first bytes are asked for. */
    void start(ColumnChunkMetaData chunk, long fileBytes, Place chunkPlace) throws IOException {
        place = chunkPlace;
        long start = chunk.getStartingPos();
        if (start < 4 || chunk.getTotalSize() < 0 || start > fileBytes - chunk.getTotalSize()) {
            throw place.damaged("the footer says that its pages are " + chunk.getTotalSize() + " bytes at byte " + start
                    + ", in a file of " + fileBytes + " bytes");
        }
        if (chunk.getValueCount() < 0) {
            throw place.damaged("the footer says that it has " + chunk.getValueCount() + " values");
        }
        codec = chunk.getCodec();
        levelsLeft = chunk.getValueCount();
        dictionaryBytes = -1;
        input.start(start, chunk.getTotalSize());
    }

    /** Goes to the next data page; false after the last one. */
    boolean next() throws IOException {
        while (input.left() > 0) {
            PageHeader header = header();
            bodySize = header.getCompressed_page_size();
            int size = header.getUncompressed_page_size();
            if (bodySize < 0 || size < 0 || size > PageDecompressor.mostBytes(codec, bodySize)) {
                throw place.damaged("a page's header says " + bodySize + " bytes, " + size + " without compression");
            }
            if (bodySize > ChunkInput.MOST_BYTES && bodySize <= input.left()) {
                throw place.tooLarge("a page's header says " + bodySize + " bytes");
            }
            if (!input.require(bodySize)) {
                throw place.damaged(
                        "a page's header says " + bodySize + " bytes; " + input.left() + " are left of the column's");
            }
            if (verifyChecksums && header.isSetCrc()) {
                crc.reset();
                crc.update(input.buffer(), input.at(), bodySize);
                if ((int) crc.getValue() != header.getCrc()) {
                    throw place.damaged("a page's checksum is " + Integer.toHexString((int) crc.getValue())
                            + "; its header says " + Integer.toHexString(header.getCrc()));
                }
            }
            loadedBytes = size;
            PageType type = header.getType();
            if (type == PageType.DATA_PAGE && header.isSetData_page_header()) {
                startVersionOne(header.getData_page_header());
                return true;
            }
            if (type == PageType.DATA_PAGE_V2 && header.isSetData_page_header_v2()) {
                startVersionTwo(header.getData_page_header_v2(), size);
                return true;
            }
            if (type == PageType.DICTIONARY_PAGE && header.isSetDictionary_page_header()) {
                readDictionary(header.getDictionary_page_header(), size);
            }
            input.take(bodySize);
        }
        if (levelsLeft != 0) {
            throw place.damaged("its pages end " + levelsLeft + " values before the number that the footer says");
        }
        return false;
    }

    private PageHeader header() throws IOException {
        try {
            return Util.readPageHeader(input);
        } catch (IOException | RuntimeException e) {
            IOException ofTheStorage = input.failure();
            if (ofTheStorage != null) {
                throw ofTheStorage;
            }
            // The Thrift reader throws what it likes on bytes that are no header.
            throw place.damaged("a page's header cannot be read: " + e.getMessage(), e);
        }
    }

    private void startVersionOne(DataPageHeader header) {
        versionTwo = false;
        compressed = true;
        rowCount = -1;
        startPage(header.getNum_values(), header.getEncoding());
        if (header.getRepetition_level_encoding() != Encoding.RLE
                || header.getDefinition_level_encoding() != Encoding.RLE) {
            throw place.damaged("a page's levels are encoded as " + header.getRepetition_level_encoding() + " and "
                    + header.getDefinition_level_encoding() + ", which the footer does not say");
        }
    }

    private void startVersionTwo(DataPageHeaderV2 header, int size) {
        versionTwo = true;
        compressed = !header.isSetIs_compressed() || header.isIs_compressed();
        rowCount = header.getNum_rows();
        startPage(header.getNum_values(), header.getEncoding());
        int repetitionBytes = header.getRepetition_levels_byte_length();
        int definitionBytes = header.getDefinition_levels_byte_length();
        long levels = (long) repetitionBytes + definitionBytes;
        if (repetitionBytes < 0 || definitionBytes < 0 || levels > bodySize || levels > size) {
            throw place.damaged("a page's header says " + levels + " bytes of levels in " + bodySize);
        }
        loadedBytes = size - (int) levels;
        repetitionAt = input.at();
        repetitionEnd = repetitionAt + repetitionBytes;
        definitionAt = repetitionEnd;
        definitionEnd = definitionAt + definitionBytes;
    }

    private void startPage(int values, Encoding valuesEncoding) {
        if (values < 0 || values > levelsLeft) {
            throw place.damaged(
                    "a page's header says " + values + " values; by the footer " + levelsLeft + " are left");
        }
        levelsLeft -= values;
        levelCount = values;
        encoding = valuesEncoding;
    }

    private void readDictionary(DictionaryPageHeader header, int size) {
        if (dictionaryBytes >= 0
                || header.getNum_values() < 0
                || (long) header.getNum_values() * layout.pageBytes() != size
                || (header.getEncoding() != Encoding.PLAIN && header.getEncoding() != Encoding.PLAIN_DICTIONARY)) {
            throw place.damaged("a dictionary of " + header.getNum_values() + " values has " + size
                    + " bytes, encoded as " + header.getEncoding());
        }
        int count = header.getNum_values();
        long bytes = (long) count * layout.valueBytes();
        if (bytes > Integer.MAX_VALUE - 1024) {
            throw place.tooLarge("a dictionary takes " + bytes + " bytes");
        }
        if (dictionary.length < bytes + SLACK) {
            dictionary = new byte[(int) bytes + SLACK];
        }
        if (layout.number() == PageNumber.FLOAT16) {
            byte[] halves = new byte[size + SLACK];
            decompressor.decompress(codec, input.buffer(), input.at(), bodySize, halves, 0, size, place);
            Float16.widen(halves, 0, 1, Float16.BYTES, count, dictionary, 0);
        } else {
            decompressor.decompress(codec, input.buffer(), input.at(), bodySize, dictionary, 0, size, place);
        }
        dictionaryBytes = (int) bytes;
    }

    /** The bytes that {@link #load} writes. */
    int loadedBytes() {
        return loadedBytes;
    }

    /** Puts the page, without compression, at byte {@code at} of {@code to}, which has room for it and for the slack. */
    void load(byte[] to, int at) {
        if (versionTwo) {
            int levels = definitionEnd - repetitionAt;
            int from = input.at() + levels;
            // With zeros for slack: a range may go beyond the end of the array it is copied from.
            levelBytes = Arrays.copyOfRange(input.buffer(), repetitionAt, definitionEnd + SLACK);
            definitionAt -= repetitionAt;
            definitionEnd -= repetitionAt;
            repetitionEnd -= repetitionAt;
            repetitionAt = 0;
            if (loadedBytes > 0 || bodySize > levels) {
                CompressionCodecName pageCodec = compressed ? codec : CompressionCodecName.UNCOMPRESSED;
                decompressor.decompress(pageCodec, input.buffer(), from, bodySize - levels, to, at, loadedBytes, place);
            }
            dataAt = at;
        } else {
            decompressor.decompress(codec, input.buffer(), input.at(), bodySize, to, at, loadedBytes, place);
            levelBytes = to;
            int end = at + loadedBytes;
            repetitionAt = at + Integer.BYTES;
            repetitionEnd = levelEnd(to, at, end);
            definitionAt = repetitionEnd + Integer.BYTES;
            definitionEnd = levelEnd(to, repetitionEnd, end);
            dataAt = definitionEnd;
        }
        dataEnd = at + loadedBytes;
        input.take(bodySize);
    }

    private int levelEnd(byte[] page, int at, int end) {
        int length = -1;
        if (end - at >= Integer.BYTES) {
            length = (page[at] & 0xff)
                    | ((page[at + 1] & 0xff) << 8)
                    | ((page[at + 2] & 0xff) << 16)
                    | ((page[at + 3] & 0xff) << 24);
        }
        if (length < 0 || length > end - at - Integer.BYTES) {
            throw place.damaged("a page's levels go beyond its end");
        }
        return at + Integer.BYTES + length;
    }

    /** Starts {@code runs} on the loaded page's repetition levels. */
    void startRepetitionLevels(HybridRuns runs) {
        runs.start(levelBytes, repetitionAt, repetitionEnd, bits(layout.depth()), levelCount, place);
    }

    /** Starts {@code runs} on the loaded page's definition levels. */
    void startDefinitionLevels(HybridRuns runs) {
        runs.start(levelBytes, definitionAt, definitionEnd, bits(layout.value()), levelCount, place);
    }

    /** The bits of a level that is {@code maxLevel} at most. */
    static int bits(int maxLevel) {
        return Integer.SIZE - Integer.numberOfLeadingZeros(maxLevel);
    }

    /** How many levels the page has: values, nulls and empty lists. */
    int levelCount() {
        return levelCount;
    }

    /** How many rows the page has, by its header; -1 where the header does not say. */
    int rowCount() {
        return rowCount;
    }

    /** How the loaded page's values are encoded. */
    Encoding encoding() {
        return encoding;
    }

    /** The first byte of the loaded page's values. */
    int dataAt() {
        return dataAt;
    }

    /** The byte after the loaded page's values. */
    int dataEnd() {
        return dataEnd;
    }

    /** The dictionary's values as rows have them, one after the other. */
    byte[] dictionary() {
        return dictionary;
    }

    /** How many bytes these take; -1 where there is none. */
    int dictionaryBytes() {
        return dictionaryBytes;
    }

    Place place() {
        return place;
    }
}
