package io.sparkrnn.spark.count;

import com.codahale.metrics.Counter;
import com.codahale.metrics.MetricRegistry;
import org.apache.spark.SparkEnv;
import org.apache.spark.metrics.source.Source;
import org.jspecify.annotations.Nullable;

/**
 * What the tasks of one process did, for the sinks that Spark's metrics are sent to: Prometheus, StatsD, JMX and whatever
 * {@code spark.metrics.conf} names. Counts attempts of tasks that failed, too: they were work.
 *
 * @see <a href="https://spark.apache.org/docs/latest/monitoring.html#metrics">Spark's metrics</a>
 */
public final class ExecutorMetrics implements Source {
    static final String NAME = "spark-rnn";

    private static @Nullable ExecutorMetrics current;
    private static @Nullable SparkEnv of;

    private final MetricRegistry registry = new MetricRegistry();
    private final Counter sequences = registry.counter("sequences");
    private final Counter steps = registry.counter("time_steps");
    private final Counter batches = registry.counter("mini_batches");
    private final Counter nanos = registry.counter("forward_nanoseconds");

    private ExecutorMetrics() {}

    /** Those of this process; of its Spark, where one follows another. */
    public static synchronized ExecutorMetrics here() {
        SparkEnv environment = SparkEnv.get();
        if (current == null || of != environment) {
            current = new ExecutorMetrics();
            of = environment;
            if (environment != null) {
                environment.metricsSystem().registerSource(current);
            }
        }
        return current;
    }

    /** Counts a batch that was run. */
    public void count(long batchSequences, long batchSteps, long forwardNanos) {
        sequences.inc(batchSequences);
        steps.inc(batchSteps);
        nanos.inc(forwardNanos);
        batches.inc();
    }

    @Override
    public String sourceName() {
        return NAME;
    }

    @Override
    public MetricRegistry metricRegistry() {
        return registry;
    }
}
