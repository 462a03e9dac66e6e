package io.sparkrnn.job;

import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.GraphInput;
import io.sparkrnn.graph.GraphOutput;
import io.sparkrnn.graph.Node;
import io.sparkrnn.graph.Outline;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** A whole network, for people: what it takes of a row, its nodes with what they give for one of T steps, what comes of it. */
record GraphDescription(Graph graph) {
    /** Two numbers of steps, primes: sizes that follow them are told from the network's own. */
    private static final int[][] TRIED = {{61, 67}, {509, 521}};

    void print(PrintWriter out) {
        out.println("whole network: " + graph.nodes().size() + " nodes, "
                + String.format(Locale.ROOT, "%,d", graph.parameters())
                + " parameters; scored by default, its recurrent"
                + " layers alone with --outputs hidden_states,h_n");
        out.println("inputs, each a column of its name or of --column INPUT=COLUMN:");
        for (GraphInput input : graph.inputs()) {
            out.println("  " + input + ": " + column(input));
        }
        Two two = two();
        out.println("nodes:");
        for (Node node : graph.nodes()) {
            List<String> shapes = new ArrayList<>();
            for (String output : node.outputs()) {
                if (!output.isEmpty() && two != null) {
                    shapes.add(shape(two, output));
                }
            }
            long parameters = node.operator().parameters();
            out.println("  " + node + (shapes.isEmpty() ? "" : ": " + String.join(", ", shapes))
                    + (parameters == 0 ? "" : String.format(Locale.ROOT, ", %,d parameters", parameters)));
        }
        out.println("outputs:");
        for (GraphOutput output : graph.outputs()) {
            out.println("  " + output + ": "
                    + (output.form() == GraphOutput.Form.NUMBERS_OF_STEP ? "array<array<number>>" : "array<number>"));
        }
    }

    private static String column(GraphInput input) {
        String number = input.isIndex() ? "integer" : "number";
        if (input.isStepByStep()) {
            return input.width() == 1 ? "array<" + number + ">" : "array<array<" + number + ">>";
        }
        return input.width() == 1 ? number : "array<" + number + ">";
    }

    /** What the values of two rows are like, of so many steps. */
    @SuppressWarnings("ArrayRecordComponent") // never compared
    private record Two(int[] steps, Outline first, Outline second) {}

    /** Null where it can be run over neither. */
    private @Nullable Two two() {
        for (int[] steps : TRIED) {
            try {
                return new Two(steps, Outline.of(graph, steps[0]), Outline.of(graph, steps[1]));
            } catch (GraphException e) {
                // too short for a window: the next ones are longer
            }
        }
        return null;
    }

    private static String shape(Two two, String value) {
        int[] a = two.first().shapes().get(value);
        int[] b = two.second().shapes().get(value);
        if (a == null || b == null || a.length != b.length) {
            return "?";
        }
        List<String> sizes = new ArrayList<>();
        for (int d = 0; d < a.length; d++) {
            sizes.add(a[d] == b[d] ? Integer.toString(a[d]) : ofSteps(two.steps(), a[d], b[d]));
        }
        return "[" + String.join(", ", sizes) + "]";
    }

    /** T, T-2, 2T: a size that is a multiple of the steps and something; ~T where it is otherwise. */
    private static String ofSteps(int[] steps, int a, int b) {
        int distance = steps[1] - steps[0];
        if ((b - a) % distance != 0) {
            return "~T";
        }
        int times = (b - a) / distance;
        int rest = a - times * steps[0];
        return (times == 1 ? "" : times) + "T" + (rest == 0 ? "" : rest > 0 ? "+" + rest : Integer.toString(rest));
    }
}
