package io.sparkrnn.spark.column;

import io.sparkrnn.spark.feature.FeatureLayout;
import io.sparkrnn.spark.feature.NestedFeatures;
import io.sparkrnn.spark.invalid.InputException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.plans.logical.RepartitionOperation;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.internal.SQLConf;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * The columns of an input, found by name before any task starts. A name is a column's own, whatever is in it, or else a path:
 * names of fields behind a column's, with dots between them, in backticks where one has a dot itself.
 */
public final class InputColumns {
    private final @Nullable Dataset<Row> input;
    private final StructType schema;

    /** Of a table. */
    public InputColumns(Dataset<Row> input) {
        this(input.schema(), input);
    }

    /** Of values that come from no table. */
    public InputColumns(StructType schema) {
        this(schema, null);
    }

    private InputColumns(StructType schema, @Nullable Dataset<Row> input) {
        this.input = input;
        this.schema = schema;
        List<String> names = new ArrayList<>();
        for (StructField field : schema.fields()) {
            if (names.stream().anyMatch(name -> same(name, field.name()))) {
                throw new InputException(
                        "the input has two columns named " + field.name() + QueryAdvice.renamed(schema));
            }
            names.add(field.name());
        }
    }

    /** Whether two names are one to Spark, by its setting spark.sql.caseSensitive. */
    public static boolean same(String a, String b) {
        return SQLConf.get().caseSensitiveAnalysis() ? a.equals(b) : a.equalsIgnoreCase(b);
    }

    /** The fields of that name: mostly one. */
    static List<StructField> named(StructType fields, String name) {
        return Arrays.stream(fields.fields())
                .filter(field -> same(field.name(), name))
                .toList();
    }

    /** A name as Spark takes any. */
    static String quoted(String name) {
        return "`" + name.replace("`", "``") + "`";
    }

    /** A name as it stands in a path: as it is, unless a path would be something else then. */
    public static String part(String name) {
        return name.isEmpty() || name.contains(".") || name.contains("`") ? quoted(name) : name;
    }

    /** Fields and their types, as a message lists them. */
    static String describe(StructType fields) {
        return Arrays.stream(fields.fields())
                .map(field -> field.name() + " " + field.dataType().catalogString())
                .collect(Collectors.joining(", "));
    }

    /** Whether there is a table that they are of. */
    boolean areOfATable() {
        return input != null;
    }

    /** The table; there has to be one. */
    public Dataset<Row> input() {
        return Objects.requireNonNull(input, "columns of no table");
    }

    /** All of them, as they are named. */
    public StructType schema() {
        return schema;
    }

    /**
     * The column or field of that name.
     *
     * @param option what named it, for the message
     * @throws InputException when there is none
     */
    public InputColumn find(String name, String option) {
        Optional<InputColumn> column = column(name);
        if (column.isPresent()) {
            return column.get();
        }
        List<String> path = path(name);
        InputColumn found = path.isEmpty() ? null : column(path.get(0)).orElse(null);
        if (found == null) {
            throw new InputException(option + ": the input has no column '" + name + "'; it has: " + describe(schema)
                    + (option.equals(ColumnOptions.FEATURES) ? candidates() : ""));
        }
        for (String field : path.subList(1, path.size())) {
            found = found.field(field, option);
        }
        return found;
    }

    /** The column of that name; not a field of one. */
    public Optional<InputColumn> column(String name) {
        return named(schema, name).stream().findFirst().map(InputColumn::of);
    }

    /** The names in a path, without their backticks; none when it is no path. */
    static List<String> path(String name) {
        List<String> parts = new ArrayList<>();
        int at = 0;
        while (at <= name.length()) {
            StringBuilder part = new StringBuilder();
            if (name.startsWith("`", at)) {
                for (at++; !name.startsWith("`", at) || name.startsWith("``", at); at++) {
                    if (at >= name.length()) {
                        return List.of();
                    }
                    part.append(name.charAt(at));
                    at += name.startsWith("``", at) ? 1 : 0;
                }
                at++;
            } else {
                for (; at < name.length() && name.charAt(at) != '.'; at++) {
                    part.append(name.charAt(at));
                }
            }
            if (part.isEmpty() || (at < name.length() && name.charAt(at) != '.')) {
                return List.of();
            }
            parts.add(part.toString());
            at++;
        }
        return parts;
    }

    private String candidates() {
        String fitting = Arrays.stream(schema.fields())
                .flatMap(field -> fitting(InputColumn.of(field)))
                .map(InputColumn::name)
                .collect(Collectors.joining(", "));
        return fitting.isEmpty()
                ? "; none of them is " + FeatureColumns.TYPES
                : "; of a type that features can have: " + fitting;
    }

    /** It, or what is in it, as far as features can be that. */
    private static Stream<InputColumn> fitting(InputColumn column) {
        if (FeatureLayout.of(column.type()).isPresent()) {
            return Stream.of(column);
        }
        return column.type() instanceof StructType fields
                ? Arrays.stream(fields.fields())
                        .flatMap(field -> fitting(new InputColumn(column, field, field.dataType())))
                : Stream.of();
    }

    /** h_0 or c_0, as {@link NestedFeatures} takes them; null where there is no column for it. */
    public Column states(@Nullable String name, String option) {
        if (name == null) {
            return functions.lit(null).cast(DataTypes.createArrayType(DataTypes.FloatType));
        }
        InputColumn column = find(name, option);
        if (NestedFeatures.Layout.of(column.type()).isEmpty()) {
            throw new InputException(option + ": column " + column.name() + " is "
                    + column.type().catalogString()
                    + "; expected array<array<number>> [num_layers * num_directions][hidden_size]");
        }
        return column.column();
    }

    /** Whether a row is of one file, if it is of any: not where it is made of several tables' rows. */
    boolean isOfOneFile() {
        return input().queryExecution().analyzed().collectLeaves().size() <= 1;
    }

    /** Whether its rows were dealt out among partitions last, so that a task has rows of many files. */
    boolean isDealtOut() {
        return input().queryExecution().analyzed() instanceof RepartitionOperation dealt && dealt.shuffle();
    }
}
