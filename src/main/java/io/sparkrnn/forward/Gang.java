package io.sparkrnn.forward;

import io.sparkrnn.kernel.FusedCell;
import io.sparkrnn.model.Layer;

/**
 * Some blocks of lanes that go through a network together, longest first, and the arrays they go through. The letters: I
 * inputs of a layer, P the width of a hidden state, D directions.
 *
 * <p>Between layers a block has a slot [D*P][LANES] for each of its T steps, one before the first and one behind the last,
 * for the initial states of either direction: the states of step t are in slot t + 1. The last layer's states leave at every
 * step, so two slots [P][LANES] in turn do.
 */
final class Gang {
    private static final int LANES = FusedCell.LANES;

    final int[] xAt;
    final int[] stateAt;
    final int[] nextAt;
    final int[] cellAt;

    private final Block[] blocks;
    int count;

    /** The features of one step [block][I][LANES] of the first layer. */
    float[] features = new float[0];

    float[] cells = new float[0];
    float[] scratch = new float[0];

    /** Slots of the layer below and of this layer, and where each block's begin. */
    private Slots below = new Slots();

    private Slots current = new Slots();
    private Slots other = new Slots();
    private boolean first;

    /** Room for so many blocks. */
    Gang(int most) {
        blocks = new Block[most];
        xAt = new int[most];
        stateAt = new int[most];
        nextAt = new int[most];
        cellAt = new int[most];
    }

    /** Slots of all blocks of the gang. */
    static final class Slots {
        float[] values = new float[0];
        int[] begin = new int[0];
        int width;
        /** Two slots in turn, or one for each step. */
        boolean turning;

        void reserve(Gang gang, int newWidth, boolean newTurning) {
            width = newWidth;
            turning = newTurning;
            if (begin.length < gang.blocks.length) {
                begin = new int[gang.blocks.length];
            }
            int size = 0;
            for (int b = 0; b < gang.count; b++) {
                begin[b] = size;
                int slots = turning ? 2 : gang.steps(b) + 2;
                size = Math.addExact(size, Math.multiplyExact(slots, width * LANES));
            }
            values = Workspace.grown(values, size, 0);
        }

        int at(int block, int slot) {
            return begin[block] + (turning ? slot & 1 : slot) * width * LANES;
        }
    }

    /** Takes other sequences: {@code size} of them, from {@code from} on in the order. */
    void take(SequenceBatch batch, int[] order, int from, int size) {
        count = (size + LANES - 1) / LANES;
        for (int b = 0; b < count; b++) {
            blocks[b] = new Block(batch, order, from + b * LANES, Math.min(LANES, size - b * LANES));
        }
    }

    /** Enters a layer: what was the layer before is now below. */
    void enter(boolean firstLayer, boolean lastLayer, Layer layer) {
        first = firstLayer;
        if (firstLayer) {
            features = Workspace.grown(features, count * layer.inputSize() * LANES, 0);
        } else {
            Slots former = below;
            below = current;
            current = other;
            other = former;
        }
        current.reserve(this, lastLayer ? layer.stateSize() : layer.outputSize(), lastLayer);
    }

    /** Makes room for one direction's cell. */
    void reserve(FusedCell cell, int cellWidth) {
        cells = Workspace.grown(cells, count * cellWidth * LANES, 0);
        scratch = Workspace.grown(scratch, cell.scratchSize(count), 0);
        for (int b = 0; b < count; b++) {
            cellAt[b] = b * cellWidth * LANES;
        }
    }

    Block block(int b) {
        return blocks[b];
    }

    /** The steps of a block's longest sequence. */
    int steps(int b) {
        return blocks[b].length(0);
    }

    boolean isFirstLayer() {
        return first;
    }

    Slots below() {
        return below;
    }

    Slots current() {
        return current;
    }
}
