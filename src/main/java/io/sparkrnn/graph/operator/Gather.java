package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.model.Precision;
import org.jspecify.annotations.Nullable;

/**
 * Elements of an axis by their indices (<a href="https://onnx.ai/onnx/operators/onnx__Gather.html">Gather</a>), which are the
 * second input; counted from the end when negative. Rows of a table by indices are an embedding.
 *
 * @param axis which
 */
public record Gather(long axis) implements Single {
    @Override
    public Array result(Array x, @Nullable Array[] inputs, Precision precision) {
        Array indices = Operator.need(inputs, 1);
        int along = Array.axis(axis, x.rank());
        int size = x.size(along);
        int[] shape = new int[x.rank() - 1 + indices.rank()];
        int d = 0;
        for (int i = 0; i < along; i++) {
            shape[d++] = x.size(i);
        }
        for (int i = 0; i < indices.rank(); i++) {
            shape[d++] = indices.size(i);
        }
        for (int i = along + 1; i < x.rank(); i++) {
            shape[d++] = x.size(i);
        }
        Array y = x.like(shape);
        int outer = x.product(0, along);
        int inner = x.product(along + 1, x.rank());
        int count = indices.elements();
        for (int o = 0; o < outer; o++) {
            for (int i = 0; i < count; i++) {
                long index = indices.whole(i);
                if (index < -size || index >= size) {
                    throw new GraphException("index " + index + " of an axis of " + size);
                }
                int from = (int) (index < 0 ? index + size : index);
                y.copyFrom(x, (o * size + from) * inner, (o * count + i) * inner, inner);
            }
        }
        return y;
    }

    @Override
    public String toString() {
        return "gather";
    }
}
