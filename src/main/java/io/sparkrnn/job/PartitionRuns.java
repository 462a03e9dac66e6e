package io.sparkrnn.job;

import io.sparkrnn.job.input.InputArguments;
import io.sparkrnn.job.invalid.InvalidArguments;
import io.sparkrnn.job.message.Counts;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.job.output.Destination;
import io.sparkrnn.job.output.OutputArguments;
import io.sparkrnn.job.output.OwnedPartition;
import io.sparkrnn.job.output.Written;
import io.sparkrnn.job.report.RunReport;
import io.sparkrnn.job.run.Run;
import io.sparkrnn.job.session.JobSession;
import io.sparkrnn.job.storage.ReadFiles;
import io.sparkrnn.parquet.InputSources.InputFile;
import io.sparkrnn.parquet.InputSources.Source;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;

/**
 * Scores a table partition by partition, each put in its place when it is whole, so that a run that ended in its middle need
 * not begin again: what one of the same model and options made of the same files is left as it is.
 */
final class PartitionRuns {
    private final ScoreJob scoring;
    private final Run run;
    private final OutputArguments target;
    private final InvalidArguments invalid;
    private final InputArguments input;
    private final ReadFiles read;
    private final RunReport report;
    private final PrintWriter out;

    PartitionRuns(
            ScoreJob scoring,
            Run run,
            OutputArguments target,
            InvalidArguments invalid,
            InputArguments input,
            ReadFiles read,
            RunReport report,
            PrintWriter out) {
        this.scoring = scoring;
        this.run = run;
        this.target = target;
        this.invalid = invalid;
        this.input = input;
        this.read = read;
        this.report = report;
        this.out = out;
    }

    /** One partition: which, and the files of the input that are in it. */
    private record Part(OwnedPartition partition, List<InputFile> files) {}

    /**
     * Partitions that were made, one after the other.
     *
     * @param count how many; of 0 there is nothing else to tell
     * @param seconds that writing them took
     * @param format by whose name they are read
     * @param engines see {@link io.sparkrnn.spark.ScoreMetrics#engines}
     * @param setAside the last that was written of the rows that cannot be scored; null where they stay
     */
    record Made(
            int count,
            double seconds,
            String format,
            Map<String, Integer> engines,
            @Nullable Written setAside) {
        Made and(Scored scored) {
            Map<String, Integer> all = new TreeMap<>(engines);
            scored.metrics().engines().forEach((engine, executors) -> all.merge(engine, executors, Math::max));
            return new Made(
                    count + 1,
                    seconds + scored.written().seconds(),
                    scored.written().format(),
                    all,
                    scored.setAside());
        }
    }

    /**
     * Makes those that are not complete.
     *
     * @param output the whole
     */
    Made make(JobSession job, Dataset<Row> table, Destination output) throws Exception {
        List<Part> parts = parts();
        List<Part> left = left(parts, output);
        out.println("Resume:  " + counted(left.size()) + " to score, " + (parts.size() - left.size()) + " complete, of "
                + output.address());
        Made made = new Made(0, 0, "", Map.of(), null);
        for (Part part : left) {
            OutputArguments of = target.only(part.partition());
            Destination place = of.destination(input.io());
            Destination aside = invalid.destination(of, input.io());
            try {
                long start = System.nanoTime();
                Scored scored = score(job, table, part, place, aside);
                run.madePartition(place, run.keyOf(part.files()), scored.metrics());
                made = made.and(scored);
                out.println(String.format(
                        Locale.ROOT,
                        "  %s: %s scored in %.1f s (%d of %d)",
                        part.partition().path(),
                        Counts.counted(scored.metrics().sequences(), "sequence"),
                        (System.nanoTime() - start) / 1e9,
                        made.count(),
                        left.size()));
                String note = scored.invalid();
                if (note != null) {
                    out.println("Note:    " + note);
                }
            } catch (Exception e) { // whatever a job throws, checked too: it is noted in the run's file and thrown on
                run.stopped(place, e);
                out.println("Resume:  stopped at " + part.partition().path() + "; " + counted(made.count())
                        + " of this run are complete, and the next one with --resume leaves them out");
                throw e;
            }
        }
        out.println(run.madeAll(output));
        return made;
    }

    /** Says which those are. */
    void plan(Destination output) {
        List<Part> parts = parts();
        List<Part> left = left(parts, output);
        out.println("Resume:  " + counted(left.size()) + " would be scored, " + (parts.size() - left.size())
                + " complete, of " + output.address());
        left.forEach(part -> out.println("  " + part.partition().path() + ": "
                + Counts.counted(part.files().size(), "file")));
    }

    private static String counted(int partitions) {
        return Counts.counted(partitions, "partition");
    }

    private Scored score(JobSession job, Dataset<Row> table, Part part, Destination place, @Nullable Destination aside)
            throws Exception {
        place.prepare(read, out);
        place.prepare(job, read, out);
        place.checkHoldsNot(table, input.roots());
        if (aside != null) {
            aside.prepare(read, out);
            aside.prepare(job, read, out);
            aside.checkHoldsNot(table, input.roots());
        }
        return scoring.run(table.where(part.partition().condition(table.schema())), place, aside, report, () -> {
            // each takes the place of a former one in two renames
        });
    }

    private List<Part> left(List<Part> parts, Destination output) {
        Map<String, String> made = run.madeBefore(output);
        List<Part> left = new ArrayList<>();
        for (Part part : parts) {
            boolean complete = run.keyOf(part.files())
                            .equals(made.get(part.partition().path()))
                    && target.only(part.partition()).destination(input.io()).holdsRows();
            if (!complete) {
                left.add(part);
            }
        }
        return left;
    }

    /** The partitions of the input, by the folders of its files. */
    private List<Part> parts() {
        List<Source> sources = run.sources();
        if (input.isQueried() || sources.size() != 1) {
            throw unknown("of a query or of several tables the files of a partition are not known");
        }
        Map<String, Part> parts = new TreeMap<>();
        for (InputFile file : sources.get(0).files()) {
            OwnedPartition partition = partition(file);
            parts.computeIfAbsent(partition.path(), path -> new Part(partition, new ArrayList<>()))
                    .files()
                    .add(file);
        }
        if (parts.isEmpty() && !sources.get(0).known()) {
            throw unknown(sources.get(0).name() + " does not tell its files");
        }
        return List.copyOf(parts.values());
    }

    private OwnedPartition partition(InputFile file) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String column : target.partitionColumns()) {
            String name = file.partition().keySet().stream()
                    .filter(column::equalsIgnoreCase)
                    .findFirst()
                    .orElseThrow(() -> unknown(file.path() + " is in no folder " + column + "=..."));
            String value = file.partition().get(name);
            values.put(column, value == null ? OwnedPartition.NULL : value);
        }
        return new OwnedPartition(values);
    }

    private static JobException unknown(String why) {
        return new JobException(
                ExitCode.USAGE,
                "--resume: the input has to be laid out in folders by the columns of --partition-by, of numbers, dates or"
                        + " text, so that the files of a partition are known; " + why
                        + ". Do without --resume, or run each partition by itself (--where, --output-partition)");
    }
}
