package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.model.Precision;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Parts of an array by lists of indices, the last axis of input 1: one index for each of the first axes (<a
 * href="https://onnx.ai/onnx/operators/onnx__GatherND.html">GatherND</a>).
 *
 * @param batch how many first axes of both go side by side
 */
public record GatherNd(int batch) implements Single {
    @Override
    public Array result(Array x, @Nullable Array[] inputs, Precision precision) {
        Array indices = Operator.need(inputs, 1);
        Places places = Places.of(x, indices, batch);
        int[] shape = Arrays.copyOf(indices.shape(), indices.rank() - 1 + x.rank() - places.given);
        for (int d = places.given; d < x.rank(); d++) {
            shape[indices.rank() - 1 + d - places.given] = x.size(d);
        }
        Array y = x.like(shape);
        for (int i = 0; i < places.count; i++) {
            y.copyFrom(x, places.at(i), i * places.size, places.size);
        }
        return y;
    }

    @Override
    public String toString() {
        return "gather parts";
    }

    /**
     * Where the parts are.
     *
     * @param given how many axes of x are chosen in, with those of the batch
     * @param count of the parts
     * @param size the elements of a part
     */
    private record Places(Array x, Array indices, int batch, int given, int count, int size) {
        static Places of(Array x, Array indices, int batch) {
            int given = indices.rank() == 0 ? -1 : batch + indices.size(-1);
            boolean fits = batch >= 0 && batch < indices.rank() && given > batch && given <= x.rank();
            for (int d = 0; d < batch && fits; d++) {
                fits = x.size(d) == indices.size(d);
            }
            if (!fits) {
                throw new GraphException("indices " + indices + " of " + x + " in a batch of " + batch + " axes");
            }
            return new Places(
                    x, indices, batch, given, indices.product(0, indices.rank() - 1), x.product(given, x.rank()));
        }

        /** Where a part begins. */
        int at(int part) {
            int list = indices.size(-1);
            int outer = x.product(0, batch);
            int from = outer == 0 ? 0 : part / Math.max(1, count / outer);
            for (int k = 0; k < list; k++) {
                int axis = batch + k;
                from = from * x.size(axis) + Gather.index(indices.whole(part * list + k), x.size(axis));
            }
            return from * size;
        }
    }

    /**
     * The opposite: an array in which parts are others (<a
     * href="https://onnx.ai/onnx/operators/onnx__ScatterND.html">ScatterND</a>), in the order of the indices. Inputs are x, indices
     * and updates.
     *
     * @param how what becomes of what was there
     */
    public record Scatter(GatherElements.How how) implements Single {
        @Override
        public Array result(Array x, @Nullable Array[] inputs, Precision precision) {
            Array indices = Operator.need(inputs, 1);
            Array updates = Operator.need(inputs, 2);
            Places places = Places.of(x, indices, 0);
            if (updates.elements() != (long) places.count * places.size || updates.isWhole() != x.isWhole()) {
                throw new GraphException("updates " + updates + " at indices " + indices + " of " + x);
            }
            Array y = x.like(x.shape());
            y.copyFrom(x, 0, 0, x.elements());
            for (int i = 0; i < places.count; i++) {
                int to = places.at(i);
                for (int e = 0; e < places.size; e++) {
                    how.put(y, to + e, updates, i * places.size + e);
                }
            }
            return y;
        }

        @Override
        public String toString() {
            return "scatter parts";
        }
    }
}
