package io.sparkrnn.endtoend;

import io.sparkrnn.endtoend.Meter.Measurement;
import io.sparkrnn.job.SparkRnn;
import io.sparkrnn.peers.WholeNetworkFile;
import io.sparkrnn.peers.WholeNetworkFile.Rows;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Whole jobs of a whole network, Parquet to Parquet: this project's, and what people write with ONNX Runtime in mapPartitions,
 * row by row, which is what rows of different lengths ask for, or in padded batches of 64. 5,000 rows of log-normal lengths,
 * median 60, at most 2,000. In one JVM the jobs take turns; all scores are held against each other once.
 *
 * <pre>
 *   mvn -B -q -Pbench test-compile exec:exec -Dbench=io.sparkrnn.endtoend.WholeNetworkJobs -Dmasters=local[1] -Drounds=7
 * </pre>
 *
 * System properties: {@code masters}; {@code rounds}; {@code shapes}, H of the LSTM; {@code jobs}, beginnings of their names.
 */
final class WholeNetworkJobs {
    private static final int ROUNDS = Integer.getInteger("rounds", 5);
    private static final int ROWS = 5000;
    private static final int MEDIAN = 60;
    private static final int LONGEST = 2000;
    private static final int TOGETHER = 64;
    private static final double WARM_UP_SECONDS = 12;
    private static final double TOLERANCE = 1e-5;
    private static final Pattern FORWARD = Pattern.compile("forward pass: ([0-9.]+) s");

    private static final String OURS = "ours";
    private static final String OURS_BY_SPARK = "ours, --io spark";
    private static final String ROW_BY_ROW = "ONNX Runtime in mapPartitions, row by row";
    private static final String PADDED = "ONNX Runtime in mapPartitions, padded batches of " + TOGETHER;
    private static final String SORTED = "the same, each partition sorted by length";
    private static final String READ = "Spark reads, throws away";

    private final SparkSession session;
    private final String table;
    private final Path files;
    private final String model;
    private final Map<String, Runnable> jobs = new LinkedHashMap<>();
    private double forwardSeconds = Double.NaN;

    private WholeNetworkJobs(SparkSession session, String table, Path files, int hidden) throws IOException {
        this.session = session;
        this.table = table;
        this.files = files;
        Files.createDirectories(files);
        byte[] alone = WholeNetworkFile.of(hidden, Rows.ONE_BY_ONE);
        byte[] padded = WholeNetworkFile.of(hidden, Rows.PADDED);
        model = files.resolve("whole-" + hidden + ".onnx").toString();
        Files.write(Path.of(model), alone);
        Map<String, Runnable> all = new LinkedHashMap<>();
        all.put(OURS, () -> score(OURS, "direct"));
        all.put(OURS_BY_SPARK, () -> score(OURS_BY_SPARK, "spark"));
        all.put(ROW_BY_ROW, () -> handWritten(ROW_BY_ROW, read(), new WholeNetworkRows(alone, 1)));
        all.put(PADDED, () -> handWritten(PADDED, read(), new WholeNetworkRows(padded, TOGETHER)));
        all.put(
                SORTED,
                () -> handWritten(
                        SORTED,
                        read().sortWithinPartitions(org.apache.spark.sql.functions.expr("size(item)")),
                        new WholeNetworkRows(padded, TOGETHER)));
        all.put(READ, () -> read().write().format("noop").mode("overwrite").save());
        List<String> wanted = property("jobs", "");
        all.forEach((name, job) -> {
            if (wanted.stream().anyMatch(name::startsWith)) {
                jobs.put(name, job);
            }
        });
    }

