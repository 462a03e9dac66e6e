package io.sparkrnn.spark;

import io.sparkrnn.platform.ScalaCollections;
import io.sparkrnn.spark.count.EngineUse;
import io.sparkrnn.spark.count.ExecutorMetrics;
import io.sparkrnn.spark.count.RowCounts;
import io.sparkrnn.spark.count.RowLedger;
import io.sparkrnn.spark.invalid.ErrorCode;
import io.sparkrnn.spark.result.Output;
import io.sparkrnn.spark.result.ScoreSpread;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.TaskInfo;
import org.apache.spark.util.LongAccumulator;

/**
 * What a job did, counted by its tasks: each partition once, whether it was computed again or not. Of one job: what runs
 * again over another table with the same object, or over the same in other partitions, mixes with what was before.
 */
public final class ScoreMetrics implements Serializable {
    private static final long serialVersionUID = 1;

    /** What Spark's pages and events call the number of sequences that were run. */
    public static final String SEQUENCES = "sequences";

    /** The same of their time steps. */
    public static final String STEPS = "time steps";

    private final RowLedger ledger = new RowLedger();
    private final EngineUse engines = new EngineUse();

    // For Spark's own pages, which show them as tasks go on; a stage that runs again adds to them.
    private final LongAccumulator sequencesShown;
    private final LongAccumulator stepsShown;

    /** Counters at zero, for one job. */
    public ScoreMetrics(SparkContext context) {
        context.register(ledger);
        context.register(engines, "engines by executor");
        sequencesShown = context.longAccumulator(SEQUENCES);
        stepsShown = context.longAccumulator(STEPS);
    }

    /** Counts for the partition that the task at hand begins. */
    RowCounts open() {
        return ledger.open();
    }

    /** Counts of the partition at hand a batch that was run. */
    void countBatch(RowCounts counts, long batchSequences, long batchSteps, long nanos) {
        counts.forwardNanos += nanos;
        sequencesShown.add(batchSequences);
        stepsShown.add(batchSteps);
        ExecutorMetrics.here().count(batchSequences, batchSteps, nanos);
    }

    void countEngine(EngineUse.Of use) {
        engines.add(use);
    }

    /** On how many executors each engine computed, by the engine's name, such as "simd, 512 bits" or "portable". */
    public Map<String, Integer> engines() {
        return engines.executors();
    }

    /** The number of sequences with a NaN or an infinity in a result. */
    public long nonFiniteSequences() {
        return ledger.total().nonFinite;
    }

    /** The columns of results in which there is a NaN or an infinity, in their order. */
    public List<String> nonFiniteOutputs() {
        return ledger.total().nonFiniteOutputs();
    }

    /** The number of rows that were read: the scored, those left out, and the invalid. */
    public long rows() {
        return ledger.total().read;
    }

    /** The number of rows that were left out because they have too few steps. */
    public long leftOut() {
        return ledger.total().leftOut;
    }

    /** The number of sequences scored. */
    public long sequences() {
        return ledger.total().scored;
    }

    /** The number of time steps scored. */
    public long steps() {
        return ledger.total().steps;
    }

    /**
     * The sum of a hash of each row that was given, of its kept columns and its results, in 16 hexadecimal digits: the same
     * whatever the order of the rows, the partitions they are in, and the batches.
     */
    public String checksum() {
        return String.format(Locale.ROOT, "%016x", ledger.total().checksum);
    }

    /**
     * The scores in one of their columns; those that are not finite are left out.
     *
     * @param count how many there are
     * @param min the least; positive infinity where there is none
     * @param mean NaN where there is none
     * @param max the greatest; negative infinity where there is none
     */
    public record Scores(long count, double min, double mean, double max) {}

    /** The scores of a head, column by column; empty when there are none, or too many to look at each of them. */
    public List<Scores> scores() {
        return scoresByOutput().getOrDefault(Output.SCORE.column(), List.of());
    }

    /**
     * The scores of a head, or the outputs of a whole network, by their name: column by column, of each step all steps
     * together. Without those that have too many numbers to look at each of them.
     */
    public Map<String, List<Scores>> scoresByOutput() {
        Map<String, List<Scores>> all = new LinkedHashMap<>();
        ledger.total()
                .scores
                .forEach((output, spread) -> all.put(
                        output,
                        IntStream.range(0, spread.columns())
                                .mapToObj(column -> scores(spread, column))
                                .toList()));
        return all;
    }

    private static Scores scores(ScoreSpread spread, int column) {
        return new Scores(spread.count(column), spread.least(column), spread.mean(column), spread.greatest(column));
    }

    /** How many rows could not be scored, by the reason; only the reasons that there are. */
    public Map<ErrorCode, Long> invalid() {
        return ledger.total().invalid();
    }

    /** The first ten rows that could not be scored, in the order of the input, each with its reason in a sentence. */
    public List<String> firstInvalid() {
        return ledger.total().first();
    }

    /** The time spent in the forward pass, all tasks together, in seconds. */
    public double forwardSeconds() {
        return ledger.total().forwardNanos / 1e9;
    }

    /** The time spent on reading rows and putting them into batches, all tasks together, in seconds. */
    public double readSeconds() {
        return ledger.total().readNanos / 1e9;
    }

    /** The number of sequences that a task scored, once it is told to have ended; 0 of a task of another job. */
    public long sequencesOf(TaskInfo task) {
        for (AccumulableInfo told : ScalaCollections.list(task.accumulables().toSeq())) {
            if (told.id() == sequencesShown.id() && told.update().isDefined()) {
                return told.update().get() instanceof Long sequences ? sequences : 0;
            }
        }
        return 0;
    }

    /**
     * The files with the final states of the rows that were scored, in the order of partitions.
     *
     * @throws IllegalStateException when those of some are missing
     */
    List<String> finalStates() {
        List<String> files = new ArrayList<>();
        for (RowCounts part : ledger.parts()) {
            String file = part.finalStates;
            if (file != null) {
                files.add(file);
            } else if (part.scored > 0) {
                throw new IllegalStateException("no states of " + part.scored + " rows that were scored");
            }
        }
        return files;
    }

    /** The files with the rows that were set aside, in the order of partitions. */
    List<String> setAside() {
        return ledger.parts().stream()
                .map(part -> part.setAside)
                .filter(Objects::nonNull)
                .toList();
    }
}
