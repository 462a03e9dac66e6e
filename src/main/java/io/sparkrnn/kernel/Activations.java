package io.sparkrnn.kernel;

/**
 * tanh, sigmoid and relu in float32, by operations that are exact counterparts of one another in plain Java and in
 * every vector width, so that all implementations give the same bits: {@code + - * /}, fused multiply-add, absolute
 * value, and the smaller or the larger of two numbers. No branches, no tables, no library function.
 */
public final class Activations {
    /**
     * The constants of {@link #tanh(float)}, for whoever writes the same arithmetic in other lanes.
     *
     * <p>{@code S} is the seam, {@code R = b^4 exp(-2S)}, {@code b = 3411/4096}. Seam and b were chosen so that tanh(S),
     * {@code 2R} and {@code b^4 + R} are all within a few hundredths of an ulp of a float.
     */
    public static final class Tanh {
        /** S: up to here the odd polynomial alone. Few enough bits that |x| - S is exact for every x that matters. */
        public static final float SEAM = 0x1.5f08p-1f;

        /** 1/S, rounded so that S * (1/S) is exactly 1. */
        public static final float INVERSE_SEAM = 0x1.75642ap0f;

        /** 1 - tanh(S), to the bit what {@code NUMERATOR / DENOMINATOR} gives. */
        public static final float SEAM_COMPLEMENT = 0x1.9e9034p-2f;

        /** P(z), so that tanh(x) = x + x z P(z) with z = x x: coefficients of z^0 to z^4. */
        public static final float P0 = -0x1.555506p-2f;

        public static final float P1 = 0x1.10fep-3f;
        public static final float P2 = -0x1.b7188ep-5f;
        public static final float P3 = 0x1.4b1498p-6f;
        public static final float P4 = -0x1.57edp-8f;

        /** Q(t), so that t Q(t) = b (exp(t/2) - 1): coefficients of t^0 to t^7. All are positive. */
        public static final float Q0 = 0x1.aa5ffep-2f;

        public static final float Q1 = 0x1.aa60a2p-4f;
        public static final float Q2 = 0x1.1c3478p-6f;
        public static final float Q3 = 0x1.1cfacep-9f;
        public static final float Q4 = 0x1.babe8ep-13f;
        public static final float Q5 = 0x1.648cp-16f;
        public static final float Q6 = 0x1.8739d4p-22f;
        public static final float Q7 = 0x1.bb9488p-23f;

        /** 2b. */
        public static final float TWO_B = 0x1.aa6p0f;

        /** 2b^2. */
        public static final float TWO_B_SQUARED = 0x1.6311d2p0f;

        /** 2R. */
        public static final float NUMERATOR = 0x1.f3f5dap-3f;

        /** b^4 + R. */
        public static final float DENOMINATOR = 0x1.34bbf2p-1f;

        private Tanh() {}
    }

    /**
     * The constants of {@link #sigmoid(float)}, for whoever writes the same arithmetic in other lanes.
     *
     * <p>ln 2 in two parts: k times the first, taken from x by a fused multiply-add, leaves an exact difference.
     */
    public static final class Sigmoid {
        /** From here down the result is 0, so nothing is lost by going no further. */
        public static final float LOWEST = -105f;

        /** From here up the result is 1. */
        public static final float HIGHEST = 17.5f;

        public static final float LOG2_E = 0x1.715476p0f;

        /** 1.5 * 2^23: the last bit of a sum with this is worth 1, so that adding it rounds to a whole number. */
        public static final float ROUNDER = 0x1.8p23f;

        public static final float MINUS_LN2_HIGH = -0x1.62e43p-1f;
        public static final float MINUS_LN2_LOW = 0x1.05c61p-29f;

        /** P(f), so that 1 - exp(-f) = f + f^2 P(f) for |f| up to ln(2)/2: coefficients of f^0 to f^4. */
        public static final float P0 = -0x1.fffffcp-2f;

        public static final float P1 = 0x1.555492p-3f;
        public static final float P2 = -0x1.5558b2p-5f;
        public static final float P3 = 0x1.12399cp-7f;
        public static final float P4 = -0x1.6a4bf8p-10f;

