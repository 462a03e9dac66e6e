package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.model.Precision;
import org.jspecify.annotations.Nullable;

/** {@code start, start + delta, ...} before the limit (<a href="https://onnx.ai/onnx/operators/onnx__Range.html">Range</a>). */
public record Range() implements Single {
    @Override
    public Array result(Array start, @Nullable Array[] inputs, Precision precision) {
        Array limit = Operator.need(inputs, 1);
        Array delta = Operator.need(inputs, 2);
        if (start.elements() != 1 || limit.elements() != 1 || delta.elements() != 1 || delta.get(0) == 0) {
            throw new GraphException("a range of " + start + " to " + limit + " by " + delta);
        }
        double count = Math.max(0, Math.ceil((limit.get(0) - start.get(0)) / delta.get(0)));
        if (!(count <= Array.MOST_ELEMENTS)) {
            throw new GraphException("a range of " + count + " numbers");
        }
        Array y = start.like((int) count);
        for (int i = 0; i < y.elements(); i++) {
            y.set(i, start.get(0) + i * delta.get(0));
        }
        return y;
    }

    @Override
    public String toString() {
        return "range";
    }
}
