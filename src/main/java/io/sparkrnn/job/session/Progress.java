package io.sparkrnn.job.session;

import io.sparkrnn.platform.ScalaCollections;
import io.sparkrnn.spark.ScoreMetrics;
import java.io.PrintStream;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Timer;
import java.util.TimerTask;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.apache.spark.SparkContext;
import org.apache.spark.Success$;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.scheduler.SparkListenerStageSubmitted;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.scheduler.SparkListenerTaskStart;
import org.jspecify.annotations.Nullable;

/**
 * Tells how far tasks that score have come, within a task too: in a terminal by a bar, in a log by a line a minute. Tasks tell of
 * it with the heartbeats of their executors.
 */
public final class Progress extends SparkListener {
    private static final int BAR = 24;
    private static final int LINE = 79;
    private static final double MOST = 0.99;

    private final SparkContext context;
    private final Style style;
    private final PrintStream out;
    private final Supplier<OptionalLong> expected;
    private final Timer timer = new Timer("spark-rnn-progress", true);
    private final long start = System.nanoTime();

    /** Of each task that told of time steps, by its stage and partition: what was computed again is counted once. */
    private final Map<String, Long> steps = new TreeMap<>();

    private final Map<String, Long> sequences = new TreeMap<>();

    /** Of each running task its stage and partition. */
    private final Map<Long, String> places = new TreeMap<>();

    private final Map<Integer, Integer> tasksOfStage = new TreeMap<>();
    private final Map<Integer, Integer> ended = new TreeMap<>();
    private @Nullable OptionalLong all;
    private boolean shown;

    /** How it is told. */
    public enum Style {
        /** Not at all: the session is somebody else's. */
        NONE(0),
        BAR(500),
        LINES(60_000);

        private final int millis;

        Style(int millis) {
            this.millis = millis;
        }
    }

    Progress(SparkContext context, Style style, PrintStream out, Supplier<OptionalLong> expected) {
        this.context = context;
        this.style = style;
        this.out = out;
        this.expected = expected;
    }

    /**
     * Does something, and tells of its tasks meanwhile.
     *
     * @param expected how many time steps there are, as far as that is known; asked once, on a thread of its own
     */
    public static <T> T during(JobSession job, Supplier<OptionalLong> expected, Callable<T> work) throws Exception {
        SparkContext context = job.session().sparkContext();
        Progress progress = new Progress(context, job.progress(), System.err, expected);
        progress.start();
        try {
            return work.call();
        } finally {
            progress.end();
        }
    }

    void start() {
        if (style == Style.NONE) {
            return;
        }
        context.addSparkListener(this);
        timer.schedule(
                new TimerTask() {
                    @Override
                    public void run() {
                        tick();
                    }
                },
                style.millis,
                style.millis);
    }

    @Override
    public synchronized void onStageSubmitted(SparkListenerStageSubmitted submitted) {
        tasksOfStage.put(submitted.stageInfo().stageId(), submitted.stageInfo().numTasks());
    }

    @Override
    public synchronized void onTaskStart(SparkListenerTaskStart begun) {
        places.put(
                begun.taskInfo().taskId(),
                begun.stageId() + "/" + begun.taskInfo().index());
    }

    @Override
    public synchronized void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate update) {
        for (var task : ScalaCollections.list(update.accumUpdates())) {
            String place = places.get(((Number) task._1()).longValue());
            if (place != null) {
                count(place, ScalaCollections.list(task._4()));
            }
        }
    }

    @Override
    public synchronized void onTaskEnd(SparkListenerTaskEnd end) {
        String place = places.remove(end.taskInfo().taskId());
        if (place == null) {
            return;
        }
        if (end.reason() == Success$.MODULE$) {
            count(place, ScalaCollections.list(end.taskInfo().accumulables().toSeq()));
            ended.merge(end.stageId(), 1, Integer::sum);
        } else {
            steps.remove(place);
            sequences.remove(place);
        }
    }

    private void count(String place, List<AccumulableInfo> counts) {
        for (AccumulableInfo info : counts) {
            if (info.name().isEmpty() || info.update().isEmpty()) {
                continue;
            }
            if (info.name().get().equals(ScoreMetrics.STEPS) && info.update().get() instanceof Long count) {
                steps.put(place, count);
            } else if (info.name().get().equals(ScoreMetrics.SEQUENCES)
                    && info.update().get() instanceof Long count) {
                sequences.put(place, count);
            }
        }
    }

    void tick() {
        try {
            if (all == null) {
                all = expected.get();
            }
        } catch (RuntimeException e) {
            // it is only that the end is not known
            all = OptionalLong.empty();
        }
        String text = text((System.nanoTime() - start) / 1e9);
        if (text == null) {
            return;
        }
        if (style == Style.BAR) {
            out.print("\r" + padded(text));
            out.flush();
            shown = true;
        } else {
            out.println("spark-rnn: " + text);
        }
    }

    private static String padded(String text) {
        return text.length() > LINE ? text.substring(0, LINE) : text + " ".repeat(LINE - text.length());
    }

    /** How far it is after so many seconds; null while no task told of anything. */
    synchronized @Nullable String text(double seconds) {
        long stepsDone = steps.values().stream().mapToLong(Long::longValue).sum();
        if (stepsDone == 0) {
            return null;
        }
        long sequencesDone =
                sequences.values().stream().mapToLong(Long::longValue).sum();
        // stages that scored, of those that there are
        List<Integer> stages = steps.keySet().stream()
                .map(place -> Integer.valueOf(place.substring(0, place.indexOf('/'))))
                .distinct()
                .toList();
        int tasks = stages.stream()
                .mapToInt(stage -> tasksOfStage.getOrDefault(stage, 0))
                .sum();
        int tasksDone =
                stages.stream().mapToInt(stage -> ended.getOrDefault(stage, 0)).sum();
        // more than there are to be: what was expected is of another table
        double share = all != null && all.isPresent() && all.getAsLong() >= stepsDone
                ? Math.min(MOST, (double) stepsDone / all.getAsLong())
                : tasks == 0 ? 0 : (double) tasksDone / tasks;
        String rate = String.format(
                Locale.ROOT,
                "%3.0f %%, %s%,.0f steps/s, %d of %d tasks%s",
                100 * share,
                // a terminal may be no wider
                style == Style.BAR ? "" : String.format(Locale.ROOT, "%,d sequences, ", sequencesDone),
                stepsDone / seconds,
                tasksDone,
                tasks,
                share > 0 ? ", " + time(seconds * (1 - share) / share) + " left" : "");
        return style == Style.BAR ? bar(share) + rate : rate.strip();
    }

    private static String bar(double share) {
        int full = (int) Math.round(share * BAR);
        return "[" + "#".repeat(full) + ".".repeat(BAR - full) + "]";
    }

    private static String time(double seconds) {
        long whole = Math.round(seconds);
        return whole < 60
                ? whole + " s"
                : whole < 3600
                        ? Math.round(whole / 60.0) + " min"
                        : String.format(Locale.ROOT, "%.1f h", whole / 3600.0);
    }

    /** Takes the bar away, and tells no more. */
    void end() {
        timer.cancel();
        context.removeSparkListener(this);
        if (shown) {
            out.print("\r" + " ".repeat(LINE) + "\r");
            out.flush();
        }
    }
}