        /** V(k), so that V(k)^64 is 0.76 to 1.31 times 2^k for k from -151 to 25: coefficients of k^0 to k^3. */
        public static final float V0 = 0x1.00e3d8p0f;

        public static final float V1 = 0x1.5ff872p-7f;
        public static final float V2 = 0x1.ac754ep-15f;
        public static final float V3 = 0x1.b72fc8p-24f;

        /** 2^23 + 1: splits off all but one of the 24 bits of a float, so 0.75 to 1.5 times 2^k becomes 2^k. */
        public static final float SPLITTER = 0x1.000002p23f;

        private Sigmoid() {}
    }

    private Activations() {}

    /**
     * tanh(x) = (exp(2x) - 1) / (exp(2x) + 1).
     *
     * <p>The error is below 1.18 ulp, and below 0.84 ulp for |x| up to 0.685 (measured over all floats against
     * {@code StrictMath.tanh} in float64). Over all floats, too: never decreasing from one float to the next; odd to the
     * bit; exactly 1 from 8.8152 on and never above; x itself for tiny and denormal x and for both zeros; ±1 for the
     * infinities; NaN for NaN.
     *
     * <p>With c = x clamped to [-S, S], t = |x - c| and S = 0.6856:
     *
     * <pre>
     *   tanh(x) = (c + c^3 P(c^2)) + (c/S) (d(0) - d(t)),    d(t) = 1 - tanh(S + t) = 2 / (exp(2(S + t)) + 1)
     * </pre>
     *
     * The first term is tanh itself up to S and the constant ±tanh(S) beyond; the second is exactly 0 up to S, and beyond
     * it c/S is exactly ±1: the two halves need no branch and no mask. exp(2t) - 1 is squared up twice from exp(t/2) - 1
     * by u &lt;- u (u + 2), which needs no exponent bits and keeps rounding errors small where t is: d(t) is least precise
     * at the seam, where t is 0. All Q are positive, so every step of d is monotone in t whatever the rounding, and an
     * infinite t ends at d = 0.
     *
     * <p>P and Q are minimax polynomials (Remez exchange, weighted by their effect on the result in ulp; each coefficient
     * of P rounded to float before the next were fitted).
     */
    public static float tanh(float x) {
        float c = Math.max(-Tanh.SEAM, Math.min(Tanh.SEAM, x));
        float t = Math.abs(x - c);

        float z = c * c;
        float p = Math.fma(Tanh.P4, z, Tanh.P3);
        p = Math.fma(p, z, Tanh.P2);
        p = Math.fma(p, z, Tanh.P1);
        p = Math.fma(p, z, Tanh.P0);
        // + 0f turns the -0 of z = 0 into +0, without which tanh(-0) would be +0
        float inner = Math.fma(c, Math.fma(z, p, 0f), c);

        float u = Math.fma(Tanh.Q7, t, Tanh.Q6);
        u = Math.fma(u, t, Tanh.Q5);
        u = Math.fma(u, t, Tanh.Q4);
        u = Math.fma(u, t, Tanh.Q3);
        u = Math.fma(u, t, Tanh.Q2);
        u = Math.fma(u, t, Tanh.Q1);
        u = Math.fma(u, t, Tanh.Q0);
        u = u * t; // b (exp(t/2) - 1)
        u = u * (u + Tanh.TWO_B); // b^2 (exp(t) - 1)
        float d = Tanh.NUMERATOR / Math.fma(u, u + Tanh.TWO_B_SQUARED, Tanh.DENOMINATOR);

        return Math.fma(c * Tanh.INVERSE_SEAM, Tanh.SEAM_COMPLEMENT - d, inner);
    }

    /** {@code a = tanh(a)} for the elements from {@code from} up to {@code to}; see {@link #tanh(float)}. */
    public static void tanh(float[] a, int from, int to) {
        // kept this plain for C2, which makes vectors of it
        for (int i = from; i < to; i++) {
            a[i] = tanh(a[i]);
        }
    }

