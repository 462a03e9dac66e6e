package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.model.Precision;
import org.jspecify.annotations.Nullable;

/**
 * The sizes of an array (<a href="https://onnx.ai/onnx/operators/onnx__Shape.html">Shape</a>), from a start to before an end.
 *
 * @param start counted from the end when negative
 * @param end counted from the end when negative
 */
public record ShapeOf(long start, long end) implements Single {
    @Override
    public Array result(Array x, @Nullable Array[] inputs, Precision precision) {
        int from = clamped(start, x.rank());
        int to = Math.max(from, clamped(end, x.rank()));
        long[] sizes = new long[to - from];
        for (int d = from; d < to; d++) {
            sizes[d - from] = x.size(d);
        }
        return Array.ofWholes(sizes);
    }

    private static int clamped(long index, int rank) {
        return (int) Math.max(0, Math.min(index < 0 ? index + rank : index, rank));
    }

    @Override
    public String toString() {
        return "shape";
    }
}
