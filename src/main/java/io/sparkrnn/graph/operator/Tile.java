package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.model.Precision;
import org.jspecify.annotations.Nullable;

/**
 * Each axis over and over (<a href="https://onnx.ai/onnx/operators/onnx__Tile.html">Tile</a>), as often as the second input
 * says.
 */
public record Tile() implements Single {
    @Override
    public Array result(Array x, @Nullable Array[] inputs, Precision precision) {
        int[] repeats = Expand.shape(Operator.need(inputs, 1));
        if (repeats.length != x.rank()) {
            throw new GraphException(repeats.length + " repeats of " + x);
        }
        // An axis for the repeats before each axis, at a stride of 0; then the two are one.
        int[] own = x.strides();
        int[] shape = new int[2 * repeats.length];
        int[] strides = new int[2 * repeats.length];
        int[] joined = new int[repeats.length];
        for (int d = 0; d < repeats.length; d++) {
            shape[2 * d] = repeats[d];
            shape[2 * d + 1] = x.size(d);
            strides[2 * d + 1] = own[d];
            joined[d] = Array.count(repeats[d], x.size(d));
        }
        return x.strided(shape, 0, strides).reshaped(joined);
    }

    @Override
    public String toString() {
        return "tile";
    }
}
