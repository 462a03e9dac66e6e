package io.sparkrnn.parquet;

import io.sparkrnn.platform.ScalaCollections;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.ExperimentalMethods;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.apache.spark.sql.execution.datasources.FileFormat;
import org.apache.spark.sql.execution.datasources.HadoopFsRelation;
import org.apache.spark.sql.execution.datasources.LogicalRelation;
import org.apache.spark.sql.execution.datasources.SchemaPruning;
import org.apache.spark.sql.execution.datasources.parquet.ParquetFileFormat;
import org.jspecify.annotations.Nullable;
import scala.runtime.AbstractPartialFunction;

/**
 * Has Spark leave out the fields of structs that a query does not ask for, as it does for its own Parquet format. Spark's
 * rule asks for that format's class. So a scan of ours is shown to the rule as one of Spark's, and is ours again afterwards.
 */
final class StructPruning extends Rule<LogicalPlan> {
    /** Spark's format, to the rule. */
    private static final class Shown extends ParquetFileFormat {
        private static final long serialVersionUID = 1;

        private final SequenceParquetFormat format;

        Shown(SequenceParquetFormat format) {
            this.format = format;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Shown;
        }

        @Override
        public int hashCode() {
            return Shown.class.hashCode();
        }
    }

    /** Makes other scans of those whose format {@link #instead} replaces. */
    private abstract static class Replacing extends AbstractPartialFunction<LogicalPlan, LogicalPlan> {
        private static final long serialVersionUID = 1;

        /** The format to take for it; null for the same. */
        abstract @Nullable FileFormat instead(FileFormat format);

        @Override
        public boolean isDefinedAt(LogicalPlan plan) {
            return plan instanceof LogicalRelation scan
                    && scan.relation() instanceof HadoopFsRelation files
                    && instead(files.fileFormat()) != null;
        }

        @Override
        public LogicalPlan apply(LogicalPlan plan) {
            HadoopFsRelation files = (HadoopFsRelation) ((LogicalRelation) plan).relation();
            Object[] parts = new Object[plan.productArity()];
            for (int i = 0; i < parts.length; i++) {
                Object part = plan.productElement(i);
                parts[i] = part == files
                        ? files.copy(
                                files.location(),
                                files.partitionSchema(),
                                files.dataSchema(),
                                files.bucketSpec(),
                                instead(files.fileFormat()),
                                files.options(),
                                files.sparkSession())
                        : part;
            }
            // The parts of a scan differ between Sparks.
            return plan.makeCopy(parts);
        }
    }

    private static final class ToShown extends Replacing {
        private static final long serialVersionUID = 1;

        @Override
        @Nullable
        FileFormat instead(FileFormat format) {
            return format instanceof SequenceParquetFormat ours ? new Shown(ours) : null;
        }
    }

    private static final class ToOurs extends Replacing {
        private static final long serialVersionUID = 1;

        @Override
        @Nullable
        FileFormat instead(FileFormat format) {
            return format instanceof Shown shown ? shown.format : null;
        }
    }

    /** Has the session do so from now on. */
    static void in(SparkSession session) {
        ExperimentalMethods methods = session.sessionState().experimentalMethods();
        synchronized (StructPruning.class) {
            List<Rule<LogicalPlan>> rules = new ArrayList<>(ScalaCollections.list(methods.extraOptimizations()));
            if (rules.stream().noneMatch(StructPruning.class::isInstance)) {
                rules.add(new StructPruning());
                methods.extraOptimizations_$eq(ScalaCollections.seq(rules));
            }
        }
    }

    @Override
    public LogicalPlan apply(LogicalPlan plan) {
        LogicalPlan shown = plan.transform(new ToShown());
        return shown == plan ? plan : SchemaPruning.apply(shown).transform(new ToOurs());
    }
}
