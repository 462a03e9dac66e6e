package io.sparkrnn.spark;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;

/**
 * The columns of an input that are its features, found by name and checked.
 *
 * @param column what a task gets of them
 * @param layout how that lies
 * @param parts the columns, in the order they were named
 */
record FeatureColumns(Column column, FeatureLayout layout, List<InputColumn> parts) {
    static final String NUMBERS = "float, double, decimal, tinyint, smallint, int or bigint";

    /** What a column of features can be, for messages. */
    static final String TYPES =
            "array<array<number>> [T][input_size], or array<number> of T*input_size values, where a number is "
                    + NUMBERS;

    /**
     * Those of that name: one column with all of them, or one of an array for each feature.
     *
     * @throws InputException when one is missing, or they are nothing that features can be
     */
    static FeatureColumns find(InputColumns input, List<String> names, int inputSize) {
        if (names.size() == 1) {
            return of(input.find(names.get(0), SequenceScorer.FEATURES));
        }
        if (names.size() != inputSize) {
            throw new InputException(SequenceScorer.FEATURES + " names " + names.size() + " columns (" + names
                    + "), but the network's input_size is " + inputSize
                    + ": name one array column for each feature, in the order the network was trained with");
        }
        return of(names.stream()
                .map(name -> input.find(name, SequenceScorer.FEATURES))
                .toList());
    }

    private static FeatureColumns of(InputColumn column) {
        FeatureLayout layout = FeatureLayout.of(column.type())
                .orElseThrow(() -> new InputException(SequenceScorer.FEATURES + ": column " + column.name() + " is "
                        + column.type().catalogString() + "; expected " + TYPES
                        + "; or name one array<number> column a feature, separated by commas"));
        return new FeatureColumns(column.column(), layout, List.of(column));
    }

    private static FeatureColumns of(List<InputColumn> parts) {
        List<Column> columns = new ArrayList<>();
        List<DataType> numbers = new ArrayList<>();
        for (InputColumn part : parts) {
            if (!(part.type() instanceof ArrayType array) || !NumberReader.reads(array.elementType())) {
                throw new InputException(SequenceScorer.FEATURES + ": column " + part.name() + " is "
                        + part.type().catalogString() + "; with one column a feature each is an array<number> [T],"
                        + " where a number is " + NUMBERS);
            }
            numbers.add(array.elementType());
            columns.add(part.column().as("f" + columns.size()));
        }
        List<String> names = parts.stream().map(InputColumn::name).toList();
        return new FeatureColumns(
                functions.struct(columns.toArray(Column[]::new)),
                new ColumnFeatures.Layout(List.copyOf(numbers), names),
                parts);
    }
}
