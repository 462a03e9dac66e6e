package io.sparkrnn.format.network;

import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.GraphOutput;
import io.sparkrnn.graph.Outlines;
import java.util.ArrayList;
import java.util.List;

/**
 * All that a file says of a network, from its inputs to its predictions.
 *
 * @param graph what is run
 * @param notes what its user should know, a sentence each; unmodifiable
 */
public record WholeNetwork(Graph graph, List<String> notes) {
    public WholeNetwork {
        notes = List.copyOf(notes);
    }

    /**
     * A graph with those of its values as outputs that a column can have; the others are noted.
     *
     * @param open a graph whose outputs do not matter
     * @param names of its outputs
     * @throws GraphException when nothing gives one, or no column can have any
     */
    public static WholeNetwork of(Graph open, Outlines outlines, List<String> names) {
        List<GraphOutput> outputs = new ArrayList<>();
        List<String> squares = new ArrayList<>();
        for (String name : names) {
            GraphOutput output = outlines.output(name);
            if (output == null) {
                squares.add(name);
            } else {
                outputs.add(output);
            }
        }
        if (outputs.isEmpty()) {
            throw new GraphException("each of its outputs has two axes that count steps; a column has one at most");
        }
        return new WholeNetwork(
                new Graph(open.inputs(), open.constants(), open.nodes(), outputs),
                squares.isEmpty()
                        ? List.of()
                        : List.of("left out, because they have two axes that count steps and a column has one at most: "
                                + String.join(", ", squares)));
    }
}
