package io.sparkrnn.format.network;

import io.sparkrnn.format.bytes.ModelException;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a file beside the model says that the model file cannot: {@code model.pt.json} or {@code model.json} beside {@code
 * model.pt}, a JSON object. Options win over it.
 *
 * <pre>
 *   {"nonlinearity": "tanh" or "relu", "state_dict_prefix": TEXT, "node": TEXT, "tensor_names": {PYTORCH: FILE, ...},
 *    "head": {"prefix": TEXT, "layers": [MODULE, ...], "on": "h_n" or "hidden_states",
 *             "activation": "none", "sigmoid" or "softmax"},
 *    "features": [TEXT, ...], "mean": [NUMBER, ...], "std": [NUMBER, ...],
 *    "vocabulary": {INPUT: TEXT or {"file": TEXT, "unknown": WHOLE NUMBER or TEXT}, ...},
 *    "network": [MODULE, ...] or {NAME: [MODULE, ...], ...}}
 * </pre>
 *
 * @param file its name; empty when there is none
 * @param title what messages call it: {@code model.pt.json beside it}, or the path by which it was named
 * @param keys those it has, in its order; none of a file that another program may have put there. Unmodifiable
 * @param options what it says of the network and its head
 * @param features the names of the features in the order of training; empty when not said. Unmodifiable
 * @param mean what is taken from each feature; empty when not said. Unmodifiable
 * @param std what each feature is divided by, above 0; empty when not said. Unmodifiable
 * @param vocabularies what finds the indices of inputs whose columns have strings, by the inputs' names. Unmodifiable
 * @param network the whole network, a list or a map of lists as {@code SidecarNetwork} has it; null when not said
 */
public record Sidecar(
        String file,
        String title,
        List<String> keys,
        ModelOptions options,
        List<String> features,
        List<Double> mean,
        List<Double> std,
        Map<String, VocabularyName> vocabularies,
        @Nullable Object network) {
    /** No such file. */
    public static final Sidecar NONE =
            new Sidecar("", "", List.of(), ModelOptions.none(), List.of(), List.of(), List.of(), Map.of(), null);

    public Sidecar {
        keys = List.copyOf(keys);
        features = List.copyOf(features);
        mean = List.copyOf(mean);
        std = List.copyOf(std);
        vocabularies = Map.copyOf(vocabularies);
    }

    /** Whether there is such a file. */
    public boolean exists() {
        return !file.isEmpty();
    }

    /**
     * Holds the lists against a network.
     *
     * @param model what messages call the model file
     * @param inputSize how many numbers it takes of a step
     * @throws ModelException when one has not an entry for each feature
     */
    public void check(String model, int inputSize) {
        check(model, inputSize, "features", features);
        check(model, inputSize, "mean", mean);
        check(model, inputSize, "std", std);
    }

    private void check(String model, int inputSize, String key, List<?> entries) {
        if (!entries.isEmpty() && entries.size() != inputSize) {
            throw new ModelException(
                    model,
                    "the file " + title + ": \"" + key + "\" has " + entries.size()
                            + (entries.size() == 1 ? " entry" : " entries") + ", but the network's input_size is "
                            + inputSize
                            + "; expected one for each feature");
        }
    }
}
