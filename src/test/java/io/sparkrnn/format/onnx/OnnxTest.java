package io.sparkrnn.format.onnx;

import static io.sparkrnn.format.onnx.OnnxWriter.attribute;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkrnn.format.ModelFile;
import io.sparkrnn.format.TestFiles;
import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.network.ModelOptions;
import io.sparkrnn.format.network.Network;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.CellType;
import io.sparkrnn.model.DirectionWeights;
import io.sparkrnn.model.Layer;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.tensor.DType;
import io.sparkrnn.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Graphs as exporters write them, made by hand: what becomes of each, and what is said of it. */
class OnnxTest {
    private static final Random RANDOM = new Random(7);

    @TempDir
    Path folder;

    private ModelFile open(OnnxWriter graph) {
        return open(graph, "test");
    }

    private ModelFile open(OnnxWriter graph, String producer) {
        return ModelFile.open(TestFiles.write(folder, graph.model(13, producer)), "f.onnx");
    }

    private static float[] random(int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = RANDOM.nextFloat() - 0.5f;
        }
        return values;
    }

    /** W and R of a node, with random numbers. */
    private static OnnxWriter weights(
            OnnxWriter graph, String suffix, int directions, int rows, int inputs, int hidden) {
        return graph.initializer(
                        OnnxWriter.floats("W" + suffix, random(directions * rows * inputs), directions, rows, inputs))
                .initializer(
                        OnnxWriter.floats("R" + suffix, random(directions * rows * hidden), directions, rows, hidden));
    }

    private static OnnxWriter start() {
        return OnnxWriter.message().input("x", OnnxWriter.FLOAT, -1, -1, 3);
    }

    /** A graph with one node RNN 'r' of I 3, H 4 and these inputs after X. */
    private static OnnxWriter rnn(String inputs, byte[]... attributes) {
        return weights(start(), "", 1, 4, 3, 4).node("RNN", "r", "x " + inputs, "Y Yh", attributes);
    }

    private static DirectionWeights only(RnnModel model) {
        return Objects.requireNonNull(model.layers().get(0).forward());
    }

    private void refused(OnnxWriter graph, String... parts) {
        assertThatThrownBy(() -> open(graph).network(ModelOptions.none()))
                .isExactlyInstanceOf(ModelException.class)
                .hasMessageStartingWith("f.onnx: ")
                .satisfies(e -> assertThat(e.getMessage()).contains(parts));
    }

    // ---- weights ----

    @Test
    void gatesAreBroughtIntoPyTorchsOrder() {
        OnnxWriter graph = start().initializer(
                        OnnxWriter.floats("W", new float[] {0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3}, 1, 4, 3))
                .initializer(OnnxWriter.floats("R", new float[] {0, 1, 2, 3}, 1, 4, 1))
                .initializer(OnnxWriter.floats("B", new float[] {0, 1, 2, 3, 10, 11, 12, 13}, 1, 8))
                .initializer(OnnxWriter.floats("P", new float[] {0, 1, 2}, 1, 3))
                .node("LSTM", "l", "x W R B - - - P", "Y");
        DirectionWeights lstm = only(open(graph).network(ModelOptions.none()).model());
        // i, o, f, c to i, f, g, o
        assertThat(lstm.weightIh().toFloats()).containsExactly(0, 0, 0, 2, 2, 2, 3, 3, 3, 1, 1, 1);
        assertThat(lstm.weightHh().toFloats()).containsExactly(0, 2, 3, 1);
        assertThat(floats(lstm.biasIh())).containsExactly(0, 2, 3, 1);
        assertThat(floats(lstm.biasHh())).containsExactly(10, 12, 13, 11);
        assertThat(floats(lstm.peepholes())).containsExactly(0, 2, 1);

        OnnxWriter other = start().initializer(OnnxWriter.floats("W", new float[] {0, 0, 0, 1, 1, 1, 2, 2, 2}, 1, 3, 3))
                .initializer(OnnxWriter.floats("R", new float[] {0, 1, 2}, 1, 3, 1))
                .node("GRU", "g", "x W R", "Y");
        DirectionWeights gru = only(open(other).network(ModelOptions.none()).model());
        // z, r, h to r, z, n
        assertThat(gru.weightHh().toFloats()).containsExactly(1, 0, 2);
        assertThat(gru.cell().resetGate()).isEqualTo(Cell.ResetGate.BEFORE_PRODUCT);
        assertThat(gru.biasIh()).isNull();
    }

    private static float[] floats(@Nullable Tensor tensor) {
        return Objects.requireNonNull(tensor).toFloats();
    }

    @ParameterizedTest
    @ValueSource(ints = {4, 5, 9, 10, 16})
    void elementsInEveryFieldThatTheyCanBeIn(int field) {
        // 1.5 in each: raw, float_data, double_data, and the bits of float16 and bfloat16 in int32_data
        float[] expected = new float[16];
        java.util.Arrays.fill(expected, 1.5f);
        OnnxWriter tensor = switch (field) {
            case 4, 9 -> OnnxWriter.tensor("R", OnnxWriter.FLOAT, 1, 4, 4).bytes(field, OnnxWriter.raw(expected));
            case 10 -> {
                ByteBuffer doubles = ByteBuffer.allocate(16 * 8).order(ByteOrder.LITTLE_ENDIAN);
                for (int i = 0; i < 16; i++) {
                    doubles.putDouble(1.5);
                }
                yield OnnxWriter.tensor("R", OnnxWriter.DOUBLE, 1, 4, 4).bytes(10, doubles.array());
            }
            default -> {
                long[] bits = new long[16];
                java.util.Arrays.fill(bits, field == 5 ? 0x3e00 : 0x3fc0);
                yield OnnxWriter.tensor("R", field == 5 ? OnnxWriter.FLOAT16 : OnnxWriter.BFLOAT16, 1, 4, 4)
                        .numbers(5, bits);
            }
        };
        OnnxWriter graph = start().initializer(OnnxWriter.floats("W", random(12), 1, 4, 3))
                .initializer(tensor.bytes())
                .node("RNN", "r", "x W R", "Y");
        ModelFile file = open(graph);
        DirectionWeights weights = only(file.network(ModelOptions.none()).model());
        assertThat(weights.weightHh().toFloats()).containsExactly(expected);
        assertThat(file.tensors().get("R").toFloats()).containsExactly(expected);
    }

    @Test
    void packedFieldsMayComeInPiecesOrNumberByNumber() {
        OnnxWriter pieces = OnnxWriter.tensor("R", OnnxWriter.FLOAT, 1, 2, 2)
                .bytes(4, OnnxWriter.raw(1f, 2f))
                .real(4, 3)
                .bytes(4, OnnxWriter.raw(4f));
        OnnxWriter graph = start().initializer(OnnxWriter.floats("W", random(6), 1, 2, 3))
                .initializer(pieces.bytes())
                .node("RNN", "r", "x W R", "Y");
        assertThat(only(open(graph).network(ModelOptions.none()).model())
                        .weightHh()
                        .toFloats())
                .containsExactly(1, 2, 3, 4);
    }

    @Test
    void weightsThatFollowFromOthers() {
        // W is [I, H] stored as Keras has it: transposed, cast from float64, cut from a larger one, and given a
        // dimension.
        float[] stored = random(3 * 9);
        OnnxWriter graph = start().initializer(OnnxWriter.floats("kernel", stored, 3, 9))
                .initializer(OnnxWriter.floats("R", random(16), 1, 4, 4))
                .constant("starts", 8)
                .constant("ends", -10)
                .constant("axis", 1)
                .constant("steps", -2)
                .node("Slice", "", "kernel starts ends axis steps", "cut")
                .node("Split", "", "cut parts", "first rest", attribute("axis", 1L))
                .node("Concat", "", "rest first", "turned", attribute("axis", -1L))
                .node("Transpose", "", "turned", "w", attribute("perm", 1L, 0L))
                .node("Cast", "", "w", "w64", attribute("to", (long) OnnxWriter.DOUBLE))
                .constant("zero", 0)
                .node("Unsqueeze", "", "w64 zero", "W5")
                .constant("rows", 1, 2, 3, 4)
                .node("Gather", "", "W5 rows", "W", attribute("axis", 1L))
                .node("RNN", "r", "x W R", "Y")
                .initializer(OnnxWriter.longs("parts", 2, 3));
        Network network = open(graph).network(ModelOptions.none());
        Tensor weights = only(network.model()).weightIh();
        assertThat(weights.dtype()).isEqualTo(DType.FLOAT64);
        // columns 8 6 4 2 0; without the first two, then those: 4 2 0 8 6; rows 1 to 4 of these: 2 0 8 6
        int[] columns = {2, 0, 8, 6};
        for (int h = 0; h < 4; h++) {
            for (int i = 0; i < 3; i++) {
                assertThat(weights.toDoubles()[h * 3 + i]).isEqualTo(stored[i * 9 + columns[h]]);
            }
        }
        assertThat(network.otherTensors()).containsExactly("parts");
        assertThat(network.notes()).isEmpty();
    }

    // ---- chains ----

    private static void layer(OnnxWriter graph, int l, String x, String y, int inputs, byte[]... attributes) {
        weights(graph, "" + l, 1, 4, inputs, 4).node("RNN", "layer" + l, x + " W" + l + " R" + l, y, attributes);
    }

    @Test
    void layersThatFollowEachOtherAreOneNetwork() {
        OnnxWriter graph = start().constant("one", 1).constant("shape", 0, 0, -1);
        layer(graph, 0, "x", "Y0", 3);
        graph.node("Squeeze", "", "Y0 one", "s0")
                .node("Dropout", "", "s0", "d0")
                .node("Identity", "", "d0", "x1");
        layer(graph, 1, "x1", "Y1", 4);
        // [T, 1, B, H] to [B, T, H] and back
        graph.node("Transpose", "", "Y1", "t1", attribute("perm", 2L, 0L, 1L, 3L))
                .node("Reshape", "", "t1 shape", "b1")
                .node("Transpose", "", "b1", "x2", attribute("perm", 1L, 0L, 2L));
        layer(graph, 2, "x2", "Y2", 4);
        Network network = open(graph).network(ModelOptions.none());
        assertThat(network.model().numLayers()).isEqualTo(3);
        assertThat(network.prefix()).isEqualTo("layer0");
        assertThat(network.notes()).isEmpty();
    }

    @Test
    void aTransposeInTheWayMakesAnotherNetwork() {
        OnnxWriter graph = start().constant("one", 1);
        layer(graph, 0, "x", "Y0", 3);
        // [T, B, H] to [B, T, H]: sequences stand where the next node has its steps
        graph.node("Squeeze", "", "Y0 one", "s0").node("Transpose", "", "s0", "x1", attribute("perm", 1L, 0L, 2L));
        layer(graph, 1, "x1", "Y1", 4);
        ModelFile file = open(graph);
        assertThat(file.prefixes()).containsExactly("layer0", "layer1");
        assertThat(file.option()).isEqualTo("--node");
        assertThatThrownBy(() -> file.network(ModelOptions.none()))
                .hasMessageContaining("--node")
                .hasMessageContaining("'layer0', 'layer1'");
        assertThatThrownBy(() -> file.network(ModelOptions.none().withNode("layer2")))
                .hasMessageContaining("no recurrent node 'layer2'")
                .hasMessageContaining("'layer0', 'layer1'");
        Network second = file.network(ModelOptions.none().withNode("layer1"));
        assertThat(second.notes())
                .hasSize(2)
                .anyMatch(note -> note.contains("layer1") && note.contains("takes what RNN 'layer0' gives"))
                .anyMatch(note -> note.equals("not used of the graph: RNN 'layer0'"));
    }

    @Test
    void directionsAreNotMistakenForSteps() {
        // Y [T, 2, B, H] reshaped at once to [T, B, 2H] mixes directions and sequences: no chain
        OnnxWriter graph = weights(start(), "0", 2, 4, 3, 4)
                .constant("shape", 0, -1, 8)
                .node("RNN", "a", "x W0 R0", "Y0", attribute("direction", "bidirectional"))
                .node("Reshape", "", "Y0 shape", "x1");
        layer(graph, 1, "x1", "Y1", 8);
        assertThat(open(graph).prefixes()).containsExactly("a", "layer1");
    }

    @Test
    void twoNodesSideBySideAreOneLayer() {
        OnnxWriter graph = start().constant("one", 1);
        layer(graph, 0, "x", "Y0", 3);
        layer(graph, 1, "x", "Y1", 3, attribute("direction", "reverse"));
        graph.node("Squeeze", "", "Y0 one", "s0")
                .node("Squeeze", "", "Y1 one", "s1")
                .node("Concat", "", "s0 s1", "x2", attribute("axis", 2L));
        layer(graph, 2, "x2", "Y2", 8);
        RnnModel model = open(graph).network(ModelOptions.none()).model();
        assertThat(model.layers().stream().map(Layer::numDirections)).containsExactly(2, 1);
    }

    @Test
    void directionsSplitAndJoinedAgain() {
        OnnxWriter graph = weights(start(), "0", 2, 4, 3, 4)
                .constant("one", 1)
                .node("RNN", "a", "x W0 R0", "Y0", attribute("direction", "bidirectional"))
                .node("Split", "", "Y0", "f r", attribute("axis", 1L))
                .node("Squeeze", "", "f one", "fs")
                .node("Squeeze", "", "r one", "rs")
                .node("Concat", "", "fs rs", "x1", attribute("axis", -1L));
        layer(graph, 1, "x1", "Y1", 8);
        assertThat(open(graph).network(ModelOptions.none()).model().numLayers()).isEqualTo(2);
    }

    @Test
    void layoutOneHasSequencesFirst() {
        OnnxWriter graph = weights(start(), "0", 2, 4, 3, 4)
                .input("h0", OnnxWriter.FLOAT, -1, 2, 4)
                .constant("shape", 0, 0, -1)
                .node(
                        "RNN",
                        "a",
                        "x W0 R0 - - h0",
                        "Y0",
                        attribute("direction", "bidirectional"),
                        attribute("layout", 1L))
                .node("Reshape", "", "Y0 shape", "x1");
        layer(graph, 1, "x1", "Y1", 8, attribute("layout", 1L));
        Network network = open(graph).network(ModelOptions.none());
        assertThat(network.model().numLayers()).isEqualTo(2);
        assertThat(network.notes()).singleElement().asString().contains("initial_h", "RNN 'layer1' from the file");
    }

    @Test
    void sizesThatAreFixedOrComputedFromTheInput() {
        OnnxWriter graph =
                OnnxWriter.message().input("x", OnnxWriter.FLOAT, 10, 1, 3).constant("shape", 10, 1, 4);
        layer(graph, 0, "x", "Y0", 3);
        graph.node("Reshape", "", "Y0 shape", "x1");
        layer(graph, 1, "x1", "Y1", 4);
        graph.node("Shape", "", "x", "sizes")
                .constant("first", 0)
                .constant("two", 2)
                .constant("h", 4)
                .node("Slice", "", "sizes first two", "TB")
                .node("Concat", "", "TB h", "all", attribute("axis", 0L))
                .node("Reshape", "", "Y1 all", "x2");
        layer(graph, 2, "x2", "Y2", 4);
        assertThat(open(graph).network(ModelOptions.none()).model().numLayers()).isEqualTo(3);
    }

    // ---- the rest of the graph ----

    @Test
    void whatIsNotUsedIsSaid() {
        OnnxWriter graph = OnnxWriter.message()
                .input("ids", OnnxWriter.INT64, -1, -1)
                .initializer(OnnxWriter.floats("table", random(30), 10, 3))
                .node("Gather", "embed", "table ids", "x")
                .initializer(OnnxWriter.floats("head", random(4), 4, 1));
        layer(graph, 0, "x", "Y0 Yh0", 3);
        graph.node("Gemm", "fc", "Yh0 head", "z").node("Sigmoid", "", "z", "p");
        Network network = open(graph).network(ModelOptions.none());
        assertThat(network.notes())
                .containsExactly(
                        "the first layer, RNN 'layer0', takes what Gather 'embed' gives, not an input of the graph as it is:"
                                + " that is what the features of the table have to be",
                        "not used of the graph: Gather 'embed', Gemm 'fc', Sigmoid 'Sigmoid:p'");
        assertThat(network.otherTensors()).containsExactly("table", "head");
    }

    @Test
    void nodesInBodiesCanBeChosen() {
        OnnxWriter body =
                OnnxWriter.message().input("i", OnnxWriter.INT64).input("go", 9).input("part", OnnxWriter.FLOAT);
        layer(body, 1, "part", "Y1", 3);
        OnnxWriter graph = start();
        layer(graph, 0, "x", "Y0", 3);
        graph.constant("n", 2).node("Loop", "loop", "n - x", "out", OnnxWriter.graphAttribute("body", body));
        ModelFile file = open(graph);
        assertThat(file.prefixes()).containsExactly("layer0", "layer1");
        Network inner = file.network(ModelOptions.none().withNode("layer1"));
        assertThat(inner.notes())
                .contains(
                        "RNN 'layer1' is in the body of Loop 'loop': the network alone is used, not what is around it");
    }

    @Test
    void pyTorchsGruWithTheKnownError() {
        OnnxWriter graph = weights(start(), "", 1, 12, 3, 4).node("GRU", "g", "x W R", "Y");
        assertThat(open(graph, "pytorch").network(ModelOptions.none()).notes())
                .singleElement()
                .asString()
                .contains("linear_before_reset=0");
        assertThat(open(graph, "keras2onnx").network(ModelOptions.none()).notes())
                .isEmpty();
    }

    @Test
    void nodesWithoutNamesAndWithOneName() {
        OnnxWriter graph = weights(start(), "", 1, 4, 3, 4)
                .node("RNN", "", "x W R", "states")
                .node("RNN", "a", "x W R", "b")
                .node("RNN", "a", "x W R", "c");
        assertThat(open(graph).prefixes()).containsExactly("RNN:states", "a", "a#2");
    }

    // ---- initial states ----

    @Test
    void statesAtTheStart() {
        OnnxWriter constant = rnn("W R - - h", attribute("hidden_size", 4L))
                .initializer(OnnxWriter.floats("h", new float[] {1, 2, 3, 4, 1, 2, 3, 4}, 1, 2, 4));
        // The node stands before the initializer in the file; names are known all the same.
        assertThat(floats(only(open(constant).network(ModelOptions.none()).model())
                        .initialState()))
                .containsExactly(1, 2, 3, 4);
        refused(
                rnn("W R - - h").initializer(OnnxWriter.floats("h", random(8), 1, 2, 4)),
                "RNN 'r'",
                "initial_h",
                "2 sequences");
        refused(
                rnn("W R - - h").initializer(OnnxWriter.floats("h", random(6), 1, 2, 3)),
                "[1, 2, 3]",
                "[1, sequences, 4]");

        // zeros, or another number, in a shape that the input gives
        for (float number : new float[] {0, 2}) {
            OnnxWriter graph = start().node("Shape", "", "x", "sizes")
                    .constant("middle", 1)
                    .node("Gather", "", "sizes middle", "B")
                    .constant("one", 1)
                    .constant("four", 4)
                    .node("Concat", "", "one B four", "shape", attribute("axis", 0L))
                    .node(
                            "ConstantOfShape",
                            "",
                            "shape",
                            "h",
                            OnnxWriter.tensorAttribute("value", OnnxWriter.floats("", new float[] {number}, 1)));
            weights(graph, "", 1, 4, 3, 4).node("RNN", "r", "x W R - - h", "Y");
            DirectionWeights weights =
                    only(open(graph).network(ModelOptions.none()).model());
            if (number == 0) {
                assertThat(weights.initialState()).isNull();
            } else {
                assertThat(floats(weights.initialState())).containsExactly(2, 2, 2, 2);
            }
        }

        // one state, repeated for as many sequences as there are
        OnnxWriter learned = start().initializer(OnnxWriter.floats("one", new float[] {1, 2, 3, 4}, 1, 1, 4))
                .node("Shape", "", "x", "sizes")
                .constant("middle", 1)
                .node("Gather", "", "sizes middle", "B")
                .constant("single", 1)
                .node("Concat", "", "single B single", "shape", attribute("axis", 0L))
                .node("Expand", "", "one shape", "h");
        weights(learned, "", 1, 4, 3, 4).node("RNN", "r", "x W R - - h", "Y");
        assertThat(floats(
                        only(open(learned).network(ModelOptions.none()).model()).initialState()))
                .containsExactly(1, 2, 3, 4);
    }

    @Test
    void statesThatTheGraphComputesAreSaid() {
        OnnxWriter graph = start().input("a", OnnxWriter.FLOAT, 1, -1, 4).node("Relu", "act", "a", "h");
        weights(graph, "", 1, 4, 3, 4).node("RNN", "r", "x W R - - h", "Y");
        assertThat(open(graph).network(ModelOptions.none()).notes())
                .anyMatch(note -> note.contains("initial_h") && note.contains("from Relu 'act'"));
    }

    // ---- refusals ----

    @Test
    void whatIsNoNetworkIsRefused() {
        refused(start(), "no RNN, LSTM or GRU node");
        refused(rnn("W R", attribute("direction", "sideways")), "RNN 'r'", "sideways");
        refused(rnn("W R", attribute("layout", 2L)), "layout 2");
        refused(rnn("W R", attribute("activations", new String[] {"Swish"})), "Swish", "Softplus");
        refused(rnn("W R", attribute("activations", "Tanh", "Tanh")), "2 activations; expected 1");
        refused(rnn("W R", attribute("clip", 0f)), "clip of 0.0");
        refused(rnn("W R", attribute("hidden_size", 5L)), "hidden_size 5");
        refused(rnn("W W"), "R of shape [1, 4, 3]");
        refused(rnn("W R B").initializer(OnnxWriter.floats("B", random(4), 1, 4)), "B of shape [1, 4]", "[1, 8]");
        refused(rnn("W -"), "has no R");
        refused(rnn("x R"), "takes its W from the graph's input 'x'");
        refused(start().node("Relu", "act", "x", "W").node("RNN", "r", "x W W", "Y"), "from Relu 'act'");
        refused(
                rnn("Q R")
                        .initializer(OnnxWriter.tensor("Q", 3, 1, 4, 3)
                                .bytes(9, new byte[12])
                                .bytes()),
                "int8",
                "quantis");
        assertThatThrownBy(() ->
                        ModelFile.open(TestFiles.write(folder, rnn("W R").model(6, "old")), "f"))
                .hasMessageContaining("opset 6");
        assertThatThrownBy(() -> open(rnn("W R")).network(ModelOptions.none().withStateDictPrefix("a")))
                .hasMessageContaining("--node");
    }

    @Test
    void cellsOfEachType() {
        for (CellType type : CellType.values()) {
            OnnxWriter graph = weights(start(), "", 1, 4 * type.gates(), 3, 4).node(type.name(), "n", "x W R", "Y");
            assertThat(open(graph).network(ModelOptions.none()).model().cell().type())
                    .isEqualTo(type);
        }
    }
}
