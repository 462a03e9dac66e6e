package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.graph.StepInput;
import io.sparkrnn.kernel.Activations;
import io.sparkrnn.model.Activation;
import io.sparkrnn.model.Precision;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * {@code y = f(x)} of each number by itself. In float32 tanh, sigmoid and relu are those of the kernels, to the bit.
 *
 * @param of which function
 */
public record Function(Of of) implements Single {
    /** The functions of <a href="https://onnx.ai/onnx/operators/">ONNX</a> that no {@link Activation} is. */
    public enum Of {
        /** {@code |x|} */
        ABS,
        /** {@code -x} */
        NEG,
        /** the smallest whole number not below x */
        CEIL,
        /** the largest whole number not above x */
        FLOOR,
        /** the nearest whole number, the even one of two */
        ROUND,
        /** -1, 0 or 1 */
        SIGN,
        /** {@code 1 / x} */
        RECIPROCAL,
        /** the square root */
        SQRT,
        /** the natural logarithm */
        LOG,
        /** {@code 2 / sqrt(pi)} times the integral of {@code e^-t^2} from 0 to x */
        ERF,
        /** {@code x (1 + erf(x / sqrt 2)) / 2} (<a href="https://onnx.ai/onnx/operators/onnx__Gelu.html">Gelu</a>) */
        GELU,
        /** {@code x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2} */
        GELU_TANH,
        /** {@code x max(0, min(1, x / 6 + 1/2))} */
        HARD_SWISH,
        /** {@code x tanh(log(1 + e^x))} */
        MISH,
        /** {@code sin x} */
        SIN,
        /** {@code cos x} */
        COS,
        /** {@code tan x} */
        TAN,
        /** the angle whose sine is x */
        ASIN,
        /** the angle whose cosine is x */
        ACOS,
        /** the angle whose tangent is x */
        ATAN,
        /** {@code (e^x - e^-x) / 2} */
        SINH,
        /** {@code (e^x + e^-x) / 2} */
        COSH,
        /** whose sinh is x */
        ASINH,
        /** whose cosh is x */
        ACOSH,
        /** whose tanh is x */
        ATANH,
        /** {@code x x} */
        SQUARE,
        /** {@code -log(1 + e^-x)} */
        LOG_SIGMOID,
        /** x outside of -1/2 to 1/2, else 0 */
        HARD_SHRINK,
        /** 1 of what is no number, else 0 */
        IS_NAN,
        /** 1 of what is infinite, else 0 */
        IS_INF,
        /** 1 of 0, else 0 */
        NOT
    }

    /** An array of more numbers is none of sizes. */
    private static final int MOST_SIZES = 4096;

    /** From here on {@code sqrt(x^2 + 1)} and {@code sqrt(x^2 - 1)} are x in float64. */
    private static final double LARGE = 0x1p28;

    /** What a function of each number takes. */
    private static final int EFFORT = 32;

    @Override
    public Array[] outline(@Nullable Array[] inputs, Precision precision) {
        Array x = Operator.need(inputs, 0);
        return areSizes(x) ? run(inputs, precision) : new Array[] {zeros(x, precision)};
    }

    /** Whether numbers may be sizes, so that they are of use and not their shape alone. */
    private static boolean areSizes(Array x) {
        return x.elements() <= MOST_SIZES;
    }

    /** An array for what it gives. */
    private Array zeros(Array x, Precision precision) {
        return of == Of.NOT || of == Of.IS_NAN || of == Of.IS_INF || x.isWhole()
                ? Array.wholes(x.shape())
                : Array.numbers(precision, x.shape());
    }

    @Override
    public long effort(@Nullable Array[] inputs) {
        return EFFORT;
    }

    @Override
    public int stepsAxis(List<@Nullable StepInput> inputs) {
        return StepInput.ofFirst(inputs);
    }

    @Override
    public Array result(Array x, @Nullable Array[] inputs, Precision precision) {
        Array y = zeros(x, precision);
        for (int i = 0; i < x.elements(); i++) {
            y.set(i, apply(x.get(i)));
        }
        return y;
    }

