package io.sparkrnn.endtoend;

import io.sparkrnn.endtoend.Meter.Measurement;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import scala.collection.Seq;

/**
 * Whole jobs, Parquet to Parquet: this project's, a Spark job of the same shapes without a network, and what people write by
 * hand with ONNX Runtime and libtorch. In one JVM the jobs take turns; their results are held against each other once.
 * Prints a Markdown table for each data set and master, of medians.
 *
 * <pre>
 *   mvn -B -q -Pbench test-compile exec:exec -Dbench=io.sparkrnn.endtoend.EndToEnd
 *   mvn -B -q -Pbench test-compile exec:exec -Dbench=io.sparkrnn.endtoend.EndToEnd -Ddata=rnn -Dmasters=local[1] -Drounds=5
 * </pre>
 *
 * System properties: {@code data}, of rnn, h_n, lstm, gru; {@code jobs}, beginnings of their names ({@code tables} for the same
 * numbers in other tables); {@code masters}; {@code rounds}; {@code scale}, 10 for ten times the rows. Tables are made once,
 * below {@code target/bench-data}.
 */
final class EndToEnd {
    private static final int ROUNDS = Integer.getInteger("rounds", 3);
    private static final int SCALE = Integer.getInteger("scale", 1);
    /** How long each job is run before any is measured, once at least: a short job is compiled as far as a long one. */
    private static final double WARM_UP_SECONDS = 12;

    private static final int CHECKED_ROWS = 20;
    /** The states of float32 networks, each of another order of summation, over up to 2,000 steps. */
    private static final double TOLERANCE = 1e-4;

    private static final double MIB = 1 << 20;

    private EndToEnd() {}

    /** Prints the tables. */
    public static void main(String[] args) throws IOException {
        Path folder =
                Path.of(System.getProperty("bench.folder", "target"), "bench-data").toAbsolutePath();
        for (String master : property("masters", "local[2],local[1]")) {
            SparkSession session = session(master);
            try {
                Meter meter = new Meter(session.sparkContext());
                for (String name : property("data", "rnn,h_n,lstm,gru")) {
                    DataSet data = DataSet.valueOf(name.toUpperCase(Locale.ROOT));
                    Path table = data.table(session, folder, SCALE);
                    Jobs jobs =
                            new Jobs(session, data, table, folder.resolve("results"), System.getProperty("jobs", ""));
                    measure(master, data, jobs, session, meter);
                }
            } finally {
                session.stop();
            }
        }
    }

    private static List<String> property(String name, String otherwise) {
        String value = System.getProperty(name, "");
        return Arrays.asList((value.isBlank() ? otherwise : value).split(","));
    }

    /** A session for tables and jobs, which writes no more than errors to the log. */
    static SparkSession session(String master) {
        SparkSession session = SparkSession.builder()
                .master(master)
                .appName("end to end")
                .config("spark.ui.enabled", "false")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.bindAddress", "127.0.0.1")
                // a partition for each core, however long the table
                .config("spark.sql.files.maxPartitionBytes", "64g")
                .getOrCreate();
        session.sparkContext().setLogLevel("ERROR");
        return session;
    }

    private static void measure(String master, DataSet data, Jobs jobs, SparkSession session, Meter meter) {
        Map<String, List<Measurement>> all = new LinkedHashMap<>();
        List<Double> forward = new ArrayList<>();
        for (Runnable job : jobs.jobs().values()) {
            double seconds = 0;
            while (seconds < WARM_UP_SECONDS) {
                seconds += meter.of(job).seconds();
            }
        }
        check(jobs, data, session);
        for (int round = 0; round < ROUNDS; round++) {
            for (Map.Entry<String, Runnable> job : jobs.jobs().entrySet()) {
                all.computeIfAbsent(job.getKey(), name -> new ArrayList<>()).add(meter.of(job.getValue()));
            }
            forward.add(jobs.forwardSeconds());
        }
        print(master, data, all);
        forward.sort(null);
        System.out.printf(
                Locale.ROOT,
                "%nThe forward pass in the last of our jobs: %.1f s of task time.%n%n",
                forward.get(forward.size() / 2));
    }

    private static void print(String master, DataSet data, Map<String, List<Measurement>> all) {
        Map<String, Measurement> medians = new LinkedHashMap<>();
        all.forEach((name, measured) -> medians.put(name, Measurement.median(measured)));
        String ours = medians.keySet().iterator().next();
        double seconds = medians.values().iterator().next().seconds();
        double cpuSeconds = medians.values().iterator().next().cpuSeconds();
        System.out.printf(
                Locale.ROOT, "%s; %s; medians of %d rounds:%n%n", data.label(SCALE), master, ROUNDS);
        System.out.println("| job | time | : " + ours + " | CPU time | : " + ours
                + " | read | written | allocated | peak heap | kept after a collection |");
        System.out.println("|---|" + "---|".repeat(9));
        medians.forEach((name, m) -> System.out.printf(
                Locale.ROOT,
                "| %s | %.2f s | %.2f | %.2f s | %.2f | %,.0f MiB | %,.0f MiB | %,.0f MiB | %,.0f MiB | %,.0f MiB |%n",
                name,
                m.seconds(),
                m.seconds() / seconds,
                m.cpuSeconds(),
                m.cpuSeconds() / cpuSeconds,
                m.read() / MIB,
                m.written() / MIB,
                m.allocated() / MIB,
                m.peakHeap() / MIB,
                m.kept() / MIB));
    }

    /** Holds the results of the libraries, and of our other way to read and write, against our first. */
    private static void check(Jobs jobs, DataSet data, SparkSession session) {
        List<String> scoring = jobs.jobs().keySet().stream()
                .filter(name -> List.of(Jobs.DIRECT, Jobs.OURS_BY_SPARK, Jobs.ONNX_RUNTIME, Jobs.LIBTORCH)
                        .contains(name))
                .toList();
        for (String other : scoring.subList(Math.min(1, scoring.size()), scoring.size())) {
            String first = scoring.get(0);
            double difference = difference(
                    rows(session, jobs.output(first), data), rows(session, jobs.output(other), data));
            if (!(difference <= (other.equals(Jobs.OURS_BY_SPARK) ? 0 : TOLERANCE))) {
                throw new IllegalStateException(
                        data + ": '" + other + "' and '" + first + "' differ by " + difference);
            }
            System.err.printf(Locale.ROOT, "%s: '%s' and '%s' differ by %.1e%n", data, other, first, difference);
        }
    }

    /** Some rows, by their ids. */
    private static List<Row> rows(SparkSession session, String path, DataSet data) {
        return session.read()
                .parquet(path)
                .filter("id % 97 = 3")
                .orderBy("id")
                .selectExpr(data.outputs().toArray(String[]::new))
                .limit(CHECKED_ROWS)
                .collectAsList();
    }

    private static double difference(List<Row> a, List<Row> b) {
        if (a.size() != b.size() || a.isEmpty()) {
            return Double.NaN;
        }
        double most = 0;
        for (int r = 0; r < a.size(); r++) {
            for (int c = 0; c < a.get(r).length(); c++) {
                List<Seq<Float>> ones = a.get(r).getList(c);
                List<Seq<Float>> others = b.get(r).getList(c);
                if (ones.size() != others.size()) {
                    return Double.NaN;
                }
                for (int t = 0; t < ones.size(); t++) {
                    for (int j = 0; j < ones.get(t).size(); j++) {
                        most = Math.max(
                                most,
                                Math.abs(ones.get(t).apply(j) - others.get(t).apply(j)));
                    }
                }
            }
        }
        return most;
    }
}
