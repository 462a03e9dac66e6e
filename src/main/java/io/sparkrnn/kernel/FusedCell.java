package io.sparkrnn.kernel;

import org.jspecify.annotations.Nullable;

/**
 * One direction of one layer, computed by a kernel as a whole: weights laid out for it, products and cell in one pass. Gives
 * the same bits as the plain operations of {@link Kernel}. Immutable; shared by threads.
 *
 * <p>It takes a step of many sequences, side by side in blocks of {@link #LANES}, where an array of a block's step is
 * [width][LANES]; or all steps of a few sequences, each [steps][width].
 */
public interface FusedCell {
    /** The sequences in a block. */
    int LANES = 16;

    /** The most sequences that {@link #steps} takes. */
    int FEW = 6;

    /**
     * The memory of a step: one array, so that it can be where vectors are in one cache line each. Where a block's part of what
     * is in it begins is told by the arrays of offsets, one element a block.
     *
     * @param values of each block the features of the step [I][LANES] from {@code xAt} on; the hidden states before the step
     *     [P][LANES] from {@code stateAt} on, and those after it, written from {@code nextAt} on; of an LSTM the cell states
     *     [H][LANES] from {@code cellAt} on, replaced. No two of them overlap
     * @param scratchAt where {@link #scratchSize} floats begin that are overwritten
     */
    record Lanes(float[] values, int[] xAt, int[] stateAt, int[] nextAt, int[] cellAt, int scratchAt) {}

    /**
     * The arrays of one of a few sequences.
     *
     * @param steps how many it has
     * @param x the features of the first step [I] from {@code xAt} on, those of each next one {@code xStride} further, which
     *     is negative where steps go backward
     * @param states the hidden state before the first step [P] from {@code stateAt} on, replaced by that after the last
     * @param cells of an LSTM the cell state [H] from {@code cellAt} on, replaced likewise; for others not used
     * @param output takes the hidden state after each step [P], the first from {@code outputAt} on and each next one {@code
     *     outputStride} further; null when nobody asks for them
     */
    record Sequence(
            int steps,
            float[] x,
            int xAt,
            int xStride,
            float[] states,
            int stateAt,
            float[] cells,
            int cellAt,
            float @Nullable [] output,
            int outputAt,
            int outputStride) {}

    /** Takes one step of the first {@code blocks} blocks. */
    void step(int blocks, Lanes lanes);

    /** The floats of scratch memory that steps of this many blocks need. */
    int scratchSize(int blocks);

    /**
     * Takes all steps of a few sequences, a step of each at a time: what is read of the weights serves all of them.
     *
     * @param sequences up to {@link #FEW}, those of the most steps first
     * @param scratch at least {@link #fewScratchSize}, overwritten
     */
    void steps(Sequence[] sequences, float[] scratch);

    /** The floats of scratch memory that steps of a few sequences need. */
    int fewScratchSize();

    /**
     * Brings sequences side by side: {@code block[k][lane] = values[at[lane] + k]} for k below {@code width} and all lanes;
     * modifies those elements of the block only, which begins at {@code blockAt}.
     */
    void interleave(float[] values, int[] at, float[] block, int blockAt, int width);

    /**
     * The way back: {@code values[at[lane] + j] = block[j][lane]} for j below {@code width} and the lanes from {@code from} up
     * to {@code to}; modifies those elements of {@code values} only.
     */
    void separate(float[] block, int blockAt, float[] values, int[] at, int width, int from, int to);
}
