package io.sparkrnn.spark;

import java.io.Serializable;
import org.apache.spark.SparkContext;
import org.apache.spark.util.LongAccumulator;

/**
 * What a job did, counted by its tasks. Exact when the scored table is written or collected straight away: Spark counts
 * each finished task of the last stage once, retries and speculation or not.
 */
public final class ScoreMetrics implements Serializable {
    private static final long serialVersionUID = 1;

    private final LongAccumulator sequences;
    private final LongAccumulator steps;
    private final LongAccumulator forwardNanos;

    /** Counters at zero, for one job. */
    public ScoreMetrics(SparkContext context) {
        sequences = context.longAccumulator("sequences");
        steps = context.longAccumulator("time steps");
        forwardNanos = context.longAccumulator("forward pass (ns)");
    }

    void count(long batchSequences, long batchSteps, long nanos) {
        sequences.add(batchSequences);
        steps.add(batchSteps);
        forwardNanos.add(nanos);
    }

    /** The number of sequences scored. */
    public long sequences() {
        return sequences.value();
    }

    /** The number of time steps scored. */
    public long steps() {
        return steps.value();
    }

    /** The time spent in the forward pass, all tasks together, in seconds. */
    public double forwardSeconds() {
        return forwardNanos.value() / 1e9;
    }
}
