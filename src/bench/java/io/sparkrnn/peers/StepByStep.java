package io.sparkrnn.peers;

import io.sparkrnn.model.CellType;
import io.sparkrnn.model.DirectionWeights;
import java.util.Arrays;
import java.util.Objects;

/**
 * What one writes by hand on top of a library for matrices: two products a step, and the cell's arithmetic in Java loops.
 * Packed sequences, so step t has only the rows of the sequences that are so long.
 */
abstract class StepByStep implements Contender {
    private final KernelCase kase;
    private final CellType type;
    private final int[] batchSizes;
    /** b_ih + b_hh [G*H], of a GRU's n only b_ih. */
    private final float[] bias;
    /** b_hh of a GRU's n [H]. */
    private final float[] newBias;

    private final float[] c;
    private final float[] output;

    final DirectionWeights weights;
    final int hiddenSize;
    /** G*H. */
    final int width;
    /** h [B][H] of the step before. */
    final float[] h;
    /** W_ih x [rows][G*H] of a step. */
    final float[] fromInput;
    /** W_hh h [rows][G*H] of a step. */
    final float[] fromState;

    StepByStep(KernelCase kase) {
        this.kase = kase;
        type = kase.shape().cell().type();
        weights = Objects.requireNonNull(kase.model().layers().get(0).forward());
        hiddenSize = weights.hiddenSize();
        width = type.gates() * hiddenSize;
        batchSizes = kase.batchSizes();
        int sequences = kase.lengths().length;
        h = new float[sequences * hiddenSize];
        c = new float[sequences * hiddenSize];
        fromInput = new float[sequences * width];
        fromState = new float[sequences * width];
        output = new float[kase.steps() * hiddenSize];
        bias = Objects.requireNonNull(weights.biasIh()).toFloats();
        float[] stateBias = Objects.requireNonNull(weights.biasHh()).toFloats();
        int summed = type == CellType.GRU ? 2 * hiddenSize : width;
        for (int i = 0; i < summed; i++) {
            bias[i] += stateBias[i];
        }
        newBias = Arrays.copyOfRange(stateBias, width - hiddenSize, width);
    }

    /** The number of sequences that have each step. */
    final int[] batchSizes() {
        return batchSizes;
    }

    /** Computes what can be computed before the first step. */
    abstract void start();

    /** Sets the first {@code rows} of fromInput and fromState for step t, whose packed rows begin at {@code row}. */
    abstract void products(int t, int row, int rows);

    abstract void tanh(float[] values, int from, int to);

    abstract void sigmoid(float[] values, int from, int to);

    @Override
    public final void run() {
        Arrays.fill(h, 0);
        Arrays.fill(c, 0);
        start();
        int row = 0;
        for (int t = 0; t < batchSizes.length; t++) {
            int rows = batchSizes[t];
            products(t, row, rows);
            switch (type) {
                case RNN -> rnn(rows);
                case LSTM -> lstm(rows);
                case GRU -> gru(rows);
            }
            System.arraycopy(h, 0, output, row * hiddenSize, rows * hiddenSize);
            row += rows;
        }
    }

    private void rnn(int rows) {
        addBias(rows, hiddenSize);
        System.arraycopy(fromInput, 0, h, 0, rows * hiddenSize);
        tanh(h, 0, rows * hiddenSize);
    }

    private void addBias(int rows, int columns) {
        for (int r = 0; r < rows; r++) {
            int at = r * width;
            for (int j = 0; j < columns; j++) {
                fromInput[at + j] += fromState[at + j] + bias[j];
            }
        }
    }

    private void lstm(int rows) {
        addBias(rows, width);
        for (int r = 0; r < rows; r++) {
            int at = r * width;
            sigmoid(fromInput, at, at + 2 * hiddenSize);
            tanh(fromInput, at + 2 * hiddenSize, at + 3 * hiddenSize);
            sigmoid(fromInput, at + 3 * hiddenSize, at + 4 * hiddenSize);
            int state = r * hiddenSize;
            for (int j = 0; j < hiddenSize; j++) {
                c[state + j] = fromInput[at + hiddenSize + j] * c[state + j]
                        + fromInput[at + j] * fromInput[at + 2 * hiddenSize + j];
            }
            System.arraycopy(c, state, h, state, hiddenSize);
            tanh(h, state, state + hiddenSize);
            for (int j = 0; j < hiddenSize; j++) {
                h[state + j] *= fromInput[at + 3 * hiddenSize + j];
            }
        }
    }

    private void gru(int rows) {
        addBias(rows, 2 * hiddenSize);
        for (int r = 0; r < rows; r++) {
            int at = r * width;
            int n = at + 2 * hiddenSize;
            sigmoid(fromInput, at, n);
            for (int j = 0; j < hiddenSize; j++) {
                fromInput[n + j] +=
                        bias[2 * hiddenSize + j] + fromInput[at + j] * (fromState[n + j] + newBias[j]);
            }
            tanh(fromInput, n, n + hiddenSize);
            int state = r * hiddenSize;
            for (int j = 0; j < hiddenSize; j++) {
                float z = fromInput[at + hiddenSize + j];
                h[state + j] = (1 - z) * fromInput[n + j] + z * h[state + j];
            }
        }
    }

    @Override
    public final float[] hiddenStates(int sequence) {
        return kase.unpacked(output, sequence);
    }
}
