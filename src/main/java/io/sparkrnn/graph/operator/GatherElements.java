package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.model.Precision;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * For each index the number that stands there along an axis, at the place of the index in the others (<a
 * href="https://onnx.ai/onnx/operators/onnx__GatherElements.html">GatherElements</a>): of axis 0 {@code y[i][j] = x[index[i][j]][j]}.
 *
 * @param axis which
 */
public record GatherElements(long axis) implements Single {
    @Override
    public Array result(Array x, @Nullable Array[] inputs, Precision precision) {
        Array indices = Operator.need(inputs, 1);
        int along = along(axis, x, indices);
        Array y = x.like(indices.shape());
        int[] strides = x.strides();
        int[] place = new int[x.rank()];
        for (int i = 0; i < y.elements(); i++) {
            y.copyFrom(x, at(strides, place, along, Gather.index(indices.whole(i), x.size(along))), i, 1);
            next(place, y);
        }
        return y;
    }

    /** The axis, where indices fit an array. */
    private static int along(long axis, Array x, Array indices) {
        int along = Array.axis(axis, x.rank());
        boolean fits = indices.rank() == x.rank();
        for (int d = 0; d < x.rank() && fits; d++) {
            fits = d == along || indices.size(d) <= x.size(d);
        }
        if (!fits) {
            throw new GraphException("indices " + indices + " along axis " + axis + " of " + x);
        }
        return along;
    }

    /** Where an index points to: to its own place but for one axis. */
    private static int at(int[] strides, int[] place, int along, int index) {
        int at = 0;
        for (int d = 0; d < place.length; d++) {
            at += (d == along ? index : place[d]) * strides[d];
        }
        return at;
    }

    /** The place of the next element of an array. */
    private static void next(int[] place, Array of) {
        for (int d = place.length - 1; d >= 0; d--) {
            if (++place[d] < of.size(d)) {
                return;
            }
            place[d] = 0;
        }
    }

    @Override
    public String toString() {
        return "gather elements";
    }

    /**
     * The opposite: an array in which the numbers at the places of indices are others (<a
     * href="https://onnx.ai/onnx/operators/onnx__ScatterElements.html">ScatterElements</a>), in the order of the indices. Inputs are
     * x, indices and updates.
     *
     * @param axis which
     * @param how what becomes of what was there
     */
    public record Scatter(long axis, How how) implements Single {
        @Override
        public Array result(Array x, @Nullable Array[] inputs, Precision precision) {
            Array indices = Operator.need(inputs, 1);
            Array updates = Operator.need(inputs, 2);
            int along = along(axis, x, indices);
            if (updates.elements() != indices.elements() || updates.isWhole() != x.isWhole()) {
                throw new GraphException("updates " + updates + " at indices " + indices + " of " + x);
            }
            Array y = x.like(x.shape());
            y.copyFrom(x, 0, 0, x.elements());
            int[] strides = x.strides();
            int[] place = new int[x.rank()];
            for (int i = 0; i < indices.elements(); i++) {
                how.put(y, at(strides, place, along, Gather.index(indices.whole(i), x.size(along))), updates, i);
                next(place, indices);
            }
            return y;
        }

        @Override
        public String toString() {
            return "scatter elements";
        }
    }

    /** What becomes of a number for which there is an update. */
    public enum How {
        /** It is replaced. */
        NONE(null),
        ADD(Pair.Of.ADD),
        MUL(Pair.Of.MUL),
        MIN(Pair.Of.MIN),
        MAX(Pair.Of.MAX);

        private final Pair.@Nullable Of with;

        How(Pair.@Nullable Of with) {
            this.with = with;
        }

        void put(Array y, int to, Array updates, int from) {
            if (with == null) {
                y.copyFrom(updates, from, to, 1);
            } else if (y.isWhole()) {
                y.setWhole(to, new Pair(with).wholes(y.whole(to), updates.whole(from)));
            } else {
                y.set(to, new Pair(with).numbers(y.get(to), updates.get(from)));
            }
        }

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }
}