    /** Prints a Markdown table for each master and H. */
    public static void main(String[] args) throws IOException {
        Path folder =
                Path.of(System.getProperty("bench.folder", "target"), "bench-data").toAbsolutePath();
        for (String master : property("masters", "local[1],local[2]")) {
            SparkSession session = SparkSession.builder()
                    .master(master)
                    .appName("whole networks")
                    .config("spark.ui.enabled", "false")
                    .config("spark.driver.host", "127.0.0.1")
                    .config("spark.driver.bindAddress", "127.0.0.1")
                    // a partition for each core
                    .config("spark.sql.files.maxPartitionBytes", "64g")
                    .getOrCreate();
            session.sparkContext().setLogLevel("ERROR");
            try {
                String table = table(session, folder);
                Meter meter = new Meter(session.sparkContext());
                for (String hidden : property("shapes", "64,128")) {
                    new WholeNetworkJobs(session, table, folder.resolve("results"), Integer.parseInt(hidden))
                            .measure(master + ", H=" + hidden, meter);
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

    /** The table's folder, in two files. */
    private static String table(SparkSession session, Path folder) {
        Path path = folder.resolve("whole-network-rows");
        if (!Files.exists(path.resolve("_SUCCESS"))) {
            session.range(0, ROWS, 1, 2)
                    .selectExpr(
                            "id",
                            "sequence(1, int(greatest(1, least(" + LONGEST + ", round(" + MEDIAN
                                    + " * exp(randn(5))))))) AS steps")
                    .selectExpr(
                            "id",
                            "transform(steps, t -> int(rand(1) * " + WholeNetworkFile.ITEMS + ")) AS item",
                            "transform(steps, t -> int(rand(2) * " + WholeNetworkFile.KINDS + ")) AS kind",
                            "transform(steps, t -> transform(sequence(1, " + WholeNetworkFile.NUMBERS
                                    + "), i -> float(randn(7)))) AS x")
                    .write()
                    .mode("overwrite")
                    .parquet(path.toString());
        }
        return path.toString();
    }

    private Dataset<Row> read() {
        return session.read().parquet(table);
    }

    private String output(String job) {
        return files.resolve("whole-" + job.replaceAll("[^A-Za-z0-9]+", "-")).toString();
    }

    private void handWritten(String job, Dataset<Row> rows, WholeNetworkRows by) {
        rows.select("id", "item", "kind", "x")
                .mapPartitions(by, Encoders.row(WholeNetworkRows.TYPE))
                .write()
                .mode("overwrite")
                .parquet(output(job));
    }

    private void score(String job, String io) {
        PrintStream out = System.out;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            SparkRnn.main(new String[] {
                "score", "--model", model, "--input", table, "--output", output(job), "--mode", "overwrite", "--show", "0",
                "--io", io
            });
        } finally {
            System.setOut(out);
        }
        Matcher matcher = FORWARD.matcher(bytes.toString(StandardCharsets.UTF_8));
        if (matcher.find()) {
            forwardSeconds = Double.parseDouble(matcher.group(1));
        }
    }

    private void measure(String label, Meter meter) {
        for (Runnable job : jobs.values()) {
            double seconds = 0;
            while (seconds < WARM_UP_SECONDS) {
                seconds += meter.of(job).seconds();
            }
        }
        check();
        Map<String, List<Measurement>> all = new LinkedHashMap<>();
        List<Double> forward = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            for (Map.Entry<String, Runnable> job : jobs.entrySet()) {
                all.computeIfAbsent(job.getKey(), name -> new ArrayList<>()).add(meter.of(job.getValue()));
                if (job.getKey().equals(OURS)) {
                    forward.add(forwardSeconds);
                }
            }
        }
        Map<String, Measurement> medians = new LinkedHashMap<>();
        all.forEach((name, measured) -> medians.put(name, Measurement.median(measured)));
        Measurement first = medians.values().iterator().next();
        System.out.printf(Locale.ROOT, "%s; medians of %d rounds:%n%n", label, ROUNDS);
        System.out.println("| job | time | : ours | CPU time | : ours | allocated |");
        System.out.println("|---|---|---|---|---|---|");
        medians.forEach((name, m) -> System.out.printf(
                Locale.ROOT,
                "| %s | %.2f s | %.2f | %.2f s | %.2f | %,.0f MiB |%n",
                name,
                m.seconds(),
                m.seconds() / first.seconds(),
                m.cpuSeconds(),
                m.cpuSeconds() / first.cpuSeconds(),
                m.allocated() / (1 << 20)));
        forward.sort(null);
        if (!forward.isEmpty()) {
            System.out.printf(
                    Locale.ROOT,
                    "%nThe forward pass of ours, direct: %.1f s of task time.%n%n",
                    forward.get(forward.size() / 2));
        }
    }

    /** All scores of all jobs, by the rows' ids. */
    private void check() {
        List<String> scoring =
                jobs.keySet().stream().filter(name -> !name.equals(READ)).toList();
        for (String other : scoring.subList(Math.min(1, scoring.size()), scoring.size())) {
            Row found = session.read()
                    .parquet(output(scoring.get(0)))
                    .selectExpr("id", "score[0] AS a")
                    .join(session.read().parquet(output(other)).selectExpr("id", "score[0] AS b"), "id")
                    .selectExpr("count(a - b)", "max(abs(a - b))")
                    .first();
            double difference = found.getFloat(1);
            double most = other.equals(OURS_BY_SPARK) ? 0 : TOLERANCE;
            if (found.getLong(0) != ROWS || !(difference <= most)) {
                throw new IllegalStateException(other + " differs by " + difference + " in " + found.getLong(0) + " rows");
            }
            System.err.printf(
                    Locale.ROOT, "'%s' and '%s' differ by %.1e%n", other, scoring.get(0), difference);
        }
    }
}
