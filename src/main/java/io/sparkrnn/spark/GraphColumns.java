package io.sparkrnn.spark;

import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.GraphInput;
import io.sparkrnn.model.Precision;
import io.sparkrnn.spark.column.ColumnChoice;
import io.sparkrnn.spark.column.ColumnOptions;
import io.sparkrnn.spark.column.FeatureColumns;
import io.sparkrnn.spark.column.InputColumn;
import io.sparkrnn.spark.column.InputColumns;
import io.sparkrnn.spark.event.EventReader;
import io.sparkrnn.spark.feature.FeatureLayout;
import io.sparkrnn.spark.feature.InputFeatures;
import io.sparkrnn.spark.feature.NumberReader;
import io.sparkrnn.spark.feature.TokenFeatures;
import io.sparkrnn.spark.invalid.InputException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StringType;

/**
 * Finds and checks the columns that a whole network takes: of each input the one of its name, unless another is named.
 *
 * @param tokens the inputs whose indices come as strings
 */
record GraphColumns(Graph graph, Precision precision, Set<String> tokens, InputColumns input, ColumnChoice choice) {
    private static final String INDICES = "tinyint, smallint, int or bigint";

    /**
     * What it takes at each step.
     *
     * @throws InputException when a column is missing, or of the wrong type
     */
    FeatureColumns ofSteps() {
        List<GraphInput> inputs = graph.stepInputs();
        if (inputs.size() == 1 && !inputs.get(0).isIndex()) {
            GraphInput one = inputs.get(0);
            if (isOfFeatures(one)) {
                return FeatureColumns.find(input, choice.features(), one.width(), choice.id());
            }
            String name = input.find(name(one), option(one)).name();
            return FeatureColumns.find(input, List.of(name), one.width(), choice.id());
        }
        return together(inputs, InputFeatures.Times.EACH_STEP);
    }

    /** What it takes of each event, where a row is an event. */
    List<EventTable.Taken> ofEvent() {
        return graph.stepInputs().stream()
                .map(one -> new EventTable.Taken(
                        one.name(),
                        option(one),
                        isOfFeatures(one)
                                ? choice.features()
                                : List.of(choice.inputs().getOrDefault(one.name(), InputColumns.part(one.name()))),
                        one.width(),
                        one.range().orElse(0),
                        tokens.contains(one.name()) ? EventReader.Tokens.IN_VOCABULARY : EventReader.Tokens.NONE))
                .toList();
    }

    /** What it takes once for a row; there is such. */
    FeatureColumns ofRow() {
        return together(graph.rowInputs(), InputFeatures.Times.ONCE);
    }

    /** Whether the only input is what {@link ColumnChoice#features} names. */
    private boolean isOfFeatures(GraphInput one) {
        return graph.inputs().size() == 1
                && !choice.inputs().containsKey(one.name())
                && (choice.featuresAre() == ColumnChoice.Features.GIVEN
                        || input.column(one.name()).isEmpty());
    }

    private String name(GraphInput one) {
        if (isOfFeatures(one)) {
            if (choice.features().size() > 1) {
                throw new InputException(
                        ColumnOptions.FEATURES + " names " + choice.features().size()
                                + " columns, but the network takes indices; name the one column with them");
            }
            return choice.features().get(0);
        }
        return choice.inputs().getOrDefault(one.name(), InputColumns.part(one.name()));
    }

    private String option(GraphInput one) {
        return isOfFeatures(one) ? ColumnOptions.FEATURES : "the network's input " + one.name();
    }

    private FeatureColumns together(List<GraphInput> inputs, InputFeatures.Times times) {
        List<InputColumn> found = new ArrayList<>();
        List<Column> columns = new ArrayList<>();
        List<InputFeatures.Part> parts = new ArrayList<>();
        for (GraphInput one : inputs) {
            InputColumn column = find(one);
            found.add(column);
            Column taken = column.column();
            DataType type = column.type();
            if (times == InputFeatures.Times.ONCE) {
                if ((NumberReader.reads(type) || type instanceof StringType) && one.width() == 1) {
                    taken = functions.array(taken);
                    type = new ArrayType(type, true);
                } else if (type instanceof ArrayType rows && rows.elementType() instanceof ArrayType row) {
                    taken = functions.flatten(taken);
                    type = row;
                }
            }
            columns.add(taken.as("i" + columns.size()));
            parts.add(new InputFeatures.Part(
                    one.name(), column.name(), one.width(), one.range().orElse(0), layout(one, column, type, times)));
        }
        return new FeatureColumns(
                functions.struct(columns.toArray(Column[]::new)),
                new InputFeatures.Layout(List.copyOf(parts), times, precision),
                found);
    }

    private InputColumn find(GraphInput one) {
        try {
            return input.find(name(one), option(one));
        } catch (InputException e) {
            if (choice.inputs().containsKey(one.name())) {
                throw e;
            }
            throw new InputException(
                    e.getMessage() + "; a column of another name is named with --column " + one.name() + "=COLUMN");
        }
    }

    private FeatureLayout layout(GraphInput one, InputColumn column, DataType type, InputFeatures.Times times) {
        boolean ofTokens = tokens.contains(one.name());
        FeatureLayout layout =
                (ofTokens ? TokenFeatures.Layout.of(one.name(), type) : FeatureLayout.of(type)).orElse(null);
        boolean once = times == InputFeatures.Times.ONCE;
        if (layout == null
                || (one.isIndex() && !layout.isOfIntegers())
                || (once && !layout.isFlat())
                || (!layout.names().isEmpty() && layout.names().size() != one.width())) {
            throw new InputException(option(one) + ": column " + column.name() + " is "
                    + column.type().catalogString() + "; the network takes " + one + ": expected "
                    + (ofTokens ? expectedTokens(one, once) : expected(one, once))
                    + (!ofTokens
                                    && one.isIndex()
                                    && TokenFeatures.Layout.of(one.name(), type).isPresent()
                            ? "; strings are found in a vocabulary, --vocabulary " + one.name() + "=FILE"
                            : ""));
        }
        return layout;
    }

    /** Numbers are not taken for tokens: nobody can tell whether they are names, or indices already. */
    private static String expectedTokens(GraphInput one, boolean once) {
        String type = once
                ? (one.width() == 1 ? "string" : "array<string> of " + one.width() + " values")
                : (one.width() == 1
                        ? "array<string> [T]"
                        : "array<array<string>> [T][" + one.width() + "], or array<string> of T*" + one.width()
                                + " values");
        return type
                + ", for it has a vocabulary. If its numbers are names that stand in the vocabulary as text, cast them in"
                + " the query (--input-query); if they are indices already, do without the vocabulary (--vocabulary "
                + one.name() + "=)";
    }

    private static String expected(GraphInput one, boolean once) {
        String number = one.isIndex() ? "integer" : "number";
        String what = once
                ? (one.width() == 1
                        ? (one.isIndex() ? "an integer" : "a number")
                        : "array<" + number + "> of " + one.width() + " values"
                                + (one.isIndex() ? "" : ", or a vector of Spark's ml"))
                : (one.width() == 1
                        ? "array<" + number + "> [T]"
                        : "array<array<" + number + ">> [T][" + one.width() + "], array<" + number + "> of T*"
                                + one.width() + " values, array<struct> of " + one.width() + " " + number + "s"
                                + (one.isIndex() ? "" : ", or vectors of Spark's ml"));
        return what + ", where "
                + (one.isIndex()
                        ? "an integer is " + INDICES + " (cast other numbers in the query)"
                        : "a number is " + FeatureColumns.NUMBERS);
    }
}
