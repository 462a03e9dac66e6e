package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.model.Precision;
import org.jspecify.annotations.Nullable;

/**
 * What a convolution's gradient is made with, for decoders (<a
 * href="https://onnx.ai/onnx/operators/onnx__ConvTranspose.html">ConvTranspose</a> in one dimension): {@code Y[m][t stride + k
 * dilation - before] += W[c][m][k] X[c][t]}, and B[m]. X [1, C, T], W [C, M / groups, K], B [M] or none.
 *
 * @param stride from one place to the next in Y
 * @param dilation from one number of the kernel to the next
 * @param before how many steps are cut off at the beginning
 * @param after how many at the end
 * @param more how many steps are put behind
 * @param same whether Y has stride steps for each of X, and the pads follow from it
 * @param groups of channels, which do not see each other
 */
public record ConvTranspose(int stride, int dilation, int before, int after, int more, Window.Pad same, int groups)
        implements Single {
    @Override
    public Array result(Array x, @Nullable Array[] inputs, Precision precision) {
        Array w = Operator.need(inputs, 1);
        Array b = Operator.at(inputs, 2);
        int[] shape = shape(x, w, b);
        int first = first(x, w);
        Array y = Array.numbers(precision, shape);
        int out = w.size(1);
        int each = x.size(1) / groups;
        int steps = x.size(2);
        int count = shape[2];
        double[] sums = new double[count];
        for (int m = 0; m < shape[1]; m++) {
            java.util.Arrays.fill(sums, b == null ? 0 : b.get(m));
            int group = m / out;
            for (int c = group * each; c < (group + 1) * each; c++) {
                for (int t = 0; t < steps; t++) {
                    for (int k = 0; k < w.size(2); k++) {
                        int at = t * stride + k * dilation - first;
                        if (at >= 0 && at < count) {
                            sums[at] += w.get((c * out + m % out) * w.size(2) + k) * x.get(c * steps + t);
                        }
                    }
                }
            }
            for (int t = 0; t < count; t++) {
                y.set(m * count + t, sums[t]);
            }
        }
        return y;
    }

    /** The steps that are cut off at the beginning. */
    private int first(Array x, Array w) {
        if (same == Window.Pad.SAID) {
            return before;
        }
        long total = Math.max(0, whole(x, w) + more - (long) x.size(2) * stride);
        return (int) (same == Window.Pad.SAME_UPPER ? total / 2 : total - total / 2);
    }

    /** The steps before any are cut off. */
    private long whole(Array x, Array w) {
        return (x.size(2) - 1L) * stride + (w.size(2) - 1L) * dilation + 1;
    }

    private int[] shape(Array x, Array w, @Nullable Array b) {
        if (x.rank() != 3 || w.rank() != 3 || x.size(0) != 1) {
            throw new GraphException("a transposed convolution of " + x + " by " + w
                    + "; those along one axis, of a batch" + " of one, are computed");
        }
        int out = w.size(1) * groups;
        if (groups < 1 || x.size(1) % groups != 0 || x.size(1) != w.size(0) || (b != null && b.elements() != out)) {
            throw new GraphException(
                    "a transposed convolution of " + x + " by " + w + " and bias " + b + " in " + groups + " groups");
        }
        long steps = same == Window.Pad.SAID ? whole(x, w) - before - after + more : (long) x.size(2) * stride;
        if (steps < 1 || steps > Array.MOST_ELEMENTS) {
            throw new GraphException("a transposed convolution of " + x + " that has " + steps + " steps");
        }
        return new int[] {1, out, (int) steps};
    }

    @Override
    public Array[] outline(@Nullable Array[] inputs, Precision precision) {
        return new Array[] {
            Array.numbers(precision, shape(Operator.need(inputs, 0), Operator.need(inputs, 1), Operator.at(inputs, 2)))
        };
    }

    @Override
    public long effort(@Nullable Array[] inputs) {
        Array w = Operator.need(inputs, 1);
        // Each number of a kernel of a channel of Y meets those of X: all of them for stride numbers of Y.
        long out = w.rank() < 2 ? 1 : (long) w.size(1) * groups;
        return Math.max(2, w.elements() / Math.max(1, out * stride));
    }

    @Override
    public String toString() {
        return "transposed convolution" + (stride == 1 ? "" : ", stride " + stride);
    }
}
