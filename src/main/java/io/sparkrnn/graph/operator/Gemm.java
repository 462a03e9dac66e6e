package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.graph.StepInput;
import io.sparkrnn.model.Precision;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code Y = alpha A B + beta C} of matrices, either turned first (<a
 * href="https://onnx.ai/onnx/operators/onnx__Gemm.html">Gemm</a>). An engine computes one with a constant B and C for all rows
 * together.
 *
 * @param alpha a factor
 * @param beta a factor
 * @param a what is done to A first
 * @param b what is done to B first
 */
public record Gemm(double alpha, double beta, Turn a, Turn b) implements Single {
    /** What is done to a matrix first. */
    public enum Turn {
        NONE,
        TRANSPOSED
    }

    @Override
    public Array[] outline(@Nullable Array[] inputs, Precision precision) {
        Array x = Operator.need(inputs, 0);
        Array w = Operator.need(inputs, 1);
        check(x, w);
        Array y = Array.numbers(precision, x.size(a == Turn.NONE ? 0 : 1), w.size(b == Turn.NONE ? 1 : 0));
        Array c = Operator.at(inputs, 2);
        if (c != null) {
            Broadcast.check(c, y.shape());
        }
        return new Array[] {y};
    }

    @Override
    public long effort(@Nullable Array[] inputs) {
        Array x = Operator.need(inputs, 0);
        return x.rank() == 2 ? Math.max(2, x.size(a == Turn.NONE ? 1 : 0)) : 1;
    }

    private void check(Array x, Array w) {
        if (x.rank() != 2 || w.rank() != 2 || x.size(a == Turn.NONE ? 1 : 0) != w.size(b == Turn.NONE ? 0 : 1)) {
            throw new GraphException("a product of " + x + " and " + w);
        }
    }

    @Override
    public Array result(Array x, @Nullable Array[] inputs, Precision precision) {
        Array w = Operator.need(inputs, 1);
        Array c = Operator.at(inputs, 2);
        check(x, w);
        Array left = turned(x, a, precision);
        Array right = turned(w, b, precision);
        int m = left.size(0);
        int k = left.size(1);
        int n = right.size(1);
        Array y = Array.numbers(precision, m, n);
        Array added = c == null ? null : Broadcast.to(c, new int[] {m, n});
        for (int i = 0; i < m; i++) {
            for (int j = 0; j < n; j++) {
                double sum = 0;
                for (int l = 0; l < k; l++) {
                    sum += left.get(i * k + l) * right.get(l * n + j);
                }
                y.set(i * n + j, alpha * sum + (added == null ? 0 : beta * added.get(i * n + j)));
            }
        }
        return y;
    }

    /** A matrix as it goes into the product. */
    public static Array turned(Array matrix, Turn turn, Precision precision) {
        return turn == Turn.NONE ? matrix : Transpose.of(1, 0).result(matrix, new Array[] {matrix}, precision);
    }

    @Override
    public int stepsAxis(List<@Nullable StepInput> inputs) {
        StepInput c = inputs.size() > 2 ? inputs.get(2) : null;
        boolean isOfRows = c != null && c.shape().length > 1 && c.shape()[0] > 1;
        return a == Turn.NONE && !isOfRows && StepInput.ofFirst(inputs) == 0 ? 0 : StepInput.NONE;
    }

    @Override
    public String toString() {
        return "linear";
    }
}
