package io.sparkrnn.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.format.ModelFile;
import io.sparkrnn.format.TestFiles;
import io.sparkrnn.format.onnx.OnnxWriter;
import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.Node;
import io.sparkrnn.model.Precision;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which nodes are given the steps of many rows at once: none that could look from one row's steps to another's. */
class StepAxesTest {
    private static final int H = 3;

    @TempDir
    Path folder;

    /** x [1, T, 4] and its halves x4 [1, T, 2, 2], with constants. */
    private static OnnxWriter start() {
        return OnnxWriter.message()
                .input("raw", OnnxWriter.FLOAT, 1, -1, 4)
                .outputOfType("y", OnnxWriter.FLOAT)
                .initializer(weights("w", 4, 4))
                .initializer(weights("row", 1, 4))
                .constant("zero", 0)
                .constant("one", 1)
                .constant("two", 2)
                .constant("three", 3)
                .constant("last", -1)
                .constant("halves", 0, 0, 2, 2)
                .constant("flat", -1, 4)
                .constant("pairs", -1, 2)
                .constant("same", 0, 0, 4)
                .constant("turned", 0, 4, -1)
                .node("Tanh", "", "raw", "x")
                .node("Reshape", "", "x halves", "x4");
    }

    private static byte[] weights(String name, long... sizes) {
        int count = 1;
        for (long size : sizes) {
            count *= (int) size;
        }
        float[] values = new float[count];
        Random random = new Random(count);
        for (int i = 0; i < count; i++) {
            values[i] = random.nextFloat() - 0.5f;
        }
        return OnnxWriter.floats(name, values, sizes);
    }

    private Graph graph(OnnxWriter file) {
        Path path = TestFiles.write(folder, file.model(13, "test"));
        return ModelFile.open(path, "f.onnx").whole().orElseThrow().graph();
    }

    private static StepAxes of(Graph graph) {
        Map<String, Array> constants = new HashMap<>();
        graph.constants().forEach((name, tensor) -> constants.put(name, Array.of(tensor, Precision.FLOAT32)));
        return new StepAxes(graph, constants);
    }

    @ParameterizedTest
    @CsvSource({
        "Tanh, x, 1",
        "Add, x x, 1",
        "Mul, x row, 1",
        "MatMul, x w, 1",
        "Reshape, x same, 1",
        "Reshape, x flat, 0",
        "Reshape, x halves, 1",
        "Squeeze, x zero, 0",
        "Unsqueeze, x zero, 2",
        "Unsqueeze, x three, 1",
        "ReduceSum, x two, 1",
        "Slice, x zero two two, 1",
        "Transpose, x, 1",
        // of the batch, which has one row
        "Gather, x last, 1",
        // along the steps, or as it may be
        "ReduceSum, x one, -1",
        "ReduceSum, x, -1",
        "Squeeze, x4, -1",
        "Reshape, x pairs, -1",
        "Reshape, x turned, -1",
        "Slice, x zero two one, -1",
        "CumSum, x one, -1"
    })
    void nodesOfSteps(String operator, String inputs, int axis) {
        OnnxWriter file = start().node(operator, "n", inputs, "y");
        Graph graph = graph(file);
        StepAxes axes = of(graph);
        Node node = graph.nodes().get(graph.nodes().size() - 1);
        assertThat(node.name()).isEqualTo("n");
        assertThat(axes.axis("y")).isEqualTo(axis);
        assertThat(axes.isStepwise(node)).isEqualTo(axis >= 0);
    }

    @ParameterizedTest
    @CsvSource({"forward, 1, true", "bidirectional, 2, false", "reverse, 1, false"})
    void theLastStepIsTheFinalStateOfALayerThatGoesForward(String direction, int directions, boolean taken) {
        OnnxWriter file = start().initializer(weights("W", directions, 4 * H, 4))
                .initializer(weights("R", directions, 4 * H, H))
                .constant("joined", 0, 0, -1)
                .node("Transpose", "", "x", "t", OnnxWriter.attribute("perm", 1L, 0L, 2L))
                .node(
                        "LSTM",
                        "lstm",
                        "t W R",
                        "Y",
                        OnnxWriter.attribute("hidden_size", (long) H),
                        OnnxWriter.attribute("direction", direction))
                .node("Transpose", "", "Y", "s", OnnxWriter.attribute("perm", 0L, 2L, 1L, 3L))
                .node("Reshape", "", "s joined", "j")
                .node("Transpose", "", "j", "b", OnnxWriter.attribute("perm", 1L, 0L, 2L))
                .initializer(OnnxWriter.tensor("end", OnnxWriter.INT64)
                        .bytes(9, OnnxWriter.raw(-1L))
                        .bytes())
                .node("Gather", "n", "b end", "y", OnnxWriter.attribute("axis", 1L));
        Graph graph = graph(file);
        StepAxes axes = of(graph);
        List<Node> nodes = LastSteps.taken(graph.nodes(), graph, axes);
        assertThat(nodes.stream()
                        .anyMatch(
                                node -> node.name().equals("n") && node.inputs().equals(List.of("b", "end"))))
                .isEqualTo(!taken);
        assertThat(nodes.size() < graph.nodes().size()).isEqualTo(taken);
    }
}
