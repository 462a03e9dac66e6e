package io.sparkrnn.forward;

import io.sparkrnn.kernel.AlignedArray;
import io.sparkrnn.kernel.FusedCell;
import io.sparkrnn.model.Layer;
import io.sparkrnn.model.RnnModel;
import java.util.List;

/**
 * Some blocks of lanes that go through a network together, longest first, and the memory they go through: one array, in which
 * features, cell states, the cells' scratch memory and the slots of two layers follow each other. The letters: I inputs of a
 * layer, P the width of a hidden state, D directions.
 *
 * <p>Between layers a block has a slot [D*P][LANES] for each of its T steps, one before the first and one behind the last,
 * for the initial states of either direction: the states of step t are in slot t + 1. The last layer's states leave after
 * every few steps, so as many slots [P][LANES] in turn do, those of step 0 first.
 */
final class BlockGroup {
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

    private final List<Layer> layers;
    private final List<List<FusedCell>> cells;

    /** The steps of the first layer whose features are there at once. */
    private final int featureSteps;

    /** The widest cell states. */
    private final int cellWidth;

    private final Block[] blocks;
    int count;

    private float[] values = new float[0];
    private int cellsAt;
    private int scratchAt;

    /** The slots of the last layer in turn. */
    private int lastTurn;

    /** Slots of the layer below and of this layer. */
    private Slots below;

    private Slots current;
    private boolean first;

    /** Room for so many blocks. */
    BlockGroup(int most, RnnModel model, List<List<FusedCell>> cells) {
        layers = model.layers();
        this.cells = cells;
        featureSteps = Math.max(1, BURST / model.inputSize());
        cellWidth = layers.stream().mapToInt(Layer::cellStateSize).max().orElseThrow();
        blocks = new Block[most];
        xAt = new int[most];
        stateAt = new int[most];
        nextAt = new int[most];
        cellAt = new int[most];
        below = new Slots(most);
        current = new Slots(most);
    }

    /** Slots of all blocks of the group. */
    static final class Slots {
        private final int[] begin;
        /** Where in the memory they are. */
        private int at;

        private int width;
        /** So many slots in turn; none where each step has its own. */
        private int turn;

        private Slots(int most) {
            begin = new int[most];
        }

        int at(int block, int slot) {
            return begin[block] + (turn > 0 ? Math.floorMod(slot - 1, turn) : slot) * width * LANES;
        }

        /** The steps whose states are there at once, when their slots turn; one of all steps else. */
        int steps() {
            return Math.max(1, turn);
        }
    }

    /**
     * Takes other sequences: {@code size} of them, from {@code from} on in the order.
     *
     * @param output whether somebody wants the last layer's hidden states
     */
    void take(SequenceBatch batch, int[] order, int from, int size, boolean output) {
        count = (size + LANES - 1) / LANES;
        for (int b = 0; b < count; b++) {
            blocks[b] = new Block(batch, order, from + b * LANES, Math.min(LANES, size - b * LANES));
        }
        int lastWidth = layers.get(layers.size() - 1).stateSize();
        // At least two: a step's states are read while the next one's are written.
        lastTurn = output ? Math.max(2, BURST / lastWidth) : 2;
        long slots = (long) count * lastTurn * lastWidth * LANES;
        for (int l = 0; l < layers.size() - 1; l++) {
            slots = Math.max(slots, slots(layers.get(l).outputSize()));
        }
        int scratch = 0;
        for (List<FusedCell> directions : cells) {
            for (FusedCell cell : directions) {
                scratch = Math.max(scratch, cell.scratchSize(count));
            }
        }
        long at = featuresAt() + (long) count * featureSteps * layers.get(0).inputSize() * LANES;
        cellsAt = (int) at;
        at += (long) count * cellWidth * LANES;
        scratchAt = (int) at;
        at += (scratch + LANES - 1L) / LANES * LANES;
        below.at = (int) at;
        current.at = Math.toIntExact(at + slots);
        int end = Math.toIntExact(at + (layers.size() > 1 ? 2 : 1) * slots);
        if (layers.size() == 1) {
            current.at = below.at;
        }
        if (values.length < end) {
            values = AlignedArray.of(end);
        }
    }

    /** The floats of the slots of a layer that is not the last. */
    private long slots(int width) {
        long size = 0;
        for (int b = 0; b < count; b++) {
            size += (steps(b) + 2L) * width * LANES;
        }
        return size;
    }

    /** Enters a layer: what was the layer before is now below. */
    void enter(int l) {
        first = l == 0;
        Slots former = below;
        below = current;
        current = former;
        boolean last = l == layers.size() - 1;
        current.width = last ? layers.get(l).stateSize() : layers.get(l).outputSize();
        current.turn = last ? lastTurn : 0;
        for (int b = 0, at = current.at; b < count; b++) {
            current.begin[b] = at;
            at += (last ? lastTurn : steps(b) + 2) * current.width * LANES;
        }
    }

    /** Places the cell states of one direction. */
    void place(int width) {
        for (int b = 0; b < count; b++) {
            cellAt[b] = cellsAt + b * width * LANES;
        }
    }

    Block block(int b) {
        return blocks[b];
    }

    /** The memory, until other sequences are taken. */
    float[] values() {
        return values;
    }

    /** Where the features of some steps begin [block][steps][I][LANES]. */
    int featuresAt() {
        return AlignedArray.FIRST;
    }

    int scratchAt() {
        return scratchAt;
    }

    /** The steps of the first layer that there is room for the features of. */
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
