package io.sparkrnn.endtoend;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;

/**
 * Jobs as a scheduler runs them, each a process of its own, by the clock from the call to the prompt: the sample, 20,000
 * sequences of 50 x 32 through an {@code nn.RNN} of 64 with h_n alone, and beside them the same Spark started, asked {@code
 * SELECT 1} and stopped.
 * They take turns; medians. Then where each one's time goes, from the moments at which its JVM loaded certain classes.
 *
 * <pre>
 *   mvn -B -q package -Dmaven.test.skip=true
 *   mvn -B -q -Pbench test-compile exec:exec -Dbench=io.sparkrnn.endtoend.ColdJobs
 * </pre>
 *
 * System properties: {@code rounds}; {@code scale}, 15 for 300,000 sequences; {@code jobs}, beginnings of their names; {@code
 * cold.options}, what stands before {@code --} of submit.sh, split at blanks. What {@code SPARK_HOME} names is run, or the Spark
 * in target/spark.
 */
final class ColdJobs {
    private static final int ROUNDS = Integer.getInteger("rounds", 5);
    private static final int SCALE = Integer.getInteger("scale", 1);

    private static final String SELECT = "SELECT 1 and stop";

    /** The moments, by the class that is loaded then, and what ends there. */
    private static final Map<String, String> MOMENTS = new LinkedHashMap<>();

    static {
        MOMENTS.put("org.apache.spark.deploy.SparkSubmit", "JVM");
        MOMENTS.put("io.sparkrnn.job.SparkRnn", "spark-submit");
        MOMENTS.put("org.apache.spark.sql.SparkSession", "command line, model");
        MOMENTS.put("io.sparkrnn.parquet.SequenceParquetFormat", "session");
        MOMENTS.put("io.sparkrnn.job.session.Progress", "schema");
        MOMENTS.put("io.sparkrnn.job.session.WaitingTasks", "scorer");
        MOMENTS.put("org.apache.spark.scheduler.ResultTask", "plan");
        MOMENTS.put("io.sparkrnn.job.ScoreSummary", "task, with scoring and writing; commit");
    }

    /** What is outside of the moments. */
    private static final String BEGIN_AND_END = "submit.sh, launcher, end of the JVM";

    private static final String SUMMARY = "summary, report, stopping Spark";

    private static final Pattern LOADED = Pattern.compile("\\[(\\d+\\.\\d+)s\\]\\S* (\\S+) .*");
    private static final Pattern TIMES =
            Pattern.compile("cold-times real (\\d+\\.\\d+) user (\\d+\\.\\d+) sys (\\d+\\.\\d+)");
    private static final Pattern FORWARD = Pattern.compile("forward pass: (\\d+\\.\\d+) s");

    private final Path home = Path.of("").toAbsolutePath();
    private final Path folder = home.resolve("target/bench-data/cold");

    private ColdJobs() {}

    /**
     * A job that ran.
     *
     * @param seconds by the clock
     * @param cpuSeconds of all its processes
     * @param forward seconds of task time, by its own word; NaN where it says none
     * @param stages what the parts took
     */
    private record Ran(double seconds, double cpuSeconds, double forward, Map<String, Double> stages) {}

    /** Prints the tables. */
    public static void main(String[] args) throws IOException, InterruptedException {
        new ColdJobs().run();
    }

