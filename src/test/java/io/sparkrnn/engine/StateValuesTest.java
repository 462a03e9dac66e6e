package io.sparkrnn.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkrnn.RandomNetwork;
import io.sparkrnn.forward.ForwardPass;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.GraphInput;
import io.sparkrnn.graph.GraphOutput;
import io.sparkrnn.graph.Node;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.graph.RecurrentStates.Kind;
import io.sparkrnn.graph.operator.Concat;
import io.sparkrnn.graph.operator.Gather;
import io.sparkrnn.graph.operator.Pair;
import io.sparkrnn.graph.operator.Recurrent;
import io.sparkrnn.graph.operator.RecurrentStack;
import io.sparkrnn.graph.operator.Reshape;
import io.sparkrnn.graph.operator.Transpose;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.Layer;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.tensor.DType;
import io.sparkrnn.tensor.Shape;
import io.sparkrnn.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The states of layers within a graph have the bits of the layers by themselves. */
class StateValuesTest {
    private static final int INPUT = 5;
    private static final int[] LENGTHS = {3, 1, 17, 4, 4, 30};

    private final Random random = new Random(8);
    private final RnnModel model = new RandomNetwork(Cell.LSTM, INPUT, 9, 2, 2, true, 0).model(random);

    private static Node node(String name, Operator operator, List<String> inputs, List<String> outputs) {
        return new Node(name, operator, inputs, outputs);
    }

    /** A stack of two bidirectional layers over 2x, or over x turned; the first one a node, or a node each way. */
    private static RecurrentStack stack(RnnModel model, List<Node> nodes, boolean pair, boolean twice) {
        Layer first = model.layers().get(0);
        nodes.add(
                twice
                        ? node("twice", new Pair(Pair.Of.ADD), List.of("x", "x"), List.of("seen"))
                        : node("turn", Transpose.of(1, 0, 2), List.of("x"), List.of("seen")));
        if (!twice) {
            nodes.add(node("again", Transpose.of(1, 0, 2), List.of("seen"), List.of("seen again")));
            nodes.add(node("and again", Transpose.of(0, 1, 2), List.of("seen again"), List.of("in")));
        }
        String in = twice ? "seen" : "in";
        List<List<Node>> layers = new ArrayList<>();
        if (pair) {
            Node forward = node(
                    "f",
                    new Recurrent(RnnModel.of(List.of(new Layer(first.forward(), null)))),
                    List.of(in),
                    List.of("yf"));
            Node reverse = node(
                    "r",
                    new Recurrent(RnnModel.of(List.of(new Layer(null, first.reverse())))),
                    List.of(in),
                    List.of("yr"));
            nodes.add(forward);
            nodes.add(reverse);
            nodes.add(node("join", new Concat(1), List.of("yf", "yr"), List.of("y")));
            layers.add(List.of(forward, reverse));
        } else {
            Node both =
                    node("f", new Recurrent(RnnModel.of(List.of(first))), List.of(in, "", ""), List.of("y", "", ""));
            nodes.add(both);
            layers.add(List.of(both));
        }
        nodes.add(node("side by side", Transpose.of(0, 2, 1, 3), List.of("y"), List.of("yt")));
        nodes.add(node("flat", new Reshape(Reshape.Zero.AS_IT_IS), List.of("yt", "sizes"), List.of("between")));
        Node last = node(
                "last",
                new Recurrent(RnnModel.of(List.of(model.layers().get(1)))),
                List.of("between"),
                List.of("", "h of the last"));
        nodes.add(last);
        layers.add(List.of(last));
        return RecurrentStack.of(List.of("f", "last"), layers).orElseThrow();
    }

