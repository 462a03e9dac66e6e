package io.sparkrnn.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the values of a graph are like for two numbers of steps: a size that differs between them counts steps, and the others
 * are the network's own.
 *
 * @param few a number of steps
 * @param many another one; the same where the graph takes no other, and then a size that is it counts steps
 * @param first the shapes for the one
 * @param second the shapes for the other
 */
public record Outlines(int few, int many, Outline first, Outline second) {
    /** Numbers of steps to try a graph with: primes, so that no size of a network's own is one of them by chance. */
    private static final List<int[]> TRIED =
            List.of(new int[] {61, 67}, new int[] {509, 521}, new int[] {17, 19}, new int[] {5, 7});

    /** The numbers of steps that a graph is tried with, two at a time: more of them for windows that are longer, fewer for tables of
     * places that are short. */
    public static List<int[]> tried() {
        return TRIED;
    }

    /**
     * Those of a graph that was read by parts that are known.
     *
     * @param further numbers of steps to try, two at a time, where none of {@link #tried} goes through
     * @throws GraphException when the graph goes through for none of them: why it did not for the first
     */
    public static Outlines of(Graph graph, List<int[]> further) {
        List<int[]> tried = new ArrayList<>(TRIED);
        tried.addAll(further);
        GraphException first = null;
        for (int[] steps : tried) {
            try {
                Outline few = Outline.of(graph, steps[0]);
                return new Outlines(steps[0], steps[1], few, steps[0] == steps[1] ? few : Outline.of(graph, steps[1]));
            } catch (GraphException e) {
                first = first == null ? e : first;
            }
        }
        throw first == null ? new GraphException("there is nothing to try") : first;
    }

    /**
     * Those of a graph for two numbers of steps.
     *
     * @param constants {@link Outline#constants}
     * @throws GraphException when it does not go through, or the budget is spent
     */
    public static Outlines of(Graph graph, Map<String, Array> constants, int[] steps, Budget budget) {
        Outline few = Outline.of(graph, constants, steps[0], budget);
        return new Outlines(
                steps[0], steps[1], few, steps[0] == steps[1] ? few : Outline.of(graph, constants, steps[1], budget));
    }

    /**
     * What an output is.
     *
     * @param name of a value
     * @return null when it has two axes that count steps, which no column has
     * @throws GraphException when nothing gives it, or it has no numbers
     */
    public @Nullable GraphOutput output(String name) {
        int[] a = first.shapes().get(name);
        int[] b = second.shapes().get(name);
        if (a == null || b == null || a.length != b.length) {
            throw new GraphException("no node gives the output '" + name + "'");
        }
        int axis = -1;
        for (int d = 0; d < a.length; d++) {
            if (countsSteps(a[d], b[d])) {
                if (axis >= 0) {
                    return null;
                }
                axis = d;
            }
        }
        int[] rest = a.clone();
        if (axis >= 0) {
            rest[axis] = 1;
        }
        int width = Array.count(rest);
        if (width == 0) {
            throw new GraphException("the output '" + name + "' has no numbers: " + Arrays.toString(a));
        }
        GraphOutput.Form form = axis < 0
                ? GraphOutput.Form.OF_ROW
                : a.length <= 2 && width == 1 ? GraphOutput.Form.NUMBER_OF_STEP : GraphOutput.Form.NUMBERS_OF_STEP;
        GraphOutput.Kind kind =
                first.wholes().contains(name) ? GraphOutput.Kind.WHOLE_NUMBERS : GraphOutput.Kind.NUMBERS;
        return new GraphOutput(name, form, axis, width, kind);
    }

    private boolean countsSteps(int a, int b) {
        return few == many ? a == few : a != b;
    }

    /** The shape of a value in words, such as {@code [1, T, 24]}: a size each; empty where nothing gives it. */
    public Optional<List<String>> sizes(String name) {
        int[] a = first.shapes().get(name);
        int[] b = second.shapes().get(name);
        if (a == null || b == null || a.length != b.length) {
            return Optional.empty();
        }
        List<String> sizes = new ArrayList<>();
        for (int d = 0; d < a.length; d++) {
            sizes.add(few == many || a[d] == b[d] ? Integer.toString(a[d]) : ofSteps(a[d], b[d]));
        }
        return Optional.of(sizes);
    }

    /** T, T-2, 2T: a size that is a multiple of the steps and something; ~T where it is otherwise. */
    private String ofSteps(int a, int b) {
        int distance = many - few;
        if ((b - a) % distance != 0) {
            return "~T";
        }
        int times = (b - a) / distance;
        int rest = a - times * few;
        return (times == 1 ? "" : times) + "T" + (rest == 0 ? "" : rest > 0 ? "+" + rest : Integer.toString(rest));
    }
}