    /**
     * sigmoid(x) = 1 / (1 + exp(-x)).
     *
     * <p>The error is below 0.97 ulp, also where the result is close to 0 or denormal (measured over all floats against
     * {@code StrictMath.exp} in float64). Over all floats, too: never decreasing from one float to the next; within
     * [0, 1]; exactly 1 from 16.9822 on and exactly 0 from -103.626 down, the infinities included; 0.5 for both zeros and
     * for tiny and denormal x; NaN for NaN.
     *
     * <p>With k the whole number next to x / ln 2 and f = x - k ln 2, so that |f| is at most ln(2)/2:
     *
     * <pre>
     *   sigmoid(x) = 2^k / (2^k + exp(-f)) = 2^k / ((1 + 2^k) - n),    n = 1 - exp(-f) = f + f^2 P(f)
     * </pre>
     *
     * One formula serves both signs of x. n is monotone in f because f^2 P(f) is a small correction to f, rounded once.
     * The divisor is kept as a sum of two floats, and 1 / divisor takes one Newton step with that sum, which takes back
     * the roundings of both: the plain quotient has 1.7 ulp. Multiplying by 2^k costs no bit, save the one rounding of a
     * denormal result.
     *
     * <p>2^k is made without its exponent bits, which C2 does not get at in vectors (with them the loop over an array
     * takes seven times as long): V(k)^64 is only roughly 2^k, and Veltkamp's splitting rounds it to one significant bit,
     * which is 2^k exactly; only 2^-150 and 2^-151 become 0.
     *
     * <p>P and V are minimax polynomials (P weighted by its effect on the result in ulp, each coefficient rounded to
     * float before the next were fitted; V by its relative error at all whole k from -151 to 25). The reduction of the
     * argument is Cody and Waite's.
     */
    public static float sigmoid(float x) {
        float c = Math.max(Sigmoid.LOWEST, Math.min(Sigmoid.HIGHEST, x));
        float k = Math.fma(c, Sigmoid.LOG2_E, Sigmoid.ROUNDER) - Sigmoid.ROUNDER;
        float f = Math.fma(k, Sigmoid.MINUS_LN2_LOW, Math.fma(k, Sigmoid.MINUS_LN2_HIGH, c));

        float p = Math.fma(Sigmoid.P4, f, Sigmoid.P3);
        p = Math.fma(p, f, Sigmoid.P2);
        p = Math.fma(p, f, Sigmoid.P1);
        p = Math.fma(p, f, Sigmoid.P0);
        float n = Math.fma(f * f, p, f);

        float v = Math.fma(Sigmoid.V3, k, Sigmoid.V2);
        v = Math.fma(v, k, Sigmoid.V1);
        v = Math.fma(v, k, Sigmoid.V0);
        v = v * v; // V^2
        v = v * v; // V^4
        v = v * v; // V^8
        v = v * v; // V^16
        v = v * v; // V^32
        v = v * v; // V^64
        float split = v * Sigmoid.SPLITTER;
        float minusPower = (split - v) - split; // -2^k

        // (1 + 2^k) - n = divisor + rest
        float sum = 1f - minusPower;
        float divisor = sum - n;
        float rest = ((sum - divisor) - n) + ((1f - sum) - minusPower);

        // two minus signs, of this and of minusPower, cancel in the end and spare every negation
        float minusInverse = -1f / divisor;
        float miss = Math.fma(minusInverse, rest, Math.fma(minusInverse, divisor, 1f));
        // + 0f turns a -0 into +0
        return Math.fma(Math.fma(minusInverse, miss, minusInverse), minusPower, 0f);
    }

    /** {@code a = sigmoid(a)} for the elements from {@code from} up to {@code to}; see {@link #sigmoid(float)}. */
    public static void sigmoid(float[] a, int from, int to) {
        // kept this plain for C2, which makes vectors of it
        for (int i = from; i < to; i++) {
            a[i] = sigmoid(a[i]);
        }
    }

    /** {@code a = max(a, 0)} for the elements from {@code from} up to {@code to}; NaN stays NaN, -0 becomes 0. */
    public static void relu(float[] a, int from, int to) {
        for (int i = from; i < to; i++) {
            a[i] = Math.max(a[i], 0f);
        }
    }
}
