package io.sparkrnn.forward;

import io.sparkrnn.kernel.Kernel;
import io.sparkrnn.model.Layer;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.model.StateLayout;
import java.util.List;

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
     * Sequences in the lanes of a block. Long enough that the unrolled body of the vectorised loops runs most of a row
     * (64 lanes gave 19 GFLOP/s where 128 give 27, at I=32, H=64 with AVX-512 on JDK 17), and short enough that the rows of
     * a step, (I+2H) x 128 floats, stay in the L2 cache up to H of 512.
     */
    private static final int LANES = 128;

    private final Kernel kernel;
    private final NetworkWeights weights;
    private final Workspace workspace = new Workspace();
    private float[] finalStates = new float[0];
    private float[] finalCellStates = new float[0];

    /** What a pass has to give besides h_n. */
    public enum Wanted {
        /** The hidden states of every step of the last layer, and h_n. */
        HIDDEN_STATES,
        /** h_n alone: the last layer's states are not stored. */
        FINAL_STATES
    }

    /** A pass with scratch memory of its own over shared weights. */
    public ForwardPass(NetworkWeights weights, Kernel kernel) {
        this.weights = weights;
        this.kernel = kernel;
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

        int[] order = longestFirst(batch);
        float[] input = batch.x();
        List<List<DirectionWeights>> layers = weights.layers();
        for (int l = 0, state = 0; l < layers.size(); l++) {
            List<DirectionWeights> directions = layers.get(l);
            Layer layer = model.layers().get(l);
            int outputStride = layer.outputSize();
            boolean stored = l < layers.size() - 1 || wanted == Wanted.HIDDEN_STATES;
            if (stored) {
                workspace.output =
                        Workspace.grown(workspace.output, Math.multiplyExact(batch.steps(), outputStride), 0);
            }
            for (int d = 0; d < directions.size(); d++, state++) {
                DirectionPass pass = new DirectionPass(kernel, directions.get(d), workspace);
                DirectionPass.Arrays arrays = new DirectionPass.Arrays(
                        input,
                        new DirectionPass.States(finalStates, hidden.total(), hidden.offset(state)),
                        cells.width(state) == 0
                                ? null
                                : new DirectionPass.States(finalCellStates, cells.total(), cells.offset(state)),
                        stored ? workspace.output : null,
                        outputStride,
                        d * layer.stateSize());
                for (int from = 0; from < order.length; from += LANES) {
                    Block block = new Block(batch, order, from, Math.min(LANES, order.length - from));
                    if (d == 0 && layer.forward() != null) {
                        pass.forward(block, arrays);
                    } else {
                        pass.reverse(block, arrays);
                    }
                }
            }
            if (l < layers.size() - 1) {
                input = workspace.output;
                float[] former = workspace.below;
                workspace.below = workspace.output;
                workspace.output = former;
            }
        }
    }

    private static float[] copy(float[] values, float[] target, int count) {
        float[] copied = Workspace.grown(target, count, 0);
        System.arraycopy(values, 0, copied, 0, count);
        return copied;
    }

    /**
     * The hidden states of the last run, if they were wanted: [steps][D*P], sequence after sequence in the batch's order.
     * Valid until the next run; not to be modified.
     */
    public float[] hiddenStates() {
        return workspace.output;
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
