package io.sparkrnn.kernel.simd;

import static io.sparkrnn.kernel.simd.Species.FLOATS;
import static io.sparkrnn.kernel.simd.Species.VECTOR;

import io.sparkrnn.kernel.FusedCell;
import jdk.incubator.vector.FloatVector;

/**
 * 12 rows of a matrix by one block of sequences, with vectors of 16 lanes.
 *
 * <p>{@code sums[row] = base[row] + (s[row] + bias[row])} where {@code s[row]} starts from 0 and takes the products {@code
 * weights[k][row] * x[k]} in the order of k, in every lane. See {@link Tile12x2}.
 *
 * <p>Arrays: x [depth][16 lanes], base and sums [12][16 lanes], from their offsets on; weights [1 + depth][WIDE] from w on,
 * first the biases. Modifies the sums only; base may be the same array.
 */
final class Tile12x1 {
    private static final int LANES = FusedCell.LANES;
    private static final int WIDE = PackedMatrix.WIDE;

    private Tile12x1() {}

    static void multiply(
            float[] weights, int w, int depth, float[] x, int x0, float[] base, int base0, float[] sums, int sums0) {
        FloatVector zero = FloatVector.zero(FLOATS);
        FloatVector a0 = zero;
        FloatVector a1 = zero;
        FloatVector a2 = zero;
        FloatVector a3 = zero;
        FloatVector a4 = zero;
        FloatVector a5 = zero;
        FloatVector a6 = zero;
        FloatVector a7 = zero;
        FloatVector a8 = zero;
        FloatVector a9 = zero;
        FloatVector a10 = zero;
        FloatVector a11 = zero;
        for (int k = 0; k < depth; k++) {
            FloatVector a = FloatVector.fromArray(FLOATS, x, x0 + k * LANES);
            FloatVector m;
            m = FloatVector.broadcast(FLOATS, weights[w + WIDE + k * WIDE]);
            a0 = m.fma(a, a0);
            m = FloatVector.broadcast(FLOATS, weights[w + WIDE + 1 + k * WIDE]);
            a1 = m.fma(a, a1);
            m = FloatVector.broadcast(FLOATS, weights[w + WIDE + 2 + k * WIDE]);
            a2 = m.fma(a, a2);
            m = FloatVector.broadcast(FLOATS, weights[w + WIDE + 3 + k * WIDE]);
            a3 = m.fma(a, a3);
            m = FloatVector.broadcast(FLOATS, weights[w + WIDE + 4 + k * WIDE]);
            a4 = m.fma(a, a4);
            m = FloatVector.broadcast(FLOATS, weights[w + WIDE + 5 + k * WIDE]);
            a5 = m.fma(a, a5);
            m = FloatVector.broadcast(FLOATS, weights[w + WIDE + 6 + k * WIDE]);
            a6 = m.fma(a, a6);
            m = FloatVector.broadcast(FLOATS, weights[w + WIDE + 7 + k * WIDE]);
            a7 = m.fma(a, a7);
            m = FloatVector.broadcast(FLOATS, weights[w + WIDE + 8 + k * WIDE]);
            a8 = m.fma(a, a8);
            m = FloatVector.broadcast(FLOATS, weights[w + WIDE + 9 + k * WIDE]);
            a9 = m.fma(a, a9);
            m = FloatVector.broadcast(FLOATS, weights[w + WIDE + 10 + k * WIDE]);
            a10 = m.fma(a, a10);
            m = FloatVector.broadcast(FLOATS, weights[w + WIDE + 11 + k * WIDE]);
            a11 = m.fma(a, a11);
        }
        FloatVector bias;
        bias = FloatVector.broadcast(FLOATS, weights[w + 0]);
        FloatVector.fromArray(FLOATS, base, base0)
                .add(VECTOR.cast(a0).add(bias))
                .intoArray(sums, sums0);
        bias = FloatVector.broadcast(FLOATS, weights[w + 1]);
        FloatVector.fromArray(FLOATS, base, base0 + LANES)
                .add(VECTOR.cast(a1).add(bias))
                .intoArray(sums, sums0 + LANES);
        bias = FloatVector.broadcast(FLOATS, weights[w + 2]);
        FloatVector.fromArray(FLOATS, base, base0 + 2 * LANES)
                .add(VECTOR.cast(a2).add(bias))
                .intoArray(sums, sums0 + 2 * LANES);
        bias = FloatVector.broadcast(FLOATS, weights[w + 3]);
        FloatVector.fromArray(FLOATS, base, base0 + 3 * LANES)
                .add(VECTOR.cast(a3).add(bias))
                .intoArray(sums, sums0 + 3 * LANES);
        bias = FloatVector.broadcast(FLOATS, weights[w + 4]);
        FloatVector.fromArray(FLOATS, base, base0 + 4 * LANES)
                .add(VECTOR.cast(a4).add(bias))
                .intoArray(sums, sums0 + 4 * LANES);
        bias = FloatVector.broadcast(FLOATS, weights[w + 5]);
        FloatVector.fromArray(FLOATS, base, base0 + 5 * LANES)
                .add(VECTOR.cast(a5).add(bias))
                .intoArray(sums, sums0 + 5 * LANES);
        bias = FloatVector.broadcast(FLOATS, weights[w + 6]);
        FloatVector.fromArray(FLOATS, base, base0 + 6 * LANES)
                .add(VECTOR.cast(a6).add(bias))
                .intoArray(sums, sums0 + 6 * LANES);
        bias = FloatVector.broadcast(FLOATS, weights[w + 7]);
        FloatVector.fromArray(FLOATS, base, base0 + 7 * LANES)
                .add(VECTOR.cast(a7).add(bias))
                .intoArray(sums, sums0 + 7 * LANES);
        bias = FloatVector.broadcast(FLOATS, weights[w + 8]);
        FloatVector.fromArray(FLOATS, base, base0 + 8 * LANES)
                .add(VECTOR.cast(a8).add(bias))
                .intoArray(sums, sums0 + 8 * LANES);
        bias = FloatVector.broadcast(FLOATS, weights[w + 9]);
        FloatVector.fromArray(FLOATS, base, base0 + 9 * LANES)
                .add(VECTOR.cast(a9).add(bias))
                .intoArray(sums, sums0 + 9 * LANES);
        bias = FloatVector.broadcast(FLOATS, weights[w + 10]);
        FloatVector.fromArray(FLOATS, base, base0 + 10 * LANES)
                .add(VECTOR.cast(a10).add(bias))
                .intoArray(sums, sums0 + 10 * LANES);
        bias = FloatVector.broadcast(FLOATS, weights[w + 11]);
        FloatVector.fromArray(FLOATS, base, base0 + 11 * LANES)
                .add(VECTOR.cast(a11).add(bias))
                .intoArray(sums, sums0 + 11 * LANES);
    }
}
