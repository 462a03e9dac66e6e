package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.model.Precision;
import org.jspecify.annotations.Nullable;

/**
 * Two axes of all (<a href="https://onnx.ai/onnx/operators/onnx__Flatten.html">Flatten</a>): those before an axis, and the
 * others.
 *
 * @param axis the first of the others; from the end when negative
 */
public record Flatten(long axis) implements Single {
    @Override
    public Array result(Array x, @Nullable Array[] inputs, Precision precision) {
        int from = axis == x.rank() ? x.rank() : Array.axis(axis, x.rank());
        return x.reshaped(x.product(0, from), x.product(from, x.rank()));
    }

    @Override
    public String toString() {
        return "flatten";
    }
}
