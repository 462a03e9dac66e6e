package io.sparkrnn.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sparkrnn.RandomHead;
import io.sparkrnn.RandomNetwork;
import io.sparkrnn.RandomStack;
import io.sparkrnn.forward.ForwardPass;
import io.sparkrnn.model.Activation;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.Head;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.tensor.Shape;
import io.sparkrnn.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Heads against their equations, and against themselves: the same bits in every batch. */
class HeadScoresTest {
    private static final long SEED = 73;

    private static List<float[]> sequences(Random random, RnnModel model, int count) {
        List<float[]> sequences = new ArrayList<>();
        for (int s = 0; s < count; s++) {
            float[] x = new float[(1 + random.nextInt(90)) * model.inputSize()];
            for (int i = 0; i < x.length; i++) {
                x[i] = (float) random.nextGaussian();
            }
            sequences.add(x);
        }
        return sequences;
    }

    private static Engine run(Engine engine, RnnModel model, List<float[]> sequences) {
        engine.clear();
        for (float[] x : sequences) {
            ByteBuffer bytes = buffer(x.length, engine.precision());
            for (float value : x) {
                if (engine.precision() == Precision.FLOAT64) {
                    bytes.putDouble(value);
                } else {
                    bytes.putFloat(value);
                }
            }
            engine.add(bytes.flip(), x.length / model.inputSize(), null, null);
        }
        engine.run();
        return engine;
    }

