package io.sparkrnn.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What ONNX Runtime made of small graphs with every attribute that recurrent nodes have: files under
 * src/test/resources/onnx, written by OnnxRuntimeComparison, which says how.
 */
class OnnxRuntimeTest {
    static List<Path> graphs() throws IOException, URISyntaxException {
        URL url = Objects.requireNonNull(OnnxRuntimeTest.class.getResource("/onnx"), "no resource /onnx");
        try (Stream<Path> files = Files.list(Path.of(url.toURI()))) {
            return files.filter(file -> file.toString().endsWith(".onnx"))
                    .sorted()
                    .toList();
        }
    }

    @ParameterizedTest
    @MethodSource("graphs")
    void agreesWithOnnxRuntime(Path graph) {
        String vectors = graph.toString().replace(".onnx", ".safetensors");
        for (String kernel : new String[] {"portable", "reference"}) {
            Cli cli = Cli.run(
                    "verify",
                    "--model",
                    graph.toString(),
                    "--reference",
                    vectors,
                    "--precision",
                    "float32",
                    "--kernel",
                    kernel,
                    "--tolerance",
                    "2e-6");
            assertThat(cli.code()).as(cli.toString()).isZero();
        }
    }

    @Test
    void graphsAreThere() throws IOException, URISyntaxException {
        assertThat(graphs()).hasSizeGreaterThanOrEqualTo(40);
    }
}
