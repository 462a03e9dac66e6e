package io.sparkrnn.forward;

/** Scratch memory of one task. Grows to what the largest batch needs and is used again for every other. */
final class Workspace {
    /** Rows [H][lanes] of states and of sums, which change places at every step. */
    float[][] state = new float[0][];

    float[][] sums = new float[0][];

    /** The recurrent part of the sums [H][lanes]. */
    float[][] recurrent = new float[0][];

    /** The features of one step [I][lanes]. */
    float[][] inputs = new float[0][];

    /**
     * One sequence alone: the features of several steps [steps][I], their sums [steps][H], and of
     * one step the state and the recurrent part [1][H].
     */
    float[][] stepInputs = new float[0][];

    float[][] stepSums = new float[0][];

    float[][] stepState = new float[0][];

    float[][] stepRecurrent = new float[0][];

    float[] scratch = new float[0];

    /** Where each lane's step begins. */
    int[] at = new int[0];

    /** The hidden states of a layer and of the one below it [steps][D*H], in turn. */
    float[] output = new float[0];

    float[] below = new float[0];

    /** At least this many rows of at least this many columns each; what they held may be gone. */
    static float[][] rows(float[][] rows, int count, int columns) {
        if (rows.length >= count && (count == 0 || rows[0].length >= columns)) {
            return rows;
        }
        // All rows are of one length, so that the first tells for all.
        int length = Math.max(columns, rows.length == 0 ? 0 : rows[0].length);
        return new float[Math.max(count, rows.length)][length];
    }

    /** An array of at least {@code needed} floats whose first {@code kept} are those of {@code array}. */
    static float[] grown(float[] array, int needed, int kept) {
        if (array.length >= needed) {
            return array;
        }
        float[] larger = new float[(int) Math.min(Integer.MAX_VALUE - 8L, Math.max(needed, array.length * 3L / 2))];
        System.arraycopy(array, 0, larger, 0, kept);
        return larger;
    }

    /** Makes room for blocks of {@code lanes} sequences, and for {@code steps} steps of one alone. */
    void reserve(int inputSize, int hiddenSize, int lanes, int steps) {
        inputs = rows(inputs, inputSize, lanes);
        state = rows(state, hiddenSize, lanes);
        sums = rows(sums, hiddenSize, lanes);
        recurrent = rows(recurrent, hiddenSize, lanes);
        stepInputs = rows(stepInputs, steps, inputSize);
        stepSums = rows(stepSums, steps, hiddenSize);
        stepState = rows(stepState, 1, hiddenSize);
        stepRecurrent = rows(stepRecurrent, 1, hiddenSize);
        if (at.length < lanes) {
            at = new int[lanes];
        }
        int columns = Math.max(lanes, hiddenSize);
        if (scratch.length < columns) {
            scratch = new float[columns];
        }
    }

    void swap() {
        float[][] former = state;
        state = sums;
        sums = former;
    }
}
