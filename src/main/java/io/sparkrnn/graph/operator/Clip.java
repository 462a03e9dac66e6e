package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.graph.StepInput;
import io.sparkrnn.model.Precision;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code y = min(max(x, low), high)} (<a href="https://onnx.ai/onnx/operators/onnx__Clip.html">Clip</a>), of the bounds said
 * here or by inputs 1 and 2.
 *
 * @param low -infinity for none
 * @param high infinity for none
 */
public record Clip(double low, double high) implements Single {
    @Override
    public Array result(Array x, @Nullable Array[] inputs, Precision precision) {
        Array below = Operator.at(inputs, 1);
        Array above = Operator.at(inputs, 2);
        double least = below == null || below.elements() == 0 ? low : below.get(0);
        double most = above == null || above.elements() == 0 ? high : above.get(0);
        Array y = x.like(x.shape());
        for (int i = 0; i < x.elements(); i++) {
            y.set(i, Math.min(Math.max(x.get(i), least), most));
        }
        return y;
    }

    @Override
    public int stepsAxis(List<@Nullable StepInput> inputs) {
        return StepInput.ofFirst(inputs);
    }

    @Override
    public String toString() {
        return "clip";
    }
}