    private void run() throws IOException, InterruptedException {
        Files.createDirectories(folder);
        Path table;
        SparkSession spark = EndToEnd.session("local[2]");
        try {
            table = DataSet.H_N.table(spark, home.resolve("target/bench-data"), SCALE);
        } finally {
            spark.stop();
        }
        Path model = folder.resolve("rnn.safetensors");
        Files.write(model, SafetensorsFile.of(DataSet.H_N.model()));
        List<String> score = List.of(
                "score", "--model", model.toString(), "--input", table.toString(), "--id", "id", "--outputs", "h_n",
                "--output", folder.resolve("scored").toString(), "--mode", "overwrite");
        Map<String, List<String>> jobs = new LinkedHashMap<>();
        jobs.put(SELECT, select());
        jobs.put("sample", submit("local[*]", List.of()));
        jobs.put("local[1]", submit("local[1]", score));
        jobs.put("local[2]", submit("local[2]", score));
        List<String> wanted = Arrays.asList(System.getProperty("jobs", "").split(","));
        jobs.keySet().removeIf(name -> wanted.stream().noneMatch(name::startsWith));
        Map<String, List<Ran>> all = new LinkedHashMap<>();
        double slowest = Double.POSITIVE_INFINITY;
        // the first of each reads the files, and builds what is built once
        for (int round = -1; round < ROUNDS; round++) {
            for (Map.Entry<String, List<String>> job : jobs.entrySet()) {
                // so that what is timed is the job: a virtual disk may be slower than one core
                slowest = Math.min(slowest, readRate(table));
                Ran ran = ran(job.getValue());
                if (round >= 0) {
                    all.computeIfAbsent(job.getKey(), name -> new ArrayList<>()).add(ran);
                }
            }
        }
        print(all);
        System.out.printf(
                Locale.ROOT,
                "%nThe table was read before each job, so that the system's page cache had it; the slowest time it came at %.0f MB/s.%n",
                slowest / 1e6);
    }

