package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.StepInput;
import io.sparkrnn.model.Precision;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Without axes of 1 (<a href="https://onnx.ai/onnx/operators/onnx__Squeeze.html">Squeeze</a>): the ones named here or by the
 * second input, else all.
 *
 * @param axes which; empty where the second input says it
 */
public record Squeeze(List<Long> axes) implements Single {
    public Squeeze {
        axes = List.copyOf(axes);
    }

    @Override
    public Array result(Array x, @Nullable Array[] inputs, Precision precision) {
        long[] given = Axes.of(axes, inputs, 1);
        boolean[] dropped = new boolean[x.rank()];
        if (given == null) {
            for (int d = 0; d < dropped.length; d++) {
                dropped[d] = x.size(d) == 1;
            }
        } else {
            for (long axis : given) {
                int index = Array.axis(axis, x.rank());
                if (x.size(index) != 1) {
                    throw new GraphException("axis " + axis + " of " + x + " is not of size 1");
                }
                dropped[index] = true;
            }
        }
        int[] shape = new int[x.rank()];
        int count = 0;
        for (int d = 0; d < dropped.length; d++) {
            if (!dropped[d]) {
                shape[count++] = x.size(d);
            }
        }
        return x.reshaped(java.util.Arrays.copyOf(shape, count));
    }

    @Override
    public int stepsAxis(List<@Nullable StepInput> inputs) {
        int steps = StepInput.ofFirst(inputs);
        long[] given = Axes.of(axes, StepInput.constants(inputs), 1);
        StepInput x = steps < 0 || given == null ? null : inputs.get(0);
        // All axes of 1 would be that of the steps, too, of a row that has one.
        if (x == null || given == null) {
            return StepInput.NONE;
        }
        int before = 0;
        for (long axis : given) {
            int index = Array.axis(axis, x.shape().length);
            if (index == steps) {
                return StepInput.NONE;
            }
            before += index < steps ? 1 : 0;
        }
        return steps - before;
    }

    @Override
    public String toString() {
        return "squeeze";
    }
}
