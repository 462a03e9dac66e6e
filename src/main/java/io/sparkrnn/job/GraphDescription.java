package io.sparkrnn.job;

import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.GraphInput;
import io.sparkrnn.graph.GraphOutput;
import io.sparkrnn.graph.Node;
import io.sparkrnn.graph.Outlines;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A whole network, for people: what it takes of a row, its nodes with what they give for one of T steps, what comes of it.
 *
 * @param vocabularies what is told of those that the sidecar names, by inputs
 */
record GraphDescription(Graph graph, Map<String, String> vocabularies) {
    void print(PrintWriter out) {
        out.println("whole network: " + graph.nodes().size() + " nodes, "
                + String.format(Locale.ROOT, "%,d", graph.parameters())
                + " parameters; scored by default. --outputs"
                + " chooses among its outputs and the states of recurrent layers, hidden_states, h_n and c_n");
        out.println("inputs, each a column of its name or of --column INPUT=COLUMN:");
        for (GraphInput input : graph.inputs()) {
            out.println("  " + input + ": " + column(input));
        }
        Outlines outlines = outlines();
        out.println("nodes:");
        for (Node node : graph.nodes()) {
            List<String> shapes = new ArrayList<>();
            for (String output : node.outputs()) {
                if (!output.isEmpty() && outlines != null) {
                    shapes.add(outlines.shape(output));
                }
            }
            long parameters = node.operator().parameters();
            out.println("  " + node + (shapes.isEmpty() ? "" : ": " + String.join(", ", shapes))
                    + (parameters == 0 ? "" : String.format(Locale.ROOT, ", %,d parameters", parameters)));
        }
        out.println("outputs:");
        for (GraphOutput output : graph.outputs()) {
            String number = output.isWhole() ? "bigint" : "number";
            out.println("  " + output + ": "
                    + (output.form() == GraphOutput.Form.NUMBERS_OF_STEP
                            ? "array<array<" + number + ">>"
                            : "array<" + number + ">"));
        }
    }

    private String column(GraphInput input) {
        String told = vocabularies.get(input.name());
        if (told != null) {
            return column(input, "string") + ", " + told;
        }
        return input.isIndex()
                ? column(input, "integer") + ", or " + column(input, "string") + " with --vocabulary " + input.name()
                        + "=FILE"
                : column(input, "number");
    }

    private static String column(GraphInput input, String number) {
        if (input.isStepByStep()) {
            return input.width() == 1 ? "array<" + number + ">" : "array<array<" + number + ">>";
        }
        return input.width() == 1 ? number : "array<" + number + ">";
    }

    /** Null where it can be run over no number of steps that is tried. */
    private @Nullable Outlines outlines() {
        try {
            return Outlines.of(graph, List.of());
        } catch (GraphException e) {
            // its shapes are not known then; its nodes are
            return null;
        }
    }
}
