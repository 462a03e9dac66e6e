package io.sparkrnn.spark.sequence;

import io.sparkrnn.engine.NumberSource;
import io.sparkrnn.graph.Vocabulary;
import io.sparkrnn.spark.column.StepRules;
import io.sparkrnn.spark.count.RowCounts;
import io.sparkrnn.spark.feature.FeatureLayout.Wanted;
import io.sparkrnn.spark.feature.Features;
import io.sparkrnn.spark.feature.InputFeatures;
import io.sparkrnn.spark.invalid.Defect;
import io.sparkrnn.spark.invalid.Defect.Kind;
import io.sparkrnn.spark.invalid.Defect.Where;
import io.sparkrnn.spark.invalid.InvalidRow;
import io.sparkrnn.spark.row.SequenceRow;
import java.util.Iterator;
import java.util.Map;
import java.util.Objects;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.jspecify.annotations.Nullable;

/** Sequences of a table that has one a row. The row behind the one at hand is not asked for, because it takes over the memory. */
public final class SequenceInput implements Sequences {
    private final Iterator<SequenceRow> rows;
    private final LengthLimits limits;
    private final RowCounts counts;
    private final RowColumns columns;
    private final RowDefects defects;
    private final StepRules steps;
    private final Features features;
    private final @Nullable Features initialState;
    private final @Nullable Features initialCellState;
    private final @Nullable Features rowInputs;
    private final @Nullable UnsafeProjection keeping;

    private @Nullable SequenceRow row;
    private @Nullable Defect defect;
    private int length;
    private @Nullable UnsafeRow kept;

    /** Where the numbers of a sequence go. */
    public interface Sink {
        /** Takes the numbers before it returns, the features in pieces if it wants; when they throw, it is as it was. */
        void add(
                int length,
                NumberSource x,
                @Nullable NumberSource row,
                @Nullable NumberSource h0,
                @Nullable NumberSource c0);

        /**
         * Takes the numbers of a sequence that is longer than a batch, which has no others then. When they throw, there are none.
         *
         * @param row what is taken once for the sequence
         */
        default void add(Pieces x, @Nullable NumberSource row, @Nullable NumberSource h0, @Nullable NumberSource c0) {
            throw new IllegalStateException("a sequence in pieces, which the network cannot go on with");
        }
    }

    /**
     * Of the rows of a partition.
     *
     * @param limits how long rows may be
     * @param counts where the rows are counted as they are read, and those that are left out
     * @param vocabularies of the inputs whose indices come as tokens
     */
    public SequenceInput(
            Iterator<SequenceRow> rows,
            RowColumns columns,
            LengthLimits limits,
            RowCounts counts,
            Map<String, Vocabulary> vocabularies) {
        this.rows = rows;
        this.columns = columns;
        this.limits = limits;
        this.counts = counts;
        defects = new RowDefects(columns, limits);
        steps = columns.steps();
        features = columns.features()
                .reader(new Wanted(Where.FEATURES, columns.stepWidth(), columns.standardization(), vocabularies));
        initialState = states(Where.INITIAL_STATE, columns.initialState());
        initialCellState = states(Where.INITIAL_CELL_STATE, columns.initialCellState());
        InputFeatures.Layout once = columns.rowInputs();
        rowInputs = once == null ? null : once.reader(new Wanted(Where.ROW_INPUTS, once.width(), null, vocabularies));
        keeping = columns.kept().isEmpty() ? null : UnsafeProjection.create(columns.kept());
    }

    private static @Nullable Features states(Where where, RowColumns.@Nullable States column) {
        return column == null ? null : column.layout().reader(new Wanted(where, column.width(), null));
    }

    @Override
    public boolean hasRow() {
        while (row == null && rows.hasNext()) {
            SequenceRow next = rows.next();
            counts.read++;
            defect = null;
            length = 0;
            try {
                length = checkedLength(next);
                if (length == 0) {
                    counts.leftOut++;
                    continue;
                }
            } catch (Defect found) {
                defect = found;
            }
            row = next;
            kept = keeping == null ? null : keeping.apply(Objects.requireNonNull(row.kept()));
            if (defect == null && next.id() == null && columns.name().isNeeded()) {
                defect = new Defect(Where.FEATURES, Kind.NULL_ID, -1, 0);
                length = 0;
            }
            if (defect == null) {
                defect = limits.excess(length, kept == null ? 0 : kept.getSizeInBytes());
                length = defect == null ? length : 0;
            }
        }
        return row != null;
    }

    /** T of a row; 0 when it is left out. */
    private int checkedLength(SequenceRow read) {
        features.take(read.features());
        if (!steps.choose(features.steps(), read)) {
            return 0;
        }
        return features.checkedCount();
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public String name() {
        return defects.name(Objects.requireNonNull(row).id(), counts.read);
    }

    @Override
    public InvalidRow invalid(Defect found) {
        return defects.row(found, Objects.requireNonNull(row).id(), counts.read);
    }

    @Override
    public @Nullable UnsafeRow kept() {
        return kept;
    }

    @Override
    public @Nullable InternalRow original() {
        return Objects.requireNonNull(row).original();
    }

    @Override
    public @Nullable Defect addTo(Sink sink) {
        if (defect == null) {
            SequenceRow read = Objects.requireNonNull(row);
            try {
                sink.add(
                        length,
                        features,
                        rowInputs == null ? null : taken(rowInputs, read.rowInputs()),
                        taken(initialState, columns.initialState(), read.initialState()),
                        taken(initialCellState, columns.initialCellState(), read.initialCellState()));
            } catch (Defect found) {
                defect = found;
            }
        }
        return defect;
    }

    private static Features taken(Features once, @Nullable InternalRow value) {
        once.take(value);
        return once;
    }

    @Override
    public void done() {
        row = null;
    }

    /** Null means the network's own. All else must be [L*D][width]; an empty array is not. */
    private static @Nullable Features taken(
            @Nullable Features states, RowColumns.@Nullable States column, @Nullable ArrayData value) {
        if (states == null || column == null || value == null) {
            return null;
        }
        states.take(value);
        int count = states.checkedCount();
        if (count != column.count()) {
            throw states.defect(Kind.STATE_COUNT, count, 0);
        }
        return states;
    }
}
