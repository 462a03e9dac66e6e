package io.sparkrnn.format.keras;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.bytes.ZipRecords;
import io.sparkrnn.format.network.ModelOptions;
import io.sparkrnn.format.network.Network;
import io.sparkrnn.format.network.NetworkSource;
import io.sparkrnn.format.network.WholeNetwork;
import io.sparkrnn.model.Layer;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.tensor.Tensors;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The recurrent networks of a Keras model: stacks of recurrent layers, each of which takes the sequence that the one before
 * gives, with nothing in between but layers that do nothing in a trained network, such as Dropout.
 *
 * <p>Time: a step of hidden_states here always belongs to the step of the input of the same number. Keras turns a sequence
 * around in each layer with go_backwards, so that layers above it see the last step first; here such a layer runs backward,
 * and a forward layer above it, too, while one with go_backwards above it runs forward again. The numbers are the same, in
 * the input's order; the state that Keras gives as the last is that at step 0, and it is the one in h_n.
 */
final class KerasModel implements NetworkSource {
    private static final int MOST_LISTED = 20;

    private final String file;
    private final Tensors tensors;
    private final List<KerasLayer> layers;
    private final KerasCells cells;
    private final KerasWeights weights;
    private final JsonNode config;
    /** Each stack by the name of its first layer. */
    private final Map<String, List<KerasLayer>> stacks = new LinkedHashMap<>();

    KerasModel(String file, Tensors tensors, JsonNode config, KerasCells cells, KerasWeights weights) {
        this.file = file;
        this.tensors = tensors;
        this.config = config;
        layers = KerasConfig.layers(file, config);
        this.cells = cells;
        this.weights = weights;
        Map<KerasLayer, Integer> takers = new HashMap<>();
        Map<KerasLayer, KerasLayer> sources = new HashMap<>();
        for (KerasLayer layer : layers) {
            KerasLayer source = layer.isRecurrent() ? recurrentSource(layer) : null;
            if (source != null) {
                sources.put(layer, source);
                takers.merge(source, 1, Integer::sum);
            }
        }
        Map<KerasLayer, List<KerasLayer>> open = new HashMap<>();
        for (KerasLayer layer : layers) {
            if (!layer.isRecurrent()) {
                continue;
            }
            KerasLayer source = sources.get(layer);
            List<KerasLayer> below = source != null && takers.getOrDefault(source, 0) == 1 ? open.get(source) : null;
            List<KerasLayer> stack = below == null ? new ArrayList<>() : below;
            stack.add(layer);
            open.put(layer, stack);
            if (below == null) {
                stacks.putIfAbsent(layer.name(), stack);
            }
        }
    }

    /** The recurrent layer whose sequence reaches a layer unchanged; null when there is none. */
    private static @Nullable KerasLayer recurrentSource(KerasLayer layer) {
        KerasLayer source = layer.source();
        while (source != null && source.isTransparent()) {
            source = source.source();
        }
        return source != null && source.isRecurrent() && source.givesSequences() ? source : null;
    }

    @Override
    public List<String> prefixes() {
        return List.copyOf(stacks.keySet());
    }

    @Override
    public String option() {
        return "--node";
    }

    @Override
    public Optional<WholeNetwork> whole() {
        boolean alone = stacks.size() == 1
                && layers.stream().allMatch(layer -> layer.isPlain() || layer.isRecurrent())
                && stacks.values().iterator().next().size()
                        == layers.stream().filter(KerasLayer::isRecurrent).count();
        return alone
                ? Optional.empty()
                : Optional.of(KerasWhole.of(file, config, tensors, cells, weights, stacks.values()));
    }

