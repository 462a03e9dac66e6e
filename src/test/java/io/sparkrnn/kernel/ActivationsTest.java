package io.sparkrnn.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import java.util.Random;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIfSystemProperty;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What {@link Activations} promises, on samples; and on all 2^32 floats (four minutes on two cores) by
 *
 * <pre>
 *   mvn test -Dtest=ActivationsTest -Dsparkrnn.exhaustive=true
 * </pre>
 */
class ActivationsTest {
    private static final double MAX_TANH_ULP = 1.18;
    private static final double MAX_SIGMOID_ULP = 0.97;
    private static final int INFINITY = Float.floatToRawIntBits(Float.POSITIVE_INFINITY);
    private static final int SIGN = 0x8000_0000;

    /** The first float whose tanh comes out as 1; the true one is 0.74 ulp below. */
    private static final float SATURATION = 0x1.1a15d2p3f;

    /** The first float whose sigmoid comes out as 1; the true one is 0.71 ulp below. */
    private static final float SIGMOID_ONE = 0x1.0fb6b6p4f;

    /** The last float whose sigmoid comes out as 0; the true one is 0.71 of the smallest denormal. */
    private static final float SIGMOID_ZERO = -0x1.9e8086p6f;

    /** What has a form for one number and one for an array. */
    private enum Function {
        TANH {
            @Override
            float apply(float x) {
                return Activations.tanh(x);
            }

            @Override
            void apply(float[] a, int from, int to) {
                Activations.tanh(a, from, to);
            }
        },
        SIGMOID {
            @Override
            float apply(float x) {
                return Activations.sigmoid(x);
            }

            @Override
            void apply(float[] a, int from, int to) {
                Activations.sigmoid(a, from, to);
            }
        };

        abstract float apply(float x);

        abstract void apply(float[] a, int from, int to);
    }

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
        double worst = worstOverAllFloats(ActivationsTest::checkTanh);
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
    void sigmoidKeepsItsPromisesOnASweepOfAllFloats() {
        int prime = 499;
        float before = 0.5f;
        float beforeNegative = 0.5f;
        for (long bits = 0; bits <= INFINITY; bits += prime) {
            checkSigmoid((int) bits);
            float x = Float.intBitsToFloat((int) bits);
            float y = Activations.sigmoid(x);
            float negative = Activations.sigmoid(-x);
            if (y < before || negative > beforeNegative) {
                fail(
                        "sigmoid(±%a) = %a, %a, but %a, %a at %d floats before",
                        x, y, negative, before, beforeNegative, prime);
            }
            before = y;
            beforeNegative = negative;
        }
    }

    @ParameterizedTest
    @ValueSource(
            floats = {
                0f,
                Float.MIN_NORMAL,
                0x1p-63f, // from here on x x is not denormal
                0x1p-23f, // about where sigmoid(x) leaves 0.5
                0.5f,
                1.0986123f, // sigmoid(-x) = 0.25: the result's ulp doubles
                SIGMOID_ONE,
                Activations.Sigmoid.HIGHEST,
                87.33655f, // exp(-x) = MIN_NORMAL: denormal results begin
                -SIGMOID_ZERO,
                103.97208f, // exp(-x) = MIN_VALUE / 2
                -Activations.Sigmoid.LOWEST,
                Float.MAX_VALUE,
                Float.POSITIVE_INFINITY
            })
    void sigmoidKeepsItsPromisesOnEveryFloatNear(float x) {
        checkSigmoidNear(x, 5000);
    }

    @Test
    void sigmoidKeepsItsPromisesWhereThePowerOfTwoChanges() {
        for (int k = 0; k <= 151; k++) {
            checkSigmoidNear((float) ((k + 0.5) * Math.log(2)), 500);
        }
    }

    @Test
    @EnabledIfSystemProperty(named = "sparkrnn.exhaustive", matches = "true")
    void sigmoidKeepsItsPromisesOnEveryFloat() {
        double worst = worstOverAllFloats(ActivationsTest::checkSigmoid);
        System.out.printf("sigmoid over all floats: at most %.4f ulp%n", worst);
    }

    @Test
    void sigmoidSaturatesAtExactlyOneAndZero() {
        assertThat(Activations.sigmoid(Math.nextDown(SIGMOID_ONE))).isEqualTo(Math.nextDown(1f));
        for (float x : new float[] {SIGMOID_ONE, 20f, 100f, 1e10f, Float.MAX_VALUE, Float.POSITIVE_INFINITY}) {
            assertSameBits(1f, Activations.sigmoid(x));
        }
        assertThat(Activations.sigmoid(Math.nextUp(SIGMOID_ZERO))).isEqualTo(Float.MIN_VALUE);
        for (float x : new float[] {SIGMOID_ZERO, -104f, -1e10f, -Float.MAX_VALUE, Float.NEGATIVE_INFINITY}) {
            assertSameBits(0f, Activations.sigmoid(x));
        }
    }

