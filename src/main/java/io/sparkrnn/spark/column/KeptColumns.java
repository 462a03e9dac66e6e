package io.sparkrnn.spark.column;

import io.sparkrnn.platform.ScalaCollections;
import io.sparkrnn.spark.invalid.InputException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/** The columns of an input that pass through, with what is left of those that have features in them. */
public final class KeptColumns {
    private final List<StructField> fields = new ArrayList<>();
    private final List<Column> columns = new ArrayList<>();

    private KeptColumns() {}

    /** Those of that name, in that order. */
    public static KeptColumns named(InputColumns input, List<String> names) {
        KeptColumns kept = new KeptColumns();
        for (String name : names) {
            // A column is what is kept: a field would need a name for itself.
            InputColumn column = input.column(name).orElseGet(() -> input.find(name, ColumnOptions.KEEP));
            if (column.parent() != null) {
                throw new InputException(ColumnOptions.KEEP + ": " + column.name() + " is a field of a column; name"
                        + " the column " + column.top().name() + ", which passes through whole");
            }
            if (kept.fields.contains(column.field())) {
                throw new InputException(ColumnOptions.KEEP + ": names column " + column.name() + " twice");
            }
            kept.add(column.field(), column.column());
        }
        return kept;
    }

    /** All but the features, in the input's order; of a column that has features in it, all else. */
    public static KeptColumns allBut(InputColumns input, List<InputColumn> features) {
        KeptColumns kept = new KeptColumns();
        for (StructField field : input.schema().fields()) {
            InputColumn column = InputColumn.of(field);
            List<List<StructField>> without = features.stream()
                    .filter(feature -> feature.top().equals(column))
                    .map(KeptColumns::below)
                    .toList();
            if (without.isEmpty()) {
                kept.add(field, column.column());
                continue;
            }
            Column rest = rest(column.column(), field.dataType(), without);
            if (rest != null) {
                Dataset<Row> typed = input.input().select(rest.as(field.name(), field.metadata()));
                kept.add(typed.schema().fields()[0], rest);
            }
        }
        return kept;
    }

    /** The fields that lead from a column to what is in it. */
    private static List<StructField> below(InputColumn column) {
        List<StructField> path = new ArrayList<>();
        for (InputColumn c = column; c.parent() != null; c = c.parent()) {
            path.add(0, c.field());
        }
        return path;
    }

    /** A column without some fields in it; null when nothing of it is left. */
    private static @Nullable Column rest(Column column, DataType type, List<List<StructField>> without) {
        if (without.stream().anyMatch(List::isEmpty)) {
            return null;
        }
        if (type instanceof ArrayType array) {
            StructType fields = (StructType) array.elementType();
            // Looked at before Spark does: what is left does not depend on the column's name.
            return rest(column, fields, without) == null
                    ? null
                    : functions.transform(column, each -> restOf(each, fields, without));
        }
        return rest(column, (StructType) type, without);
    }

    private static Column restOf(Column struct, StructType type, List<List<StructField>> without) {
        Column rest = rest(struct, type, without);
        return rest == null ? struct : rest;
    }

    private static @Nullable Column rest(Column struct, StructType type, List<List<StructField>> without) {
        Column rest = struct;
        int left = 0;
        for (StructField field : type.fields()) {
            List<List<StructField>> below = without.stream()
                    .filter(path -> path.get(0).equals(field))
                    .map(path -> path.subList(1, path.size()))
                    .toList();
            String name = InputColumns.quoted(field.name());
            if (below.isEmpty()) {
                left++;
                continue;
            }
            Column inner = rest(struct.getField(field.name()), field.dataType(), below);
            if (inner == null) {
                rest = rest.dropFields(ScalaCollections.seq(List.of(name)));
            } else {
                rest = rest.withField(name, inner);
                left++;
            }
        }
        return left == 0 ? null : rest;
    }

    private void add(StructField field, Column column) {
        fields.add(field);
        columns.add(column.as(field.name(), field.metadata()));
    }

    /** Leaves one out. */
    public void drop(String name) {
        for (int i = fields.size() - 1; i >= 0; i--) {
            if (fields.get(i).name().equals(name)) {
                fields.remove(i);
                columns.remove(i);
            }
        }
    }

    /** Their names and types. */
    public StructType type() {
        return new StructType(fields.toArray(StructField[]::new));
    }

    /** All in one struct. */
    public Column struct() {
        return columns.isEmpty()
                ? functions.lit(null).cast(new StructType())
                : functions.struct(columns.toArray(Column[]::new));
    }

    /** The first of {@code names} that one already has; null when there is none. */
    public @Nullable String clash(List<String> names) {
        return fields.stream()
                .flatMap(field -> names.stream().filter(name -> InputColumns.same(field.name(), name)))
                .findFirst()
                .orElse(null);
    }

    @Override
    public String toString() {
        return Arrays.toString(fields.toArray());
    }
}
