package io.sparkrnn.forward;

import io.sparkrnn.RandomNetwork;
import io.sparkrnn.kernel.Kernel;
import io.sparkrnn.kernel.portable.PortableKernel;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.RnnModel;
import java.nio.FloatBuffer;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * The speed of the forward pass of one layer on one thread, for a first look; medians of rounds after warming up.
 *
 * <pre>mvn -B -q -Pbench test-compile exec:exec -Dbench=io.sparkrnn.forward.ForwardPassSpeed</pre>
 */
final class ForwardPassSpeed {
    /** input_size, hidden_size, steps, sequences. */
    private static final int[][] SHAPES = {
        {5, 8, 10, 2560}, {32, 64, 50, 640}, {64, 128, 100, 256}, {256, 512, 50, 256}, {64, 64, 100, 1}, {256, 256, 100, 1}
    };

    private static final int WARM_UP = 5;
    private static final int ROUNDS = 9;

    private ForwardPassSpeed() {}

    /** Prints a line for each cell and shape. */
    public static void main(String[] args) {
        Kernel kernel = new PortableKernel();
        for (Cell cell : List.of(Cell.RNN_TANH, Cell.LSTM, Cell.GRU)) {
            for (int[] shape : SHAPES) {
                System.out.printf(
                        Locale.ROOT,
                        "| %s | %s | %.1f GFLOP/s |%n",
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
        for (int s = 0; s < shape[3]; s++) {
            batch.add(FloatBuffer.wrap(x), steps, null, null);
        }
        ForwardPass pass = new ForwardPass(NetworkWeights.of(model, kernel));
        double flops = 2.0 * steps * shape[3] * cell.type().gates() * hiddenSize * (inputSize + hiddenSize);
        int runs = Math.max(3, (int) (3e9 / flops));
        Double[] seconds = new Double[ROUNDS];
        for (int round = -WARM_UP; round < ROUNDS; round++) {
            long start = System.nanoTime();
            for (int run = 0; run < runs; run++) {
                pass.run(batch, ForwardPass.Wanted.HIDDEN_STATES);
            }
            if (round >= 0) {
                seconds[round] = (System.nanoTime() - start) / 1e9 / runs;
            }
        }
        Collections.sort(Arrays.asList(seconds));
        return flops / seconds[ROUNDS / 2] / 1e9;
    }
}
