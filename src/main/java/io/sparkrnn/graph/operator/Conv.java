package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.model.Precision;
import org.jspecify.annotations.Nullable;

/**
 * Sums over a window that moves along the last axis (<a href="https://onnx.ai/onnx/operators/onnx__Conv.html">Conv</a> in one
 * dimension): {@code Y[m][t] = B[m] + sum over c, k of W[m][c][k] X[c][t stride + k dilation - pad]}, with zeros beyond both
 * ends. X [1, C, T], W [M, C / groups, K], B [M] or none.
 *
 * @param window how the window moves
 * @param groups of channels, which do not see each other
 */
public record Conv(Window window, int groups) implements Single {
    @Override
    public Array result(Array given, @Nullable Array[] inputs, Precision precision) {
        OneAxis axis = axis(given, Operator.need(inputs, 1));
        Array x = axis.squeezed(given);
        Array w = axis.squeezed(Operator.need(inputs, 1));
        Array b = Operator.at(inputs, 2);
        check(x, w, b);
        int channels = w.size(1);
        int out = w.size(0);
        int kernel = w.size(2);
        int steps = x.size(2);
        Window.Placed placed = window.placed(steps, kernel);
        Array y = Array.numbers(precision, x.size(0), out, placed.count());
        for (int n = 0; n < x.size(0); n++) {
            for (int m = 0; m < out; m++) {
                int group = m / (out / groups);
                for (int t = 0; t < placed.count(); t++) {
                    double sum = b == null ? 0 : b.get(m);
                    for (int c = 0; c < channels; c++) {
                        for (int k = 0; k < kernel; k++) {
                            int at = placed.at(t, k);
                            if (at >= 0 && at < steps) {
                                sum += w.get((m * channels + c) * kernel + k)
                                        * x.get((n * x.size(1) + group * channels + c) * steps + at);
                            }
                        }
                    }
                    y.set((n * out + m) * placed.count() + t, sum);
                }
            }
        }
        return axis.restored(y);
    }

    @Override
    public Array[] outline(@Nullable Array[] inputs, Precision precision) {
        Array given = Operator.need(inputs, 0);
        OneAxis axis = axis(given, Operator.need(inputs, 1));
        Array x = axis.squeezed(given);
        Array w = axis.squeezed(Operator.need(inputs, 1));
        check(x, w, Operator.at(inputs, 2));
        int count = window.placed(x.size(2), w.size(2)).count();
        return new Array[] {axis.restored(Array.numbers(precision, x.size(0), w.size(0), count))};
    }

    @Override
    public long effort(@Nullable Array[] inputs) {
        Array w = Operator.need(inputs, 1);
        return Math.max(2, w.elements() / Math.max(1, w.rank() == 0 ? 1 : w.size(0)));
    }

    /** The axis of steps: a kernel of more than one number says it even where a row has one step. */
    private OneAxis axis(Array x, Array w) {
        int along = window.along();
        if (along < 0 && w.rank() == 4 && w.size(2) != w.size(3)) {
            along = w.size(2) == 1 ? 1 : 0;
        }
        return OneAxis.of(x, along);
    }

    /** Whether shapes fit. */
    private void check(Array x, Array w, @Nullable Array b) {
        if (x.rank() != 3 || w.rank() != 3) {
            throw new GraphException("a convolution of " + x + " by " + w + "; those along one axis are computed");
        }
        if (groups < 1 || x.size(1) != w.size(1) * groups || w.size(0) % groups != 0) {
            throw new GraphException("a convolution of " + x + " by " + w + " in " + groups + " groups");
        }
        if (b != null && b.elements() != w.size(0)) {
            throw new GraphException("a bias " + b + " for " + w.size(0) + " channels");
        }
    }

    /**
     * What each window sees, so that a convolution is a product with a matrix [C * K, M]: [T', C * K], zeros beyond both ends.
     *
     * @param given X
     * @param weights W
     * @throws GraphException when the shapes do not fit
     */
    public Array windows(Array given, Array weights, Precision precision) {
        OneAxis axis = axis(given, weights);
        Array x = axis.squeezed(given);
        Array w = axis.squeezed(weights);
        check(x, w, null);
        if (x.size(0) != 1) {
            throw new GraphException("a convolution of " + given + "; expected a batch of one");
        }
        int channels = w.size(1);
        int kernel = w.size(2);
        int steps = x.size(2);
        Window.Placed placed = window.placed(steps, kernel);
        Array y = Array.numbers(precision, placed.count(), channels * kernel);
        for (int t = 0; t < placed.count(); t++) {
            for (int k = 0; k < kernel; k++) {
                int at = placed.at(t, k);
                for (int c = 0; c < channels && at >= 0 && at < steps; c++) {
                    y.set((t * channels + c) * kernel + k, x.get(c * steps + at));
                }
            }
        }
        return y;
    }

    /**
     * The product as the convolution gives it.
     *
     * @param given X
     * @param weights W
     * @param product [T', M]
     */
    public Array placed(Array given, Array weights, Array product, Precision precision) {
        Array turned = Transpose.of(1, 0).result(product, new Array[] {product}, precision);
        return axis(given, weights).restored(turned.reshaped(1, product.size(1), product.size(0)));
    }

    @Override
    public String toString() {
        return "convolution" + window;
    }
}
