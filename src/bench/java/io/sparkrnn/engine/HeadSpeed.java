package io.sparkrnn.engine;

import io.sparkrnn.RandomNetwork;
import io.sparkrnn.forward.ForwardPass;
import io.sparkrnn.model.Activation;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.Head;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.tensor.Shape;
import io.sparkrnn.tensor.Tensor;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * What a head costs beside its layers: an LSTM of 32 to 64 over a batch of 400 sequences, then the scores of all of them. CPU time
 * of the thread, medians of the later half of the rounds, and a hash of the scores' bits.
 *
 * <p>{@code HeadSpeed KERNEL ROUNDS}, as in {@code HeadSpeed simd 301}
 */
final class HeadSpeed {
    private static final int WIDTH = 64;
    private static final int FEATURES = 32;
    private static final int SEQUENCES = 400;

    private HeadSpeed() {}

    public static void main(String[] args) {
        KernelChoice kernel = KernelChoice.valueOf(args[0].toUpperCase(Locale.ROOT));
        int rounds = Integer.parseInt(args[1]);
        Random random = new Random(5);
        RnnModel model = new RandomNetwork(Cell.LSTM, FEATURES, WIDTH, 1, 1, true, 0).model(random);
        for (Head.Source source : Head.Source.values()) {
            for (int[] widths : new int[][] {{1}, {5}, {50}, {500}, {32, 1}}) {
                measure(model, head(random, source, widths), kernel, rounds);
            }
        }
    }

    private static Head head(Random random, Head.Source source, int... widths) {
        List<Head.Stage> stages = new ArrayList<>();
        int in = WIDTH;
        for (int width : widths) {
            if (in != WIDTH) {
                stages.add(new Head.Pointwise(Activation.TANH));
            }
            stages.add(new Head.Linear(tensor(random, width, in), tensor(random, width)));
            in = width;
        }
        return new Head(stages, source, in > 1 && in < 50 ? Head.Finish.SOFTMAX : Head.Finish.NONE);
    }

    private static Tensor tensor(Random random, long... shape) {
        float[] numbers = new float[(int) Arrays.stream(shape).reduce(1, (a, b) -> a * b)];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (float) (random.nextGaussian() * 0.3);
        }
        return Tensor.ofFloats(Shape.of(shape), numbers);
    }

    private static void measure(RnnModel model, Head head, KernelChoice kernel, int rounds) {
        ThreadMXBean clock = ManagementFactory.getThreadMXBean();
        Engine engine =
                EngineFactory.of(model, head, Precision.FLOAT32, kernel).engine(ForwardPass.Wanted.HIDDEN_STATES);
        Random random = new Random(9);
        for (int s = 0; s < SEQUENCES; s++) {
            int length = 30 + random.nextInt(40);
            ByteBuffer x = ByteBuffer.allocate(length * FEATURES * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
            for (int i = 0; i < length * FEATURES; i++) {
                x.putFloat((float) random.nextGaussian());
            }
            engine.add(x.flip(), length, null, null);
        }
        int row = head.outputSize() * Float.BYTES;
        ByteBuffer scores = ByteBuffer.allocate(70 * row).order(ByteOrder.LITTLE_ENDIAN);
        long[] forward = new long[rounds];
        long[] scoring = new long[rounds];
        long hash = 0;
        for (int round = 0; round < rounds; round++) {
            long start = clock.getCurrentThreadCpuTime();
            engine.run();
            long ran = clock.getCurrentThreadCpuTime();
            for (int s = 0; s < SEQUENCES; s++) {
                engine.copyScores(s, scores, 0, row);
                hash = 31 * hash + scores.getInt(0);
            }
            forward[round] = ran - start;
            scoring[round] = clock.getCurrentThreadCpuTime() - ran;
        }
        System.out.printf(
                Locale.ROOT,
                "%-60s scores %8.2f ms, layers %8.2f ms, hash %x%n",
                head,
                median(scoring) / 1e6,
                median(forward) / 1e6,
                hash);
    }

    private static long median(long[] times) {
        long[] later = Arrays.copyOfRange(times, times.length / 2, times.length);
        Arrays.sort(later);
        return later[later.length / 2];
    }
}
