package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.model.Precision;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The same elements in another shape (<a href="https://onnx.ai/onnx/operators/onnx__Reshape.html">Reshape</a>), which is the
 * second input: -1 is what is left, 0 is the input's size of that axis.
 *
 * @param zero what 0 means
 */
public record Reshape(Zero zero) implements Single {
    /** What a size of 0 means. */
    public enum Zero {
        /** As the input has it. */
        AS_IT_IS,
        /** None. */
        EMPTY
    }

    @Override
    public Array result(Array x, @Nullable Array[] inputs, Precision precision) {
        return to(x, Operator.need(inputs, 1).toWholes(), zero);
    }

    static Array to(Array x, long[] wanted, Zero zero) {
        if (wanted.length > Axes.MOST) {
            throw new GraphException("a shape of " + wanted.length + " axes");
        }
        int[] shape = new int[wanted.length];
        int open = -1;
        long known = 1;
        for (int d = 0; d < shape.length; d++) {
            long size = wanted[d];
            if (size == 0 && zero == Zero.AS_IT_IS && d < x.rank()) {
                size = x.size(d);
            }
            if (size == -1 && open < 0) {
                open = d;
                continue;
            }
            if (size < 0 || size > Array.MOST_ELEMENTS) {
                throw new GraphException("a shape of " + Arrays.toString(wanted));
            }
            shape[d] = (int) size;
            known = Math.min(known * size, Long.MAX_VALUE >> 32);
        }
        if (open >= 0) {
            if (known == 0 || x.elements() % known != 0) {
                throw new GraphException(
                        "the elements of " + x + " cannot be put into a shape of " + Arrays.toString(wanted));
            }
            shape[open] = (int) (x.elements() / known);
        }
        return x.reshaped(shape);
    }

    @Override
    public String toString() {
        return "reshape";
    }
}
