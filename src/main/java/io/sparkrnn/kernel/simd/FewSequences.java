package io.sparkrnn.kernel.simd;

import io.sparkrnn.kernel.AlignedArray;
import io.sparkrnn.kernel.CellWeights;
import io.sparkrnn.kernel.FusedCell;
import io.sparkrnn.kernel.simd.PanelMatrix.Order;
import io.sparkrnn.kernel.simd.PanelMatrix.Total;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A cell over a few sequences, hidden units in the vectors' lanes: first the products of the features of several steps, then
 * step by step those of the states. These read all weights of the state again at each step: a sequence alone is as fast as they come
 * from the cache, and a few together take little longer.
 *
 * <p>The sums of a step are in slots of {@code slot} floats, one a gate: i, f, o and g of an LSTM, so that one loop runs over
 * equal activations; n, r, z and hn (the recurrent part of n) of a GRU, so that those of the features and those of the
 * state are each in one piece.
 */
final class FewSequences {
    private static final int FEW = FusedCell.FEW;

    /** Steps whose features are multiplied together, of all sequences: weights come into the L1 cache once for those of one. */
    private static final int STEPS = 48;

    /** PyTorch's numbers of the gates, in the order of the slots. */
    private static final int[] RNN = {0};

    private static final int[] LSTM = {0, 1, 3, 2};
    private static final int[] GRU_OF_FEATURES = {2, 0, 1};
    private static final int[] GRU_OF_STATES = {0, 1, 2};

    private final CellWeights.Kind kind;
    private final int hiddenSize;
    private final int stateSize;
    /** H in whole vectors. */
    private final int slot;
    /** From a step's sums to those of the next. */
    private final int stride;

    private final PanelMatrix input;
    private final PanelMatrix recurrent;
    private final @Nullable PanelMatrix projection;

    /** From a sequence's state in the scratch memory to that of the next; the states come first. */
    private final int stateRoom;

    /** Where in it the cell states, the unprojected units and the sums begin. */
    private final int cellsAt;

    private final int unprojectedAt;
    private final int sumsAt;

    FewSequences(CellWeights weights) {
        kind = weights.kind();
        hiddenSize = weights.hiddenSize();
        stateSize = weights.stateSize();
        int inputSize = weights.inputSize();
        slot = Math.addExact(hiddenSize, Species.LENGTH - 1) / Species.LENGTH * Species.LENGTH;
        int[] ofFeatures = switch (kind) {
            case RNN_TANH, RNN_RELU -> rows(RNN);
            case LSTM -> rows(LSTM);
            case GRU -> rows(GRU_OF_FEATURES);
        };
        int[] ofStates = kind == CellWeights.Kind.GRU ? rows(GRU_OF_STATES) : ofFeatures;
        int inputFloats = PanelMatrix.size(ofFeatures.length, inputSize);
        int recurrentFloats = PanelMatrix.size(ofStates.length, stateSize);
        float[][] weightHr = weights.weightHr();
        int projectionFloats = weightHr == null ? 0 : PanelMatrix.size(stateSize, hiddenSize);
        float[] store = AlignedArray.of(Math.addExact(Math.addExact(inputFloats, recurrentFloats), projectionFloats));
        int at = AlignedArray.FIRST;
        recurrent = new PanelMatrix(weights.weightHh(), weights.biasHh(), stateSize, ofStates, store, at);
        at += recurrentFloats;
        projection = weightHr == null
                ? null
                : new PanelMatrix(weightHr, new float[stateSize], hiddenSize, projected(), store, at);
        at += projectionFloats;
        input = new PanelMatrix(weights.weightIh(), weights.biasIh(), inputSize, ofFeatures, store, at);
        stride = PanelMatrix.roundedUp(ofFeatures.length) + recurrentAt();
        stateRoom = PanelMatrix.roundedUp(Math.max(slot, stateSize));
        cellsAt = FEW * stateRoom;
        unprojectedAt = cellsAt + FEW * slot;
        sumsAt = unprojectedAt + FEW * slot;
    }

    /** The row of each sum of these gates. */
    private int[] rows(int[] gates) {
        int[] rows = new int[gates.length * slot];
        for (int g = 0; g < gates.length; g++) {
            for (int j = 0; j < slot; j++) {
                rows[g * slot + j] = j < hiddenSize ? gates[g] * hiddenSize + j : PanelMatrix.NO_ROW;
            }
        }
        return rows;
    }

    private int[] projected() {
        int[] rows = new int[stateSize];
        Arrays.setAll(rows, j -> j);
        return rows;
    }

    /** Where in a step's sums those of the state begin. */
    private int recurrentAt() {
        return kind == CellWeights.Kind.GRU ? slot : 0;
    }

    int scratchSize() {
        return Math.addExact(sumsAt, Math.multiplyExact(STEPS, stride));
    }

