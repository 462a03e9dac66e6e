package io.sparkrnn.parquet;

import io.sparkrnn.platform.ScalaCollections;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.execution.datasources.HadoopFsRelation;
import org.apache.spark.sql.execution.datasources.LogicalRelation;

/** The files that the queries in a table's expressions read, which {@link Dataset#inputFiles} does not tell. */
public final class SubqueryFiles {
    private SubqueryFiles() {}

    /** Those of {@code table}, as far as their sources tell. */
    public static List<String> of(Dataset<Row> table) {
        List<String> files = new ArrayList<>();
        for (LogicalPlan query :
                ScalaCollections.list(table.queryExecution().analyzed().subqueriesAll())) {
            for (LogicalPlan leaf : ScalaCollections.list(query.collectLeaves())) {
                if (leaf instanceof LogicalRelation scan && scan.relation() instanceof HadoopFsRelation relation) {
                    files.addAll(List.of(relation.inputFiles()));
                }
            }
        }
        return files;
    }
}
