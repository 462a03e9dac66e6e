package io.sparkrnn.parquet.read;

import io.sparkrnn.platform.ScalaCollections;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.execution.datasources.FileFormat;
import org.apache.spark.sql.execution.datasources.PartitionedFile;
import org.apache.spark.sql.execution.datasources.parquet.ParquetFileFormat;
import org.apache.spark.sql.internal.SQLConf;
import org.apache.spark.sql.sources.Filter;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.SerializableConfiguration;
import org.jspecify.annotations.Nullable;
import scala.Function1;
import scala.collection.Iterator;
import scala.collection.immutable.Map;

/**
 * Makes, on the driver, the readers of one scan.
 *
 * @param spark Spark's own format
 * @param dataSchema the table's columns, without the partition's
 * @param partitionSchema the partition's columns
 * @param filters what Spark would like to leave out
 * @param options of the scan
 * @param hadoopConf with the scan's options; not modified
 */
public record SparkReaders(
        ParquetFileFormat spark,
        SparkSession session,
        StructType dataSchema,
        StructType partitionSchema,
        List<Filter> filters,
        Map<String, String> options,
        Configuration hadoopConf) {

    /** Spark's reader of batches. */
    public Function1<PartitionedFile, Iterator<InternalRow>> batches(StructType required) {
        return spark(required, filters, options);
    }

    /** A reader of unsafe rows, direct where that is possible. */
    public Function1<PartitionedFile, Iterator<InternalRow>> rows(
            StructType required, ScanReport.@Nullable Counts counts) {
        RowLayout layout = RowLayout.of(required, partitionSchema);
        Map<String, String> rowOptions = ScalaCollections.map(withoutBatches(ScalaCollections.javaMap(options)));
        Function1<PartitionedFile, Iterator<InternalRow>> whole = spark(required, filters, rowOptions);
        String reason = whyNotDirect(layout);
        Function1<PartitionedFile, Iterator<InternalRow>> rest = null;
        if (reason == null && layout.rest().length() > 0) {
            // Without filters, so that no row is left out that the lists have. What row groups may be left out is
            // decided once for both.
            rest = spark(layout.rest(), List.of(), rowOptions);
        }
        SQLConf sqlConf = session.sessionState().conf();
        return new SequenceReader(
                layout,
                partitionSchema,
                sqlConf.caseSensitiveAnalysis() ? OpenFile.NameMatch.EXACT : OpenFile.NameMatch.ANY_CASE,
                whole,
                rest,
                JavaSparkContext.fromSparkContext(session.sparkContext())
                        .broadcast(new SerializableConfiguration(hadoopConf)),
                layout.lists().isEmpty() ? null : counts,
                RowGroupPruning.by(filters, sqlConf, options),
                reason);
    }

    private static java.util.Map<String, String> withoutBatches(java.util.Map<String, String> options) {
        java.util.Map<String, String> rowOptions = new HashMap<>(options);
        rowOptions.put(FileFormat.OPTION_RETURNING_BATCH(), "false");
        return rowOptions;
    }

    private @Nullable String whyNotDirect(RowLayout layout) {
        if (layout.lists().isEmpty()) {
            return "no column of float lists is asked for";
        }
        if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
            return "this machine is not little-endian";
        }
        if (hadoopConf.get("parquet.crypto.factory.class") != null) {
            return "parquet.crypto.factory.class is set";
        }
        if (session.sessionState().conf().parquetFieldIdReadEnabled() && hasFieldIds(layout.required())) {
            return "columns are found by their field ids";
        }
        return null;
    }

    private static boolean hasFieldIds(StructType columns) {
        return Arrays.stream(columns.fields())
                .anyMatch(field -> field.metadata().contains("parquet.field.id")
                        || (field.dataType() instanceof StructType struct && hasFieldIds(struct)));
    }

    private Function1<PartitionedFile, Iterator<InternalRow>> spark(
            StructType required, List<Filter> pushed, Map<String, String> readerOptions) {
        // Spark's format writes into the configuration.
        return spark.buildReaderWithPartitionValues(
                session,
                dataSchema,
                partitionSchema,
                required,
                ScalaCollections.seq(pushed),
                readerOptions,
                new Configuration(hadoopConf));
    }
}
