package io.sparkrnn.forward;

import io.sparkrnn.forward.GateMath.Slice;
import io.sparkrnn.kernel.Kernel;
import org.jspecify.annotations.Nullable;

/**
 * One direction of one layer over one block of sequences: at each step the sums {@code (b_ih + W_ih x_t) + (b_hh + W_hh
 * h_(t-1))} of all gates, then the cell.
 *
 * <p>Steps in which many sequences take part are computed with the sequences in the lanes; the others, which are the late steps of
 * the few longest sequences, by a {@link PlainSingleDirection}. How many are many depends on the kernel. Both sum in the order {@link
 * Kernel} fixes, so where the one hands over to the other cannot be seen in the result. A lane that a sequence has left is
 * never read: no padding enters a result.
 */
final class PlainDirection {
    private final Kernel kernel;
    private final PlainWeights weights;
    private final Workspace workspace;
    private final PlainSingleDirection alone;

    /** With fewer sequences their sums are the better choice for the lanes, of which there are [G*H]. */
    private final int fewestLanes;

    PlainDirection(Kernel kernel, PlainWeights weights, Workspace workspace) {
        this.kernel = kernel;
        this.weights = weights;
        this.workspace = workspace;
        alone = new PlainSingleDirection(kernel, weights, workspace);
        fewestLanes = Math.min(weights.gateSize, kernel.columnsAtFullSpeed());
    }

    /**
     * States of the sequences of a batch: those of this direction lie {@code stride} apart, the first at {@code offset}.
     *
     * @param values the initial states, which are replaced by the final ones
     */
    record States(float[] values, int stride, int offset) {
        int at(Block block, int lane) {
            return block.sequence(lane) * stride + offset;
        }
    }

    /**
     * Where the numbers of a pass are.
     *
     * @param input [steps][I] of the batch
     * @param hidden h_0 of each sequence [P]; replaced by h_n
     * @param cell c_0 of each sequence [H]; replaced by c_n; null for a cell without
     * @param output where the states go, this direction's {@code outputOffset} behind; null when nobody asks for them
     */
    record Arrays(
            float[] input,
            States hidden,
            @Nullable States cell,
            @Nullable StateTarget output,
            int outputOffset) {}

    void forward(Block block, Arrays arrays) {
        int shared = sharedSteps(block);
        workspace.reserve(weights, block.lanes(), PlainSingleDirection.STEPS_AT_ONCE);
        if (shared > 0) {
            loadStates(block, arrays);
            for (int t = 0, lanes = block.lanes(); t < shared; t++) {
                while (block.length(lanes - 1) <= t) {
                    lanes--;
                }
                step(block, t, lanes, arrays);
            }
            // A lane whose sequence has ended keeps its last state.
            storeStates(block, arrays);
        }
        for (int lane = 0; lane < block.lanes() && block.length(lane) > shared; lane++) {
            alone.run(block, lane, shared, block.length(lane), 1, arrays);
        }
    }

    void reverse(Block block, Arrays arrays) {
        int shared = sharedSteps(block);
        workspace.reserve(weights, block.lanes(), PlainSingleDirection.STEPS_AT_ONCE);
        for (int lane = 0; lane < block.lanes() && block.length(lane) > shared; lane++) {
            alone.run(block, lane, shared, block.length(lane), -1, arrays);
        }
        if (shared > 0) {
            // A sequence shorter than t waits in its lane, its initial state untouched, until its own last step.
            loadStates(block, arrays);
            for (int t = shared - 1, lanes = 0; t >= 0; t--) {
                while (lanes < block.lanes() && block.length(lanes) > t) {
                    lanes++;
                }
                step(block, t, lanes, arrays);
            }
            storeStates(block, arrays);
        }
    }

    /** The number of steps, from the first on, in which enough sequences take part to fill the lanes. */
    private int sharedSteps(Block block) {
        return block.lanes() < fewestLanes ? 0 : block.length(fewestLanes - 1);
    }

    private void loadStates(Block block, Arrays arrays) {
        place(block, arrays.hidden);
        RowsTranspose.gather(arrays.hidden.values, workspace.at, workspace.state, weights.stateSize, block.lanes());
        if (arrays.cell != null) {
            place(block, arrays.cell);
            RowsTranspose.gather(
                    arrays.cell.values, workspace.at, workspace.cellState, weights.hiddenSize, block.lanes());
        }
    }

    private void storeStates(Block block, Arrays arrays) {
        place(block, arrays.hidden);
        RowsTranspose.scatter(workspace.state, arrays.hidden.values, workspace.at, weights.stateSize, block.lanes());
        if (arrays.cell != null) {
            place(block, arrays.cell);
            RowsTranspose.scatter(
                    workspace.cellState, arrays.cell.values, workspace.at, weights.hiddenSize, block.lanes());
        }
    }

    private void place(Block block, States states) {
        for (int lane = 0; lane < block.lanes(); lane++) {
            workspace.at[lane] = states.at(block, lane);
        }
    }

