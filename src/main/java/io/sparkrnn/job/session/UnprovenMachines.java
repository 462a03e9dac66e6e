package io.sparkrnn.job.session;

import io.sparkrnn.spark.UnprovenException;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.spark.ExceptionFailure;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.jspecify.annotations.Nullable;

/**
 * Ends a job when one machine computes otherwise. Spark would try its tasks elsewhere, and the night would pass without a word
 * of a machine that is broken.
 */
public final class UnprovenMachines extends SparkListener implements AutoCloseable {
    private final SparkContext context;
    private final AtomicReference<@Nullable String> found = new AtomicReference<>();

    private UnprovenMachines(SparkContext context) {
        this.context = context;
    }

    /** Looks at the jobs of a context until this is closed. */
    public static UnprovenMachines in(SparkContext context) {
        UnprovenMachines machines = new UnprovenMachines(context);
        context.addSparkListener(machines);
        return machines;
    }

    @Override
    public void onTaskEnd(SparkListenerTaskEnd end) {
        if (end.reason() instanceof ExceptionFailure failure
                && failure.className().equals(UnprovenException.class.getName())
                && found.compareAndSet(null, failure.description())) {
            context.cancelStage(end.stageId(), failure.description());
        }
    }

    /** What the first one said; null when there was none. */
    public @Nullable String found() {
        return found.get();
    }

    @Override
    public void close() {
        context.removeSparkListener(this);
    }
}
