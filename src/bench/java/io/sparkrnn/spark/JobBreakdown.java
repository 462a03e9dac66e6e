package io.sparkrnn.spark;

import io.sparkrnn.RandomNetwork;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.spark.result.Output;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Where the time of a job goes: jobs that each do one thing more than the one before, over the same Parquet table, in
 * rounds one after the other, so that a slow minute of the machine is everybody's. Prints the medians and differences.
 *
 * <pre>mvn -B -q -Pbench test-compile exec:exec -Dbench=io.sparkrnn.spark.JobBreakdown</pre>
 */
final class JobBreakdown {
    private static final int SEQUENCES = Integer.getInteger("sequences", 20_000);
    private static final int STEPS = Integer.getInteger("steps", 50);
    private static final int INPUT_SIZE = Integer.getInteger("input_size", 32);
    private static final int HIDDEN_SIZE = Integer.getInteger("hidden_size", 64);
    private static final int ROUNDS = Integer.getInteger("rounds", 9);
    private static final int WARM_UP = 3;

    private JobBreakdown() {}

    /** Runs the rounds; the sizes are system properties: sequences, steps, input_size, hidden_size, rounds, master. */
    public static void main(String[] args) throws IOException {
        SparkSession spark = SparkSession.builder()
                .master(System.getProperty("master", "local[1]"))
                .appName("job breakdown")
                .config("spark.ui.enabled", "false")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .getOrCreate();
        spark.sparkContext().setLogLevel("ERROR");
        Path folder = Files.createTempDirectory("breakdown");
        String input = folder.resolve("in").toString();
        spark.range(0, SEQUENCES, 1, 2)
                .selectExpr(
                        "id",
                        "transform(sequence(1, " + STEPS + "), t -> transform(sequence(1, " + INPUT_SIZE
                                + "), i -> float(randn(7)))) AS features")
                .write()
                .parquet(input);

        RnnModel model = RandomNetwork.of(Cell.RNN_TANH, INPUT_SIZE, HIDDEN_SIZE)
                .model(new Random(1));
        SequenceScorer scorer = SequenceScorer.builder(model).id("id").build();
        SequenceScorer finalStates = SequenceScorer.builder(model)
                .id("id")
                .outputs(EnumSet.of(Output.H_N))
                .build();
        ScoreMetrics metrics = new ScoreMetrics(spark.sparkContext());
        Map<String, Runnable> jobs = new LinkedHashMap<>();
        jobs.put("read", () -> noop(spark.read().parquet(input)));
        jobs.put("+ batch, forward (hidden_states and h_n as Spark's arrays)", () -> noop(scorer.transform(
                spark.read().parquet(input), metrics)));
        jobs.put("+ write (Parquet, snappy)", () -> scorer.transform(spark.read().parquet(input))
                .write()
                .mode("overwrite")
                .parquet(folder.resolve("out").toString()));
        jobs.put("h_n alone: the whole job", () -> finalStates
                .transform(spark.read().parquet(input))
                .write()
                .mode("overwrite")
                .parquet(folder.resolve("out").toString()));

        Map<String, List<Double>> seconds = new LinkedHashMap<>();
        List<Double> forward = new ArrayList<>();
        for (int round = -WARM_UP; round < ROUNDS; round++) {
            for (Map.Entry<String, Runnable> job : jobs.entrySet()) {
                double before = metrics.forwardSeconds();
                long start = System.nanoTime();
                job.getValue().run();
                double took = (System.nanoTime() - start) / 1e9;
                if (round >= 0) {
                    seconds.computeIfAbsent(job.getKey(), key -> new ArrayList<>())
                            .add(took);
                    if (metrics.forwardSeconds() > before) {
                        forward.add(metrics.forwardSeconds() - before);
                    }
                }
            }
        }
        System.out.printf(
                Locale.ROOT,
                "%d sequences x %d steps x %d floats, H=%d, %s, medians of %d rounds%n",
                SEQUENCES,
                STEPS,
                INPUT_SIZE,
                HIDDEN_SIZE,
                spark.sparkContext().master(),
                ROUNDS);
        double before = 0;
        for (Map.Entry<String, List<Double>> job : seconds.entrySet()) {
            double median = median(job.getValue());
            System.out.printf(Locale.ROOT, "| %-66s | %6.2f s | %+6.2f s |%n", job.getKey(), median, median - before);
            before = median;
        }
        double flops = 2.0 * SEQUENCES * STEPS * HIDDEN_SIZE * (INPUT_SIZE + HIDDEN_SIZE);
        System.out.printf(
                Locale.ROOT,
                "of which the forward pass %.2f s (%.1f GFLOP/s)%n",
                median(forward),
                flops / median(forward) / 1e9);
        spark.stop();
    }

    private static void noop(Dataset<Row> table) {
        table.write().format("noop").mode("overwrite").save();
    }

    private static double median(List<Double> values) {
        List<Double> sorted = new ArrayList<>(values);
        Collections.sort(sorted);
        return sorted.get(sorted.size() / 2);
    }
}
