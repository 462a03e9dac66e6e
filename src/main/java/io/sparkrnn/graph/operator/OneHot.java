package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.model.Precision;
import org.jspecify.annotations.Nullable;

/**
 * One number at the place of an index in a new axis, another one elsewhere (<a
 * href="https://onnx.ai/onnx/operators/onnx__OneHot.html">OneHot</a>). Input 1 is the size of the axis, input 2 the number elsewhere
 * and the one at the index. An index that is out of the axis has no place.
 *
 * @param axis the new one
 */
public record OneHot(long axis) implements Single {
    @Override
    public Array result(Array indices, @Nullable Array[] inputs, Precision precision) {
        long depth = Operator.single(inputs, 1).whole(0);
        Array values = Operator.need(inputs, 2);
        if (values.elements() != 2 || depth < 0 || depth > Array.MOST_ELEMENTS) {
            throw new GraphException("a new axis of " + depth + " and numbers " + values + "; expected two");
        }
        int along = Array.axis(axis, indices.rank() + 1);
        int[] shape = new int[indices.rank() + 1];
        for (int d = 0; d < shape.length; d++) {
            shape[d] = d == along ? (int) depth : indices.size(d < along ? d : d - 1);
        }
        Array y = values.like(shape);
        for (int i = 0; i < y.elements(); i++) {
            y.copyFrom(values, 0, i, 1);
        }
        int inner = indices.product(along, indices.rank());
        for (int i = 0; i < indices.elements(); i++) {
            long index = indices.whole(i);
            long place = index < 0 ? index + depth : index;
            if (place >= 0 && place < depth) {
                y.copyFrom(values, 1, (int) ((i / inner * depth + place) * inner + i % inner), 1);
            }
        }
        return y;
    }

    @Override
    public String toString() {
        return "one hot";
    }
}
