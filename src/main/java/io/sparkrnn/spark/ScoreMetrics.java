package io.sparkrnn.spark;

import java.io.Serializable;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
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
    private final LongAccumulator nonFinite;
    private final LongAccumulator leftOut;
    private final EngineUse engines = new EngineUse();
    private final EnumMap<Output, LongAccumulator> nonFiniteByOutput = new EnumMap<>(Output.class);

    /** Counters at zero, for one job. */
    public ScoreMetrics(SparkContext context) {
        sequences = context.longAccumulator("sequences");
        steps = context.longAccumulator("time steps");
        forwardNanos = context.longAccumulator("forward pass (ns)");
        nonFinite = context.longAccumulator("sequences with NaN or infinity");
        leftOut = context.longAccumulator("rows of too few steps");
        context.register(engines, "engines by executor");
        for (Output output : Output.values()) {
            // Without names: in Spark's pages one line is enough.
            nonFiniteByOutput.put(output, context.longAccumulator());
        }
    }

    void count(long batchSequences, long batchSteps, long nanos) {
        sequences.add(batchSequences);
        steps.add(batchSteps);
        forwardNanos.add(nanos);
    }

    void countEngine(EngineUse.Of use) {
        engines.add(use);
    }

    void countLeftOut() {
        leftOut.add(1);
    }

    void countNonFiniteSequence() {
        nonFinite.add(1);
    }

    void countNonFinite(Output output) {
        Objects.requireNonNull(nonFiniteByOutput.get(output)).add(1);
    }

    /** On how many executors each engine computed, by the engine's name, such as "simd, 512 bits" or "portable". */
    public Map<String, Integer> engines() {
        return engines.executors();
    }

    /** The number of sequences with a NaN or an infinity in a result. */
    public long nonFiniteSequences() {
        return nonFinite.value();
    }

    /** The outputs in which there is a NaN or an infinity, in their order. */
    public Set<Output> nonFiniteOutputs() {
        Set<Output> outputs = EnumSet.noneOf(Output.class);
        nonFiniteByOutput.forEach((output, count) -> {
            if (count.value() > 0) {
                outputs.add(output);
            }
        });
        return outputs;
    }

    /** The number of rows that were left out because they have too few steps. */
    public long leftOut() {
        return leftOut.value();
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
