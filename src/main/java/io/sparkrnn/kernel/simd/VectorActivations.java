package io.sparkrnn.kernel.simd;

import static io.sparkrnn.kernel.simd.Species.FLOATS;
import static io.sparkrnn.kernel.simd.Species.LENGTH;

import io.sparkrnn.kernel.Activations;
import io.sparkrnn.kernel.Activations.Sigmoid;
import io.sparkrnn.kernel.Activations.Tanh;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/**
 * {@link Activations} in vectors, operation by operation, so with the same bits; see there for why it is as it is. Everything
 * is written out in the loops: a method of ours that C2 does not inline any more would make an object of each vector.
 */
final class VectorActivations {
    /** 2^-64 and 64: powers of 2 are made 2^64 too large, where even the smallest has a normal exponent. */
    private static final float MINUS_SCALE = -0x1p-64f;

    private static final int SCALED_BIAS = (127 + 64) << 23;

    private VectorActivations() {}

    /** {@code target = tanh(source)}, in whole vectors; see {@link Activations#tanh(float)}. */
    static void tanh(float[] source, int from, float[] target, int to, int count) {
        for (int i = 0; i < count; i += LENGTH) {
            FloatVector x = FloatVector.fromArray(FLOATS, source, from + i);
            // The clamp on the bits: the smaller magnitude, then the sign again. It drops a NaN, which comes back by x
            // - c.
            FloatVector c = x.reinterpretAsInts()
                    .and(0x7fffffff)
                    .min(Float.floatToRawIntBits(Tanh.SEAM))
                    .or(x.reinterpretAsInts().and(0x80000000))
                    .reinterpretAsFloats();
            FloatVector t = x.sub(c).abs();

            FloatVector z = c.mul(c);
            FloatVector p = FloatVector.broadcast(FLOATS, Tanh.P4).fma(z, FloatVector.broadcast(FLOATS, Tanh.P3));
            p = p.fma(z, FloatVector.broadcast(FLOATS, Tanh.P2));
            p = p.fma(z, FloatVector.broadcast(FLOATS, Tanh.P1));
            p = p.fma(z, FloatVector.broadcast(FLOATS, Tanh.P0));
            FloatVector inner = c.fma(z.fma(p, FloatVector.broadcast(FLOATS, 0f)), c);

            FloatVector u = FloatVector.broadcast(FLOATS, Tanh.Q7).fma(t, FloatVector.broadcast(FLOATS, Tanh.Q6));
            u = u.fma(t, FloatVector.broadcast(FLOATS, Tanh.Q5));
            u = u.fma(t, FloatVector.broadcast(FLOATS, Tanh.Q4));
            u = u.fma(t, FloatVector.broadcast(FLOATS, Tanh.Q3));
            u = u.fma(t, FloatVector.broadcast(FLOATS, Tanh.Q2));
            u = u.fma(t, FloatVector.broadcast(FLOATS, Tanh.Q1));
            u = u.fma(t, FloatVector.broadcast(FLOATS, Tanh.Q0));
            u = u.mul(t);
            u = u.mul(u.add(FloatVector.broadcast(FLOATS, Tanh.TWO_B)));
            FloatVector d = FloatVector.broadcast(FLOATS, Tanh.NUMERATOR)
                    .div(u.fma(
                            u.add(FloatVector.broadcast(FLOATS, Tanh.TWO_B_SQUARED)),
                            FloatVector.broadcast(FLOATS, Tanh.DENOMINATOR)));
            FloatVector y = c.mul(FloatVector.broadcast(FLOATS, Tanh.INVERSE_SEAM))
                    .fma(FloatVector.broadcast(FLOATS, Tanh.SEAM_COMPLEMENT).sub(d), inner);
            y.intoArray(target, to + i);
        }
    }

    /** {@code a = sigmoid(a)}, in whole vectors; see {@link Activations#sigmoid(float)}. */
    static void sigmoid(float[] a, int from, int count) {
        for (int i = 0; i < count; i += LENGTH) {
            FloatVector x = FloatVector.fromArray(FLOATS, a, from + i);
            // Not min and max, which take six instructions each to honour NaN and -0.
            FloatVector c = x.blend(
                    FloatVector.broadcast(FLOATS, Sigmoid.HIGHEST),
                    x.compare(VectorOperators.GT, FloatVector.broadcast(FLOATS, Sigmoid.HIGHEST)));
            VectorMask<Float> low = x.compare(VectorOperators.LT, FloatVector.broadcast(FLOATS, Sigmoid.LOWEST));
            c = c.blend(FloatVector.broadcast(FLOATS, Sigmoid.LOWEST), low);
            FloatVector rounded = c.fma(
                    FloatVector.broadcast(FLOATS, Sigmoid.LOG2_E), FloatVector.broadcast(FLOATS, Sigmoid.ROUNDER));
            FloatVector k = rounded.sub(FloatVector.broadcast(FLOATS, Sigmoid.ROUNDER));
            FloatVector f = k.fma(
                    FloatVector.broadcast(FLOATS, Sigmoid.MINUS_LN2_LOW),
                    k.fma(FloatVector.broadcast(FLOATS, Sigmoid.MINUS_LN2_HIGH), c));

            FloatVector p = FloatVector.broadcast(FLOATS, Sigmoid.P4).fma(f, FloatVector.broadcast(FLOATS, Sigmoid.P3));
            p = p.fma(f, FloatVector.broadcast(FLOATS, Sigmoid.P2));
            p = p.fma(f, FloatVector.broadcast(FLOATS, Sigmoid.P1));
            p = p.fma(f, FloatVector.broadcast(FLOATS, Sigmoid.P0));
            FloatVector n = f.mul(f).fma(p, f);

            // -2^k by its exponent: the last bits of the rounded number are k. 2^-150 and 2^-151 become 0 here, too.
            FloatVector minusPower = rounded.reinterpretAsInts()
                    .lanewise(VectorOperators.LSHL, 23)
                    .add(SCALED_BIAS)
                    .reinterpretAsFloats()
                    .mul(FloatVector.broadcast(FLOATS, MINUS_SCALE));

            FloatVector sum = FloatVector.broadcast(FLOATS, 1f).sub(minusPower);
            FloatVector divisor = sum.sub(n);
            FloatVector rest = sum.sub(divisor)
                    .sub(n)
                    .add(FloatVector.broadcast(FLOATS, 1f).sub(sum).sub(minusPower));
            FloatVector minusInverse = FloatVector.broadcast(FLOATS, -1f).div(divisor);
            FloatVector miss = minusInverse.fma(rest, minusInverse.fma(divisor, FloatVector.broadcast(FLOATS, 1f)));
            FloatVector y = minusInverse.fma(miss, minusInverse).fma(minusPower, FloatVector.broadcast(FLOATS, 0f));
            y.intoArray(a, from + i);
        }
    }

    /** {@code target = max(source, 0)}; NaN stays NaN, -0 becomes 0; whole vectors. */
    static void relu(float[] source, int from, float[] target, int to, int count) {
        for (int i = 0; i < count; i += LENGTH) {
            FloatVector.fromArray(FLOATS, source, from + i).max(0f).intoArray(target, to + i);
        }
    }
}
