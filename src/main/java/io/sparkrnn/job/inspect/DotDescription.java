package io.sparkrnn.job.inspect;

import io.sparkrnn.job.inspect.ModelDescription.Refusal;
import io.sparkrnn.job.inspect.ModelDescription.Use;
import io.sparkrnn.job.inspect.NetworkDescription.Kind;
import io.sparkrnn.job.inspect.NetworkDescription.Step;
import io.sparkrnn.job.inspect.NetworkDescription.Value;
import io.sparkrnn.job.message.Counts;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A model as a picture: a graph in <a href="https://graphviz.org/doc/info/lang.html">Graphviz's language</a>. Inputs and outputs are
 * round, nodes are boxes with what they give and their parameters, recurrent ones have a double border. Names of the file stand in
 * labels alone.
 */
final class DotDescription {
    /** Longer names are cut: a box is as wide as its longest line. */
    private static final int WIDEST = 60;

    /** So wide are the lines of a note. */
    private static final int NOTE_WIDTH = 100;

    /** Of more nodes lines are drawn straight: bent ones take minutes, and nobody can follow them. */
    private static final int MANY = 500;

    private static final String FONT = "fontname=\"Helvetica,Arial,sans-serif\"";

    private final ModelDescription model;
    private final StringBuilder text = new StringBuilder();

    /** Who gives a value: the names of nodes of the picture. */
    private final Map<String, String> givers = new HashMap<>();

    /** What an arrow from a node of several values says. */
    private final Map<String, String> arrows = new HashMap<>();

    /** The values that an output is made of. */
    private final Set<String> needed = new HashSet<>();

    DotDescription(ModelDescription model) {
        this.model = model;
    }

    String text() {
        NetworkDescription network = model.scored();
        if (network == null) {
            throw new JobException(
                    ExitCode.USAGE,
                    "--format dot: the file has "
                            + Counts.counted(model.choice().networks().size(), "network")
                            + ", and one is drawn; choose it with "
                            + model.choice().option() + ": "
                            + String.join(", ", model.choice().networks()));
        }
        follow(network);
        text.append("digraph network {\n");
        boolean many = network.nodes().size() > MANY;
        text.append("  graph [rankdir=TB, ranksep=0.3, labelloc=t, labeljust=l, fontsize=11, " + FONT
                + (many ? ", splines=line, nslimit=2, nslimit1=2, mclimit=0.2" : "") + ", label="
                + title(network) + "];\n");
        text.append(
                "  node [shape=box, style=\"rounded,filled\", color=\"#5f6b7a\", fillcolor=\"#ffffff\", fontsize=10, "
                        + FONT + "];\n");
        text.append("  edge [color=\"#5f6b7a\", fontcolor=\"#5f6b7a\", fontsize=9, arrowsize=0.7, " + FONT + "];\n");
        inputs(network);
        nodes(network);
        outputs(network);
        return text.append("}\n").toString();
    }

    /** Finds the values that lead to an output; exporters leave nodes in a graph that do not. */
    private void follow(NetworkDescription network) {
        network.outputs().forEach(output -> needed.addAll(output.of()));
        for (int n = network.nodes().size() - 1; n >= 0; n--) {
            if (leads(network.nodes().get(n))) {
                needed.addAll(network.nodes().get(n).inputs());
            }
        }
    }

    private boolean leads(Step node) {
        return node.outputs().stream().anyMatch(value -> needed.contains(value.name()));
    }

    private static String title(String... lines) {
        return "\"" + List.of(lines).stream().map(line -> escaped(line) + "\\l").collect(Collectors.joining()) + "\"";
    }

    private String title(NetworkDescription network) {
        List<String> lines = new ArrayList<>();
        lines.add(model.file() + " (" + model.kind() + ")");
        lines.add(Counts.counted(network.nodes().size(), "node") + ", "
                + Counts.counted(network.parameters(), "parameter") + ", computed in " + network.precision()
                + "; T: the time steps of a row");
        long open = network.nodes().stream().filter(node -> !leads(node)).count();
        if (open > 0) {
            lines.add("not drawn: " + Counts.counted(open, "node") + " that no output needs");
        }
        long others = model.whole() == null
                ? model.tensors().stream()
                        .filter(tensor -> tensor.use() == Use.NOT_USED)
                        .count()
                : 0;
        if (others > 0) {
            lines.add("not drawn: " + Counts.counted(others, "tensor") + " of the file, not used");
        }
        network.notes().forEach(note -> lines.addAll(wrapped("note: " + note)));
        for (Refusal refusal : model.refusals()) {
            lines.addAll(wrapped(refusal.what() + ": none that can be used: " + refusal.why()));
        }
        return title(lines.toArray(String[]::new));
    }

