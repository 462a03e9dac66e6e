package io.sparkrnn.format.onnx;

import static io.sparkrnn.format.TestFiles.write;
import static io.sparkrnn.format.onnx.OnnxWriter.attribute;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import io.sparkrnn.format.ModelFile;
import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.network.WholeNetwork;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole graphs that mean harm: each is refused with the node's name, in a second or two and in the memory there is. */
class HostileGraphsTest extends HostileGraphs {
    @Test
    void cyclesAndWhatNoNodeGives() {
        refused(start().node("Add", "a", "t b", "y").node("Relu", "b", "y", "b"), "Add 'a'", "'b'", "cycle");
        refused(start().node("Add", "late", "t z", "y").node("Relu", "z", "t", "z"), "Add 'late'", "out of order");
        refused(start().node("Add", "self", "t y", "y"), "Add 'self'", "'y'");
        refused(start(), "output 'y'");
        refused(start().node("Add", "a", "t absent", "y"), "Add 'a'", "'absent'");
        refused(start().node("Relu", "a", "t", "y").node("Abs", "b", "t", "y"), "Abs 'b'", "there already");
        refused(start().node("Relu", "a", "t", "x").node("Abs", "b", "x", "y"), "Relu 'a'", "there already");
        refused(OnnxWriter.message().input("x", OnnxWriter.FLOAT, -1, -1, 3).node("Tanh", "t", "x", "t"), "no outputs");
        refused(
                OnnxWriter.message()
                        .outputOfType("y", OnnxWriter.FLOAT)
                        .constant("c", 3)
                        .node("Neg", "n", "c", "y"),
                "axis of steps");
    }

    @Test
    void inputsAndOutputsThatAreMissing() {
        for (String operator : OnnxOperatorTable.names()) {
            // With no input, and with a first one that is left out.
            refused(21, start().node(operator, "bare", "", "b").node("Add", "", "b t", "y"), "'bare'");
            refused(21, start().node(operator, "first", "- t", "y"), "'first'");
        }
        for (String operator : new String[] {"LSTM", "GRU", "RNN"}) {
            refused(start().node(operator, "bare", "", "y"), operator + " 'bare'");
            refused(start().node(operator, "bare", "t", "y"), operator + " 'bare'");
        }
        refused(start().node("Relu", "second", "t", "- y"), "'y'");
        refused(start().node("Split", "s", "t", "- - - y", attribute("axis", 2L)), "'y'");
        refused(start().node("Constant", "c", "", "y"), "Constant 'c'");
        refused(
                start().node("Constant", "c", "", "- k", attribute("value_int", 3L))
                        .node("Add", "a", "k t", "y"),
                "add 'a'",
                "'k'");
    }

    @ParameterizedTest
    @ValueSource(strings = {"NonZero", "QLinearMatMul", "", "lstm"})
    void operatorsThatAreNotRun(String operator) {
        refused(start().node(operator, "n", "t", "y"), "'n'", "at byte", "run are", "Softmax", "--node");
    }

