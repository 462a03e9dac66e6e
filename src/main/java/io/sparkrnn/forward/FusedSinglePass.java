package io.sparkrnn.forward;

import io.sparkrnn.kernel.FusedCell;
import io.sparkrnn.model.Layer;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.model.StateLayout;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A network over single sequences by whole cells, one sequence after the other through all layers: the way of those too few
 * or too long to share a block of lanes.
 */
final class FusedSinglePass {
    private final NetworkWeights weights;
    private final List<List<FusedCell>> cells;
    private float[] scratch = new float[0];

    /** The hidden states of a layer that is not the last, and of the one below it [T][D*P], in turn. */
    private float[] states = new float[0];

    private float[] below = new float[0];

    FusedSinglePass(NetworkWeights weights, List<List<FusedCell>> cells) {
        this.weights = weights;
        this.cells = cells;
        int scratchSize = cells.stream()
                .flatMap(List::stream)
                .mapToInt(FusedCell::sequenceScratchSize)
                .max()
                .orElseThrow();
        scratch = new float[scratchSize];
    }

    /** As {@link PlainPass#run}. */
    void run(
            SequenceBatch batch,
            int[] order,
            @Nullable StateTarget output,
            float[] finalStates,
            float[] finalCellStates) {
        for (int sequence : order) {
            run(batch, sequence, output, finalStates, finalCellStates);
        }
    }

    private void run(
            SequenceBatch batch,
            int sequence,
            @Nullable StateTarget output,
            float[] finalStates,
            float[] finalCellStates) {
        RnnModel model = weights.model();
        StateLayout hidden = model.hiddenStates();
        StateLayout cellStates = model.cellStates();
        int steps = batch.length(sequence);
        float[] x = batch.x();
        int xAt = batch.start(sequence) * model.inputSize();
        for (int l = 0, state = 0; l < cells.size(); l++) {
            Layer layer = model.layers().get(l);
            boolean last = l == cells.size() - 1;
            float[] target = last ? null : between(steps, layer.outputSize());
            int targetAt = 0;
            int stride = layer.outputSize();
            if (last && output != null) {
                target = output.values();
                targetAt = output.firsts()[sequence];
                stride = output.stride();
            }
            List<FusedCell> directions = cells.get(l);
            for (int d = 0; d < directions.size(); d++, state++) {
                boolean forward = d == 0 && layer.forward() != null;
                int first = forward ? 0 : steps - 1;
                int sign = forward ? 1 : -1;
                FusedCell.Sequence arrays = new FusedCell.Sequence(
                        x,
                        xAt + first * layer.inputSize(),
                        sign * layer.inputSize(),
                        finalStates,
                        sequence * hidden.total() + hidden.offset(state),
                        finalCellStates,
                        sequence * cellStates.total() + cellStates.offset(state),
                        target,
                        targetAt + first * stride + d * layer.stateSize(),
                        sign * stride,
                        scratch);
                directions.get(d).steps(steps, arrays);
            }
            if (!last) {
                x = states;
                xAt = 0;
            }
        }
    }

    /** Room for the states of a layer that is not the last; those of the layer below stay. */
    private float[] between(int steps, int width) {
        float[] former = below;
        below = states;
        states = Workspace.grown(former, Math.multiplyExact(steps, width), 0);
        return states;
    }
}
