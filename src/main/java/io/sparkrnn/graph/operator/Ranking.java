package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.GraphInput;
import io.sparkrnn.graph.GraphOutput;
import io.sparkrnn.graph.GraphOutput.Form;
import io.sparkrnn.graph.GraphOutput.Kind;
import io.sparkrnn.graph.Node;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * An output of a score for each of many, such as the items that may be recommended, as its best K: the output NAME then has their
 * scores, falling, and NAME_index their indices; see {@link Best}.
 *
 * @param output its name: of the row
 * @param most K
 * @param seen an input of indices, of which those that are in the row itself are left out; null for none
 * @param never indices that are left out in every row
 */
public record Ranking(String output, int most, @Nullable String seen, List<Long> never) {
    /** What is behind an output's name in that of its indices. */
    public static final String INDEX = "_index";

    public Ranking {
        never = List.copyOf(never);
    }

    /**
     * A graph with the best of the output in its place.
     *
     * @throws GraphException when it has no such output, that is not of the row, or has fewer than K scores; when there is no such
     *     input of indices, or it is not known to have an index for each score; when the name of the indices is taken
     */
    public Graph of(Graph graph) {
        GraphOutput all = graph.outputs().stream()
                .filter(each -> each.name().equals(output))
                .findFirst()
                .orElseThrow(() -> new GraphException("the network has no output '" + output + "'"));
        check(graph, all);
        String index = output + INDEX;
        // The values of a graph are called otherwise where the columns need their names.
        Map<String, String> names = new LinkedHashMap<>();
        for (String taken : List.of(output, index)) {
            names.put(taken, free(graph, taken));
        }
        Graph rest =
                new Graph(graph.inputs(), graph.constants(), graph.nodes(), List.of(), graph.states()).renamed(names);
        String scores = names.getOrDefault(output, output);
        List<Node> nodes = new ArrayList<>(rest.nodes());
        nodes.add(new Node(
                "top " + most + " of " + output,
                new Best(most, never),
                seen == null ? List.of(scores) : List.of(scores, seen),
                List.of(output, index)));
        List<GraphOutput> outputs = new ArrayList<>();
        for (GraphOutput each : graph.outputs()) {
            if (each.equals(all)) {
                outputs.add(new GraphOutput(output, Form.LIST_OF_ROW, 0, most, all.kind()));
                outputs.add(new GraphOutput(index, Form.LIST_OF_ROW, 0, most, Kind.WHOLE_NUMBERS));
            } else {
                outputs.add(each);
            }
        }
        return new Graph(graph.inputs(), rest.constants(), nodes, outputs, rest.states());
    }

    private void check(Graph graph, GraphOutput all) {
        if (all.form() != Form.OF_ROW) {
            throw new GraphException(
                    "the best are taken of an output with a list of scores a row, and the network gives " + all);
        }
        if (most > all.width()) {
            throw new GraphException("the best " + most + " of " + all + ": expected 1 to " + all.width());
        }
        for (String name : List.of(output, output + INDEX)) {
            if (graph.inputs().stream().anyMatch(input -> input.name().equals(name))
                    || (!name.equals(output)
                            && graph.outputs().stream()
                                    .anyMatch(each -> each.name().equals(name)))) {
                throw new GraphException("the best of '" + output + "' would need a column '" + name
                        + "', which is the name of another input or output of the network");
            }
        }
        for (long index : never) {
            if (index < 0 || index >= all.width()) {
                throw new GraphException(
                        "the index " + index + " is to be left out of " + all + ": expected 0 to " + (all.width() - 1));
            }
        }
        if (seen != null) {
            GraphInput input = graph.inputs().stream()
                    .filter(each -> each.name().equals(seen))
                    .findFirst()
                    .orElseThrow(() -> new GraphException("the network has no input '" + seen + "'"));
            if (!input.isIndex()) {
                throw new GraphException("the input " + input + " has no indices that could be left out");
            }
            long range = input.range().orElse(Long.MAX_VALUE);
            if (range != Long.MAX_VALUE && range != all.width()) {
                throw new GraphException("the input " + input + " and the output " + all
                        + " are not of as many: which score is of which index is not known");
            }
        }
    }

    private static String free(Graph graph, String name) {
        String free = "all of " + name;
        while (isTaken(graph, free)) {
            free += "'";
        }
        return free;
    }

    private static boolean isTaken(Graph graph, String name) {
        return graph.constants().containsKey(name)
                || graph.inputs().stream().anyMatch(input -> input.name().equals(name))
                || graph.nodes().stream().anyMatch(node -> node.outputs().contains(name));
    }
}
