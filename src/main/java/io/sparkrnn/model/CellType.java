package io.sparkrnn.model;

/** The kinds of recurrent cell, each with its equation. */
public enum CellType {
    /**
     * {@code h_t = tanh(W_ih x_t + b_ih + W_hh h_(t-1) + b_hh)}
     * (<a href="https://pytorch.org/docs/stable/generated/torch.nn.RNN.html">nn.RNN</a>, nonlinearity='tanh').
     */
    RNN_TANH("nn.RNN (tanh)"),
    /** {@code h_t = max(0, W_ih x_t + b_ih + W_hh h_(t-1) + b_hh)}: nn.RNN, nonlinearity='relu'. */
    RNN_RELU("nn.RNN (relu)");

    private final String label;

    CellType(String label) {
        this.label = label;
    }

    /** PyTorch's name for it. */
    @Override
    public String toString() {
        return label;
    }
}
