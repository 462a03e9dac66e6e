package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.GraphInput;
import io.sparkrnn.graph.GraphOutput;
import io.sparkrnn.graph.Node;
import io.sparkrnn.graph.RecurrentStates;
import io.sparkrnn.graph.RecurrentStates.Kind;
import io.sparkrnn.model.Layer;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Recurrent nodes of a graph that follow each other, each of which takes just what the one before gives: what would be one
 * network if it stood alone.
 *
 * @param names what chooses it: of its layers, first to last
 * @param layers all of them
 * @param nodes the nodes of each layer: one, or one that runs forward and one that runs backward over the same values
 */
public record RecurrentStack(List<String> names, RnnModel layers, List<List<Node>> nodes) {
    public RecurrentStack {
        names = List.copyOf(names);
        nodes = nodes.stream().map(List::copyOf).toList();
    }

    /**
     * A stack.
     *
     * @param nodes of each layer, each with a {@link Recurrent}
     * @return empty when the layers do not fit each other by their widths
     */
    public static Optional<RecurrentStack> of(List<String> names, List<List<Node>> nodes) {
        List<Layer> layers = new ArrayList<>();
        try {
            for (List<Node> layer : nodes) {
                List<Layer> own = model(layer.get(0)).layers();
                if (layer.size() == 1) {
                    layers.addAll(own);
                } else {
                    List<Layer> other = model(layer.get(1)).layers();
                    layers.add(new Layer(own.get(0).forward(), other.get(0).reverse()));
                }
            }
            return Optional.of(new RecurrentStack(
                    names,
                    nodes.size() == 1 && nodes.get(0).size() == 1
                            ? model(nodes.get(0).get(0))
                            : RnnModel.of(layers),
                    nodes));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    private static RnnModel model(Node node) {
        return ((Recurrent) node.operator()).model();
    }

    /** What messages call it. */
    public String name() {
        return names.get(0);
    }

    private Set<Node> all() {
        Set<Node> all = java.util.Collections.newSetFromMap(new IdentityHashMap<>());
        nodes.forEach(all::addAll);
        return all;
    }

    /** Whether all its nodes are of a graph. */
    public boolean isIn(Graph graph) {
        Set<Node> left = all();
        graph.nodes().forEach(left::remove);
        return left.isEmpty();
    }

    /**
     * A graph that gives states of these layers beside outputs, and takes those that they begin with; of its nodes it has no
     * others than that takes.
     *
     * @param graph of which these layers are
     * @param outputs those to give, perhaps none
     * @param wanted the states to give
     * @param initial {@link Kind#H_N} where rows may have h_0, {@link Kind#C_N} where they may have c_0
     * @throws IllegalArgumentException when cell states are meant and the layers have none, or initial states and the layers'
     *     are not all of one width
     */
    public Graph within(Graph graph, List<GraphOutput> outputs, Set<Kind> wanted, Set<Kind> initial) {
        if (!layers.hasCellState() && (wanted.contains(Kind.C_N) || initial.contains(Kind.C_N))) {
            throw new IllegalArgumentException("no cell state in layers of " + layers.cell());
        }
        if ((initial.contains(Kind.H_N) && !layers.hiddenStates().isUniform())
                || (initial.contains(Kind.C_N) && !layers.cellStates().isUniform())) {
            throw new IllegalArgumentException("initial states of layers whose states differ in width: " + layers);
        }
        Set<String> known = new HashSet<>(graph.constants().keySet());
        graph.inputs().forEach(input -> known.add(input.name()));
        graph.nodes().forEach(node -> known.addAll(node.outputs()));
        IdentityHashMap<Node, List<Node>> replaced = new IdentityHashMap<>();
        List<RecurrentStates.Part> parts = new ArrayList<>();
        List<String> last = new ArrayList<>();
        int first = 0;
        for (List<Node> layer : nodes) {
            last.clear();
            for (Node node : layer) {
                List<String> given = new ArrayList<>();
                for (int o = 0; o < 3; o++) {
                    String name = o < node.outputs().size() ? node.outputs().get(o) : "";
                    given.add(name.isEmpty() ? unused(known, node.name() + "/states " + o) : name);
                }
                String h0 = initial.contains(Kind.H_N) ? unused(known, node.name() + "/h_0") : "";
                String c0 = initial.contains(Kind.C_N) ? unused(known, node.name() + "/c_0") : "";
                List<Node> put = new ArrayList<>();
                List<String> taken = new ArrayList<>(node.inputs());
                while (taken.size() < 3) {
                    taken.add("");
                }
                begin(known, node, h0, 1, taken, put);
                begin(known, node, c0, 2, taken, put);
                put.add(new Node(node.name(), node.operator(), taken, given));
                replaced.put(node, put);
                int count = model(node).numStates();
                parts.add(new RecurrentStates.Part(given.get(1), given.get(2), h0, c0, first, count));
                first += count;
                last.add(given.get(0));
            }
        }
        List<Node> all = new ArrayList<>();
        graph.nodes().forEach(node -> all.addAll(replaced.getOrDefault(node, List.of(node))));
        RecurrentStates states = new RecurrentStates(layers, parts, last, wanted);
        return new Graph(graph.inputs(), graph.constants(), all, List.of(), states).with(outputs, states);
    }

    /** Puts given states in the place of an input: before those that the graph computes, if it does. */
    private static void begin(
            Set<String> known, Node node, String given, int input, List<String> taken, List<Node> put) {
        if (given.isEmpty()) {
            return;
        }
        String own = taken.get(input);
        String begin = given;
        if (!own.isEmpty()) {
            begin = unused(known, given + " or own");
            put.add(new Node(node.name(), new FirstGiven(), List.of(given, own), List.of(begin)));
        }
        taken.set(input, begin);
    }

    private static String unused(Set<String> known, String name) {
        String free = name;
        while (!known.add(free)) {
            free += "'";
        }
        return free;
    }

    /**
     * Whether the layers take numbers of each step as they come in, so that they by themselves have the same states: what
     * stands before them only turns and reshapes an input.
     */
    public boolean takesAnInput(Graph graph) {
        GraphInput found = null;
        for (Node node : nodes.get(0)) {
            boolean begins = false;
            for (int input = 1; input < 3; input++) {
                begins |= input < node.inputs().size()
                        && !node.inputs().get(input).isEmpty();
            }
            GraphInput input = begins ? null : moved(graph, node.inputs().get(0));
            if (input == null || (found != null && !found.equals(input))) {
                return false;
            }
            found = input;
        }
        boolean later = nodes.stream()
                .skip(1)
                .flatMap(List::stream)
                .anyMatch(node -> node.inputs().stream().skip(1).limit(2).anyMatch(name -> !name.isEmpty()));
        return found != null && !later;
    }

    /** The input that a value is, step by step; null when it is something else. */
    private @Nullable GraphInput moved(Graph graph, String value) {
        Map<String, Node> givers = new HashMap<>();
        graph.nodes().forEach(node -> node.outputs().forEach(output -> givers.put(output, node)));
        String name = value;
        for (Node giver = givers.get(name); giver != null; giver = givers.get(name)) {
            boolean moves = giver.operator() instanceof Identity
                    || giver.operator() instanceof Transpose
                    || giver.operator() instanceof Reshape
                    || giver.operator() instanceof Squeeze
                    || giver.operator() instanceof Unsqueeze;
            if (!moves) {
                return null;
            }
            name = giver.inputs().get(0);
        }
        String source = name;
        GraphInput input = graph.inputs().stream()
                .filter(one -> one.name().equals(source))
                .findFirst()
                .orElse(null);
        if (input == null || !input.isStepByStep() || input.isIndex() || input.width() != layers.inputSize()) {
            return null;
        }
        return keepsOrder(graph, input, value) ? input : null;
    }

    /** Whether a value has an input's numbers step by step: tried with numbers that all differ. */
    private static boolean keepsOrder(Graph graph, GraphInput input, String value) {
        int steps = 5;
        int width = input.width();
        Graph before = graph.with(List.of(new GraphOutput(value, GraphOutput.Form.OF_ROW, -1, 1)));
        if (before.inputs().size() != 1) {
            return false;
        }
        Map<String, Array> values = new HashMap<>();
        before.constants().forEach((name, tensor) -> values.put(name, Array.of(tensor, Precision.FLOAT64)));
        Array numbers = Array.numbers(Precision.FLOAT64, input.shape(steps));
        int axis = input.axes().indexOf(GraphInput.STEPS);
        int inner = numbers.product(axis + 1, input.axes().size());
        for (int t = 0; t < steps; t++) {
            for (int c = 0; c < width; c++) {
                numbers.set((c / inner * steps + t) * inner + c % inner, t * width + c);
            }
        }
        Array found;
        try {
            found = new Body(List.of(input.name()), before.nodes(), List.of(value), List.of())
                    .run(new Array[] {numbers}, values, Precision.FLOAT64, Body.Run.NUMBERS)[0];
        } catch (GraphException e) {
            return false; // it takes no such number of steps
        }
        if (found.elements() != numbers.elements()) {
            return false;
        }
        for (int i = 0; i < found.elements(); i++) {
            if (found.get(i) != i) {
                return false;
            }
        }
        return true;
    }

    /**
     * The one of some stacks that a name means.
     *
     * @param name of one of its layers; null for the only one
     * @return empty when there is none, or several and no name
     */
    public static Optional<RecurrentStack> named(List<RecurrentStack> stacks, @Nullable String name) {
        if (name == null) {
            return stacks.size() == 1 ? Optional.of(stacks.get(0)) : Optional.empty();
        }
        return stacks.stream().filter(stack -> stack.names.contains(name)).findFirst();
    }

    /** The names of stacks, for messages. */
    public static String listed(List<RecurrentStack> stacks) {
        return stacks.stream()
                        .limit(20)
                        .map(stack -> String.join(" > ", stack.names))
                        .collect(Collectors.joining(", "))
                + (stacks.size() > 20 ? ", ..." : "");
    }
}
