package io.sparkrnn.graph.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.GraphInput;
import io.sparkrnn.graph.Node;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.graph.Outline;
import io.sparkrnn.model.Precision;
import io.sparkrnn.tensor.Shape;
import io.sparkrnn.tensor.Tensor;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What operators make of shapes and numbers that no framework's file has, or hardly one. */
class OperatorsTest {
    private static final Precision DOUBLES = Precision.FLOAT64;

    private static Array array(int[] shape, double... values) {
        return Array.of(values, shape);
    }

    /** 1, 2, 3, ... */
    private static Array counted(int... shape) {
        return array(
                shape,
                IntStream.rangeClosed(1, Array.count(shape)).asDoubleStream().toArray());
    }

    private static double[] numbers(Array array) {
        return IntStream.range(0, array.elements()).mapToDouble(array::get).toArray();
    }

    private static Array run(Operator operator, @Nullable Array... inputs) {
        return operator.run(inputs, DOUBLES)[0];
    }

    private static Window window(int size, int along) {
        return new Window(size, 1, 1, 0, 0, Window.Fit.WHOLE, Window.Pad.SAID, along);
    }

    // ---- windows ----

    @Test
    void aKernelOfTwoAxesMovesAlongBothThoughTheNodeDoesNotSayItsSize() {
        Conv conv = new Conv(window(0, -1), 1);
        Array x = counted(1, 1, 3, 4);
        Array w = counted(1, 1, 2, 2);
        Array y = run(conv, x, w);
        assertThat(y.shape()).containsExactly(1, 1, 2, 3);
        // 1 a + 2 b + 3 c + 4 d of each two by two
        assertThat(numbers(y)).containsExactly(44, 54, 64, 84, 94, 104);
        assertThat(conv.outline(new Array[] {x, w}, DOUBLES)[0].shape()).containsExactly(1, 1, 2, 3);
    }

    @Test
    void aWindowAlongOneOfTwoAxesHasToSayWhich() {
        Pool pool = new Pool(Pool.Of.MAX, window(2, -1), Pool.Beyond.NOTHING);
        assertThatThrownBy(() -> run(pool, counted(1, 1, 3, 4)))
                .isInstanceOf(GraphException.class)
                .hasMessageContainingAll("of 2", "[1, 1, 3, 4]", "along both");
        Conv conv = new Conv(window(0, 1), 1);
        assertThatThrownBy(() -> run(conv, counted(1, 1, 3, 4), counted(1, 1, 2, 2)))
                .isInstanceOf(GraphException.class)
                .hasMessageContaining("a size of 1 along the other");
    }

    @Test
    void aNumberOfATransposedConvolutionTakesTheKernelOfItsChannelAlone() {
        ConvTranspose operator = new ConvTranspose(2, 1, 0, 0, 0, Window.Pad.SAID, 1);
        // 64 channels, 4 numbers of the kernel, every other of them
        assertThat(operator.effort(new Array[] {counted(1, 64, 5), counted(64, 32, 4)}))
                .isEqualTo(64 * 4 / 2);
    }

    // ---- loops ----

    private static Node node(Operator operator, String inputs, String outputs) {
        return new Node("n", operator, List.of(inputs.split(" ", -1)), List.of(outputs.split(" ", -1)));
    }

    /** A loop that keeps a value from around it, each turn. */
    private static Loop keeping() {
        return new Loop(
                new Body(
                        List.of("turn", "goes"),
                        List.of(node(new Identity(), "goes", "on")),
                        List.of("on", "big"),
                        List.of("big")),
                0);
    }

    @Test
    void whatTurnsGiveIsBoundedBeforeItIsPutTogether() {
        Array big = Array.numbers(Precision.FLOAT32, 1 << 20);
        // one number more than an array has
        Array turns = Array.ofWholes(Array.MOST_ELEMENTS / big.elements() + 1).reshaped();
        assertThatThrownBy(() -> run(keeping(), turns, Array.ofWholes(1), big))
                .isInstanceOf(GraphException.class)
                .hasMessageContainingAll("its turns give more than", "turn 257", "1048576");
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void aLoopWithoutTurnsGivesNothingOfItsPrecision(Precision precision) {
        Array none = keeping()
                .run(new Array[] {Array.ofWholes(0), Array.ofWholes(1), Array.numbers(precision, 1)}, precision)[0];
        assertThat(none.elements()).isZero();
        Array more = Array.numbers(precision, 2);
        assertThat(new Concat(0).run(new Array[] {none, more}, precision)[0].shape())
                .containsExactly(2);
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 1, -1, -2})
    void whatTurnsGiveIsPutTogetherAlongAnyNewAxis(long axis) {
        Scan scan = new Scan(
                new Body(
                        List.of("s", "x"),
                        List.of(node(new Pair(Pair.Of.ADD), "s x", "y")),
                        List.of("s", "y"),
                        List.of()),
                1,
                List.of(new Scan.Way(-1, Scan.Direction.FORWARD)),
                List.of(new Scan.Way(axis, Scan.Direction.BACKWARD)));
        Array all = scan.run(new Array[] {array(new int[] {2}, 10, 20), counted(2, 3)}, DOUBLES)[1];
        // x by its last axis: 1 4, 2 5, 3 6; the last turn is first
        boolean first = axis == 0 || axis == -2;
        assertThat(all.shape()).containsExactly(first ? new int[] {3, 2} : new int[] {2, 3});
        assertThat(numbers(all))
                .containsExactly(first ? new double[] {13, 26, 12, 25, 11, 24} : new double[] {13, 12, 11, 26, 25, 24});
    }

