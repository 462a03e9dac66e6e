package io.sparkrnn.graph;

import java.io.Serializable;
import java.util.List;

/**
 * An operator at its place in a graph.
 *
 * @param name what messages call it
 * @param inputs the names of the values it takes; empty for one that is left out
 * @param outputs the names of the values it gives; empty for one that nobody takes
 */
public record Node(String name, Operator operator, List<String> inputs, List<String> outputs) implements Serializable {
    public Node {
        inputs = List.copyOf(inputs);
        outputs = List.copyOf(outputs);
    }

    @Override
    public String toString() {
        return operator + " '" + name + "'";
    }
}
