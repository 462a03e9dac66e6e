package io.sparkrnn.spark.sequence;

import io.sparkrnn.engine.Engine;
import io.sparkrnn.engine.NumberSource;
import io.sparkrnn.spark.invalid.Defect;
import io.sparkrnn.spark.invalid.Defect.Where;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Puts sequences into an engine's batch, one that is longer than a batch piece by piece: each is run and the next one goes on with
 * its states, so that whatever the length no more is held than one piece. The last one stays in the batch, to be run as any other
 * sequence, with the same bits as if all had been there. For networks that run forward only, and final states.
 */
final class LongSequences implements SequenceInput.Sink {
    private final Engine engine;
    private final int most;
    private final LongConsumer ran;

    /**
     * Those of a task.
     *
     * @param most the most steps of a piece; the batch is empty when a longer sequence comes
     * @param ran is told how long each run of a piece took, in nanoseconds
     */
    LongSequences(Engine engine, int most, LongConsumer ran) {
        this.engine = engine;
        this.most = most;
        this.ran = ran;
    }

    @Override
    public void add(
            int length,
            NumberSource x,
            @Nullable NumberSource row,
            @Nullable NumberSource h0,
            @Nullable NumberSource c0) {
        if (length <= most) {
            engine.add(length, x, row, h0, c0);
            return;
        }
        if (engine.size() > 0) {
            throw new IllegalStateException("a sequence of pieces behind " + engine.size() + " others");
        }
        try {
            engine.add(most, x, row, h0, c0);
        } catch (Defect found) {
            if (found.where() != Where.FEATURES) {
                look(length - most, x);
            }
            throw found;
        }
        for (int left = length - most; left > 0; left -= most) {
            long start = System.nanoTime();
            engine.run();
            ran.accept(System.nanoTime() - start);
            engine.resume(Math.min(most, left), x);
        }
    }

    @Override
    public void add(Pieces x, @Nullable NumberSource row, @Nullable NumberSource h0, @Nullable NumberSource c0) {
        if (engine.size() > 0) {
            throw new IllegalStateException("a sequence of pieces behind " + engine.size() + " others");
        }
        engine.add(x.steps(), x, row, h0, c0);
        try {
            while (x.next()) {
                long start = System.nanoTime();
                engine.run();
                ran.accept(System.nanoTime() - start);
                engine.resume(x.steps(), x);
            }
        } catch (Defect found) {
            engine.clear();
            throw found;
        }
    }

    /** Finds what is wrong with the features of further steps, if anything: it is told rather than what is wrong with states. */
    private void look(int steps, NumberSource x) {
        for (int left = steps; left > 0; left -= most) {
            engine.add(Math.min(most, left), x, null, null);
            engine.clear();
        }
    }
}
