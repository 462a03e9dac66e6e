package io.sparkrnn.forward;

import io.sparkrnn.forward.GateMath.Slice;
import io.sparkrnn.kernel.Kernel;
import io.sparkrnn.model.Cell;

/**
 * One direction of one layer over one sequence by the kernel's plain operations, its hidden units in the lanes: the products
 * of the features of several steps, then step after step.
 */
final class PlainSingleDirection {
    /** Steps whose input products are taken together: enough to fill the loops, few enough for L1. */
    static final int STEPS_AT_ONCE = 32;

    private final Kernel kernel;
    private final PlainWeights weights;
    private final Workspace workspace;

    PlainSingleDirection(Kernel kernel, PlainWeights weights, Workspace workspace) {
        this.kernel = kernel;
        this.weights = weights;
        this.workspace = workspace;
    }

    /** Steps from {@code from} up to {@code to} of one sequence, first to last, or last to first when the sign is -1. */
    void run(Block block, int lane, int from, int to, int sign, PlainDirection.Arrays arrays) {
        float[] state = workspace.stepState[0];
        float[] cellState = workspace.stepCellState[0];
        PlainDirection.States hidden = arrays.hidden();
        PlainDirection.States cell = arrays.cell();
        System.arraycopy(hidden.values(), hidden.at(block, lane), state, 0, weights.stateSize);
        if (cell != null) {
            System.arraycopy(cell.values(), cell.at(block, lane), cellState, 0, weights.hiddenSize);
        }
        int start = block.start(lane);
        StateTarget output = arrays.output();
        for (int done = 0; done < to - from; done += STEPS_AT_ONCE) {
            int count = Math.min(STEPS_AT_ONCE, to - from - done);
            int first = sign > 0 ? start + from + done : start + to - 1 - done;
            inputSums(first, count, sign, arrays);
            for (int i = 0; i < count; i++) {
                stepAlone(i);
                if (output != null) {
                    int at = output.at(block, lane, first + sign * i - start) + arrays.outputOffset();
                    System.arraycopy(state, 0, output.values(), at, weights.stateSize);
                }
            }
        }
        System.arraycopy(state, 0, hidden.values(), hidden.at(block, lane), weights.stateSize);
        if (cell != null) {
            System.arraycopy(cellState, 0, cell.values(), cell.at(block, lane), weights.hiddenSize);
        }
    }

    /** b_ih + W_ih x of {@code count} steps of the batch, from {@code first} on, up or down. */
    private void inputSums(int first, int count, int sign, PlainDirection.Arrays arrays) {
        for (int i = 0; i < count; i++) {
            int at = (first + sign * i) * weights.inputSize;
            System.arraycopy(arrays.input(), at, workspace.stepInputs[i], 0, weights.inputSize);
            java.util.Arrays.fill(workspace.stepSums[i], 0, weights.gateSize, 0f);
        }
        kernel.multiplyAdd(
                workspace.stepInputs,
                0,
                weights.weightIhTransposed,
                workspace.stepSums,
                0,
                count,
                weights.inputSize,
                weights.gateSize,
                weights.biasIh,
                Kernel.Bias.OF_COLUMNS,
                workspace.scratch);
    }

    /** The step whose input sums are row {@code i}. */
    private void stepAlone(int i) {
        int h = weights.hiddenSize;
        float[] sums = workspace.stepSums[i];
        float[] state = workspace.stepState[0];
        int together = weights.weightHnTransposed == null ? weights.gateSize : 2 * h;
        productAlone(
                workspace.stepState,
                weights.weightHhTransposed,
                workspace.stepSums,
                i,
                weights.stateSize,
                together,
                weights.biasHh);
        if (weights.weightHnTransposed != null && !weights.resetsBefore()) {
            java.util.Arrays.fill(workspace.stepRecurrent[0], 0, h, 0f);
            productAlone(
                    workspace.stepState, weights.weightHnTransposed, workspace.stepRecurrent, 0, h, h, weights.biasHn);
        }
        float[] hidden = weights.weightHrTransposed == null ? state : workspace.stepUnprojected[0];
        if (!weights.ofPyTorch) {
            variantAlone(i, hidden);
        } else {
            cellAlone(sums, hidden);
        }
        if (weights.weightHrTransposed != null) {
            java.util.Arrays.fill(state, 0, weights.stateSize, 0f);
            productAlone(
                    workspace.stepUnprojected,
                    weights.weightHrTransposed,
                    workspace.stepState,
                    0,
                    h,
                    weights.stateSize,
                    weights.noBias);
        }
    }

