package io.sparkrnn.format.bytes;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;

/** JSON of model files and of what stands beside them, strict and bounded. */
public final class Json {
    private static final ObjectMapper JSON = new ObjectMapper(JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(200)
                    .maxStringLength(1 << 24)
                    .build())
            .build());

    private Json() {}

    /**
     * That a file that is JSON from its first byte to its last is none.
     *
     * @param file what messages call the file
     */
    public static ModelException unsound(String file, JacksonException cause) {
        JsonLocation at = cause.getLocation();
        return new ModelException(
                file,
                "the file is not sound JSON: " + cause.getOriginalMessage()
                        + (at == null ? "" : " (line " + at.getLineNr() + ", column " + at.getColumnNr() + ")"),
                cause);
    }

    /**
     * The JSON of a configuration.
     *
     * @param file what messages call the file
     * @param part what messages call the place
     */
    public static JsonNode parse(String file, String part, String text) {
        try {
            JsonNode json = JSON.readTree(text);
            if (json == null || !json.isObject()) {
                throw new ModelException(file, part + " is not a JSON object");
            }
            return json;
        } catch (JacksonException e) {
            throw new ModelException(
                    file,
                    part + " is not sound JSON: " + e.getOriginalMessage()
                            + (e.getLocation() == null
                                    ? ""
                                    : " (at character " + e.getLocation().getCharOffset() + ")"),
                    e);
        }
    }
}
