package io.sparkrnn.format.onnx;

import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.onnx.OnnxGraph.Attribute;
import io.sparkrnn.format.onnx.OnnxGraph.Node;
import io.sparkrnn.graph.Graph;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The functions that a model has of its own (<a href="https://github.com/onnx/onnx/blob/main/docs/IR.md#functions">functions</a>), as
 * PyTorch's newer exporter writes modules and operators: each node that calls one becomes the function's nodes.
 */
final class OnnxFunctions {
    private static final int MOST_NESTED = 64;

    private final String file;
    private final Map<String, OnnxGraph.Function> functions = new HashMap<>();
    private int calls;
    private int nodes;

    private OnnxFunctions(String file, List<OnnxGraph.Function> functions) {
        this.file = file;
        functions.forEach(function -> this.functions.put(key(function.domain(), function.name()), function));
    }

    private static String key(String domain, String name) {
        return (domain.equals("ai.onnx") ? "" : domain) + "::" + name;
    }

    /** The model without calls of its own functions. */
    static OnnxGraph.Model inlined(String file, OnnxGraph.Model model) {
        return model.functions().isEmpty()
                ? model
                : new OnnxGraph.Model(
                        model.producer(),
                        model.producerVersion(),
                        model.opset(),
                        new OnnxFunctions(file, model.functions()).graph(model.graph(), 0),
                        List.of());
    }

    private OnnxGraph graph(OnnxGraph graph, int depth) {
        List<Node> all = new ArrayList<>();
        for (Node node : graph.nodes()) {
            add(node, all, depth);
        }
        return new OnnxGraph(
                Collections.unmodifiableList(all),
                graph.initializers(),
                graph.sparse(),
                graph.inputs(),
                graph.outputs());
    }

    private void add(Node node, List<Node> all, int depth) {
        OnnxGraph.Function function = functions.get(key(node.domain(), node.opType()));
        if (++nodes > 4 * Graph.MOST_NODES || depth > MOST_NESTED) {
            throw new ModelException(
                    file,
                    "the graph's own functions make more than " + 4 * Graph.MOST_NODES
                            + " nodes of it, or call each other more than " + MOST_NESTED + " deep");
        }
        if (function == null) {
            Map<String, Attribute> attributes = new LinkedHashMap<>();
            node.attributes().forEach((name, attribute) -> attributes.put(name, within(attribute, depth)));
            all.add(new Node(
                    node.opType(),
                    node.domain(),
                    node.name(),
                    node.inputs(),
                    node.outputs(),
                    Collections.unmodifiableMap(attributes),
                    node.at()));
            return;
        }
        String prefix = (node.name().isEmpty() ? function.name() : node.name()) + "#" + ++calls + "/";
        Map<String, String> names = new HashMap<>();
        for (int i = 0; i < function.inputs().size(); i++) {
            // What a call leaves out is left out of the nodes that take it.
            names.put(function.inputs().get(i), node.input(i));
        }
        for (int o = 0; o < function.outputs().size() && o < node.outputs().size(); o++) {
            if (!node.outputs().get(o).isEmpty()) {
                names.put(function.outputs().get(o), node.outputs().get(o));
            }
        }
        // A function may give just what it takes.
        for (int o = 0; o < function.outputs().size() && o < node.outputs().size(); o++) {
            String given = function.outputs().get(o);
            int input = function.inputs().indexOf(given);
            if (input >= 0 && !node.outputs().get(o).isEmpty()) {
                names.put(given, node.input(input));
                all.add(new Node(
                        "Identity",
                        "",
                        prefix + given,
                        List.of(node.input(input)),
                        List.of(node.outputs().get(o)),
                        Map.of(),
                        node.at()));
            }
        }
        Map<String, Attribute> given = new HashMap<>(function.defaults());
        given.putAll(node.attributes());
        for (Node inner : function.nodes()) {
            add(renamed(inner, names, prefix, given), all, depth + 1);
        }
    }

    private Attribute within(Attribute attribute, int depth) {
        return attribute.graphs().isEmpty()
                ? attribute
                : attribute.with(attribute.graphs().stream()
                        .map(graph -> graph(graph, depth + 1))
                        .toList());
    }

    private static Node renamed(Node node, Map<String, String> names, String prefix, Map<String, Attribute> given) {
        Map<String, Attribute> attributes = new LinkedHashMap<>();
        node.attributes().forEach((name, attribute) -> {
            Attribute meant = attribute.reference().isEmpty() ? attribute : given.get(attribute.reference());
            if (meant != null) {
                attributes.put(
                        name,
                        meant.graphs().isEmpty()
                                ? meant
                                : meant.with(meant.graphs().stream()
                                        .map(graph -> renamed(graph, names, prefix, given))
                                        .toList()));
            }
        });
        return new Node(
                node.opType(),
                node.domain(),
                prefix + node.name(),
                renamed(node.inputs(), names, prefix),
                renamed(node.outputs(), names, prefix),
                Collections.unmodifiableMap(attributes),
                node.at());
    }

    private static List<String> renamed(List<String> own, Map<String, String> names, String prefix) {
        return own.stream()
                .map(name -> name.isEmpty() ? name : names.getOrDefault(name, prefix + name))
                .toList();
    }

    /** The body of a node of a function: what it takes from around it has other names now. */
    private static OnnxGraph renamed(
            OnnxGraph graph, Map<String, String> names, String prefix, Map<String, Attribute> given) {
        Map<String, OnnxTensor> initializers = new LinkedHashMap<>();
        graph.initializers().forEach((name, tensor) -> initializers.put(prefix + name, tensor));
        Map<String, String> inside = new HashMap<>(names);
        graph.initializers().keySet().forEach(inside::remove);
        graph.inputs().forEach(input -> inside.remove(input.name()));
        graph.nodes().forEach(node -> node.outputs().forEach(inside::remove));
        return new OnnxGraph(
                graph.nodes().stream()
                        .map(node -> renamed(node, inside, prefix, given))
                        .toList(),
                Collections.unmodifiableMap(initializers),
                graph.sparse(),
                graph.inputs().stream()
                        .map(input -> new OnnxGraph.Input(prefix + input.name(), input.type(), input.shape()))
                        .toList(),
                renamed(graph.outputs(), inside, prefix));
    }
}
