package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.StepInput;
import io.sparkrnn.model.Precision;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code y = x / (|x_1|^p + ... + |x_n|^p)^(1/p)} along an axis (<a
 * href="https://onnx.ai/onnx/operators/onnx__LpNormalization.html">LpNormalization</a>).
 *
 * @param axis which
 * @param p 1 or 2
 */
public record LpNormalization(long axis, int p) implements Single {
    @Override
    public Array result(Array x, @Nullable Array[] inputs, Precision precision) {
        int along = Array.axis(axis, x.rank());
        int count = x.size(along);
        int inner = x.product(along + 1, x.rank());
        Array y = Array.numbers(precision, x.shape());
        for (int o = 0; o < x.product(0, along); o++) {
            for (int i = 0; i < inner; i++) {
                int at = o * count * inner + i;
                double norm = 0;
                for (int k = 0; k < count; k++) {
                    double number = x.get(at + k * inner);
                    norm += p == 1 ? Math.abs(number) : number * number;
                }
                norm = p == 1 ? norm : Math.sqrt(norm);
                for (int k = 0; k < count; k++) {
                    y.set(at + k * inner, x.get(at + k * inner) / norm);
                }
            }
        }
        return y;
    }

    @Override
    public int stepsAxis(List<@Nullable StepInput> inputs) {
        return StepInput.besides(axis, inputs);
    }

    @Override
    public String toString() {
        return "L" + p + " normalization over axis " + axis;
    }
}
