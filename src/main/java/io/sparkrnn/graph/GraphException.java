package io.sparkrnn.graph;

/** What a graph cannot compute: of a network if it is so for every row, of a row if it is so for this one. */
public final class GraphException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** @param message what is wrong, and what was expected */
    public GraphException(String message) {
        super(message);
    }
}
