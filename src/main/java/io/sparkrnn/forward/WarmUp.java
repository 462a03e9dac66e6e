package io.sparkrnn.forward;

import io.sparkrnn.model.DirectionWeights;
import io.sparkrnn.model.RnnModel;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/**
 * Runs a network's whole cells on numbers of no meaning, in a thread of its own, until the JVM has compiled them.
 *
 * <p>Vectors of {@code jdk.incubator.vector} are numbers in registers only in code that C2 compiled. Before, each is an object
 * and each operation a call, hundreds of times slower than the same loop over floats: a job of seconds would wait longer for
 * its first batch than for all others. So a network that is not warm yet is computed by plain loops, which have the same bits.
 *
 * <p>What is compiled is compiled for the whole JVM: networks of one shape are warmed up once.
 */
final class WarmUp {
    /** Then what is not faster by now is not going to be, or the machine has no time for it. */
    private static final long LONGEST_NANOS = 30_000_000_000L;

    /** Runs in a row that have to be faster than the plain ones: one alone may be chance. */
    private static final int FASTER_RUNS = 3;

    /** The multiply-adds of a run: milliseconds where compiled, a second or so where not. */
    private static final double RUN = 1 << 24;

    private static final int MOST_STEPS = 64;
    private static final int SEQUENCES = 64;

    private static final ConcurrentMap<List<Object>, WarmUp> BEGUN = new ConcurrentHashMap<>();

    private volatile boolean over;

    /** One that is over when it is told so. */
    WarmUp() {}

    /**
     * That of networks of this shape, which is begun if it was not.
     *
     * @param weights whose whole cells are run
     * @param plain the same network without whole cells, which they have to outrun
     */
    static WarmUp of(NetworkWeights weights, NetworkWeights plain) {
        return BEGUN.computeIfAbsent(shape(weights), shape -> {
            WarmUp warmUp = new WarmUp();
            Thread thread = new Thread(() -> warmUp.run(weights, plain), "spark-rnn-warm-up");
            // a job that is done does not wait for it
            thread.setDaemon(true);
            thread.start();
            return warmUp;
        });
    }

    /** What has methods of its own to be compiled. */
    private static List<Object> shape(NetworkWeights weights) {
        RnnModel model = weights.model();
        return List.of(
                weights.kernel().name(),
                model.layers().stream()
                        .flatMap(layer -> layer.directions().stream())
                        .map(WarmUp::shape)
                        .toList());
    }

    private static List<Object> shape(DirectionWeights weights) {
        return List.of(weights.cell(), weights.inputSize(), weights.hiddenSize(), weights.stateSize());
    }

    void end() {
        over = true;
    }

    /** Whether whole cells are as fast as they get. */
    boolean isOver() {
        return over;
    }

    private void run(NetworkWeights weights, NetworkWeights plain) {
        try {
            RnnModel model = weights.model();
            int steps = (int) Math.max(1, Math.min(MOST_STEPS, RUN / SEQUENCES / weights.products()));
            SequenceBatch together = batch(model, SEQUENCES, steps);
            SequenceBatch alone = batch(model, 1, 4 * steps);
            ForwardPass fused = new ForwardPass(weights);
            ForwardPass usual = new ForwardPass(plain);
            long begin = System.nanoTime();
            int faster = 0;
            while (faster < FASTER_RUNS && System.nanoTime() - begin < LONGEST_NANOS) {
                boolean isFaster =
                        nanos(fused, together) <= nanos(usual, together) && nanos(fused, alone) <= nanos(usual, alone);
                faster = isFaster ? faster + 1 : 0;
            }
        } finally {
            // also where it failed: what is wrong with the kernel is then told by the task that meets it
            end();
        }
    }

    private static long nanos(ForwardPass pass, SequenceBatch batch) {
        long begin = System.nanoTime();
        pass.run(batch, ForwardPass.Wanted.HIDDEN_STATES);
        return System.nanoTime() - begin;
    }

    private static SequenceBatch batch(RnnModel model, int sequences, int steps) {
        Random random = new Random(1);
        float[] values = new float[steps * model.inputSize()];
        for (int i = 0; i < values.length; i++) {
            values[i] = random.nextFloat() - 0.5f;
        }
        SequenceBatch batch = new SequenceBatch(model);
        for (int s = 0; s < sequences; s++) {
            batch.add(steps, (target, at, count) -> System.arraycopy(values, 0, target, at, count), null, null);
        }
        return batch;
    }
}
