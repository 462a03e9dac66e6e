package io.sparkrnn.forward;

import io.sparkrnn.kernel.Kernel;
import io.sparkrnn.model.CellType;
import org.jspecify.annotations.Nullable;

/**
 * One direction of one layer over one block of sequences: {@code h_t = act((b_ih + W_ih x_t) +
 * (b_hh + W_hh h_(t-1)))}.
 *
 * <p>Steps in which at least {@link #FEWEST_LANES} sequences take part are computed with the sequences in the lanes; the
 * others, which are the late steps of the few longest sequences, one sequence after the other with the hidden units in
 * the lanes. Both sum in the order {@link Kernel} fixes, so where the one hands over to the other cannot be seen in the
 * result. A lane that a sequence has left is never read: no padding enters a result.
 */
final class DirectionPass {
    /** Fewer sequences than these fill no vector: their units are a better choice for the lanes. */
    static final int FEWEST_LANES = 8;

    /** Steps of one sequence whose input products are taken together: enough to fill the loops, few enough for L1. */
    private static final int STEPS_AT_ONCE = 32;

    private final Kernel kernel;
    private final CellType cell;
    private final DirectionWeights weights;
    private final Workspace workspace;

    DirectionPass(Kernel kernel, CellType cell, DirectionWeights weights, Workspace workspace) {
        this.kernel = kernel;
        this.cell = cell;
        this.weights = weights;
        this.workspace = workspace;
    }

    /**
     * Where the numbers of a pass are.
     *
     * @param input [steps][I] of the batch
     * @param states h_0 [B][stateStride], this direction's at {@code stateOffset}; replaced by h_n
     * @param output [steps][outputStride], written at {@code outputOffset}; null when nobody asks for it
     */
    record Arrays(
            float[] input,
            float[] states,
            int stateStride,
            int stateOffset,
            float @Nullable [] output,
            int outputStride,
            int outputOffset) {}

    void forward(Block block, Arrays arrays) {
        int shared = sharedSteps(block);
        reserve(block);
        loadStates(block, arrays);
        for (int t = 0, lanes = block.lanes(); t < shared; t++) {
            while (block.length(lanes - 1) <= t) {
                lanes--;
                storeState(block, lanes, arrays);
            }
            step(block, t, lanes, arrays);
        }
        if (shared > 0) {
            for (int lane = 0; lane < block.lanes() && block.length(lane) >= shared; lane++) {
                storeState(block, lane, arrays);
            }
        }
        for (int lane = 0; lane < block.lanes() && block.length(lane) > shared; lane++) {
            alone(block, lane, shared, block.length(lane), 1, arrays);
        }
    }

    void reverse(Block block, Arrays arrays) {
        int shared = sharedSteps(block);
        reserve(block);
        for (int lane = 0; lane < block.lanes() && block.length(lane) > shared; lane++) {
            alone(block, lane, shared, block.length(lane), -1, arrays);
        }
        if (shared == 0) {
            return;
        }
        // A sequence shorter than t waits in its lane, h_0 untouched, until its own last step.
        loadStates(block, arrays);
        for (int t = shared - 1, lanes = 0; t >= 0; t--) {
            while (lanes < block.lanes() && block.length(lanes) > t) {
                lanes++;
            }
            step(block, t, lanes, arrays);
        }
        for (int lane = 0; lane < block.lanes(); lane++) {
            storeState(block, lane, arrays);
        }
    }

    /** The number of steps, from the first on, in which enough sequences take part to fill the lanes. */
    private static int sharedSteps(Block block) {
        return block.lanes() < FEWEST_LANES ? 0 : block.length(FEWEST_LANES - 1);
    }

    private void reserve(Block block) {
        workspace.reserve(weights.inputSize, weights.hiddenSize, block.lanes(), STEPS_AT_ONCE);
    }

    private void loadStates(Block block, Arrays arrays) {
        for (int lane = 0; lane < block.lanes(); lane++) {
            int at = block.sequence(lane) * arrays.stateStride + arrays.stateOffset;
            for (int j = 0; j < weights.hiddenSize; j++) {
                // Both sets: in the reverse direction a lane may begin at any step, in whichever is current then.
                workspace.state[j][lane] = arrays.states[at + j];
                workspace.sums[j][lane] = arrays.states[at + j];
            }
        }
    }

