package io.sparkrnn.spark.sequence;

import io.sparkrnn.spark.invalid.Defect;
import io.sparkrnn.spark.invalid.InvalidRow;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.jspecify.annotations.Nullable;

/**
 * The sequences of a partition, one at a time, on their way into batches: each has numbers, or a {@link Defect}. One stays at
 * hand until it is {@link #done}: it may have to wait for the next batch.
 */
public interface Sequences {
    /** Whether there is a sequence; if so, it is looked at. Those of too few steps are counted and passed over. */
    boolean hasRow();

    /** T; 0 when it has a defect. Of one that goes on beyond what was looked at, the steps that were. */
    int length();

    /** What messages call it. */
    String name();

    /** The columns that pass through; null when there are none. Valid until it is taken. */
    @Nullable
    UnsafeRow kept();

    /** What is set aside of it where it cannot be scored; null where nobody asks. Valid until it is taken. */
    @Nullable
    InternalRow original();

    /**
     * Puts its numbers into a batch, unless it has a defect. {@link #length} and {@link #kept} are those of the whole sequence
     * behind this.
     *
     * @return what is wrong with it; null when nothing is, and its numbers are in the batch
     */
    @Nullable
    Defect addTo(SequenceInput.Sink sink);

    /** The sequence at hand as one that cannot be scored. */
    InvalidRow invalid(Defect defect);

    /** Is done with the sequence. */
    void done();
}
