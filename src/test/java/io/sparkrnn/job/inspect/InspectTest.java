package io.sparkrnn.job.inspect;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkrnn.Golden;
import io.sparkrnn.format.TestFiles;
import io.sparkrnn.format.onnx.OnnxWriter;
import io.sparkrnn.job.Cli;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What inspect prints for programs and for pictures, and that it is the same as for people. */
class InspectTest {
    private static final ObjectMapper JSON = new ObjectMapper();

    private static final Path RESOURCES = Path.of("src/test/resources");

    /** A line of a picture: a node, an arrow, or what is said of all; a text in it ends where it should. */
    private static final Pattern DOT_LINE = Pattern.compile(
            "digraph network \\{|}|  (?:(?:graph|node|edge|[ion]\\d+) \\[(?:[a-z0-9]+=(?:\"(?:[^\"\\\\\n]|\\\\[\"\\\\nl])*\"|[a-z0-9.A-Z]+)(?:, )?)+]"
                    + "|[in]\\d+ -> [no]\\d+(?: \\[label=\"[^\"]*\"])?);");

    @TempDir
    Path folder;

    private static String printed(String format, Path model, String... more) {
        Cli cli = run(format, model, more);
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(cli.err()).isEmpty();
        return cli.out();
    }

    private static Cli run(String format, Path model, String... more) {
        String[] usual = {"inspect", "--model", model.toString(), "--format", format};
        return Cli.run(Stream.of(usual, more).flatMap(Stream::of).toArray(String[]::new));
    }

    private static JsonNode json(Path model, String... more) throws IOException {
        return JSON.readTree(printed("json", model, more));
    }

    private static List<String> texts(JsonNode list) {
        List<String> texts = new ArrayList<>();
        list.forEach(each -> texts.add(each.asText()));
        return texts;
    }

    static List<Path> files() throws IOException {
        List<Path> files = new ArrayList<>();
        for (String name : List.of("m10_rnn_relu_l1_nobias_b17_i1_h8", "trained_gru_classifier")) {
            Golden.Case golden = Golden.named(name);
            golden.files().keySet().stream()
                    .filter(file -> !file.endsWith(".jsonl"))
                    .sorted()
                    .forEach(file -> files.add(golden.file(file)));
        }
        for (String folder : List.of("keras", "onnx")) {
            try (Stream<Path> found = Files.list(RESOURCES.resolve(folder))) {
                // weights alone say no network
                found.filter(file -> file.toString().matches(".*(?<!\\.weights)\\.(keras|h5|onnx)"))
                        .sorted()
                        .forEach(files::add);
            }
        }
        return files;
    }

