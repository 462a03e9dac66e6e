package io.sparkrnn.graph;

import java.io.Serializable;
import java.util.List;
import java.util.OptionalLong;

/**
 * What a graph takes of a row: numbers or indices, of each time step or of the row.
 *
 * @param name what the graph calls it, and its column unless told otherwise
 * @param axes the sizes of the array that the graph takes of one row; {@link #STEPS} for that of the time steps, of which
 *     there is one at most. All others together are a step's numbers, or the row's
 * @param range how many values an index can have, 0 and up; empty for numbers. {@link Long#MAX_VALUE} when nothing says
 */
public record GraphInput(String name, List<Integer> axes, OptionalLong range) implements Serializable {
    /** Stands for the number of time steps. */
    public static final int STEPS = -1;

    public GraphInput {
        axes = List.copyOf(axes);
        if (axes.stream().filter(size -> size == STEPS).count() > 1) {
            throw new IllegalArgumentException("an input of two axes of steps: " + axes);
        }
    }

    /** Whether it has a value for each time step. */
    public boolean isStepByStep() {
        return axes.contains(STEPS);
    }

    /** Whether its values are indices. */
    public boolean isIndex() {
        return range.isPresent();
    }

    /** How many numbers a step has, or a row. */
    public int width() {
        return Array.count(axes.stream()
                .filter(size -> size != STEPS)
                .mapToInt(size -> size)
                .toArray());
    }

    /** The shape of its array, of a row of so many steps. */
    public int[] shape(int steps) {
        return axes.stream().mapToInt(size -> size == STEPS ? steps : size).toArray();
    }

    /** What goes to another machine: an OptionalLong cannot. */
    private Object writeReplace() {
        return new Image(name, axes, range.orElse(Image.NUMBERS));
    }

    private record Image(String name, List<Integer> axes, long range) implements Serializable {
        private static final long serialVersionUID = 1;
        private static final long NUMBERS = -1;

        private Object readResolve() {
            return new GraphInput(name, axes, range == NUMBERS ? OptionalLong.empty() : OptionalLong.of(range));
        }
    }

    /** In words: {@code features [T, 5]}, {@code mcc [T] of 40 indices}. */
    @Override
    public String toString() {
        String shape = isStepByStep() ? (width() == 1 ? "[T]" : "[T, " + width() + "]") : "[" + width() + "]";
        return name + " " + shape
                + (range.isEmpty()
                        ? ""
                        : range.getAsLong() == Long.MAX_VALUE
                                ? " of indices"
                                : " of indices below " + range.getAsLong());
    }
}
