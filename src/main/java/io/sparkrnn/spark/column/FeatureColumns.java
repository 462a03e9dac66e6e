package io.sparkrnn.spark.column;

import io.sparkrnn.spark.feature.ColumnFeatures;
import io.sparkrnn.spark.feature.FeatureLayout;
import io.sparkrnn.spark.feature.NumberReader;
import io.sparkrnn.spark.feature.RecordFeatures;
import io.sparkrnn.spark.invalid.InputException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * The columns of an input that are its features, found by name and checked.
 *
 * @param column what a task gets of them
 * @param layout how that lies
 * @param parts the columns, in the order they were named
 */
public record FeatureColumns(Column column, FeatureLayout layout, List<InputColumn> parts) {
    /** What a number of features can be, for messages. */
    public static final String NUMBERS = "float, double, decimal, boolean, tinyint, smallint, int or bigint";

    /** What a column of features can be, for messages. */
    static final String TYPES = "array<array<number>> [T][input_size], array<number> of T*input_size values,"
            + " array<struct> of input_size numbers, or vectors of Spark's ml, where a number is " + NUMBERS;

    /**
     * Those of that name: one column with all of them, or one of an array for each feature.
     *
     * @param id the column that names a row, if one was named; for the advice
     * @throws InputException when one is missing, or they are nothing that features can be
     */
    public static FeatureColumns find(InputColumns input, List<String> names, int inputSize, @Nullable String id) {
        List<InputColumn> parts = names.stream()
                .map(name -> input.find(name, ColumnOptions.FEATURES))
                .toList();
        boolean each = parts.size() > 1 || isNumberOfRecords(parts.get(0));
        if (each && parts.size() != inputSize) {
            throw new InputException(ColumnOptions.FEATURES + " names " + names.size() + " columns (" + names
                    + "), but the network's input_size is " + inputSize
                    + ": name one array column for each feature, in the order the network was trained with");
        }
        QueryAdvice advice = new QueryAdvice(input, parts, inputSize, id);
        if (!each) {
            return ofAll(parts.get(0), inputSize, advice);
        }
        boolean ofOneArray = parts.stream()
                .allMatch(part -> isNumberOfRecords(part)
                        && part.array().equals(parts.get(0).array()));
        return ofOneArray ? ofRecords(parts) : ofEach(parts, advice);
    }

    /** Whether it is a number in each struct of an array. */
    private static boolean isNumberOfRecords(InputColumn column) {
        return column.isOfAnArray() && NumberReader.reads(column.field().dataType());
    }

    private static FeatureColumns ofAll(InputColumn column, int inputSize, QueryAdvice advice) {
        FeatureLayout layout = FeatureLayout.of(column.type())
                .orElseThrow(() -> new InputException(ColumnOptions.FEATURES + ": column " + column.name() + " is "
                        + column.type().catalogString() + "; expected " + TYPES
                        + "; or name one array<number> column a feature, separated by commas" + advice.text()));
        if (!layout.names().isEmpty() && layout.names().size() != inputSize) {
            throw new InputException(ColumnOptions.FEATURES + ": the structs of column " + column.name() + " have "
                    + layout.names().size() + " fields (" + String.join(", ", layout.names())
                    + "), but the network's input_size is " + inputSize
                    + "; name those that are features, in the order the network was trained with, such as "
                    + column.name() + "." + InputColumns.part(layout.names().get(0)));
        }
        return new FeatureColumns(column.column(), layout, List.of(column));
    }

    /** Some fields of the structs of one array: the array as it is, of which those are read. */
    private static FeatureColumns ofRecords(List<InputColumn> parts) {
        InputColumn array = parts.get(0).array();
        StructType struct = Objects.requireNonNull(InputColumn.fields(array.type()));
        List<StructField> fields = List.of(struct.fields());
        List<Integer> places =
                parts.stream().map(part -> fields.indexOf(part.field())).toList();
        return new FeatureColumns(array.column(), RecordFeatures.Layout.of(struct, places), parts);
    }

    private static FeatureColumns ofEach(List<InputColumn> parts, QueryAdvice advice) {
        List<Column> columns = new ArrayList<>();
        List<DataType> numbers = new ArrayList<>();
        for (InputColumn part : parts) {
            if (!(part.type() instanceof ArrayType array) || !NumberReader.reads(array.elementType())) {
                throw new InputException(ColumnOptions.FEATURES + ": column " + part.name() + " is "
                        + part.type().catalogString() + "; with one column a feature each is an array<number> [T],"
                        + " where a number is " + NUMBERS + advice.text());
            }
            numbers.add(array.elementType());
            columns.add(part.column().as("f" + columns.size()));
        }
        List<String> names = parts.stream().map(part -> part.field().name()).toList();
        return new FeatureColumns(
                functions.struct(columns.toArray(Column[]::new)),
                new ColumnFeatures.Layout(List.copyOf(numbers), names),
                parts);
    }

    @Override
    public String toString() {
        return Arrays.toString(parts.stream().map(InputColumn::name).toArray());
    }
}
