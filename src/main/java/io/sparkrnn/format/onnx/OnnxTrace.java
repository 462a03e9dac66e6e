package io.sparkrnn.format.onnx;

import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.onnx.OnnxGraph.Attribute;
import io.sparkrnn.format.onnx.OnnxGraph.Input;
import io.sparkrnn.format.onnx.OnnxGraph.Node;
import io.sparkrnn.format.onnx.OnnxValue.Flow;
import io.sparkrnn.format.onnx.OnnxValue.Other;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Goes through a graph, node by node, and finds the recurrent ones, what they are given, and what else computes. */
final class OnnxTrace {
    private final String file;
    private final OnnxOperators operators;
    private final List<OnnxRecurrent> recurrent = new ArrayList<>();
    private final List<Node> computing = new ArrayList<>();
    private final List<List<OnnxAxes.Units>> joined = new ArrayList<>();
    private final Set<String> taken = new HashSet<>();
    /** For names that several nodes have, the last number put behind it. */
    private final Map<String, Integer> names = new HashMap<>();

    private OnnxTrace(String file, OnnxOperators operators) {
        this.file = file;
        this.operators = operators;
    }

    /** A graph's values by name, and those of the graph around it. */
    private record Scope(
            Map<String, OnnxValue> values,
            Set<String> sparse,
            @Nullable Scope around) {
        @Nullable
        OnnxValue find(String name) {
            for (Scope scope = this; scope != null; scope = scope.around) {
                OnnxValue value = scope.values.get(name);
                if (value != null) {
                    return value;
                }
            }
            return null;
        }
    }

    /** All of a graph. */
    static OnnxTrace of(String file, OnnxOperators operators, OnnxGraph graph) {
        OnnxTrace trace = new OnnxTrace(file, operators);
        trace.graph(graph, null, null);
        return trace;
    }

    /** The recurrent nodes, in the file's order. */
    List<OnnxRecurrent> recurrent() {
        return recurrent;
    }

    /** The other nodes that compute something, in the file's order. */
    List<Node> computing() {
        return computing;
    }

    /** Hidden states that are put side by side. */
    List<List<OnnxAxes.Units>> joined() {
        return joined;
    }

    private void graph(OnnxGraph graph, @Nullable Scope around, @Nullable Node within) {
        Scope scope = new Scope(new HashMap<>(), new HashSet<>(graph.sparse()), around);
        graph.initializers().forEach((name, tensor) -> scope.values.put(name, operators.initializer(tensor)));
        for (String name : graph.sparse()) {
            scope.values.put(name, Other.of("the sparse tensor '" + name + "'", null));
        }
        for (Input input : graph.inputs()) {
            // An input that has an initializer is a constant unless someone says otherwise.
            scope.values.computeIfAbsent(input.name(), name -> input(input, within));
        }
        for (Node node : graph.nodes()) {
            List<@Nullable OnnxValue> inputs = new ArrayList<>();
            for (String name : node.inputs()) {
                inputs.add(name.isEmpty() ? null : value(scope, node, name));
            }
            List<OnnxValue> outputs =
                    node.isRecurrent() ? recurrent(node, inputs, within) : operators.outputs(node, inputs);
            for (Attribute attribute : node.attributes().values()) {
                attribute.graphs().forEach(body -> graph(body, scope, node));
            }
            for (int i = 0; i < node.outputs().size(); i++) {
                String name = node.outputs().get(i);
                if (!name.isEmpty() && scope.values.put(name, outputs.get(i)) != null) {
                    throw new ModelException(
                            file, node + " (at byte " + node.at() + ") gives '" + name + "', which is there already");
                }
            }
            note(node, outputs);
        }
    }

    private OnnxValue value(Scope scope, Node node, String name) {
        OnnxValue value = scope.find(name);
        if (value == null) {
            throw new ModelException(
                    file,
                    node + " (at byte " + node.at() + ") takes '" + name
                            + "', which nothing before it gives: the graph is damaged, has a cycle, or its nodes are out of"
                            + " order");
        }
        return value;
    }

    private static OnnxValue input(Input input, @Nullable Node within) {
        if (within != null) {
            return Other.of("'" + input.name() + "' in the body of " + within, null);
        }
        List<Long> shape = input.shape();
        if (shape == null || shape.size() > 8) {
            return Other.of("the input '" + input.name() + "'", input.name());
        }
        List<OnnxAxes.Axis> axes = new ArrayList<>();
        for (int d = 0; d < shape.size(); d++) {
            axes.add(new OnnxAxes.Axis("dimension " + d + " of '" + input.name() + "'", shape.get(d)));
        }
        return new Flow(OnnxAxes.each(axes), input.name(), 0, false);
    }

    private List<OnnxValue> recurrent(Node node, List<@Nullable OnnxValue> inputs, @Nullable Node within) {
        String title = node.title();
        String name = title;
        while (!taken.add(name)) {
            name = title + "#" + names.merge(title, 2, (number, one) -> number + 1);
        }
        OnnxRecurrent found = new OnnxRecurrent(recurrent.size(), name, within, node, inputs);
        recurrent.add(found);
        List<OnnxValue> outputs = new ArrayList<>();
        Flow states = found.output();
        for (int i = 0; i < node.outputs().size(); i++) {
            outputs.add(i == 0 && states != null ? states : Other.of(found.label(), null));
        }
        return outputs;
    }

    private void note(Node node, List<OnnxValue> outputs) {
        if (!node.isRecurrent()
                && outputs.stream().anyMatch(output -> output instanceof Other other && !other.moved())) {
            computing.add(node);
        }
        if (node.opType().equals("Concat") && outputs.get(0) instanceof Flow flow && flow.input() == null) {
            for (List<OnnxAxes.Factor> axis : flow.axes().axes()) {
                if (axis.size() == 1 && axis.get(0) instanceof OnnxAxes.Joined both) {
                    joined.add(both.parts());
                }
            }
        }
    }
}
