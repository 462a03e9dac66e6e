package io.sparkrnn.spark.row;

import io.sparkrnn.spark.invalid.ErrorCode;
import java.util.Objects;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.unsafe.types.UTF8String;
import org.jspecify.annotations.Nullable;

/**
 * A row as a task gives it: Spark's own values of its columns, valid until the next row. Read by code that Spark generates,
 * which is why it is public; of no use by itself.
 *
 * @see SequenceEncoders
 */
public final class ScoredRow {
    private @Nullable InternalRow kept;
    private final ArrayData[] arrays;
    private int length;
    private @Nullable UTF8String error;

    /** @param arrays the results but for the length, in the order of their columns */
    public ScoredRow(ArrayData... arrays) {
        this.arrays = arrays;
    }

    /** The columns that pass through. */
    public InternalRow kept() {
        return Objects.requireNonNull(kept);
    }

    /** One of the arrays. */
    public ArrayData array(int index) {
        return arrays[index];
    }

    /** The number of time steps that were scored. */
    public int length() {
        return length;
    }

    /** Whether it has no results. */
    public boolean isInvalid() {
        return error != null;
    }

    /** Why it has no results, in a word; null when it has some. */
    public @Nullable UTF8String error() {
        return error;
    }

    /** Says why it has no results; null for one that has some. */
    public void setError(@Nullable ErrorCode code) {
        error = code == null ? null : UTF8String.fromString(code.name());
    }

    /** The columns that pass through. */
    public void setKept(@Nullable InternalRow row) {
        kept = row;
    }

    /** One of the arrays. */
    public void setArray(int index, ArrayData array) {
        arrays[index] = array;
    }

    /** The number of time steps that were scored. */
    public void setLength(int steps) {
        length = steps;
    }
}
