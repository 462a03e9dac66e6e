package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.model.Precision;
import org.jspecify.annotations.Nullable;

/**
 * The first numbers along one axis turned round, for each of another axis as many as the second input says (<a
 * href="https://onnx.ai/onnx/operators/onnx__ReverseSequence.html">ReverseSequence</a>).
 *
 * @param batchAxis the axis of sequences
 * @param timeAxis the axis of steps
 */
public record ReverseSequence(long batchAxis, long timeAxis) implements Single {
    @Override
    public Array result(Array x, @Nullable Array[] inputs, Precision precision) {
        Array lengths = Operator.need(inputs, 1);
        int batch = Array.axis(batchAxis, x.rank());
        int time = Array.axis(timeAxis, x.rank());
        if (lengths.elements() != x.size(batch) || batch == time) {
            throw new GraphException("lengths " + lengths + " for " + x);
        }
        Array y = x.like(x.shape());
        int[] strides = x.strides();
        for (int i = 0; i < x.elements(); i++) {
            int t = i / strides[time] % x.size(time);
            long length = lengths.whole(i / strides[batch] % x.size(batch));
            if (length < 0 || length > x.size(time)) {
                throw new GraphException(
                        "a length of " + length + " of " + x.size(time) + (x.size(time) == 1 ? " step" : " steps"));
            }
            int from = t < length ? (int) length - 1 - t : t;
            y.copyFrom(x, i + (from - t) * strides[time], i, 1);
        }
        return y;
    }

    @Override
    public String toString() {
        return "reverse";
    }
}
