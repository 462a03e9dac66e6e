package io.sparkrnn.parquet.write;

import io.sparkrnn.parquet.layout.ListLayout;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.ParquetOutputFormat;
import org.apache.parquet.hadoop.api.WriteSupport.WriteContext;
import org.apache.parquet.schema.MessageType;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.execution.datasources.OutputWriter;
import org.apache.spark.sql.execution.datasources.parquet.ParquetWriteSupport;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * Writes one Parquet file. The schema and the footer are those that Spark's own writer makes; the pages of float lists come
 * from {@link ListColumnWriter}, those of the other columns from parquet-java. The compressed pages of a row group are held
 * in memory until they are as large as {@code parquet.block.size}, and then written column after column.
 */
final class SequenceFileWriter extends OutputWriter {
    /** The most rows between two looks at how much the other columns hold. */
    private static final long MOST_ROWS_UNSEEN = 1000;

    private final String path;
    private final MessageType schema;
    private final Map<String, String> metadata;
    private final ParquetProperties properties;
    private final PageCompressor compressor;
    private final RememberedOutput output;
    private final ParquetFileWriter file;
    private final @Nullable ListColumnWriter[] listsByField;
    private final ListColumnWriter[] lists;
    private final @Nullable OtherColumns others;
    private final long blockSize;
    private final int blockRowLimit;

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
        this.blockRowLimit = WriterSettings.rowGroupRowLimit(conf);
        this.rowGroupSize = blockSize;
        this.compressor = new PageCompressor(conf, properties.getPageSizeThreshold());
        this.output = new RememberedOutput(new Path(path), conf);
        this.file = new ParquetFileWriter(
                output,
                schema,
                ParquetFileWriter.Mode.CREATE,
                blockSize,
                WriterSettings.maxPadding(conf),
                properties.getColumnIndexTruncateLength(),
                properties.getStatisticsTruncateLength(),
                properties.getPageWriteChecksumEnabled());
        file.start();
        this.listsByField = new ListColumnWriter[table.length()];
        List<Integer> rest = new ArrayList<>();
        for (int i = 0; i < table.length(); i++) {
            ListLayout layout = ListLayout.of(schema, schema.getType(i), table.fields()[i].dataType());
            if (layout == null) {
                rest.add(i);
            } else {
                listsByField[i] = new ListColumnWriter(layout, i, encoding, properties, compressor);
            }
        }
        this.others = rest.isEmpty() ? null : new OtherColumns(table, rest, conf, properties, compressor);
        this.lists = Arrays.stream(listsByField).filter(Objects::nonNull).toArray(ListColumnWriter[]::new);
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
                output) {
            if (failed) {
                if (others != null) {
                    others.close();
                }
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
        if (others != null) {
            others.endPages();
        }
        if (rows > 0) {
            file.startBlock(rows);
            for (int i = 0; i < listsByField.length; i++) {
                ListColumnWriter list = listsByField[i];
                if (list != null) {
                    list.flush(file);
                } else if (others != null) {
                    others.flush(schema.getFieldName(i), file);
                }
            }
            file.endBlock();
        }
        if (others != null) {
            others.close();
        }
    }

    private void startRowGroup() throws IOException {
        rowGroupSize = Math.min(file.getNextRowGroupSize(), blockSize);
        nextLook = Math.min(Math.max(properties.getMinRowCountForPageSizeCheck(), rows / 2), MOST_ROWS_UNSEEN);
        rows = 0;
        otherBytes = 0;
        if (others != null) {
            others.startRowGroup();
        }
    }
}