    @ParameterizedTest
    @ValueSource(strings = {"RandomNormalLike", "Bernoulli", "Multinomial"})
    void whatDrawsRandomNumbers(String operator) {
        refused(start().node(operator, "n", "t", "y"), "'n'", "random", "another result each time");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "If",
                "Loop",
                "Scan",
                "SequenceAt",
                "SequenceInsert",
                "ConcatFromSequence",
                "Einsum",
                "SequenceLength",
                "EyeLike",
                "Resize"
            })
    void nodesWithoutWhatTheyNeed(String operator) {
        refused(start().node(operator, "n", "t", "y"), "'n'");
        refused(start().node(operator, "n", "", "b").node("Add", "", "b t", "y"), "'n'");
        refused(start().node(operator, "n", "t t t t", "y"), "'n'");
    }

    @Test
    void aListIsNoOutput() {
        refused(start().node("SplitToSequence", "n", "t", "y"), "'y'", "list of arrays");
        refused(start().node("SequenceConstruct", "n", "t t", "y"), "'y'", "list of arrays");
        refused(start().node("SplitToSequence", "n", "", "b").node("Add", "", "b t", "y"), "'n'");
    }

    @Test
    void loopsWithoutEnd() {
        OnnxWriter body = OnnxWriter.message()
                .input("i", OnnxWriter.INT64)
                .input("go", OnnxWriter.BOOL)
                .input("v", OnnxWriter.FLOAT, -1, -1, 3)
                .node("Identity", "", "go", "goes")
                .node("Tanh", "", "v", "w")
                .output("goes", OnnxWriter.BOOL)
                .output("w", OnnxWriter.FLOAT, -1, -1, 3);
        OnnxWriter inner = OnnxWriter.message()
                .input("oi", OnnxWriter.INT64)
                .input("ogo", OnnxWriter.BOOL)
                .input("ov", OnnxWriter.FLOAT, -1, -1, 3)
                .node("Identity", "", "ogo", "ogoes")
                .node("Loop", "inner", "many - ov", "ow", OnnxWriter.graphAttribute("body", body))
                .output("ogoes", OnnxWriter.BOOL)
                .output("ow", OnnxWriter.FLOAT, -1, -1, 3);
        refused(
                start().initializer(scalar("many", Long.MAX_VALUE))
                        .node("Loop", "n", "many - t", "y", OnnxWriter.graphAttribute("body", body)),
                "refused");
        refused(
                start().initializer(scalar("many", 1L << 20))
                        .node("Loop", "n", "many - t", "y", OnnxWriter.graphAttribute("body", inner)),
                "refused");
    }

    @Test
    void functionsThatCallEachOther() {
        OnnxWriter graph = start().node("own", "f", "n", "t", "y");
        graph.function(OnnxWriter.message()
                .text(1, "f")
                .text(10, "own")
                .text(4, "a")
                .text(5, "b")
                .functionCall("f", "a", "c")
                .functionCall("f", "c", "b"));
        refused(graph, "functions", "deep");
    }

    @Test
    void attributesOfAnotherType() {
        refused(start().node("Softmax", "n", "t", "y", attribute("axis", 1.5f)), "Softmax 'n'", "'axis'", "INT");
        refused(start().node("Softmax", "n", "t", "y", attribute("axis", "last")), "'axis'", "INT");
        refused(start().node("LeakyRelu", "n", "t", "y", attribute("alpha", 1L)), "'alpha'", "FLOAT");
        refused(
                start().node("Transpose", "n", "t", "q", attribute("perm", 1L)).node("Neg", "", "q", "y"),
                "'perm'",
                "INTS");
        refused(start().node("Gelu", "n", "t", "y", attribute("approximate", 1L)), "'approximate'", "STRING");
        refused(
                start().constant("s", 3)
                        .node("ConstantOfShape", "n", "s", "f", attribute("value", 1L))
                        .node("Add", "", "f t", "y"),
                "'n'");
        refused(start().node("Cast", "n", "t", "q", attribute("to", "FLOAT")).node("Neg", "", "q", "y"), "'n'");
    }

    @Test
    void kindsThatDoNotFit() {
        refused(
                start().initializer(OnnxWriter.floats("i", new float[] {0.5f}, 1))
                        .node("Conv", "n", "t i", "y"),
                "'n'");
        refused(start().node("MatMul", "n", "t t", "y"), "'n'");
        refused(start().node("Gemm", "n", "t t", "y"), "'n'");
        refused(
                start().initializer(OnnxWriter.floats("w", new float[5], 5)).node("Add", "n", "t w", "y"),
                "'n'",
                "fit");
        refused(
                start().initializer(OnnxWriter.tensor("s", 8, 1)
                                .bytes(6, new byte[] {65})
                                .bytes())
                        .node("Add", "n", "t s", "y"),
                "'s'");
        refused(
                OnnxWriter.message()
                        .input("x", 8, -1, -1, 3)
                        .outputOfType("y", 1)
                        .node("Tanh", "t", "x", "y"),
                "'x'");
        refused(
                OnnxWriter.message()
                        .input("x", 1, -1, -1, Long.MAX_VALUE)
                        .outputOfType("y", 1)
                        .node("Tanh", "t", "x", "y"),
                "an axis of 9223372036854775807");
        refused(
                OnnxWriter.message().input("x", 1, 3).outputOfType("y", 1).node("Tanh", "t", "x", "y"),
                "axis of steps");
    }

    // ---- bytes ----

    @Test
    void anyBytesChangedOfWholeNetworks() {
        int refused = 0;
        for (int flip = 0; flip < 600; flip++) {
            Random random = new Random(flip);
            Object[] makers = NetworkCases.all().values().toArray();
            GraphCase drawn = new GraphCase(random, OnnxWriter.FLOAT);
            @SuppressWarnings("unchecked")
            java.util.function.Consumer<GraphCase> maker =
                    (java.util.function.Consumer<GraphCase>) makers[random.nextInt(makers.length)];
            maker.accept(drawn);
            byte[] bytes = drawn.bytes();
            for (int i = 1 + random.nextInt(4); i > 0; i--) {
                bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
            }
            try {
                run(ModelFile.open(write(folder, bytes), "f.onnx")
                        .whole()
                        .map(WholeNetwork::graph)
                        .orElse(null));
            } catch (ModelException e) {
                assertThat(e).hasMessageStartingWith("f.onnx: ");
                refused++;
            } catch (RuntimeException | Error e) {
                throw new AssertionError("change " + flip + " gave " + e, e);
            }
        }
        assertThat(refused).isBetween(50, 550);
    }

    @Test
    void whatIsRefusedLeavesNothingBehind() {
        refused(start().constant("s", 1 << 28, 3).node("Expand", "e", "t s", "y"), "'e'");
        Path path = write(folder, start().node("Relu", "r", "t", "y").model(13, "test"));
        assertThatCode(() ->
                        run(ModelFile.open(path, "f.onnx").whole().orElseThrow().graph()))
                .doesNotThrowAnyException();
    }
}
