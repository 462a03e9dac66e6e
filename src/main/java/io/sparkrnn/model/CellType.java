package io.sparkrnn.model;

/** The kinds of recurrent cell, each with its equation. {@link Cell} says which functions stand for sigmoid and tanh. */
public enum CellType {
    /**
     * {@code h_t = act(W_ih x_t + b_ih + W_hh h_(t-1) + b_hh)}
     * (<a href="https://pytorch.org/docs/stable/generated/torch.nn.RNN.html">nn.RNN</a>), act being tanh or relu.
     */
    RNN("nn.RNN", 1),
    /**
     * Gates i, f, g, o, in this order in the rows of the weights
     * (<a href="https://pytorch.org/docs/stable/generated/torch.nn.LSTM.html">nn.LSTM</a>):
     *
     * <pre>
     *   i = sigmoid(W_ii x + b_ii + W_hi h + b_hi)     f, o likewise     g = tanh(W_ig x + b_ig + W_hg h + b_hg)
     *   c_t = f * c_(t-1) + i * g                      h_t = o * tanh(c_t), or W_hr (o * tanh(c_t)) with proj_size
     * </pre>
     */
    LSTM("nn.LSTM", 4),
    /**
     * Gates r, z, n, in this order in the rows of the weights
     * (<a href="https://pytorch.org/docs/stable/generated/torch.nn.GRU.html">nn.GRU</a>):
     *
     * <pre>
     *   r = sigmoid(W_ir x + b_ir + W_hr h + b_hr)     z likewise
     *   n = tanh(W_in x + b_in + r * (W_hn h + b_hn))  h_t = (1 - z) * n + z * h_(t-1)
     * </pre>
     */
    GRU("nn.GRU", 3);

    private final String label;
    private final int gates;

    CellType(String label, int gates) {
        this.label = label;
        this.gates = gates;
    }

    /** G: the number of rows of the weights for each hidden unit. */
    public int gates() {
        return gates;
    }

    /** Whether the cell keeps a cell state c beside its hidden state h. */
    public boolean hasCellState() {
        return this == LSTM;
    }

    /** PyTorch's name for it. */
    @Override
    public String toString() {
        return label;
    }
}
