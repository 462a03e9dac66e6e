package io.sparkrnn.format.keras;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.model.Activation;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.CellType;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The cells of Keras' layers (<a href="https://keras.io/api/layers/recurrent_layers/">SimpleRNN, LSTM, GRU</a>) and their
 * functions (<a href="https://keras.io/api/layers/activations/">activations</a>).
 *
 * @param file what messages call the file
 * @param isKeras3 whether Keras 3 wrote it, whose hard_sigmoid is another than that of Keras 2
 */
record KerasCells(String file, boolean isKeras3) {
    /** Those that Keras has by no such name; a function of the user's own that is called so is another. */
    private static final Set<String> NOT_OF_KERAS = Set.of("affine", "thresholded_relu", "scaled_tanh");

    /** Its slope differs from the layer's of this name, which is 0.3. */
    private static final Activation LEAKY_RELU = new Activation(Activation.Kind.LEAKY_RELU, 0.2, 0);

    private static final Activation HARD_SIGMOID_3 = new Activation(Activation.Kind.HARD_SIGMOID, 1.0 / 6, 0.5);

    /** Whether layers of this class are scored. */
    static boolean isRecurrent(String className) {
        return type(className).isPresent();
    }

    private static Optional<CellType> type(String className) {
        return switch (className) {
            case "SimpleRNN" -> Optional.of(CellType.RNN);
            // The CuDNN ones are Keras 2's; their cells are those of the others, their weights are laid out otherwise.
            case "LSTM", "CuDNNLSTM" -> Optional.of(CellType.LSTM);
            case "GRU", "CuDNNGRU" -> Optional.of(CellType.GRU);
            default -> Optional.empty();
        };
    }

    /** Whether a layer's weights are laid out as cuDNN has them. */
    static boolean isCuDnn(String className) {
        return className.startsWith("CuDNN");
    }

    /**
     * The cell of a layer.
     *
     * @param layer what messages call it
     * @param className SimpleRNN, LSTM or GRU
     * @param config its configuration
     */
    Cell cell(String layer, String className, JsonNode config) {
        CellType type = type(className)
                .orElseThrow(
                        () -> new ModelException(
                                file,
                                "layer '" + layer + "' is a " + className
                                        + ", which is not scored; SimpleRNN, LSTM and GRU are, and Bidirectional of one of them"));
        if (isCuDnn(className)) {
            // cuDNN's cells have these functions and no others, and its GRU has two biases.
            return type == CellType.LSTM
                    ? Cell.ofPyTorch(CellType.LSTM, Activation.SIGMOID, Activation.TANH, Activation.TANH)
                    : Cell.ofPyTorch(CellType.GRU, Activation.SIGMOID, Activation.TANH);
        }
        Activation main = activation(layer, config.path("activation"), "tanh");
        // Keras 1 calls it so.
        JsonNode inner = config.path("inner_activation");
        Activation gate =
                activation(layer, inner.isMissingNode() ? config.path("recurrent_activation") : inner, "sigmoid");
        return switch (type) {
            case RNN -> Cell.ofPyTorch(CellType.RNN, main);
            case LSTM -> Cell.ofPyTorch(CellType.LSTM, gate, main, main);
            case GRU -> {
                Cell after = Cell.ofPyTorch(CellType.GRU, gate, main);
                // Keras before 2.1.3 had the other kind only, and did not say so.
                yield config.path("reset_after").asBoolean(false)
                        ? after
                        : new Cell(
                                after.type(),
                                after.activations(),
                                after.clip(),
                                after.forgetGate(),
                                Cell.ResetGate.BEFORE_PRODUCT);
            }
        };
    }

    /** A function of a layer, as its configuration says it. */
    Activation activation(String layer, JsonNode said, String usual) {
        if (said.isMissingNode()) {
            return function(layer, usual);
        }
        if (said.isNull()) {
            return function(layer, "linear");
        }
        if (said.isTextual()) {
            return function(layer, said.asText());
        }
        String className = said.path("class_name").asText();
        JsonNode config = said.path("config");
        if (className.equals("LeakyReLU")) {
            double slope =
                    config.path("negative_slope").asDouble(config.path("alpha").asDouble(0.3));
            return new Activation(Activation.Kind.LEAKY_RELU, slope, 0);
        }
        if (className.equals("ELU")) {
            return new Activation(Activation.Kind.ELU, config.path("alpha").asDouble(1), 0);
        }
        // {"class_name": "function", "config": "NAME"} is one of Keras' own only if the registered name says so.
        throw unknown(layer, config.isTextual() ? config.asText() : className);
    }

    private Activation function(String layer, String name) {
        return switch (name) {
            case "hard_sigmoid" -> isKeras3 ? HARD_SIGMOID_3 : Activation.Kind.HARD_SIGMOID.defaults();
            case "leaky_relu" -> LEAKY_RELU;
            default ->
                Activation.named(name)
                        .filter(any -> !NOT_OF_KERAS.contains(name))
                        .orElseThrow(() -> unknown(layer, name));
        };
    }

    private ModelException unknown(String layer, String name) {
        List<String> known = Stream.concat(
                        Stream.of("linear"), Stream.of(Activation.Kind.values()).map(Activation.Kind::toString))
                .filter(each -> !NOT_OF_KERAS.contains(each))
                .sorted()
                .toList();
        return new ModelException(
                file,
                "layer '" + layer + "' has the activation '" + name + "', which is not computed here; known are "
                        + known);
    }
}
