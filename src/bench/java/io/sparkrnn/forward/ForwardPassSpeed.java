package io.sparkrnn.forward;

import io.sparkrnn.RandomNetwork;
import io.sparkrnn.kernel.Kernel;
import io.sparkrnn.kernel.portable.PortableKernel;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.RnnModel;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * The speed of the forward pass of one layer on each of some threads, in GFLOP/s of the products alone: from sequences one
 * after the other to hidden states one after the other. Medians of rounds after warming up, in CPU time of the thread.
 *
 * <pre>mvn -B -q -Pbench test-compile exec:exec -Dbench=io.sparkrnn.forward.ForwardPassSpeed -Dbench.arguments="simd 1"</pre>
 */
final class ForwardPassSpeed {
    /** input_size, hidden_size, steps, sequences; fewer than no sequences stand for lengths of 1 up to the steps. */
    private static final int[][] SHAPES = {
        {5, 8, 10, 256},
        {16, 32, 50, 64},
        {64, 64, 100, 64},
        {64, 128, 100, 64},
        {128, 256, 100, 64},
        {256, 512, 50, 64},
        {64, 64, 100, 1},
        {128, 128, 100, 1},
        {256, 256, 100, 1},
        {512, 512, 100, 1},
        {64, 128, 100, -256},
        {256, 512, 50, -256}
    };

    private static final int WARM_UP = 4;
    private static final int ROUNDS = 7;

    private ForwardPassSpeed() {}

    /**
     * Prints a line for each cell and shape.
     *
     * @param args simd or portable, and the number of threads
     */
    public static void main(String[] args) throws InterruptedException, ReflectiveOperationException {
        Kernel kernel = args.length > 0 && args[0].equals("portable") ? new PortableKernel() : simd();
        Thread[] threads = new Thread[args.length > 1 ? Integer.parseInt(args[1]) : 1];
        for (int i = 0; i < threads.length; i++) {
            threads[i] = new Thread(() -> measure(kernel));
            threads[i].start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private static Kernel simd() throws ReflectiveOperationException {
        return Class.forName("io.sparkrnn.kernel.simd.SimdKernel")
                .asSubclass(Kernel.class)
                .getDeclaredConstructor()
                .newInstance();
    }

    private static void measure(Kernel kernel) {
        for (Cell cell : List.of(Cell.RNN_TANH, Cell.LSTM, Cell.GRU)) {
            for (int[] shape : SHAPES) {
                System.out.printf(
                        Locale.ROOT,
                        "| %s | %s | %s | %.1f GFLOP/s |%n",
                        kernel.name(),
                        cell,
                        Arrays.toString(shape),
                        gigaFlops(kernel, cell, shape));
            }
        }
    }

    private static double gigaFlops(Kernel kernel, Cell cell, int[] shape) {
        int inputSize = shape[0];
        int hiddenSize = shape[1];
        int steps = shape[2];
        Random random = new Random(1);
        RnnModel model = RandomNetwork.of(cell, inputSize, hiddenSize).model(random);
        SequenceBatch batch = new SequenceBatch(model);
        float[] x = new float[steps * inputSize];
        for (int i = 0; i < x.length; i++) {
            x[i] = (float) random.nextGaussian();
        }
        for (int s = 0; s < Math.abs(shape[3]); s++) {
            int length = shape[3] > 0 ? steps : 1 + random.nextInt(steps);
            batch.add(FloatBuffer.wrap(x), length, null, null);
        }
        ForwardPass pass = new ForwardPass(NetworkWeights.of(model, kernel));
        double flops = 2.0 * batch.steps() * cell.type().gates() * hiddenSize * (inputSize + hiddenSize);
        int runs = Math.max(2, (int) (2e9 / flops));
        double[] seconds = new double[ROUNDS];
        ThreadMXBean time = ManagementFactory.getThreadMXBean();
        for (int round = -WARM_UP; round < ROUNDS; round++) {
            long start = time.getCurrentThreadCpuTime();
            for (int run = 0; run < runs; run++) {
                pass.run(batch, ForwardPass.Wanted.HIDDEN_STATES);
            }
            if (round >= 0) {
                seconds[round] = (time.getCurrentThreadCpuTime() - start) / 1e9 / runs;
            }
        }
        Arrays.sort(seconds);
        return flops / seconds[ROUNDS / 2] / 1e9;
    }
}
