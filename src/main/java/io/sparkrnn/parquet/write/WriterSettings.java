package io.sparkrnn.parquet.write;

import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.hadoop.ParquetOutputFormat;
import org.apache.parquet.hadoop.ParquetWriter;
import org.jspecify.annotations.Nullable;

/** The {@code parquet.*} settings of a writer, under the names and with the defaults of {@link ParquetOutputFormat}. */
public final class WriterSettings {
    private WriterSettings() {}

    /** What parquet-java's own writer would be given for {@code conf}. */
    static ParquetProperties properties(Configuration conf) {
        ParquetProperties.Builder builder = ParquetProperties.builder()
                .withPageSize(ParquetOutputFormat.getPageSize(conf))
                .withDictionaryPageSize(ParquetOutputFormat.getDictionaryPageSize(conf))
                .withDictionaryEncoding(ParquetOutputFormat.getEnableDictionary(conf))
                .withWriterVersion(ParquetOutputFormat.getWriterVersion(conf))
                .estimateRowCountForPageSizeCheck(ParquetOutputFormat.getEstimatePageSizeCheck(conf))
                .withMinRowCountForPageSizeCheck(ParquetOutputFormat.getMinRowCountForPageSizeCheck(conf))
                .withMaxRowCountForPageSizeCheck(ParquetOutputFormat.getMaxRowCountForPageSizeCheck(conf))
                .withColumnIndexTruncateLength(conf.getInt(
                        ParquetOutputFormat.COLUMN_INDEX_TRUNCATE_LENGTH,
                        ParquetProperties.DEFAULT_COLUMN_INDEX_TRUNCATE_LENGTH))
                .withStatisticsTruncateLength(conf.getInt(
                        ParquetOutputFormat.STATISTICS_TRUNCATE_LENGTH,
                        ParquetProperties.DEFAULT_STATISTICS_TRUNCATE_LENGTH))
                .withPageRowCountLimit(conf.getInt(
                        ParquetOutputFormat.PAGE_ROW_COUNT_LIMIT, ParquetProperties.DEFAULT_PAGE_ROW_COUNT_LIMIT))
                .withPageWriteChecksumEnabled(ParquetOutputFormat.getPageWriteChecksumEnabled(conf));
        return ParquetJava.newer(builder, conf).build();
    }

    /** The most rows of a row group; parquet-java knows the setting from 1.16 on, and it is followed with every one. */
    static int rowGroupRowLimit(Configuration conf) {
        return conf.getInt("parquet.block.row.count.limit", Integer.MAX_VALUE);
    }

    /** The most bytes of padding before a row group, on file systems with blocks. */
    static int maxPadding(Configuration conf) {
        return conf.getInt(ParquetOutputFormat.MAX_PADDING_BYTES, ParquetWriter.MAX_PADDING_SIZE_DEFAULT);
    }

    /**
     * The setting that only Spark's own writer follows: encryption, Bloom filters, and settings of single columns
     * ({@code parquet.enable.dictionary#name}); null when there is none.
     */
    public static @Nullable String unsupported(Configuration conf) {
        if (conf.get("parquet.crypto.factory.class") != null) {
            return "parquet.crypto.factory.class";
        }
        if (conf.getBoolean(ParquetOutputFormat.BLOOM_FILTER_ENABLED, false)) {
            return ParquetOutputFormat.BLOOM_FILTER_ENABLED;
        }
        for (Map.Entry<String, String> setting : conf) {
            if (setting.getKey().startsWith("parquet.") && setting.getKey().indexOf('#') >= 0) {
                return setting.getKey();
            }
        }
        return null;
    }
}
