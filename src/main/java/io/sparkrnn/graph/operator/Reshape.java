package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.graph.StepInput;
import io.sparkrnn.model.Precision;
import java.util.Arrays;
import java.util.List;
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

    @Override
    public int stepsAxis(List<@Nullable StepInput> inputs) {
        int steps = StepInput.ofFirst(inputs);
        StepInput x = steps < 0 || inputs.size() != 2 ? null : inputs.get(0);
        StepInput form = x == null ? null : inputs.get(1);
        Array wanted = form == null ? null : form.constant();
        if (x == null || wanted == null || wanted.rank() != 1 || product(x.shape(), 0, steps) != 1) {
            return StepInput.NONE;
        }
        // What a step has stays together where its axis is as it was, or is what is left, with nothing before it.
        long[] sizes = wanted.toWholes();
        int open = -1;
        int place = -1;
        for (int d = 0; d < sizes.length; d++) {
            if (sizes[d] == 0 && zero == Zero.AS_IT_IS && d < x.shape().length) {
                place = d == steps ? d : place;
                sizes[d] = x.shape()[d];
            } else if (sizes[d] == -1) {
                open = d;
            }
        }
        int width = product(x.shape(), steps + 1, x.shape().length);
        if (place < 0) {
            place = open;
        } else if (open >= 0) {
            long others = 1;
            for (int d = 0; d < sizes.length; d++) {
                others *= d == place || d == open ? 1 : Math.max(0, Math.min(sizes[d], Array.MOST_ELEMENTS));
                others = Math.min(others, Array.MOST_ELEMENTS);
            }
            sizes[open] = others == 0 ? 0 : width / others;
        }
        for (int d = 0; d < sizes.length; d++) {
            if (d != place && (sizes[d] < 1 || sizes[d] > width || (d < place && sizes[d] != 1))) {
                return StepInput.NONE;
            }
        }
        long after = 1;
        for (int d = place + 1; d < sizes.length && after <= width; d++) {
            after *= sizes[d];
        }
        return place >= 0 && after == width ? place : StepInput.NONE;
    }

    private static int product(int[] shape, int from, int to) {
        int product = 1;
        for (int d = from; d < to; d++) {
            product *= shape[d];
        }
        return product;
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
