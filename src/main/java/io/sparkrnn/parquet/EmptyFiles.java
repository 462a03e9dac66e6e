package io.sparkrnn.parquet;

import io.sparkrnn.platform.ScalaCollections;
import java.util.Set;
import org.apache.hadoop.fs.FileStatus;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.execution.datasources.HadoopFsRelation;
import org.apache.spark.sql.execution.datasources.LogicalRelation;
import org.apache.spark.sql.execution.datasources.PartitioningAwareFileIndex;
import org.apache.spark.sql.sources.DataSourceRegister;
import org.jspecify.annotations.Nullable;

/**
 * Files of no bytes, where a file without rows has some: what a copy leaves that has only begun. Spark makes no task of
 * them, so that their rows would be missing without a word.
 */
public final class EmptyFiles {
    private static final Set<String> NEVER_EMPTY = Set.of("parquet", SequenceParquetFormat.NAME, "orc", "avro");

    private EmptyFiles() {}

    /** The first that {@code table} is read from, by its listing; null when there is none. */
    public static @Nullable String first(Dataset<Row> table) {
        for (LogicalPlan leaf :
                ScalaCollections.list(table.queryExecution().analyzed().collectLeaves())) {
            if (leaf instanceof LogicalRelation scan
                    && scan.relation() instanceof HadoopFsRelation relation
                    && relation.fileFormat() instanceof DataSourceRegister format
                    && NEVER_EMPTY.contains(format.shortName())
                    && relation.location() instanceof PartitioningAwareFileIndex files) {
                for (FileStatus file : ScalaCollections.list(files.allFiles())) {
                    if (file.getLen() == 0) {
                        return file.getPath().toString();
                    }
                }
            }
        }
        return null;
    }
}