    /** Each value comes from somewhere, all parameters are some node's, and the text has the same. */
    @ParameterizedTest
    @MethodSource("files")
    void itsPartsFitTogether(Path file) throws Exception {
        JsonNode all = json(file);
        assertThat(all.get("format_version").asInt()).isEqualTo(1);
        assertThat(all.at("/model/file").asText()).isEqualTo(file.toString());
        if (Files.isRegularFile(file)) {
            byte[] digest = MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file));
            assertThat(all.at("/model/sha256").asText())
                    .isEqualTo(HexFormat.of().formatHex(digest));
        }
        if (all.get("scored").isNull()) {
            assertThat(all.at("/choice/networks")).hasSizeGreaterThan(1);
            assertThat(all.at("/choice/chosen").isNull()).isTrue();
            return;
        }
        Set<String> known = new HashSet<>();
        all.get("inputs").forEach(input -> known.add(input.get("name").asText()));
        assertThat(known).isNotEmpty();
        long parameters = 0;
        int recurrent = 0;
        for (JsonNode node : all.get("nodes")) {
            assertThat(known).containsAll(texts(node.get("inputs")));
            node.get("outputs").forEach(value -> known.add(value.get("name").asText()));
            parameters += node.get("parameters").asLong();
            recurrent += node.get("recurrent").asBoolean() ? 1 : 0;
        }
        assertThat(parameters).isPositive().isEqualTo(all.get("parameters").asLong());
        assertThat(recurrent).isPositive();
        assertThat(all.get("outputs")).isNotEmpty();
        all.get("outputs").forEach(output -> assertThat(known).containsAll(texts(output.get("of"))));

        String text = printed("text", file);
        for (JsonNode tensor : all.get("tensors")) {
            assertThat(text).contains("size of " + tensor.get("name").asText() + " is ");
        }
        for (JsonNode output : all.get("outputs")) {
            assertThat(text).contains("  " + output.get("name").asText() + " [");
        }
        assertThat(printed("dot", file).lines()).allMatch(DOT_LINE.asMatchPredicate());
    }

    @Test
    void layersAndTheirHead() throws IOException {
        Path model = Path.of("data/weather_lstm.pt");
        JsonNode all = json(model, "--head", "head");
        assertThat(all.get("scored").asText()).isEqualTo("layers");
        assertThat(all.get("precision").asText()).isEqualTo("float32");
        assertThat(all.get("inputs").toString())
                .isEqualTo("[{\"name\":\"features\",\"column\":\"features\",\"takes_features\":true,"
                        + "\"type\":\"array<array<number>>\",\"shape\":[\"T\",5],\"indices\":false,\"indices_below\":null,"
                        + "\"vocabulary\":null}]");
        assertThat(all.at("/nodes/0/outputs").toString())
                .isEqualTo("[{\"name\":\"rnn.l0\",\"shape\":[\"T\",8]},{\"name\":\"rnn.l0.h_n\",\"shape\":[1,8]},"
                        + "{\"name\":\"rnn.l0.c_n\",\"shape\":[1,8]}]");
        assertThat(all.at("/nodes/1/inputs").toString()).isEqualTo("[\"rnn.l0.h_n\"]");
        assertThat(all.at("/nodes/1/parameters").asInt()).isEqualTo(18);
        assertThat(texts(all.get("outputs").findValue("of"))).containsExactly("rnn.l0");
        assertThat(all.at("/outputs/3").toString())
                .isEqualTo(
                        "{\"name\":\"score\",\"type\":\"array<number>\",\"shape\":[2],\"of\":[\"score\"],\"by_default\":true}");
        assertThat(all.at("/layers/hidden_size").asInt()).isEqualTo(8);
        assertThat(all.at("/layers/bidirectional").isBoolean()).isTrue();
        assertThat(all.at("/sidecar/features")).hasSize(5);
        assertThat(all.at("/tensors/0").toString())
                .isEqualTo(
                        "{\"name\":\"rnn.weight_ih_l0\",\"type\":\"float32\",\"shape\":[32,5],\"of_the_layers\":true}");
        assertThat(all.at("/layers/likely_heads")).isEmpty();
        assertThat(texts(json(model, "--head", "").at("/layers/likely_heads"))).containsExactly("head");
    }

    /** What is proposed for a file can be put beside it as it is. */
    @Test
    void aProposedSidecarIsOne() throws IOException {
        Path model = safetensors("fc");
        JsonNode proposed = json(model).get("proposed_sidecar");
        assertThat(proposed.toString()).isEqualTo("{\"network\":[{\"lstm\":\"rnn\"},\"last\",{\"linear\":\"fc\"}]}");
        assertThat(json(model).get("scored").asText()).isEqualTo("layers");

        Files.writeString(folder.resolve("net.safetensors.json"), proposed.toString());
        JsonNode all = json(model);
        assertThat(all.get("scored").asText()).isEqualTo("whole");
        assertThat(all.get("proposed_sidecar").isNull()).isTrue();
        assertThat(all.at("/outputs/0/name").asText()).isEqualTo("score");
        assertThat(printed("text", model))
                .contains("network: takes features [T, 3]; gives score [2]")
                .contains("whole network: ");
    }

    @Test
    void whatCannotBeScoredIsSaidInAllThree() throws IOException {
        Path model = Files.write(
                folder.resolve("net.onnx"),
                OnnxWriter.message()
                        .input("x", OnnxWriter.FLOAT, -1, -1, 3)
                        .output("z", OnnxWriter.FLOAT, -1, -1, -1, 2)
                        .initializer(OnnxWriter.floats("W", new float[6], 1, 2, 3))
                        .initializer(OnnxWriter.floats("R", new float[4], 1, 2, 2))
                        .node("RNN", "r", "x W R", "Y")
                        .node("Frobnicate", "odd one", "Y", "z")
                        .model(13, "test"));
        JsonNode all = json(model);
        assertThat(all.get("scored").asText()).isEqualTo("layers");
        assertThat(all.at("/refusals/0/what").asText()).isEqualTo("whole network");
        assertThat(all.at("/refusals/0/why").asText()).contains("Frobnicate", "odd one");
        assertThat(printed("text", model)).contains("whole network: none that can be used: ", "Frobnicate");
        assertThat(printed("dot", model)).contains("Frobnicate", "none that can be used");
    }

    @Test
    void severalNetworksHaveNoPicture() throws IOException {
        Path file = Golden.named("m10_rnn_relu_l1_nobias_b17_i1_h8").file("model_full_prefix.pt");
        JsonNode all = json(file);
        assertThat(all.get("scored").isNull()).isTrue();
        assertThat(all.get("nodes")).isEmpty();
        assertThat(all.at("/choice/option").asText()).isEqualTo("--state-dict-prefix");
        assertThat(texts(all.at("/choice/networks"))).containsExactly("encoder.rnn.", "decoder.rnn.");
        Cli dot = run("dot", file);
        assertThat(dot.code()).isEqualTo(2);
        assertThat(dot.out()).isEmpty();
        assertThat(dot.err()).contains("2 networks", "--state-dict-prefix", "decoder.rnn.");
        assertThat(printed("dot", file, "--state-dict-prefix", "decoder.rnn")).contains("peripheries=2");
    }

    @ParameterizedTest
    @ValueSource(strings = {"text", "json", "dot"})
    void whatIsWrongIsToldAsEver(String format) throws IOException {
        Cli absent = run(format, folder.resolve("absent.pt"));
        assertThat(absent.code()).isEqualTo(4);
        assertThat(absent.out()).isEmpty();
        assertThat(absent.err()).contains("absent.pt").hasLineCount(1);

        Path model = safetensors("fc");
        Files.writeString(folder.resolve("net.safetensors.json"), "{\"network\": [{\"lstm\": \"rnn\"}, \"lst\"]}");
        Cli wrong = run(format, model);
        assertThat(wrong.code()).isEqualTo(4);
        assertThat(wrong.out()).isEmpty();
        assertThat(wrong.err()).contains("net.safetensors.json beside it: ", "unknown word \"lst\"");
        Path elsewhere =
                Files.writeString(folder.resolve("said.json"), "{\"network\": [{\"lstm\": \"rnn\"}, \"lst\"]}");
        Cli named = run(format, model, "--sidecar", elsewhere.toString());
        assertThat(named.code()).isEqualTo(4);
        assertThat(named.err()).contains(elsewhere + ": ").doesNotContain("beside it");
    }

    /** Whatever a file calls its parts, no name ends a text, breaks a line or is a command of a terminal or of Graphviz. */
    @Test
    void namesOfTheFileAreTexts() throws IOException {
        String evil = "e\"]; x -> y \\N\n<b>&lt;{|}\u001b[31m";
        Path model = safetensors(evil);
        Map<String, Object> network = new LinkedHashMap<>();
        network.put(evil, List.of(Map.of("lstm", "rnn"), "last", Map.of("linear", evil)));
        Files.writeString(folder.resolve("net.safetensors.json"), JSON.writeValueAsString(Map.of("network", network)));
        String dot = printed("dot", model);
        assertThat(dot.lines()).allMatch(DOT_LINE.asMatchPredicate());
        assertThat(dot).contains("e\\\"]; x -> y \\\\N?<b>&amp;lt;{|}?[31m");
        List<String> arrows = Pattern.compile("(?m)^  (\\w+) -> (\\w+)")
                .matcher(dot)
                .results()
                .map(MatchResult::group)
                .toList();
        assertThat(arrows).hasSizeGreaterThan(3).noneMatch(arrow -> arrow.contains("x -> y"));
        assertThat(printed("text", model)).doesNotContain("\u001b", "\n<b>").contains("\\u001b[31m");
        String told = json(model).at("/outputs/0/name").asText();
        assertThat(told).isEqualTo(evil);
    }

    /** An LSTM of 3 to 4 called rnn, and a linear layer of 4 to 2. */
    private Path safetensors(String linear) throws IOException {
        Map<String, int[]> shapes = new LinkedHashMap<>();
        shapes.put("rnn.weight_ih_l0", new int[] {16, 3});
        shapes.put("rnn.weight_hh_l0", new int[] {16, 4});
        shapes.put(linear + ".weight", new int[] {2, 4});
        shapes.put(linear + ".bias", new int[] {2});
        Map<String, Object> header = new LinkedHashMap<>();
        int end = 0;
        for (Map.Entry<String, int[]> entry : shapes.entrySet()) {
            int from = end;
            int elements = 1;
            for (int size : entry.getValue()) {
                elements *= size;
            }
            end += Float.BYTES * elements;
            header.put(
                    entry.getKey(),
                    Map.of("dtype", "F32", "shape", entry.getValue(), "data_offsets", new int[] {from, end}));
        }
        return Files.write(
                folder.resolve("net.safetensors"),
                TestFiles.safetensors(JSON.writeValueAsString(header), new byte[end]));
    }
}
