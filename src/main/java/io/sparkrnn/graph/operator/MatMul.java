package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.graph.StepInput;
import io.sparkrnn.model.Precision;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code Y = A B} of the last two axes of arrays, the others repeated to one shape (<a
 * href="https://onnx.ai/onnx/operators/onnx__MatMul.html">MatMul</a>, as <a
 * href="https://numpy.org/doc/stable/reference/generated/numpy.matmul.html">numpy.matmul</a>). Sums are taken in index order,
 * in float64, rounded once. An engine computes a product with a constant matrix for all rows together, in the kernel's order.
 */
public record MatMul() implements Single {
    /** What is multiplied: A [..., m, k], B [..., k, n], of one shape but for the last two axes. */
    private record Factors(Array a, Array b, int[] outer) {
        static Factors of(@Nullable Array[] inputs) {
            Array first = Operator.need(inputs, 0);
            Array second = Operator.need(inputs, 1);
            if (first.rank() == 0 || second.rank() == 0) {
                throw new GraphException("a product of " + first + " and " + second);
            }
            Array a = first.rank() == 1 ? first.reshaped(1, first.size(0)) : first;
            Array b = second.rank() == 1 ? second.reshaped(second.size(0), 1) : second;
            if (b.size(-2) != a.size(-1)) {
                throw new GraphException("a product of " + first + " and " + second);
            }
            return new Factors(a, b, Broadcast.shape(leading(a), leading(b)));
        }

        /** The shape of the product, where neither is a vector. */
        int[] shape() {
            return with(outer, a.size(-2), b.size(-1));
        }
    }

    @Override
    public Array[] outline(@Nullable Array[] inputs, Precision precision) {
        return new Array[] {formed(Array.numbers(precision, Factors.of(inputs).shape()), inputs)};
    }

    @Override
    public long effort(@Nullable Array[] inputs) {
        return Math.max(2, Factors.of(inputs).a().size(-1));
    }

    @Override
    public Array result(Array first, @Nullable Array[] inputs, Precision precision) {
        Factors factors = Factors.of(inputs);
        int[] outer = factors.outer();
        int m = factors.a().size(-2);
        int k = factors.a().size(-1);
        int n = factors.b().size(-1);
        Array a = Broadcast.to(factors.a(), with(outer, m, k));
        Array b = Broadcast.to(factors.b(), with(outer, k, n));
        int count = Array.count(outer);
        Array y = Array.numbers(precision, factors.shape());
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
        return formed(y, inputs);
    }

    /** The product without the axes that a vector does not have. */
    private static Array formed(Array y, @Nullable Array[] inputs) {
        int[] shape = leading(y);
        if (Operator.need(inputs, 0).rank() > 1) {
            shape = with(shape, y.size(-2));
        }
        if (Operator.need(inputs, 1).rank() > 1) {
            shape = with(shape, y.size(-1));
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
    public int stepsAxis(List<@Nullable StepInput> inputs) {
        int steps = StepInput.ofFirst(inputs);
        StepInput x = steps < 0 ? null : inputs.get(0);
        StepInput w = x == null || inputs.size() != 2 ? null : inputs.get(1);
        return x == null || w == null || w.shape().length != 2 || steps == x.shape().length - 1
                ? StepInput.NONE
                : steps;
    }

    @Override
    public String toString() {
        return "product";
    }
}
