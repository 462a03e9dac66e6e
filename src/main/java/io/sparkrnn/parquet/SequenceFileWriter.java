package io.sparkrnn.parquet;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.compression.CompressionCodecFactory.BytesInputCompressor;
import org.apache.parquet.hadoop.ColumnChunkPageWriteStore;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.ParquetOutputFormat;
import org.apache.parquet.hadoop.api.WriteSupport.WriteContext;
import org.apache.parquet.hadoop.util.HadoopOutputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.execution.datasources.OutputWriter;
import org.apache.spark.sql.execution.datasources.parquet.ParquetWriteSupport;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * Writes one Parquet file. The schema and the footer are those that Spark's own writer makes; the pages of float lists come
 * from {@link ListColumnWriter}, those of the other columns from parquet-java; they meet in one store of pages, which is
 * what a row group holds in memory until it is as large as {@code parquet.block.size}.
 */
final class SequenceFileWriter extends OutputWriter {
    /** The most rows between two looks at how much the other columns hold. */
    private static final long MOST_ROWS_UNSEEN = 1000;

    private final String path;
    private final MessageType schema;
    private final Map<String, String> metadata;
    private final ParquetProperties properties;
    private final PageCompressor compressor;
    private final ParquetFileWriter file;
    private final List<ListColumnWriter> lists = new ArrayList<>();
    private final @Nullable OtherColumns others;
    private final long blockSize;
    private final int blockRowLimit;

    private ColumnChunkPageWriteStore pages;
    private long rows;
    private long nextLook;
    private long otherBytes;
    private long rowGroupSize;
    private boolean failed;

    /**
     * Creates the file.
     *
     * @param conf the task's configuration, as {@code ParquetFileFormat.prepareWrite} leaves it
     * @param table the schema of the rows, with at least one column that {@link ListLayout#isList} knows
     * @throws IOException when the file cannot be created
     */
    SequenceFileWriter(String path, Configuration conf, StructType table, FloatEncoding encoding) throws IOException {
        this.path = path;
        WriteContext context = new ParquetWriteSupport().init(conf);
        this.schema = context.getSchema();
        this.metadata = context.getExtraMetaData();
        this.properties = WriterSettings.properties(conf);
        this.blockSize = ParquetOutputFormat.getLongBlockSize(conf);
        this.blockRowLimit = properties.getRowGroupRowCountLimit();
        this.rowGroupSize = blockSize;
        this.compressor = new PageCompressor(conf, properties.getPageSizeThreshold());
        this.file = new ParquetFileWriter(
                HadoopOutputFile.fromPath(new Path(path), conf),
                schema,
                ParquetFileWriter.Mode.CREATE,
                blockSize,
                WriterSettings.maxPadding(conf),
                null,
                properties);
        file.start();
        this.pages = newPages();
        List<Integer> rest = new ArrayList<>();
        for (int i = 0; i < table.length(); i++) {
            ListLayout layout = ListLayout.of(schema, schema.getType(i), table.fields()[i].dataType());
            if (layout == null) {
                rest.add(i);
            } else {
                lists.add(new ListColumnWriter(layout, i, encoding, properties, pages.getPageWriter(layout.leaf())));
            }
        }
        this.others = rest.isEmpty() ? null : new OtherColumns(table, rest, conf, properties, pages);
        this.nextLook = properties.getMinRowCountForPageSizeCheck();
    }

    @Override
    public String path() {
        return path;
    }

    @Override
    public void write(InternalRow row) {
        boolean written = false;
        try {
            for (ListColumnWriter list : lists) {
                list.write(row);
            }
            if (others != null) {
                others.write(row);
            }
            rows++;
            if (rowGroupIsFull()) {
                endRowGroup();
                startRowGroup();
            }
            written = true;
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + path, e);
        } finally {
            failed |= !written;
        }
    }

    /** Ends the file; after a failed write it leaves it without a footer, as a file that nobody can take for whole. */
    @Override
    public void close() {
        try (compressor;
                file) {
            if (failed) {
                discard();
                return;
            }
            endRowGroup();
            file.end(metadata);
        } catch (IOException e) {
            throw new UncheckedIOException("cannot write " + path, e);
        }
    }

    private boolean rowGroupIsFull() {
        if (rows >= blockRowLimit) {
            return true;
        }
        long bytes = otherBytes;
        for (ListColumnWriter list : lists) {
            bytes += list.bufferedBytes();
        }
        if (others != null && rows >= nextLook) {
            bytes -= otherBytes;
            otherBytes = others.bufferedBytes();
            bytes += otherBytes;
            long rowsLeft = (rowGroupSize - bytes) / Math.max(1, bytes / rows);
            nextLook = rows + Math.max(1, Math.min(rowsLeft / 2, MOST_ROWS_UNSEEN));
        }
        return bytes >= rowGroupSize;
    }

    private void endRowGroup() throws IOException {
        for (ListColumnWriter list : lists) {
            list.flush();
        }
        if (others != null) {
            others.flush();
        }
        if (rows > 0) {
            file.startBlock(rows);
            pages.flushToFileWriter(file);
            file.endBlock();
        }
        pages.close();
    }

    private void startRowGroup() throws IOException {
        rowGroupSize = Math.min(file.getNextRowGroupSize(), blockSize);
        nextLook = Math.min(Math.max(properties.getMinRowCountForPageSizeCheck(), rows / 2), MOST_ROWS_UNSEEN);
        rows = 0;
        otherBytes = 0;
        pages = newPages();
        for (ListColumnWriter list : lists) {
            list.startRowGroup(pages.getPageWriter(list.leaf()));
        }
        if (others != null) {
            others.startRowGroup(pages);
        }
    }

    private void discard() {
        if (others != null) {
            others.discard();
        }
        pages.close();
    }

    private ColumnChunkPageWriteStore newPages() {
        BytesInputCompressor codec = compressor.codec();
        return new ColumnChunkPageWriteStore(
                codec,
                schema,
                properties.getAllocator(),
                properties.getColumnIndexTruncateLength(),
                properties.getPageWriteChecksumEnabled());
    }
}
