package io.sparkrnn.format.onnx;

import io.sparkrnn.format.network.ModelOptions;
import io.sparkrnn.format.onnx.OnnxGraph.Node;
import io.sparkrnn.format.onnx.OnnxNetworks.Stage;
import io.sparkrnn.format.onnx.OnnxValue.Constant;
import io.sparkrnn.format.onnx.OnnxValue.Fill;
import io.sparkrnn.format.onnx.OnnxValue.Flow;
import io.sparkrnn.format.onnx.OnnxValue.Other;
import io.sparkrnn.model.CellType;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** What the user of a network from a graph should know: what of the graph is not used, and what had to be assumed. */
final class OnnxNotes {
    private static final int MOST_LISTED = 12;
    private static final int SEQUENCE_LENS = 4;
    private static final int INITIAL_H = 5;
    private static final int INITIAL_C = 6;

    private final OnnxGraph.Model model;
    private final OnnxTrace trace;
    private final List<Stage> chosen;
    private final ModelOptions options;

    OnnxNotes(OnnxGraph.Model model, OnnxTrace trace, List<Stage> chosen, ModelOptions options) {
        this.model = model;
        this.trace = trace;
        this.chosen = chosen;
        this.options = options;
    }

    List<String> notes() {
        List<String> notes = new ArrayList<>();
        List<OnnxRecurrent> nodes =
                chosen.stream().flatMap(stage -> stage.nodes().stream()).toList();
        if (options.nonlinearity() != null) {
            notes.add("--nonlinearity is not needed: the ONNX file says it");
        }
        body(nodes.get(0), notes);
        features(nodes.get(0), notes);
        for (OnnxRecurrent node : nodes) {
            OnnxValue lengths = node.input(SEQUENCE_LENS);
            if (lengths != null && !isInput(lengths)) {
                notes.add("sequence_lens of " + node.label() + " is "
                        + (lengths instanceof Other other ? "what " + other.origin() + " computes" : "constant")
                        + "; here each row's own number of steps counts");
            }
            if (node.type() == CellType.GRU
                    && model.producer().equalsIgnoreCase("pytorch")
                    && node.node().number("linear_before_reset", 0) == 0) {
                notes.add(node.label()
                        + " says linear_before_reset=0, which is not PyTorch's GRU: a known error of some exports, after"
                        + " which numbers differ by about 0.1. Compare with the PyTorch model (spark-rnn verify)");
            }
        }
        states("initial_h", INITIAL_H, "--initial-state", notes);
        states("initial_c", INITIAL_C, "--initial-cell-state", notes);
        unused(nodes, notes);
        return notes;
    }

    private static boolean isInput(OnnxValue value) {
        return (value instanceof Flow flow && flow.input() != null)
                || (value instanceof Other other && other.input() != null);
    }

    private static void body(OnnxRecurrent node, List<String> notes) {
        Node within = node.within();
        if (within != null) {
            notes.add(node.label() + " is in the body of " + within
                    + ": the network alone is used, not what is around it");
        }
    }

    /** What the first layer takes, if it is not simply an input of the graph. */
    private void features(OnnxRecurrent node, List<String> notes) {
        OnnxValue x = node.input(0);
        String from = null;
        if (x instanceof Other other && other.input() == null) {
            from = "what " + other.origin() + " gives";
        } else if (x instanceof Flow flow && flow.input() == null) {
            Set<Integer> givers = flow.axes().axes().stream()
                    .flatMap(List::stream)
                    .flatMap(OnnxNotes::nodes)
                    .collect(Collectors.toSet());
            from = "what "
                    + trace.recurrent().stream()
                            .filter(other -> givers.contains(other.id()))
                            .map(OnnxRecurrent::label)
                            .collect(Collectors.joining(" and "))
                    + " gives";
        } else if (x instanceof Flow flow
                && (flow.cut() || flow.axes().axes().stream().anyMatch(axis -> axis.size() > 1))) {
            from = (flow.cut() ? "a part" : "a reshaped form") + " of the graph's input '" + flow.input() + "'";
        }
        if (from != null) {
            notes.add("the first layer, " + node.label() + ", takes " + from
                    + ", not an input of the graph as it is: that is what the features of the table have to be");
        }
    }

    private static java.util.stream.Stream<Integer> nodes(OnnxAxes.Factor factor) {
        return factor instanceof OnnxAxes.Units units
                ? java.util.stream.Stream.of(units.node())
                : factor instanceof OnnxAxes.Joined joined
                        ? joined.parts().stream().map(OnnxAxes.Units::node)
                        : java.util.stream.Stream.of();
    }

    /** Where the states at the start come from, if not all from one input in the order of the layers, or from the file. */
    private void states(String what, int index, String option, List<String> notes) {
        List<String> sources = new ArrayList<>();
        boolean inOrder = true;
        boolean own = true;
        String input = null;
        long row = 0;
        for (Stage stage : chosen) {
            for (OnnxRecurrent node : stage.nodes()) {
                if (index == INITIAL_C && node.type() != CellType.LSTM) {
                    continue;
                }
                OnnxValue value = node.input(index);
                String source = source(value);
                sources.add(node.label() + " " + source);
                String name =
                        value instanceof Flow flow ? flow.input() : value instanceof Other other ? other.input() : null;
                boolean fixed = value == null || value instanceof Fill || value instanceof Constant;
                own &= fixed;
                long from = value instanceof Flow flow && flow.cut() ? flow.from() : 0;
                inOrder &= name != null && (input == null || input.equals(name)) && from == row;
                input = name;
                row += node.directions();
            }
        }
        if (!own && !inOrder) {
            notes.add(what + " of the layers: " + list(sources) + "; " + option
                    + " gives all of them, in the order of the layers");
        }
    }

    private static String source(@Nullable OnnxValue value) {
        if (value instanceof Flow flow && flow.input() != null) {
            return "from the input '" + flow.input() + "'" + (flow.cut() ? ", row " + flow.from() + " on" : "");
        }
        if (value instanceof Other other) {
            return other.input() != null ? "from the input '" + other.input() + "'" : "from " + other.origin();
        }
        return value instanceof Flow ? "from hidden states" : "from the file";
    }

    private void unused(List<OnnxRecurrent> nodes, List<String> notes) {
        List<String> unused = new ArrayList<>();
        Set<Integer> used = nodes.stream().map(OnnxRecurrent::id).collect(Collectors.toSet());
        trace.recurrent().stream().filter(node -> !used.contains(node.id())).forEach(node -> unused.add(node.label()));
        trace.computing().forEach(node -> unused.add(node.toString()));
        if (!unused.isEmpty()) {
            notes.add("not used of the graph: " + list(unused));
        }
    }

    private static String list(List<String> items) {
        String listed = items.stream().limit(MOST_LISTED).collect(Collectors.joining(", "));
        return items.size() <= MOST_LISTED ? listed : listed + ", and " + (items.size() - MOST_LISTED) + " more";
    }
}
