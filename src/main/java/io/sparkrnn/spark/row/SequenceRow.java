package io.sparkrnn.spark.row;

import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.unsafe.types.UTF8String;
import org.jspecify.annotations.Nullable;

/**
 * A row as a task gets it: Spark's own values of its columns, which lie in memory that the next row takes over. Made by
 * code that Spark generates, which is why it is public; of no use by itself.
 *
 * @see SequenceEncoders
 */
public final class SequenceRow {
    private final @Nullable InternalRow kept;
    private final @Nullable InternalRow original;
    private final @Nullable UTF8String id;
    private final @Nullable Object features;
    private final long length;
    private final @Nullable ArrayData mask;
    private final @Nullable ArrayData initialState;
    private final @Nullable ArrayData initialCellState;
    private final @Nullable InternalRow rowInputs;

    private SequenceRow(
            @Nullable InternalRow kept,
            @Nullable InternalRow original,
            @Nullable UTF8String id,
            @Nullable Object features,
            long length,
            @Nullable ArrayData mask,
            @Nullable ArrayData initialState,
            @Nullable ArrayData initialCellState,
            @Nullable InternalRow rowInputs) {
        this.kept = kept;
        this.original = original;
        this.id = id;
        this.features = features;
        this.length = length;
        this.mask = mask;
        this.initialState = initialState;
        this.initialCellState = initialCellState;
        this.rowInputs = rowInputs;
    }

    /**
     * A row.
     *
     * @param features an array, or a struct: of Spark's own kinds, as their layout has them
     * @param rowInputs what a whole network takes once for a row, a struct; null where there is no such thing
     */
    public static SequenceRow of(
            @Nullable InternalRow kept,
            @Nullable InternalRow original,
            @Nullable UTF8String id,
            @Nullable Object features,
            long length,
            @Nullable ArrayData mask,
            @Nullable ArrayData initialState,
            @Nullable ArrayData initialCellState,
            @Nullable InternalRow rowInputs) {
        return new SequenceRow(kept, original, id, features, length, mask, initialState, initialCellState, rowInputs);
    }

    /** The columns that pass through; null when there are none. */
    public @Nullable InternalRow kept() {
        return kept;
    }

    /** The columns that are kept or read, as they came; null when nobody asks for them. */
    public @Nullable InternalRow original() {
        return original;
    }

    /** What {@link io.sparkrnn.spark.column.RowName} names the row by; null when it is null, or there is no such thing. */
    public @Nullable String id() {
        return id == null ? null : id.toString();
    }

    /** What {@link io.sparkrnn.spark.feature.Features#take} takes. */
    public @Nullable Object features() {
        return features;
    }

    /** The number of steps that count, as {@link io.sparkrnn.spark.column.StepColumn} has it. */
    public long length() {
        return length;
    }

    /** What marks the steps that count, as {@link io.sparkrnn.spark.column.StepColumn} has it. */
    public @Nullable ArrayData mask() {
        return mask;
    }

    /** h_0; null where there is none. */
    public @Nullable ArrayData initialState() {
        return initialState;
    }

    /** c_0; null where there is none. */
    public @Nullable ArrayData initialCellState() {
        return initialCellState;
    }

    /** What a whole network takes once for a row. */
    public @Nullable InternalRow rowInputs() {
        return rowInputs;
    }
}
