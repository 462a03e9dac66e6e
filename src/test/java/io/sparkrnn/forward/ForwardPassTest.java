package io.sparkrnn.forward;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.sparkrnn.RandomNetwork;
import io.sparkrnn.RandomStack;
import io.sparkrnn.kernel.Kernel;
import io.sparkrnn.kernel.portable.PortableKernel;
import io.sparkrnn.kernel.simd.SimdKernel;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.reference.ReferenceNetwork;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Against the equations in float64, and against itself: the same bits in every batch. */
class ForwardPassTest {
    private static final int[] SIZES = {1, 2, 3, 7, 8, 31, 33, 65};

    private record Sequence(float[] x, float @Nullable [] h0, float @Nullable [] c0, int length) {}

    private record Result(float[] output, float[] finalStates, float[] finalCellStates) {}

    private static RandomNetwork network(Random random) {
        Cell cell = Cell.OF_PYTORCH.get(random.nextInt(Cell.OF_PYTORCH.size()));
        int hiddenSize = SIZES[random.nextInt(SIZES.length)];
        return new RandomNetwork(
                cell,
                SIZES[random.nextInt(SIZES.length)],
                hiddenSize,
                1 + random.nextInt(3),
                1 + random.nextInt(2),
                random.nextBoolean(),
                cell.equals(Cell.LSTM) && hiddenSize > 1 && random.nextBoolean()
                        ? 1 + random.nextInt(hiddenSize - 1)
                        : 0);
    }

    private static List<Sequence> sequences(Random random, RnnModel model, int count, int longest) {
        List<Sequence> sequences = new ArrayList<>();
        for (int s = 0; s < count; s++) {
            // Squared, so that there are many short and few long ones: both ways through the lanes are taken.
            double share = random.nextDouble();
            int length = 1 + (int) (longest * share * share);
            float[] x = floats(random, length * model.inputSize());
            float[] h0 =
                    random.nextBoolean() ? floats(random, model.hiddenStates().total()) : null;
            float[] c0 =
                    random.nextBoolean() ? floats(random, model.cellStates().total()) : null;
            sequences.add(new Sequence(x, h0, c0, length));
        }
        return sequences;
    }

    private static float[] floats(Random random, int count) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static List<Result> run(ForwardPass pass, SequenceBatch batch, RnnModel model, List<Sequence> sequences) {
        batch.clear();
        for (Sequence s : sequences) {
            batch.add(
                    FloatBuffer.wrap(s.x),
                    s.length,
                    s.h0 == null ? null : FloatBuffer.wrap(s.h0),
                    s.c0 == null ? null : FloatBuffer.wrap(s.c0));
        }
        pass.run(batch, ForwardPass.Wanted.HIDDEN_STATES);
        List<Result> results = new ArrayList<>();
        int width = model.outputSize();
        int stateSize = model.hiddenStates().total();
        int cellSize = model.cellStates().total();
        for (int s = 0; s < sequences.size(); s++) {
            int start = batch.start(s) * width;
            results.add(new Result(
                    Arrays.copyOfRange(pass.hiddenStates(), start, start + batch.length(s) * width),
                    Arrays.copyOfRange(pass.finalStates(), s * stateSize, (s + 1) * stateSize),
                    Arrays.copyOfRange(pass.finalCellStates(), s * cellSize, (s + 1) * cellSize)));
        }
        return results;
    }

    @Test
    void agreesWithTheEquationsOnAnyNetworkAndLengths() {
        long seed = 31;
        for (int trial = 0; trial < 90; trial++) {
            Random random = new Random(seed + trial);
            RnnModel model = trial % 2 == 0 ? network(random).model(random) : RandomStack.model(random);
            List<Sequence> sequences = sequences(random, model, 1 + random.nextInt(150), 40);
            ForwardPass pass = new ForwardPass(NetworkWeights.of(model, new PortableKernel()));
            List<Result> results = run(pass, new SequenceBatch(model), model, sequences);
            ReferenceNetwork reference = new ReferenceNetwork(model);
            for (int s = 0; s < sequences.size(); s++) {
                Sequence sequence = sequences.get(s);
                ReferenceNetwork.Result truth = reference.run(
                        doubles(sequence.x),
                        sequence.h0 == null ? model.hiddenStates().initialStates() : doubles(sequence.h0),
                        sequence.c0 == null ? model.cellStates().initialStates() : doubles(sequence.c0));
                String where = "seed " + (seed + trial) + ", " + model + ", sequence " + s;
                assertClose(results.get(s).output, truth.output(), where);
                assertClose(results.get(s).finalStates, truth.finalStates(), where);
                assertClose(results.get(s).finalCellStates, truth.finalCellStates(), where);
            }
        }
    }

