package io.sparkrnn.job.invalid;

import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.job.output.Destination;
import io.sparkrnn.job.output.Written;
import io.sparkrnn.job.session.RunningTasks;
import io.sparkrnn.job.session.SessionSettings;
import io.sparkrnn.job.storage.Staging;
import io.sparkrnn.spark.ScoreMetrics;
import io.sparkrnn.spark.SequenceScorer;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/**
 * The writing of a scored table where rows may be invalid. All rows are scored and counted first; then those that were set
 * aside are published, then the others; or, where they are too many, none.
 */
public final class ScoredWrite {
    private final Destination output;
    private final @Nullable Destination quarantine;
    private final InvalidLimit limit;
    private final ScoreMetrics metrics;
    private final int shown;
    private final SessionSettings.Step publishing;

    /** What was written of the rows that were set aside; null when none were to be. */
    private @Nullable Written setAside;

    /**
     * Of one job.
     *
     * @param quarantine where rows that are set aside go; null where none are
     * @param shown how many rows of the scored are to be shown
     * @param publishing what is done when all rows are known to be right and the first of them is about to be seen; only of
     *     files that Spark's usual committer publishes
     */
    public ScoredWrite(
            Destination output,
            @Nullable Destination quarantine,
            InvalidLimit limit,
            ScoreMetrics metrics,
            int shown,
            SessionSettings.Step publishing) {
        this.output = output;
        this.quarantine = quarantine;
        this.limit = limit;
        this.metrics = metrics;
        this.shown = shown;
        this.publishing = publishing;
    }

    @Nullable
    public Written setAside() {
        return setAside;
    }

    /**
     * Scores and writes.
     *
     * @param staging a folder of this run alone, for rows that wait; null where invalid rows stay or end the run
     */
    public Written write(SequenceScorer scorer, Dataset<Row> table, Dataset<Row> scored, @Nullable Staging staging)
            throws Exception {
        SparkSession session = table.sparkSession();
        SessionSettings.Step check = () -> {
            check();
            if (quarantine != null) {
                Dataset<Row> rows = scorer.setAside(table, metrics);
                setAside = quarantine.write(rows, 0, () -> metrics.invalid().isEmpty());
            }
        };
        if (output.commitsFiles() && CommitGate.isAsked(session)) {
            AtomicReference<@Nullable Written> written = new AtomicReference<>();
            SessionSettings.Step before = () -> {
                check.run();
                publishing.run();
            };
            CommitGate.write(session, before, () -> written.set(output.write(scored, shown, this::isEmpty)));
            return Objects.requireNonNull(written.get());
        }
        if (staging == null) {
            if (!limit.equals(InvalidLimit.NONE)) {
                throw new JobException(
                        ExitCode.USAGE,
                        "--max-invalid: what writes this output publishes its rows before they can be counted; nothing was"
                                + " written. Give --on-invalid quarantine, with which they wait, or write files (--output)");
            }
            Written written = output.write(scored, shown, this::isEmpty);
            checkAllEnded("the output is written");
            return written;
        }
        // what publishes rows in a way of its own gets them when they are known to be right
        String waiting = staging.folder() + "/scored";
        writeWaiting(scored, waiting);
        check.run();
        return output.write(session.read().schema(scored.schema()).parquet(waiting), shown, this::isEmpty);
    }

    private boolean isEmpty() {
        return metrics.sequences() == 0 && metrics.invalid().isEmpty();
    }

    /** Tasks that go on after a failed job would make files in a folder that is taken away with it. */
    private static void writeWaiting(Dataset<Row> scored, String path) {
        try (RunningTasks tasks = RunningTasks.of(scored.sparkSession().sparkContext())) {
            try {
                scored.write().mode(SaveMode.ErrorIfExists).parquet(path);
            } catch (RuntimeException e) {
                tasks.awaitEnd();
                throw e;
            }
        }
    }

    /** Refuses to publish rows of which some are unaccounted for, or too many invalid. */
    private void check() {
        checkAllEnded("nothing was written");
        long invalid = new InvalidReport(metrics).count();
        if (limit.isExceeded(invalid, metrics.rows())) {
            InvalidReport report = new InvalidReport(metrics);
            throw new JobException(
                    ExitCode.TOO_MANY_INVALID,
                    report.counts() + " cannot be scored, more than --max-invalid " + limit + "; nothing was written:"
                            + report.first());
        }
    }

    /**
     * Refuses a job in which a row that was read ended nowhere, or in two places.
     *
     * @param what is there of it
     */
    private void checkAllEnded(String what) {
        long ended = metrics.sequences() + metrics.leftOut() + new InvalidReport(metrics).count();
        if (ended != metrics.rows()) {
            throw new JobException(
                    ExitCode.OTHER,
                    "of " + metrics.rows() + " rows that were read " + ended + " are accounted for; " + what
                            + ". This is a fault of spark-rnn: please tell of it");
        }
    }
}
