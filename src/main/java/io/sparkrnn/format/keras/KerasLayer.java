package io.sparkrnn.format.keras;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A layer of a Keras model, as the model's configuration has it.
 *
 * @param name its name, after those of the models it is nested in: {@code encoder/lstm}
 * @param className such as {@code LSTM}
 * @param config its own configuration
 * @param place where it is in a Keras 3 file: {@code layers/lstm_1}, {@code layers/sequential/layers/lstm}
 * @param source the layer whose sequence it takes; null for the model's input, and where that cannot be told
 * @param takesStates whether other layers give it its initial states
 * @param part which cell of an RNN of several it is; null for a layer
 */
record KerasLayer(
        String name,
        String className,
        JsonNode config,
        String place,
        @Nullable KerasLayer source,
        boolean takesStates,
        @Nullable Part part) {
    /** One of several cells. */
    record Part(int index, int count) {}

    /** The layer that a wrapper has. */
    KerasLayer wrapped(JsonNode inner) {
        JsonNode own = inner.path("config");
        return new KerasLayer(
                name + "/" + own.path("name").asText("layer"),
                inner.path("class_name").asText(),
                own,
                place + "/layer",
                null,
                false,
                null);
    }

    /** Layers that, when a trained network is used, give what they take. */
    private static final Set<String> TRANSPARENT = Set.of(
            "InputLayer",
            "Dropout",
            "SpatialDropout1D",
            "GaussianNoise",
            "GaussianDropout",
            "AlphaDropout",
            "ActivityRegularization",
            "Masking");

    /** Itself only: a chain of sources can be too long to compare. */
    @Override
    public boolean equals(@Nullable Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }

    /** Whether it is one of the layers that are scored, or the wrapper that runs one both ways. */
    boolean isRecurrent() {
        return KerasCells.isRecurrent(className) || className.equals("Bidirectional");
    }

    /** Whether it gives what it takes, when a trained network is used. */
    boolean isTransparent() {
        return TRANSPARENT.contains(className)
                || (className.equals("Activation")
                        && config.path("activation").asText().equals("linear"));
    }

    /** The configuration that says units and directions: its own, or that of the layer it wraps. */
    JsonNode recurrent() {
        return className.equals("Bidirectional") ? config.path("layer").path("config") : config;
    }

    /** Whether nothing is lost when it is left out: it changes nothing, and no layer above it either. */
    boolean isPlain() {
        return isTransparent() && !className.equals("Masking") && !takesStates;
    }

    /** Whether it gives a state for each step, not only the last. */
    boolean givesSequences() {
        return recurrent().path("return_sequences").asBoolean(false);
    }
}
