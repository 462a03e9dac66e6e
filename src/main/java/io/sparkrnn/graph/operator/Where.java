package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.graph.StepInput;
import io.sparkrnn.model.Precision;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code y = c ? a : b} of each three (<a href="https://onnx.ai/onnx/operators/onnx__Where.html">Where</a>), of arrays that
 * are repeated to one shape.
 */
public record Where() implements Single {
    @Override
    public Array result(Array c, @Nullable Array[] inputs, Precision precision) {
        Array a = Operator.need(inputs, 1);
        Array b = Operator.need(inputs, 2);
        int[] shape = Broadcast.shape(c.shape(), Broadcast.shape(a.shape(), b.shape()));
        Array condition = Broadcast.to(c, shape);
        Array yes = Broadcast.to(a, shape);
        Array no = Broadcast.to(b, shape);
        Array y = a.isWhole() && b.isWhole() ? Array.wholes(shape) : Array.numbers(precision, shape);
        for (int i = 0; i < y.elements(); i++) {
            Array from = condition.get(i) != 0 ? yes : no;
            if (y.isWhole()) {
                y.setWhole(i, from.whole(i));
            } else {
                y.set(i, from.get(i));
            }
        }
        return y;
    }

    @Override
    public int stepsAxis(List<@Nullable StepInput> inputs) {
        return Broadcast.stepsAxis(inputs);
    }

    @Override
    public String toString() {
        return "where";
    }
}
