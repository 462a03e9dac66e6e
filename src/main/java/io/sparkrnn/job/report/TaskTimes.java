package io.sparkrnn.job.report;

import io.sparkrnn.report.RunMetrics;
import io.sparkrnn.spark.ScoreMetrics;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.LongStream;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.TaskInfo;

/** When the tasks of a job ran that scored rows. One that is run again takes the place of what it was before. */
final class TaskTimes extends SparkListener implements AutoCloseable {
    /** Of more tasks the first are told of. */
    private static final int MOST = 50_000;

    /** Events come after what they tell of. */
    private static final long MOST_MILLIS = 3000;

    private static final long LOOK_MILLIS = 10;

    private record Ended(RunMetrics.Task task, long runMillis) {}

    private final SparkContext context;
    private final ScoreMetrics metrics;
    private final Map<Integer, Ended> tasks = new ConcurrentSkipListMap<>();

    private TaskTimes(SparkContext context, ScoreMetrics metrics) {
        this.context = context;
        this.metrics = metrics;
    }

    /** Of the job that counts into {@code metrics}. */
    static TaskTimes of(SparkContext context, ScoreMetrics metrics) {
        TaskTimes times = new TaskTimes(context, metrics);
        context.addSparkListener(times);
        return times;
    }

    @Override
    public void onTaskEnd(SparkListenerTaskEnd end) {
        TaskInfo info = end.taskInfo();
        long sequences = info.successful() ? metrics.sequencesOf(info) : 0;
        if (sequences > 0 && (tasks.size() < MOST || tasks.containsKey(info.partitionId()))) {
            long run = end.taskMetrics() == null ? 0 : end.taskMetrics().executorRunTime();
            tasks.put(
                    info.partitionId(),
                    new Ended(
                            new RunMetrics.Task(
                                    info.partitionId(), info.launchTime(), info.finishTime(), sequences, info.host()),
                            run));
        }
    }

    /** Those of all sequences, in the order of partitions; after a while those that are known. */
    List<RunMetrics.Task> all(long sequences) {
        long end = System.nanoTime() + MOST_MILLIS * 1_000_000;
        try {
            while (told() < sequences && tasks.size() < MOST && System.nanoTime() < end) {
                Thread.sleep(LOOK_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return tasks.values().stream().map(Ended::task).toList();
    }

    private long told() {
        return tasks.values().stream().mapToLong(ended -> ended.task().rows()).sum();
    }

    /** The time of all tasks together. */
    double seconds() {
        return tasks.values().stream().mapToLong(Ended::runMillis).sum() / 1e3;
    }

    /** How many ran at once at most. */
    static int mostAtOnce(List<RunMetrics.Task> tasks) {
        List<Long> changes = new ArrayList<>();
        for (RunMetrics.Task task : tasks) {
            // an end before a begin of the same moment
            changes.add(2 * task.startMillis() + 1);
            changes.add(2 * task.endMillis());
        }
        long running = 0;
        long most = tasks.isEmpty() ? 0 : 1;
        for (long change :
                changes.stream().flatMapToLong(LongStream::of).sorted().toArray()) {
            running += change % 2 == 0 ? -1 : 1;
            most = Math.max(most, running);
        }
        return (int) most;
    }

    @Override
    public void close() {
        context.removeSparkListener(this);
    }
}
