package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.model.Precision;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * More numbers at the ends of the axes (<a href="https://onnx.ai/onnx/operators/onnx__Pad.html">Pad</a>), or fewer where a pad
 * is negative: as many as are said here or by the second input, first before each axis, then behind each. Input 2 is the
 * number, input 3 the axes.
 *
 * @param mode which numbers
 * @param pads empty where the second input says them
 * @param number what is put there
 */
public record Pad(Mode mode, List<Long> pads, double number) implements Single {
    /** What is put at the ends. */
    public enum Mode {
        /** A number. */
        CONSTANT,
        /** The array turned round, without its last number. */
        REFLECT,
        /** The last number. */
        EDGE
    }

    public Pad {
        pads = List.copyOf(pads);
    }

    @Override
    public Array result(Array x, @Nullable Array[] inputs, Precision precision) {
        long[] given = Axes.of(pads, inputs, 1);
        Array value = Operator.at(inputs, 2);
        Array which = Operator.at(inputs, 3);
        long[] axes = which == null ? null : which.toWholes();
        int count = axes == null ? x.rank() : axes.length;
        if (given == null || count > x.rank() || given.length != 2 * count) {
            throw new GraphException("pads for " + count + " axes of " + x);
        }
        Array result = x;
        for (int i = 0; i < count; i++) {
            int axis = axes == null ? i : Array.axis(axes[i], x.rank());
            result = padded(
                    result,
                    axis,
                    given[i],
                    given[count + i],
                    value == null || value.elements() == 0 ? number : value.get(0));
        }
        return result;
    }

    private Array padded(Array x, int axis, long before, long after, double value) {
        if (before == 0 && after == 0) {
            return x;
        }
        int size = x.size(axis);
        long longer = size + before + after;
        boolean absurd = before < -Array.MOST_ELEMENTS
                || before > Array.MOST_ELEMENTS
                || after < -Array.MOST_ELEMENTS
                || after > Array.MOST_ELEMENTS;
        if (absurd || longer < 0 || longer > Array.MOST_ELEMENTS) {
            throw new GraphException("pads of " + before + " and " + after + " on an axis of " + size);
        }
        int[] shape = x.shape();
        shape[axis] = (int) longer;
        Array y = x.like(shape);
        int outer = x.product(0, axis);
        int inner = x.product(axis + 1, x.rank());
        for (int o = 0; o < outer; o++) {
            for (int i = 0; i < longer; i++) {
                int from = from((int) (i - before), size);
                int at = (int) (o * longer + i) * inner;
                if (from >= 0) {
                    y.copyFrom(x, (o * size + from) * inner, at, inner);
                } else {
                    for (int k = 0; k < inner; k++) {
                        y.set(at + k, value);
                    }
                }
            }
        }
        return y;
    }

    /** The number that stands at a place; -1 for the constant. */
    private int from(int at, int size) {
        if (at >= 0 && at < size) {
            return at;
        }
        if (mode == Mode.CONSTANT) {
            return -1;
        }
        if (mode == Mode.EDGE) {
            if (size == 0) {
                throw new GraphException("the edge of nothing");
            }
            return at < 0 ? 0 : size - 1;
        }
        int mirrored = at < 0 ? -at : 2 * (size - 1) - at;
        if (mirrored < 0 || mirrored >= size) {
            throw new GraphException("an axis of " + size + (size == 1 ? " step" : " steps")
                    + " is too short to be turned round at its ends");
        }
        return mirrored;
    }

    @Override
    public String toString() {
        return "pad";
    }
}