    @Test
    void aLoopOfConstantsIsComputedWithinTheBudget() {
        int wide = 1 << 20;
        Loop loop = new Loop(
                new Body(
                        List.of("turn", "goes"),
                        List.of(node(new Identity(), "goes", "on"), node(new MatMul(), "a b", "product")),
                        List.of("on", "product"),
                        List.of("a", "b")),
                0);
        Map<String, Tensor> constants = Map.of(
                "turns", Tensor.of(io.sparkrnn.tensor.DType.INT64, Shape.of(), new byte[] {0, 0, 1, 0, 0, 0, 0, 0}),
                "goes", Tensor.of(io.sparkrnn.tensor.DType.INT64, Shape.of(), new byte[] {1, 0, 0, 0, 0, 0, 0, 0}),
                "a", Tensor.ofFloats(Shape.of(1, wide), new float[wide]),
                "b", Tensor.ofFloats(Shape.of(wide, 1), new float[wide]));
        Graph graph = new Graph(
                List.of(new GraphInput("x", List.of(1, GraphInput.STEPS, 1), OptionalLong.empty())),
                constants,
                List.of(node(loop, "turns goes a b", "products")),
                List.of());
        // 65,536 turns of a million products each
        assertThatThrownBy(() -> Outline.of(graph, 5))
                .isInstanceOf(GraphException.class)
                .hasMessageContaining("for a graph of its size that is refused");
    }

    // ---- places ----

    @Test
    void updatesAreHeldAgainstTheirNumberHoweverLarge() {
        int many = 1 << 16;
        Array x = Array.numbers(Precision.FLOAT32, 1, many);
        Array indices = Array.wholes(many, 1);
        // many times many are 0 in 32 bits
        Array updates = Array.numbers(Precision.FLOAT32, 0);
        assertThatThrownBy(() -> run(new GatherNd.Scatter(GatherElements.How.NONE), x, indices, updates))
                .isInstanceOf(GraphException.class)
                .hasMessageContaining("updates");
    }

    @ParameterizedTest
    @EnumSource(GatherElements.How.class)
    void updatesMeetWhatWasThere(GatherElements.How how) {
        double expected = switch (how) {
            case NONE -> 3;
            case ADD -> 2 + 5 + 3;
            case MUL -> 2 * 5 * 3;
            case MIN -> 2;
            case MAX -> 5;
        };
        Array indices = Array.ofWholes(1, -2);
        Operator scatter = new GatherElements.Scatter(0, how);
        assertThat(numbers(run(scatter, array(new int[] {3}, 1, 2, 4), indices, array(new int[] {2}, 5, 3))))
                .containsExactly(1, expected, 4);
        assertThat(run(scatter, Array.ofWholes(1, 2, 4), indices, Array.ofWholes(5, 3))
                        .toWholes())
                .containsExactly(1, (long) expected, 4);
    }

    // ---- numbers ----

    @Test
    void inverseHyperbolicFunctionsGoOnToInfinity() {
        Array x = array(new int[] {4}, 1e200, Double.POSITIVE_INFINITY, 0x1p28, 0x1.0000001p28);
        double[] sinh = numbers(run(new Function(Function.Of.ASINH), x));
        double[] cosh = numbers(run(new Function(Function.Of.ACOSH), x));
        assertThat(sinh[0]).isCloseTo(200 * Math.log(10) + Math.log(2), within(1e-12));
        assertThat(cosh[0]).isEqualTo(sinh[0]);
        assertThat(new double[] {sinh[1], cosh[1]}).containsOnly(Double.POSITIVE_INFINITY);
        assertThat(sinh[3] - sinh[2]).isCloseTo(0x1p-28, within(1e-14));
        assertThat(cosh[3] - cosh[2]).isCloseTo(0x1p-28, within(1e-14));
        double[] below = numbers(run(new Function(Function.Of.ASINH), array(new int[] {1}, -1e200)));
        assertThat(below).containsExactly(-sinh[0]);
    }

    @Test
    void aDiagonalIsOfTheKindOfItsMatrixWhereNothingElseIsSaid() {
        assertThat(run(new Eye(1, null), Array.wholes(2, 3)).toWholes()).containsExactly(0, 1, 0, 0, 0, 1);
        assertThat(run(new Eye(0, null), Array.wholes(1, 1)).isWhole()).isTrue();
        assertThat(run(new Eye(0, null), counted(1, 1)).isWhole()).isFalse();
        assertThat(run(new Eye(0, Cast.To.NUMBERS), Array.wholes(1, 1)).isWhole())
                .isFalse();
    }

    @Test
    void whatIsNoTruthYetIsOneInAnOutlineToo() {
        Array x = Array.numbers(DOUBLES, 5000);
        assertThat(new Function(Function.Of.NOT).outline(new Array[] {x}, DOUBLES)[0].isWhole())
                .isEqualTo(run(new Function(Function.Of.NOT), x).isWhole());
    }
}
