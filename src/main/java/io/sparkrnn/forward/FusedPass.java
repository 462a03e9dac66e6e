package io.sparkrnn.forward;

import io.sparkrnn.kernel.FusedCell;
import io.sparkrnn.model.Layer;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.model.StateLayout;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A network over sequences by whole cells, sequences side by side in blocks of {@link FusedCell#LANES}. A few blocks at a
 * time, a group, go through all layers before the next ones, so that what a layer leaves for the next is still in the cache.
 */
final class FusedPass {
    /**
     * Blocks in a group. They share each weight that comes into the L1 cache, and their states fit the L2 cache still. Groups of
     * 2 took between 2 % less and 6 % more time at H of 512 and more.
     */
    private static final int GROUP = 4;

    private static final int LANES = FusedCell.LANES;

    private final NetworkWeights weights;
    private final List<List<FusedCell>> cells;
    private final BlockGroup group;

    FusedPass(NetworkWeights weights, List<List<FusedCell>> cells) {
        this.weights = weights;
        this.cells = cells;
        group = new BlockGroup(GROUP, weights.model(), cells);
    }

    /**
     * What steps take beside those of a sequence alone. Measured on Zen 5 with AVX-512, JDK 17, G1: a step of a block 6.9 to 7.8
     * times as long, and each further one of a few sequences 0.3 to 0.5. Where the weights of a step, 4 MB and more, do not stay
     * in the L2 cache, so that a sequence alone waits for them, a block 4.3 to 5.1 and each further one 0.4.
     */
    Grouping.Cost cost() {
        long weightsOfAStep = weights.model().layers().stream()
                .flatMap(layer -> layer.directions().stream())
                .mapToLong(w ->
                        w.weightIh().shape().elements() + w.weightHh().shape().elements())
                .max()
                .orElseThrow();
        return weightsOfAStep > 1 << 20 ? new Grouping.Cost(4.5, 0.4) : new Grouping.Cost(7, 0.35);
    }

    /** As {@link PlainPass#run}. */
    void run(
            SequenceBatch batch,
            int[] order,
            @Nullable StateTarget output,
            float[] finalStates,
            float[] finalCellStates) {
        RnnModel model = weights.model();
        StateLayout hidden = model.hiddenStates();
        StateLayout cellStates = model.cellStates();
        for (int from = 0; from < order.length; from += GROUP * LANES) {
            group.take(batch, order, from, Math.min(GROUP * LANES, order.length - from), output != null);
            for (int l = 0, state = 0; l < cells.size(); l++) {
                Layer layer = model.layers().get(l);
                boolean last = l == cells.size() - 1;
                group.enter(l);
                List<FusedCell> directions = cells.get(l);
                for (int d = 0; d < directions.size(); d++, state++) {
                    FusedDirection pass = new FusedDirection(
                            group,
                            directions.get(d),
                            layer,
                            last ? 0 : d * layer.stateSize(),
                            new FusedDirection.Results(
                                    last ? output : null,
                                    d * layer.stateSize(),
                                    finalStates,
                                    hidden.total(),
                                    hidden.offset(state),
                                    finalCellStates,
                                    cellStates.total(),
                                    cellStates.offset(state)));
                    if (d == 0 && layer.forward() != null) {
                        pass.forward();
                    } else {
                        pass.reverse();
                    }
                }
            }
        }
    }
}
