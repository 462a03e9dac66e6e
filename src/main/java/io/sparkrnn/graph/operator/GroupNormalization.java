package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.model.Precision;
import org.jspecify.annotations.Nullable;

/**
 * {@code (x - mean) / sqrt(variance + epsilon) scale + bias}, mean and variance of all numbers of a group of channels (<a
 * href="https://onnx.ai/onnx/operators/onnx__GroupNormalization.html">GroupNormalization</a>); with a group for each channel <a
 * href="https://onnx.ai/onnx/operators/onnx__InstanceNormalization.html">InstanceNormalization</a>. X [N, C, ...], scale and bias [C],
 * or [groups], as GroupNormalization of opset 18 has them.
 *
 * @param groups of channels; 0 for one each
 */
public record GroupNormalization(int groups, double epsilon) implements Single {
    @Override
    public Array result(Array x, @Nullable Array[] inputs, Precision precision) {
        Array scale = Operator.at(inputs, 1);
        Array bias = Operator.at(inputs, 2);
        if (x.rank() < 2 || x.isWhole()) {
            throw new GraphException("it is given " + x + "; expected numbers [1, channels, steps]");
        }
        int channels = x.size(1);
        int count = groups == 0 ? channels : groups;
        if (count < 1 || channels % count != 0 || misfits(scale, channels, count) || misfits(bias, channels, count)) {
            throw new GraphException("it is given " + x + ", scale " + scale + " and bias " + bias + ", in " + count
                    + " groups of channels");
        }
        int each = x.product(2, x.rank());
        int size = channels / count * each;
        Array y = Array.numbers(precision, x.shape());
        for (int g = 0; size > 0 && g < x.elements() / size; g++) {
            double sum = 0;
            for (int i = 0; i < size; i++) {
                sum += x.get(g * size + i);
            }
            double mean = sum / size;
            double squares = 0;
            for (int i = 0; i < size; i++) {
                double distance = x.get(g * size + i) - mean;
                squares += distance * distance;
            }
            double deviation = Math.sqrt(squares / size + epsilon);
            for (int i = 0; i < size; i++) {
                int channel = (g * size + i) / each % channels;
                double normal = (x.get(g * size + i) - mean) / deviation;
                y.set(g * size + i, normal * at(scale, channel, channels, 1) + at(bias, channel, channels, 0));
            }
        }
        return y;
    }

    private static boolean misfits(@Nullable Array numbers, int channels, int groups) {
        return numbers != null && numbers.elements() != channels && numbers.elements() != groups;
    }

    private static double at(@Nullable Array numbers, int channel, int channels, double absent) {
        return numbers == null ? absent : numbers.get(channel / (channels / numbers.elements()));
    }

    @Override
    public long effort(@Nullable Array[] inputs) {
        return 8;
    }

    @Override
    public String toString() {
        return "group normalization";
    }
}