    private static void assertClose(float[] got, double[] truth, String where) {
        assertThat(got.length).as(where).isEqualTo(truth.length);
        for (int i = 0; i < got.length; i++) {
            double scale = Math.max(1, Math.abs(truth[i]));
            assertThat(got[i] / scale).as("%s, value %d", where, i).isCloseTo(truth[i] / scale, within(1e-5));
        }
    }

    private static double[] doubles(float[] values) {
        double[] doubles = new double[values.length];
        for (int i = 0; i < values.length; i++) {
            doubles[i] = values[i];
        }
        return doubles;
    }

    private static Stream<Kernel> kernels() {
        return Stream.of(new PortableKernel(), new SimdKernel());
    }

    @ParameterizedTest
    @MethodSource("kernels")
    void givesTheSameBitsInEveryBatch(Kernel kernel) {
        long seed = 77;
        for (int trial = 0; trial < 30; trial++) {
            Random random = new Random(seed + trial);
            RnnModel model = trial % 2 == 0 ? network(random).model(random) : RandomStack.model(random);
            List<Sequence> sequences = sequences(random, model, 90, 60);
            NetworkWeights weights = NetworkWeights.of(model, kernel);
            SequenceBatch batch = new SequenceBatch(model);
            ForwardPass pass = new ForwardPass(weights);
            List<Result> together = run(pass, batch, model, sequences);

            List<Integer> order = new ArrayList<>();
            for (int s = 0; s < sequences.size(); s++) {
                order.add(s);
            }
            Collections.shuffle(order, random);
            // In batches of 1, 2, 3, ... of another order, by a pass whose memory has been used before.
            for (int from = 0, size = 1; from < order.size(); from += size, size++) {
                List<Integer> some = order.subList(from, Math.min(from + size, order.size()));
                List<Result> results = run(
                        pass, batch, model, some.stream().map(sequences::get).toList());
                for (int i = 0; i < some.size(); i++) {
                    String where = "seed " + (seed + trial) + ", " + model + ", batch of " + some.size();
                    assertThat(results.get(i).output).as(where).containsExactly(together.get(some.get(i)).output);
                    assertThat(results.get(i).finalStates)
                            .as(where)
                            .containsExactly(together.get(some.get(i)).finalStates);
                    assertThat(results.get(i).finalCellStates)
                            .as(where)
                            .containsExactly(together.get(some.get(i)).finalCellStates);
                }
            }
        }
    }

    @Test
    void givesFinalStatesAloneTheSame() {
        Random random = new Random(5);
        RnnModel model = new RandomNetwork(Cell.RNN_TANH, 3, 8, 2, 2, true).model(random);
        ForwardPass pass = new ForwardPass(NetworkWeights.of(model, new PortableKernel()));
        SequenceBatch batch = new SequenceBatch(model);
        List<Sequence> sequences = sequences(random, model, 20, 30);
        List<Result> all = run(pass, batch, model, sequences);
        pass.run(batch, ForwardPass.Wanted.FINAL_STATES);
        int stateSize = model.hiddenStates().total();
        for (int s = 0; s < sequences.size(); s++) {
            assertThat(Arrays.copyOfRange(pass.finalStates(), s * stateSize, (s + 1) * stateSize))
                    .containsExactly(all.get(s).finalStates);
        }
    }

    @Test
    void keepsNanAndInfinityInTheirOwnSequence() {
        Random random = new Random(9);
        RnnModel model = new RandomNetwork(Cell.RNN_TANH, 2, 8, 2, 2, true).model(random);
        ForwardPass pass = new ForwardPass(NetworkWeights.of(model, new PortableKernel()));
        SequenceBatch batch = new SequenceBatch(model);
        List<Sequence> clean = sequences(random, model, 30, 25);
        List<Result> before = run(pass, batch, model, clean);
        List<Sequence> poisoned = new ArrayList<>(clean);
        for (int s = 0; s < clean.size(); s += 3) {
            float[] x = clean.get(s).x.clone();
            x[random.nextInt(x.length)] =
                    new float[] {Float.NaN, Float.POSITIVE_INFINITY, Float.NEGATIVE_INFINITY}[random.nextInt(3)];
            poisoned.set(s, new Sequence(x, clean.get(s).h0, clean.get(s).c0, clean.get(s).length));
        }
        List<Result> after = run(pass, batch, model, poisoned);
        for (int s = 0; s < clean.size(); s++) {
            if (s % 3 != 0) {
                assertThat(after.get(s).output).containsExactly(before.get(s).output);
                assertThat(after.get(s).finalStates).containsExactly(before.get(s).finalStates);
            }
        }
    }

    @Test
    void refusesAnEmptySequence() {
        RnnModel model = RandomNetwork.of(Cell.RNN_TANH, 2, 3).model(new Random(1));
        SequenceBatch batch = new SequenceBatch(model);
        assertThatThrownBy(() -> batch.add(FloatBuffer.allocate(0), 0, null, null))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