    private void storeState(Block block, int lane, Arrays arrays) {
        int at = block.sequence(lane) * arrays.stateStride + arrays.stateOffset;
        for (int j = 0; j < weights.hiddenSize; j++) {
            arrays.states[at + j] = workspace.state[j][lane];
        }
    }

    /** One time step of the first {@code lanes} sequences. */
    private void step(Block block, int t, int lanes, Arrays arrays) {
        int inputSize = weights.inputSize;
        int hiddenSize = weights.hiddenSize;
        float[][] sums = workspace.sums;
        float[][] recurrent = workspace.recurrent;
        int[] at = workspace.at;
        for (int lane = 0; lane < lanes; lane++) {
            at[lane] = (block.start(lane) + t) * inputSize;
        }
        Lanes.gather(arrays.input, at, workspace.inputs, inputSize, lanes);
        for (int j = 0; j < hiddenSize; j++) {
            java.util.Arrays.fill(sums[j], 0, lanes, weights.biasIh[j]);
            java.util.Arrays.fill(recurrent[j], 0, lanes, weights.biasHh[j]);
        }
        kernel.multiplyAdd(
                weights.weightIh, 0, workspace.inputs, sums, 0, hiddenSize, inputSize, lanes, workspace.scratch);
        kernel.multiplyAdd(
                weights.weightHh, 0, workspace.state, recurrent, 0, hiddenSize, hiddenSize, lanes, workspace.scratch);
        for (int j = 0; j < hiddenSize; j++) {
            kernel.add(sums[j], recurrent[j], lanes);
            activate(sums[j], lanes);
        }
        workspace.swap();
        if (arrays.output != null) {
            for (int lane = 0; lane < lanes; lane++) {
                at[lane] = (block.start(lane) + t) * arrays.outputStride + arrays.outputOffset;
            }
            Lanes.scatter(workspace.state, arrays.output, at, hiddenSize, lanes);
        }
    }

    /** Steps from {@code from} up to {@code to} of one sequence, first to last, or last to first when the sign is -1. */
    private void alone(Block block, int lane, int from, int to, int sign, Arrays arrays) {
        int inputSize = weights.inputSize;
        int hiddenSize = weights.hiddenSize;
        int start = block.start(lane);
        int stateAt = block.sequence(lane) * arrays.stateStride + arrays.stateOffset;
        System.arraycopy(arrays.states, stateAt, workspace.stepState[0], 0, hiddenSize);
        for (int done = 0; done < to - from; done += STEPS_AT_ONCE) {
            int count = Math.min(STEPS_AT_ONCE, to - from - done);
            for (int i = 0; i < count; i++) {
                int t = sign > 0 ? from + done + i : to - 1 - done - i;
                System.arraycopy(arrays.input, (start + t) * inputSize, workspace.stepInputs[i], 0, inputSize);
                System.arraycopy(weights.biasIh, 0, workspace.stepSums[i], 0, hiddenSize);
            }
            kernel.multiplyAdd(
                    workspace.stepInputs,
                    0,
                    weights.weightIhTransposed,
                    workspace.stepSums,
                    0,
                    count,
                    inputSize,
                    hiddenSize,
                    workspace.scratch);
            for (int i = 0; i < count; i++) {
                float[] recurrent = workspace.stepRecurrent[0];
                System.arraycopy(weights.biasHh, 0, recurrent, 0, hiddenSize);
                kernel.multiplyAdd(
                        workspace.stepState,
                        0,
                        weights.weightHhTransposed,
                        workspace.stepRecurrent,
                        0,
                        1,
                        hiddenSize,
                        hiddenSize,
                        workspace.scratch);
                float[] state = workspace.stepSums[i];
                kernel.add(state, recurrent, hiddenSize);
                activate(state, hiddenSize);
                System.arraycopy(state, 0, workspace.stepState[0], 0, hiddenSize);
                if (arrays.output != null) {
                    int t = sign > 0 ? from + done + i : to - 1 - done - i;
                    int at = (start + t) * arrays.outputStride + arrays.outputOffset;
                    System.arraycopy(state, 0, arrays.output, at, hiddenSize);
                }
            }
        }
        System.arraycopy(workspace.stepState[0], 0, arrays.states, stateAt, hiddenSize);
    }

    private void activate(float[] sums, int count) {
        switch (cell) {
            case RNN_TANH -> kernel.tanh(sums, 0, count);
            case RNN_RELU -> kernel.relu(sums, 0, count);
        }
    }
}
