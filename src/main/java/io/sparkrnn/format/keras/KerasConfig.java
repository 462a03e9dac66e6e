package io.sparkrnn.format.keras;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkrnn.format.bytes.ModelException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The layers of a Keras model by its configuration, in its order; those of models nested in it, too. Sequential and
 * functional models, as Keras 3 and Keras 2 write them
 * (<a href="https://keras.io/guides/serialization_and_saving/">serialization</a>).
 */
final class KerasConfig {
    private static final int MOST_NESTED = 8;
    private static final int MOST_LAYERS = 10_000;
    /** How far into the arguments of a call tensors are looked for. */
    private static final int DEEPEST_ARGUMENT = 8;

    private final String file;
    private final List<KerasLayer> layers = new ArrayList<>();

    private KerasConfig(String file) {
        this.file = file;
    }

    /**
     * The layers of a model.
     *
     * @param file what messages call the file
     */
    static List<KerasLayer> layers(String file, JsonNode model) {
        KerasConfig config = new KerasConfig(file);
        config.model(model, "", "", 0);
        return List.copyOf(config.layers);
    }

    private void model(JsonNode model, String names, String container, int depth) {
        String className = model.path("class_name").asText();
        JsonNode config = model.path("config");
        // Early versions wrote a Sequential's layers without anything around them.
        JsonNode list = config.isArray() ? config : config.path("layers");
        if (!list.isArray()) {
            throw new ModelException(
                    file,
                    "the Keras model is a " + (className.isEmpty() ? "class without name" : className)
                            + " of its own code, whose layers its file does not tell; read are Sequential and functional"
                            + " models. Save the recurrent layer in one, in Python:"
                            + " keras.Sequential([keras.Input((None, features)), layer]).save('model.keras')");
        }
        if (depth > MOST_NESTED || layers.size() + list.size() > MOST_LAYERS) {
            throw new ModelException(
                    file,
                    "the Keras model has models nested more than " + MOST_NESTED + " deep, or more than " + MOST_LAYERS
                            + " layers");
        }
        boolean sequential = className.equals("Sequential");
        Map<String, KerasLayer> byName = new LinkedHashMap<>();
        Map<String, Integer> numbers = new HashMap<>();
        @Nullable KerasLayer before = null;
        for (JsonNode node : list) {
            String kind = node.path("class_name").asText();
            JsonNode own = node.path("config");
            String name = node.path("name").asText(own.path("name").asText());
            int number = numbers.merge(kind, 1, Integer::sum) - 1;
            Inbound inbound = sequential ? new Inbound(before, false) : inbound(node.path("inbound_nodes"), byName);
            KerasLayer layer = new KerasLayer(
                    names + name,
                    kind,
                    own,
                    container + "layers/" + numbered(kind, number),
                    inbound.source,
                    inbound.takesStates,
                    null);
            layers.add(layer);
            byName.put(name, layer);
            before = layer;
            if (own.path("layers").isArray()) {
                model(node, names + name + "/", layer.place() + "/", depth + 1);
            }
        }
    }

    /** What a layer is called in a Keras 3 file: by its class and its number among those of this class. */
    static String numbered(String className, int number) {
        String snake = className
                .replaceAll("\\W+", "")
                .replaceAll("(.)([A-Z][a-z]+)", "$1_$2")
                .replaceAll("([a-z])([A-Z])", "$1_$2")
                .toLowerCase(Locale.ROOT);
        return number == 0 ? snake : snake + "_" + number;
    }

    private record Inbound(@Nullable KerasLayer source, boolean takesStates) {}

    /**
     * What a layer of a functional model takes: Keras 3 writes {@code [{"args": [{"class_name": "__keras_tensor__",
     * "config": {"keras_history": [LAYER, NODE, TENSOR]}}, ...]}]}, Keras 2 {@code [[[LAYER, NODE, TENSOR, {}], ...]]}.
     */
    private static Inbound inbound(JsonNode nodes, Map<String, KerasLayer> byName) {
        if (nodes.size() != 1) {
            // The model's input; or a layer that is used several times.
            return new Inbound(null, false);
        }
        List<JsonNode> tensors = new ArrayList<>();
        find(nodes.get(0), tensors, 0);
        if (tensors.isEmpty()) {
            return new Inbound(null, false);
        }
        JsonNode first = tensors.get(0);
        // Tensor 0 of a layer is its sequence, further ones its states.
        KerasLayer source =
                first.path(2).asInt(0) == 0 ? byName.get(first.path(0).asText()) : null;
        return new Inbound(source, tensors.size() > 1);
    }

    private static void find(JsonNode node, List<JsonNode> tensors, int depth) {
        if (depth > DEEPEST_ARGUMENT) {
            return;
        }
        if (node.isArray()
                && node.path(0).isTextual()
                && node.path(1).isInt()
                && node.path(2).isInt()) {
            tensors.add(node);
        } else if (node.has("keras_history")) {
            tensors.add(node.path("keras_history"));
        } else {
            for (JsonNode inner : node) {
                find(inner, tensors, depth + 1);
            }
        }
    }
}
