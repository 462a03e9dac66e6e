package io.sparkrnn.spark.count;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.RandomNetwork;
import io.sparkrnn.model.Cell;
import io.sparkrnn.platform.ScalaCollections;
import io.sparkrnn.spark.LocalSpark;
import io.sparkrnn.spark.SequenceScorer;
import java.util.Random;
import org.apache.spark.SparkEnv;
import org.apache.spark.metrics.source.Source;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;

/** What Spark's sinks of metrics are sent. */
class ExecutorMetricsTest {
    @Test
    void countsWhatTasksDid() {
        SparkSession spark = LocalSpark.session();
        long before =
                ExecutorMetrics.here().metricRegistry().counter("time_steps").getCount();
        SequenceScorer.builder(RandomNetwork.of(Cell.GRU, 1, 2).model(new Random(1)))
                .build()
                .transform(spark.range(0, 30, 1, 2).selectExpr("id", "array(array(float(id)), array(1F)) AS features"))
                .write()
                .format("noop")
                .mode("overwrite")
                .save();
        Source source = ScalaCollections.list(SparkEnv.get().metricsSystem().getSourcesByName(ExecutorMetrics.NAME))
                .get(0);
        assertThat(source.metricRegistry().counter("time_steps").getCount() - before)
                .isEqualTo(60);
        assertThat(source.metricRegistry().counter("mini_batches").getCount()).isPositive();
    }
}