    /** Adds the product of one row of x with a transposed matrix, and biases, to a row of sums. */
    private void productAlone(
            float[][] x, float[][] transposed, float[][] sums, int row, int depth, int columns, float[] bias) {
        kernel.multiplyAdd(
                x, 0, transposed, sums, row, 1, depth, columns, bias, Kernel.Bias.OF_COLUMNS, workspace.scratch);
    }

    private void cellAlone(float[] sums, float[] hidden) {
        int h = weights.hiddenSize;
        float[] recurrent = workspace.stepRecurrent[0];
        switch (weights.cell.type()) {
            case RNN -> {
                GateMath.rnn(kernel, weights.cell, sums, hidden, h);
            }
            case LSTM -> {
                GateMath.lstm(
                        kernel,
                        new Slice(sums, 0),
                        new Slice(sums, h),
                        new Slice(sums, 2 * h),
                        new Slice(sums, 3 * h),
                        workspace.stepCellState[0],
                        hidden,
                        h);
            }
            case GRU -> {
                GateMath.gru(
                        kernel,
                        new Slice(sums, 0),
                        new Slice(sums, h),
                        new Slice(sums, 2 * h),
                        new Slice(recurrent, 0),
                        hidden,
                        h);
            }
        }
    }

    /** As {@link #cellAlone}, of a cell that PyTorch has not. */
    private void variantAlone(int i0, float[] hidden) {
        int h = weights.hiddenSize;
        float[] sums = workspace.stepSums[i0];
        Cell cell = weights.cell;
        switch (cell.type()) {
            case RNN -> {
                VariantGateMath.rnn(kernel, cell, sums, hidden, h);
            }
            case LSTM -> {
                float[] cellState = workspace.stepCellState[0];
                Slice i = new Slice(sums, 0);
                Slice f = new Slice(sums, h);
                Slice o = new Slice(sums, 3 * h);
                if (weights.peepholes != null) {
                    VariantGateMath.peep(i, weights.peepholes[0], cellState, h);
                    VariantGateMath.peep(f, weights.peepholes[1], cellState, h);
                }
                VariantGateMath.lstmState(kernel, cell, i, f, new Slice(sums, 2 * h), cellState, h);
                if (weights.peepholes != null) {
                    VariantGateMath.peep(o, weights.peepholes[2], cellState, h);
                }
                VariantGateMath.lstmOutput(kernel, cell, o, cellState, hidden, h);
            }
            case GRU -> {
                Slice n = new Slice(sums, 2 * h);
                if (weights.weightHnTransposed != null && weights.resetsBefore()) {
                    float[] added = workspace.stepUnprojected[0];
                    VariantGateMath.reset(kernel, cell, sums, workspace.stepState[0], workspace.stepReset[0], h);
                    java.util.Arrays.fill(added, 0, h, 0f);
                    productAlone(
                            workspace.stepReset,
                            weights.weightHnTransposed,
                            workspace.stepUnprojected,
                            0,
                            h,
                            h,
                            weights.biasHn);
                    VariantGateMath.add(n, added, h);
                } else {
                    float[] added = workspace.stepRecurrent[0];
                    VariantGateMath.reset(kernel, cell, sums, added, added, h);
                    VariantGateMath.add(n, added, h);
                }
                VariantGateMath.gru(kernel, cell, new Slice(sums, h), n, hidden, h);
            }
        }
    }
}
