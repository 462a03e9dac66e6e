package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.graph.StepInput;
import io.sparkrnn.model.Precision;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code y = (x - mean) / sqrt(variance + epsilon) * scale + bias}, mean and variance of all numbers from an axis on (<a
 * href="https://onnx.ai/onnx/operators/onnx__LayerNormalization.html">LayerNormalization</a>; <a
 * href="https://arxiv.org/abs/1607.06450">Ba et al. 2016</a>). Inputs: x, scale, bias or none. Gives y, and mean and {@code 1
 * / sqrt(variance + epsilon)}.
 *
 * @param axis the first of the axes
 * @param epsilon added to the variance
 */
public record LayerNormalization(long axis, double epsilon) implements Operator {
    @Override
    public Array[] run(@Nullable Array[] inputs, Precision precision) {
        Array x = Operator.need(inputs, 0);
        Array scale = Operator.at(inputs, 1);
        Array bias = Operator.at(inputs, 2);
        int from = Array.axis(axis, x.rank());
        int outer = x.product(0, from);
        int count = x.product(from, x.rank());
        if ((scale != null && scale.elements() != count) || (bias != null && bias.elements() != count)) {
            throw new GraphException("scale " + scale + " and bias " + bias + " for " + count + " numbers");
        }
        int[] each = x.shape();
        java.util.Arrays.fill(each, from, each.length, 1);
        Array y = Array.numbers(precision, x.shape());
        Array means = Array.numbers(precision, each);
        Array factors = Array.numbers(precision, each);
        for (int o = 0; o < outer; o++) {
            double sum = 0;
            for (int i = 0; i < count; i++) {
                sum += x.get(o * count + i);
            }
            double mean = sum / count;
            double squares = 0;
            for (int i = 0; i < count; i++) {
                double difference = x.get(o * count + i) - mean;
                squares += difference * difference;
            }
            double factor = 1 / Math.sqrt(squares / count + epsilon);
            for (int i = 0; i < count; i++) {
                double number = (x.get(o * count + i) - mean) * factor;
                y.set(o * count + i, number * (scale == null ? 1 : scale.get(i)) + (bias == null ? 0 : bias.get(i)));
            }
            means.set(o, mean);
            factors.set(o, factor);
        }
        return new Array[] {y, means, factors};
    }

    @Override
    public int stepsAxis(List<@Nullable StepInput> inputs) {
        int steps = StepInput.besides(axis, inputs);
        StepInput x = steps < 0 ? null : inputs.get(0);
        return x == null || Array.axis(axis, x.shape().length) < steps ? StepInput.NONE : steps;
    }

    @Override
    public String toString() {
        return "layer normalization, epsilon " + epsilon;
    }
}
