package io.sparkrnn.graph;

import io.sparkrnn.model.Precision;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The shapes of a graph's values for a row of so many steps, found by running it once on zeros: sizes that are computed along
 * the way, as exporters have them, are known then too.
 *
 * @param shapes by the names of the values
 */
public record Outline(Map<String, int[]> shapes) {
    /** The most elements of all values together: a graph of shapes that nobody needs must not take all memory. */
    private static final long MOST_ELEMENTS = 1L << 27;

    /**
     * The shapes for a row.
     *
     * @param steps T
     * @throws GraphException when a node cannot be run; the message names it
     */
    public static Outline of(Graph graph, int steps) {
        Map<String, Array> values = new HashMap<>();
        Map<String, Integer> uses = new HashMap<>();
        graph.nodes().forEach(node -> node.inputs().forEach(input -> uses.merge(input, 1, Integer::sum)));
        graph.constants().forEach((name, tensor) -> values.put(name, Array.of(tensor, Precision.FLOAT32)));
        for (GraphInput input : graph.inputs()) {
            int[] shape = input.shape(steps);
            values.put(input.name(), input.isIndex() ? Array.wholes(shape) : Array.numbers(Precision.FLOAT32, shape));
        }
        Map<String, int[]> shapes = new HashMap<>();
        values.forEach((name, array) -> shapes.put(name, array.shape()));
        long elements = 0;
        for (Node node : graph.nodes()) {
            @Nullable Array[] inputs = new Array[node.inputs().size()];
            for (int i = 0; i < inputs.length; i++) {
                String name = node.inputs().get(i);
                inputs[i] = name.isEmpty() ? null : values.get(name);
            }
            Array[] results;
            try {
                results = node.operator().outline(inputs, Precision.FLOAT32);
            } catch (GraphException e) {
                throw new GraphException(node + ": " + e.getMessage());
            }
            for (int i = 0; i < node.outputs().size() && i < results.length; i++) {
                String name = node.outputs().get(i);
                if (!name.isEmpty()) {
                    values.put(name, results[i]);
                    shapes.put(name, results[i].shape());
                    elements += results[i].elements();
                }
            }
            if (elements > MOST_ELEMENTS) {
                throw new GraphException(node + ": for a row of " + steps + " steps the values up to here have "
                        + elements + " elements; at most " + MOST_ELEMENTS + " are computed");
            }
            for (String input : node.inputs()) {
                if (uses.merge(input, -1, Integer::sum) == 0) {
                    values.remove(input);
                }
            }
        }
        return new Outline(shapes);
    }

    /** The most numbers that a value of a node has for a step of a row, at least 1; for budgets of memory. */
    public int widest(int steps) {
        long widest = shapes.values().stream()
                .mapToLong(shape -> Array.count(shape))
                .max()
                .orElse(1);
        return (int) Math.max(1, widest / steps);
    }
}
