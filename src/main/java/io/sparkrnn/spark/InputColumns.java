package io.sparkrnn.spark;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.internal.SQLConf;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/** The columns of an input, found by name and checked before any task starts. */
final class InputColumns {
    private static final String FEATURE_TYPES =
            "array<array<number>> [T][input_size], or array<number> of T*input_size values, where a number is float,"
                    + " double, decimal, tinyint, smallint, int or bigint";

    private final Dataset<Row> input;
    private final StructType schema;

    InputColumns(Dataset<Row> input) {
        this.input = input;
        this.schema = input.schema();
        List<String> names = new ArrayList<>();
        for (StructField field : schema.fields()) {
            if (names.stream().anyMatch(name -> same(name, field.name()))) {
                throw new InputException("the input has two columns named " + field.name() + "; rename or drop one");
            }
            names.add(field.name());
        }
    }

    private static boolean same(String a, String b) {
        return SQLConf.get().caseSensitiveAnalysis() ? a.equals(b) : a.equalsIgnoreCase(b);
    }

    boolean has(String name) {
        return Arrays.stream(schema.fields()).anyMatch(field -> same(field.name(), name));
    }

    /**
     * The field of that name.
     *
     * @param option what named it, for the message
     */
    StructField field(String name, String option) {
        for (StructField field : schema.fields()) {
            if (same(field.name(), name)) {
                return field;
            }
        }
        throw new InputException(
                option + ": the input has no column '" + name + "'; it has: " + describe() + candidates(option));
    }

    /** The columns and their types, as a message lists them. */
    private String describe() {
        return Arrays.stream(schema.fields())
                .map(field -> field.name() + " " + field.dataType().catalogString())
                .collect(Collectors.joining(", "));
    }

    private String candidates(String option) {
        if (!option.equals(SequenceScorer.FEATURES)) {
            return "";
        }
        String fitting = Arrays.stream(schema.fields())
                .filter(field -> numberOfFeatures(field.dataType()) != null)
                .map(StructField::name)
                .collect(Collectors.joining(", "));
        return fitting.isEmpty()
                ? "; none of them is " + FEATURE_TYPES
                : "; of a type that features can have: " + fitting;
    }

    /** The type of the numbers in a features column; null when it is not of a type that features can have. */
    private static @Nullable DataType numberOfFeatures(DataType type) {
        if (!(type instanceof ArrayType outer)) {
            return null;
        }
        DataType number = outer.elementType() instanceof ArrayType inner ? inner.elementType() : outer.elementType();
        return NumberReader.reads(number) ? number : null;
    }

    private static Column column(StructField field) {
        return functions.col("`" + field.name().replace("`", "``") + "`");
    }

    /** The features as {@link Features} takes them: a column, or a struct of one column a feature. */
    Column features(List<String> names, int inputSize) {
        if (names.size() == 1) {
            StructField field = field(names.get(0), SequenceScorer.FEATURES);
            if (numberOfFeatures(field.dataType()) == null) {
                throw new InputException(SequenceScorer.FEATURES + ": column " + field.name() + " is "
                        + field.dataType().catalogString() + "; expected " + FEATURE_TYPES
                        + "; or name one array<number> column a feature, separated by commas");
            }
            return column(field);
        }
        if (names.size() != inputSize) {
            throw new InputException(SequenceScorer.FEATURES + " names " + names.size() + " columns (" + names
                    + "), but the network's input_size is " + inputSize
                    + ": name one array column for each feature, in the order the network was trained with");
        }
        List<Column> columns = new ArrayList<>();
        for (int i = 0; i < names.size(); i++) {
            StructField field = field(names.get(i), SequenceScorer.FEATURES);
            if (!(field.dataType() instanceof ArrayType array) || !NumberReader.reads(array.elementType())) {
                throw new InputException(SequenceScorer.FEATURES + ": column " + field.name() + " is "
                        + field.dataType().catalogString() + "; with one column a feature each is an array<number>"
                        + " [T], where a number is float, double, decimal, tinyint, smallint, int or bigint");
            }
            columns.add(column(field).as("f" + i));
        }
        return functions.struct(columns.toArray(Column[]::new));
    }

    /** The type of what {@link #features} gives. */
    DataType featuresType(List<String> names) {
        if (names.size() == 1) {
            return field(names.get(0), SequenceScorer.FEATURES).dataType();
        }
        return new StructType(
                names.stream().map(name -> field(name, SequenceScorer.FEATURES)).toArray(StructField[]::new));
    }

    /** The number of steps that count, as {@link Features#take} takes it. */
    Column length(@Nullable String name) {
        if (name == null) {
            return functions.lit(Features.ALL_STEPS);
        }
        StructField field = field(name, SequenceScorer.LENGTHS);
        DataType type = field.dataType();
        if (!(type instanceof IntegerType
                || type instanceof LongType
                || type instanceof ShortType
                || type instanceof ByteType)) {
            throw new InputException(SequenceScorer.LENGTHS + ": column " + field.name() + " is " + type.catalogString()
                    + "; expected an integer: the number of steps of the row that count");
        }
        return functions.coalesce(column(field).cast("bigint"), functions.lit(Features.NULL_LENGTH));
    }

    /** h_0 or c_0, as {@link Features} takes them; null where there is no column for it. */
    Column states(@Nullable String name, String option) {
        if (name == null) {
            return functions.lit(null).cast(DataTypes.createArrayType(DataTypes.FloatType));
        }
        StructField field = field(name, option);
        boolean nested = field.dataType() instanceof ArrayType outer && outer.elementType() instanceof ArrayType;
        if (!nested || numberOfFeatures(field.dataType()) == null) {
            throw new InputException(option + ": column " + field.name() + " is "
                    + field.dataType().catalogString()
                    + "; expected array<array<number>> [num_layers * num_directions][hidden_size]");
        }
        return column(field);
    }

    /** What a message calls a row: its id as text; null where there is no column for it. */
    Column id(@Nullable String name) {
        if (name == null) {
            return functions.lit(null).cast("string");
        }
        StructField field = field(name, SequenceScorer.ID);
        Column id = column(field);
        return field.dataType() instanceof BinaryType ? functions.hex(id) : id.cast("string");
    }

    /** Whether a row is of one file, if it is of any: not where it is made of several tables' rows. */
    boolean isOfOneFile() {
        return input.queryExecution().analyzed().collectLeaves().size() <= 1;
    }

    /** The columns that pass through; in the input's order unless they were named. */
    List<StructField> kept(@Nullable List<String> names, List<String> features) {
        List<StructField> kept = new ArrayList<>();
        if (names != null) {
            for (String name : names) {
                StructField field = field(name, SequenceScorer.KEEP);
                if (kept.contains(field)) {
                    throw new InputException(SequenceScorer.KEEP + ": names column " + field.name() + " twice");
                }
                kept.add(field);
            }
            return kept;
        }
        for (StructField field : schema.fields()) {
            if (features.stream().noneMatch(feature -> same(feature, field.name()))) {
                kept.add(field);
            }
        }
        return kept;
    }

    /** Columns as one struct. */
    static Column struct(List<StructField> fields) {
        return fields.isEmpty()
                ? functions.lit(null).cast(new StructType())
                : functions.struct(fields.stream()
                        .map(field -> column(field).as(field.name(), field.metadata()))
                        .toArray(Column[]::new));
    }

    /** The first of {@code names} that a kept column already has; null when there is none. */
    static @Nullable String clash(List<StructField> kept, List<String> names) {
        for (StructField field : kept) {
            for (String name : names) {
                if (same(field.name(), name)) {
                    return name;
                }
            }
        }
        return null;
    }
}