    /** As {@link FusedCell#steps}. */
    void steps(FusedCell.Sequence[] sequences, float[] scratch) {
        begin(sequences, scratch);
        int piece = STEPS / sequences.length;
        int steps = sequences[0].steps();
        for (int done = 0; done < steps; done += piece) {
            int going = going(sequences, done);
            for (int s = 0; s < going; s++) {
                FusedCell.Sequence sequence = sequences[s];
                input.multiply(
                        Math.min(piece, sequence.steps() - done),
                        sequence.x(),
                        sequence.xAt() + done * sequence.xStride(),
                        sequence.xStride(),
                        scratch,
                        sumsAt + s * piece * stride,
                        stride,
                        Total.FRESH,
                        Order.FORTH);
            }
            int some = Math.min(piece, steps - done);
            for (int i = 0; i < some; i++) {
                going = going(sequences, done + i);
                // Back and forth, so that what the cache still has of the step before comes first.
                step(going, scratch, sumsAt + i * stride, piece * stride, i % 2 == 0 ? Order.FORTH : Order.BACK);
                for (int s = 0; s < going; s++) {
                    FusedCell.Sequence sequence = sequences[s];
                    float[] output = sequence.output();
                    if (output != null) {
                        int to = sequence.outputAt() + (done + i) * sequence.outputStride();
                        System.arraycopy(scratch, s * stateRoom, output, to, stateSize);
                    }
                }
            }
        }
        end(sequences, scratch);
    }

    private void begin(FusedCell.Sequence[] sequences, float[] scratch) {
        for (int s = 0; s < sequences.length; s++) {
            FusedCell.Sequence sequence = sequences[s];
            System.arraycopy(sequence.states(), sequence.stateAt(), scratch, s * stateRoom, stateSize);
            if (kind == CellWeights.Kind.LSTM) {
                System.arraycopy(sequence.cells(), sequence.cellAt(), scratch, cellsAt + s * slot, hiddenSize);
            }
        }
    }

    private void end(FusedCell.Sequence[] sequences, float[] scratch) {
        for (int s = 0; s < sequences.length; s++) {
            FusedCell.Sequence sequence = sequences[s];
            System.arraycopy(scratch, s * stateRoom, sequence.states(), sequence.stateAt(), stateSize);
            if (kind == CellWeights.Kind.LSTM) {
                System.arraycopy(scratch, cellsAt + s * slot, sequence.cells(), sequence.cellAt(), hiddenSize);
            }
        }
    }

    /** How many of them have a step behind this many. */
    private static int going(FusedCell.Sequence[] sequences, int done) {
        int going = sequences.length;
        while (sequences[going - 1].steps() <= done) {
            going--;
        }
        return going;
    }

    /**
     * From the sums of a step's features, and the states before it, to those after it.
     *
     * @param sums where those of the first sequence are, those of each next one {@code sumsStride} further
     */
    private void step(int sequences, float[] scratch, int sums, int sumsStride, Order order) {
        if (kind == CellWeights.Kind.GRU) {
            for (int s = 0; s < sequences; s++) {
                int from = sums + s * sumsStride;
                Arrays.fill(scratch, from + 3 * slot, from + 4 * slot, 0f);
            }
        }
        recurrent.multiply(
                sequences, scratch, 0, stateRoom, scratch, sums + recurrentAt(), sumsStride, Total.ADDED_TO, order);
        for (int s = 0; s < sequences; s++) {
            int next = projection == null ? s * stateRoom : unprojectedAt + s * slot;
            cell(scratch, sums + s * sumsStride, s * stateRoom, cellsAt + s * slot, next);
        }
        if (projection != null) {
            projection.multiply(sequences, scratch, unprojectedAt, slot, scratch, 0, stateRoom, Total.FRESH, order);
        }
    }

    /** The new state of each unit, to {@code next} on. */
    private void cell(float[] scratch, int sums, int state, int cells, int next) {
        switch (kind) {
            case RNN_TANH -> VectorActivations.tanh(scratch, sums, scratch, next, slot);
            case RNN_RELU -> VectorActivations.relu(scratch, sums, scratch, next, slot);
            case LSTM -> {
                int g = sums + 3 * slot;
                VectorActivations.sigmoid(scratch, sums, 3 * slot);
                VectorActivations.tanh(scratch, g, scratch, g, slot);
                VectorGateMath.lstm(scratch, sums, slot, scratch, cells, slot);
                VectorActivations.tanh(scratch, cells, scratch, next, slot);
                VectorGateMath.multiply(scratch, next, scratch, sums + 2 * slot, slot);
            }
            case GRU -> {
                int r = sums + slot;
                VectorActivations.sigmoid(scratch, r, 2 * slot);
                VectorGateMath.reset(scratch, sums, r, sums + 3 * slot, slot);
                VectorActivations.tanh(scratch, sums, scratch, sums, slot);
                VectorGateMath.blend(scratch, r + slot, sums, scratch, state, scratch, next, slot);
            }
        }
    }
}
