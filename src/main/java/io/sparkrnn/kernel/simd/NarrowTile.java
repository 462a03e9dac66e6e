package io.sparkrnn.kernel.simd;

import static io.sparkrnn.kernel.simd.Species.FLOATS;
import static io.sparkrnn.kernel.simd.Species.LENGTH;
import static io.sparkrnn.kernel.simd.Species.VECTOR;

import io.sparkrnn.kernel.FusedCell;
import jdk.incubator.vector.FloatVector;

/**
 * 4 rows of a matrix by two vectors of one block, for vectors of 8 or 4 lanes, of which there are but 16 registers.
 *
 * <p>{@code sums[row] = base[row] + (s[row] + bias[row])} where {@code s[row]} starts from 0 and takes the products {@code
 * weights[k][row] * x[k]} in the order of k, in every lane. See {@link Tile12x2}.
 *
 * <p>Arrays: x [depth][16 lanes], base and sums [4][16 lanes], from their offsets on; weights [1 + depth][8] from w on,
 * first the biases. Modifies the sums only; base may be the same array.
 */
final class NarrowTile {
    private static final int LANES = FusedCell.LANES;

    private NarrowTile() {}

    static void multiply(
            float[] weights, int w, int depth, float[] x, int x0, float[] base, int base0, float[] sums, int sums0) {
        FloatVector zero = FloatVector.zero(FLOATS);
        FloatVector a0 = zero;
        FloatVector a1 = zero;
        FloatVector a2 = zero;
        FloatVector a3 = zero;
        FloatVector b0 = zero;
        FloatVector b1 = zero;
        FloatVector b2 = zero;
        FloatVector b3 = zero;
        for (int k = 0; k < depth; k++) {
            FloatVector a = FloatVector.fromArray(FLOATS, x, x0 + k * LANES);
            FloatVector b = FloatVector.fromArray(FLOATS, x, x0 + LENGTH + k * LANES);
            FloatVector m;
            m = FloatVector.broadcast(FLOATS, weights[w + 8 + k * 8]);
            a0 = m.fma(a, a0);
            b0 = m.fma(b, b0);
            m = FloatVector.broadcast(FLOATS, weights[w + 9 + k * 8]);
            a1 = m.fma(a, a1);
            b1 = m.fma(b, b1);
            m = FloatVector.broadcast(FLOATS, weights[w + 10 + k * 8]);
            a2 = m.fma(a, a2);
            b2 = m.fma(b, b2);
            m = FloatVector.broadcast(FLOATS, weights[w + 11 + k * 8]);
            a3 = m.fma(a, a3);
            b3 = m.fma(b, b3);
        }
        FloatVector bias;
        bias = FloatVector.broadcast(FLOATS, weights[w + 0]);
        FloatVector.fromArray(FLOATS, base, base0)
                .add(VECTOR.cast(a0).add(bias))
                .intoArray(sums, sums0);
        FloatVector.fromArray(FLOATS, base, base0 + LENGTH)
                .add(VECTOR.cast(b0).add(bias))
                .intoArray(sums, sums0 + LENGTH);
        bias = FloatVector.broadcast(FLOATS, weights[w + 1]);
        FloatVector.fromArray(FLOATS, base, base0 + LANES)
                .add(VECTOR.cast(a1).add(bias))
                .intoArray(sums, sums0 + LANES);
        FloatVector.fromArray(FLOATS, base, base0 + LENGTH + LANES)
                .add(VECTOR.cast(b1).add(bias))
                .intoArray(sums, sums0 + LENGTH + LANES);
        bias = FloatVector.broadcast(FLOATS, weights[w + 2]);
        FloatVector.fromArray(FLOATS, base, base0 + 2 * LANES)
                .add(VECTOR.cast(a2).add(bias))
                .intoArray(sums, sums0 + 2 * LANES);
        FloatVector.fromArray(FLOATS, base, base0 + LENGTH + 2 * LANES)
                .add(VECTOR.cast(b2).add(bias))
                .intoArray(sums, sums0 + LENGTH + 2 * LANES);
        bias = FloatVector.broadcast(FLOATS, weights[w + 3]);
        FloatVector.fromArray(FLOATS, base, base0 + 3 * LANES)
                .add(VECTOR.cast(a3).add(bias))
                .intoArray(sums, sums0 + 3 * LANES);
        FloatVector.fromArray(FLOATS, base, base0 + LENGTH + 3 * LANES)
                .add(VECTOR.cast(b3).add(bias))
                .intoArray(sums, sums0 + LENGTH + 3 * LANES);
    }
}
