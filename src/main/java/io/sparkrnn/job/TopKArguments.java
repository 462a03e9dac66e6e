package io.sparkrnn.job;

import io.sparkrnn.format.network.Network;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.GraphInput;
import io.sparkrnn.graph.GraphOutput;
import io.sparkrnn.graph.operator.Ranking;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Of a score for each of many items the best alone: options of score. */
final class TopKArguments {
    private static final String TOP_K = "--top-k";
    private static final String EXCLUDE_SEEN = "--exclude-seen";
    private static final String EXCLUDE_INDICES = "--exclude-indices";

    @Option(
            names = TOP_K,
            paramLabel = "K|OUTPUT=K,...",
            hideParamSyntax = true,
            split = ",",
            description =
                    "Of a whole network: the K best scores of an output of the row in place of all of them, falling,"
                            + " and in OUTPUT_index their indices, from 0; of equal ones the lower index is first. K alone: of the"
                            + " only output of several scores.")
    @Nullable
    List<String> best;

    @Option(
            names = EXCLUDE_SEEN,
            paramLabel = "INPUT",
            arity = "0..1",
            fallbackValue = "",
            description =
                    "With --top-k: leaves out the indices that are in the row itself, in its steps that are scored."
                            + " INPUT: of which input, where several have indices.")
    @Nullable
    String seen;

    @Option(
            names = EXCLUDE_INDICES,
            paramLabel = "INDEX,...",
            hideParamSyntax = true,
            split = ",",
            description = "With --top-k: leaves out these indices in every row, such as that of padding.")
    @Nullable
    List<Long> never;

    /** Whether what is in a row is left out. */
    boolean excludeSeen() {
        // A file of options says true or false.
        return seen != null && !seen.equals("false");
    }

    /**
     * A network that gives the best, if that is asked for.
     *
     * @param chosen with the outputs that are asked for
     * @param whole the network with all of its inputs; null of recurrent layers
     */
    Network of(Network chosen, @Nullable Graph whole) {
        if (best == null) {
            if (excludeSeen() || never != null) {
                throw new JobException(
                        ExitCode.USAGE,
                        EXCLUDE_SEEN + ", " + EXCLUDE_INDICES + ": they do nothing without " + TOP_K
                                + "; give that, too, or do without");
            }
            return chosen;
        }
        String said = TOP_K + " " + String.join(",", best) + ": ";
        if (whole == null || chosen.graph() == null || chosen.graph().outputs().isEmpty()) {
            throw new JobException(
                    ExitCode.USAGE,
                    said
                            + "it is of an output of a whole network, and this run scores recurrent layers; say what follows"
                            + " them in a sidecar (\"network\": [{\"gru\": \"gru\"}, \"h_n\", {\"linear\": \"head\"}]) in"
                            + " place of --head");
        }
        List<GraphOutput> outputs = chosen.graph().outputs();
        String input = input(whole, said);
        Graph less = chosen.graph();
        Graph ranked = new Graph(
                whole.inputs().stream()
                        .filter(one -> less.inputs().contains(one) || one.name().equals(input))
                        .toList(),
                less.constants(),
                less.nodes(),
                outputs,
                less.states());
        try {
            for (Map.Entry<String, Integer> one : wanted(outputs, said).entrySet()) {
                ranked = new Ranking(one.getKey(), one.getValue(), input, never == null ? List.of() : never).of(ranked);
            }
        } catch (GraphException e) {
            throw new JobException(ExitCode.USAGE, said + e.getMessage(), e);
        }
        return chosen.with(ranked.with(ranked.outputs(), ranked.states()));
    }

    /** How many of which outputs. */
    private Map<String, Integer> wanted(List<GraphOutput> outputs, String said) {
        Map<String, Integer> wanted = new LinkedHashMap<>();
        for (String one : best == null ? List.<String>of() : best) {
            int equals = one.lastIndexOf('=');
            String name =
                    equals < 0 ? only(outputs, said) : one.substring(0, equals).strip();
            if (outputs.stream().noneMatch(output -> output.name().equals(name))) {
                throw new JobException(
                        ExitCode.USAGE,
                        said + "there is no output '" + name + "' in this run; it gives " + listed(outputs));
            }
            if (wanted.put(name, count(one.substring(equals + 1).strip(), said)) != null) {
                throw new JobException(ExitCode.USAGE, said + "the output '" + name + "' is named twice");
            }
        }
        return wanted;
    }

    private static int count(String text, String said) {
        try {
            int count = Integer.parseInt(text);
            if (count >= 1) {
                return count;
            }
        } catch (NumberFormatException e) {
            // told as any other
        }
        throw new JobException(
                ExitCode.USAGE,
                said + "'" + text + "' is not how many; expected a whole number of 1 or more, or OUTPUT=K");
    }

    /** The only output that the best can be taken of. */
    private static String only(List<GraphOutput> outputs, String said) {
        List<GraphOutput> lists = outputs.stream()
                .filter(output -> output.form() == GraphOutput.Form.OF_ROW && output.width() > 1)
                .toList();
        if (lists.size() != 1) {
            throw new JobException(
                    ExitCode.USAGE,
                    said
                            + (lists.isEmpty()
                                    ? "no output has several scores a row; the network gives "
                                    : "several outputs have several scores a row; name it, as in " + TOP_K + " "
                                            + lists.get(0).name() + "=10. The network gives ")
                            + listed(outputs));
        }
        return lists.get(0).name();
    }

    /** The input whose indices are left out. */
    private @Nullable String input(Graph whole, String said) {
        if (seen == null || !excludeSeen()) {
            return null;
        }
        if (!seen.isEmpty() && !seen.equals("true")) {
            return seen;
        }
        List<GraphInput> indices =
                whole.inputs().stream().filter(GraphInput::isIndex).toList();
        if (indices.size() != 1) {
            throw new JobException(
                    ExitCode.USAGE,
                    said
                            + (indices.isEmpty()
                                    ? EXCLUDE_SEEN + " needs an input of indices, and the network takes "
                                            + whole.inputs()
                                    : "several inputs have indices; say which with " + EXCLUDE_SEEN + " INPUT: "
                                            + indices));
        }
        return indices.get(0).name();
    }

    private static String listed(List<GraphOutput> outputs) {
        return outputs.stream().map(Object::toString).collect(Collectors.joining(", "));
    }
}
