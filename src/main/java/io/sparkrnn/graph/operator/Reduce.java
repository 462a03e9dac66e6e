package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.StepInput;
import io.sparkrnn.model.Precision;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One number of many (<a href="https://onnx.ai/onnx/operators/onnx__ReduceMean.html">ReduceMean</a> and its like): along the
 * axes said here or by the second input, else along all. In index order, in float64, rounded once.
 *
 * @param of which number
 * @param axes empty where the second input says it, or for all
 * @param keep what becomes of the axes
 * @param none what no axes at all mean
 */
public record Reduce(Of of, List<Long> axes, Keep keep, None none) implements Single {
    /** What is made of the numbers. */
    public enum Of {
        /** their sum */
        SUM,
        /** their sum by their number */
        MEAN,
        /** the largest; NaN when one is NaN */
        MAX,
        /** the smallest; NaN when one is NaN */
        MIN,
        /** their product */
        PROD,
        /** the sum of their sizes */
        L1,
        /** the square root of the sum of their squares */
        L2,
        /** the sum of their squares */
        SUM_SQUARE,
        /** the logarithm of the sum of their powers of e, by the largest of them */
        LOG_SUM_EXP
    }

    /** What becomes of the axes. */
    public enum Keep {
        /** They stay, of size 1. */
        STAY,
        /** They go. */
        GO
    }

    /** What no axes mean. */
    public enum None {
        /** All of them. */
        ALL,
        /** None: nothing is done. */
        NOTHING
    }

    public Reduce {
        axes = List.copyOf(axes);
    }

    @Override
    public Array result(Array x, @Nullable Array[] inputs, Precision precision) {
        long[] given = Axes.of(axes, inputs, 1);
        if (given == null && none == None.NOTHING) {
            return x;
        }
        int rank = x.rank();
        boolean[] reduced = new boolean[rank];
        for (int d = 0; d < rank; d++) {
            reduced[d] = given == null;
        }
        for (long axis : given == null ? new long[0] : given) {
            reduced[Array.axis(axis, rank)] = true;
        }
        // The axes that stay first, in their order, then those that go: each result is a run of the copy.
        int[] own = x.strides();
        int[] shape = new int[rank];
        int[] strides = new int[rank];
        int[] kept = new int[rank];
        int[] left = new int[rank];
        int count = 0;
        int at = 0;
        for (int d = 0; d < rank; d++) {
            kept[d] = reduced[d] ? 1 : x.size(d);
            if (!reduced[d]) {
                left[count++] = x.size(d);
                shape[at] = x.size(d);
                strides[at++] = own[d];
            }
        }
        for (int d = 0; d < rank; d++) {
            if (reduced[d]) {
                shape[at] = x.size(d);
                strides[at++] = own[d];
            }
        }
        Array sorted = x.strided(shape, 0, strides);
        int[] form = keep == Keep.STAY ? kept : java.util.Arrays.copyOf(left, count);
        Array y = x.isWhole() ? Array.wholes(form) : Array.numbers(precision, form);
        int run = y.elements() == 0 ? 0 : sorted.elements() / y.elements();
        if (run == 0 && y.elements() > 0 && (of == Of.MAX || of == Of.MIN || of == Of.MEAN)) {
            throw new GraphException("the " + of.name().toLowerCase(Locale.ROOT) + " of no numbers");
        }
        for (int i = 0; i < y.elements(); i++) {
            y.set(i, of(sorted, i * run, run));
        }
        return y;
    }

    private double of(Array x, int from, int count) {
        double largest = Double.NEGATIVE_INFINITY;
        if (of == Of.LOG_SUM_EXP) {
            for (int i = from; i < from + count; i++) {
                largest = Math.max(largest, x.get(i));
            }
            largest = Double.isInfinite(largest) ? 0 : largest;
        }
        double result = of == Of.MAX
                ? Double.NEGATIVE_INFINITY
                : of == Of.MIN ? Double.POSITIVE_INFINITY : of == Of.PROD ? 1 : 0;
        for (int i = from; i < from + count; i++) {
            double number = x.get(i);
            result = switch (of) {
                case SUM, MEAN -> result + number;
                case MAX -> Math.max(result, number);
                case MIN -> Math.min(result, number);
                case PROD -> result * number;
                case L1 -> result + Math.abs(number);
                case L2, SUM_SQUARE -> result + number * number;
                case LOG_SUM_EXP -> result + StrictMath.exp(number - largest);
            };
        }
        return switch (of) {
            case MEAN -> result / count;
            case L2 -> Math.sqrt(result);
            case LOG_SUM_EXP -> StrictMath.log(result) + largest;
            default -> result;
        };
    }

    @Override
    public int stepsAxis(List<@Nullable StepInput> inputs) {
        int steps = StepInput.ofFirst(inputs);
        long[] given = Axes.of(axes, StepInput.constants(inputs), 1);
        StepInput x = steps < 0 ? null : inputs.get(0);
        if (x == null || (given == null && none == None.ALL)) {
            return StepInput.NONE;
        }
        boolean[] reduced = new boolean[x.shape().length];
        for (long axis : given == null ? new long[0] : given) {
            reduced[Array.axis(axis, reduced.length)] = true;
        }
        int gone = 0;
        for (int d = 0; d < steps && keep == Keep.GO; d++) {
            gone += reduced[d] ? 1 : 0;
        }
        return reduced[steps] ? StepInput.NONE : steps - gone;
    }

    @Override
    public String toString() {
        return of.name().toLowerCase(Locale.ROOT) + (axes.isEmpty() ? "" : " over " + axes);
    }
}
