package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.StepInput;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How arrays of different shapes meet element by element: sizes are compared from the last axis on, and 1 is repeated (<a
 * href="https://github.com/onnx/onnx/blob/main/docs/Broadcasting.md">multidirectional broadcasting</a>).
 */
final class Broadcast {
    private Broadcast() {}

    /** The shape in which they meet. */
    static int[] shape(int[] a, int[] b) {
        int[] shape = new int[Math.max(a.length, b.length)];
        for (int d = 1; d <= shape.length; d++) {
            int of = d <= a.length ? a[a.length - d] : 1;
            int other = d <= b.length ? b[b.length - d] : 1;
            if (of != other && of != 1 && other != 1) {
                throw new GraphException(
                        "arrays of shapes " + Arrays.toString(a) + " and " + Arrays.toString(b) + " do not fit");
            }
            shape[shape.length - d] = of == 1 ? other : of;
        }
        return shape;
    }

    /** Where the steps are counted when inputs meet that count them at one place, seen from the last axis, or not at all. */
    static int stepsAxis(List<@Nullable StepInput> inputs) {
        int fromEnd = 0;
        int rank = 0;
        for (StepInput input : inputs) {
            if (input == null || (input.axis() < 0 && !input.isConstant())) {
                return StepInput.NONE;
            }
            rank = Math.max(rank, input.shape().length);
            if (input.axis() >= 0) {
                int own = input.shape().length - input.axis();
                if (fromEnd != 0 && fromEnd != own) {
                    return StepInput.NONE;
                }
                fromEnd = own;
            }
        }
        for (StepInput input : inputs) {
            int[] shape = input == null ? new int[0] : input.shape();
            if (input != null
                    && input.axis() < 0
                    && shape.length >= fromEnd
                    && fromEnd > 0
                    && shape[shape.length - fromEnd] != 1) {
                return StepInput.NONE;
            }
        }
        return fromEnd == 0 ? StepInput.NONE : rank - fromEnd;
    }

    /** Whether an array can be repeated to a shape. */
    static void check(Array a, int[] shape) {
        if (!Arrays.equals(shape(a.shape(), shape), shape)) {
            throw new GraphException("an array of shape " + Arrays.toString(a.shape()) + " cannot be repeated to "
                    + Arrays.toString(shape));
        }
    }

    /** An array repeated to a shape; itself when it has it. */
    static Array to(Array a, int[] shape) {
        if (Arrays.equals(a.shape(), shape)) {
            return a;
        }
        check(a, shape);
        int[] own = a.strides();
        int[] strides = new int[shape.length];
        int missing = shape.length - a.rank();
        for (int d = 0; d < a.rank(); d++) {
            strides[missing + d] = a.size(d) == 1 ? 0 : own[d];
        }
        return a.strided(shape, 0, strides);
    }
}
