package io.sparkrnn.forward;

import io.sparkrnn.RandomNetwork;
import io.sparkrnn.kernel.Kernel;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.RnnModel;
import java.lang.management.ManagementFactory;
import java.nio.FloatBuffer;
import java.util.Random;

/**
 * Runs passes over one batch, as a JVM that scores one table does, until they allocate next to nothing or a minute is over, and
 * prints the bytes that a pass then allocates.
 */
final class PassAllocation {
    /** What a pass may allocate besides vectors: it makes a few objects for each group and layer. */
    static final long MOST_BYTES = 64 << 10;

    /** As many passes in a row have to be below that. */
    private static final int PASSES = 50;

    /** That C2 has bet on each operator, and lost. */
    static final String BETS = "bets";

    private PassAllocation() {}

    /**
     * Runs.
     *
     * @param args the cell: rnn, lstm or gru; the number of sequences; and {@value #BETS} for a JVM that has met the vectors'
     *     operators one at a time before
     */
    public static void main(String[] args) throws ReflectiveOperationException {
        Cell cell = switch (args[0]) {
            case "lstm" -> Cell.LSTM;
            case "gru" -> Cell.GRU;
            default -> Cell.RNN_TANH;
        };
        Kernel kernel = Class.forName("io.sparkrnn.kernel.simd.SimdKernel")
                .asSubclass(Kernel.class)
                .getDeclaredConstructor()
                .newInstance();
        if (args.length > 2 && BETS.equals(args[2])) {
            OneOperatorAtATime.run();
        }
        Random random = new Random(1);
        RnnModel model = RandomNetwork.of(cell, 33, 72).model(random);
        SequenceBatch batch = new SequenceBatch(model);
        for (int s = 0; s < Integer.parseInt(args[1]); s++) {
            int steps = 20 + random.nextInt(5);
            batch.add(FloatBuffer.allocate(steps * model.inputSize()), steps, null, null);
        }
        ForwardPass pass = new ForwardPass(NetworkWeights.of(model, kernel));
        var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long end = System.nanoTime() + 60_000_000_000L;
        long most;
        do {
            most = 0;
            for (int i = 0; i < PASSES; i++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                pass.run(batch, ForwardPass.Wanted.HIDDEN_STATES);
                most = Math.max(most, threads.getCurrentThreadAllocatedBytes() - before);
            }
        } while (most > MOST_BYTES && System.nanoTime() < end);
        System.out.println(most);
    }
}
