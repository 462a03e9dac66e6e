package io.sparkrnn.job.session;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.SparkListenerTaskStart;

/**
 * The tasks that have begun since this was made, and have not ended. A failed job's other tasks are told to end, not waited
 * for; until they have, they make files. Spark's status tracker does not do: what it tells may be a moment old, and a job
 * can begin and fail in that moment.
 */
public final class RunningTasks extends SparkListener implements AutoCloseable {
    private static final int MOST_SECONDS = 10;

    /** Events come after what they tell of, so that none running is believed only after it was so for this long. */
    private static final long QUIET_MILLIS = 300;

    private static final long LOOK_MILLIS = 50;

    private final SparkContext context;
    private final Set<Long> ids = ConcurrentHashMap.newKeySet();

    private RunningTasks(SparkContext context) {
        this.context = context;
    }

    public static RunningTasks of(SparkContext context) {
        RunningTasks tasks = new RunningTasks(context);
        context.addSparkListener(tasks);
        return tasks;
    }

    @Override
    public void onTaskStart(SparkListenerTaskStart start) {
        ids.add(start.taskInfo().taskId());
    }

    @Override
    public void onTaskEnd(SparkListenerTaskEnd end) {
        ids.remove(end.taskInfo().taskId());
    }

    /** Waits until none runs, but not for ever: a task may not hear that it is to end. */
    public void awaitEnd() {
        long end = System.nanoTime() + MOST_SECONDS * 1_000_000_000L;
        long quiet = 0;
        try {
            while (quiet < QUIET_MILLIS && System.nanoTime() < end) {
                Thread.sleep(LOOK_MILLIS);
                quiet = ids.isEmpty() ? quiet + LOOK_MILLIS : 0;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        context.removeSparkListener(this);
    }
}
