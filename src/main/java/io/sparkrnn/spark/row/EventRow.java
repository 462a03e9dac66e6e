package io.sparkrnn.spark.row;

import java.util.Objects;
import org.apache.spark.sql.catalyst.InternalRow;
import org.jspecify.annotations.Nullable;

/**
 * An event as a task gets it: Spark's own values, which lie in memory that the next event takes over. Made by code that Spark
 * generates, which is why it is public; of no use by itself.
 *
 * @see SequenceEncoders
 */
public final class EventRow {
    private final InternalRow key;
    private final @Nullable InternalRow numbers;
    private final @Nullable InternalRow once;
    private final @Nullable InternalRow kept;
    private final @Nullable InternalRow state;

    private EventRow(
            InternalRow key,
            @Nullable InternalRow numbers,
            @Nullable InternalRow once,
            @Nullable InternalRow kept,
            @Nullable InternalRow state) {
        this.key = key;
        this.numbers = numbers;
        this.once = once;
        this.kept = kept;
        this.state = state;
    }

    /**
     * An event; or the state that an earlier run left behind the events of an id.
     *
     * @param key the id, then the values that it is ordered by
     * @param numbers the columns that the network takes of each event; null with a state
     * @param once what a whole network takes once for a sequence; null where there is no such thing
     * @param kept the columns that pass through; null where there are none
     * @param state what an earlier run left: h_n, what its last event was ordered by, c_n of an LSTM; null with an event
     */
    public static EventRow of(
            InternalRow key,
            @Nullable InternalRow numbers,
            @Nullable InternalRow once,
            @Nullable InternalRow kept,
            @Nullable InternalRow state) {
        return new EventRow(key, numbers, once, kept, state);
    }

    /** The id, then what the event is ordered by. */
    public InternalRow key() {
        return key;
    }

    /** What the network takes of the event. */
    public InternalRow numbers() {
        return Objects.requireNonNull(numbers, "a state has no numbers");
    }

    /** What it takes once for a sequence; null for nothing. */
    public @Nullable InternalRow once() {
        return once;
    }

    /** The columns that pass through; null where none does. */
    public @Nullable InternalRow kept() {
        return kept;
    }

    /** The state; null with an event. */
    public @Nullable InternalRow state() {
        return state;
    }

    /** The same in memory of its own. */
    public EventRow copy() {
        return new EventRow(
                key.copy(),
                numbers == null ? null : numbers.copy(),
                once == null ? null : once.copy(),
                kept == null ? null : kept.copy(),
                state == null ? null : state.copy());
    }
}
