package io.sparkrnn.engine;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.Node;
import io.sparkrnn.model.Precision;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A graph of which is computed what is the same for all rows.
 *
 * @param constants what is the same for all rows, by name
 * @param left the nodes that take something of a row, in their order
 */
record Folded(Map<String, Array> constants, List<Node> left) {
    /**
     * Computes it.
     *
     * @throws GraphException when a node of constants alone cannot be run
     */
    static Folded of(Graph graph, Precision precision) {
        Map<String, Array> constants = new HashMap<>();
        graph.constants().forEach((name, tensor) -> constants.put(name, Array.of(tensor, precision)));
        List<Node> left = new ArrayList<>();
        for (Node node : graph.nodes()) {
            if (!fold(node, constants, precision)) {
                left.add(node);
            }
        }
        return new Folded(constants, left);
    }

    /** Whether a node takes constants alone, and is computed here and now. */
    private static boolean fold(Node node, Map<String, Array> constants, Precision precision) {
        @Nullable Array[] inputs = new Array[node.inputs().size()];
        for (int i = 0; i < inputs.length; i++) {
            String name = node.inputs().get(i);
            inputs[i] = name.isEmpty() ? null : constants.get(name);
            if (!name.isEmpty() && inputs[i] == null) {
                return false;
            }
        }
        Array[] results;
        try {
            results = node.operator().run(inputs, precision);
        } catch (GraphException e) {
            throw new GraphException(node + ": " + e.getMessage());
        }
        for (int o = 0; o < node.outputs().size() && o < results.length; o++) {
            if (!node.outputs().get(o).isEmpty()) {
                constants.put(node.outputs().get(o), results[o]);
            }
        }
        return true;
    }
}
