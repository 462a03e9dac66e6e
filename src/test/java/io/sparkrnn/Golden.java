package io.sparkrnn;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkrnn.tensor.DType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reference vectors from PyTorch: a folder a case under src/test/resources/golden, each with its case.json. */
public final class Golden {
    private static final ObjectMapper JSON = new ObjectMapper();

    private Golden() {}

    /**
     * A file of a case.
     *
     * @param kind such as {@code pt-zip}, {@code pt-legacy}, {@code safetensors}, {@code onnx}
     * @param prefix what stands before {@code weight_ih_l0}; null for a file that is no state dict
     * @param path the keys to follow from the top of a pickle to the state dict
     */
    public record Entry(String kind, @Nullable String prefix, List<String> path, boolean optional) {

        /** The keys to the state dict and the prefix in it, joined with dots: what stands before weight_ih_l0. */
        public String fullPrefix() {
            return String.join("", path.stream().map(key -> key + ".").toList()) + Objects.requireNonNull(prefix);
        }
    }

    /**
     * A case: one network, and what PyTorch makes of some sequences.
     *
     * @param cell {@code rnn_tanh}, {@code rnn_relu}, {@code lstm} or {@code gru}
     * @param dtype of x and output, and of the arithmetic
     * @param weightsDtype of the weights in the files
     * @param batch B, the number of sequences
     * @param time T, the steps of the longest
     * @param probe {@code nan/inf}, {@code chaotic} or null
     * @param tolF32Scaled the scaled error allowed in float32 arithmetic; null where that is not to be tried
     * @param tolF64Scaled the scaled error allowed in float64 arithmetic; null where that is not to be tried
     * @param files those of case.json that are in the folder, by name
     */
    public record Case(
            String name,
            Path folder,
            String cell,
            int inputSize,
            int hiddenSize,
            int numLayers,
            boolean bidirectional,
            boolean bias,
            int projSize,
            DType dtype,
            DType weightsDtype,
            int batch,
            int time,
            List<Integer> lengths,
            boolean hasH0,
            @Nullable String probe,
            @Nullable Double tolF32Scaled,
            @Nullable Double tolF64Scaled,
            Map<String, Entry> files) {

        /** A file of the folder. */
        public Path file(String file) {
            return folder.resolve(file);
        }

        /** Those files that hold the network as a state dict: PyTorch's, safetensors, NumPy's. */
        public Map<String, Entry> stateDicts() {
            Map<String, Entry> found = new LinkedHashMap<>();
            files.forEach((file, entry) -> {
                boolean readable = entry.kind.startsWith("pt-")
                        || entry.kind.startsWith("npz")
                        || entry.kind.equals("safetensors");
                if (readable && entry.prefix != null && !entry.optional) {
                    found.put(file, entry);
                }
            });
            return found;
        }

        /** Those files that hold the network as a graph. */
        public List<String> graphs() {
            return files.keySet().stream()
                    .filter(file -> file.endsWith(".onnx"))
                    .toList();
        }

        /** All files that hold the network. */
        public List<String> models() {
            return Stream.concat(stateDicts().keySet().stream(), graphs().stream())
                    .toList();
        }

        @Override
        public String toString() {
            return name;
        }
    }

    /** All cases, by name. */
    public static List<Case> cases() {
        try (Stream<Path> folders = Files.list(root())) {
            return folders.filter(folder -> Files.exists(folder.resolve("case.json")))
                    .sorted()
                    .map(Golden::read)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The case of a name. */
    public static Case named(String name) {
        return read(root().resolve(name));
    }

    private static Path root() {
        try {
            URL url = Objects.requireNonNull(Golden.class.getResource("/golden"), "no resource /golden");
            return Path.of(url.toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    private static Case read(Path folder) {
        JsonNode json;
        try {
            json = JSON.readTree(folder.resolve("case.json").toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Map<String, Entry> files = new LinkedHashMap<>();
        json.get("files").properties().forEach(file -> {
            if (Files.exists(folder.resolve(file.getKey()))) {
                JsonNode entry = file.getValue();
                files.put(
                        file.getKey(),
                        new Entry(
                                entry.get("kind").asText(),
                                text(entry.get("prefix")),
                                strings(entry.get("path")),
                                entry.path("optional").asBoolean(false)));
            }
        });
        List<Integer> lengths = new ArrayList<>();
        json.get("lengths").forEach(length -> lengths.add(length.asInt()));
        return new Case(
                json.get("name").asText(),
                folder,
                json.get("cell").asText(),
                json.get("input_size").asInt(),
                json.get("hidden_size").asInt(),
                json.get("num_layers").asInt(),
                json.get("bidirectional").asBoolean(),
                json.get("bias").asBoolean(),
                json.get("proj_size").asInt(),
                dtype(json.get("dtype")),
                dtype(json.get("weights_dtype")),
                json.get("batch").asInt(),
                json.get("time").asInt(),
                List.copyOf(lengths),
                json.get("has_h0").asBoolean(),
                text(json.get("probe")),
                number(json.get("tol_f32_scaled")),
                number(json.get("tol_f64_scaled")),
                files);
    }

    private static DType dtype(JsonNode node) {
        return DType.valueOf(node.asText().toUpperCase(Locale.ROOT));
    }

    private static @Nullable String text(@Nullable JsonNode node) {
        return node == null || node.isNull() ? null : node.asText();
    }

    private static @Nullable Double number(@Nullable JsonNode node) {
        return node == null || node.isNull() ? null : node.asDouble();
    }

    private static List<String> strings(@Nullable JsonNode node) {
        List<String> strings = new ArrayList<>();
        if (node != null) {
            node.forEach(item -> strings.add(item.asText()));
        }
        return List.copyOf(strings);
    }
}
