package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.model.Precision;
import org.jspecify.annotations.Nullable;

/**
 * The index of the largest or smallest number along an axis (<a
 * href="https://onnx.ai/onnx/operators/onnx__ArgMax.html">ArgMax</a>), of equal ones the first or the last.
 *
 * @param axis which
 * @param end which number
 * @param keep whether the axis stays, of size 1
 * @param of which of equal ones
 */
public record ArgMax(long axis, TopK.End end, Reduce.Keep keep, Of of) implements Single {
    /** Which of equal numbers. */
    public enum Of {
        FIRST,
        LAST
    }

    @Override
    public Array result(Array x, @Nullable Array[] inputs, Precision precision) {
        int along = Array.axis(axis, x.rank());
        int size = x.size(along);
        if (size == 0) {
            throw new GraphException("the largest of no numbers");
        }
        int inner = x.product(along + 1, x.rank());
        int[] shape = x.shape();
        shape[along] = 1;
        Array y = Array.wholes(shape);
        for (int o = 0; o < x.product(0, along); o++) {
            for (int i = 0; i < inner; i++) {
                int best = 0;
                for (int k = 1; k < size; k++) {
                    int compared =
                            TopK.compared(x.get((o * size + k) * inner + i), x.get((o * size + best) * inner + i));
                    compared = end == TopK.End.LARGEST ? compared : -compared;
                    if (compared > 0 || (compared == 0 && of == Of.LAST)) {
                        best = k;
                    }
                }
                y.setWhole(o * inner + i, best);
            }
        }
        if (keep == Reduce.Keep.STAY) {
            return y;
        }
        int[] left = new int[shape.length - 1];
        for (int d = 0; d < left.length; d++) {
            left[d] = shape[d < along ? d : d + 1];
        }
        return y.reshaped(left);
    }

    @Override
    public String toString() {
        return end == TopK.End.LARGEST ? "index of the largest" : "index of the smallest";
    }
}
