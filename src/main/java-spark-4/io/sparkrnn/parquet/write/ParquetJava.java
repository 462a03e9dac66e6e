package io.sparkrnn.parquet.write;

import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.compression.CompressionCodecFactory.BytesInputCompressor;
import org.apache.parquet.hadoop.ColumnChunkPageWriteStore;
import org.apache.parquet.hadoop.ParquetOutputFormat;
import org.apache.parquet.schema.MessageType;

/** What is special of the parquet-java that Spark 4 brings: 1.15 to 1.17. */
final class ParquetJava {
    private ParquetJava() {}

    /** Adds the settings that not every parquet-java knows. */
    static ParquetProperties.Builder newer(ParquetProperties.Builder builder, Configuration conf) {
        return builder.withPageValueCountThreshold(ParquetOutputFormat.getValueCountThreshold(conf))
                .withStatisticsEnabled(ParquetOutputFormat.getStatisticsEnabled(conf));
    }

    /** Whether a column's pages and chunks tell their least and greatest values. */
    static boolean writesStatistics(ParquetProperties properties, ColumnDescriptor column) {
        return properties.getStatisticsEnabled(column);
    }

    /** What holds the pages of the columns of {@code schema} until their row group is written. */
    static ColumnChunkPageWriteStore pages(
            BytesInputCompressor compressor, MessageType schema, ParquetProperties properties) {
        return new ColumnChunkPageWriteStore(
                compressor,
                schema,
                properties.getAllocator(),
                properties.getColumnIndexTruncateLength(),
                properties.getPageWriteChecksumEnabled());
    }

    /** Frees what {@link #pages} gave. */
    static void close(ColumnChunkPageWriteStore pages) {
        pages.close();
    }
}
