package io.sparkrnn.kernel;

/**
 * The float32 arithmetic of a forward pass.
 *
 * <p><b>The order of summation</b> is part of the contract, so that a sequence's result does not depend on the
 * implementation, the vector width, the batch it is in, or its place there. A sum of K products is taken in blocks of
 * {@link #SUM_BLOCK} consecutive k: each block from zero, by fused multiply-adds in index order; the finished block is
 * then added to the total, in the order of the blocks:
 *
 * <pre>
 *   for each block: s = 0;  for k in block: s = fma(a_k, b_k, s);  total = total + s
 * </pre>
 *
 * No sum is split by lanes or tiles. The short chains are also the more accurate ones: the error grows with the length
 * of a block plus the number of blocks, not with K.
 *
 * <p>A recurrent layer takes two such totals and adds them, as PyTorch groups it: {@code (b_ih + W_ih x) + (b_hh + W_hh
 * h)}.
 *
 * <p>Implementations hold no state: one instance serves all threads.
 */
public interface Kernel {
    /** The number of products that are summed before the sum is added to the total. */
    int SUM_BLOCK = 32;

    /** What a message calls it, such as {@code portable}. */
    String name();

    /**
     * {@code c = c + a b}: for every j below {@code rows} and s below {@code columns}, c[j][s] + the sum over k below
     * {@code depth} of a[aRow + j][k] * b[k][s], in the order of summation above. Modifies those elements of c only; c
     * shares no row with a or b.
     *
     * @param a at least [aRow + rows][depth]
     * @param b at least [depth][columns]
     * @param c at least [cRow + rows][columns]; rows from {@code cRow} on are used
     * @param scratch at least [columns], overwritten
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
            float[] scratch);

    /** {@code total = total + addend} for the first {@code count} elements; modifies {@code total} only. */
    void add(float[] total, float[] addend, int count);

    /** {@code a = tanh(a)} for the elements from {@code from} up to {@code to}; see {@link Activations#tanh(float)}. */
    void tanh(float[] a, int from, int to);

    /** {@code a = 1 / (1 + exp(-a))} for the elements from {@code from} up to {@code to}. */
    void sigmoid(float[] a, int from, int to);

    /** {@code a = max(a, 0)} for the elements from {@code from} up to {@code to}; NaN stays NaN. */
    void relu(float[] a, int from, int to);
}
