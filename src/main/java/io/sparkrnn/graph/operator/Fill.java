package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.model.Precision;
import org.jspecify.annotations.Nullable;

/**
 * An array of one number (<a href="https://onnx.ai/onnx/operators/onnx__ConstantOfShape.html">ConstantOfShape</a>), of the
 * shape that is the input.
 *
 * @param number which
 * @param kind what kind of number
 */
public record Fill(double number, Cast.To kind) implements Single {
    @Override
    public Array result(Array x, @Nullable Array[] inputs, Precision precision) {
        int[] shape = Expand.shape(x);
        Array y = kind == Cast.To.NUMBERS ? Array.numbers(precision, shape) : Array.wholes(shape);
        for (int i = 0; i < y.elements() && number != 0; i++) {
            y.set(i, number);
        }
        return y;
    }

    @Override
    public String toString() {
        return "fill with " + number;
    }
}
