package io.sparkrnn.format.onnx;

import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.network.ModelOptions;
import io.sparkrnn.format.network.Network;
import io.sparkrnn.format.network.NetworkSource;
import io.sparkrnn.format.network.WholeNetwork;
import io.sparkrnn.model.DirectionWeights;
import io.sparkrnn.model.Layer;
import io.sparkrnn.model.RnnModel;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** The networks of a graph: recurrent nodes each of which takes just what the one before gives are a stack of layers. */
final class OnnxNetworks implements NetworkSource {
    private static final int MOST_LISTED = 40;

    private final String file;
    private final OnnxGraph.Model model;
    private final OnnxTrace trace;
    private final OnnxFiles files;
    private final List<Stage> stages = new ArrayList<>();

    /**
     * A layer: a node, or one that runs forward and one that runs backward over the same input, whose states are put side by
     * side.
     */
    record Stage(List<OnnxRecurrent> nodes) {
        OnnxRecurrent first() {
            return nodes.get(0);
        }

        /** The parts of what it gives at each step. */
        List<OnnxAxes.Units> parts() {
            List<OnnxAxes.Units> parts = new ArrayList<>();
            for (OnnxRecurrent node : nodes) {
                for (int d = 0; d < node.directions(); d++) {
                    parts.add(new OnnxAxes.Units(node.id(), d, node.hiddenSize()));
                }
            }
            return parts;
        }
    }

    /** @param file what messages call the file */
    OnnxNetworks(String file, OnnxGraph.Model model, OnnxTrace trace, OnnxFiles files) {
        this.file = file;
        this.model = model;
        this.trace = trace;
        this.files = files;
        OnnxRecurrent[] second = pairs();
        Set<OnnxRecurrent> paired = new LinkedHashSet<>(
                Arrays.stream(second).filter(Objects::nonNull).toList());
        for (OnnxRecurrent node : trace.recurrent()) {
            OnnxRecurrent other = second[node.id()];
            if (other != null) {
                stages.add(new Stage(List.of(node, other)));
            } else if (!paired.contains(node)) {
                stages.add(new Stage(List.of(node)));
            }
        }
    }

    /** For each node that runs forward the one that runs backward beside it, if there is one. */
    private OnnxRecurrent[] pairs() {
        List<OnnxRecurrent> nodes = trace.recurrent();
        OnnxRecurrent[] second = new OnnxRecurrent[nodes.size()];
        boolean[] taken = new boolean[nodes.size()];
        for (List<OnnxAxes.Units> parts : trace.joined()) {
            if (parts.size() != 2 || parts.get(0).node() == parts.get(1).node()) {
                continue;
            }
            OnnxRecurrent forward = nodes.get(parts.get(0).node());
            OnnxRecurrent reverse = nodes.get(parts.get(1).node());
            boolean fits = forward.direction().equals("forward")
                    && reverse.direction().equals("reverse")
                    && forward.type() == reverse.type()
                    && forward.hiddenSize() == reverse.hiddenSize()
                    && forward.batchFirst() == reverse.batchFirst()
                    && Objects.equals(forward.axes(), reverse.axes());
            if (fits && !taken[forward.id()] && !taken[reverse.id()]) {
                taken[forward.id()] = true;
                taken[reverse.id()] = true;
                second[forward.id()] = reverse;
            }
        }
        return second;
    }

    /** For each stage the one whose states it takes, if it takes those and nothing else. */
    private Map<Stage, Stage> below() {
        Map<List<OnnxAxes.Units>, Stage> givers = new HashMap<>();
        stages.forEach(stage -> givers.put(stage.parts(), stage));
        Map<Stage, Stage> below = new HashMap<>();
        for (Stage stage : stages) {
            OnnxAxes axes = stage.first().axes();
            List<OnnxAxes.Units> parts = axes == null ? null : OnnxAxes.parts(axes.axis(2));
            Stage giver = parts == null ? null : givers.get(parts);
            if (giver != null
                    && Objects.equals(
                            giver.first().stepsAndSequences(), stage.first().stepsAndSequences())) {
                below.put(stage, giver);
            }
        }
        return below;
    }

    /** For each stage the only one that takes its states, if there is just one. */
    private static Map<Stage, Stage> above(Map<Stage, Stage> below) {
        Map<Stage, Stage> above = new HashMap<>();
        Set<Stage> branching = new LinkedHashSet<>();
        below.forEach((upper, lower) -> {
            if (above.put(lower, upper) != null) {
                branching.add(lower);
            }
        });
        above.keySet().removeAll(branching);
        return above;
    }

