package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.model.Precision;
import org.jspecify.annotations.Nullable;

/** The number of elements of an array (<a href="https://onnx.ai/onnx/operators/onnx__Size.html">Size</a>). */
public record SizeOf() implements Single {
    @Override
    public Array result(Array x, @Nullable Array[] inputs, Precision precision) {
        return Array.ofWholes(x.elements()).reshaped();
    }

    @Override
    public String toString() {
        return "size";
    }
}
