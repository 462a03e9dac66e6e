package io.sparkrnn.spark.column;

import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which columns of a table are what, by name, and which steps of its rows count; see the methods of {@link
 * io.sparkrnn.spark.ScorerBuilder} that say so.
 *
 * @param features one column, or one for each feature
 * @param featuresAre whether somebody named them
 * @param inputs the columns of a whole network's inputs, where they are not of the inputs' names
 * @param nullIds what a row without an id is
 * @param keep the columns that pass through; null for all but the features and those that are hidden
 * @param hidden columns that are read at most
 */
public record ColumnChoice(
        List<String> features,
        Features featuresAre,
        Map<String, String> inputs,
        @Nullable String lengths,
        @Nullable String valid,
        @Nullable String padding,
        int fewestSteps,
        int mostSteps,
        StepRules.End end,
        @Nullable String initialState,
        @Nullable String initialCellState,
        @Nullable String id,
        RowName.NullIds nullIds,
        @Nullable List<String> keep,
        List<String> hidden) {

    /** Whether somebody named features. */
    public enum Features {
        GIVEN,
        DEFAULT
    }

    /** Whether a column of the input is read at most. */
    public boolean isHidden(String column) {
        return hidden.stream().anyMatch(name -> InputColumns.same(name, column));
    }

    /** Which steps of a row count, by the columns of a table that say so. */
    public StepRules steps(InputColumns input) {
        return new StepRules(stepColumn(input), fewestSteps, mostSteps, end);
    }

    private StepColumn stepColumn(InputColumns input) {
        if (lengths != null) {
            return StepColumn.Lengths.find(input, lengths);
        } else if (valid != null) {
            return StepColumn.Mask.find(input, valid, StepColumn.Marked.VALID);
        }
        return padding != null
                ? StepColumn.Mask.find(input, padding, StepColumn.Marked.PADDING)
                : new StepColumn.None();
    }

    /** The columns that are named for something, but for features and those that pass through. */
    public Stream<Named> named() {
        return Stream.of(
                        new Named(lengths, ColumnOptions.LENGTHS),
                        new Named(valid, ColumnOptions.VALID),
                        new Named(padding, ColumnOptions.PADDING),
                        new Named(initialState, ColumnOptions.INITIAL_STATE),
                        new Named(initialCellState, ColumnOptions.INITIAL_CELL_STATE),
                        new Named(id, ColumnOptions.ID))
                .filter(named -> named.column != null);
    }

    /**
     * A column and what names it.
     *
     * @param column null when there is none
     * @param option how messages call what names it
     */
    public record Named(@Nullable String column, String option) {
        /** It in a table. */
        public InputColumn find(InputColumns input) {
            return input.find(String.valueOf(column), option);
        }
    }
}
