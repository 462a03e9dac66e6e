package io.sparkrnn.graph;

import io.sparkrnn.model.Precision;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The shapes and kinds of a graph's values for a row of so many steps, found by running it once on zeros: sizes that are computed along
 * the way, as exporters have them, are known then too. What is made of constants alone is computed in full.
 *
 * @param shapes by the names of the values
 * @param wholes the names of those that are whole numbers
 * @param effort how many multiply-adds the row takes, roughly: what is computed of constants alone is not of the row
 */
public record Outline(Map<String, int[]> shapes, Set<String> wholes, long effort) {
    /** What a node costs that computes nothing. */
    private static final int NODE = 32;

    /**
     * What {@link #of} takes as a graph's constants: their numbers.
     *
     * @throws GraphException when one is too large, or has none
     */
    public static Map<String, Array> constants(Graph graph) {
        Map<String, Array> values = new HashMap<>();
        graph.constants().forEach((name, tensor) -> values.put(name, Array.of(tensor, Precision.FLOAT32)));
        return values;
    }

    /**
     * The shapes for a row, of a graph that was read by parts that are known.
     *
     * @param steps T
     * @throws GraphException when a node cannot be run; the message names it
     */
    public static Outline of(Graph graph, int steps) {
        long own = graph.nodes().stream()
                .mapToLong(node -> node.operator().parameters())
                .sum();
        return of(graph, constants(graph), steps, Budget.of(graph.constants().values(), own));
    }

    /**
     * The shapes for a row.
     *
     * @param constants {@link #constants}, which take long enough to be made once
     * @param steps T
     * @param budget what it may cost
     * @throws GraphException when a node cannot be run, or the budget is spent; the message names the node
     */
    public static Outline of(Graph graph, Map<String, Array> constants, int steps, Budget budget) {
        return budget.within(() -> run(graph, constants, steps, budget));
    }

    private static Outline run(Graph graph, Map<String, Array> given, int steps, Budget budget) {
        budget.spend(graph.nodes().size());
        Map<String, Array> values = new HashMap<>(given);
        Map<String, Integer> uses = new HashMap<>();
        graph.nodes().forEach(node -> node.inputs().forEach(input -> uses.merge(input, 1, Integer::sum)));
        Set<String> constants = new HashSet<>(graph.constants().keySet());
        for (GraphInput input : graph.inputs()) {
            int[] shape = input.shape(steps);
            values.put(input.name(), input.isIndex() ? Array.wholes(shape) : Array.numbers(Precision.FLOAT32, shape));
        }
        Map<String, int[]> shapes = new HashMap<>();
        Set<String> wholes = new HashSet<>();
        values.forEach((name, array) -> note(name, array, shapes, wholes));
        long effort = 0;
        for (Node node : graph.nodes()) {
            @Nullable Array[] inputs = new Array[node.inputs().size()];
            boolean constant = true;
            long elements = NODE;
            for (int i = 0; i < inputs.length; i++) {
                String name = node.inputs().get(i);
                Array input = name.isEmpty() ? null : values.get(name);
                inputs[i] = input;
                constant &= name.isEmpty() || constants.contains(name);
                elements += input == null ? 1 : input.elements();
            }
            Array[] results;
            try {
                budget.spend(elements);
                results = constant
                        ? computed(node.operator(), inputs)
                        : node.operator().outline(inputs, Precision.FLOAT32);
                effort += constant ? 0 : effort(node.operator(), inputs, results, steps);
            } catch (GraphException e) {
                throw new GraphException(node + ": " + e.getMessage());
            }
            for (int i = 0; i < node.outputs().size() && i < results.length; i++) {
                String name = node.outputs().get(i);
                if (!name.isEmpty()) {
                    values.put(name, results[i]);
                    note(name, results[i], shapes, wholes);
                    if (constant) {
                        constants.add(name);
                    }
                }
            }
            for (String input : node.inputs()) {
                if (uses.merge(input, -1, Integer::sum) == 0) {
                    values.remove(input);
                }
            }
        }
        return new Outline(shapes, wholes, effort);
    }

    private static void note(String name, Array value, Map<String, int[]> shapes, Set<String> wholes) {
        shapes.put(name, value.shape());
        if (value.isWhole()) {
            wholes.add(name);
        }
    }

    /** Of one with weights of its own each is used at each step. */
    private static long effort(Operator operator, @Nullable Array[] inputs, Array[] results, int steps) {
        if (operator.parameters() > 0) {
            return operator.parameters() * steps;
        }
        long elements = 0;
        for (Array result : results) {
            elements += result.elements();
        }
        return elements * Math.min(operator.effort(inputs), 1L << 31);
    }

    private static Array[] computed(Operator operator, @Nullable Array[] inputs) {
        Budget.takeEffort(operator, inputs, Precision.FLOAT32);
        return operator.run(inputs, Precision.FLOAT32);
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
