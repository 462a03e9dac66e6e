package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.Budget;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.Node;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.model.Precision;
import java.io.Serializable;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The nodes that another node runs, once or over and over: a branch, or the body of a loop.
 *
 * @param inputs the names of what it is given
 * @param nodes in an order in which they can be run
 * @param outputs the names of what it gives
 * @param around the names of values from outside that its nodes take
 */
public record Body(List<String> inputs, List<Node> nodes, List<String> outputs, List<String> around)
        implements Serializable {
    /** More turns of loops than any row needs; loops within loops together. */
    static final int MOST_TURNS = 1 << 20;

    private static final ThreadLocal<int @Nullable []> TURNS = new ThreadLocal<>();

    public Body {
        inputs = List.copyOf(inputs);
        nodes = List.copyOf(nodes);
        outputs = List.copyOf(outputs);
        around = List.copyOf(around);
        if (nodes.size() > Graph.MOST_NODES) {
            throw new GraphException("a body of " + nodes.size() + " nodes; at most " + Graph.MOST_NODES + " are run");
        }
    }

    /** Whether numbers are of use, or shapes alone. */
    enum Run {
        NUMBERS,
        SHAPES
    }

    /** The values from outside, by name. */
    static Map<String, Array> outside(List<String> names, @Nullable Array[] inputs, int from) {
        Map<String, Array> values = new HashMap<>();
        for (int i = 0; i < names.size(); i++) {
            values.put(names.get(i), Operator.need(inputs, from + i));
        }
        return values;
    }

    /**
     * Runs the nodes once.
     *
     * @param given one for each of {@link #inputs}
     * @param outside what its nodes take from outside, by name; not modified
     */
    Array[] run(Array[] given, Map<String, Array> outside, Precision precision, Run run) {
        Map<String, Array> values = new HashMap<>(outside);
        for (int i = 0; i < given.length && i < inputs.size(); i++) {
            values.put(inputs.get(i), given[i]);
        }
        Budget.take(nodes.size() + 1L);
        for (Node node : nodes) {
            @Nullable Array[] taken = new Array[node.inputs().size()];
            for (int i = 0; i < taken.length; i++) {
                String name = node.inputs().get(i);
                taken[i] = name.isEmpty() ? null : values.get(name);
            }
            Array[] results;
            try {
                if (run == Run.SHAPES) {
                    results = node.operator().outline(taken, precision);
                } else {
                    Budget.takeEffort(node.operator(), taken, precision);
                    results = node.operator().run(taken, precision);
                }
            } catch (GraphException e) {
                throw new GraphException(node + ": " + e.getMessage());
            }
            for (int o = 0; o < node.outputs().size() && o < results.length; o++) {
                if (!node.outputs().get(o).isEmpty()) {
                    values.put(node.outputs().get(o), results[o]);
                }
            }
        }
        Array[] results = new Array[outputs.size()];
        for (int o = 0; o < results.length; o++) {
            Array value = values.get(outputs.get(o));
            if (value == null) {
                throw new GraphException("nothing in its body gives '" + outputs.get(o) + "'");
            }
            results[o] = value;
        }
        return results;
    }

    /** Something that has turns, in a loop of which others may be. */
    interface Turning {
        Array[] run();
    }

    /** Runs a loop; all turns within it are counted together. */
    static Array[] turning(Turning loop) {
        if (TURNS.get() != null) {
            return loop.run();
        }
        TURNS.set(new int[1]);
        try {
            return loop.run();
        } finally {
            TURNS.remove();
        }
    }

    /** Counts a turn of a loop. */
    static void turn() {
        int[] turns = TURNS.get();
        if (turns != null && ++turns[0] > MOST_TURNS) {
            throw new GraphException("its loops take more than " + MOST_TURNS + " turns for a row");
        }
    }

    /**
     * Keeps what a turn gave, to be stacked.
     *
     * @throws GraphException when all that was kept would be no array: before it takes the memory
     */
    static void keep(List<Array> kept, Array given) {
        if ((kept.size() + 1L) * given.elements() > Array.MOST_ELEMENTS) {
            throw new GraphException("its turns give more than the " + Array.MOST_ELEMENTS
                    + " elements that an array can have: turn " + (kept.size() + 1) + " gives " + given);
        }
        kept.add(given);
    }

    /** What was kept, one after the other along a new axis. */
    static Array stacked(List<Array> kept, long axis, Precision precision) {
        if (kept.isEmpty()) {
            return Array.numbers(precision, 0);
        }
        Unsqueeze along = new Unsqueeze(List.of(axis));
        @Nullable Array[] none = {};
        Array[] parts = new Array[kept.size()];
        for (int p = 0; p < parts.length; p++) {
            parts[p] = along.result(kept.get(p), none, precision);
        }
        return new Concat(axis).run(parts, precision)[0];
    }
}
