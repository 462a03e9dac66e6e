package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.model.Precision;
import org.jspecify.annotations.Nullable;

/**
 * Repeated to a shape (<a href="https://onnx.ai/onnx/operators/onnx__Expand.html">Expand</a>), which is the second input, and
 * where sizes of 1 leave the input's.
 */
public record Expand() implements Single {
    @Override
    public Array result(Array x, @Nullable Array[] inputs, Precision precision) {
        return Broadcast.to(x, Broadcast.shape(x.shape(), shape(Operator.need(inputs, 1))));
    }

    /** Sizes that are given as an array. */
    static int[] shape(Array sizes) {
        if (sizes.elements() > Axes.MOST) {
            throw new GraphException("a shape of " + sizes.elements() + " axes");
        }
        int[] shape = new int[sizes.elements()];
        for (int d = 0; d < shape.length; d++) {
            long size = sizes.whole(d);
            if (size < 0 || size > Array.MOST_ELEMENTS) {
                throw new GraphException("a size of " + size);
            }
            shape[d] = (int) size;
        }
        Array.count(shape);
        return shape;
    }

    @Override
    public String toString() {
        return "expand";
    }
}
