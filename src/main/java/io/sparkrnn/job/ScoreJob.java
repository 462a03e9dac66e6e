package io.sparkrnn.job;

import io.sparkrnn.format.network.Network;
import io.sparkrnn.job.input.RepartitionArguments;
import io.sparkrnn.job.invalid.InvalidArguments;
import io.sparkrnn.job.invalid.InvalidReport;
import io.sparkrnn.job.invalid.ScoredWrite;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.Failure;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.job.output.Destination;
import io.sparkrnn.job.output.Written;
import io.sparkrnn.job.report.RunReport;
import io.sparkrnn.job.session.SessionSettings;
import io.sparkrnn.job.session.UnprovenMachines;
import io.sparkrnn.job.session.WaitingTasks;
import io.sparkrnn.job.state.CarriedStates;
import io.sparkrnn.job.storage.Staging;
import io.sparkrnn.model.Precision;
import io.sparkrnn.spark.ScoreMetrics;
import io.sparkrnn.spark.SequenceScorer;
import io.sparkrnn.spark.invalid.InputException;
import io.sparkrnn.spark.invalid.OnInvalid;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/** Scores a table into a place, as often as it is told to. */
final class ScoreJob {
    private final Network network;
    private final Precision precision;
    private final Scorers scorers;
    private final CarriedStates carried;
    private final InvalidArguments invalid;
    private final RepartitionArguments repartition;
    private final Function<Dataset<Row>, String> without;
    private final int shown;

    /** How a table is scored. */
    interface Scorers {
        /**
         * A scorer of a table.
         *
         * @param states where the states that are carried to a later run wait; null where none are written
         */
        SequenceScorer scorer(Dataset<Row> table, OnInvalid rule, @Nullable Staging states);
    }

    /**
     * One for any number of tables.
     *
     * @param without what to add to a message of null features: the file that lacks the column
     * @param shown how many rows of the result are to be shown
     */
    ScoreJob(
            Network network,
            Precision precision,
            Scorers scorers,
            CarriedStates carried,
            InvalidArguments invalid,
            RepartitionArguments repartition,
            Function<Dataset<Row>, String> without,
            int shown) {
        this.network = network;
        this.precision = precision;
        this.scorers = scorers;
        this.carried = carried;
        this.invalid = invalid;
        this.repartition = repartition;
        this.without = without;
        this.shown = shown;
    }

    /** Checks that the table can be scored into the place, and reads no row; gives the schema of the result. */
    StructType check(Dataset<Row> table, Destination output, @Nullable Destination quarantine) {
        SequenceScorer scorer = scorers.scorer(table, OnInvalid.fail(), null);
        ScoreMetrics metrics = new ScoreMetrics(table.sparkSession().sparkContext());
        return checked(scorer, table, scorer.transform(table, metrics), metrics, output, quarantine);
    }

    private StructType checked(
            SequenceScorer scorer,
            Dataset<Row> table,
            Dataset<Row> scored,
            ScoreMetrics metrics,
            Destination output,
            @Nullable Destination quarantine) {
        output.check(scored.schema());
        carried.check(scored.schema());
        if (quarantine != null) {
            quarantine.check(scorer.setAside(table, metrics).schema());
        }
        return scored.schema();
    }

    /**
     * Scores and writes.
     *
     * @param report what looks at the rows meanwhile
     * @param publishing see {@link ScoredWrite}
     */
    Scored run(
            Dataset<Row> table,
            Destination output,
            @Nullable Destination quarantine,
            RunReport report,
            SessionSettings.Step publishing)
            throws Exception {
        RepartitionArguments.Spread spread = repartition.spread(table, network, precision);
        ScoreMetrics metrics = new ScoreMetrics(table.sparkSession().sparkContext());
        ScoredWrite write = new ScoredWrite(output, quarantine, invalid.limit(), metrics, shown, publishing);
        try (Staging staging = invalid.staging(output, quarantine);
                Staging states = carried.staging();
                UnprovenMachines machines =
                        UnprovenMachines.in(table.sparkSession().sparkContext())) {
            SequenceScorer scorer = scorers.scorer(table, invalid.rule(staging), states);
            Dataset<Row> scored = report.transform(scorer, network, spread.table(), metrics);
            StructType schema = checked(scorer, table, scored, metrics, output, quarantine);
            try {
                Map<String, String> settings = new HashMap<>(spread.settings());
                settings.putAll(WaitingTasks.ofThisRunAlone());
                Written written = SessionSettings.under(
                        table.sparkSession(), settings, () -> write.write(scorer, table, scored, staging));
                carried.publish(scorer, table, metrics);
                return new Scored(metrics, written, schema, write.setAside(), spread.what());
            } catch (Exception e) { // whatever Spark or a catalog throws, checked too: it is explained and thrown on
                String unproven = machines.found();
                if (unproven != null) {
                    throw new JobException(ExitCode.VERIFICATION_FAILED, unproven + "; nothing was written", e);
                }
                throw explained(e, table);
            }
        }
    }

    /**
     * The error of a job that failed: where a row was the reason, one that tells of all such rows of the input, not only of
     * the first that some task met. The others are looked for in a second pass, which scores nothing.
     */
    private Exception explained(Exception failed, Dataset<Row> table) {
        Failure failure = Failure.of(failed);
        if (failure.code() != ExitCode.INPUT || !invalid.endTheRun() || !failure.isOfARow()) {
            return failed;
        }
        String message = failure.message();
        String lacking = message.contains("its features are null") ? without.apply(table) : "";
        ScoreMetrics all = new ScoreMetrics(table.sparkSession().sparkContext());
        try {
            if (invalid.areOfResults() || network.graph() != null) {
                scorers.scorer(table, OnInvalid.nulls(), null)
                        .transform(table, all)
                        .write()
                        .format("noop")
                        .mode("overwrite")
                        .save();
            } else {
                scorers.scorer(table, OnInvalid.fail(), null).check(table, all);
            }
            InvalidReport report = new InvalidReport(all);
            if (report.count() > 1) {
                return new InputException(
                        report.counts() + " cannot be scored; nothing was written" + lacking
                                + ". Repair them, leave them out"
                                + " (--where), or set them aside (--on-invalid quarantine):" + report.first(),
                        failed);
            }
        } catch (RuntimeException e) {
            // the first pass said what is wrong, and the second was for more of the same
            return new InputException(message + lacking, failed);
        }
        return new InputException(message + lacking, failed);
    }
}
