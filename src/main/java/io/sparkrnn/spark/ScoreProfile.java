package io.sparkrnn.spark;

import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.GraphOutput;
import io.sparkrnn.model.Head;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.model.StateLayout;
import io.sparkrnn.report.PackedProfile;
import io.sparkrnn.report.RunProfile;
import io.sparkrnn.spark.count.PartitionLedger;
import java.io.Serializable;
import org.apache.spark.SparkContext;
import org.jspecify.annotations.Nullable;

/**
 * What the rows of a job were like, gathered by its tasks: each partition once, whether it was computed again or not. Of one
 * job, as {@link ScoreMetrics}. {@link SequenceScorer#profile} makes one.
 *
 * @see io.sparkrnn.report.RunMetrics
 */
public final class ScoreProfile implements Serializable {
    private static final long serialVersionUID = 1;

    /** Units of h_n that are looked at: each takes some memory of every task. */
    private static final int MOST_UNITS = 1024;

    private final Ledger ledger = new Ledger();
    private final int features;
    private final int units;
    private final int scores;

    /** The first state of h_n that is looked at: those of the last layer, which is what a head is made of. */
    private final int firstState;

    /** For one job of a scorer. */
    ScoreProfile(SparkContext context, RnnModel model, @Nullable Head head) {
        context.register(ledger);
        features = model.inputSize();
        StateLayout states = model.hiddenStates();
        int first = states.count();
        int width = 0;
        while (first > 0 && width < model.outputSize()) {
            width += states.width(--first);
        }
        firstState = first;
        units = Math.min(width, MOST_UNITS);
        scores = head == null ? 0 : Math.min(head.outputSize(), RunProfile.MOST_SCORES);
    }

    /** For one job of a scorer of a whole network, whose outputs are its scores. */
    ScoreProfile(SparkContext context, Graph graph) {
        context.register(ledger);
        features = graph.stepWidth();
        firstState = 0;
        units = 0;
        int numbers = graph.outputs().stream()
                .filter(output -> !output.isWhole())
                .mapToInt(GraphOutput::numbersEach)
                .sum();
        scores = Math.min(numbers, RunProfile.MOST_SCORES);
    }

    /** All rows together: to be asked when the job is done. */
    public RunProfile total() {
        RunProfile total = empty();
        ledger.parts().forEach(part -> total.merge(part.unpacked()));
        return total;
    }

    /** One for the rows of a partition. */
    RunProfile empty() {
        return new RunProfile(features, units, scores);
    }

    int units() {
        return units;
    }

    int scores() {
        return scores;
    }

    int firstState() {
        return firstState;
    }

    /** Takes what the task at hand gathered of its partition, which is then done. */
    void add(RunProfile profile) {
        if (!profile.isEmpty()) {
            ledger.add(profile.packed());
        }
    }

    /** What each partition sent, which stays packed: open, some hundreds would take more than a driver has. */
    private static final class Ledger extends PartitionLedger<PackedProfile> {
        private static final long serialVersionUID = 1;

        @Override
        protected PartitionLedger<PackedProfile> empty() {
            return new Ledger();
        }
    }
}
