package io.sparkrnn.format.keras;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkrnn.format.bytes.Companions;
import io.sparkrnn.format.bytes.Json;
import io.sparkrnn.format.bytes.ModelException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What the layers of a Keras model are, in a file of its own: {@code model.to_json()}, which stands beside weights that {@code
 * save_weights()} wrote.
 */
public final class KerasArchitecture {
    private static final int MOST_BYTES = 1 << 26;

    private KerasArchitecture() {}

    /** The file beside one of weights that has its name with {@code .json}; null when there is none. */
    public static @Nullable Path beside(Path weights, Companions companions) {
        String name = String.valueOf(weights.getFileName());
        int dot = name.indexOf('.');
        return companions.find((dot <= 0 ? name : name.substring(0, dot)) + ".json");
    }

    /**
     * What a file says.
     *
     * @throws ModelException when it is no JSON, or says no layers
     */
    static JsonNode read(Path file) {
        String name = String.valueOf(file.getFileName());
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(MOST_BYTES + 1);
            if (bytes.length > MOST_BYTES) {
                throw new ModelException(name, "the architecture has more than " + MOST_BYTES + " bytes");
            }
            JsonNode json = Json.parse(name, "the file", new String(bytes, StandardCharsets.UTF_8));
            if (!json.has("class_name") || !json.has("config")) {
                throw new ModelException(
                        name,
                        "the file says no layers of a Keras model; expected what model.to_json() gives: class_name and"
                                + " config");
            }
            return json;
        } catch (IOException e) {
            throw ModelException.unreadable(name, e);
        }
    }
}
