package io.sparkrnn.parquet.read;

import java.io.IOException;
import java.io.Serializable;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.HadoopReadOptions;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.filter2.compat.FilterCompat;
import org.apache.parquet.filter2.predicate.FilterApi;
import org.apache.parquet.filter2.predicate.FilterPredicate;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.FileMetaData;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.spark.sql.catalyst.util.RebaseDateTime.RebaseSpec;
import org.apache.spark.sql.execution.datasources.DataSourceUtils;
import org.apache.spark.sql.execution.datasources.PartitionedFile;
import org.apache.spark.sql.execution.datasources.parquet.ParquetFilters;
import org.apache.spark.sql.execution.datasources.parquet.ParquetOptions;
import org.apache.spark.sql.internal.SQLConf;
import org.apache.spark.sql.sources.Filter;
import org.jspecify.annotations.Nullable;
import scala.Option;
import scala.collection.immutable.Map;
import scala.runtime.AbstractFunction1;

/**
 * Leaves out the row groups in which, by their statistics, dictionaries and Bloom filters, no row passes a scan's filters.
 * Spark and parquet-java do the deciding, as they do for Spark's own reader. What is left is read whole, and Spark filters
 * the rows: a filter on pages would leave rows out of some columns only.
 */
final class RowGroupPruning implements Serializable {
    private static final long serialVersionUID = 1;

    private final List<Filter> filters;
    private final boolean dates;
    private final boolean timestamps;
    private final boolean decimals;
    private final boolean strings;
    private final int mostValues;
    private final boolean caseSensitive;
    private final String rebaseMode;

    private RowGroupPruning(List<Filter> filters, SQLConf conf, Map<String, String> options) {
        this.filters = filters;
        dates = conf.parquetFilterPushDownDate();
        timestamps = conf.parquetFilterPushDownTimestamp();
        decimals = conf.parquetFilterPushDownDecimal();
        strings = conf.parquetFilterPushDownStringPredicate();
        mostValues = conf.parquetFilterPushDownInFilterThreshold();
        caseSensitive = conf.caseSensitiveAnalysis();
        rebaseMode = new ParquetOptions(options, conf).datetimeRebaseModeInRead();
    }

    /** By {@code filters}; null when there are none, or the session does not want it. */
    static @Nullable RowGroupPruning by(List<Filter> filters, SQLConf conf, Map<String, String> options) {
        return filters.isEmpty() || !conf.parquetFilterPushDown() ? null : new RowGroupPruning(filters, conf, options);
    }

    /**
     * The row groups of a part of a file that may have rows to give.
     *
     * @param all those whose middle is in the part
     * @param metadata of the file's footer
     */
    List<BlockMetaData> left(
            PartitionedFile file,
            HadoopInputFile input,
            Configuration conf,
            List<BlockMetaData> all,
            FileMetaData metadata)
            throws IOException {
        FilterPredicate predicate = predicate(metadata);
        if (predicate == null || all.isEmpty()) {
            return all;
        }
        ParquetReadOptions options = HadoopReadOptions.builder(conf, file.toPath())
                .withRange(file.start(), file.start() + file.length())
                .withRecordFilter(FilterCompat.get(predicate))
                .build();
        // It reads the footer again, and what it needs of dictionaries and Bloom filters.
        try (ParquetFileReader reader = ParquetFileReader.open(input, options)) {
            return reader.getRowGroups();
        }
    }

    /** The filters as parquet-java has them; null when it has none of them. */
    private @Nullable FilterPredicate predicate(FileMetaData metadata) {
        RebaseSpec rebase = DataSourceUtils.datetimeRebaseSpec(
                new AbstractFunction1<>() {
                    @Override
                    public @Nullable String apply(String key) {
                        return metadata.getKeyValueMetaData().get(key);
                    }
                },
                rebaseMode);
        ParquetFilters parquet = new ParquetFilters(
                metadata.getSchema(), dates, timestamps, decimals, strings, mostValues, caseSensitive, rebase);
        FilterPredicate all = null;
        for (Filter filter : filters) {
            Option<FilterPredicate> one = parquet.createFilter(filter);
            if (one.isDefined()) {
                all = all == null ? one.get() : FilterApi.and(all, one.get());
            }
        }
        return all;
    }
}
