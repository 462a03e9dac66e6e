package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.graph.StepInput;
import io.sparkrnn.model.Precision;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * {@code y = f(a, b)} of each two numbers, of arrays that are repeated to one shape. Of more inputs, {@code f(f(a, b), c)}
 * and so on.
 *
 * @param of which function
 */
public record Pair(Of of) implements Operator {
    /** The functions of two numbers, by the names of <a href="https://onnx.ai/onnx/operators/">ONNX</a>. */
    public enum Of {
        /** {@code a + b} */
        ADD,
        /** {@code a - b} */
        SUB,
        /** {@code a b} */
        MUL,
        /** {@code a / b}; of whole numbers without what is behind the point */
        DIV,
        /** {@code a^b} */
        POW,
        /** the remainder, with the sign of b */
        MOD,
        /** the remainder, with the sign of a */
        FMOD,
        /** the smaller; NaN when one is NaN */
        MIN,
        /** the larger; NaN when one is NaN */
        MAX,
        /** the mean of all */
        MEAN,
        /** 1 when equal, else 0 */
        EQUAL,
        /** 1 when {@code a < b}, else 0 */
        LESS,
        /** 1 when {@code a <= b}, else 0 */
        LESS_OR_EQUAL,
        /** 1 when {@code a > b}, else 0 */
        GREATER,
        /** 1 when {@code a >= b}, else 0 */
        GREATER_OR_EQUAL,
        /** 1 when both are not 0, else 0 */
        AND,
        /** 1 when one is not 0, else 0 */
        OR,
        /** 1 when just one is not 0, else 0 */
        XOR,
        /** {@code a} above 0, else {@code a b}: <a href="https://onnx.ai/onnx/operators/onnx__PRelu.html">PRelu</a> */
        PRELU;

        private boolean gives01() {
            return switch (this) {
                case EQUAL, LESS, LESS_OR_EQUAL, GREATER, GREATER_OR_EQUAL, AND, OR, XOR -> true;
                default -> false;
            };
        }
    }

    @Override
    public Array[] run(@Nullable Array[] inputs, Precision precision) {
        Array result = Operator.need(inputs, 0);
        for (int i = 1; i < inputs.length; i++) {
            result = of(result, Operator.need(inputs, i), precision);
        }
        if (of == Of.MEAN && inputs.length > 1) {
            Array mean = Array.numbers(precision, result.shape());
            for (int i = 0; i < mean.elements(); i++) {
                mean.set(i, result.get(i) / inputs.length);
            }
            result = mean;
        }
        return new Array[] {result};
    }

    private Array of(Array a, Array b, Precision precision) {
        int[] shape = Broadcast.shape(a.shape(), b.shape());
        // A power is of the kind of its base.
        boolean whole = of.gives01() || (a.isWhole() && (b.isWhole() || of == Of.POW));
        Array y = whole ? Array.wholes(shape) : Array.numbers(precision, shape);
        int count = y.elements();
        Array left = isTail(a, shape) ? a : Broadcast.to(a, shape);
        Array right = isTail(b, shape) ? b : Broadcast.to(b, shape);
        int leftCount = left.elements();
        int rightCount = right.elements();
        if (count == 0) {
            return y;
        }
        float[] p = left.floats();
        float[] q = right.floats();
        float[] r = y.floats();
        if (p != null && q != null && r != null && inFloats(p, q, r)) {
            return y;
        }
        for (int i = 0, l = 0, m = 0; i < count; i++) {
            if (whole && a.isWhole() && b.isWhole()) {
                y.setWhole(i, wholes(left.whole(l), right.whole(m)));
            } else {
                y.set(i, numbers(left.get(l), right.get(m)));
            }
            l = l + 1 == leftCount ? 0 : l + 1;
            m = m + 1 == rightCount ? 0 : m + 1;
        }
        return y;
    }

