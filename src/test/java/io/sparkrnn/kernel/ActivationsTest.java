package io.sparkrnn.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What {@link Activations} promises, on samples; and on all 2^32 floats (two minutes on two cores) by
 *
 * <pre>
 *   mvn test -Dtest=ActivationsTest -Dsparkrnn.exhaustive=true
 * </pre>
 */
class ActivationsTest {
    private static final double MAX_ULP = 1.18;
    private static final int INFINITY = Float.floatToRawIntBits(Float.POSITIVE_INFINITY);
    private static final int SIGN = 0x8000_0000;

    /** The first float whose tanh comes out as 1; the true one is 0.74 ulp below. */
    private static final float SATURATION = 0x1.1a15d2p3f;

    @Test
    void tanhKeepsItsPromisesOnASweepOfAllFloats() {
        int prime = 499;
        float before = 0f;
        for (long bits = 0; bits <= INFINITY; bits += prime) {
            checkTanh((int) bits);
            float y = Activations.tanh(Float.intBitsToFloat((int) bits));
            if (y < before) {
                fail("tanh(%a) = %a is below the value %d floats before", Float.intBitsToFloat((int) bits), y, prime);
            }
            before = y;
        }
    }

    @ParameterizedTest
    @ValueSource(
            floats = {
                0f,
                Float.MIN_NORMAL,
                0x1p-63f, // from here on x x is not denormal
                0x1p-12f, // about where tanh(x) leaves x
                0.5f,
                0.54930615f, // tanh = 0.5: the result's ulp doubles
                Activations.Tanh.SEAM,
                1f,
                SATURATION,
                Float.MAX_VALUE,
                Float.POSITIVE_INFINITY
            })
    void tanhKeepsItsPromisesOnEveryFloatNear(float x) {
        int centre = Float.floatToRawIntBits(x);
        for (int bits = Math.max(0, centre - 5000); bits <= centre + 5000; bits++) {
            checkTanh(bits);
        }
    }

    @Test
    @EnabledIfSystemProperty(named = "sparkrnn.exhaustive", matches = "true")
    void tanhKeepsItsPromisesOnEveryFloat() {
        int chunk = 1 << 20;
        double worst = IntStream.range(0, 1 << 11)
                .parallel()
                .mapToDouble(n -> {
                    double max = 0;
                    for (int k = 0; k < chunk; k++) {
                        max = Math.max(max, checkTanh(n * chunk + k));
                    }
                    return max;
                })
                .max()
                .orElseThrow();
        System.out.printf("tanh over all floats: at most %.4f ulp%n", worst);
    }

    @Test
    void tanhSaturatesAtExactlyOne() {
        assertThat(Activations.tanh(Math.nextDown(SATURATION))).isEqualTo(Math.nextDown(1f));
        for (float x : new float[] {SATURATION, 10f, 100f, 1e10f, Float.MAX_VALUE, Float.POSITIVE_INFINITY}) {
            assertThat(Activations.tanh(x)).isEqualTo(1f);
            assertThat(Activations.tanh(-x)).isEqualTo(-1f);
        }
    }

    @Test
    void tanhOfTinyAndZeroIsTheNumberItself() {
        for (float x : new float[] {0f, Float.MIN_VALUE, 1e-40f, Float.MIN_NORMAL, 1e-30f, 1e-10f, 0x1p-13f}) {
            assertSameBits(x, Activations.tanh(x));
            assertSameBits(-x, Activations.tanh(-x));
        }
    }

    @Test
    void theArrayFormGivesTheSameBitsAndTouchesNothingElse() {
        float[] input = awkwardValues();
        int[] edges = {0, 1, 7, 31, 33, 257, input.length - 1, input.length};
        for (int from : edges) {
            for (int to : edges) {
                float[] a = input.clone();
                Activations.tanh(a, from, to);
                assertTanhBetween(input, a, from, to);
            }
        }
    }

