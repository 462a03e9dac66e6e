package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.StepInput;
import io.sparkrnn.model.Precision;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The axes in another order (<a href="https://onnx.ai/onnx/operators/onnx__Transpose.html">Transpose</a>).
 *
 * @param order for each axis of the result the axis of the input; empty to turn the order round
 */
public record Transpose(List<Integer> order) implements Single {
    public Transpose {
        order = List.copyOf(order);
    }

    /** Of these axes. */
    public static Transpose of(Integer... order) {
        return new Transpose(List.of(order));
    }

    @Override
    public Array result(Array x, @Nullable Array[] inputs, Precision precision) {
        int rank = x.rank();
        if (!order.isEmpty() && order.size() != rank) {
            throw new GraphException("an order of " + order.size() + " axes for an array of " + rank);
        }
        int[] own = x.strides();
        int[] shape = new int[rank];
        int[] strides = new int[rank];
        boolean[] seen = new boolean[rank];
        boolean moves = false;
        int lastMoved = -1;
        for (int d = 0; d < rank; d++) {
            int from = order.isEmpty() ? rank - 1 - d : Array.axis(order.get(d), rank);
            if (seen[from]) {
                throw new GraphException("an order with an axis twice: " + order);
            }
            seen[from] = true;
            shape[d] = x.size(from);
            strides[d] = own[from];
            if (shape[d] > 1) {
                moves |= from < lastMoved;
                lastMoved = from;
            }
        }
        // Axes of 1 have nothing to move.
        return moves ? x.strided(shape, 0, strides) : x.reshaped(shape);
    }

    @Override
    public int stepsAxis(List<@Nullable StepInput> inputs) {
        int steps = StepInput.ofFirst(inputs);
        StepInput x = steps < 0 ? null : inputs.get(0);
        if (x == null) {
            return StepInput.NONE;
        }
        int rank = x.shape().length;
        for (int d = 0; d < rank; d++) {
            if ((order.isEmpty() ? rank - 1 - d : Array.axis(order.get(d), rank)) == steps) {
                return d;
            }
        }
        return StepInput.NONE;
    }

    @Override
    public String toString() {
        return "transpose" + (order.isEmpty() ? "" : " " + Arrays.toString(order.toArray()));
    }
}
