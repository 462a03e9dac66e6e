package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.model.Precision;
import org.jspecify.annotations.Nullable;

/**
 * The largest or smallest numbers along an axis, in that order, and their indices (<a
 * href="https://onnx.ai/onnx/operators/onnx__TopK.html">TopK</a>); of equal ones the first. Input 1 is how many, unless it is
 * said here.
 *
 * @param axis which
 * @param end which of them
 * @param count how many; -1 where the second input says it
 */
public record TopK(long axis, End end, long count) implements Operator {
    /** Which numbers. */
    public enum End {
        LARGEST,
        SMALLEST
    }

    @Override
    public Array[] outline(@Nullable Array[] inputs, Precision precision) {
        Array x = Operator.need(inputs, 0);
        int[] shape = shape(x, inputs);
        return new Array[] {x.like(shape), Array.wholes(shape)};
    }

    @Override
    public long effort(@Nullable Array[] inputs) {
        Array x = Operator.need(inputs, 0);
        int[] shape = shape(x, inputs);
        // What is sorted is all of the axis.
        return 32L * Math.max(1, x.elements() / Math.max(1, Array.count(shape)));
    }

    /** The shape of what it gives. */
    private int[] shape(Array x, @Nullable Array[] inputs) {
        long wanted = count >= 0 ? count : Operator.single(inputs, 1).whole(0);
        int along = Array.axis(axis, x.rank());
        int size = x.size(along);
        if (wanted < 0 || wanted > size) {
            throw new GraphException(
                    "the " + wanted + " " + end.name().toLowerCase(java.util.Locale.ROOT) + " of " + size);
        }
        int[] shape = x.shape();
        shape[along] = (int) wanted;
        return shape;
    }

    @Override
    public Array[] run(@Nullable Array[] inputs, Precision precision) {
        Array x = Operator.need(inputs, 0);
        int[] shape = shape(x, inputs);
        int along = Array.axis(axis, x.rank());
        int size = x.size(along);
        int k = shape[along];
        int inner = x.product(along + 1, x.rank());
        Array values = x.like(shape);
        Array indices = Array.wholes(shape);
        Integer[] order = new Integer[size];
        for (int o = 0; o < x.product(0, along); o++) {
            for (int i = 0; i < inner; i++) {
                int at = o * size * inner + i;
                for (int n = 0; n < size; n++) {
                    order[n] = n;
                }
                java.util.Arrays.sort(order, (a, b) -> {
                    int compared = compared(x.get(at + a * inner), x.get(at + b * inner));
                    return end == End.LARGEST ? -compared : compared;
                });
                for (int n = 0; n < k; n++) {
                    values.copyFrom(x, at + order[n] * inner, (o * k + n) * inner + i, 1);
                    indices.setWhole((o * k + n) * inner + i, order[n]);
                }
            }
        }
        return new Array[] {values, indices};
    }

    /** Less than 0, 0 or more: the zeros of both signs are equal, and NaN is above all. */
    static int compared(double a, double b) {
        return Double.compare(a + 0.0, b + 0.0);
    }

    @Override
    public String toString() {
        return "top k";
    }
}