    private List<Stage> heads() {
        Map<Stage, Stage> above = above(below());
        Set<Stage> continued = new LinkedHashSet<>(above.values());
        return stages.stream().filter(stage -> !continued.contains(stage)).toList();
    }

    @Override
    public List<String> prefixes() {
        return heads().stream().map(stage -> stage.first().name()).toList();
    }

    @Override
    public String option() {
        return "--node";
    }

    @Override
    public Optional<WholeNetwork> whole() {
        // Nothing but recurrent layers, one after the other, is scored as such.
        return trace.computing().isEmpty() && heads().size() < 2
                ? Optional.empty()
                : Optional.of(OnnxWhole.of(file, model, trace, files, stacks()));
    }

    @Override
    public Network network(ModelOptions options) {
        if (options.stateDictPrefix() != null || !options.tensorNames().isEmpty()) {
            throw new ModelException(
                    file,
                    "--state-dict-prefix and --tensor-names are for files that have nothing but tensors; the network of an"
                            + " ONNX graph is chosen with --node");
        }
        List<Stage> chosen = from(chosen(options.node()), above(below()));
        Set<String> used = new LinkedHashSet<>();
        List<Layer> layers = new ArrayList<>();
        for (Stage stage : chosen) {
            layers.add(layer(stage, used));
            checkChain(chosen, layers);
        }
        List<String> others = model.graph().initializers().values().stream()
                .filter(tensor -> tensor.dtype() != null && !used.contains(tensor.name()))
                .map(OnnxTensor::name)
                .toList();
        List<String> notes = new OnnxNotes(model, trace, chosen, options).notes();
        return new Network(chosen.get(0).first().name(), RnnModel.of(layers), others, notes);
    }

    private static List<Stage> from(Stage first, Map<Stage, Stage> above) {
        List<Stage> stack = new ArrayList<>();
        for (Stage stage = first; stage != null; stage = above.get(stage)) {
            stack.add(stage);
        }
        return stack;
    }

    private List<List<Stage>> stacks() {
        Map<Stage, Stage> above = above(below());
        return heads().stream().map(head -> from(head, above)).toList();
    }

    private Layer layer(Stage stage, Set<String> used) {
        List<DirectionWeights> weights = new ArrayList<>();
        for (OnnxRecurrent node : stage.nodes()) {
            if (node.axes() == null) {
                throw new ModelException(file, node.label() + " has no input X of three dimensions");
            }
            weights.addAll(OnnxWeights.of(file, node, used));
        }
        OnnxRecurrent node = stage.first();
        if (weights.size() == 1) {
            return node.direction().equals("reverse")
                    ? new Layer(null, weights.get(0))
                    : new Layer(weights.get(0), null);
        }
        if (weights.get(0).inputSize() != weights.get(1).inputSize()) {
            throw new ModelException(
                    file,
                    node.label() + " and " + stage.nodes().get(1).label() + " take the same input, but one "
                            + weights.get(0).inputSize() + " numbers a step of it, the other "
                            + weights.get(1).inputSize());
        }
        return new Layer(weights.get(0), weights.get(1));
    }

    private void checkChain(List<Stage> chosen, List<Layer> layers) {
        int last = layers.size() - 1;
        if (last > 0 && layers.get(last).inputSize() != layers.get(last - 1).outputSize()) {
            throw new ModelException(
                    file,
                    chosen.get(last).first().label() + " has W for "
                            + layers.get(last).inputSize()
                            + " numbers a step, but takes the "
                            + layers.get(last - 1).outputSize() + " that "
                            + chosen.get(last - 1).first().label() + " gives");
        }
    }

    private Stage chosen(@Nullable String name) {
        if (stages.isEmpty()) {
            throw new ModelException(file, "the graph has no RNN, LSTM or GRU node");
        }
        List<Stage> heads = heads();
        if (name == null) {
            if (heads.size() > 1) {
                throw new ModelException(
                        file,
                        "the graph has " + heads.size()
                                + " recurrent networks that do not follow each other; say which with --node: "
                                + quoted(prefixes()));
            }
            return heads.get(0);
        }
        return stages.stream()
                .filter(stage ->
                        stage.nodes().stream().anyMatch(node -> node.name().equals(name)))
                .findFirst()
                .orElseThrow(() -> new ModelException(
                        file,
                        "no recurrent node '" + name + "' in the graph; there " + (heads.size() == 1 ? "is " : "are ")
                                + quoted(prefixes())));
    }

    private static String quoted(List<String> names) {
        String listed =
                names.stream().limit(MOST_LISTED).map(name -> "'" + name + "'").collect(Collectors.joining(", "));
        return names.size() <= MOST_LISTED ? listed : listed + ", and " + (names.size() - MOST_LISTED) + " more";
    }
}
