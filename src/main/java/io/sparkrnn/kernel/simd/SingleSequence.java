package io.sparkrnn.kernel.simd;

import io.sparkrnn.kernel.AlignedArray;
import io.sparkrnn.kernel.CellWeights;
import io.sparkrnn.kernel.FusedCell;
import io.sparkrnn.kernel.simd.PanelMatrix.Order;
import io.sparkrnn.kernel.simd.PanelMatrix.Total;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A cell over one sequence, hidden units in the vectors' lanes: first the products of the features of several steps, then
 * step by step that of the state, which reads all weights of it again and so is as fast as they come from the cache.
 *
 * <p>The sums of a step are in slots of {@code slot} floats, one a gate: i, f, o and g of an LSTM, so that one loop runs over
 * equal activations; n, r, z and hn (the recurrent part of n) of a GRU, so that those of the features and those of the
 * state are each in one piece.
 */
final class SingleSequence {
    /** Steps whose features are multiplied together: weights come into the L1 cache once for them. */
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

    /** Where in the scratch memory the cell states, the unprojected units and the sums are; the state comes first. */
    private final int cellsAt;

    private final int unprojectedAt;
    private final int sumsAt;

    SingleSequence(CellWeights weights) {
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
        cellsAt = PanelMatrix.roundedUp(Math.max(slot, stateSize));
        unprojectedAt = cellsAt + slot;
        sumsAt = unprojectedAt + slot;
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
    void steps(int count, FusedCell.Sequence sequence) {
        float[] scratch = sequence.scratch();
        System.arraycopy(sequence.states(), sequence.stateAt(), scratch, 0, stateSize);
        if (kind == CellWeights.Kind.LSTM) {
            System.arraycopy(sequence.cells(), sequence.cellAt(), scratch, cellsAt, hiddenSize);
        }
        float[] output = sequence.output();
        for (int done = 0; done < count; done += STEPS) {
            int some = Math.min(STEPS, count - done);
            int x = sequence.xAt() + done * sequence.xStride();
            input.multiply(
                    some, sequence.x(), x, sequence.xStride(), scratch, sumsAt, stride, Total.FRESH, Order.FORTH);
            for (int i = 0; i < some; i++) {
                // Back and forth, so that what the cache still has of the step before comes first.
                step(scratch, sumsAt + i * stride, i % 2 == 0 ? Order.FORTH : Order.BACK);
                if (output != null) {
                    int to = sequence.outputAt() + (done + i) * sequence.outputStride();
                    System.arraycopy(scratch, 0, output, to, stateSize);
                }
            }
        }
        System.arraycopy(scratch, 0, sequence.states(), sequence.stateAt(), stateSize);
        if (kind == CellWeights.Kind.LSTM) {
            System.arraycopy(scratch, cellsAt, sequence.cells(), sequence.cellAt(), hiddenSize);
        }
    }

    /** From the sums of a step's features, and the state before it, to the state after it. */
    private void step(float[] scratch, int sums, Order order) {
        if (kind == CellWeights.Kind.GRU) {
            Arrays.fill(scratch, sums + 3 * slot, sums + 4 * slot, 0f);
        }
        recurrent.multiply(1, scratch, 0, 0, scratch, sums + recurrentAt(), 0, Total.ADDED_TO, order);
        if (projection == null) {
            cell(scratch, sums, 0);
        } else {
            cell(scratch, sums, unprojectedAt);
            projection.multiply(1, scratch, unprojectedAt, 0, scratch, 0, 0, Total.FRESH, order);
        }
    }

    /** The new state of each unit, to {@code next} on. */
    private void cell(float[] scratch, int sums, int next) {
        switch (kind) {
            case RNN_TANH -> VectorActivations.tanh(scratch, sums, scratch, next, slot);
            case RNN_RELU -> VectorActivations.relu(scratch, sums, scratch, next, slot);
            case LSTM -> {
                int g = sums + 3 * slot;
                VectorActivations.sigmoid(scratch, sums, 3 * slot);
                VectorActivations.tanh(scratch, g, scratch, g, slot);
                VectorGateMath.lstm(scratch, sums, slot, scratch, cellsAt, slot);
                VectorActivations.tanh(scratch, cellsAt, scratch, next, slot);
                VectorGateMath.multiply(scratch, next, scratch, sums + 2 * slot, slot);
            }
            case GRU -> {
                int r = sums + slot;
                VectorActivations.sigmoid(scratch, r, 2 * slot);
                VectorGateMath.reset(scratch, sums, r, sums + 3 * slot, slot);
                VectorActivations.tanh(scratch, sums, scratch, sums, slot);
                VectorGateMath.blend(scratch, r + slot, sums, scratch, 0, scratch, next, slot);
            }
        }
    }
}