    /** Reads all files of a folder; bytes a second. */
    private static double readRate(Path table) throws IOException {
        long begin = System.nanoTime();
        long bytes = 0;
        try (Stream<Path> files = Files.walk(table)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                bytes += Files.copy(file, OutputStream.nullOutputStream());
            }
        }
        return bytes * 1e9 / (System.nanoTime() - begin);
    }

    private static List<String> options() {
        String options = System.getProperty("cold.options", "").strip();
        return options.isEmpty() ? List.of() : Arrays.asList(options.split("\\s+"));
    }

    private List<String> submit(String master, List<String> command) {
        List<String> words = new ArrayList<>(List.of(home.resolve("submit.sh").toString()));
        words.addAll(options());
        words.addAll(List.of("--master", master, "--"));
        words.addAll(command.isEmpty() ? List.of("score", "--config", "conf/score.conf") : command);
        return words;
    }

    /** Spark's launcher, and what it says is to be run: what spark-submit does by itself. */
    private List<String> select() throws IOException {
        Path classes = Files.createDirectories(folder.resolve("classes/io/sparkrnn/endtoend"));
        try (InputStream in = Objects.requireNonNull(SelectOne.class.getResourceAsStream("SelectOne.class"))) {
            Files.copy(in, classes.resolve("SelectOne.class"), StandardCopyOption.REPLACE_EXISTING);
        }
        String scripts = System.getenv("SPARK_HOME");
        String spark = scripts == null ? home.resolve("target/spark").toString() : scripts;
        String submit = "--driver-class-path " + quoted(folder.resolve("classes"))
                + " --class io.sparkrnn.endtoend.SelectOne spark-internal";
        String script = "export SPARK_HOME=" + quoted(spark) + " SPARK_CONF_DIR=" + quoted(home.resolve("conf"))
                + " SPARK_SCALA_VERSION=2.13 SPARK_LOCAL_IP=127.0.0.1\n"
                + "export SPARK_SUBMIT_OPTS=\"$SPARK_SUBMIT_OPTS -Dlog4j2.configurationFile=$SPARK_CONF_DIR/log4j2.properties\"\n"
                + "if [ -f \"$SPARK_HOME/bin/spark-submit\" ]; then exec \"$SPARK_HOME/bin/spark-submit\" " + submit + "; fi\n"
                + "command=(); while IFS= read -r -d '' word; do command+=(\"$word\"); done < <(java -Xmx128m"
                + " -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -cp \"$SPARK_HOME/jars/*\" org.apache.spark.launcher.Main"
                + " org.apache.spark.deploy.SparkSubmit " + submit + ")\n"
                + "exec \"${command[1]#?}\" \"${command[@]:2}\"\n";
        return List.of("bash", "-c", script);
    }

    private static String quoted(Object path) {
        return "'" + path + "'";
    }

    private Ran ran(List<String> job) throws IOException, InterruptedException {
        Path classes = folder.resolve("loaded.log");
        Files.deleteIfExists(classes);
        List<String> words = new ArrayList<>(List.of(
                "bash", "-c", "TIMEFORMAT='cold-times real %3R user %3U sys %3S'; time \"$@\"", "bash"));
        words.addAll(job);
        ProcessBuilder builder = new ProcessBuilder(words).redirectErrorStream(true).directory(home.toFile());
        builder.environment().put("SPARK_SUBMIT_OPTS", "-Xlog:class+load:file=" + classes + "::filecount=0");
        Process process = builder.start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", job) + " failed:\n" + said);
        }
        Matcher times = TIMES.matcher(said);
        if (!times.find()) {
            throw new IOException("no times: " + said);
        }
        Matcher forward = FORWARD.matcher(said);
        double seconds = Double.parseDouble(times.group(1));
        return new Ran(
                seconds,
                Double.parseDouble(times.group(2)) + Double.parseDouble(times.group(3)),
                forward.find() ? Double.parseDouble(forward.group(1)) : Double.NaN,
                stages(classes, seconds));
    }

    private static Map<String, Double> stages(Path classes, double seconds) throws IOException {
        Map<String, Double> at = new LinkedHashMap<>();
        double last = 0;
        for (String line : Files.readAllLines(classes)) {
            Matcher loaded = LOADED.matcher(line);
            if (loaded.matches()) {
                last = Double.parseDouble(loaded.group(1));
                if (MOMENTS.containsKey(loaded.group(2))) {
                    at.putIfAbsent(loaded.group(2), last);
                }
            }
        }
        Map<String, Double> stages = new LinkedHashMap<>();
        stages.put(BEGIN_AND_END, seconds - last);
        double from = 0;
        for (Map.Entry<String, String> moment : MOMENTS.entrySet()) {
            Double to = at.get(moment.getKey());
            if (to != null) {
                stages.put(moment.getValue(), Math.max(0, to - from));
                from = Math.max(from, to);
            }
        }
        stages.put(SUMMARY, last - from);
        return stages;
    }

    private static double median(List<Ran> all, ToDoubleFunction<Ran> of) {
        double[] values = all.stream().mapToDouble(of).sorted().toArray();
        return values[values.length / 2];
    }

    private static void print(Map<String, List<Ran>> all) {
        double floor = all.containsKey(SELECT) ? median(all.get(SELECT), Ran::seconds) : Double.NaN;
        System.out.printf(
                Locale.ROOT,
                "Cold, %,d sequences x 50 x 32, H=64, h_n alone; medians of %d rounds:%n%n"
                        + "| job | time | : %s | CPU time | forward pass |%n|---|---|---|---|---|%n",
                20_000 * SCALE,
                ROUNDS,
                SELECT);
        all.forEach((name, ran) -> System.out.printf(
                Locale.ROOT,
                "| %s | %.2f s | %.2f | %.2f s | %.1f s |%n",
                name,
                median(ran, Ran::seconds),
                median(ran, Ran::seconds) / floor,
                median(ran, Ran::cpuSeconds),
                median(ran, Ran::forward)));
        List<String> stages = new ArrayList<>(List.of(BEGIN_AND_END));
        stages.addAll(MOMENTS.values());
        stages.add(SUMMARY);
        System.out.println("\n| seconds of | " + String.join(" | ", all.keySet()) + " |\n|---|"
                + "---|".repeat(all.size()));
        for (String stage : stages) {
            StringBuilder row = new StringBuilder("| " + stage + " |");
            for (List<Ran> ran : all.values()) {
                double seconds = median(ran, one -> one.stages().getOrDefault(stage, Double.NaN));
                row.append(Double.isNaN(seconds) ? " |" : String.format(Locale.ROOT, " %.2f |", seconds));
            }
            System.out.println(row);
        }
    }
}
