package io.sparkrnn.kernel;

/**
 * One direction of one layer, computed by a kernel as a whole: weights laid out for it, products and cell in one pass. Gives
 * the same bits as the plain operations of {@link Kernel}. Immutable; shared by threads.
 *
 * <p>Sequences are side by side in blocks of {@link #LANES}: an array of a block's step is [width][LANES].
 */
public interface FusedCell {
    /** The sequences in a block. */
    int LANES = 16;

    /**
     * The arrays of a step. Where a block's part of each begins is told by the arrays of offsets, one element a block.
     *
     * @param x the features of the step [I][LANES] from {@code xAt} on
     * @param states the hidden states before the step [P][LANES] from {@code stateAt} on, and those after it, written from
     *     {@code nextAt} on; the two do not overlap
     * @param cells of an LSTM the cell states [H][LANES] from {@code cellAt} on, replaced; for others not used
     * @param scratch at least {@link #scratchSize}, overwritten
     */
    record Lanes(
            float[] x,
            int[] xAt,
            float[] states,
            int[] stateAt,
            int[] nextAt,
            float[] cells,
            int[] cellAt,
            float[] scratch) {}

    /** Takes one step of the first {@code blocks} blocks. */
    void step(int blocks, Lanes lanes);

    /** The floats of scratch memory that steps of this many blocks need. */
    int scratchSize(int blocks);

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
