package io.sparkrnn.spark.sequence;

import io.sparkrnn.graph.Vocabulary;
import io.sparkrnn.spark.column.RowName;
import io.sparkrnn.spark.column.StepRules;
import io.sparkrnn.spark.count.RowCounts;
import io.sparkrnn.spark.feature.FeatureLayout;
import io.sparkrnn.spark.feature.InputFeatures;
import io.sparkrnn.spark.feature.Standardization;
import io.sparkrnn.spark.row.SequenceRow;
import java.io.Serializable;
import java.util.Iterator;
import java.util.Map;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * What a task has to know of the columns of its {@link SequenceRow rows}.
 *
 * @param kept the columns that pass through
 * @param original the columns that are kept or read, as they come; empty where nobody asks for them
 * @param features how the features lie
 * @param stepWidth how many numbers a step must have
 * @param standardization what is done to them; null for nothing
 * @param steps which of their steps count
 * @param initialState the column of h_0; null when there is none
 * @param initialCellState the column of c_0, likewise
 * @param rowInputs how lies what is taken once for a row; null when there is no such thing
 * @param name how messages name a row
 */
public record RowColumns(
        StructType kept,
        StructType original,
        FeatureLayout features,
        int stepWidth,
        @Nullable Standardization standardization,
        StepRules steps,
        @Nullable States initialState,
        @Nullable States initialCellState,
        InputFeatures.@Nullable Layout rowInputs,
        RowName name)
        implements SequenceReading<SequenceRow> {
    private static final long serialVersionUID = 1;

    @Override
    public Sequences open(
            Iterator<SequenceRow> rows, ScoreRequest request, RowCounts counts, Map<String, Vocabulary> vocabularies) {
        return new SequenceInput(rows, this, request.limits(), counts, vocabularies);
    }

    @Override
    public Widths widths() {
        return new Widths(
                stepWidth,
                rowInputs == null ? 0 : rowInputs.width(),
                initialState == null ? 0 : initialState.numbers(),
                initialCellState == null ? 0 : initialCellState.numbers());
    }

    /**
     * A column of initial states.
     *
     * @param count how many states a row must have
     * @param width how many numbers a state must have
     * @param widthName what PyTorch calls that
     */
    public record States(String name, FeatureLayout layout, int count, int width, String widthName)
            implements Serializable {
        private static final long serialVersionUID = 1;

        /** How many numbers a row has of them. */
        public int numbers() {
            return count * width;
        }
    }
}
