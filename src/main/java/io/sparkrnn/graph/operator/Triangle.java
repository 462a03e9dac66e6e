package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.model.Precision;
import org.jspecify.annotations.Nullable;

/**
 * Matrices with zeros on one side of a diagonal (<a href="https://onnx.ai/onnx/operators/onnx__Trilu.html">Trilu</a>), which is so
 * many to the right of the main one as input 1 says.
 *
 * @param kept which side stays
 */
public record Triangle(Kept kept) implements Single {
    /** Which side stays, with the diagonal. */
    public enum Kept {
        UPPER,
        LOWER
    }

    @Override
    public Array result(Array x, @Nullable Array[] inputs, Precision precision) {
        if (x.rank() < 2) {
            throw new GraphException("a triangle of " + x);
        }
        long shift =
                Operator.at(inputs, 1) == null ? 0 : Operator.single(inputs, 1).whole(0);
        int rows = x.size(-2);
        int columns = x.size(-1);
        Array y = x.like(x.shape());
        for (int i = 0; i < x.elements(); i++) {
            long distance = i % columns - (long) (i / columns % rows);
            if (kept == Kept.UPPER ? distance >= shift : distance <= shift) {
                y.copyFrom(x, i, i, 1);
            }
        }
        return y;
    }

    @Override
    public String toString() {
        return (kept == Kept.UPPER ? "upper" : "lower") + " triangle";
    }
}
