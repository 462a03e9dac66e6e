package io.sparkrnn.forward;

import io.sparkrnn.model.RnnModel;
import java.nio.FloatBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Sequences of any lengths, one after the other without padding, in the order they were added. Belongs to one thread;
 * {@link #clear} makes it empty and keeps its arrays, so that a task allocates for its largest batch only.
 */
public final class SequenceBatch {
    private final int inputSize;
    /** What the states of a sequence are when none are given: hidden [L*D][P], cell [L*D][H]. */
    private final float[] ownState;

    private final float[] ownCellState;

    private int size;
    private int steps;
    private int[] lengths = new int[16];
    private int[] starts = new int[16];
    private float[] x = new float[0];
    private float[] h0 = new float[0];
    private float[] c0 = new float[0];

    /** An empty batch for sequences of {@code model}'s input_size. */
    public SequenceBatch(RnnModel model) {
        inputSize = model.inputSize();
        ownState = rounded(model.hiddenStates().initialStates());
        ownCellState = rounded(model.cellStates().initialStates());
    }

    private static float[] rounded(double[] values) {
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return floats;
    }

    /** Takes all sequences out. */
    public void clear() {
        size = 0;
        steps = 0;
    }

    /**
     * Adds a copy of a sequence.
     *
     * @param values [T][I], from the buffer's position on; T*I values are taken and the position moves behind them
     * @param length T, at least 1
     * @param initialState h_0 [L*D][P], taken like the values; null for the network's own, which are mostly zeros
     * @param initialCellState c_0 [L*D][H], likewise; null for the network's own, and for a cell without
     * @throws IllegalArgumentException when length is below 1
     * @throws ArithmeticException when the batch would hold 2^31 values or more
     */
    public void add(
            FloatBuffer values,
            int length,
            @Nullable FloatBuffer initialState,
            @Nullable FloatBuffer initialCellState) {
        add(
                length,
                values::get,
                initialState == null ? null : initialState::get,
                initialCellState == null ? null : initialCellState::get);
    }

    /**
     * Adds a sequence, whose numbers are put into the batch right away. When one of them throws, the batch is as it was.
     *
     * @param length T, at least 1
     * @param values [T][I]
     * @param initialState h_0 [L*D][P]; null for the network's own, which are mostly zeros
     * @param initialCellState c_0 [L*D][H]; null for the network's own, and for a cell without
     * @throws IllegalArgumentException when length is below 1
     * @throws ArithmeticException when the batch would hold 2^31 values or more
     */
    public void add(
            int length,
            FloatSource values,
            @Nullable FloatSource initialState,
            @Nullable FloatSource initialCellState) {
        if (length < 1) {
            throw new IllegalArgumentException("a sequence of " + length + " steps");
        }
        if (size == lengths.length) {
            lengths = Arrays.copyOf(lengths, 2 * size);
            starts = Arrays.copyOf(starts, 2 * size);
        }
        lengths[size] = length;
        starts[size] = steps;

        int from = Math.multiplyExact(steps, inputSize);
        int to = Math.multiplyExact(Math.addExact(steps, length), inputSize);
        x = Workspace.grown(x, to, from);
        values.copyTo(x, from, to - from);

        h0 = appended(h0, ownState, initialState);
        c0 = appended(c0, ownCellState, initialCellState);
        steps += length;
        size++;
    }

    private float[] appended(float[] states, float[] own, @Nullable FloatSource state) {
        int width = own.length;
        int from = Math.multiplyExact(size, width);
        float[] grown = Workspace.grown(states, Math.addExact(from, width), from);
        if (state == null) {
            System.arraycopy(own, 0, grown, from, width);
        } else {
            state.copyTo(grown, from, width);
        }
        return grown;
    }

    /** B: the number of sequences. */
    public int size() {
        return size;
    }

    /** The number of time steps of all sequences. */
    public int steps() {
        return steps;
    }

    /** T of one sequence. */
    public int length(int sequence) {
        return lengths[sequence];
    }

    /** The number of time steps before a sequence's first. */
    public int start(int sequence) {
        return starts[sequence];
    }

    /** The features [steps][I]; not to be modified. */
    float[] x() {
        return x;
    }

    /** The initial hidden states [B][L*D][P]; not to be modified. */
    float[] h0() {
        return h0;
    }

    /** The initial cell states [B][L*D][H], of a cell that has one; not to be modified. */
    float[] c0() {
        return c0;
    }
}
