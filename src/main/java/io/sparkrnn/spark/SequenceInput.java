package io.sparkrnn.spark;

import io.sparkrnn.engine.Engine;
import io.sparkrnn.model.Head;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.spark.Defect.Kind;
import io.sparkrnn.spark.Defect.Where;
import io.sparkrnn.spark.FeatureLayout.Wanted;
import java.util.Iterator;
import java.util.Objects;
import java.util.Set;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a partition, one at a time, on their way into batches. A row stays until it is added: it may have to wait for
 * the next batch. The row after it is not asked for before, because it takes over the memory.
 */
final class SequenceInput {
    private final Iterator<SequenceRow> rows;
    private final RnnModel model;
    private final @Nullable Head head;
    private final Set<Output> outputs;
    private final Precision precision;
    private final ScoreMetrics metrics;
    private final RowDefects defects;
    private final StepRules steps;
    private final Features features;
    private final @Nullable Features initialState;
    private final @Nullable Features initialCellState;
    private final @Nullable UnsafeProjection keeping;

    private @Nullable SequenceRow row;
    private int length;
    private @Nullable UnsafeRow kept;
    private long rowsRead;

    /**
     * Of the rows of a partition.
     *
     * @param head what makes scores; null when there are none
     * @param outputs what the rows are to become, which they must not be too long for
     */
    SequenceInput(
            Iterator<SequenceRow> rows,
            RowColumns columns,
            RnnModel model,
            @Nullable Head head,
            Set<Output> outputs,
            Precision precision,
            ScoreMetrics metrics) {
        this.metrics = metrics;
        this.rows = rows;
        this.model = model;
        this.head = head;
        this.outputs = outputs;
        this.precision = precision;
        defects = new RowDefects(model, columns);
        steps = columns.steps();
        features = columns.features()
                .reader(new Wanted(Where.FEATURES, model.inputSize(), precision, columns.standardization()));
        initialState = states(
                Where.INITIAL_STATE,
                columns.initialState(),
                model.hiddenStates().width(0));
        initialCellState = states(
                Where.INITIAL_CELL_STATE,
                columns.initialCellState(),
                model.cellStates().width(0));
        keeping = columns.kept().isEmpty() ? null : UnsafeProjection.create(columns.kept());
    }

    private @Nullable Features states(Where where, RowColumns.@Nullable States column, int width) {
        return column == null ? null : column.layout().reader(new Wanted(where, width, precision, null));
    }

    /**
     * Whether there is a row to score; if so, it is looked at. Those of too few steps are counted and passed over.
     *
     * @throws InputException when its features are not such that they can be scored
     */
    boolean hasRow() {
        while (row == null && rows.hasNext()) {
            SequenceRow next = rows.next();
            rowsRead++;
            length = checkedLength(next);
            if (length == 0) {
                metrics.countLeftOut();
                continue;
            }
            row = next;
            kept = keeping == null ? null : keeping.apply(Objects.requireNonNull(row.kept()));
        }
        return row != null;
    }

    /** T of a row; 0 when it is left out. */
    private int checkedLength(SequenceRow read) {
        int length;
        try {
            features.take(read.features());
            if (!steps.choose(features.steps(), read)) {
                return 0;
            }
            length = features.checkedCount();
        } catch (Defect defect) {
            throw defects.error(defect, read.id(), rowsRead);
        }
        if (outputs.contains(Output.HIDDEN_STATES) && !NestedArray.fits(length, model.outputSize(), precision)) {
            throw defects.tooLong(length, "hidden states", read.id(), rowsRead);
        }
        if (head != null
                && head.source() == Head.Source.HIDDEN_STATES
                && !NestedArray.fits(length, head.outputSize(), precision)) {
            throw defects.tooLong(length, "scores", read.id(), rowsRead);
        }
        return length;
    }

    /** T of the row. */
    int length() {
        return length;
    }

    /** The bytes of the row's columns that pass through. */
    int keptBytes() {
        return kept == null ? 0 : kept.getSizeInBytes();
    }

    /**
     * Adds the row to a batch, and is done with it.
     *
     * @param keptRows gets its columns that pass through, if there are any
     * @throws InputException when its numbers are not such that they can be scored
     */
    void addTo(Engine engine, KeptRows keptRows) {
        SequenceRow read = Objects.requireNonNull(row);
        try {
            engine.add(
                    length,
                    features,
                    taken(initialState, read.initialState()),
                    taken(initialCellState, read.initialCellState()));
        } catch (Defect defect) {
            throw defects.error(defect, read.id(), rowsRead);
        }
        if (kept != null) {
            keptRows.add(kept);
        }
        row = null;
    }

    /** Null means the network's own. All else must be [L*D][width]; an empty array is not. */
    private @Nullable Features taken(@Nullable Features states, @Nullable ArrayData value) {
        if (states == null || value == null) {
            return null;
        }
        states.take(value);
        int count = states.checkedCount();
        if (count != model.numStates()) {
            throw states.defect(Kind.STATE_COUNT, count, 0);
        }
        return states;
    }
}
