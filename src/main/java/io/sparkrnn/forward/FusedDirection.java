package io.sparkrnn.forward;

import io.sparkrnn.kernel.FusedCell;
import io.sparkrnn.model.Layer;
import org.jspecify.annotations.Nullable;

/**
 * One direction of one layer over a group of blocks. At a step those blocks take part that have it, which are the first ones
 * of the group; in a block all lanes do, but what a lane computes beyond its sequence is never read: its final state is taken
 * when its last step is done, and going backward its initial state is put in when its last step comes up.
 */
final class FusedDirection {
    private static final int LANES = FusedCell.LANES;

    private final BlockGroup group;
    private final FusedCell cell;
    private final int inputSize;
    private final int stateSize;
    private final int cellWidth;
    /** Where this direction's states begin in a slot. */
    private final int offset;

    private final Results results;
    /** Steps whose features are brought into the lanes at once, and steps whose states leave them at once. */
    private final int featureSteps;

    private final int stateSteps;
    private final int[] at = new int[LANES];

    /**
     * Where a direction's results go.
     *
     * @param output the hidden states of each step, this direction's from {@code outputOffset} on; null when the next layer
     *     takes them, or nobody
     * @param states h_0 of the batch's sequences, {@code stateStride} apart, from {@code stateOffset} on, replaced by h_n
     * @param cells c_0 likewise, of a cell that has one
     */
    record Results(
            @Nullable StateTarget output,
            int outputOffset,
            float[] states,
            int stateStride,
            int stateOffset,
            float[] cells,
            int cellStride,
            int cellOffset) {}

    private enum Way {
        FORWARD,
        REVERSE
    }

    FusedDirection(BlockGroup group, FusedCell cell, Layer layer, int offset, Results results) {
        this.group = group;
        this.cell = cell;
        this.inputSize = layer.inputSize();
        this.stateSize = layer.stateSize();
        this.cellWidth = layer.cellStateSize();
        this.offset = offset;
        this.results = results;
        this.featureSteps = group.featureSteps();
        this.stateSteps = group.current().steps();
        group.place(cellWidth);
    }

    void forward() {
        FusedCell.Lanes lanes = lanes();
        for (int b = 0; b < group.count; b++) {
            loadInitial(b, stateAt(b, 0), 0, group.block(b).lanes());
        }
        int taking = group.count;
        for (int t = 0; t < group.steps(0); t++) {
            while (group.steps(taking - 1) <= t) {
                taking--;
            }
            for (int b = 0; b < taking; b++) {
                place(b, t, stateAt(b, t), Way.FORWARD);
            }
            cell.step(taking, lanes);
            for (int b = 0; b < taking; b++) {
                Block block = group.block(b);
                if ((t + 1) % stateSteps == 0 || t + 1 == group.steps(b)) {
                    store(b, t - t % stateSteps, t + 1);
                }
                storeFinal(b, lanesAt(block, t + 1), lanesAt(block, t));
            }
        }
    }

    void reverse() {
        FusedCell.Lanes lanes = lanes();
        int taking = 0;
        for (int t = group.steps(0) - 1; t >= 0; t--) {
            while (taking < group.count && group.steps(taking) > t) {
                taking++;
            }
            for (int b = 0; b < taking; b++) {
                Block block = group.block(b);
                int before = stateAt(b, t + 2);
                loadInitial(b, before, lanesAt(block, t + 1), lanesAt(block, t));
                place(b, t, before, Way.REVERSE);
            }
            cell.step(taking, lanes);
            if (t % stateSteps == 0) {
                for (int b = 0; b < taking; b++) {
                    store(b, t, Math.min(t + stateSteps, group.steps(b)));
                }
            }
        }
        for (int b = 0; b < group.count; b++) {
            storeFinal(b, 0, group.block(b).lanes());
        }
    }

    private FusedCell.Lanes lanes() {
        return new FusedCell.Lanes(
                group.values(), group.xAt, group.stateAt, group.nextAt, group.cellAt, group.scratchAt());
    }

