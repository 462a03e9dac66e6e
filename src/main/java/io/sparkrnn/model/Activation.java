package io.sparkrnn.model;

import java.io.Serializable;
import java.util.Locale;
import java.util.Optional;

/**
 * A function of one number, as <a href="https://onnx.ai/onnx/operators/onnx__LSTM.html">ONNX</a> and
 * <a href="https://keras.io/api/layers/activations/">Keras</a> define those of recurrent cells.
 *
 * @param kind which function
 * @param alpha its first parameter; 0 where it has none
 * @param beta its second parameter; 0 where it has none
 */
public record Activation(Kind kind, double alpha, double beta) implements Serializable {
    public static final Activation TANH = Kind.TANH.defaults();
    public static final Activation SIGMOID = Kind.SIGMOID.defaults();
    public static final Activation RELU = Kind.RELU.defaults();

    /**
     * The functions, of x and the parameters a (alpha) and b (beta). Whoever adds one says all of it here: what it is called, its
     * parameters, and in {@link #apply} what it computes. Readers find it by {@link #named}.
     */
    public enum Kind {
        /** {@code (e^x - e^-x) / (e^x + e^-x)} */
        TANH,
        /** {@code 1 / (1 + e^-x)} */
        SIGMOID,
        /** {@code max(0, x)}; NaN stays NaN. */
        RELU,
        /** {@code a x + b}; Keras' linear is 1 x + 0. */
        AFFINE(1, 0, "linear"),
        /** {@code x} for x of 0 and more, else {@code a x}. */
        LEAKY_RELU(0.01),
        /** {@code x} for x above a, else 0. */
        THRESHOLDED_RELU(1),
        /** {@code a tanh(b x)} */
        SCALED_TANH(1, 1),
        /** {@code min(max(a x + b, 0), 1)} */
        HARD_SIGMOID(0.2, 0.5),
        /** {@code x} for x of 0 and more, else {@code a (e^x - 1)}. */
        ELU(1),
        /** {@code x / (1 + |x|)} */
        SOFTSIGN,
        /** {@code log(1 + e^x)} */
        SOFTPLUS,
        /** {@code b x} for x above 0, else {@code b a (e^x - 1)}. */
        SELU(1.6732632423543772, 1.0507009873554805),
        /** {@code x / (1 + e^-x)} */
        SILU("swish"),
        /** {@code e^x} */
        EXPONENTIAL("exp");

        private final int parameters;
        private final double alpha;
        private final double beta;
        private final String alias;

        Kind() {
            this("");
        }

        Kind(double alpha) {
            this(1, alpha, 0, "");
        }

        Kind(double alpha, double beta) {
            this(alpha, beta, "");
        }

        Kind(String alias) {
            this(0, 0, 0, alias);
        }

        Kind(double alpha, double beta, String alias) {
            this(2, alpha, beta, alias);
        }

        /** @param alias what else it is called; empty for nothing */
        Kind(int parameters, double alpha, double beta, String alias) {
            this.parameters = parameters;
            this.alias = alias;
            this.alpha = alpha;
            this.beta = beta;
        }

        /** How many parameters it has: none, alpha, or alpha and beta. */
        public int parameters() {
            return parameters;
        }

        /** It with the parameters that most frameworks give it where nothing is said. */
        public Activation defaults() {
            return new Activation(this, alpha, beta);
        }

        /** As it is written: in small letters, {@code hard_sigmoid}. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * The function of a name, with its defaults.
     *
     * @param name as a framework writes it, {@code HardSigmoid} or {@code hard_sigmoid}, and by another name that it has, such as
     *     {@code swish}
     */
    public static Optional<Activation> named(String name) {
        String plain = plain(name);
        for (Kind kind : Kind.values()) {
            if (plain(kind.name()).equals(plain) || (!kind.alias.isEmpty() && kind.alias.equals(plain))) {
                return Optional.of(kind.defaults());
            }
        }
        return Optional.empty();
    }

    private static String plain(String name) {
        return name.replace("_", "").toLowerCase(Locale.ROOT);
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

    /** Its name, with the parameters it has: {@code tanh}, {@code hard_sigmoid(0.2, 0.5)}. */
    @Override
    public String toString() {
        return switch (kind.parameters) {
            case 0 -> kind.toString();
            case 1 -> kind + "(" + alpha + ")";
            default -> kind + "(" + alpha + ", " + beta + ")";
        };
    }
}
