package io.sparkrnn.graph;

import io.sparkrnn.model.Precision;
import io.sparkrnn.tensor.DType;
import io.sparkrnn.tensor.Tensor;
import java.io.Serializable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A network from its inputs to its outputs: nodes, each after those whose values it takes, and constants. What it gives for
 * a row is what the framework gives for that row alone, unpadded: arrays have a batch of one where the framework has a
 * batch, and a row's own number of steps. Immutable.
 *
 * @param inputs what it takes of a row
 * @param constants values that are the same for all rows, by name
 * @param nodes in an order in which they can be run
 * @param outputs what it gives for a row, in the order of their columns
 * @param states what it gives of recurrent layers in it besides; null for nothing
 */
public record Graph(
        List<GraphInput> inputs,
        Map<String, Tensor> constants,
        List<Node> nodes,
        List<GraphOutput> outputs,
        @Nullable RecurrentStates states)
        implements Serializable {
    /** More nodes than any recurrent network has. */
    public static final int MOST_NODES = 20_000;

    /**
     * A graph.
     *
     * @throws GraphException when a node takes what nothing before it gives, when two give one value, when an output is
     *     not there, or when there are too many nodes
     */
    public Graph {
        inputs = List.copyOf(inputs);
        constants = Collections.unmodifiableMap(new LinkedHashMap<>(constants));
        nodes = List.copyOf(nodes);
        outputs = List.copyOf(outputs);
        if (nodes.size() > MOST_NODES) {
            throw new GraphException("the graph has " + nodes.size() + " nodes; at most " + MOST_NODES + " are run");
        }
        Set<String> known = new HashSet<>(constants.keySet());
        for (GraphInput input : inputs) {
            give(known, input.name(), "the inputs");
        }
        if (states != null) {
            states.given().forEach(name -> give(known, name, "the initial states"));
        }
        for (Node node : nodes) {
            for (String input : node.inputs()) {
                if (!input.isEmpty() && !known.contains(input)) {
                    throw new GraphException(node + " takes '" + input + "', which nothing before it gives: the graph"
                            + " has a cycle, or its nodes are out of order");
                }
            }
            for (String output : node.outputs()) {
                if (!output.isEmpty()) {
                    give(known, output, node.toString());
                }
            }
        }
        for (GraphOutput output : outputs) {
            if (!known.contains(output.name())) {
                throw new GraphException("no node gives the output '" + output.name() + "'");
            }
        }
        if (states != null && !known.containsAll(states.needed())) {
            throw new GraphException("no node gives " + states.needed() + ", the states of its layers");
        }
    }

    /** A graph that gives outputs and nothing else. */
    public Graph(List<GraphInput> inputs, Map<String, Tensor> constants, List<Node> nodes, List<GraphOutput> outputs) {
        this(inputs, constants, nodes, outputs, null);
    }

    private static void give(Set<String> known, String name, String by) {
        if (!known.add(name)) {
            throw new GraphException(by + " give '" + name + "', which is there already");
        }
    }

    /** The values that it is run for: its outputs, and what is given of the states of its layers. */
    public List<String> results() {
        List<String> results =
                new ArrayList<>(outputs.stream().map(GraphOutput::name).toList());
        if (states != null) {
            results.addAll(states.needed());
        }
        return results;
    }

    /** The graph with these outputs, without nodes, constants and inputs that they do not need. */
    public Graph with(List<GraphOutput> wanted) {
        return with(wanted, null);
    }

    /**
     * The graph with these outputs and states, without nodes, constants and inputs that they do not need.
     *
     * @param of what is given of recurrent layers; null for nothing
     */
    public Graph with(List<GraphOutput> wanted, @Nullable RecurrentStates of) {
        Map<String, Node> givers = new HashMap<>();
        nodes.forEach(node -> node.outputs().forEach(output -> givers.put(output, node)));
        Set<String> needed = new HashSet<>();
        Set<Node> kept = Collections.newSetFromMap(new java.util.IdentityHashMap<>());
        Deque<String> open = new ArrayDeque<>();
        wanted.forEach(output -> open.add(output.name()));
        if (of != null) {
            open.addAll(of.needed());
        }
        while (!open.isEmpty()) {
            String name = open.remove();
            if (name.isEmpty() || !needed.add(name)) {
                continue;
            }
            Node giver = givers.get(name);
            if (giver != null && kept.add(giver)) {
                open.addAll(giver.inputs());
            }
        }
        Map<String, Tensor> left = new LinkedHashMap<>(constants);
        left.keySet().retainAll(needed);
        return new Graph(
                inputs.stream().filter(input -> needed.contains(input.name())).toList(),
                left,
                nodes.stream().filter(kept::contains).toList(),
                wanted,
                of);
    }

    /** The graph with other names for some of its values; inputs and outputs may not be among them. */
    public Graph renamed(Map<String, String> names) {
        Map<String, Tensor> called = new LinkedHashMap<>();
        constants.forEach((name, tensor) -> called.put(names.getOrDefault(name, name), tensor));
        List<Node> all = nodes.stream()
                .map(node -> new Node(
                        node.name(), node.operator(), renamed(node.inputs(), names), renamed(node.outputs(), names)))
                .toList();
        return new Graph(
                inputs,
                called,
                all,
                outputs,
                states == null ? null : states.renamed(name -> names.getOrDefault(name, name)));
    }

    private static List<String> renamed(List<String> values, Map<String, String> names) {
        return values.stream().map(name -> names.getOrDefault(name, name)).toList();
    }

    /** The inputs that have a value for each time step, in their order: a step of a row has their numbers side by side. */
    public List<GraphInput> stepInputs() {
        return inputs.stream().filter(GraphInput::isStepByStep).toList();
    }

    /** The inputs that a row has once, in their order. */
    public List<GraphInput> rowInputs() {
        return inputs.stream().filter(input -> !input.isStepByStep()).toList();
    }

    /** The numbers of a step of all {@link #stepInputs}. */
    public int stepWidth() {
        return stepInputs().stream().mapToInt(GraphInput::width).sum();
    }

    /** The numbers of all {@link #rowInputs}. */
    public int rowWidth() {
        return rowInputs().stream().mapToInt(GraphInput::width).sum();
    }

    /** The number of weights: elements of the constants that are numbers, and of what the operators have of their own. */
    public long parameters() {
        return constants.values().stream()
                        .filter(tensor -> tensor.dtype().isWeight())
                        .mapToLong(tensor -> tensor.shape().elements())
                        .sum()
                + nodes.stream().mapToLong(node -> node.operator().parameters()).sum();
    }

    /** The arithmetic its weights ask for: float64 where most of them are float64, else float32. */
    public Precision naturalPrecision() {
        long doubles = constants.values().stream()
                .filter(tensor -> tensor.dtype() == DType.FLOAT64)
                .mapToLong(tensor -> tensor.shape().elements())
                .sum();
        for (Node node : nodes) {
            doubles += node.operator().naturalPrecision() == Precision.FLOAT64
                    ? node.operator().parameters()
                    : 0;
        }
        return 2 * doubles > parameters() ? Precision.FLOAT64 : Precision.FLOAT32;
    }

    /** The range of an input's indices; empty when it has none of the name, or that takes numbers. */
    public OptionalLong range(String input) {
        return inputs.stream()
                .filter(each -> each.name().equals(input))
                .map(GraphInput::range)
                .findFirst()
                .orElse(OptionalLong.empty());
    }
}
