package io.sparkrnn.forward;

/**
 * Scratch memory of one task. Grows to what the largest batch needs and is used again for every other. The letters: I
 * inputs, H hidden units, P the width of a hidden state, G gates.
 */
final class Workspace {
    /** The features of one step [I][lanes]. */
    float[][] inputs = new float[0][];

    /** The sums of a step [G*H][lanes], and their recurrent part [G*H][lanes]. */
    float[][] sums = new float[0][];

    float[][] recurrent = new float[0][];

    /** The hidden states [P][lanes] and the cell states [H][lanes] of the sequences in the lanes. */
    float[][] state = new float[0][];

    float[][] cellState = new float[0][];

    /** Hidden units before the projection [H][lanes]. */
    float[][] unprojected = new float[0][];

    /** One sequence alone: the features of several steps [steps][I], and their sums [steps][G*H]. */
    float[][] stepInputs = new float[0][];

    float[][] stepSums = new float[0][];

    /** One sequence alone, as matrices of one row: recurrent part [G*H], hidden and cell state [P], [H], and [H]. */
    float[][] stepRecurrent = new float[0][];

    float[][] stepState = new float[0][];

    float[][] stepCellState = new float[0][];

    float[][] stepUnprojected = new float[0][];

    /** One sequence alone, of a GRU that resets its state before the product: r * h [H]. */
    float[][] stepReset = new float[0][];

    float[] scratch = new float[0];

    /** Where each lane's step begins. */
    int[] at = new int[0];

    /** Between layers: the hidden states of a layer and of the one below it [steps][D*P], in turn. */
    float[] output = new float[0];

    float[] below = new float[0];

    /** Where each sequence's begin in {@link #output}. */
    int[] outputFirsts = new int[0];

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
    void reserve(PlainWeights weights, int lanes, int steps) {
        inputs = rows(inputs, weights.inputSize, lanes);
        sums = rows(sums, weights.gateSize, lanes);
        recurrent = rows(recurrent, weights.gateSize, lanes);
        state = rows(state, weights.stateSize, lanes);
        cellState = rows(cellState, weights.hiddenSize, lanes);
        unprojected = rows(unprojected, weights.hiddenSize, lanes);
        stepInputs = rows(stepInputs, steps, weights.inputSize);
        stepSums = rows(stepSums, steps, weights.gateSize);
        stepRecurrent = rows(stepRecurrent, 1, weights.gateSize);
        stepState = rows(stepState, 1, weights.stateSize);
        stepCellState = rows(stepCellState, 1, weights.hiddenSize);
        stepUnprojected = rows(stepUnprojected, 1, weights.hiddenSize);
        stepReset = rows(stepReset, 1, weights.hiddenSize);
        if (at.length < lanes) {
            at = new int[lanes];
        }
        int columns = Math.max(lanes, weights.gateSize) + 16;
        if (scratch.length < columns) {
            scratch = new float[columns];
        }
    }
}
