package io.sparkrnn.report;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * All numbers of a run, as metrics.json has them. Fields that a file lacks are empty or 0, those that it has besides are
 * passed over, so that a file of another release can be read.
 *
 * @param version of the format, {@link #VERSION}
 * @param lengths steps of all sequences
 * @param features by their place in a step; from a sample
 * @param scores by their place in a row's scores
 * @param units of h_n; from a sample
 * @param norms of h_t, by how far it is from a sequence's first step; from a sample
 */
public record RunMetrics(
        int version,
        Header header,
        Funnel funnel,
        Sample sample,
        Distribution lengths,
        List<Feature> features,
        List<Score> scores,
        List<Unit> units,
        List<Norm> norms,
        Throughput throughput,
        List<Task> tasks,
        Skew skew,
        List<OutputFile> files) {
    /** What this release writes. */
    public static final int VERSION = 1;

    public RunMetrics {
        if (version != VERSION) {
            throw new IllegalArgumentException("version " + version + "; expected " + VERSION);
        }
        header = Objects.requireNonNullElse(header, Header.EMPTY);
        funnel = Objects.requireNonNullElse(funnel, Funnel.EMPTY);
        sample = Objects.requireNonNullElse(sample, Sample.EMPTY);
        lengths = Objects.requireNonNullElse(lengths, Distribution.EMPTY);
        features = list(features);
        scores = list(scores);
        units = list(units);
        norms = list(norms);
        throughput = Objects.requireNonNullElse(throughput, Throughput.EMPTY);
        tasks = list(tasks);
        skew = Objects.requireNonNullElse(skew, Skew.EMPTY);
        files = list(files);
    }

    private static <T> List<T> list(List<T> given) {
        return given == null ? List.of() : List.copyOf(given);
    }

    private static String text(String given) {
        return Objects.requireNonNullElse(given, "");
    }

    private static void notNegative(String what, double... numbers) {
        for (double number : numbers) {
            if (!(number >= 0) || Double.isInfinite(number)) {
                throw new IllegalArgumentException(what + " of " + number);
            }
        }
    }

    private static void notNegative(String what, long... numbers) {
        for (long number : numbers) {
            if (number < 0) {
                throw new IllegalArgumentException(what + " of " + number);
            }
        }
    }

    /**
     * The numbers of a run.
     *
     * @param profile what all tasks gathered
     * @param features names of the features, in the order of a step; those that have none are numbered
     * @param scores names of the scores, likewise
     */
    public static RunMetrics of(
            Header header,
            Funnel funnel,
            RunProfile profile,
            List<String> features,
            List<String> scores,
            Throughput throughput,
            List<Task> tasks,
            List<OutputFile> files) {
        return new RunMetrics(
                VERSION,
                header,
                funnel,
                profile.sample(),
                profile.lengths(),
                profile.features(features),
                profile.scores(scores),
                profile.units(),
                profile.norms(),
                throughput,
                tasks,
                Skew.of(tasks),
                files);
    }

    /**
     * Which run it was.
     *
     * @param status as the user is to read it, "succeeded" for one
     * @param started an instant in ISO 8601, in UTC
     * @param seconds by the clock
     * @param network in words, as inspect prints it
     */
    public record Header(
            String run,
            String status,
            String started,
            double seconds,
            String model,
            String network,
            String input,
            String output,
            String spark,
            String java,
            String kernel) {
        static final Header EMPTY = new Header("", "", "", 0, "", "", "", "", "", "", "");

        public Header {
            run = text(run);
            status = text(status);
            started = text(started);
            notNegative("a run's seconds", seconds);
            model = text(model);
            network = text(network);
            input = text(input);
            output = text(output);
            spark = text(spark);
            java = text(java);
            kernel = text(kernel);
        }
    }

    /**
     * What became of the rows.
     *
     * @param leftOut by what was asked for, a row without steps for one
     * @param quarantined rows put aside, by the code of what was wrong
     * @param nulled rows kept with null in place of results, by the code of what was wrong
     */
    public record Funnel(
            long read, long scored, long leftOut, Map<String, Long> quarantined, Map<String, Long> nulled) {
        static final Funnel EMPTY = new Funnel(0, 0, 0, Map.of(), Map.of());

        public Funnel {
            notNegative("rows", read, scored, leftOut);
            quarantined = counts(quarantined);
            nulled = counts(nulled);
        }

        private static Map<String, Long> counts(Map<String, Long> given) {
            Map<String, Long> counts = new LinkedHashMap<>();
            if (given != null) {
                given.forEach((code, count) -> {
                    notNegative("rows", count.longValue());
                    counts.put(text(code), count);
                });
            }
            return Collections.unmodifiableMap(counts);
        }
    }

    /**
     * How many rows and steps there were, and of how many features and states were looked at.
     *
     * @param evenRows so many rows that stand for equally many others would tell as much as those sampled (Kish)
     */
    public record Sample(long rows, long sampledRows, long evenRows, long steps, long sampledSteps) {
        static final Sample EMPTY = new Sample(0, 0, 0, 0, 0);

        public Sample {
            notNegative("rows", rows, sampledRows, evenRows);
            notNegative("steps", steps, sampledSteps);
        }
    }

    /**
     * A number of a step.
     *
     * @param nonFiniteShare of NaN and infinite values among all, from 0 to 1
     */
    public record Feature(String name, double nonFiniteShare, Distribution values) {
        public Feature {
            name = text(name);
            notNegative("a share", nonFiniteShare);
            values = Objects.requireNonNullElse(values, Distribution.EMPTY);
        }
    }

    /** A number of a row's scores. */
    public record Score(String name, Distribution values) {
        public Score {
            name = text(name);
            values = Objects.requireNonNullElse(values, Distribution.EMPTY);
        }
    }

    /**
     * A number of h_n.
     *
     * @param saturated share of states closer to -1 or 1 than 0.01, from 0 to 1
     */
    public record Unit(int unit, double saturated, Distribution values) {
        public Unit {
            notNegative("a unit's number", (long) unit);
            notNegative("a share", saturated);
            values = Objects.requireNonNullElse(values, Distribution.EMPTY);
        }

        /** Whether it was the same number in every row looked at: it carries nothing to whatever reads h_n. */
        boolean dead() {
            return values.isConstant();
        }
    }

    /**
     * Norms of h_t at steps of about one distance from the first.
     *
     * @param fromStep the first of them, counted from 0
     * @param toStep the last
     * @param sequences that reach so far
     */
    public record Norm(
            long fromStep, long toStep, long sequences, double mean, double deviation, double min, double max) {
        public Norm {
            notNegative("a norm's steps or sequences", fromStep, toStep, sequences);
            notNegative("a norm", mean, deviation, min, max);
        }
    }

    /**
     * How fast it went.
     *
     * @param rowsPerSecond by the clock, as are steps
     * @param cores that worked at once at most
     * @param readSeconds of all tasks together, as are the next two
     */
    public record Throughput(
            double rowsPerSecond,
            double stepsPerSecond,
            int cores,
            double readSeconds,
            double forwardSeconds,
            double writeSeconds) {
        static final Throughput EMPTY = new Throughput(0, 0, 0, 0, 0, 0);

        public Throughput {
            notNegative("cores", (long) cores);
            notNegative("a throughput", rowsPerSecond, stepsPerSecond, readSeconds, forwardSeconds, writeSeconds);
        }

        double taskSeconds() {
            return readSeconds + forwardSeconds + writeSeconds;
        }
    }

    /**
     * When a task ran and where.
     *
     * @param startMillis from any one moment, the same for all tasks of a run
     */
    public record Task(int index, long startMillis, long endMillis, long rows, String host) {
        public Task {
            notNegative("a task's number or rows", index, rows);
            // A clock that was set back is no reason to have no report.
            endMillis = Math.max(startMillis, endMillis);
            host = text(host);
        }

        /** The same by another number. */
        public Task withIndex(int other) {
            return new Task(other, startMillis, endMillis, rows, host);
        }

        long millis() {
            return endMillis - startMillis;
        }
    }

    /**
     * How unevenly the tasks ran.
     *
     * @param medianMillis of all tasks
     * @param longestTask the index of the one that took longest, -1 without tasks
     * @param longestByMedian how many times the median it took; 0 without tasks
     * @param rowsByMedian how many times the median of rows the largest task had
     */
    public record Skew(
            long medianMillis, long longestMillis, int longestTask, double longestByMedian, double rowsByMedian) {
        static final Skew EMPTY = new Skew(0, 0, -1, 0, 0);

        static Skew of(List<Task> tasks) {
            if (tasks.isEmpty()) {
                return EMPTY;
            }
            List<Long> millis = new ArrayList<>();
            List<Long> rows = new ArrayList<>();
            Task longest = tasks.get(0);
            for (Task task : tasks) {
                millis.add(task.millis());
                rows.add(task.rows());
                longest = task.millis() > longest.millis() ? task : longest;
            }
            Collections.sort(millis);
            Collections.sort(rows);
            long median = millis.get(millis.size() / 2);
            long medianRows = rows.get(rows.size() / 2);
            return new Skew(
                    median,
                    longest.millis(),
                    longest.index(),
                    longest.millis() / (double) Math.max(1, median),
                    rows.get(rows.size() - 1) / (double) Math.max(1, medianRows));
        }
    }

    /** A file of the output. */
    public record OutputFile(String name, long bytes) {
        public OutputFile {
            name = text(name);
            notNegative("a file's bytes", bytes);
        }
    }
}