    /** Often enough for the loop to be compiled to vectors. */
    @Test
    void theArrayFormGivesTheSameBitsOnceCompiled() {
        float[] input = awkwardValues();
        float[] a = input.clone();
        for (int times = 0; times < 3000; times++) {
            System.arraycopy(input, 0, a, 0, input.length);
            Activations.tanh(a, 3, a.length - 5);
        }
        assertTanhBetween(input, a, 3, a.length - 5);
    }

    @Test
    void reluCutsAtZeroAndKeepsNaN() {
        float guard = -7f;
        float[] a = {
            guard,
            -1f,
            -0f,
            0f,
            2f,
            -Float.MIN_VALUE,
            Float.MIN_VALUE,
            Float.NaN,
            Float.NEGATIVE_INFINITY,
            Float.POSITIVE_INFINITY,
            guard
        };
        Activations.relu(a, 1, a.length - 1);
        assertThat(a)
                .containsExactly(
                        guard, 0f, 0f, 0f, 2f, 0f, Float.MIN_VALUE, Float.NaN, 0f, Float.POSITIVE_INFINITY, guard);
    }

    /** Checks the number of these bits (sign bit clear), its negative and its successor; gives the error in ulp. */
    private static double checkTanh(int bits) {
        float x = Float.intBitsToFloat(bits);
        float y = Activations.tanh(x);
        float negative = Activations.tanh(-x);
        if (Float.isNaN(x)) {
            if (!Float.isNaN(y) || !Float.isNaN(negative)) {
                fail("tanh(NaN) = %a, %a for bits %x", y, negative, bits);
            }
            return 0;
        }
        double expected = StrictMath.tanh((double) x);
        double error = Math.abs(y - expected) / ulp(expected);
        if (!(error <= MAX_ULP)) {
            fail("tanh(%a) = %a, not %s: %.3f ulp", x, y, expected, error);
        }
        if (y > 1f || y < 0f) {
            fail("tanh(%a) = %a is out of [0, 1]", x, y);
        }
        if (Float.floatToRawIntBits(negative) != (Float.floatToRawIntBits(y) | SIGN)) {
            fail("tanh(%a) = %a but tanh of its negative is %a", x, y, negative);
        }
        if (bits < INFINITY && Activations.tanh(Math.nextUp(x)) < y) {
            fail("tanh(%a) = %a is above its successor's", x, y);
        }
        return error;
    }

    /** The distance of the floats around a number in (0, 1], taken below 1 at 1 itself. */
    private static double ulp(double y) {
        int exponent = y >= 1 ? -1 : Math.getExponent(y);
        return Math.scalb(1.0, Math.max(exponent, Float.MIN_EXPONENT) - 23);
    }

    private static float[] awkwardValues() {
        long seed = 20260101;
        Random random = new Random(seed);
        float[] a = new float[1031];
        for (int i = 0; i < a.length; i++) {
            a[i] = i % 3 == 0 ? Float.intBitsToFloat(random.nextInt()) : (float) (3 * random.nextGaussian());
        }
        float[] special = {
            0f,
            -0f,
            Float.NaN,
            Float.POSITIVE_INFINITY,
            Float.NEGATIVE_INFINITY,
            Float.MIN_VALUE,
            -Float.MIN_VALUE,
            Activations.Tanh.SEAM,
            -Math.nextUp(Activations.Tanh.SEAM),
            SATURATION,
            -Float.MAX_VALUE
        };
        for (int i = 0; i < special.length; i++) {
            a[40 + 17 * i] = special[i];
        }
        return a;
    }

    private static void assertTanhBetween(float[] input, float[] output, int from, int to) {
        for (int i = 0; i < input.length; i++) {
            assertSameBits(i >= from && i < to ? Activations.tanh(input[i]) : input[i], output[i]);
        }
    }

    /** Two NaN are the same, whatever their payload. */
    private static void assertSameBits(float expected, float actual) {
        if (Float.floatToIntBits(expected) != Float.floatToIntBits(actual)) {
            fail("expected %a, not %a", expected, actual);
        }
    }
}