    @Override
    public Network network(ModelOptions options) {
        List<KerasLayer> stack = chosen(options.node() == null ? options.stateDictPrefix() : options.node());
        List<String> notes = new ArrayList<>();
        Set<String> used = new LinkedHashSet<>();
        List<Layer> built = new ArrayList<>();
        boolean reversed = false;
        boolean swapped = false;
        for (KerasLayer layer : stack) {
            String mode = layer.config().path("merge_mode").asText("concat");
            if (layer.className().equals("Bidirectional") && !mode.equals("concat")) {
                throw new ModelException(
                        file,
                        "Keras' layer '" + layer.name() + "' has merge_mode " + mode
                                + "; by itself only 'concat' is scored." + " The whole network is, without --node");
            }
            KerasDirections directions = new KerasDirections(file, tensors, cells, weights, layer);
            used.addAll(directions.names());
            built.add(directions.layer(reversed, swapped));
            swapped = directions.isBidirectional() && reversed;
            reversed = directions.isBidirectional() ? reversed : directions.goesBackwards() != reversed;
        }
        describe(stack, reversed, swapped, notes);
        RnnModel model;
        try {
            model = RnnModel.of(built);
        } catch (IllegalArgumentException e) {
            throw new ModelException(file, "its recurrent layers do not fit each other: " + e.getMessage(), e);
        }
        List<String> others =
                tensors.names().stream().filter(name -> !used.contains(name)).toList();
        return new Network(stack.get(0).name(), model, others, notes);
    }

    private List<KerasLayer> chosen(@Nullable String asked) {
        if (stacks.isEmpty()) {
            throw new ModelException(
                    file,
                    "the Keras model has no SimpleRNN, LSTM or GRU layer; it has "
                            + ZipRecords.few(layers.stream()
                                    .map(layer -> layer.className() + " '" + layer.name() + "'")
                                    .toList()));
        }
        if (asked == null) {
            if (stacks.size() > 1) {
                throw new ModelException(
                        file,
                        "the Keras model has " + stacks.size()
                                + " recurrent networks that do not follow each other; say which with --node: "
                                + listed());
            }
            return stacks.values().iterator().next();
        }
        return stacks.values().stream()
                .filter(stack -> stack.stream().anyMatch(layer -> layer.name().equals(asked)))
                .findFirst()
                .orElseThrow(
                        () -> new ModelException(file, "no recurrent layer '" + asked + "'; there are " + listed()));
    }

    private String listed() {
        String names = stacks.values().stream()
                .limit(MOST_LISTED)
                .map(stack -> stack.stream().map(KerasLayer::name).collect(Collectors.joining(" > ")))
                .collect(Collectors.joining(", "));
        return stacks.size() <= MOST_LISTED ? names : names + ", ...";
    }

    private void describe(List<KerasLayer> stack, boolean reversed, boolean swapped, List<String> notes) {
        List<String> unused = layers.stream()
                .filter(layer -> !layer.isTransparent() && !stack.contains(layer))
                .map(layer -> layer.className() + " '" + layer.name() + "'")
                .toList();
        if (!unused.isEmpty()) {
            notes.add("not used of the Keras model: " + ZipRecords.few(unused));
        }
        KerasLayer source = stack.get(0).source();
        while (source != null && source.isTransparent()) {
            source = source.source();
        }
        if (source != null) {
            notes.add("the features are what layer '" + source.name() + "' (" + source.className()
                    + ") gives, not the model's own input");
        }
        for (KerasLayer layer : stack) {
            JsonNode config = layer.recurrent();
            if (config.path("stateful").asBoolean(false)) {
                notes.add("layer '" + layer.name() + "' is stateful in Keras: here each sequence starts from zeros, or"
                        + " from --initial-state");
            }
            if (layer.takesStates()) {
                notes.add("layer '" + layer.name() + "' takes its initial states from another layer: here from"
                        + " --initial-state, or zeros");
            }
        }
        if (layers.stream().anyMatch(layer -> layer.className().equals("Masking"))) {
            notes.add("Masking is not applied: sequences here have lengths of their own and need no padding");
        }
        if (reversed) {
            notes.add("Keras gives this network's sequence last step first (go_backwards): here step t of hidden_states"
                    + " belongs to step t of the input, and h_n is the state at step 0");
        }
        if (swapped) {
            notes.add("the last layer takes a reversed sequence: in hidden_states and h_n here, the states of Keras'"
                    + " backward_layer come first, then those of its forward_layer");
        }
    }
}
