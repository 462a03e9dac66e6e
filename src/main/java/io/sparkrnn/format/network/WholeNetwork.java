package io.sparkrnn.format.network;

import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.GraphOutput;
import io.sparkrnn.graph.Outlines;
import io.sparkrnn.graph.operator.RecurrentStack;
import java.util.ArrayList;
import java.util.List;

/**
 * All that a file says of a network, from its inputs to its predictions.
 *
 * @param graph what is run
 * @param notes what its user should know, a sentence each; unmodifiable
 * @param stacks the recurrent layers in it, of which states can be given beside its outputs; unmodifiable
 */
public record WholeNetwork(Graph graph, List<String> notes, List<RecurrentStack> stacks) {
    public WholeNetwork {
        notes = List.copyOf(notes);
        stacks = List.copyOf(stacks);
    }

    /** A network of whose recurrent layers nothing is known. */
    public WholeNetwork(Graph graph, List<String> notes) {
        this(graph, notes, List.of());
    }

    /** This network with those of these stacks that are of its graph. */
    public WholeNetwork with(List<RecurrentStack> found) {
        return new WholeNetwork(
                graph, notes, found.stream().filter(stack -> stack.isIn(graph)).toList());
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