    /** One time step of the first {@code lanes} sequences. */
    private void step(Block block, int t, int lanes, Arrays arrays) {
        float[][] sums = workspace.sums;
        int[] at = workspace.at;
        for (int lane = 0; lane < lanes; lane++) {
            at[lane] = (block.start(lane) + t) * weights.inputSize;
        }
        RowsTranspose.gather(arrays.input, at, workspace.inputs, weights.inputSize, lanes);
        for (int j = 0; j < weights.gateSize; j++) {
            java.util.Arrays.fill(sums[j], 0, lanes, 0f);
        }
        int h = weights.hiddenSize;
        product(
                weights.weightIh,
                workspace.inputs,
                sums,
                0,
                weights.gateSize,
                weights.inputSize,
                weights.biasIh,
                lanes);
        int together = weights.weightHnTransposed == null ? weights.gateSize : 2 * h;
        product(weights.weightHh, workspace.state, sums, 0, together, weights.stateSize, weights.biasHh, lanes);
        if (weights.resetsBefore()) {
            for (int j = 0; j < h; j++) {
                VariantGateMath.reset(
                        kernel, weights.cell, sums[j], workspace.state[j], workspace.unprojected[j], lanes);
            }
            product(weights.weightHh, workspace.unprojected, sums, 2 * h, h, h, weights.biasHh, lanes);
        } else if (together < weights.gateSize) {
            for (int j = 2 * h; j < 3 * h; j++) {
                java.util.Arrays.fill(workspace.recurrent[j], 0, lanes, 0f);
            }
            product(weights.weightHh, workspace.state, workspace.recurrent, 2 * h, h, h, weights.biasHh, lanes);
        }
        float[][] hidden = weights.weightHr == null ? workspace.state : workspace.unprojected;
        for (int j = 0; j < h; j++) {
            cell(j, lanes, hidden[j]);
        }
        if (weights.weightHr != null) {
            for (int j = 0; j < weights.stateSize; j++) {
                java.util.Arrays.fill(workspace.state[j], 0, lanes, 0f);
            }
            product(weights.weightHr, hidden, workspace.state, 0, weights.stateSize, h, weights.noBias, lanes);
        }
        StateTarget output = arrays.output;
        if (output != null) {
            for (int lane = 0; lane < lanes; lane++) {
                at[lane] = output.at(block, lane, t) + arrays.outputOffset;
            }
            RowsTranspose.scatter(workspace.state, output.values(), at, weights.stateSize, lanes);
        }
    }

    /** Adds the products of {@code rows} rows of a matrix, from {@code row} on, and their biases to the same rows of sums. */
    private void product(
            float[][] matrix, float[][] x, float[][] sums, int row, int rows, int depth, float[] bias, int lanes) {
        kernel.multiplyAdd(matrix, row, x, sums, row, rows, depth, lanes, bias, Kernel.Bias.OF_ROWS, workspace.scratch);
    }

    /** The cell of hidden unit j in every lane; the states before the step are in {@code hidden}, except with W_hr. */
    private void cell(int j, int lanes, float[] hidden) {
        int h = weights.hiddenSize;
        float[][] sums = workspace.sums;
        float[][] recurrent = workspace.recurrent;
        if (!weights.ofPyTorch) {
            variantCell(j, lanes, hidden);
            return;
        }
        switch (weights.cell.type()) {
            case RNN -> {
                GateMath.rnn(kernel, weights.cell, sums[j], hidden, lanes);
            }
            case LSTM -> {
                GateMath.lstm(
                        kernel,
                        new Slice(sums[j], 0),
                        new Slice(sums[h + j], 0),
                        new Slice(sums[2 * h + j], 0),
                        new Slice(sums[3 * h + j], 0),
                        workspace.cellState[j],
                        hidden,
                        lanes);
            }
            case GRU -> {
                GateMath.gru(
                        kernel,
                        new Slice(sums[j], 0),
                        new Slice(sums[h + j], 0),
                        new Slice(sums[2 * h + j], 0),
                        new Slice(recurrent[2 * h + j], 0),
                        hidden,
                        lanes);
            }
        }
    }

    /** As {@link #cell}, of a cell that PyTorch has not. */
    private void variantCell(int j, int lanes, float[] hidden) {
        int h = weights.hiddenSize;
        float[][] sums = workspace.sums;
        float[][] recurrent = workspace.recurrent;
        switch (weights.cell.type()) {
            case RNN -> {
                VariantGateMath.rnn(kernel, weights.cell, sums[j], hidden, lanes);
            }
            case LSTM -> {
                float[] cellState = workspace.cellState[j];
                Slice i = new Slice(sums[j], 0);
                Slice f = new Slice(sums[h + j], 0);
                Slice o = new Slice(sums[3 * h + j], 0);
                if (weights.peepholes != null) {
                    VariantGateMath.peep(i, weights.peepholes[0][j], cellState, lanes);
                    VariantGateMath.peep(f, weights.peepholes[1][j], cellState, lanes);
                }
                VariantGateMath.lstmState(kernel, weights.cell, i, f, new Slice(sums[2 * h + j], 0), cellState, lanes);
                if (weights.peepholes != null) {
                    VariantGateMath.peep(o, weights.peepholes[2][j], cellState, lanes);
                }
                VariantGateMath.lstmOutput(kernel, weights.cell, o, cellState, hidden, lanes);
            }
            case GRU -> {
                if (!weights.resetsBefore()) {
                    VariantGateMath.reset(
                            kernel, weights.cell, sums[j], recurrent[2 * h + j], recurrent[2 * h + j], lanes);
                    kernel.add(sums[2 * h + j], recurrent[2 * h + j], lanes);
                }
                VariantGateMath.gru(
                        kernel, weights.cell, new Slice(sums[h + j], 0), new Slice(sums[2 * h + j], 0), hidden, lanes);
            }
        }
    }
}
