package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.graph.StepInput;
import io.sparkrnn.model.Precision;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A part of some axes (<a href="https://onnx.ai/onnx/operators/onnx__Slice.html">Slice</a>): from a start to before an end,
 * each counted from the axis' end when negative, with a step that may go backward. Inputs 1 to 4 are starts, ends, axes and
 * steps, unless they are said here.
 *
 * @param starts empty where the inputs say all
 * @param ends one for each start
 * @param axes one for each start, or empty for the first axes
 */
public record Slice(List<Long> starts, List<Long> ends, List<Long> axes) implements Single {
    public Slice {
        starts = List.copyOf(starts);
        ends = List.copyOf(ends);
        axes = List.copyOf(axes);
    }

    /** One that takes all of it as inputs. */
    public static Slice byInputs() {
        return new Slice(List.of(), List.of(), List.of());
    }

    @Override
    public Array result(Array x, @Nullable Array[] inputs, Precision precision) {
        long[] from = numbers(starts, inputs, 1);
        long[] to = numbers(ends, inputs, 2);
        Array steps = Operator.at(inputs, 4);
        long[] given = Axes.of(axes, inputs, 3);
        if (from.length != to.length
                || (given != null && given.length != from.length)
                || (steps != null && steps.elements() != from.length)
                || from.length > x.rank()) {
            throw new GraphException(
                    "starts, ends, axes and steps of different numbers, or more than " + x + " has axes");
        }
        int[] shape = x.shape();
        int[] strides = x.strides();
        int offset = 0;
        for (int i = 0; i < from.length; i++) {
            int axis = given == null ? i : Array.axis(given[i], x.rank());
            int size = shape[axis];
            long step = steps == null ? 1 : steps.whole(i);
            if (step == 0) {
                throw new GraphException("a step of 0");
            }
            // One that is longer than the axis takes a single number, however long it is.
            step = Math.max(-size - 1L, Math.min(size + 1L, step));
            long first = clamped(from[i], size, step > 0 ? 0 : -1, step > 0 ? size : size - 1);
            long end = clamped(to[i], size, step > 0 ? 0 : -1, step > 0 ? size : size - 1);
            long count = step > 0 ? (end - first + step - 1) / step : (first - end - step - 1) / -step;
            shape[axis] = (int) Math.max(0, count);
            if (shape[axis] > 0) {
                offset += (int) first * strides[axis];
            }
            strides[axis] = (int) step * strides[axis];
        }
        return x.strided(shape, offset, strides);
    }

    private static long[] numbers(List<Long> own, @Nullable Array[] inputs, int index) {
        return own.isEmpty()
                ? Operator.need(inputs, index).toWholes()
                : own.stream().mapToLong(number -> number).toArray();
    }

    private static long clamped(long index, int size, long lowest, long highest) {
        long counted = index < 0 ? Math.max(index, -(1L << 40)) + size : index;
        return Math.max(lowest, Math.min(counted, highest));
    }

    @Override
    public int stepsAxis(List<@Nullable StepInput> inputs) {
        int steps = StepInput.ofFirst(inputs);
        StepInput x = steps < 0 ? null : inputs.get(0);
        if (x == null) {
            return StepInput.NONE;
        }
        @Nullable Array[] constants = StepInput.constants(inputs);
        long[] given = Axes.of(axes, constants, 3);
        int count = numbers(starts, constants, 1).length;
        for (int i = 0; i < count; i++) {
            if ((given == null ? i : i < given.length ? Array.axis(given[i], x.shape().length) : steps) == steps) {
                return StepInput.NONE;
            }
        }
        return steps;
    }

    @Override
    public String toString() {
        return "slice";
    }
}
