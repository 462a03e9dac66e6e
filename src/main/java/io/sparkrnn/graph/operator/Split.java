package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.graph.StepInput;
import io.sparkrnn.model.Precision;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Parts of an axis (<a href="https://onnx.ai/onnx/operators/onnx__Split.html">Split</a>), of the sizes that are said here or
 * by the second input, else of one size, the last one smaller.
 *
 * @param axis which
 * @param sizes of the parts; empty where the second input says it, or nothing does
 * @param parts how many
 */
public record Split(long axis, List<Long> sizes, int parts) implements Operator {
    public Split {
        sizes = List.copyOf(sizes);
    }

    @Override
    public Array[] run(@Nullable Array[] inputs, Precision precision) {
        Array x = Operator.need(inputs, 0);
        int along = Array.axis(axis, x.rank());
        int size = x.size(along);
        Array said = Operator.at(inputs, 1);
        if (sizes.size() > parts || (sizes.isEmpty() && said != null && said.elements() > parts)) {
            throw new GraphException("more sizes of parts than the " + parts + " that it gives");
        }
        long[] given = Axes.of(sizes, inputs, 1);
        if (given == null) {
            given = new long[parts];
            int even = (size + parts - 1) / parts;
            for (int i = 0; i < parts; i++) {
                given[i] = Math.max(0, Math.min(even, size - (long) i * even));
            }
        }
        int[] strides = x.strides();
        Array[] results = new Array[given.length];
        int from = 0;
        for (int i = 0; i < given.length; i++) {
            if (given[i] < 0 || given[i] > size - from) {
                throw new GraphException("parts of " + java.util.Arrays.toString(given) + " of an axis of " + size);
            }
            int[] shape = x.shape();
            shape[along] = (int) given[i];
            results[i] = x.strided(shape, shape[along] == 0 ? 0 : from * strides[along], strides);
            from += shape[along];
        }
        if (from != size) {
            throw new GraphException("parts of " + java.util.Arrays.toString(given) + " of an axis of " + size);
        }
        return results;
    }

    @Override
    public int stepsAxis(List<@Nullable StepInput> inputs) {
        return StepInput.besides(axis, inputs);
    }

    @Override
    public String toString() {
        return "split";
    }
}
