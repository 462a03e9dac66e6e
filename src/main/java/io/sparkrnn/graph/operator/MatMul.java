package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.model.Precision;
import org.jspecify.annotations.Nullable;

/**
 * {@code Y = A B} of the last two axes of arrays, the others repeated to one shape (<a
 * href="https://onnx.ai/onnx/operators/onnx__MatMul.html">MatMul</a>, as <a
 * href="https://numpy.org/doc/stable/reference/generated/numpy.matmul.html">numpy.matmul</a>). Sums are taken in index order,
 * in float64, rounded once. An engine computes a product with a constant matrix for all rows together, in the kernel's order.
 */
public record MatMul() implements Single {
    @Override
    public Array result(Array first, @Nullable Array[] inputs, Precision precision) {
        Array second = Operator.need(inputs, 1);
        if (first.rank() == 0 || second.rank() == 0) {
            throw new GraphException("a product of " + first + " and " + second);
        }
        Array a = first.rank() == 1 ? first.reshaped(1, first.size(0)) : first;
        Array b = second.rank() == 1 ? second.reshaped(second.size(0), 1) : second;
        int m = a.size(-2);
        int k = a.size(-1);
        int n = b.size(-1);
        if (b.size(-2) != k) {
            throw new GraphException("a product of " + first + " and " + second);
        }
        int[] outer = Broadcast.shape(leading(a), leading(b));
        a = Broadcast.to(a, with(outer, m, k));
        b = Broadcast.to(b, with(outer, k, n));
        int count = Array.count(outer);
        Array y = Array.numbers(precision, with(outer, m, n));
        for (int o = 0; o < count; o++) {
            for (int i = 0; i < m; i++) {
                for (int j = 0; j < n; j++) {
                    double sum = 0;
                    for (int l = 0; l < k; l++) {
                        sum += a.get((o * m + i) * k + l) * b.get((o * k + l) * n + j);
                    }
                    y.set((o * m + i) * n + j, sum);
                }
            }
        }
        int[] shape = outer;
        if (first.rank() > 1) {
            shape = with(shape, m);
        }
        if (second.rank() > 1) {
            shape = with(shape, n);
        }
        return y.reshaped(shape);
    }

    private static int[] leading(Array array) {
        return java.util.Arrays.copyOf(array.shape(), array.rank() - 2);
    }

    private static int[] with(int[] shape, int... sizes) {
        int[] longer = java.util.Arrays.copyOf(shape, shape.length + sizes.length);
        System.arraycopy(sizes, 0, longer, shape.length, sizes.length);
        return longer;
    }

    @Override
    public String toString() {
        return "product";
    }
}
