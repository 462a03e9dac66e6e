package io.sparkrnn.format;

import org.jspecify.annotations.Nullable;

/**
 * What a file of weights leaves open.
 *
 * @param stateDictPrefix what stands before {@code weight_ih_l0} in the names of the network to use, with or without
 *     its last dot, or the last parts of it: {@code encoder.rnn} finds {@code model_state_dict.encoder.rnn.}; empty for
 *     the top level; null when the file has one network only
 * @param nonlinearity of an nn.RNN; null for PyTorch's default, tanh
 */
public record ModelOptions(
        @Nullable String stateDictPrefix, @Nullable Nonlinearity nonlinearity) {

    /** Nothing said: the only network of the file, with PyTorch's defaults. */
    public static ModelOptions none() {
        return new ModelOptions(null, null);
    }
}
