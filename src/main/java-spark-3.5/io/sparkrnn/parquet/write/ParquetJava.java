package io.sparkrnn.parquet.write;

import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.compression.CompressionCodecFactory.BytesInputCompressor;
import org.apache.parquet.hadoop.CodecFactory.BytesCompressor;
import org.apache.parquet.hadoop.ColumnChunkPageWriteStore;
import org.apache.parquet.schema.MessageType;

/** What is special of the parquet-java that Spark 3.5 brings: 1.13. */
final class ParquetJava {
    private ParquetJava() {}

    /** Adds the settings that not every parquet-java knows: none here. */
    static ParquetProperties.Builder newer(ParquetProperties.Builder builder, Configuration conf) {
        return builder;
    }

    /** Whether a column's pages and chunks tell their least and greatest values: always here. */
    static boolean writesStatistics(ParquetProperties properties, ColumnDescriptor column) {
        return true;
    }

    /** What holds the pages of the columns of {@code schema} until their row group is written. */
    @SuppressWarnings("deprecation") // of the one class that this parquet-java's store takes
    static ColumnChunkPageWriteStore pages(
            BytesInputCompressor compressor, MessageType schema, ParquetProperties properties) {
        return new ColumnChunkPageWriteStore(
                (BytesCompressor) compressor,
                schema,
                properties.getAllocator(),
                properties.getColumnIndexTruncateLength(),
                properties.getPageWriteChecksumEnabled());
    }

    /** Frees what {@link #pages} gave: here the garbage collector does. */
    static void close(ColumnChunkPageWriteStore pages) {}
}
