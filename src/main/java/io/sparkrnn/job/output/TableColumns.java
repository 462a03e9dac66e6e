package io.sparkrnn.job.output;

import io.sparkrnn.job.session.SqlNames;
import io.sparkrnn.spark.invalid.InputException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.apache.spark.sql.connector.catalog.Column;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.connector.expressions.Transform;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.MapType;
import org.apache.spark.sql.types.NullType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/** The columns of a result held against those of the table it goes into: by their names, in whatever order. */
final class TableColumns {
    /** Numbers of which each fits into those after it. */
    private static final List<List<String>> WIDENED =
            List.of(List.of("byte", "short", "integer", "long"), List.of("float", "double"));

    private TableColumns() {}

    /** A table's columns. */
    static StructType of(Table table) {
        StructType columns = new StructType();
        for (Column column : table.columns()) {
            columns = columns.add(column.name(), column.dataType(), column.nullable());
        }
        return columns;
    }

    /** What a table is partitioned by: columns, or what a format makes of one, such as {@code days(at)}. */
    static List<String> partitions(Table table) {
        return Arrays.stream(table.partitioning())
                .map(transform -> isColumn(transform)
                        ? String.join(".", transform.references()[0].fieldNames())
                        : transform.describe())
                .toList();
    }

    private static boolean isColumn(Transform transform) {
        return transform.name().equals("identity") && transform.references().length == 1;
    }

    static void checkPartitions(@Nullable List<String> partitionBy, StructType result) {
        for (String name : partitionBy == null ? List.<String>of() : partitionBy) {
            if (find(result, name) == null) {
                throw new InputException("--partition-by: the output has no column '" + name + "'; it has: "
                        + String.join(", ", result.fieldNames()));
            }
        }
    }

    /**
     * Refuses columns that the table has not, or has in another type.
     *
     * @param grows whether the table takes columns that are new to it
     */
    static void check(TableOutput output, StructType table, StructType result, boolean grows) {
        List<String> unknown = new ArrayList<>();
        List<String> others = new ArrayList<>();
        for (StructField field : result.fields()) {
            StructField known = find(table, field.name());
            if (known == null) {
                unknown.add(SqlNames.identifier(field.name()) + " "
                        + field.dataType().simpleString());
            } else if (!fits(field.dataType(), known.dataType())) {
                others.add(known.name() + " is " + known.dataType().simpleString() + " there and "
                        + field.dataType().simpleString() + " here");
            }
        }
        if (!unknown.isEmpty() && !grows) {
            String columns = String.join(", ", unknown);
            throw output.unfit(
                    "the table has no column " + columns + "; leave out what it has not (--keep, --outputs), or"
                            + " add it: ALTER TABLE " + output.name() + " ADD COLUMNS (" + columns + ")");
        }
        if (!others.isEmpty()) {
            throw output.unfit(String.join(", ", others)
                    + "; leave out what does not fit (--keep, --outputs), change the table, or name another");
        }
    }

    static void checkNoneIsMissing(TableOutput output, StructType table, StructType result) {
        String missing = Arrays.stream(table.fieldNames())
                .filter(name -> find(result, name) == null)
                .collect(Collectors.joining(", "));
        if (!missing.isEmpty()) {
            throw output.unfit("the result has no column " + missing
                    + ", which the table has; keep it (--keep, --outputs), or name another table");
        }
    }

    /** The column of that name, in whatever case; null when there is none. */
    static @Nullable StructField find(StructType schema, String name) {
        return Arrays.stream(schema.fields())
                .filter(field -> field.name().equalsIgnoreCase(name))
                .findFirst()
                .orElse(null);
    }

    /** Whether nothing is to be made of a value, as far as its type tells. */
    static boolean isTakenAsIs(DataType from, DataType to) {
        return same(from, to) || isText(from, to);
    }

    /** Whether each is text, which Spark holds against the length that a table may say when it writes. */
    private static boolean isText(DataType from, DataType to) {
        String name = to.typeName().toLowerCase(Locale.ROOT);
        return from instanceof StringType && (name.startsWith("char") || name.startsWith("varchar"));
    }

    /** Whether the types are one but for what may be null. */
    private static boolean same(DataType from, DataType to) {
        return from.asNullable().equals(to.asNullable());
    }

    /** Whether each value of a type is one of another, too. */
    private static boolean fits(DataType from, DataType to) {
        if (isTakenAsIs(from, to) || from instanceof NullType) {
            return true;
        }
        if (from instanceof ArrayType one && to instanceof ArrayType other) {
            return fits(one.elementType(), other.elementType());
        }
        if (from instanceof MapType one && to instanceof MapType other) {
            return fits(one.keyType(), other.keyType()) && fits(one.valueType(), other.valueType());
        }
        if (from instanceof StructType one && to instanceof StructType other) {
            return one.size() == other.size()
                    && Arrays.stream(one.fields()).allMatch(field -> {
                        StructField known = find(other, field.name());
                        return known != null && fits(field.dataType(), known.dataType());
                    });
        }
        if (from instanceof DecimalType one && to instanceof DecimalType other) {
            return other.scale() >= one.scale() && other.precision() - other.scale() >= one.precision() - one.scale();
        }
        return WIDENED.stream()
                .anyMatch(names -> names.contains(from.typeName())
                        && names.indexOf(from.typeName()) <= names.indexOf(to.typeName()));
    }
}