    private int stateAt(int b, int slot) {
        return group.current().at(b, slot) + offset * LANES;
    }

    /** How many lanes of a block have a step t: the first ones. */
    private static int lanesAt(Block block, int t) {
        int lanes = block.lanes();
        while (lanes > 0 && block.length(lanes - 1) <= t) {
            lanes--;
        }
        return lanes;
    }

    /** Says where a block's arrays of step t begin, and brings features there unless they are. */
    private void place(int b, int t, int before, Way way) {
        group.stateAt[b] = before;
        group.nextAt[b] = stateAt(b, t + 1);
        if (!group.isFirstLayer()) {
            group.xAt[b] = group.below().at(b, t + 1);
            return;
        }
        int first = t - t % featureSteps;
        int begin = group.featuresAt() + b * featureSteps * inputSize * LANES;
        group.xAt[b] = begin + (t - first) * inputSize * LANES;
        int end = Math.min(first + featureSteps, group.steps(b));
        if (t == (way == Way.FORWARD ? first : end - 1)) {
            load(group.block(b), first, end, begin);
        }
    }

    /** Brings the features of the steps from {@code first} up to {@code end} into a block's lanes. */
    private void load(Block block, int first, int end, int begin) {
        int width = (end - first) * inputSize;
        float[] x = block.batch().x();
        int lanes = lanesAt(block, first);
        int last = 0;
        for (int lane = 0; lane < lanes; lane++) {
            at[lane] = (block.start(lane) + first) * inputSize;
            last = Math.max(last, at[lane]);
        }
        if (last <= x.length - width) {
            // What lanes take that have no such steps, or fewer, is not read again; it may be any numbers.
            java.util.Arrays.fill(at, lanes, LANES, at[0]);
            cell.interleave(x, at, group.values(), begin, width);
            return;
        }
        for (int lane = 0; lane < lanes; lane++) {
            int steps = Math.min(end, block.length(lane)) - first;
            BlockTranspose.gather(x, at, group.values(), begin, steps * inputSize, lane, lane + 1);
        }
    }

    private void loadInitial(int b, int stateAt, int from, int to) {
        if (from == to) {
            return;
        }
        placeStates(b, from, to);
        BlockTranspose.gather(results.states, at, group.values(), stateAt, stateSize, from, to);
        if (cellWidth > 0) {
            placeCells(b, from, to);
            BlockTranspose.gather(results.cells, at, group.values(), group.cellAt[b], cellWidth, from, to);
        }
    }

    /** Gives away the states of a block's steps from {@code first} up to {@code end}, if somebody wants them. */
    private void store(int b, int first, int end) {
        StateTarget output = results.output;
        if (output == null) {
            return;
        }
        Block block = group.block(b);
        for (int t = first; t < end; t++) {
            int lanes = lanesAt(block, t);
            for (int lane = 0; lane < lanes; lane++) {
                at[lane] = output.at(block, lane, t) + results.outputOffset;
            }
            cell.separate(group.values(), stateAt(b, t + 1), output.values(), at, stateSize, 0, lanes);
        }
    }

    /** Takes the states after the step just done of the lanes from {@code from} up to {@code to}. */
    private void storeFinal(int b, int from, int to) {
        if (from == to) {
            return;
        }
        placeStates(b, from, to);
        cell.separate(group.values(), group.nextAt[b], results.states, at, stateSize, from, to);
        if (cellWidth > 0) {
            placeCells(b, from, to);
            cell.separate(group.values(), group.cellAt[b], results.cells, at, cellWidth, from, to);
        }
    }

    private void placeStates(int b, int from, int to) {
        for (int lane = from; lane < to; lane++) {
            at[lane] = group.block(b).sequence(lane) * results.stateStride + results.stateOffset;
        }
    }

    private void placeCells(int b, int from, int to) {
        for (int lane = from; lane < to; lane++) {
            at[lane] = group.block(b).sequence(lane) * results.cellStride + results.cellOffset;
        }
    }
}
