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
 * <p>Vectors of {@code jdk.incubator.vector} are numbers in registers only in code that C2 compiled (or Graal, from Java 25 on).
 * Before, each is an object and each operation a call, hundreds of times slower than the same loop over floats: a job of seconds
 * would wait longer for its first batch than for all others. So a network that is not warm yet is computed by plain loops, which
 * have the same bits.
 *
 * <p>What is compiled is compiled for the whole JVM: networks of one shape are warmed up once.
 */
final class WarmUp {
    /** Then the machine has no time for it. */
    private static final long LONGEST_NANOS = 30_000_000_000L;

    /** Runs in a row without a better one, after which none is to be expected: in the least of networks plain loops stay ahead. */
    private static final int RUNS_WITHOUT_GAIN = 100;

    /** What a better run takes of the time of the best before. */
    private static final double GAIN = 0.9;

    /** Runs in a row that have to be faster than the plain ones: one alone may be chance. */
    private static final int FASTER_RUNS = 3;

    /** The multiply-adds of a run: milliseconds where compiled, a second or so where not. */
    private static final double RUN = 1 << 24;

    private static final int MOST_STEPS = 64;
    /** Three blocks of lanes: two share their tiles, one has tiles of its own. */
    private static final int SEQUENCES = 48;

    /**
     * Of a few that share what is read of the weights: in vectors of 16 the tiles of four and one for their states, of six, two and
     * one for the features of 9 steps; narrower vectors have two and one only.
     */
    private static final int FEW = 5;

    private static final System.Logger LOG = System.getLogger(WarmUp.class.getName());

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

    /** An executor ends where a thread ends by an error; a warm-up is not worth that. A task meets the same, and tells of it. */
    private void run(NetworkWeights weights, NetworkWeights plain) {
        try {
            outrun(weights, plain);
        } catch (RuntimeException | Error e) {
            LOG.log(System.Logger.Level.DEBUG, "the warm-up failed", e);
        } finally {
            end();
        }
    }

    private static void outrun(NetworkWeights weights, NetworkWeights plain) {
        RnnModel model = weights.model();
        int steps = (int) Math.max(1, Math.min(MOST_STEPS, RUN / SEQUENCES / weights.products()));
        SequenceBatch together = batch(model, SEQUENCES, steps);
        SequenceBatch few = batch(model, FEW, steps);
        SequenceBatch alone = batch(model, 1, 4 * steps);
        ForwardPass fused = new ForwardPass(weights);
        ForwardPass usual = new ForwardPass(plain);
        long begin = System.nanoTime();
        double best = Double.MAX_VALUE;
        int sinceBest = 0;
        for (int faster = 0; faster < FASTER_RUNS && sinceBest < RUNS_WITHOUT_GAIN; ) {
            long togetherNanos = nanos(fused, together);
            long aloneNanos = nanos(fused, alone) + nanos(fused, few);
            boolean isFaster =
                    togetherNanos <= nanos(usual, together) && aloneNanos <= nanos(usual, alone) + nanos(usual, few);
            faster = isFaster ? faster + 1 : 0;
            boolean isBetter = togetherNanos + aloneNanos < GAIN * best;
            best = isBetter ? togetherNanos + aloneNanos : best;
            sinceBest = isBetter ? 0 : sinceBest + 1;
            if (System.nanoTime() - begin > LONGEST_NANOS) {
                return;
            }
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
