package io.sparkrnn.report;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import org.jspecify.annotations.Nullable;

/** {@link RunMetrics} to and from JSON, in UTF-8. */
public final class MetricsFile {
    /** Many times what a run of 512 units and thousands of tasks and files has. */
    private static final int MOST_BYTES = 64 << 20;

    private static final ObjectMapper JSON = JsonMapper.builder(JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
                    .streamReadConstraints(StreamReadConstraints.builder()
                            .maxNestingDepth(16)
                            .maxStringLength(100_000)
                            .build())
                    .build())
            .disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
            .build();

    private MetricsFile() {}

    /** What stands in metrics.json. */
    public static byte[] write(RunMetrics metrics) {
        try {
            return JSON.writeValueAsBytes(metrics);
        } catch (JsonProcessingException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Reads what an earlier run wrote.
     *
     * @param name what messages call the file
     * @throws IllegalArgumentException saying in a sentence why it cannot be taken
     * @throws IOException if the stream gives no bytes
     */
    public static RunMetrics read(String name, InputStream in) throws IOException {
        byte[] bytes = in.readNBytes(MOST_BYTES + 1);
        if (bytes.length > MOST_BYTES) {
            throw problem(name, "it has more than " + (MOST_BYTES >> 20) + " MiB", null);
        }
        // Without this a byte 0 would make the parser take the text for UTF-16.
        if (bytes.length < 2 || bytes[0] == 0 || bytes[1] == 0) {
            throw problem(name, "it is not a JSON object", null);
        }
        try {
            RunMetrics metrics = JSON.readValue(bytes, RunMetrics.class);
            if (metrics == null) {
                throw problem(name, "it is not a JSON object", null);
            }
            return metrics;
        } catch (JsonMappingException e) {
            throw problem(name, place(e) + reason(e), e);
        } catch (JsonProcessingException e) {
            throw problem(name, "it is not sound JSON: " + e.getOriginalMessage(), e);
        }
    }

    /** The first key on the way to what is wrong. */
    private static String place(JsonMappingException e) {
        StringBuilder place = new StringBuilder();
        for (JsonMappingException.Reference part : e.getPath()) {
            if (part.getFieldName() != null) {
                place.append(place.isEmpty() ? "" : ".").append(part.getFieldName());
            } else {
                place.append('[').append(part.getIndex()).append(']');
            }
        }
        return place.isEmpty() ? "" : "at " + place + ": ";
    }

    private static String reason(JsonMappingException e) {
        Throwable cause = e.getCause();
        if (cause instanceof IllegalArgumentException && cause.getMessage() != null) {
            return cause.getMessage();
        }
        return cause instanceof NullPointerException ? "null where a value is expected" : e.getOriginalMessage();
    }

    private static IllegalArgumentException problem(String name, String what, @Nullable Exception cause) {
        return new IllegalArgumentException(name + " cannot be read as the metrics of a run: " + what + ".", cause);
    }
}
