package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.model.Precision;
import org.jspecify.annotations.Nullable;

/**
 * 1 on a diagonal and 0 elsewhere, in the shape of a matrix (<a
 * href="https://onnx.ai/onnx/operators/onnx__EyeLike.html">EyeLike</a>).
 *
 * @param shift how far the diagonal is to the right of the main one
 * @param to of what kind; null for that of the matrix
 */
public record Eye(long shift, Cast.@Nullable To to) implements Single {
    @Override
    public Array result(Array x, @Nullable Array[] inputs, Precision precision) {
        if (x.rank() != 2) {
            throw new GraphException("a diagonal of " + x);
        }
        boolean whole = to == null ? x.isWhole() : to != Cast.To.NUMBERS;
        Array y = whole ? Array.wholes(x.shape()) : Array.numbers(precision, x.shape());
        for (int r = 0; r < x.size(0); r++) {
            long column = r + shift;
            if (column >= 0 && column < x.size(1)) {
                y.set(r * x.size(1) + (int) column, 1);
            }
        }
        return y;
    }

    @Override
    public String toString() {
        return "diagonal";
    }
}
