package io.sparkrnn.format.keras;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * A value that a layer of a functional Keras model takes: Keras 3 writes {@code {"args": [{"class_name": "__keras_tensor__",
 * "config": {"keras_history": [LAYER, NODE, INDEX]}}, ...], "kwargs": {...}}}, Keras 2 {@code [[LAYER, NODE, INDEX, {}], ...]}.
 *
 * @param layer the name of the layer that gives it
 * @param node which of the calls of that layer
 * @param index which of what the call gives
 * @param argument the name of the argument it is given as; empty for one by its place
 */
record KerasTensor(String layer, int node, int index, String argument) {
    /** What tells it from others. */
    String key() {
        return layer + "#" + node + "#" + index;
    }

    /** How far into the arguments of a call tensors are looked for. */
    private static final int DEEPEST = 8;

    /** The values of an entry of inbound_nodes. */
    static List<KerasTensor> in(JsonNode inbound) {
        List<KerasTensor> found = new ArrayList<>();
        if (inbound.isObject()) {
            find(inbound.path("args"), "", found, 0);
            arguments(inbound.path("kwargs"), found);
        } else {
            find(inbound, "", found, 0);
        }
        return found;
    }

    /** The values of input_layers or output_layers: a list of them, or one. */
    static List<KerasTensor> list(JsonNode layers) {
        List<KerasTensor> found = new ArrayList<>();
        find(layers, "", found, 0);
        return found;
    }

    private static void find(JsonNode node, String argument, List<KerasTensor> found, int depth) {
        if (depth > DEEPEST) {
            return;
        }
        if (node.isArray()
                && node.path(0).isTextual()
                && node.path(1).isInt()
                && node.path(2).isInt()) {
            found.add(new KerasTensor(
                    node.path(0).asText(), node.path(1).asInt(), node.path(2).asInt(), argument));
            if (node.path(3).isObject()) {
                arguments(node.path(3), found);
            }
        } else if (node.has("keras_history")) {
            find(node.path("keras_history"), argument, found, depth + 1);
        } else {
            for (JsonNode inner : node) {
                find(inner, argument, found, depth + 1);
            }
        }
    }

    private static void arguments(JsonNode named, List<KerasTensor> found) {
        Iterator<String> names = named.fieldNames();
        while (names.hasNext()) {
            String name = names.next();
            find(named.path(name), name, found, 0);
        }
    }
}
