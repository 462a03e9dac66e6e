package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.graph.StepInput;
import io.sparkrnn.model.Precision;
import java.util.List;
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
                y.copyFrom(x, (o * size + index(indices.whole(i), size)) * inner, (o * count + i) * inner, inner);
            }
        }
        return y;
    }

    /** An index, counted from the end when negative. */
    static int index(long index, int size) {
        if (index < -size || index >= size) {
            throw new GraphException("index " + index + " of an axis of " + size);
        }
        return (int) (index < 0 ? index + size : index);
    }

    @Override
    public int stepsAxis(List<@Nullable StepInput> inputs) {
        StepInput x = inputs.size() == 2 ? inputs.get(0) : null;
        StepInput indices = x == null ? null : inputs.get(1);
        if (x == null || indices == null) {
            return StepInput.NONE;
        }
        int along = Array.axis(axis, x.shape().length);
        if (x.isConstant()) {
            return indices.axis() < 0 ? StepInput.NONE : along + indices.axis();
        }
        if (!indices.isConstant() || x.axis() < 0 || x.axis() == along) {
            return StepInput.NONE;
        }
        return x.axis() < along ? x.axis() : x.axis() - 1 + indices.shape().length;
    }

    @Override
    public String toString() {
        return "gather";
    }
}
