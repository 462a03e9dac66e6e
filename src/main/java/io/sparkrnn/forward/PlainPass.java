package io.sparkrnn.forward;

import io.sparkrnn.model.Layer;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.model.StateLayout;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A network over sequences by the kernel's plain operations, each layer over all of them before the next; between layers the
 * states lie one sequence after the other. The way of every network on a kernel without whole cells.
 */
final class PlainPass {
    /**
     * Sequences in the lanes of a block. Long enough that the unrolled body of the vectorised loops runs most of a row
     * (64 lanes gave 19 GFLOP/s where 128 give 27, at I=32, H=64 with AVX-512 on JDK 17), and short enough that the rows of
     * a step, (I+2H) x 128 floats, stay in the L2 cache up to H of 512.
     */
    private static final int LANES = 128;

    private final NetworkWeights weights;
    private final Workspace workspace = new Workspace();

    PlainPass(NetworkWeights weights) {
        this.weights = weights;
    }

    /**
     * Runs the network over some of a batch's sequences.
     *
     * @param order the sequences, longest first
     * @param output where the last layer's hidden states go; null when nobody asks for them
     * @param finalStates h_0 of all sequences, replaced by h_n of these
     * @param finalCellStates c_0 of all sequences, replaced by c_n of these
     */
    void run(
            SequenceBatch batch,
            int[] order,
            @Nullable StateTarget output,
            float[] finalStates,
            float[] finalCellStates) {
        RnnModel model = weights.model();
        StateLayout hidden = model.hiddenStates();
        StateLayout cells = model.cellStates();
        float[] input = batch.x();
        List<List<PlainWeights>> layers = weights.layers();
        for (int l = 0, state = 0; l < layers.size(); l++) {
            List<PlainWeights> directions = layers.get(l);
            Layer layer = model.layers().get(l);
            int outputStride = layer.outputSize();
            boolean last = l == layers.size() - 1;
            StateTarget states = last ? output : between(batch, outputStride);
            for (int d = 0; d < directions.size(); d++, state++) {
                PlainDirection pass = new PlainDirection(weights.kernel(), directions.get(d), workspace);
                PlainDirection.Arrays arrays = new PlainDirection.Arrays(
                        input,
                        new PlainDirection.States(finalStates, hidden.total(), hidden.offset(state)),
                        cells.width(state) == 0
                                ? null
                                : new PlainDirection.States(finalCellStates, cells.total(), cells.offset(state)),
                        states,
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
            if (!last) {
                input = workspace.output;
                float[] former = workspace.below;
                workspace.below = workspace.output;
                workspace.output = former;
            }
        }
    }

    /** The states of a layer that is not the last: [steps][D*P]. */
    private StateTarget between(SequenceBatch batch, int width) {
        workspace.output = Workspace.grown(workspace.output, Math.multiplyExact(batch.steps(), width), 0);
        if (workspace.outputFirsts.length < batch.size()) {
            workspace.outputFirsts = new int[batch.size()];
        }
        for (int s = 0; s < batch.size(); s++) {
            workspace.outputFirsts[s] = batch.start(s) * width;
        }
        return new StateTarget(workspace.output, workspace.outputFirsts, width);
    }
}
