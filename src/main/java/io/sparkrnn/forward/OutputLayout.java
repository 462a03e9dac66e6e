package io.sparkrnn.forward;

/**
 * Where the last layer's hidden states of a sequence go: each has a piece of one array, in the batch's order, with its steps
 * one after the other, and room between them for what others put there. A pass writes states only.
 */
public interface OutputLayout {
    /** The floats from a step's states to those of the next. */
    int stride();

    /** The floats of the piece of a sequence of so many steps; at most 2^31 - 1. */
    int size(int steps);

    /** The place of the first step's states in it. */
    int first(int steps);

    /** States alone, {@code width} at a step. */
    static OutputLayout dense(int width) {
        return new OutputLayout() {
            @Override
            public int stride() {
                return width;
            }

            @Override
            public int size(int steps) {
                return Math.multiplyExact(steps, width);
            }

            @Override
            public int first(int steps) {
                return 0;
            }
        };
    }
}