    private static ByteBuffer buffer(int numbers, Precision precision) {
        return ByteBuffer.allocate(numbers * precision.byteSize()).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** The scores of a sequence, copied with room around the rows, which must stay as it is. */
    private static double[] scores(Engine engine, Head head, int sequence) {
        int rows = head.source() == Head.Source.H_N ? 1 : engine.length(sequence);
        int stride = head.outputSize() + 3;
        ByteBuffer bytes = buffer(2 + rows * stride, engine.precision());
        Arrays.fill(bytes.array(), (byte) 0x55);
        int size = engine.precision().byteSize();
        engine.copyScores(sequence, bytes, 2 * size, stride * size);
        double[] scores = new double[rows * head.outputSize()];
        int disturbed = 0;
        for (int i = 0; i < 2 + rows * stride; i++) {
            int row = Math.floorDiv(i - 2, stride);
            int column = Math.floorMod(i - 2, stride);
            if (row >= 0 && column < head.outputSize()) {
                scores[row * head.outputSize() + column] = size == 8 ? bytes.getDouble(i * 8) : bytes.getFloat(i * 4);
            } else if (bytes.get(i * size) != 0x55) {
                disturbed++;
            }
        }
        assertThat(disturbed).as("numbers around the scores").isZero();
        return scores;
    }

    private static Engine engine(RnnModel model, Head head, Precision precision, KernelChoice choice) {
        return EngineFactory.of(model, head, precision, choice).engine(ForwardPass.Wanted.HIDDEN_STATES);
    }

    @Test
    void agreesWithTheEquationsOnAnyNetwork() {
        for (int trial = 0; trial < 40; trial++) {
            Random random = new Random(SEED + trial);
            RnnModel model = trial % 2 == 0
                    ? new RandomNetwork(Cell.OF_PYTORCH.get(random.nextInt(Cell.OF_PYTORCH.size())), 3, 33, 2, 2, true)
                            .model(random)
                    : RandomStack.model(random);
            Head head = RandomHead.head(random, model.outputSize(), Precision.FLOAT32);
            List<float[]> sequences = sequences(random, model, 1 + random.nextInt(100));
            Engine kernel = run(engine(model, head, Precision.FLOAT32, KernelChoice.PORTABLE), model, sequences);
            Engine truth = run(engine(model, head, Precision.FLOAT64, KernelChoice.REFERENCE), model, sequences);
            for (int s = 0; s < sequences.size(); s++) {
                double[] expected = scores(truth, head, s);
                double[] got = scores(kernel, head, s);
                assertThat(got).hasSameSizeAs(expected);
                double largest = 1;
                double error = 0;
                for (int i = 0; i < expected.length; i++) {
                    largest = Math.max(largest, Math.abs(expected[i]));
                    error = Math.max(error, Math.abs(got[i] - expected[i]));
                }
                assertThat(error / largest)
                        .as("seed %s, %s, %s, sequence %s", SEED + trial, model, head, s)
                        .isLessThan(5e-7);
            }
        }
    }

    @Test
    void givesTheSameBitsInEveryBatchAndOrder() {
        Random random = new Random(SEED);
        RnnModel model = new RandomNetwork(Cell.GRU, 5, 33, 1, 2, true).model(random);
        List<float[]> sequences = sequences(random, model, 131);
        for (Head.Source source : Head.Source.values()) {
            Head random3 = RandomHead.head(random, model.outputSize(), Precision.FLOAT32);
            Head head = new Head(random3.stages(), source, Head.Finish.SOFTMAX);
            Engine engine = engine(model, head, Precision.FLOAT32, KernelChoice.PORTABLE);
            List<double[]> alone = new ArrayList<>();
            for (float[] sequence : sequences) {
                run(engine, model, List.of(sequence));
                alone.add(scores(engine, head, 0));
            }
            List<Integer> order = new ArrayList<>();
            for (int s = 0; s < sequences.size(); s++) {
                order.add(s);
            }
            Collections.shuffle(order, random);
            run(engine, model, order.stream().map(sequences::get).toList());
            // Asked for in another order than they stand in, too, and twice.
            for (int place = order.size() - 1; place >= -order.size(); place--) {
                int s = Math.floorMod(place * 7, order.size());
                assertThat(scores(engine, head, s))
                        .as("%s, sequence %s", source, order.get(s))
                        .isEqualTo(alone.get(order.get(s)));
            }
        }
    }

    @Test
    void takesBothDirectionsOfTheLastLayer() {
        RnnModel model = new RandomNetwork(Cell.LSTM, 2, 3, 2, 2, true).model(new Random(SEED));
        float[] identity = new float[36];
        for (int i = 0; i < 6; i++) {
            identity[i * 6 + i] = 1;
        }
        Head head = Head.linear(Tensor.ofFloats(Shape.of(6, 6), identity), null);
        List<float[]> sequences = sequences(new Random(SEED), model, 3);
        for (KernelChoice choice : new KernelChoice[] {KernelChoice.PORTABLE, KernelChoice.REFERENCE}) {
            Engine engine = run(engine(model, head, Precision.FLOAT32, choice), model, sequences);
            for (int s = 0; s < 3; s++) {
                ByteBuffer states = buffer(6, Precision.FLOAT32);
                engine.copyFinalState(s, 2, states, 0);
                engine.copyFinalState(s, 3, states, 12);
                double[] scores = scores(engine, head, s);
                for (int i = 0; i < 6; i++) {
                    assertThat(scores[i]).isEqualTo(states.getFloat(i * 4));
                }
            }
        }
    }

    /** A head of one linear layer that gives these numbers, whatever the states. */
    private static double[] finished(Head.Finish finish, Precision precision, float... numbers) {
        RnnModel model = RandomNetwork.of(Cell.RNN_TANH, 1, 1).model(new Random(1));
        Head head = new Head(
                List.of(new Head.Linear(
                        Tensor.ofFloats(Shape.of(numbers.length, 1), new float[numbers.length]),
                        Tensor.ofFloats(Shape.of(numbers.length), numbers))),
                Head.Source.H_N,
                finish);
        return scores(run(engine(model, head, precision, KernelChoice.AUTO), model, List.of(new float[1])), head, 0);
    }

    @Test
    void softmaxAndSigmoidAreStable() {
        for (Precision precision : Precision.values()) {
            assertThat(finished(Head.Finish.SOFTMAX, precision, 1000f, 1000f, -1000f))
                    .containsExactly(0.5, 0.5, 0);
            assertThat(finished(Head.Finish.SOFTMAX, precision, -3e38f, -3e38f)).containsExactly(0.5, 0.5);
            assertThat(finished(Head.Finish.SOFTMAX, precision, 7f)).containsExactly(1);
            assertThat(finished(Head.Finish.SOFTMAX, precision, 1f, Float.NaN)).containsExactly(Double.NaN, Double.NaN);
            assertThat(finished(Head.Finish.SOFTMAX, precision, Float.NEGATIVE_INFINITY, 0f))
                    .containsExactly(0, 1);
            assertThat(finished(Head.Finish.SOFTMAX, precision, Float.POSITIVE_INFINITY, 0f))
                    .as("as PyTorch has it")
                    .containsExactly(Double.NaN, Double.NaN);
            assertThat(finished(Head.Finish.SIGMOID, precision, 0f, 1000f, -1000f, Float.NaN))
                    .containsExactly(0.5, 1, 0, Double.NaN);
            double[] softmax = finished(Head.Finish.SOFTMAX, precision, 1f, 2f, 3f);
            double sum = Math.exp(1) + Math.exp(2) + Math.exp(3);
            double tolerance = precision == Precision.FLOAT32 ? 3e-8 : 1e-15;
            for (int i = 0; i < 3; i++) {
                assertThat(softmax[i]).isCloseTo(Math.exp(i + 1) / sum, within(tolerance));
            }
            assertThat(finished(Head.Finish.SIGMOID, precision, 2f)[0])
                    .isCloseTo(1 / (1 + Math.exp(-2)), within(2 * tolerance));
        }
    }

    @Test
    void refusesWhatDoesNotFit() {
        RnnModel model = RandomNetwork.of(Cell.RNN_TANH, 2, 3).model(new Random(1));
        Head wide = Head.linear(Tensor.ofFloats(Shape.of(1, 4), new float[4]), null);
        assertThatThrownBy(() -> EngineFactory.of(model, wide, Precision.FLOAT32, KernelChoice.AUTO))
                .hasMessageContaining("takes 4 numbers, the network's last layer gives 3");
        Head head = new Head(
                List.of(RandomHead.linear(new Random(1), 3, 2, Precision.FLOAT32)),
                Head.Source.HIDDEN_STATES,
                Head.Finish.NONE);
        Engine last = EngineFactory.of(model, head, Precision.FLOAT32, KernelChoice.AUTO)
                .engine(ForwardPass.Wanted.FINAL_STATES);
        run(last, model, List.of(new float[2]));
        assertThatThrownBy(() -> last.copyScores(0, buffer(2, Precision.FLOAT32), 0, 8))
                .isInstanceOf(IllegalStateException.class);
        for (Precision precision : Precision.values()) {
            Engine without =
                    EngineFactory.of(model, precision, KernelChoice.AUTO).engine(ForwardPass.Wanted.FINAL_STATES);
            run(without, model, List.of(new float[2]));
            assertThatThrownBy(() -> without.copyScores(0, buffer(2, precision), 0, 8))
                    .hasMessageContaining("no head");
        }
        assertThatThrownBy(() -> new Head(List.of(), Head.Source.H_N, Head.Finish.NONE))
                .hasMessageContaining("without a linear layer");
        Head.Linear narrow = RandomHead.linear(new Random(1), 3, 2, Precision.FLOAT32);
        assertThatThrownBy(() -> new Head(List.of(narrow, narrow), Head.Source.H_N, Head.Finish.NONE))
                .hasMessageContaining("takes 3 numbers, the one before it gives 2");
        assertThatThrownBy(() -> new Head.Pointwise(new Activation(Activation.Kind.ELU, 1, 0)))
                .hasMessageContaining("relu, tanh and sigmoid");
    }
}
