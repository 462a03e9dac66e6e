package io.sparkrnn.format.onnx;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the dimensions of a tensor stand for, so that it can be followed through transposes and reshapes. A dimension is
 * a product of factors, the last of them the innermost; of size 1 only units are kept. Thus a recurrent node gives Y
 * [steps][directions][sequences][units], a Transpose makes it [steps][sequences][directions][units], and a Reshape
 * [steps][sequences][directions * units], which is what the next layer takes.
 *
 * @param axes the factors of each dimension; unmodifiable
 */
record OnnxAxes(List<List<Factor>> axes) {
    /** A number of things, side by side. */
    sealed interface Factor {
        /** -1 when it is not fixed. */
        long size();
    }

    /** A dimension of an input; equal to itself only. */
    static final class Axis implements Factor {
        private final String label;
        private final long size;

        Axis(String label, long size) {
            this.label = label;
            this.size = size;
        }

        @Override
        public long size() {
            return size;
        }

        @Override
        public String toString() {
            return label;
        }
    }

    /** The directions of a recurrent node. */
    record Directions(int node, long size) implements Factor {}

    /**
     * The hidden units of a recurrent node.
     *
     * @param direction 0, or 1 for the second direction; -1 for both, which another factor counts
     */
    record Units(int node, int direction, long size) implements Factor {}

    /** Units of several nodes or directions, one after the other. */
    record Joined(List<Units> parts) implements Factor {
        @Override
        public long size() {
            return parts.stream().anyMatch(part -> part.size < 0)
                    ? -1
                    : parts.stream().mapToLong(Units::size).sum();
        }
    }

    /**
     * The size of a dimension: a number, or a product of factors.
     *
     * @param number -1 when it is not fixed
     */
    record Count(long number, List<Factor> factors) {
        static Count of(long number) {
            return new Count(number, List.of());
        }
    }

    /** Axes of one factor each. */
    static OnnxAxes each(List<? extends Factor> factors) {
        List<List<Factor>> axes = new ArrayList<>();
        for (Factor factor : factors) {
            axes.add(factor.size() == 1 && !(factor instanceof Units) ? List.of() : List.of(factor));
        }
        return new OnnxAxes(List.copyOf(axes));
    }

    int rank() {
        return axes.size();
    }

    List<Factor> axis(int index) {
        return axes.get(index);
    }

    /** An index that may count from the end; -1 when there is no such dimension. */
    static int index(long axis, int rank) {
        long index = axis < 0 ? axis + rank : axis;
        return index < 0 || index >= rank ? -1 : (int) index;
    }

    /** Their number, if fixed. */
    static long size(List<Factor> factors) {
        long size = 1;
        for (Factor factor : factors) {
            if (factor.size() < 0) {
                return -1;
            }
            try {
                size = Math.multiplyExact(size, factor.size());
            } catch (ArithmeticException e) {
                return -1;
            }
        }
        return size;
    }

    /** The sizes of all dimensions. */
    List<Count> counts() {
        return axes.stream().map(axis -> new Count(size(axis), axis)).toList();
    }

    OnnxAxes transposed(int[] permutation) {
        List<List<Factor>> moved = new ArrayList<>();
        for (int from : permutation) {
            moved.add(axes.get(from));
        }
        return new OnnxAxes(List.copyOf(moved));
    }

    /** With another axis in the place of one, or without it. */
    OnnxAxes replaced(int index, @Nullable List<Factor> factors) {
        List<List<Factor>> changed = new ArrayList<>(axes);
        if (factors == null) {
            changed.remove(index);
        } else {
            changed.set(index, factors);
        }
        return new OnnxAxes(List.copyOf(changed));
    }

    /** With an axis of size 1 more. */
    OnnxAxes inserted(int index) {
        List<List<Factor>> changed = new ArrayList<>(axes);
        changed.add(index, List.of());
        return new OnnxAxes(List.copyOf(changed));
    }

    /**
     * The same numbers in other dimensions.
     *
     * @param shape what Reshape is given: sizes, 0 for that of the same dimension here, -1 for what is left
     * @return null when the new dimensions are no products of the factors in their order
     */
    @Nullable
    OnnxAxes reshaped(List<Count> shape) {
        List<Factor> all = axes.stream().flatMap(List::stream).toList();
        List<List<Factor>> result = new ArrayList<>();
        int from = 0;
        int rest = -1;
        for (int i = 0; i < shape.size() && rest < 0; i++) {
            if (shape.get(i).number == -1 && shape.get(i).factors.isEmpty()) {
                rest = i;
            } else {
                int to = taken(all, from, all.size(), i, shape.get(i), false);
                if (to < 0) {
                    return null;
                }
                result.add(all.subList(from, to));
                from = to;
            }
        }
        if (rest >= 0) {
            int to = all.size();
            List<List<Factor>> last = new ArrayList<>();
            for (int i = shape.size() - 1; i > rest; i--) {
                int start = taken(all, from, to, i, shape.get(i), true);
                if (start < 0) {
                    return null;
                }
                last.add(0, all.subList(start, to));
                to = start;
            }
            result.add(all.subList(from, to));
            result.addAll(last);
            from = all.size();
        }
        if (from < all.size() && !result.isEmpty() && size(all.subList(from, all.size())) == 1) {
            List<Factor> last = new ArrayList<>(result.remove(result.size() - 1));
            last.addAll(all.subList(from, all.size()));
            result.add(List.copyOf(last));
            from = all.size();
        }
        return from == all.size() ? new OnnxAxes(List.copyOf(result)) : null;
    }

    /**
     * How far a dimension takes of factors {@code from} to {@code to}: from the front, or from the back.
     *
     * @return -1 when it takes part of a factor, or factors whose size is not known
     */
    private int taken(List<Factor> all, int from, int to, int index, Count count, boolean back) {
        boolean same = count.number == 0 && count.factors.isEmpty();
        if (same && index >= rank()) {
            return -1;
        }
        List<Factor> wanted = same ? axes.get(index) : count.factors;
        if (same || count.number < 0) {
            int size = wanted.size();
            if (to - from < size) {
                return -1;
            }
            int start = back ? to - size : from;
            return all.subList(start, start + size).equals(wanted) ? (back ? start : start + size) : -1;
        }
        long product = 1;
        int at = back ? to : from;
        if (count.number == 1 && from < to && all.get(back ? to - 1 : from).size() == 1) {
            return back ? to - 1 : from + 1;
        }
        while (product < count.number && (back ? at > from : at < to)) {
            long size = all.get(back ? at - 1 : at).size();
            // A size of 0 has no place in the batch of a network.
            if (size <= 0 || size > count.number) {
                return -1;
            }
            product *= size;
            at += back ? -1 : 1;
        }
        return product == count.number ? at : -1;
    }

    /** The parts of one direction each of which a feature axis consists; null if it does not consist of such. */
    static @Nullable List<Units> parts(List<Factor> axis) {
        if (axis.size() == 1 && axis.get(0) instanceof Joined joined) {
            return joined.parts;
        }
        if (axis.size() == 1 && axis.get(0) instanceof Units units && units.direction >= 0) {
            return List.of(units);
        }
        if (axis.size() == 2
                && axis.get(0) instanceof Directions directions
                && axis.get(1) instanceof Units units
                && directions.node == units.node) {
            return List.of(new Units(units.node, 0, units.size), new Units(units.node, 1, units.size));
        }
        return null;
    }
}
