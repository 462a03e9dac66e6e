package io.sparkrnn.engine;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The values of a graph over a batch, by slot: of each sequence an array of its own, or one array for all sequences, which has
 * their steps one after the other along the axis that counts them. Either is made of the other when it is asked for.
 */
final class Values {
    /** For each slot the axis that counts steps; -1 where there is none, or where nobody knows. */
    private final int[] axes;

    private final @Nullable Array[] @Nullable [] rows;
    private final @Nullable Array[] together;
    private int[] starts = new int[1];
    private int size;

    Values(int[] axes) {
        this.axes = axes.clone();
        rows = new Array[axes.length][];
        together = new Array[axes.length];
    }

    /** Begins anew, for the first {@code count} sequences of these lengths. */
    void begin(int[] lengths, int count) {
        clear();
        size = count;
        if (starts.length <= count) {
            starts = new int[Math.max(count + 1, 2 * starts.length)];
        }
        for (int s = 0; s < count; s++) {
            starts[s + 1] = starts[s] + lengths[s];
        }
    }

    /** Forgets all. */
    void clear() {
        Arrays.fill(rows, null);
        Arrays.fill(together, null);
        size = 0;
    }

    /** The number of sequences. */
    int size() {
        return size;
    }

    /** The number of steps of all sequences. */
    int steps() {
        return starts[size];
    }

    /** T of a sequence. */
    int length(int sequence) {
        return starts[sequence + 1] - starts[sequence];
    }

    /** The number of steps before the first one of a sequence. */
    int start(int sequence) {
        return starts[sequence];
    }

    /** The axis that counts the steps of a value; -1 where there is none. */
    int axis(int slot) {
        return axes[slot];
    }

    /** Forgets a value. */
    void forget(int slot) {
        rows[slot] = null;
        together[slot] = null;
    }

    /** What a value is for a sequence; null when it is not there. */
    @Nullable
    Array get(int slot, int sequence) {
        @Nullable Array[] column = rows[slot];
        if (column == null) {
            Array all = together[slot];
            if (all == null) {
                return null;
            }
            column = new Array[size];
            for (int s = 0; s < size; s++) {
                column[s] = all.part(axes[slot], starts[s], length(s));
            }
            rows[slot] = column;
        }
        return column[sequence];
    }

    /** Puts what a value is for a sequence. */
    void put(int slot, int sequence, Array value) {
        @Nullable Array[] column = rows[slot];
        if (column == null) {
            column = new Array[size];
            rows[slot] = column;
        }
        column[sequence] = value;
    }

    /** What a value is for all sequences together, if that is how it is there. */
    @Nullable
    Array togetherNow(int slot) {
        return together[slot];
    }

    /**
     * What a value is for all sequences together, zeros for those that have none; null when it cannot be had, such as one that is
     * larger than an array can be.
     */
    @Nullable
    Array together(int slot) {
        @Nullable Array[] column = rows[slot];
        if (together[slot] == null && column != null && axes[slot] >= 0) {
            together[slot] = joined(column, axes[slot]);
        }
        return together[slot];
    }

    /** Puts what a value is for all sequences. */
    void putTogether(int slot, Array value) {
        together[slot] = value;
    }

    private @Nullable Array joined(@Nullable Array[] column, int axis) {
        Array first =
                Arrays.stream(column).filter(array -> array != null).findFirst().orElse(null);
        if (first == null || axis >= first.rank()) {
            return null;
        }
        int[] shape = first.shape();
        shape[axis] = steps();
        Array all;
        try {
            all = first.like(shape);
            for (int s = 0; s < size; s++) {
                Array own = column[s];
                if (own != null && !put(own, all, axis, s)) {
                    return null;
                }
            }
        } catch (GraphException e) {
            return null;
        }
        return all;
    }

    private boolean put(Array own, Array all, int axis, int sequence) {
        int[] shape = own.shape();
        if (shape.length <= axis || shape[axis] != length(sequence)) {
            return false;
        }
        shape[axis] = steps();
        if (!Arrays.equals(shape, all.shape())) {
            return false;
        }
        int inner = all.product(axis + 1, shape.length);
        int outer = all.product(0, axis);
        int count = length(sequence) * inner;
        for (int o = 0; o < outer; o++) {
            all.copyFrom(own, o * count, (o * steps() + starts[sequence]) * inner, count);
        }
        return true;
    }
}
