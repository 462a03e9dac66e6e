package io.sparkrnn.forward;

import io.sparkrnn.kernel.FusedCell;
import io.sparkrnn.model.Layer;

/**
 * Some blocks of lanes that go through a network together, longest first, and the arrays they go through. The letters: I
 * inputs of a layer, P the width of a hidden state, D directions.
 *
 * <p>Between layers a block has a slot [D*P][LANES] for each of its T steps, one before the first and one behind the last,
 * for the initial states of either direction: the states of step t are in slot t + 1. The last layer's states leave after
 * every few steps, so as many slots [P][LANES] in turn do, those of step 0 first.
 */
final class Gang {
    private static final int LANES = FusedCell.LANES;

    /**
     * About as many numbers of a sequence move in or out of its lane at once: one step of each of 64 sequences at a time keeps
     * the hardware from seeing that memory is read, or written, in order.
     */
    private static final int BURST = 512;

    final int[] xAt;
    final int[] stateAt;
    final int[] nextAt;
    final int[] cellAt;

    private final Block[] blocks;
    int count;

    /** The features of some steps [block][steps][I][LANES] of the first layer. */
    float[] features = new float[0];

    float[] cells = new float[0];
    float[] scratch = new float[0];

    /** Slots of the layer below and of this layer, and where each block's begin. */
    private Slots below = new Slots();

    private Slots current = new Slots();
    private Slots other = new Slots();
    private boolean first;
    private int featureSteps = 1;

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
        /** So many slots in turn; none where each step has its own. */
        private int turn;

        void reserve(Gang gang, int newWidth, int newTurn) {
            width = newWidth;
            turn = newTurn;
            if (begin.length < gang.blocks.length) {
                begin = new int[gang.blocks.length];
            }
            int size = 0;
            for (int b = 0; b < gang.count; b++) {
                begin[b] = size;
                int slots = turn > 0 ? turn : gang.steps(b) + 2;
                size = Math.addExact(size, Math.multiplyExact(slots, width * LANES));
            }
            values = Workspace.grown(values, size, 0);
        }

        int at(int block, int slot) {
            return begin[block] + (turn > 0 ? Math.floorMod(slot - 1, turn) : slot) * width * LANES;
        }

        /** The steps whose states are there at once, when their slots turn; one of all steps else. */
        int steps() {
            return Math.max(1, turn);
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
    void enter(boolean firstLayer, boolean lastLayer, boolean output, Layer layer) {
        first = firstLayer;
        if (firstLayer) {
            featureSteps = Math.max(1, BURST / layer.inputSize());
            features =
                    Workspace.grown(features, Math.multiplyExact(count * LANES, featureSteps * layer.inputSize()), 0);
        } else {
            Slots former = below;
            below = current;
            current = other;
            other = former;
        }
        if (lastLayer) {
            // At least two: a step's states are read while the next one's are written.
            current.reserve(this, layer.stateSize(), output ? Math.max(2, BURST / layer.stateSize()) : 2);
        } else {
            current.reserve(this, layer.outputSize(), 0);
        }
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

    /** The steps of the first layer that {@link #features} has room for. */
    int featureSteps() {
        return featureSteps;
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
