package io.sparkrnn.kernel.simd;

import static io.sparkrnn.kernel.simd.Species.FLOATS;
import static io.sparkrnn.kernel.simd.Species.LENGTH;

import jdk.incubator.vector.FloatVector;

/** From gates to states, in whole vectors: several short loops over memory that is in the L1 cache. */
final class VectorGateMath {
    private VectorGateMath() {}

    /** {@code c = f c + i g}; the gates i, f, o, g are {@code slot} apart, of which {@code count} elements are used. */
    static void lstm(float[] gates, int i, int slot, float[] c, int cAt, int count) {
        int f = i + slot;
        int g = i + 3 * slot;
        for (int s = 0; s < count; s += LENGTH) {
            FloatVector product =
                    FloatVector.fromArray(FLOATS, gates, i + s).mul(FloatVector.fromArray(FLOATS, gates, g + s));
            FloatVector.fromArray(FLOATS, gates, f + s)
                    .fma(FloatVector.fromArray(FLOATS, c, cAt + s), product)
                    .intoArray(c, cAt + s);
        }
    }

    /** {@code a = a b}. */
    static void multiply(float[] a, int aAt, float[] b, int bAt, int count) {
        for (int s = 0; s < count; s += LENGTH) {
            FloatVector.fromArray(FLOATS, a, aAt + s)
                    .mul(FloatVector.fromArray(FLOATS, b, bAt + s))
                    .intoArray(a, aAt + s);
        }
    }

    /** {@code n = n + r hn} for {@code count} elements of the gates, which begin at n, r and hn. */
    static void reset(float[] gates, int n, int r, int hn, int count) {
        for (int s = 0; s < count; s += LENGTH) {
            FloatVector part =
                    FloatVector.fromArray(FLOATS, gates, hn + s).mul(FloatVector.fromArray(FLOATS, gates, r + s));
            FloatVector.fromArray(FLOATS, gates, n + s).add(part).intoArray(gates, n + s);
        }
    }

    /** {@code next = n + z (h - n)} for {@code count} elements of the gates, which begin at z and n. */
    static void blend(float[] gates, int z, int n, float[] h, int hAt, float[] next, int nextAt, int count) {
        for (int s = 0; s < count; s += LENGTH) {
            FloatVector fresh = FloatVector.fromArray(FLOATS, gates, n + s);
            FloatVector.fromArray(FLOATS, gates, z + s)
                    .fma(FloatVector.fromArray(FLOATS, h, hAt + s).sub(fresh), fresh)
                    .intoArray(next, nextAt + s);
        }
    }
}
