package io.sparkrnn.kernel;

import org.jspecify.annotations.Nullable;

/**
 * The float32 arithmetic of a forward pass.
 *
 * <p><b>The order of summation</b> is part of the contract, so that a sequence's result does not depend on the
 * implementation, the vector width, the batch it is in, or its place there. A sum of K products and a bias is taken in
 * blocks of {@link #SUM_BLOCK} consecutive k: each block from zero, by fused multiply-adds in index order; the first
 * block then takes the bias; the finished block is added to the total, in the order of the blocks:
 *
 * <pre>
 *   for each block: s = 0;  for k in block: s = fma(a_k, b_k, s);  total = total + (s + (first block ? bias : 0))
 * </pre>
 *
 * No sum is split by lanes or tiles. The short chains are also the more accurate ones: the error grows with the length
 * of a block plus the number of blocks, not with K.
 *
 * <p>A recurrent layer's total begins at zero and takes first {@code b_ih + W_ih x}, then {@code b_hh + W_hh h}, so that
 * each part is rounded by itself, as PyTorch does it. Only n of a GRU keeps the two apart.
 *
 * <p>Implementations hold no state: one instance serves all threads.
 */
public interface Kernel {
    /** The number of products that are summed before the sum is added to the total. */
    int SUM_BLOCK = 64;

    /** What a message calls it, such as {@code portable}. */
    String name();

    /** Which elements of a result share an element of the bias. */
    enum Bias {
        /** Those of a row: c[j][s] takes bias[aRow + j]. */
        OF_ROWS,
        /** Those of a column: c[j][s] takes bias[s]. */
        OF_COLUMNS
    }

    /**
     * The number of columns that {@link #multiplyAdd} takes at a time; what remains goes one by one, which is many times slower. Where
     * a matrix is used often it pays to have columns of zeros in it up to a multiple of this.
     */
    int columnsAtATime();

    /** From how many columns on {@link #multiplyAdd} is about as fast as it gets. */
    int columnsAtFullSpeed();

    /**
     * {@code c = c + (bias + a b)}: for every j below {@code rows} and s below {@code columns}, c[j][s] + the bias and the
     * sum over k below {@code depth} of a[aRow + j][k] * b[k][s], in the order of summation above. Modifies those elements
     * of c only; c shares no row with a or b.
     *
     * @param a at least [aRow + rows][depth]
     * @param b at least [depth][columns], all rows of one length; what a row has beyond its columns may be read, not used
     * @param c at least [cRow + rows][columns]; rows from {@code cRow} on are used
     * @param bias at least [aRow + rows] or [columns], as {@code along} says
     * @param scratch at least [columns + 16], overwritten
     */
    void multiplyAdd(
            float[][] a,
            int aRow,
            float[][] b,
            float[][] c,
            int cRow,
            int rows,
            int depth,
            int columns,
            float[] bias,
            Bias along,
            float[] scratch);

    /**
     * A whole cell by this kernel, which is faster than its plain operations and has the same bits; null when the kernel has
     * no such thing. The weights are copied.
     */
    @Nullable
    FusedCell fuse(CellWeights weights);

    /** {@code total = total + addend} for the first {@code count} elements; modifies {@code total} only. */
    void add(float[] total, float[] addend, int count);

    /** {@code a = tanh(a)} for the elements from {@code from} up to {@code to}; see {@link Activations#tanh(float)}. */
    void tanh(float[] a, int from, int to);

    /** {@code a = 1 / (1 + exp(-a))} for the elements from {@code from} up to {@code to}. */
    void sigmoid(float[] a, int from, int to);

    /** {@code a = max(a, 0)} for the elements from {@code from} up to {@code to}; NaN stays NaN. */
    void relu(float[] a, int from, int to);
}