    private static Graph graph(List<Node> nodes) {
        ByteBuffer sizes = ByteBuffer.allocate(3 * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        sizes.putLong(0).putLong(0).putLong(-1);
        return new Graph(
                List.of(new GraphInput("x", List.of(GraphInput.STEPS, 1, INPUT), OptionalLong.empty())),
                Map.of("sizes", Tensor.of(DType.INT64, Shape.of(3), sizes.array())),
                nodes,
                List.of());
    }

    private ByteBuffer numbers(int count, Precision precision, double factor) {
        ByteBuffer bytes = ByteBuffer.allocate(count * precision.byteSize()).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            double number = factor * (float) random.nextGaussian();
            if (precision == Precision.FLOAT32) {
                bytes.putFloat((float) number);
            } else {
                bytes.putDouble(number);
            }
        }
        return bytes.flip();
    }

    private static ByteBuffer twice(ByteBuffer x, Precision precision) {
        ByteBuffer bytes = ByteBuffer.allocate(x.capacity()).order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at < x.capacity(); at += precision.byteSize()) {
            if (precision == Precision.FLOAT32) {
                bytes.putFloat(at, 2 * x.getFloat(at));
            } else {
                bytes.putDouble(at, 2 * x.getDouble(at));
            }
        }
        return bytes;
    }

    private static @Nullable NumberSource of(@Nullable ByteBuffer bytes, Precision precision) {
        return bytes == null ? null : NumberSource.of(bytes.duplicate().order(ByteOrder.LITTLE_ENDIAN), precision);
    }

    @ParameterizedTest
    @CsvSource({
        "FLOAT32, PORTABLE, true",
        "FLOAT32, PORTABLE, false",
        "FLOAT32, SIMD, true",
        "FLOAT32, REFERENCE, false",
        "FLOAT64, AUTO, true"
    })
    void haveTheBitsOfTheLayersAlone(Precision precision, KernelChoice kernel, boolean pair) {
        List<Node> nodes = new ArrayList<>();
        RecurrentStack stack = stack(model, nodes, pair, true);
        Graph graph = stack.within(graph(nodes), List.of(), EnumSet.allOf(Kind.class), EnumSet.of(Kind.H_N, Kind.C_N));
        Engine whole = GraphEngines.of(graph, precision, kernel).engine();
        Engine alone = EngineFactory.of(model, precision, kernel).engine(ForwardPass.Wanted.HIDDEN_STATES);
        int hidden = model.hiddenStates().total();
        for (int batch = 0; batch < 2; batch++) {
            whole.clear();
            alone.clear();
            for (int s = 0; s < LENGTHS.length; s++) {
                ByteBuffer x = numbers(LENGTHS[s] * INPUT, precision, 1);
                ByteBuffer h0 = s % 2 == 0 ? null : numbers(hidden, precision, 0.5);
                ByteBuffer c0 = s % 3 == 0 ? null : numbers(model.cellStates().total(), precision, 0.5);
                whole.add(
                        LENGTHS[s],
                        java.util.Objects.requireNonNull(of(x, precision)),
                        null,
                        of(h0, precision),
                        of(c0, precision));
                alone.add(
                        LENGTHS[s],
                        java.util.Objects.requireNonNull(of(twice(x, precision), precision)),
                        of(h0, precision),
                        of(c0, precision));
            }
            whole.run();
            alone.run();
            for (int s = 0; s < LENGTHS.length; s++) {
                assertThat(whole.problem(s)).isNull();
                assertThat(whole.hiddenSteps(s)).isEqualTo(LENGTHS[s]);
                assertThat(states(whole, s, LENGTHS[s])).isEqualTo(states(alone, s, LENGTHS[s]));
            }
        }
    }

    /** hidden_states, h_n and c_n, as bytes. */
    private byte[] states(Engine engine, int sequence, int steps) {
        int size = engine.precision().byteSize();
        int width = model.outputSize();
        int hidden = model.hiddenStates().total();
        ByteBuffer bytes = ByteBuffer.allocate((steps * width + 2 * hidden) * size);
        engine.copyHiddenStates(sequence, bytes, 0, width * size);
        for (int state = 0; state < model.numStates(); state++) {
            int at = (steps * width + model.hiddenStates().offset(state)) * size;
            engine.copyFinalState(sequence, state, bytes, at);
            engine.copyFinalCellState(sequence, state, bytes, at + hidden * size);
        }
        return bytes.array();
    }

    @Test
    void layersThatNoOutputNeedsGiveTheirStatesBesideALastStep() {
        RnnModel other = new RandomNetwork(Cell.GRU, INPUT, 4, 1, 1, true, 0).model(random);
        Node first = node("first", new Recurrent(other), List.of("x"), List.of("y"));
        Node second = node("second", new Recurrent(model), List.of("x"), List.of("z"));
        Graph graph = new Graph(
                List.of(new GraphInput("x", List.of(GraphInput.STEPS, 1, INPUT), OptionalLong.empty())),
                Map.of("end", Tensor.of(DType.INT64, Shape.of(), longBytes(-1))),
                List.of(first, node("last step", new Gather(0), List.of("y", "end"), List.of("last")), second),
                List.of(new GraphOutput("last", GraphOutput.Form.OF_ROW, -1, 4)));
        RecurrentStack stack =
                RecurrentStack.of(List.of("second"), List.of(List.of(second))).orElseThrow();
        Engine whole = GraphEngines.of(
                        stack.within(graph, graph.outputs(), EnumSet.allOf(Kind.class), EnumSet.noneOf(Kind.class)),
                        Precision.FLOAT32,
                        KernelChoice.PORTABLE)
                .engine();
        Engine alone = EngineFactory.of(model, Precision.FLOAT32, KernelChoice.PORTABLE)
                .engine(ForwardPass.Wanted.HIDDEN_STATES);
        ByteBuffer x = numbers(3 * INPUT, Precision.FLOAT32, 1);
        whole.add(x.duplicate(), 3, null, null);
        alone.add(x.duplicate(), 3, null, null);
        whole.run();
        alone.run();
        assertThat(states(whole, 0, 3)).isEqualTo(states(alone, 0, 3));
    }

    private static byte[] longBytes(long value) {
        return ByteBuffer.allocate(Long.BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(value)
                .array();
    }

    @Test
    void layersThatTakeAnInputAreTold() {
        for (boolean pair : new boolean[] {true, false}) {
            List<Node> nodes = new ArrayList<>();
            RecurrentStack stack = stack(model, nodes, pair, false);
            assertThat(stack.isIn(graph(nodes))).isTrue();
            assertThat(stack.takesAnInput(graph(nodes))).isTrue();
            nodes.clear();
            stack = stack(model, nodes, pair, true);
            assertThat(stack.takesAnInput(graph(nodes))).isFalse();
            assertThat(stack.isIn(graph(nodes.subList(0, 2)))).isFalse();
        }
        // [1, T, 6] read as [2T, 1, 3]: a matter of turning alone, but no step is one of the input.
        RnnModel small = new RandomNetwork(Cell.GRU, 3, 2, 1, 1, true, 0).model(random);
        Node mixed = node("mixed", new Reshape(Reshape.Zero.AS_IT_IS), List.of("x", "sizes"), List.of("m"));
        Node gru = node("gru", new Recurrent(small), List.of("m"), List.of("y"));
        ByteBuffer sizes = ByteBuffer.allocate(3 * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        sizes.putLong(-1).putLong(1).putLong(3);
        Graph graph = new Graph(
                List.of(new GraphInput("x", List.of(1, 3, GraphInput.STEPS), OptionalLong.empty())),
                Map.of("sizes", Tensor.of(DType.INT64, Shape.of(3), sizes.array())),
                List.of(mixed, gru),
                List.of());
        RecurrentStack stack =
                RecurrentStack.of(List.of("gru"), List.of(List.of(gru))).orElseThrow();
        assertThat(stack.takesAnInput(graph)).isFalse();
        assertThatThrownBy(() -> stack.within(graph, List.of(), EnumSet.of(Kind.C_N), EnumSet.noneOf(Kind.class)))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no cell state");
    }
}
