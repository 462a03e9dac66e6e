package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.graph.StepInput;
import io.sparkrnn.model.Precision;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Arrays one after the other along an axis (<a href="https://onnx.ai/onnx/operators/onnx__Concat.html">Concat</a>).
 *
 * @param axis which
 */
public record Concat(long axis) implements Operator {
    @Override
    public Array[] run(@Nullable Array[] inputs, Precision precision) {
        Array first = Operator.need(inputs, 0);
        int along = Array.axis(axis, first.rank());
        int[] shape = first.shape();
        long size = 0;
        boolean whole = true;
        for (int i = 0; i < inputs.length; i++) {
            Array input = Operator.need(inputs, i);
            whole &= input.isWhole();
            size += input.rank() == shape.length ? input.size(along) : 0;
            int[] own = input.shape();
            if (own.length == shape.length) {
                own[along] = shape[along];
            }
            if (!java.util.Arrays.equals(own, shape)) {
                throw new GraphException(first + " and " + input + " cannot be joined along axis " + axis);
            }
        }
        shape[along] = (int) Math.min(Integer.MAX_VALUE, size);
        Array y = whole ? Array.wholes(shape) : Array.numbers(precision, shape);
        int outer = y.product(0, along);
        int inner = y.product(along + 1, shape.length);
        int row = shape[along] * inner;
        int at = 0;
        for (int i = 0; i < inputs.length; i++) {
            Array input = Operator.need(inputs, i);
            if (!whole && input.isWhole()) {
                input = new Cast(Cast.To.NUMBERS).result(input, inputs, precision);
            }
            int part = input.size(along) * inner;
            for (int o = 0; o < outer; o++) {
                y.copyFrom(input, o * part, o * row + at, part);
            }
            at += part;
        }
        return new Array[] {y};
    }

    @Override
    public int stepsAxis(List<@Nullable StepInput> inputs) {
        int steps = StepInput.NONE;
        for (StepInput input : inputs) {
            if (input == null
                    || input.axis() < 0
                    || (steps >= 0 && input.axis() != steps)
                    || Array.axis(axis, input.shape().length) == input.axis()) {
                return StepInput.NONE;
            }
            steps = input.axis();
        }
        return steps;
    }

    @Override
    public String toString() {
        return "concat";
    }
}
