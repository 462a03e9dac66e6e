package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.StepInput;
import io.sparkrnn.model.Precision;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * With further axes of 1 (<a href="https://onnx.ai/onnx/operators/onnx__Unsqueeze.html">Unsqueeze</a>), at the places of the
 * result named here or by the second input.
 *
 * @param axes which; empty where the second input says it
 */
public record Unsqueeze(List<Long> axes) implements Single {
    public Unsqueeze {
        axes = List.copyOf(axes);
    }

    @Override
    public Array result(Array x, @Nullable Array[] inputs, Precision precision) {
        long[] given = Axes.of(axes, inputs, 1);
        if (given == null) {
            throw new GraphException("no axes");
        }
        int rank = x.rank() + given.length;
        if (rank > Axes.MOST) {
            throw new GraphException("an array of " + rank + " axes");
        }
        boolean[] added = new boolean[rank];
        for (long axis : given) {
            int index = Array.axis(axis, rank);
            if (added[index]) {
                throw new GraphException("axis " + axis + " twice");
            }
            added[index] = true;
        }
        int[] shape = new int[rank];
        int next = 0;
        for (int d = 0; d < rank; d++) {
            shape[d] = added[d] ? 1 : x.size(next++);
        }
        return x.reshaped(shape);
    }

    @Override
    public int stepsAxis(List<@Nullable StepInput> inputs) {
        int steps = StepInput.ofFirst(inputs);
        long[] given = Axes.of(axes, StepInput.constants(inputs), 1);
        StepInput x = steps < 0 ? null : inputs.get(0);
        if (x == null || given == null || given.length > Axes.MOST) {
            return StepInput.NONE;
        }
        boolean[] added = new boolean[x.shape().length + given.length];
        for (long axis : given) {
            added[Array.axis(axis, added.length)] = true;
        }
        for (int d = 0, own = 0; d < added.length; d++) {
            if (!added[d] && own++ == steps) {
                return d;
            }
        }
        return StepInput.NONE;
    }

    @Override
    public String toString() {
        return "unsqueeze";
    }
}