    private double apply(double x) {
        return switch (of) {
            case ABS -> Math.abs(x);
            case NEG -> -x;
            case CEIL -> Math.ceil(x);
            case FLOOR -> Math.floor(x);
            case ROUND -> Math.rint(x);
            case SIGN -> Math.signum(x);
            case RECIPROCAL -> 1 / x;
            case SQRT -> Math.sqrt(x);
            case LOG -> StrictMath.log(x);
            case ERF -> erf(x);
            case GELU -> x * 0.5 * (1 + erf(x / Math.sqrt(2)));
            case GELU_TANH -> 0.5 * x * (1 + StrictMath.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x * x * x)));
            case HARD_SWISH -> x * Math.max(0, Math.min(1, x / 6 + 0.5));
            case MISH -> x * StrictMath.tanh(Activation.Kind.SOFTPLUS.defaults().apply(x));
            case SIN -> StrictMath.sin(x);
            case COS -> StrictMath.cos(x);
            case TAN -> StrictMath.tan(x);
            case ASIN -> StrictMath.asin(x);
            case ACOS -> StrictMath.acos(x);
            case ATAN -> StrictMath.atan(x);
            case SINH -> StrictMath.sinh(x);
            case COSH -> StrictMath.cosh(x);
            // log1p, for small x cancel in a logarithm of what is about 1; the square of a large x may be infinite.
            case ASINH -> {
                double size = Math.abs(x);
                yield Math.copySign(
                        size > LARGE
                                ? StrictMath.log(size) + StrictMath.log(2)
                                : StrictMath.log1p(size + size * size / (1 + Math.sqrt(size * size + 1))),
                        x);
            }
            case ACOSH -> {
                double above = x - 1;
                yield x > LARGE
                        ? StrictMath.log(x) + StrictMath.log(2)
                        : StrictMath.log1p(above + Math.sqrt(above * (above + 2)));
            }
            case ATANH -> 0.5 * (StrictMath.log1p(x) - StrictMath.log1p(-x));
            case SQUARE -> x * x;
            case LOG_SIGMOID -> -Activation.Kind.SOFTPLUS.defaults().apply(-x);
            case HARD_SHRINK -> Math.abs(x) > 0.5 ? x : 0;
            case IS_NAN -> Double.isNaN(x) ? 1 : 0;
            case IS_INF -> Double.isInfinite(x) ? 1 : 0;
            case NOT -> x == 0 ? 1 : 0;
        };
    }

    /**
     * erf by its series {@code 2/sqrt(pi) e^-x^2 (x + 2x^3/3 + 4x^5/15 + ...)}, whose terms are all of one sign, so that
     * nothing cancels (<a href="https://dlmf.nist.gov/7.6.E2">DLMF 7.6.2</a>). Beyond 6 it is 1 in float64.
     */
    static double erf(double x) {
        if (Double.isNaN(x)) {
            return x;
        }
        double size = Math.abs(x);
        if (size >= 6) {
            return Math.signum(x);
        }
        double term = size;
        double sum = size;
        for (int n = 1; term > sum * 0x1p-54; n++) {
            term *= 2 * size * size / (2 * n + 1);
            sum += term;
        }
        return Math.copySign(Math.min(1, 2 / Math.sqrt(Math.PI) * StrictMath.exp(-size * size) * sum), x);
    }

    @Override
    public String toString() {
        return of.name().toLowerCase(Locale.ROOT);
    }

    /**
     * {@code y = f(x)} of each number, f as recurrent cells have it.
     *
     * @param function f
     */
    public record Activate(Activation function) implements Single {
        @Override
        public Array[] outline(@Nullable Array[] inputs, Precision precision) {
            Array x = Operator.need(inputs, 0);
            return areSizes(x) ? run(inputs, precision) : new Array[] {Array.numbers(precision, x.shape())};
        }

        @Override
        public long effort(@Nullable Array[] inputs) {
            return EFFORT;
        }

        @Override
        public Array result(Array x, @Nullable Array[] inputs, Precision precision) {
            Array y = Array.numbers(precision, x.shape());
            float[] floats = y.floats();
            if (floats == null || !isOfKernels()) {
                for (int i = 0; i < x.elements(); i++) {
                    y.set(i, function.apply(x.get(i)));
                }
                return y;
            }
            for (int i = 0; i < floats.length; i++) {
                floats[i] = (float) x.get(i);
            }
            switch (function.kind()) {
                case TANH -> Activations.tanh(floats, 0, floats.length);
                case SIGMOID -> Activations.sigmoid(floats, 0, floats.length);
                default -> Activations.relu(floats, 0, floats.length);
            }
            return y;
        }

        @Override
        public int stepsAxis(List<@Nullable StepInput> inputs) {
            return StepInput.ofFirst(inputs);
        }

        private boolean isOfKernels() {
            return switch (function.kind()) {
                case TANH, SIGMOID, RELU -> true;
                default -> false;
            };
        }

        @Override
        public String toString() {
            return function.toString();
        }
    }
}
