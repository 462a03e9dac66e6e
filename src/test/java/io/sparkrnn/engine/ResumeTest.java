package io.sparkrnn.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkrnn.RandomHead;
import io.sparkrnn.RandomNetwork;
import io.sparkrnn.RandomStack;
import io.sparkrnn.forward.ForwardPass;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.Head;
import io.sparkrnn.model.Layer;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A sequence in pieces has the bits of the sequence in one. */
class ResumeTest {
    private static final int[] SIZES = {1, 2, 7, 8, 31, 33, 65};

    private static RnnModel network(Random random) {
        Cell cell = Cell.OF_PYTORCH.get(random.nextInt(Cell.OF_PYTORCH.size()));
        int hiddenSize = SIZES[random.nextInt(SIZES.length)];
        int projected = cell.equals(Cell.LSTM) && hiddenSize > 1 && random.nextBoolean()
                ? 1 + random.nextInt(hiddenSize - 1)
                : 0;
        return new RandomNetwork(
                        cell,
                        SIZES[random.nextInt(SIZES.length)],
                        hiddenSize,
                        1 + random.nextInt(3),
                        1,
                        random.nextBoolean(),
                        projected)
                .model(random);
    }

    /** Of layers with all that ONNX and Keras let them have: peepholes, clips, other functions, initial states. */
    private static RnnModel stack(Random random) {
        while (true) {
            RnnModel model = RandomStack.model(random);
            if (model.runsForwardOnly()) {
                return model;
            }
        }
    }

    private static ByteBuffer numbers(Random random, int count, Precision precision) {
        ByteBuffer bytes = ByteBuffer.allocate(count * precision.byteSize()).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            if (precision == Precision.FLOAT32) {
                bytes.putFloat((float) random.nextGaussian());
            } else {
                bytes.putDouble(random.nextGaussian());
            }
        }
        return bytes.flip();
    }

    private static byte[] results(Engine engine, RnnModel model, @Nullable Head head) {
        int size = engine.precision().byteSize();
        int hidden = model.hiddenStates().total() * size;
        int cells = model.cellStates().total() * size;
        ByteBuffer bytes = ByteBuffer.allocate(hidden + cells + (head == null ? 0 : head.outputSize() * size));
        for (int s = 0; s < model.numStates(); s++) {
            engine.copyFinalState(0, s, bytes, model.hiddenStates().offset(s) * size);
            engine.copyFinalCellState(0, s, bytes, hidden + model.cellStates().offset(s) * size);
        }
        if (head != null) {
            engine.copyScores(0, bytes, hidden + cells, 0);
        }
        return bytes.array();
    }

    private static @Nullable ByteBuffer again(@Nullable ByteBuffer bytes) {
        return bytes == null ? null : bytes.duplicate();
    }

    @ParameterizedTest
    @CsvSource({"PORTABLE, FLOAT32", "SIMD, FLOAT32", "REFERENCE, FLOAT32", "REFERENCE, FLOAT64"})
    void givesTheBitsOfOneRun(KernelChoice kernel, Precision precision) {
        for (long seed = 1; seed <= 60; seed++) {
            Random random = new Random(seed);
            RnnModel model = seed % 2 == 0 ? network(random) : stack(random);
            Head head = random.nextBoolean() ? headOfLast(random, model) : null;
            int length = 1 + random.nextInt(400);
            ByteBuffer x = numbers(random, length * model.inputSize(), precision);
            ByteBuffer h0 =
                    random.nextBoolean() ? numbers(random, model.hiddenStates().total(), precision) : null;
            ByteBuffer c0 =
                    random.nextBoolean() ? numbers(random, model.cellStates().total(), precision) : null;
            Engine engine = EngineFactory.of(model, head, precision, kernel).engine(ForwardPass.Wanted.FINAL_STATES);
            engine.add(x.duplicate(), length, again(h0), again(c0));
            engine.run();
            byte[] whole = results(engine, model, head);

            engine.clear();
            NumberSource pieces = NumberSource.of(x.duplicate(), precision);
            int most = 1 + random.nextInt(seed % 3 == 0 ? 3 : 130);
            int done = Math.min(length, 1 + random.nextInt(most));
            engine.add(
                    done,
                    pieces,
                    h0 == null ? null : NumberSource.of(h0, precision),
                    c0 == null ? null : NumberSource.of(c0, precision));
            engine.run();
            while (done < length) {
                int some = Math.min(length - done, 1 + random.nextInt(most));
                engine.resume(some, pieces);
                assertThat(engine.steps()).isEqualTo(some);
                engine.run();
                done += some;
            }
            assertThat(engine.size()).isOne();
            assertThat(results(engine, model, head))
                    .as("seed %s, %s, %s steps in pieces of up to %s", seed, model, length, most)
                    .isEqualTo(whole);
        }
    }

    private static Head headOfLast(Random random, RnnModel model) {
        while (true) {
            Head head = RandomHead.head(random, model.outputSize(), Precision.FLOAT32);
            if (head.source() == Head.Source.H_N) {
                return head;
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"PORTABLE, FLOAT32", "REFERENCE, FLOAT64"})
    void isEmptyWhenNumbersThrow(KernelChoice kernel, Precision precision) {
        RnnModel model = network(new Random(5));
        Engine engine = EngineFactory.of(model, precision, kernel).engine(ForwardPass.Wanted.FINAL_STATES);
        NumberSource broken = new NumberSource() {
            @Override
            public void copyTo(float[] target, int at, int count) {
                throw new IllegalArgumentException("broken");
            }

            @Override
            public void copyTo(double[] target, int at, int count) {
                throw new IllegalArgumentException("broken");
            }
        };
        assertThatThrownBy(() -> engine.resume(1, broken)).isInstanceOf(IllegalStateException.class);
        engine.add(numbers(new Random(1), model.inputSize(), precision), 1, null, null);
        engine.run();
        assertThatThrownBy(() -> engine.resume(1, broken)).hasMessage("broken");
        assertThat(engine.size()).isZero();
        assertThat(engine.steps()).isZero();
    }

    @ParameterizedTest
    @CsvSource({"1, true", "2, false", "3, false"})
    void onlyForwardNetworksRunForwardOnly(int directions, boolean forward) {
        Layer layer =
                RandomNetwork.of(Cell.GRU, 3, 3).model(new Random(1)).layers().get(0);
        RnnModel model = RnnModel.of(
                directions == 3
                        ? java.util.List.of(layer, new Layer(null, layer.forward()))
                        : java.util.List.of(directions == 1 ? layer : new Layer(layer.forward(), layer.forward())));
        assertThat(model.runsForwardOnly()).isEqualTo(forward);
    }
}
