package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.model.Precision;
import org.jspecify.annotations.Nullable;

/**
 * Sums over a window that moves along the last axis (<a href="https://onnx.ai/onnx/operators/onnx__Conv.html">Conv</a> in one
 * dimension, or two): {@code Y[m][t] = B[m] + sum over c, k of W[m][c][k] X[c][t stride + k dilation - pad]}, with zeros beyond both
 * ends. X [1, C, T], W [M, C / groups, K], B [M] or none.
 *
 * @param window how the window moves
 * @param across how it moves along the axis before that, of [1, C, H, W]; null where it does not
 * @param groups of channels, which do not see each other
 */
public record Conv(Window window, @Nullable Window across, int groups) implements Single {
    /** One along one axis. */
    public Conv(Window window, int groups) {
        this(window, null, groups);
    }

    @Override
    public Array result(Array given, @Nullable Array[] inputs, Precision precision) {
        if (isPlane(given)) {
            return ofPlane(given, inputs, precision);
        }
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
        if (isPlane(given)) {
            Array w = Operator.need(inputs, 1);
            Plane plane = plane(given, w);
            return new Array[] {
                Array.numbers(
                        precision,
                        given.size(0),
                        w.size(0),
                        plane.rows().count(),
                        plane.columns().count())
            };
        }
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

    private boolean isPlane(Array x) {
        return Plane.isOver(x, window, across);
    }

    private Plane plane(Array x, Array w) {
        if (w.rank() != 4 || groups < 1 || x.size(1) != w.size(1) * groups || w.size(0) % groups != 0) {
            throw new GraphException("a convolution of " + x + " by " + w + " in " + groups + " groups");
        }
        Plane plane = Plane.of(x, window, across, w.size(2), w.size(3));
        if (plane.height() != w.size(2) || plane.width() != w.size(3)) {
            throw new GraphException("a convolution of " + x + " by " + w
                    + ", whose kernel moves along one axis; expected" + " a size of 1 along the other");
        }
        return plane;
    }

    private Array ofPlane(Array x, @Nullable Array[] inputs, Precision precision) {
        Array w = Operator.need(inputs, 1);
        Array b = Operator.at(inputs, 2);
        Plane plane = plane(x, w);
        Array seen = plane.windows(x, precision);
        int places = plane.count();
        int out = w.size(0);
        int size = w.product(1, 4);
        if (b != null && b.elements() != out) {
            throw new GraphException("a bias " + b + " for " + out + " channels");
        }
        Array y = Array.numbers(
                precision, x.size(0), out, plane.rows().count(), plane.columns().count());
        for (int n = 0; n < x.size(0); n++) {
            for (int m = 0; m < out; m++) {
                int group = m / (out / groups);
                for (int p = 0; p < places; p++) {
                    double sum = b == null ? 0 : b.get(m);
                    int from = ((n * places + p) * groups + group) * size;
                    for (int k = 0; k < size; k++) {
                        sum += w.get(m * size + k) * seen.get(from + k);
                    }
                    y.set((n * out + m) * places + p, sum);
                }
            }
        }
        return y;
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
            throw new GraphException(
                    "a convolution of " + x + " by " + w + "; expected a kernel [outputs, channels / groups, size]");
        }
        if (groups < 1 || x.size(1) != w.size(1) * groups || w.size(0) % groups != 0) {
            throw new GraphException("a convolution of " + x + " by " + w + " in " + groups + " groups");
        }
        if (b != null && b.elements() != w.size(0)) {
            throw new GraphException("a bias " + b + " for " + w.size(0) + " channels");
        }
    }

    /**
     * What each window sees, so that a convolution is a product with a matrix [C * K, M]: [N * T', C * K], zeros beyond both ends.
     *
     * @param given X
     * @param weights W
     * @throws GraphException when the shapes do not fit
     */
    public Array windows(Array given, Array weights, Precision precision) {
        if (isPlane(given)) {
            return plane(given, weights).windows(given, precision);
        }
        OneAxis axis = axis(given, weights);
        Array x = axis.squeezed(given);
        Array w = axis.squeezed(weights);
        check(x, w, null);
        int channels = w.size(1);
        int kernel = w.size(2);
        int steps = x.size(2);
        Window.Placed placed = window.placed(steps, kernel);
        int count = placed.count();
        Array y = Array.numbers(precision, x.size(0) * count, channels * kernel);
        for (int n = 0; n < x.size(0); n++) {
            for (int t = 0; t < count; t++) {
                for (int k = 0; k < kernel; k++) {
                    int at = placed.at(t, k);
                    for (int c = 0; c < channels && at >= 0 && at < steps; c++) {
                        y.set(((n * count + t) * channels + c) * kernel + k, x.get((n * channels + c) * steps + at));
                    }
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
     * @param product [N * T', M]
     */
    public Array placed(Array given, Array weights, Array product, Precision precision) {
        int rows = given.size(0);
        int count = rows == 0 ? 0 : product.size(0) / rows;
        Array each = product.reshaped(rows, count, product.size(1));
        Array turned = Transpose.of(0, 2, 1).result(each, new Array[] {each}, precision);
        if (isPlane(given)) {
            Plane plane = plane(given, weights);
            return turned.reshaped(
                    rows, product.size(1), plane.rows().count(), plane.columns().count());
        }
        return axis(given, weights).restored(turned);
    }

    @Override
    public String toString() {
        return "convolution" + window;
    }
}