    /** Whether the array over and over is itself repeated to a shape: it has all of the shape's last axes, or one number. */
    private static boolean isTail(Array a, int[] shape) {
        int own = a.rank();
        if (a.elements() == 1) {
            return true;
        }
        // Leading sizes of 1 are as if they were not there.
        while (own > 1 && a.size(-own) == 1) {
            own--;
        }
        for (int d = 1; d <= own; d++) {
            if (a.size(-d) != shape[shape.length - d]) {
                return false;
            }
        }
        return true;
    }

    /** Sums and products in float32: the same bits as in float64 rounded once. */
    private boolean inFloats(float[] p, float[] q, float[] r) {
        if (p.length != r.length) {
            return false;
        }
        if (q.length != r.length) {
            return overAndOver(p, q, r);
        }
        switch (of) {
            case ADD -> {
                for (int i = 0; i < r.length; i++) {
                    r[i] = p[i] + q[i];
                }
            }
            case SUB -> {
                for (int i = 0; i < r.length; i++) {
                    r[i] = p[i] - q[i];
                }
            }
            case MUL -> {
                for (int i = 0; i < r.length; i++) {
                    r[i] = p[i] * q[i];
                }
            }
            default -> {
                return false;
            }
        }
        return true;
    }

    /** As {@link #inFloats}, where q is taken over and over. */
    private boolean overAndOver(float[] p, float[] q, float[] r) {
        if (of != Of.ADD && of != Of.SUB && of != Of.MUL) {
            return false;
        }
        for (int at = 0; at < r.length; at += q.length) {
            for (int i = 0; i < q.length; i++) {
                float a = p[at + i];
                r[at + i] = of == Of.ADD ? a + q[i] : of == Of.SUB ? a - q[i] : a * q[i];
            }
        }
        return true;
    }

    long wholes(long a, long b) {
        return switch (of) {
            case ADD, MEAN -> a + b;
            case SUB -> a - b;
            case MUL -> a * b;
            case DIV -> b == 0 ? 0 : a / b;
            case MOD -> b == 0 ? 0 : Math.floorMod(a, b);
            case FMOD -> b == 0 ? 0 : a % b;
            case MIN -> Math.min(a, b);
            case MAX -> Math.max(a, b);
            case EQUAL -> a == b ? 1 : 0;
            case LESS -> a < b ? 1 : 0;
            case LESS_OR_EQUAL -> a <= b ? 1 : 0;
            case GREATER -> a > b ? 1 : 0;
            case GREATER_OR_EQUAL -> a >= b ? 1 : 0;
            case POW, AND, OR, XOR, PRELU -> (long) numbers((double) a, (double) b);
        };
    }

    double numbers(double a, double b) {
        return switch (of) {
            case ADD, MEAN -> a + b;
            case SUB -> a - b;
            case MUL -> a * b;
            case DIV -> a / b;
            case POW -> b == 2 ? a * a : StrictMath.pow(a, b);
            case MOD -> a - b * Math.floor(a / b);
            case FMOD -> a % b;
            case MIN -> Math.min(a, b);
            case MAX -> Math.max(a, b);
            case EQUAL -> a == b ? 1 : 0;
            case LESS -> a < b ? 1 : 0;
            case LESS_OR_EQUAL -> a <= b ? 1 : 0;
            case GREATER -> a > b ? 1 : 0;
            case GREATER_OR_EQUAL -> a >= b ? 1 : 0;
            case AND -> a != 0 && b != 0 ? 1 : 0;
            case OR -> a != 0 || b != 0 ? 1 : 0;
            case XOR -> (a != 0) == (b != 0) ? 0 : 1;
            case PRELU -> a < 0 ? a * b : a;
        };
    }

    @Override
    public int stepsAxis(List<@Nullable StepInput> inputs) {
        return Broadcast.stepsAxis(inputs);
    }

    @Override
    public String toString() {
        return of.name().toLowerCase(Locale.ROOT);
    }
}
