package io.sparkrnn.format.keras;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkrnn.format.keras.KerasWhole.Value;
import io.sparkrnn.graph.operator.Clip;
import io.sparkrnn.graph.operator.Function;
import io.sparkrnn.graph.operator.Softmax;
import io.sparkrnn.model.Activation;

/** Functions of each number, as <a href="https://keras.io/api/layers/activations/">Keras</a> names them. */
final class KerasActivations {
    private KerasActivations() {}

    static Value function(KerasCall call, Value x, Activation.Kind kind, double alpha, double beta) {
        return function(call, x, new Activation(kind, alpha, beta));
    }

    private static Value function(KerasCall call, Value x, Activation function) {
        return new Value(call.node(new Function.Activate(function), x.name()), x.rank(), null);
    }

    static Value softmax(KerasCall call, Value x, Softmax.Of of, int axis) {
        return new Value(call.node(new Softmax(of, axis, Softmax.Along.AXIS), x.name()), x.rank(), null);
    }

    /**
     * {@code max(0, x)}, with a bound, a slope below and a threshold (<a
     * href="https://keras.io/api/layers/activation_layers/relu/">ReLU</a>).
     */
    static Value relu(KerasCall call, Value x) {
        double most = call.config().path("max_value").asDouble(Double.POSITIVE_INFINITY);
        double slope = call.config().path("negative_slope").asDouble(0);
        double threshold = call.config().path("threshold").asDouble(0);
        if (threshold != 0) {
            throw call.refused("has a threshold, which is not computed");
        }
        Value y = slope == 0
                ? function(call, x, Activation.RELU)
                : function(call, x, Activation.Kind.LEAKY_RELU, slope, 0);
        return Double.isInfinite(most) ? y : atMost(call, y, most);
    }

    private static Value atMost(KerasCall call, Value x, double most) {
        return new Value(call.node(new Clip(Double.NEGATIVE_INFINITY, most), x.name()), x.rank(), null);
    }

    /** A function by its name or its configuration; of a name that is missing, or null, nothing. */
    static Value activated(KerasCall call, Value x, JsonNode said) {
        JsonNode name = said.isObject() && said.path("config").isTextual() ? said.path("config") : said;
        if (said.isMissingNode() || said.isNull() || name.asText().equals("linear")) {
            return x;
        }
        return switch (name.asText().toLowerCase(java.util.Locale.ROOT)) {
            case "softmax" -> softmax(call, x, Softmax.Of.SOFTMAX, -1);
            case "log_softmax" -> softmax(call, x, Softmax.Of.LOG_SOFTMAX, -1);
            case "gelu" -> function(call, x, Function.Of.GELU);
            case "mish" -> function(call, x, Function.Of.MISH);
            case "hard_silu", "hard_swish" -> function(call, x, Function.Of.HARD_SWISH);
            case "relu6" -> atMost(call, function(call, x, Activation.RELU), 6);
            default ->
                function(call, x, call.whole().cells.activation(call.layer().name(), said, "linear"));
        };
    }

    static Value function(KerasCall call, Value x, Function.Of of) {
        return new Value(call.node(new Function(of), x.name()), x.rank(), null);
    }
}