    private void inputs(NetworkDescription network) {
        for (int i = 0; i < network.inputs().size(); i++) {
            NetworkDescription.Input input = network.inputs().get(i);
            String id = "i" + i;
            givers.put(input.name(), id);
            node(id, "shape=ellipse, fillcolor=\"#dcebdc\"", List.of(cut(input.name()), rest(input), input.type()));
        }
    }

    /** What is said of an input behind its name. */
    private static String rest(NetworkDescription.Input input) {
        return input.toString().substring(input.name().length()).trim();
    }

    private void nodes(NetworkDescription network) {
        for (int n = 0; n < network.nodes().size(); n++) {
            Step node = network.nodes().get(n);
            if (!leads(node)) {
                continue;
            }
            String id = "n" + n;
            List<String> lines = new ArrayList<>(broken(node.operator()));
            if (!node.name().isEmpty()) {
                lines.add("'" + cut(node.name()) + "'");
            }
            if (node.outputs().size() == 1) {
                lines.add(node.outputs().get(0).sizes());
            }
            if (node.parameters() > 0) {
                lines.add(Counts.counted(node.parameters(), "parameter"));
            }
            node(
                    id,
                    node.kind() == Kind.RECURRENT
                            ? "peripheries=2, fillcolor=\"#f6dcc0\""
                            : node.parameters() > 0 ? "fillcolor=\"#dde6f2\"" : "",
                    lines);
            node.inputs().forEach(input -> arrow(input, id));
            for (Value value : node.outputs()) {
                givers.put(value.name(), id);
                if (node.outputs().size() > 1) {
                    arrows.put(value.name(), value.sizes());
                }
            }
        }
    }

    private void outputs(NetworkDescription network) {
        for (int o = 0; o < network.outputs().size(); o++) {
            NetworkDescription.Output output = network.outputs().get(o);
            String id = "o" + o;
            node(
                    id,
                    "shape=ellipse, fillcolor=\"#f3d6dc\"",
                    List.of(cut(output.name()), NetworkDescription.sizes(output.shape()), output.type()));
            output.of().forEach(value -> arrow(value, id));
        }
    }

    private void node(String id, String looks, List<String> lines) {
        text.append("  ")
                .append(id)
                .append(" [")
                .append(looks)
                .append(looks.isEmpty() ? "" : ", ")
                .append("label=\"")
                .append(lines.stream().map(DotDescription::escaped).collect(Collectors.joining("\\n")))
                .append("\"];\n");
    }

    private void arrow(String value, String to) {
        String from = givers.get(value);
        if (from != null) {
            String label = arrows.get(value);
            text.append("  ").append(from).append(" -> ").append(to);
            text.append(label == null ? "" : " [label=\"" + escaped(label) + "\"]")
                    .append(";\n");
        }
    }

    private static String cut(String name) {
        int end = name.offsetByCodePoints(0, Math.min(WIDEST, name.codePointCount(0, name.length())));
        return end == name.length() ? name : name.substring(0, end) + "...";
    }

    /** An operator in words, a line for each part of it that would make the box wide. */
    private static List<String> broken(String operator) {
        List<String> lines = new ArrayList<>();
        for (String line : wrapped(operator, WIDEST / 2)) {
            lines.add(cut(line));
        }
        return lines.size() > 12 ? List.of(lines.get(0), "...") : lines;
    }

    private static List<String> wrapped(String line) {
        return wrapped(line, NOTE_WIDTH);
    }

    private static List<String> wrapped(String line, int width) {
        List<String> lines = new ArrayList<>();
        StringBuilder one = new StringBuilder();
        for (String word : line.split("\\s+", -1)) {
            if (one.length() > 0 && one.length() + 1 + word.length() > width) {
                lines.add(one.toString());
                one.setLength(0);
            }
            one.append(one.length() == 0 ? "" : " ").append(word);
        }
        lines.add(one.toString());
        return lines;
    }

    /**
     * A text within quotation marks: nothing of it ends them, is a sequence that Graphviz replaces (\N, &amp;lt;), or breaks the line.
     */
    private static String escaped(String text) {
        StringBuilder escaped = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> escaped.append("\\\"");
                case '\\' -> escaped.append("\\\\");
                case '&' -> escaped.append("&amp;");
                default -> escaped.append(Character.isISOControl(c) || alone(text, i) ? '?' : c);
            }
        }
        return escaped.toString();
    }

    /** Whether a character is half of one whose other half is missing, which no file in UTF-8 has. */
    private static boolean alone(String text, int i) {
        char c = text.charAt(i);
        if (Character.isHighSurrogate(c)) {
            return i + 1 >= text.length() || !Character.isLowSurrogate(text.charAt(i + 1));
        }
        return Character.isLowSurrogate(c) && (i == 0 || !Character.isHighSurrogate(text.charAt(i - 1)));
    }
}
