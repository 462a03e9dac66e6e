package io.sparkrnn.parquet.write;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.column.statistics.Statistics;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.jspecify.annotations.Nullable;

/**
 * One column's compressed pages of the row group that is being written. A page is compressed to where it is held until it
 * goes to the file, in slabs that the next row group takes over.
 */
final class HeldPages {
    /** A little less than 8 MiB, so that with its header it is not just more than 8 of the collector's regions. */
    private static final int LARGEST_SLAB = 8 * 1024 * 1024 - 1024;

    private final ColumnDescriptor column;
    private final PageCompressor compressor;
    private final Encoding encoding;

    private final List<byte[]> slabs = new ArrayList<>();
    private int slab;
    private int slabAt;
    private long capacity;

    private final List<Page> pages = new ArrayList<>();
    private long bytes;
    private long levels;

    /**
     * A page, compressed.
     *
     * @param levelBytes the levels in front, which are not compressed, of a page of version 2; null for version 1
     */
    private record Page(
            byte[] slab,
            int at,
            int size,
            int uncompressedSize,
            int rows,
            int levels,
            int nulls,
            @Nullable LevelBytes levelBytes,
            @Nullable Statistics<?> statistics) {}

    /** Levels of a page of version 2. */
    record LevelBytes(byte[] repetition, byte[] definition) {
        int size() {
            return repetition.length + definition.length;
        }
    }

    HeldPages(ColumnDescriptor column, PageCompressor compressor, Encoding encoding) {
        this.column = column;
        this.compressor = compressor;
        this.encoding = encoding;
    }

    /** The bytes of the pages held. */
    long bytes() {
        return bytes;
    }

    /**
     * Compresses and holds a page.
     *
     * @param from where its bytes are, which may be reused afterwards
     * @param levelBytes its levels, for version 2; null where they are in front of the values, in version 1
     * @param statistics null when it has none
     */
    void add(
            byte[] from,
            int at,
            int size,
            int rows,
            int levelCount,
            int nulls,
            @Nullable LevelBytes levelBytes,
            @Nullable Statistics<?> statistics)
            throws IOException {
        int room = size == 0 ? 0 : compressor.start(from, at, size);
        if (slabs.isEmpty() || slabs.get(slab).length - slabAt < room) {
            nextSlab(room);
        }
        byte[] to = slabs.get(slab);
        int compressed = size == 0 ? 0 : compressor.finish(to, slabAt);
        pages.add(new Page(to, slabAt, compressed, size, rows, levelCount, nulls, levelBytes, statistics));
        slabAt += compressed;
        bytes += compressed + (levelBytes == null ? 0 : levelBytes.size());
        levels += levelCount;
    }

    /** Slabs grow with what is held, so that a small file needs little. */
    private void nextSlab(int room) {
        slabAt = 0;
        while (slab + 1 < slabs.size()) {
            slab++;
            if (slabs.get(slab).length >= room) {
                return;
            }
        }
        byte[] added = new byte[(int) Math.max(room, Math.min(LARGEST_SLAB, capacity))];
        capacity += added.length;
        slabs.add(added);
        slab = slabs.size() - 1;
    }

    /** Writes the column chunk and holds nothing any more. */
    @SuppressWarnings(
            "deprecation") // the only way to write a page of version 2 that every parquet-java from 1.13 on has
    void flush(ParquetFileWriter file) throws IOException {
        file.startColumn(column, levels, compressor.name());
        for (Page page : pages) {
            // As a buffer, whose checksum parquet-java computes where it lies; of an array it makes a copy for that.
            BytesInput data = BytesInput.from(ByteBuffer.wrap(page.slab, page.at, page.size));
            LevelBytes levelBytes = page.levelBytes;
            if (levelBytes == null) {
                file.writeDataPage(
                        page.levels,
                        page.uncompressedSize,
                        data,
                        page.statistics,
                        page.rows,
                        Encoding.RLE,
                        Encoding.RLE,
                        encoding);
            } else {
                file.writeDataPageV2(
                        page.rows,
                        page.nulls,
                        page.levels,
                        BytesInput.from(levelBytes.repetition),
                        BytesInput.from(levelBytes.definition),
                        encoding,
                        data,
                        page.uncompressedSize,
                        page.statistics);
            }
        }
        file.endColumn();
        pages.clear();
        slab = 0;
        slabAt = 0;
        bytes = 0;
        levels = 0;
    }
}
