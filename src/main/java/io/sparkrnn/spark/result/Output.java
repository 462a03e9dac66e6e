package io.sparkrnn.spark.result;

/** A column the scorer adds. */
public enum Output {
    /** The hidden states of the last layer, every step: {@code array<array<number>>} [T][D*P]. */
    HIDDEN_STATES("hidden_states"),
    /** Each layer's and direction's hidden state at its own last step: {@code array<array<number>>} [L*D][P]. */
    H_N("h_n"),
    /** The same of the cell states of an LSTM: {@code array<array<number>>} [L*D][H]. */
    C_N("c_n"),
    /** What the head makes of h_n, {@code array<number>} [O], or of hidden_states, {@code array<array<number>>} [T][O]. */
    SCORE("score"),
    /** The number of time steps that were scored: {@code int}. */
    LENGTHS("lengths");

    private final String column;

    Output(String column) {
        this.column = column;
    }

    /** The column's name, which is also what the output is called on the command line. */
    public String column() {
        return column;
    }

    @Override
    public String toString() {
        return column;
    }
}
