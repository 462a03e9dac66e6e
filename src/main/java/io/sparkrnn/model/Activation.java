package io.sparkrnn.model;

import java.io.Serializable;
import java.util.Locale;

/**
 * A function of one number, as <a href="https://onnx.ai/onnx/operators/onnx__LSTM.html">ONNX</a> and
 * <a href="https://keras.io/api/layers/activations/">Keras</a> define those of recurrent cells.
 *
 * @param kind which function
 * @param alpha its first parameter; 0 where it has none
 * @param beta its second parameter; 0 where it has none
 */
public record Activation(Kind kind, double alpha, double beta) implements Serializable {
    public static final Activation TANH = new Activation(Kind.TANH, 0, 0);
    public static final Activation SIGMOID = new Activation(Kind.SIGMOID, 0, 0);
    public static final Activation RELU = new Activation(Kind.RELU, 0, 0);

    /** The functions, of x and the parameters a (alpha) and b (beta). */
    public enum Kind {
        /** {@code (e^x - e^-x) / (e^x + e^-x)} */
        TANH,
        /** {@code 1 / (1 + e^-x)} */
        SIGMOID,
        /** {@code max(0, x)}; NaN stays NaN. */
        RELU,
        /** {@code a x + b}; Keras' linear is 1 x + 0. */
        AFFINE,
        /** {@code x} for x of 0 and more, else {@code a x}. */
        LEAKY_RELU,
        /** {@code x} for x above a, else 0. */
        THRESHOLDED_RELU,
        /** {@code a tanh(b x)} */
        SCALED_TANH,
        /** {@code min(max(a x + b, 0), 1)} */
        HARD_SIGMOID,
        /** {@code x} for x of 0 and more, else {@code a (e^x - 1)}. */
        ELU,
        /** {@code x / (1 + |x|)} */
        SOFTSIGN,
        /** {@code log(1 + e^x)} */
        SOFTPLUS,
        /** {@code b x} for x above 0, else {@code b a (e^x - 1)}; Keras' selu has a 1.6733 and b 1.0507. */
        SELU,
        /** {@code x / (1 + e^-x)}; also called swish. */
        SILU,
        /** {@code e^x} */
        EXPONENTIAL
    }

    /** The value at x. The same bits on every machine. */
    public double apply(double x) {
        return switch (kind) {
            case TANH -> StrictMath.tanh(x);
            case SIGMOID -> sigmoid(x);
            case RELU -> Math.max(0, x);
            case AFFINE -> alpha * x + beta;
            case LEAKY_RELU -> x < 0 ? alpha * x : x;
            // written so that NaN stays NaN
            case THRESHOLDED_RELU -> x <= alpha ? 0 : x;
            case SCALED_TANH -> alpha * StrictMath.tanh(beta * x);
            case HARD_SIGMOID -> Math.min(Math.max(alpha * x + beta, 0), 1);
            case ELU -> x < 0 ? alpha * StrictMath.expm1(x) : x;
            case SOFTSIGN -> softsign(x);
            // log(1 + e^x) overflows for x of 710; this is the same number without doing so
            case SOFTPLUS -> Math.max(x, 0) + StrictMath.log1p(StrictMath.exp(-Math.abs(x)));
            case SELU -> x > 0 ? beta * x : beta * alpha * StrictMath.expm1(x);
            case SILU -> x * sigmoid(x);
            case EXPONENTIAL -> StrictMath.exp(x);
        };
    }

    private static double sigmoid(double x) {
        return 1 / (1 + StrictMath.exp(-x));
    }

    private static double softsign(double x) {
        // infinity over infinity would be NaN
        return Double.isInfinite(x) ? Math.signum(x) : x / (1 + Math.abs(x));
    }

    /** Its name in lower case, with the parameters it has: {@code tanh}, {@code hard_sigmoid(0.2, 0.5)}. */
    @Override
    public String toString() {
        String name = kind.name().toLowerCase(Locale.ROOT);
        return switch (kind) {
            case TANH, SIGMOID, RELU, SOFTSIGN, SOFTPLUS, SILU, EXPONENTIAL -> name;
            case LEAKY_RELU, THRESHOLDED_RELU, ELU -> name + "(" + alpha + ")";
            case AFFINE, SCALED_TANH, HARD_SIGMOID, SELU -> name + "(" + alpha + ", " + beta + ")";
        };
    }
}
