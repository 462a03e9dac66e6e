package io.sparkrnn.forward;

import io.sparkrnn.kernel.FusedCell;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.model.StateLayout;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Runs a network over batches in float32. The results of a sequence have the same bits whatever batch it is in and
 * wherever it stands there. Holds the scratch memory of one task: not for two threads at once.
 *
 * <p>Semantics: <a href="https://pytorch.org/docs/stable/generated/torch.nn.RNN.html">torch.nn.RNN</a> over a
 * <a href="https://pytorch.org/docs/stable/generated/torch.nn.utils.rnn.pack_padded_sequence.html">packed
 * sequence</a>.
 */
public final class ForwardPass {
    /**
     * The most products of a batch that is computed another way while the whole cells are not compiled: some seconds' work, in
     * which they would have been.
     */
    private static final double MOST_MEANWHILE = 1e10;

    private final NetworkWeights weights;
    private final PlainPass plain;
    private final @Nullable FusedFewPass few;
    private final @Nullable FusedPass fused;
    private final OutputLayout layout;

    /** Another way with the same bits, as long as the whole cells are not compiled. */
    private @Nullable PlainPass meanwhile;

    private float[] output = new float[0];

    /** Where the piece of each sequence begins in the output, and where in it the states of its first step are. */
    private int[] pieces = new int[0];

    private int[] firsts = new int[0];
    private float[] finalStates = new float[0];
    private float[] finalCellStates = new float[0];

    /** What a pass has to give besides h_n. */
    public enum Wanted {
        /** The hidden states of every step of the last layer, and h_n. */
        HIDDEN_STATES,
        /** h_n alone: the last layer's states are not stored. */
        FINAL_STATES
    }

    /** A pass with scratch memory of its own over shared weights, that gives hidden states alone: [steps][D*P]. */
    public ForwardPass(NetworkWeights weights) {
        this(weights, OutputLayout.dense(weights.model().outputSize()));
    }

    /** A pass with scratch memory of its own over shared weights, that puts hidden states where {@code layout} says. */
    public ForwardPass(NetworkWeights weights, OutputLayout layout) {
        this.weights = weights;
        this.layout = layout;
        List<List<FusedCell>> cells = weights.cells();
        plain = new PlainPass(weights);
        few = cells.isEmpty() ? null : new FusedFewPass(weights, cells);
        fused = cells.isEmpty() ? null : new FusedPass(weights, cells);
    }

    /**
     * Runs the network over the batch, which is not modified.
     *
     * @throws ArithmeticException when the hidden states of the batch are 2^31 numbers or more
     */
    public void run(SequenceBatch batch, Wanted wanted) {
        RnnModel model = weights.model();
        StateLayout hidden = model.hiddenStates();
        StateLayout cells = model.cellStates();
        finalStates = copy(batch.h0(), finalStates, Math.multiplyExact(batch.size(), hidden.total()));
        finalCellStates = copy(batch.c0(), finalCellStates, Math.multiplyExact(batch.size(), cells.total()));
        StateTarget states = null;
        if (wanted == Wanted.HIDDEN_STATES) {
            int size = place(batch);
            output = Workspace.grown(output, size, 0);
            states = new StateTarget(output, firsts, layout.stride());
        }
        int[] order = longestFirst(batch);
        if (few == null || fused == null) {
            plain.run(batch, order, states, finalStates, finalCellStates);
            return;
        }
        PlainPass other = meanwhile(batch);
        if (other != null) {
            other.run(batch, order, states, finalStates, finalCellStates);
            return;
        }
        Grouping grouping = Grouping.of(batch, order, fused.cost());
        few.run(batch, grouping.few(), states, finalStates, finalCellStates);
        fused.run(batch, grouping.together(), states, finalStates, finalCellStates);
    }

    /** What computes this batch while the whole cells are not compiled; null when they do it themselves. */
    private @Nullable PlainPass meanwhile(SequenceBatch batch) {
        NetworkWeights other = weights.meanwhile();
        if (other == null || batch.steps() * other.products() > MOST_MEANWHILE) {
            meanwhile = null;
        } else if (meanwhile == null) {
            meanwhile = new PlainPass(other);
        }
        return meanwhile;
    }

    /** Gives each sequence its piece of the output; the size of all. */
    private int place(SequenceBatch batch) {
        if (pieces.length < batch.size()) {
            pieces = new int[batch.size()];
            firsts = new int[batch.size()];
        }
        int at = 0;
        for (int s = 0; s < batch.size(); s++) {
            int steps = batch.length(s);
            pieces[s] = at;
            firsts[s] = at + layout.first(steps);
            at = Math.addExact(at, layout.size(steps));
        }
        return at;
    }

    private static float[] copy(float[] values, float[] target, int count) {
        float[] copied = Workspace.grown(target, count, 0);
        System.arraycopy(values, 0, copied, 0, count);
        return copied;
    }

    /**
     * The hidden states of the last run, if they were wanted: sequence after sequence in the batch's order, each as the layout
     * has it. Valid until the next run. What is not states is the caller's to write; states are not to be modified.
     */
    public float[] hiddenStates() {
        return output;
    }

    /** Where in {@link #hiddenStates} the piece of a sequence begins. */
    public int hiddenStatesAt(int sequence) {
        return pieces[sequence];
    }

    /** h_n of the last run: [B][L*D][P] in the batch's order. Valid until the next run; not to be modified. */
    public float[] finalStates() {
        return finalStates;
    }

    /** c_n of the last run: [B][L*D][H], of a cell that has one. Valid until the next run; not to be modified. */
    public float[] finalCellStates() {
        return finalCellStates;
    }

    /** The sequences' indices, longest first; those of one length in the batch's order. */
    private static int[] longestFirst(SequenceBatch batch) {
        long[] keys = new long[batch.size()];
        for (int s = 0; s < keys.length; s++) {
            keys[s] = (long) (Integer.MAX_VALUE - batch.length(s)) << 32 | s;
        }
        java.util.Arrays.sort(keys);
        int[] order = new int[keys.length];
        for (int s = 0; s < order.length; s++) {
            order[s] = (int) keys[s];
        }
        return order;
    }
}
