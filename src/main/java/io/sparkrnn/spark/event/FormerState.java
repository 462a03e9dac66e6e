package io.sparkrnn.spark.event;

import io.sparkrnn.engine.NumberSource;
import io.sparkrnn.spark.feature.FeatureLayout.Wanted;
import io.sparkrnn.spark.feature.Features;
import io.sparkrnn.spark.invalid.Defect;
import io.sparkrnn.spark.invalid.Defect.Where;
import io.sparkrnn.spark.invalid.InputException;
import io.sparkrnn.spark.sequence.RowColumns;
import java.io.Serializable;
import java.util.Objects;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.jspecify.annotations.Nullable;

/**
 * What an earlier run left behind the last event of an id. It comes as a row of its own that Spark sorts before the events of the id,
 * so that states are neither joined to each event nor held for ids that a task has not come to.
 */
public final class FormerState {
    private static final int HIDDEN = 0;
    private static final int LAST = 1;
    private static final int CELL = 2;

    private final Columns columns;
    private final EventOrder order;
    private final Features hidden;
    private final @Nullable Features cell;
    private boolean isThere;
    private @Nullable Object id;
    private @Nullable UnsafeRow row;
    private @Nullable Object last;

    /**
     * The columns of former states: of a struct the first is h_n, the second what the last event was ordered by, the third, of an
     * LSTM, c_n.
     *
     * @param hidden h_n
     * @param cell c_n; null where the network has none
     * @param late what becomes of an event that is not behind the last one
     */
    public record Columns(RowColumns.States hidden, RowColumns.@Nullable States cell, LateEvents late)
            implements Serializable {
        private static final long serialVersionUID = 1;
    }

    /**
     * Of one id at a time.
     *
     * @param order what events are ordered by first
     */
    FormerState(Columns columns, EventOrder order) {
        this.columns = columns;
        this.order = order;
        hidden = reader(Where.INITIAL_STATE, columns.hidden());
        cell = columns.cell() == null ? null : reader(Where.INITIAL_CELL_STATE, columns.cell());
    }

    private static Features reader(Where where, RowColumns.States states) {
        return states.layout().reader(new Wanted(where, states.width(), null));
    }

    /**
     * Takes that of the next id, in the place of the one at hand.
     *
     * @param of the id, to be kept
     * @param name how messages call its events
     * @param state the columns, which are copied
     * @throws InputException when there are two of the id, or it has no state
     */
    void take(@Nullable Object of, String name, UnsafeRow state) {
        if (isOf(of)) {
            throw new InputException("there are two rows of former states for " + name
                    + "; of an id there is one state. Name states with one row of each id");
        }
        if (of == null || state.isNullAt(HIDDEN) || (cell != null && state.isNullAt(CELL))) {
            throw new InputException(
                    "there is a row of former states for " + name + " without an id or a state, as rows"
                            + " have that could not be scored; name states in which such ids keep their former ones");
        }
        isThere = true;
        id = of;
        row = state.copy();
        last = order.value(row, LAST);
    }

    /** Whether it is that of an id. */
    boolean isOf(@Nullable Object other) {
        return isThere && EventInput.same(id, other);
    }

    /** Forgets it. */
    void clear() {
        isThere = false;
    }

    /** Whether an id has one. */
    boolean isThere() {
        return isThere;
    }

    /** What the last event was ordered by; null where there is no state, or it does not tell. */
    @Nullable
    Object last() {
        return isThere ? last : null;
    }

    /** Whether an event is not behind the last one, and may not be taken. */
    boolean isLate(@Nullable Object event) {
        return columns.late() == LateEvents.INVALID
                && event != null
                && last() != null
                && order.compare(event, Objects.requireNonNull(last)) <= 0;
    }

    /** h_0; null where there is no state. */
    @Nullable
    NumberSource hidden() {
        return isThere ? checked(hidden, HIDDEN, columns.hidden()) : null;
    }

    /** c_0; null where there is no state, or the network has none. */
    @Nullable
    NumberSource cell() {
        return isThere && cell != null ? checked(cell, CELL, Objects.requireNonNull(columns.cell())) : null;
    }

    private NumberSource checked(Features states, int field, RowColumns.States column) {
        InternalRow image = Objects.requireNonNull(row);
        states.take(image.getArray(field));
        int count = states.checkedCount();
        if (count != column.count()) {
            throw states.defect(Defect.Kind.STATE_COUNT, count, 0);
        }
        return states;
    }
}
