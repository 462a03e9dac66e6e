package io.sparkrnn.kernel;

import org.jspecify.annotations.Nullable;

/**
 * The weights of one direction of one layer, for {@link Kernel#fuse}. Gates are in PyTorch's order.
 *
 * @param kind the cell
 * @param inputSize I
 * @param hiddenSize H
 * @param stateSize P: proj_size of an LSTM that has one, else H
 * @param weightIh W_ih [G*H][I]
 * @param weightHh W_hh [G*H][P]
 * @param biasIh b_ih [G*H]
 * @param biasHh b_hh [G*H]
 * @param weightHr W_hr [P][H], null without proj_size
 */
public record CellWeights(
        Kind kind,
        int inputSize,
        int hiddenSize,
        int stateSize,
        float[][] weightIh,
        float[][] weightHh,
        float[] biasIh,
        float[] biasHh,
        float @Nullable [][] weightHr) {
    /** The cells a kernel may have whole; their equations are with the model's cells. */
    public enum Kind {
        RNN_TANH(1),
        RNN_RELU(1),
        LSTM(4),
        GRU(3);

        private final int gates;

        Kind(int gates) {
            this.gates = gates;
        }

        /** G. */
        public int gates() {
            return gates;
        }
    }
}
