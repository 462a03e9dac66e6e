package io.sparkrnn.parquet;

import io.sparkrnn.platform.ScalaCollections;
import java.lang.reflect.InvocationTargetException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.And;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.SubqueryExpression;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.LocalRelation;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.OneRowRelation;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.plans.logical.Range;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.execution.datasources.FileIndex;
import org.apache.spark.sql.execution.datasources.FileStatusWithMetadata;
import org.apache.spark.sql.execution.datasources.HadoopFsRelation;
import org.apache.spark.sql.execution.datasources.LogicalRelation;
import org.apache.spark.sql.execution.datasources.PartitionDirectory;
import org.apache.spark.sql.execution.datasources.v2.DataSourceV2Relation;
import org.apache.spark.sql.execution.datasources.v2.DataSourceV2ScanRelation;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.IntegralType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * What a table is read from, so that a later run can tell whether it is the same: files with their sizes and times, without
 * those that the table's conditions on partitions leave out, or the version of a table that has versions.
 */
public final class InputSources {
    /** Of Iceberg's tables, in their properties. */
    private static final String SNAPSHOT = "current-snapshot-id";

    private final List<Source> sources = new ArrayList<>();

    private InputSources() {}

    /**
     * A file that is read.
     *
     * @param path its address
     * @param bytes how many it has
     * @param modified when it was last, in milliseconds since 1970
     * @param partition the values of the partition that it is in, as Spark names folders by them; null for a null, and
     *     without those of types that have several spellings
     */
    public record InputFile(String path, long bytes, long modified, Map<String, @Nullable String> partition) {}

    /**
     * One of the tables that are read.
     *
     * @param name what it is called
     * @param version of a table that has versions; else null
     * @param files those that are read; empty where its format does not tell them
     * @param known whether what is read is told by version or files, so that another content is known to be another
     */
    public record Source(String name, @Nullable String version, List<InputFile> files, boolean known) {
        /** The bytes of all files. */
        public long bytes() {
            return files.stream().mapToLong(InputFile::bytes).sum();
        }
    }

    /** Those of {@code table}; nothing of it is read. */
    public static List<Source> of(Dataset<Row> table) {
        InputSources found = new InputSources();
        LogicalPlan plan = table.queryExecution().optimizedPlan();
        found.visit(plan, List.of());
        ScalaCollections.list(plan.subqueriesAll()).forEach(query -> found.visit(query, List.of()));
        return List.copyOf(found.sources);
    }

    /**
     * Goes down a plan.
     *
     * @param conditions what the rows of {@code plan} have to fulfil
     */
    private void visit(LogicalPlan plan, List<Expression> conditions) {
        if (plan instanceof Filter filter) {
            List<Expression> all = new ArrayList<>(conditions);
            split(filter.condition(), all);
            visit(filter.child(), all);
        } else if (plan instanceof Project project) {
            // What it computes has names of its own, which no column below it has.
            visit(project.child(), conditions);
        } else if (plan instanceof LogicalRelation scan && scan.relation() instanceof HadoopFsRelation relation) {
            add(relation, scan, conditions);
        } else if (plan instanceof DataSourceV2ScanRelation scan) {
            add(scan.relation());
        } else if (plan instanceof DataSourceV2Relation relation) {
            add(relation);
        } else if (plan.children().isEmpty()) {
            boolean saysAll = plan instanceof LocalRelation || plan instanceof OneRowRelation || plan instanceof Range;
            if (!saysAll) {
                sources.add(new Source(plan.nodeName(), null, List.of(), false));
            }
        } else {
            ScalaCollections.list(plan.children()).forEach(child -> visit(child, List.of()));
        }
    }

    private static void split(Expression condition, List<Expression> into) {
        if (condition instanceof And and) {
            split(and.left(), into);
            split(and.right(), into);
        } else {
            into.add(condition);
        }
    }

    private void add(HadoopFsRelation relation, LogicalRelation scan, List<Expression> conditions) {
        Set<Long> columns = new HashSet<>();
        ScalaCollections.list(scan.output())
                .forEach(column -> columns.add(column.exprId().id()));
        List<Expression> ofThis = conditions.stream()
                .filter(condition -> condition.deterministic() && !SubqueryExpression.hasSubquery(condition))
                .filter(condition -> refersTo(condition, columns))
                .toList();
        FileIndex index = relation.location();
        StructType partitions = relation.partitionSchema();
        List<InputFile> files = new ArrayList<>();
        for (PartitionDirectory folder : ScalaCollections.list(
                index.listFiles(ScalaCollections.seq(ofThis), ScalaCollections.seq(List.<Expression>of())))) {
            Map<String, @Nullable String> partition = values(folder.values(), partitions);
            for (FileStatusWithMetadata file : ScalaCollections.list(folder.files())) {
                files.add(
                        new InputFile(file.getPath().toString(), file.getLen(), file.getModificationTime(), partition));
            }
        }
        String name = index.rootPaths().isEmpty()
                ? relation.toString()
                : index.rootPaths().head().toString();
        sources.add(new Source(name, version(index), List.copyOf(files), true));
    }

    private static boolean refersTo(Expression condition, Set<Long> columns) {
        scala.collection.Iterator<Attribute> references = condition.references().iterator();
        while (references.hasNext()) {
            if (!columns.contains(references.next().exprId().id())) {
                return false;
            }
        }
        return true;
    }

    private static Map<String, @Nullable String> values(InternalRow values, StructType columns) {
        Map<String, @Nullable String> partition = new LinkedHashMap<>();
        StructField[] fields = columns.fields();
        for (int i = 0; i < fields.length; i++) {
            DataType type = fields[i].dataType();
            Object value = values.isNullAt(i) ? null : values.get(i, type);
            if (value == null) {
                partition.put(fields[i].name(), null);
            } else if (type instanceof DateType) {
                partition.put(
                        fields[i].name(), LocalDate.ofEpochDay((Integer) value).toString());
            } else if (type instanceof StringType || type instanceof IntegralType || type instanceof BooleanType) {
                partition.put(fields[i].name(), value.toString());
            }
        }
        return partition;
    }

    /**
     * The version of a table of Delta's, of which the files alone do not tell: rows are deleted by files beside them. Asked
     * by name, since Delta is no part of this project; null where there is none.
     */
    private static @Nullable String version(FileIndex index) {
        try {
            return String.valueOf(index.getClass().getMethod("version").invoke(index));
        } catch (NoSuchMethodException | IllegalAccessException | InvocationTargetException e) {
            return null;
        }
    }

    private void add(DataSourceV2Relation relation) {
        Table table = relation.table();
        String snapshot = table.properties().get(SNAPSHOT);
        sources.add(new Source(table.name(), snapshot, List.of(), snapshot != null));
    }
}
