package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.graph.StepInput;
import io.sparkrnn.model.Precision;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * {@code e^x_i / (e^x_1 + ... + e^x_n)} along an axis (<a
 * href="https://onnx.ai/onnx/operators/onnx__Softmax.html">Softmax</a>), its logarithm, or 1 at the first largest number and
 * 0 elsewhere. Each from the largest number on, in float64, rounded once.
 *
 * @param of which of them
 * @param axis which
 * @param along whether along that axis alone
 */
public record Softmax(Of of, long axis, Along along) implements Single {
    /** What is made of the numbers. */
    public enum Of {
        SOFTMAX,
        LOG_SOFTMAX,
        HARDMAX
    }

    /** Which numbers are together 1. */
    public enum Along {
        /** Those of the axis. */
        AXIS,
        /** Those of the axis and all after it, as before opset 13. */
        AXIS_AND_AFTER
    }

    @Override
    public Array[] outline(@Nullable Array[] inputs, Precision precision) {
        Array x = Operator.need(inputs, 0);
        Array.axis(axis, x.rank());
        return new Array[] {Array.numbers(precision, x.shape())};
    }

    @Override
    public long effort(@Nullable Array[] inputs) {
        return 32;
    }

    @Override
    public Array result(Array x, @Nullable Array[] inputs, Precision precision) {
        int from = Array.axis(axis, x.rank());
        int outer = x.product(0, from);
        int count = along == Along.AXIS ? x.size(from) : x.product(from, x.rank());
        int inner = along == Along.AXIS ? x.product(from + 1, x.rank()) : 1;
        Array y = Array.numbers(precision, x.shape());
        double[] powers = new double[count];
        for (int o = 0; o < outer; o++) {
            for (int i = 0; i < inner; i++) {
                run(x, y, o * count * inner + i, inner, powers);
            }
        }
        return y;
    }

    private void run(Array x, Array y, int at, int stride, double[] powers) {
        double largest = Double.NEGATIVE_INFINITY;
        int first = -1;
        for (int i = 0; i < powers.length; i++) {
            double number = x.get(at + i * stride);
            if (first < 0 || number > largest) {
                first = i;
            }
            largest = Math.max(largest, number);
        }
        if (of == Of.HARDMAX) {
            for (int i = 0; i < powers.length; i++) {
                y.set(at + i * stride, i == first ? 1 : 0);
            }
            return;
        }
        double total = 0;
        for (int i = 0; i < powers.length; i++) {
            powers[i] = StrictMath.exp(x.get(at + i * stride) - largest);
            total += powers[i];
        }
        double log = of == Of.LOG_SOFTMAX ? StrictMath.log(total) : 0;
        for (int i = 0; i < powers.length; i++) {
            y.set(at + i * stride, of == Of.SOFTMAX ? powers[i] / total : x.get(at + i * stride) - largest - log);
        }
    }

    @Override
    public int stepsAxis(List<@Nullable StepInput> inputs) {
        int steps = StepInput.besides(axis, inputs);
        StepInput x = steps < 0 ? null : inputs.get(0);
        return x == null || (along == Along.AXIS_AND_AFTER && Array.axis(axis, x.shape().length) < steps)
                ? StepInput.NONE
                : steps;
    }

    @Override
    public String toString() {
        return of.name().toLowerCase(Locale.ROOT) + " over axis " + axis;
    }
}