    @Test
    void sigmoidOfTinyAndZeroIsOneHalf() {
        for (float x : new float[] {0f, Float.MIN_VALUE, 1e-40f, Float.MIN_NORMAL, 1e-30f, 1e-10f, 0x1p-25f}) {
            assertSameBits(0.5f, Activations.sigmoid(x));
            assertSameBits(0.5f, Activations.sigmoid(-x));
        }
    }

    @ParameterizedTest
    @EnumSource(Function.class)
    void theArrayFormGivesTheSameBitsAndTouchesNothingElse(Function function) {
        float[] input = awkwardValues();
        int[] edges = {0, 1, 7, 31, 33, 257, input.length - 1, input.length};
        for (int from : edges) {
            for (int to : edges) {
                float[] a = input.clone();
                function.apply(a, from, to);
                assertAppliedBetween(function, input, a, from, to);
            }
        }
    }

    /** Often enough for the loop to be compiled to vectors. */
    @ParameterizedTest
    @EnumSource(Function.class)
    void theArrayFormGivesTheSameBitsOnceCompiled(Function function) {
        float[] input = awkwardValues();
        float[] a = input.clone();
        for (int times = 0; times < 3000; times++) {
            System.arraycopy(input, 0, a, 0, input.length);
            function.apply(a, 3, a.length - 5);
        }
        assertAppliedBetween(function, input, a, 3, a.length - 5);
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
        if (!(error <= MAX_TANH_ULP)) {
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

    private static void checkSigmoidNear(float x, int neighbours) {
        int centre = Float.floatToRawIntBits(x);
        for (int bits = Math.max(0, centre - neighbours); bits <= centre + neighbours; bits++) {
            checkSigmoid(bits);
        }
    }

    /** Checks the number of these bits (sign bit clear), its negative and the next of both; gives the error in ulp. */
    private static double checkSigmoid(int bits) {
        float x = Float.intBitsToFloat(bits);
        float y = Activations.sigmoid(x);
        float negative = Activations.sigmoid(-x);
        if (Float.isNaN(x)) {
            if (!Float.isNaN(y) || !Float.isNaN(negative)) {
                fail("sigmoid(NaN) = %a, %a for bits %x", y, negative, bits);
            }
            return 0;
        }
        double exp = StrictMath.exp(-(double) x);
        double error = Math.max(sigmoidError(x, y, 1 / (1 + exp)), sigmoidError(-x, negative, exp / (1 + exp)));
        if (bits < INFINITY) {
            float next = Math.nextUp(x);
            if (Activations.sigmoid(next) < y || Activations.sigmoid(-next) > negative) {
                fail("sigmoid(±%a) = %a, %a is not in order with the next float's", x, y, negative);
            }
        }
        return error;
    }

    private static double sigmoidError(float x, float y, double expected) {
        double error = Math.abs(y - expected) / ulp(expected);
        if (!(error <= MAX_SIGMOID_ULP)) {
            fail("sigmoid(%a) = %a, not %s: %.3f ulp", x, y, expected, error);
        }
        if (y > 1f || y < 0f || Float.floatToRawIntBits(y) == SIGN) {
            fail("sigmoid(%a) = %a is out of [0, 1]", x, y);
        }
        return error;
    }

    /** The largest of what the check gives for the bits of every float without its sign. */
    private static double worstOverAllFloats(IntToDoubleFunction check) {
        int chunk = 1 << 20;
        return IntStream.range(0, 1 << 11)
                .parallel()
                .mapToDouble(n -> {
                    double max = 0;
                    for (int k = 0; k < chunk; k++) {
                        max = Math.max(max, check.applyAsDouble(n * chunk + k));
                    }
                    return max;
                })
                .max()
                .orElseThrow();
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
            -Float.MAX_VALUE,
            SIGMOID_ONE,
            SIGMOID_ZERO,
            -90f // a denormal sigmoid
        };
        for (int i = 0; i < special.length; i++) {
            a[40 + 17 * i] = special[i];
        }
        return a;
    }

    private static void assertAppliedBetween(Function function, float[] input, float[] output, int from, int to) {
        for (int i = 0; i < input.length; i++) {
            assertSameBits(i >= from && i < to ? function.apply(input[i]) : input[i], output[i]);
        }
    }

    /** Two NaN are the same, whatever their payload. */
    private static void assertSameBits(float expected, float actual) {
        if (Float.floatToIntBits(expected) != Float.floatToIntBits(actual)) {
            fail("expected %a, not %a", expected, actual);
        }
    }
}
