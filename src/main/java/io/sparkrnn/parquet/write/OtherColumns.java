package io.sparkrnn.parquet.write;

import io.sparkrnn.platform.ScalaCollections;
import java.io.IOException;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.column.ColumnWriteStore;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.hadoop.ColumnChunkPageWriteStore;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.ParquetOutputFormat;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.schema.MessageType;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.ProjectingInternalRow;
import org.apache.spark.sql.execution.datasources.parquet.ParquetWriteSupport;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * The columns of a table that are no float lists, written as Spark writes them: by its write support, into parquet-java's
 * column writers.
 */
final class OtherColumns implements AutoCloseable {
    private final ParquetWriteSupport support = new ParquetWriteSupport();
    private final MessageType schema;
    private final ProjectingInternalRow row;
    private final ParquetProperties properties;
    private final ColumnIOFactory columnIO;
    private final PageCompressor compressor;

    /** Each column alone, because they are written between the lists, in the schema's order. */
    private final Map<String, MessageType> fieldSchemas = new LinkedHashMap<>();

    private final Map<String, ColumnChunkPageWriteStore> pages = new HashMap<>();

    private ColumnWriteStore columns;
    private RecordConsumer consumer;

    /**
     * The columns of {@code ordinals}.
     *
     * @param table the schema of the rows
     */
    OtherColumns(
            StructType table,
            List<Integer> ordinals,
            Configuration conf,
            ParquetProperties properties,
            PageCompressor compressor) {
        StructField[] fields = ordinals.stream().map(i -> table.fields()[i]).toArray(StructField[]::new);
        StructType rest = new StructType(fields);
        Configuration restConf = new Configuration(conf);
        ParquetWriteSupport.setSchema(rest, restConf);
        this.schema = support.init(restConf).getSchema();
        List<Object> boxed = List.copyOf(ordinals);
        this.row = new ProjectingInternalRow(rest, ScalaCollections.seq(boxed).toIndexedSeq());
        this.properties = properties;
        this.columnIO = new ColumnIOFactory(ParquetOutputFormat.getValidation(conf));
        this.compressor = compressor;
        for (int i = 0; i < schema.getFieldCount(); i++) {
            fieldSchemas.put(
                    schema.getType(i).getName(), new MessageType(schema.getName(), List.of(schema.getType(i))));
        }
        this.columns = newColumns();
        this.consumer = newConsumer();
    }

    /** Goes on to the next row group; the former one must be flushed. */
    void startRowGroup() {
        columns = newColumns();
        consumer = newConsumer();
    }

    void write(InternalRow whole) {
        row.project(whole);
        support.write(row);
    }

    /** The bytes held for the row group that is not finished. */
    long bufferedBytes() {
        return columns.getBufferedSize();
    }

    /** Ends the pages of the row group. */
    void endPages() {
        consumer.flush();
        columns.flush();
    }

    /** Writes the column chunks of the column {@code name}, whose pages are ended. */
    void flush(String name, ParquetFileWriter file) throws IOException {
        pagesOf(name).flushToFileWriter(file);
    }

    /** Frees what the row group holds. */
    @Override
    public void close() {
        columns.close();
        pages.values().forEach(ParquetJava::close);
        pages.clear();
    }

    private ColumnChunkPageWriteStore pagesOf(String name) {
        return Objects.requireNonNull(pages.get(name));
    }

    private ColumnWriteStore newColumns() {
        fieldSchemas.forEach(
                (name, field) -> pages.put(name, ParquetJava.pages(compressor.parquet(), field, properties)));
        return properties.newColumnWriteStore(
                schema, column -> pagesOf(column.getPath()[0]).getPageWriter(column));
    }

    private RecordConsumer newConsumer() {
        RecordConsumer recordConsumer = columnIO.getColumnIO(schema).getRecordWriter(columns);
        support.prepareForWrite(recordConsumer);
        return recordConsumer;
    }
}
