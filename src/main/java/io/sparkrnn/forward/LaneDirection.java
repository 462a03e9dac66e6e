package io.sparkrnn.forward;

import io.sparkrnn.kernel.FusedCell;
import io.sparkrnn.model.Layer;
import org.jspecify.annotations.Nullable;

/**
 * One direction of one layer over a gang of blocks. At a step those blocks take part that have it, which are the first ones
 * of the gang; in a block all lanes do, but what a lane computes beyond its sequence is never read: its final state is taken
 * when its last step is done, and going backward its initial state is put in when its last step comes up.
 */
final class LaneDirection {
    private static final int LANES = FusedCell.LANES;

    private final Gang gang;
    private final FusedCell cell;
    private final int inputSize;
    private final int stateSize;
    private final int cellWidth;
    /** Where this direction's states begin in a slot. */
    private final int offset;

    private final Results results;
    private final int[] at = new int[LANES];

    /**
     * Where a direction's results go.
     *
     * @param output the hidden states of each step, {@code outputStride} apart, from {@code outputOffset} on; null when the
     *     next layer takes them, or nobody
     * @param states h_0 of the batch's sequences, {@code stateStride} apart, from {@code stateOffset} on, replaced by h_n
     * @param cells c_0 likewise, of a cell that has one
     */
    record Results(
            float @Nullable [] output,
            int outputStride,
            int outputOffset,
            float[] states,
            int stateStride,
            int stateOffset,
            float[] cells,
            int cellStride,
            int cellOffset) {}

    LaneDirection(Gang gang, FusedCell cell, Layer layer, int offset, Results results) {
        this.gang = gang;
        this.cell = cell;
        this.inputSize = layer.inputSize();
        this.stateSize = layer.stateSize();
        this.cellWidth = layer.cellStateSize();
        this.offset = offset;
        this.results = results;
        gang.reserve(cell, cellWidth);
    }

    void forward() {
        FusedCell.Lanes lanes = lanes();
        for (int b = 0; b < gang.count; b++) {
            loadInitial(b, stateAt(b, 0), 0, gang.block(b).lanes());
        }
        int taking = gang.count;
        for (int t = 0; t < gang.steps(0); t++) {
            while (gang.steps(taking - 1) <= t) {
                taking--;
            }
            for (int b = 0; b < taking; b++) {
                place(b, t, stateAt(b, t));
            }
            cell.step(taking, lanes);
            for (int b = 0; b < taking; b++) {
                Block block = gang.block(b);
                int here = lanesAt(block, t);
                store(b, t, here);
                storeFinal(b, lanesAt(block, t + 1), here);
            }
        }
    }

    void reverse() {
        FusedCell.Lanes lanes = lanes();
        int taking = 0;
        for (int t = gang.steps(0) - 1; t >= 0; t--) {
            while (taking < gang.count && gang.steps(taking) > t) {
                taking++;
            }
            for (int b = 0; b < taking; b++) {
                Block block = gang.block(b);
                int before = stateAt(b, t + 2);
                loadInitial(b, before, lanesAt(block, t + 1), lanesAt(block, t));
                place(b, t, before);
            }
            cell.step(taking, lanes);
            for (int b = 0; b < taking; b++) {
                store(b, t, lanesAt(gang.block(b), t));
            }
        }
        for (int b = 0; b < gang.count; b++) {
            storeFinal(b, 0, gang.block(b).lanes());
        }
    }

    private FusedCell.Lanes lanes() {
        return new FusedCell.Lanes(
                gang.isFirstLayer() ? gang.features : gang.below().values,
                gang.xAt,
                gang.current().values,
                gang.stateAt,
                gang.nextAt,
                gang.cells,
                gang.cellAt,
                gang.scratch);
    }

    private int stateAt(int b, int slot) {
        return gang.current().at(b, slot) + offset * LANES;
    }

    /** How many lanes of a block have a step t: the first ones. */
    private static int lanesAt(Block block, int t) {
        int lanes = block.lanes();
        while (lanes > 0 && block.length(lanes - 1) <= t) {
            lanes--;
        }
        return lanes;
    }

    /** Says where a block's arrays of step t begin, and brings its features there. */
    private void place(int b, int t, int before) {
        gang.stateAt[b] = before;
        gang.nextAt[b] = stateAt(b, t + 1);
        if (!gang.isFirstLayer()) {
            gang.xAt[b] = gang.below().at(b, t + 1);
            return;
        }
        gang.xAt[b] = b * inputSize * LANES;
        Block block = gang.block(b);
        int lanes = lanesAt(block, t);
        for (int lane = 0; lane < lanes; lane++) {
            at[lane] = (block.start(lane) + t) * inputSize;
        }
        gather(block.batch().x(), gang.features, gang.xAt[b], inputSize, 0, lanes);
    }

    private void loadInitial(int b, int stateAt, int from, int to) {
        if (from == to) {
            return;
        }
        placeStates(b, from, to);
        gather(results.states, gang.current().values, stateAt, stateSize, from, to);
        if (cellWidth > 0) {
            placeCells(b, from, to);
            gather(results.cells, gang.cells, gang.cellAt[b], cellWidth, from, to);
        }
    }

    private void store(int b, int t, int lanes) {
        float[] output = results.output;
        if (output == null) {
            return;
        }
        Block block = gang.block(b);
        for (int lane = 0; lane < lanes; lane++) {
            at[lane] = (block.start(lane) + t) * results.outputStride + results.outputOffset;
        }
        scatter(gang.current().values, gang.nextAt[b], output, stateSize, 0, lanes);
    }

    /** Takes the states after the step just done of the lanes from {@code from} up to {@code to}. */
    private void storeFinal(int b, int from, int to) {
        if (from == to) {
            return;
        }
        placeStates(b, from, to);
        scatter(gang.current().values, gang.nextAt[b], results.states, stateSize, from, to);
        if (cellWidth > 0) {
            placeCells(b, from, to);
            scatter(gang.cells, gang.cellAt[b], results.cells, cellWidth, from, to);
        }
    }

    private void gather(float[] values, float[] block, int blockAt, int width, int from, int to) {
        if (to - from == LANES) {
            cell.interleave(values, at, block, blockAt, width);
        } else {
            BlockLanes.gather(values, at, block, blockAt, width, from, to);
        }
    }

    private void scatter(float[] block, int blockAt, float[] values, int width, int from, int to) {
        if (to - from == LANES) {
            cell.separate(block, blockAt, values, at, width);
        } else {
            BlockLanes.scatter(block, blockAt, values, at, width, from, to);
        }
    }

    private void placeStates(int b, int from, int to) {
        for (int lane = from; lane < to; lane++) {
            at[lane] = gang.block(b).sequence(lane) * results.stateStride + results.stateOffset;
        }
    }

    private void placeCells(int b, int from, int to) {
        for (int lane = from; lane < to; lane++) {
            at[lane] = gang.block(b).sequence(lane) * results.cellStride + results.cellOffset;
        }
    }
}
