package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.model.Precision;
import org.jspecify.annotations.Nullable;

/**
 * {@code y_i = x_1 + ... + x_i} along the axis that is the second input (<a
 * href="https://onnx.ai/onnx/operators/onnx__CumSum.html">CumSum</a>), each sum in float64, rounded once.
 *
 * @param exclusive whether a sum is without its own number
 * @param direction where sums begin
 */
public record CumSum(Own exclusive, Direction direction) implements Single {
    /** Whether a sum has its own number. */
    public enum Own {
        WITH,
        WITHOUT
    }

    /** Where sums begin. */
    public enum Direction {
        FORWARD,
        BACKWARD
    }

    @Override
    public Array result(Array x, @Nullable Array[] inputs, Precision precision) {
        int along = Array.axis(Operator.single(inputs, 1).whole(0), x.rank());
        int size = x.size(along);
        int inner = x.product(along + 1, x.rank());
        Array y = x.like(x.shape());
        for (int o = 0; o < x.product(0, along); o++) {
            for (int i = 0; i < inner; i++) {
                double sum = 0;
                for (int k = 0; k < size; k++) {
                    int step = direction == Direction.FORWARD ? k : size - 1 - k;
                    int at = (o * size + step) * inner + i;
                    double with = sum + x.get(at);
                    y.set(at, exclusive == Own.WITH ? with : sum);
                    sum = with;
                }
            }
        }
        return y;
    }

    @Override
    public String toString() {
        return "running sum";
    }
}
