package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.graph.StepInput;
import io.sparkrnn.model.Precision;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code y = (x - mean) / sqrt(variance + epsilon) * scale + bias} with the mean and the variance that training left, of each
 * channel (<a href="https://onnx.ai/onnx/operators/onnx__BatchNormalization.html">BatchNormalization</a>; <a
 * href="https://arxiv.org/abs/1502.03167">Ioffe and Szegedy 2015</a>). Inputs: x, scale, bias, mean, variance.
 *
 * @param axis the one of the channels
 * @param epsilon added to the variance
 */
public record BatchNormalization(long axis, double epsilon) implements Single {
    @Override
    public Array result(Array x, @Nullable Array[] inputs, Precision precision) {
        int along = x.rank() == 1 ? 0 : Array.axis(axis, x.rank());
        int channels = x.size(along);
        double[] factors = new double[channels];
        double[] addends = new double[channels];
        for (int i = 1; i <= 4; i++) {
            if (Operator.need(inputs, i).elements() != channels) {
                throw new GraphException("input " + i + " is " + inputs[i] + ", for " + channels + " channels");
            }
        }
        for (int c = 0; c < channels; c++) {
            factors[c] = Operator.need(inputs, 1).get(c)
                    / Math.sqrt(Operator.need(inputs, 4).get(c) + epsilon);
            addends[c] = Operator.need(inputs, 2).get(c);
        }
        Array mean = Operator.need(inputs, 3);
        int inner = x.product(along + 1, x.rank());
        Array y = Array.numbers(precision, x.shape());
        for (int i = 0; i < x.elements(); i++) {
            int c = i / inner % channels;
            y.set(i, (x.get(i) - mean.get(c)) * factors[c] + addends[c]);
        }
        return y;
    }

    @Override
    public int stepsAxis(List<@Nullable StepInput> inputs) {
        return StepInput.besides(axis, inputs);
    }

    @Override
    public String toString() {
        return "batch normalization, epsilon " + epsilon;
    }
}
