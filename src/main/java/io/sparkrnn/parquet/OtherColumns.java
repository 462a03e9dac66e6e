package io.sparkrnn.parquet;

import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.column.ColumnWriteStore;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.hadoop.ColumnChunkPageWriteStore;
import org.apache.parquet.hadoop.ParquetOutputFormat;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.schema.MessageType;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.ProjectingInternalRow;
import org.apache.spark.sql.execution.datasources.parquet.ParquetWriteSupport;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import scala.jdk.javaapi.CollectionConverters;

/** The columns of a table that are no float lists, written as Spark writes them: its write support, parquet-java's columns. */
final class OtherColumns {
    private final ParquetWriteSupport support = new ParquetWriteSupport();
    private final MessageType schema;
    private final ProjectingInternalRow row;
    private final ParquetProperties properties;
    private final ColumnIOFactory columnIO;

    private ColumnWriteStore columns;
    private RecordConsumer consumer;

    /**
     * The columns of {@code ordinals}.
     *
     * @param table the schema of the rows
     * @param pages where the pages of the first row group go
     */
    OtherColumns(
            StructType table,
            List<Integer> ordinals,
            Configuration conf,
            ParquetProperties properties,
            ColumnChunkPageWriteStore pages) {
        StructField[] fields = ordinals.stream().map(i -> table.fields()[i]).toArray(StructField[]::new);
        StructType rest = new StructType(fields);
        Configuration restConf = new Configuration(conf);
        ParquetWriteSupport.setSchema(rest, restConf);
        this.schema = support.init(restConf).getSchema();
        List<Object> boxed = List.copyOf(ordinals);
        this.row = new ProjectingInternalRow(
                rest, CollectionConverters.asScala(boxed).toIndexedSeq());
        this.properties = properties;
        this.columnIO = new ColumnIOFactory(ParquetOutputFormat.getValidation(conf));
        this.columns = newColumns(pages);
        this.consumer = newConsumer();
    }

    /** Has the next row group's pages go to {@code pages}; the former one must be flushed. */
    void startRowGroup(ColumnChunkPageWriteStore pages) {
        columns = newColumns(pages);
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
    void flush() {
        consumer.flush();
        columns.flush();
        columns.close();
    }

    /** Frees what an unfinished row group holds. */
    void discard() {
        columns.close();
    }

    private ColumnWriteStore newColumns(ColumnChunkPageWriteStore pages) {
        return properties.newColumnWriteStore(schema, pages, pages);
    }

    private RecordConsumer newConsumer() {
        RecordConsumer recordConsumer = columnIO.getColumnIO(schema).getRecordWriter(columns);
        support.prepareForWrite(recordConsumer);
        return recordConsumer;
    }
}
