package io.sparkrnn.spark.row;

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
    private final InternalRow numbers;
    private final @Nullable InternalRow once;
    private final @Nullable InternalRow kept;

    private EventRow(InternalRow key, InternalRow numbers, @Nullable InternalRow once, @Nullable InternalRow kept) {
        this.key = key;
        this.numbers = numbers;
        this.once = once;
        this.kept = kept;
    }

    /**
     * An event.
     *
     * @param key the id, then the values that it is ordered by
     * @param numbers the columns that the network takes of each event
     * @param once what a whole network takes once for a sequence; null where there is no such thing
     * @param kept the columns that pass through; null where there are none
     */
    public static EventRow of(
            InternalRow key, InternalRow numbers, @Nullable InternalRow once, @Nullable InternalRow kept) {
        return new EventRow(key, numbers, once, kept);
    }

    /** The id, then what the event is ordered by. */
    public InternalRow key() {
        return key;
    }

    /** What the network takes of the event. */
    public InternalRow numbers() {
        return numbers;
    }

    /** What it takes once for a sequence; null for nothing. */
    public @Nullable InternalRow once() {
        return once;
    }

    /** The columns that pass through; null where none does. */
    public @Nullable InternalRow kept() {
        return kept;
    }
}
