package io.sparkrnn.forward;

import io.sparkrnn.kernel.FusedCell;
import io.sparkrnn.model.Layer;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.model.StateLayout;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A network over sequences by whole cells, a few after the other through all layers: the way of those too few or too long to
 * share a block of lanes.
 */
final class FusedFewPass {
    private final NetworkWeights weights;
    private final List<List<FusedCell>> cells;
    private final float[] scratch;

    /** The hidden states of a layer that is not the last, and of the one below it, [T][D*P] of each sequence, in turn. */
    private float[] states = new float[0];

    private float[] below = new float[0];

    FusedFewPass(NetworkWeights weights, List<List<FusedCell>> cells) {
        this.weights = weights;
        this.cells = cells;
        int scratchSize = cells.stream()
                .flatMap(List::stream)
                .mapToInt(FusedCell::fewScratchSize)
                .max()
                .orElseThrow();
        scratch = new float[scratchSize];
    }

    /**
     * As {@link PlainPass#run}.
     *
     * @param groups sequences that go together, up to {@link FusedCell#FEW}, longest first
     */
    void run(
            SequenceBatch batch,
            List<int[]> groups,
            @Nullable StateTarget output,
            float[] finalStates,
            float[] finalCellStates) {
        for (int[] group : groups) {
            run(batch, group, output, finalStates, finalCellStates);
        }
    }

    private void run(
            SequenceBatch batch,
            int[] group,
            @Nullable StateTarget output,
            float[] finalStates,
            float[] finalCellStates) {
        RnnModel model = weights.model();
        StateLayout hidden = model.hiddenStates();
        StateLayout cellStates = model.cellStates();
        // where the steps of each are in the array of a layer that is not the last
        int[] firsts = new int[group.length];
        int steps = 0;
        for (int s = 0; s < group.length; s++) {
            firsts[s] = steps;
            steps = Math.addExact(steps, batch.length(group[s]));
        }
        for (int l = 0, state = 0; l < cells.size(); l++) {
            Layer layer = model.layers().get(l);
            boolean last = l == cells.size() - 1;
            float[] x = l == 0 ? batch.x() : states;
            float[] target = !last ? between(steps, layer.outputSize()) : output == null ? null : output.values();
            int stride = last && output != null ? output.stride() : layer.outputSize();
            List<FusedCell> directions = cells.get(l);
            for (int d = 0; d < directions.size(); d++, state++) {
                boolean forward = d == 0 && layer.forward() != null;
                int sign = forward ? 1 : -1;
                FusedCell.Sequence[] arrays = new FusedCell.Sequence[group.length];
                for (int s = 0; s < group.length; s++) {
                    int sequence = group[s];
                    int first = forward ? 0 : batch.length(sequence) - 1;
                    int xFrom = l == 0 ? batch.start(sequence) : firsts[s];
                    int targetFrom = last && output != null ? output.firsts()[sequence] : firsts[s] * stride;
                    arrays[s] = new FusedCell.Sequence(
                            batch.length(sequence),
                            x,
                            (xFrom + first) * layer.inputSize(),
                            sign * layer.inputSize(),
                            finalStates,
                            sequence * hidden.total() + hidden.offset(state),
                            finalCellStates,
                            sequence * cellStates.total() + cellStates.offset(state),
                            target,
                            targetFrom + first * stride + d * layer.stateSize(),
                            sign * stride);
                }
                directions.get(d).steps(arrays, scratch);
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
