package io.sparkrnn.format.keras;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.model.Activation;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.CellType;
import java.util.Map;
import java.util.Optional;

/**
 * The cells of Keras' layers (<a href="https://keras.io/api/layers/recurrent_layers/">SimpleRNN, LSTM, GRU</a>) and their
 * functions (<a href="https://keras.io/api/layers/activations/">activations</a>).
 *
 * @param file what messages call the file
 * @param isKeras3 whether Keras 3 wrote it, whose hard_sigmoid is another than that of Keras 2
 */
record KerasCells(String file, boolean isKeras3) {
    private static final Activation HARD_SIGMOID_3 = new Activation(Activation.Kind.HARD_SIGMOID, 1.0 / 6, 0.5);
    private static final Activation HARD_SIGMOID_2 = new Activation(Activation.Kind.HARD_SIGMOID, 0.2, 0.5);

    private static final Map<String, Activation> FUNCTIONS = Map.ofEntries(
            Map.entry("tanh", Activation.TANH),
            Map.entry("sigmoid", Activation.SIGMOID),
            Map.entry("relu", Activation.RELU),
            Map.entry("linear", new Activation(Activation.Kind.AFFINE, 1, 0)),
            Map.entry("elu", new Activation(Activation.Kind.ELU, 1, 0)),
            Map.entry("selu", new Activation(Activation.Kind.SELU, 1.6732632423543772, 1.0507009873554805)),
            Map.entry("softsign", new Activation(Activation.Kind.SOFTSIGN, 0, 0)),
            Map.entry("softplus", new Activation(Activation.Kind.SOFTPLUS, 0, 0)),
            Map.entry("silu", new Activation(Activation.Kind.SILU, 0, 0)),
            Map.entry("swish", new Activation(Activation.Kind.SILU, 0, 0)),
            Map.entry("exponential", new Activation(Activation.Kind.EXPONENTIAL, 0, 0)),
            Map.entry("leaky_relu", new Activation(Activation.Kind.LEAKY_RELU, 0.2, 0)));

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

    /** Whether a name is that of a function of one number that is computed. */
    static boolean knows(String name) {
        return FUNCTIONS.containsKey(name) || name.equals("hard_sigmoid");
    }

    private Activation function(String layer, String name) {
        if (name.equals("hard_sigmoid")) {
            return isKeras3 ? HARD_SIGMOID_3 : HARD_SIGMOID_2;
        }
        Activation found = FUNCTIONS.get(name);
        if (found == null) {
            throw unknown(layer, name);
        }
        return found;
    }

    private ModelException unknown(String layer, String name) {
        return new ModelException(
                file,
                "layer '" + layer + "' has the activation '" + name + "', which is not computed here; known are "
                        + FUNCTIONS.keySet().stream().sorted().toList() + " and hard_sigmoid");
    }
}
