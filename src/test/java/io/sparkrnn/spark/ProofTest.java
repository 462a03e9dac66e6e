package io.sparkrnn.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkrnn.RandomHead;
import io.sparkrnn.RandomNetwork;
import io.sparkrnn.engine.EngineFactory;
import io.sparkrnn.engine.GraphEngines;
import io.sparkrnn.engine.KernelChoice;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.GraphInput;
import io.sparkrnn.graph.GraphOutput;
import io.sparkrnn.graph.Node;
import io.sparkrnn.graph.operator.Concat;
import io.sparkrnn.graph.operator.Gather;
import io.sparkrnn.graph.operator.Identity;
import io.sparkrnn.graph.operator.Reduce;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.Head;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.spark.result.Output;
import io.sparkrnn.spark.sequence.ScoreRequest;
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
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whether a machine computes as another one did. */
class ProofTest {
    private static final int WIDTH = 3;

    private static RnnModel network(long seed, Precision precision) {
        return new RandomNetwork(Cell.LSTM, WIDTH, 5, 2, 2, true).model(new Random(seed), precision);
    }

    private static List<ProofSequence> sequences(RnnModel model, Precision precision) {
        Random random = new Random(7);
        List<ProofSequence> sequences = new ArrayList<>();
        for (int length : new int[] {1, 4, 9}) {
            ByteBuffer h0 = length == 4 ? numbers(random, model.hiddenStates().total(), precision) : null;
            sequences.add(new ProofSequence(length, numbers(random, length * WIDTH, precision), h0, null));
        }
        return sequences;
    }

    private static ByteBuffer numbers(Random random, int count, Precision precision) {
        ByteBuffer numbers = ByteBuffer.allocate(count * precision.byteSize()).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            if (precision == Precision.FLOAT32) {
                numbers.putFloat(random.nextFloat());
            } else {
                numbers.putDouble(random.nextDouble());
            }
        }
        return numbers.flip();
    }

    private static SharedNetwork shared(RnnModel model, Proof proof) {
        return new SharedNetwork(
                new RecurrentComputation(model, null, EnumSet.of(Output.H_N), proof),
                Precision.FLOAT32,
                KernelChoice.AUTO);
    }

    private static Head head(Head.Source source, Precision precision) {
        return new Head(List.of(RandomHead.linear(new Random(2), 10, 3, precision)), source, Head.Finish.SIGMOID);
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void theSameEngineIsProvenAndAnotherIsNot(Precision precision) {
        RnnModel model = network(1, precision);
        for (Head head :
                new Head[] {null, head(Head.Source.H_N, precision), head(Head.Source.HIDDEN_STATES, precision)}) {
            Proof proof = Proof.of(
                    sequences(model, precision),
                    model,
                    head,
                    EngineFactory.of(model, head, precision, KernelChoice.AUTO));
            KernelChoice other = precision == Precision.FLOAT32 ? KernelChoice.PORTABLE : KernelChoice.REFERENCE;
            assertThat(proof.difference(model, head, EngineFactory.of(model, head, precision, other)))
                    .isNull();
            RnnModel wrong = network(2, precision);
            assertThat(proof.difference(wrong, head, EngineFactory.of(wrong, head, precision, KernelChoice.AUTO)))
                    .matches("result 0 of \\d+ is \\S+ there, and \\S+ on the driver");
        }
    }

    /** An index of each step embedded and summed up, beside a number of the row. */
    private static Graph whole(long seed) {
        Tensor table = Tensor.ofFloats(Shape.of(5, 2), floats(new Random(seed), 10));
        return new Graph(
                List.of(
                        new GraphInput("code", List.of(1, GraphInput.STEPS), OptionalLong.of(5)),
                        new GraphInput("age", List.of(1, 1), OptionalLong.empty())),
                Map.of("table", table),
                List.of(
                        new Node("embed", new Gather(0), List.of("table", "code"), List.of("e")),
                        new Node(
                                "sum",
                                new Reduce(Reduce.Of.SUM, List.of(1L), Reduce.Keep.GO, Reduce.None.ALL),
                                List.of("e"),
                                List.of("s")),
                        new Node("join", new Concat(-1), List.of("s", "age"), List.of("all")),
                        new Node("again", new Identity(), List.of("code"), List.of("same"))),
                List.of(
                        new GraphOutput("all", GraphOutput.Form.OF_ROW, -1, 3),
                        new GraphOutput("e", GraphOutput.Form.NUMBERS_OF_STEP, 1, 2),
                        new GraphOutput(
                                "same", GraphOutput.Form.NUMBER_OF_STEP, 1, 1, GraphOutput.Kind.WHOLE_NUMBERS)));
    }

    private static float[] floats(Random random, int count) {
        float[] floats = new float[count];
        for (int i = 0; i < count; i++) {
            floats[i] = random.nextFloat();
        }
        return floats;
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void aWholeNetworkIsProvenByItsOutputs(Precision precision) {
        List<ProofSequence> rows = List.of(
                ProofSequence.ofNetwork(3, new double[] {4, 0, 1}, new double[] {0.1}),
                ProofSequence.ofNetwork(1, new double[] {2}, new double[] {-7}));
        Graph graph = whole(1);
        Proof proof = Proof.of(rows, graph, GraphEngines.of(graph, precision, KernelChoice.AUTO));
        assertThat(proof.difference(graph, GraphEngines.of(graph, precision, KernelChoice.REFERENCE)))
                .isNull();
        Graph wrong = whole(2);
        // Of all numbers: 3, 3 * 2 and 3 of the first row, 3, 2 and 1 of the second.
        assertThat(proof.difference(wrong, GraphEngines.of(wrong, precision, KernelChoice.AUTO)))
                .matches("result 0 of 18 is \\S+ there, and \\S+ on the driver");
        SharedNetwork other = new SharedNetwork(
                new GraphComputation(wrong, precision, ScoreRequest.Lengths.LEFT_OUT, Map.of(), Set.of(), proof),
                precision,
                KernelChoice.AUTO);
        LocalSpark.session();
        assertThatThrownBy(other::prove)
                .isInstanceOf(UnprovenException.class)
                .hasMessageContaining("computes otherwise than the driver");
    }

    @Test
    void aMachineThatComputesOtherwiseIsNamedBeforeItsFirstRow() {
        LocalSpark.session();
        RnnModel model = network(1, Precision.FLOAT32);
        RnnModel wrong = network(2, Precision.FLOAT32);
        Proof proof = Proof.of(
                sequences(model, Precision.FLOAT32),
                model,
                null,
                EngineFactory.of(model, Precision.FLOAT32, KernelChoice.AUTO));
        SharedNetwork right = shared(model, proof);
        right.prove();
        right.prove();
        SharedNetwork other = shared(wrong, proof);
        for (int task = 0; task < 2; task++) {
            assertThatThrownBy(other::prove)
                    .isInstanceOf(UnprovenException.class)
                    .hasMessageStartingWith("executor driver on ")
                    .hasMessageContaining("computes otherwise than the driver (result 0 of ");
        }
    }
}
