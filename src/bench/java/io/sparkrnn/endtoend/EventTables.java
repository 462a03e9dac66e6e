package io.sparkrnn.endtoend;

import io.sparkrnn.RandomNetwork;
import io.sparkrnn.endtoend.Meter.Measurement;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.spark.ScoreMetrics;
import io.sparkrnn.spark.ScorerBuilder;
import io.sparkrnn.spark.SequenceScorer;
import io.sparkrnn.spark.event.EventLayout;
import io.sparkrnn.spark.result.Output;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * A table of events to h_n, Parquet to Parquet, in one of two ways: the layout of events, or a query that makes arrays of them
 * (collect_list and array_sort) which are then scored. 3 million events of ten numbers in 5,001 clients, of whom one may have half.
 * A GRU of 64 units. One way a JVM, so that each has its own heap: the job is run once for the JVM to warm up, then measured.
 *
 * <pre>
 *   mvn -B -q -Pbench test-compile exec:exec -Dbench=io.sparkrnn.endtoend.EventTables -Dbench.heap=2g \
 *       -Dbench.arguments="events one"
 * </pre>
 *
 * Arguments: {@code events} or {@code arrays}; {@code one}, a client with half of all, or {@code even}; the number of events in
 * thousands, 3000 by default; the runs that are measured, 3 by default.
 */
final class EventTables {
    private static final int CLIENTS = 5_000;
    private static final int WIDTH = 10;

    private EventTables() {}

    /** Prints a line for each run. */
    public static void main(String[] args) throws Exception {
        String way = args[0];
        String shape = args[1];
        long events = 1_000L * (args.length > 2 ? Long.parseLong(args[2]) : 3_000);
        int runs = args.length > 3 ? Integer.parseInt(args[3]) : 3;
        Path folder =
                Path.of(System.getProperty("bench.folder", "target"), "bench-data").toAbsolutePath();
        SparkSession session = SparkSession.builder()
                .master("local[2]")
                .appName("event tables")
                .config("spark.ui.enabled", "false")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .getOrCreate();
        session.sparkContext().setLogLevel("ERROR");
        AtomicLong spilled = new AtomicLong();
        session.sparkContext().addSparkListener(new SparkListener() {
            @Override
            public void onTaskEnd(SparkListenerTaskEnd end) {
                if (end.taskMetrics() != null) {
                    spilled.addAndGet(end.taskMetrics().diskBytesSpilled());
                }
            }
        });
        Dataset<Row> table = session.read().parquet(table(session, folder, shape, events).toString());
        Meter meter = new Meter(session.sparkContext());
        for (int run = 0; run <= runs; run++) {
            spilled.set(0);
            ScoreMetrics metrics = new ScoreMetrics(session.sparkContext());
            Dataset<Row> scored = scored(session, way, table, metrics);
            Path output = folder.resolve("events-scored-" + way);
            Measurement took = meter.of(
                    () -> scored.write().mode("overwrite").parquet(output.toString()));
            System.out.printf(
                    Locale.ROOT,
                    "%s, %s, %s: %.1f s, %.1f s of CPU, most in use after a collection %.0f MiB, spilled %.0f MiB,"
                            + " %d sequences, %d steps, forward pass %.1f s, before it %.1f s of task time%n",
                    way,
                    shape,
                    run == 0 ? "cold" : "run " + run,
                    took.seconds(),
                    took.cpuSeconds(),
                    took.kept() / (1 << 20),
                    spilled.get() / (double) (1 << 20),
                    metrics.sequences(),
                    metrics.steps(),
                    metrics.forwardSeconds(),
                    metrics.readSeconds());
        }
        session.read()
                .parquet(folder.resolve("events-scored-" + way).toString())
                .selectExpr("count(*) AS clients", "sum(CAST(xxhash64(client, h_n) AS decimal(38, 0))) AS checksum")
                .show(false);
        session.stop();
    }

    private static Dataset<Row> scored(SparkSession session, String way, Dataset<Row> table, ScoreMetrics metrics) {
        RnnModel model = RandomNetwork.of(Cell.GRU, WIDTH, 64).model(new Random(1));
        ScorerBuilder builder = SequenceScorer.builder(model).outputs(EnumSet.of(Output.H_N));
        if (way.equals("events")) {
            String[] features = new String[WIDTH];
            for (int i = 0; i < WIDTH; i++) {
                features[i] = "f" + i;
            }
            return builder.features(features)
                    .events(EventLayout.builder("client", "ts", "n").build())
                    .build()
                    .transform(table, metrics);
        }
        StringBuilder numbers = new StringBuilder("e.f0");
        StringBuilder columns = new StringBuilder("f0");
        for (int i = 1; i < WIDTH; i++) {
            numbers.append(", e.f").append(i);
            columns.append(", f").append(i);
        }
        table.createOrReplaceTempView("events");
        return builder.build()
                .transform(
                        session.sql("SELECT client, transform(array_sort(collect_list(struct(ts, n, " + columns
                                + "))), e -> array(" + numbers + ")) AS features FROM events GROUP BY client"),
                        metrics);
    }

    /** Made once: clients' events come mixed, as they happened. */
    private static Path table(SparkSession session, Path folder, String shape, long events) {
        Path path = folder.resolve("events-" + shape + "-" + events);
        if (Files.exists(path.resolve("_SUCCESS"))) {
            return path;
        }
        String[] columns = new String[WIDTH + 3];
        String small = "concat('customer-', pmod(xxhash64(id), " + CLIENTS + "))";
        columns[0] = (shape.equals("one") ? "if(id % 2 = 0, 'customer-large', " + small + ")" : small) + " AS client";
        columns[1] = "timestamp_millis(1700000000000 + id * 37) AS ts";
        columns[2] = "id AS n";
        for (int i = 0; i < WIDTH; i++) {
            columns[3 + i] = "float(xxhash64(id, " + i + ") % 1000) / 500 AS f" + i;
        }
        session.range(0, events, 1, 4).selectExpr(columns).write().mode("overwrite").parquet(path.toString());
        return path;
    }
}
