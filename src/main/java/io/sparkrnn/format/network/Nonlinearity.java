package io.sparkrnn.format.network;

import java.util.Locale;

/** The activation of an nn.RNN, which its state dict does not tell: both kinds have the same tensors. */
public enum Nonlinearity {
    TANH,
    RELU;

    /** PyTorch's name for it. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
