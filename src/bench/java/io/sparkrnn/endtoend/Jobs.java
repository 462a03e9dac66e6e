package io.sparkrnn.endtoend;

import io.sparkrnn.job.SparkRnn;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.peers.OnnxFile;
import io.sparkrnn.peers.TorchScriptFile;
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
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/** The jobs over one data set, by name: each reads the same Parquet, and all but two write the same columns as Parquet. */
final class Jobs {
    static final String DIRECT = "ours, direct";
    static final String OURS_BY_SPARK = "ours, --io spark";
    static final String FLOOR = "floor: Spark, no network";
    static final String ONNX_RUNTIME = "ONNX Runtime in mapPartitions";
    static final String LIBTORCH = "libtorch in mapPartitions";
    static final String READ = "Spark reads, throws away";
    static final String READ_LAST = "Spark reads, keeps a last element";

    /** The same numbers in other tables, or taken in another way: what each costs beside the first. */
    private static final String TABLES = "tables: ";

    private static final String PLAIN = TABLES + "plain pages";
    private static final String BY_DICTIONARY = TABLES + "by dictionary";
    private static final String IN_STRUCTS = TABLES + "--input-query with the path of a struct";
    private static final String FILTERED = TABLES + "--where on a kept column";

    /** The same without what a run tells of itself: what that costs beside the first. */
    private static final String TELLING = "telling: ";

    private static final String NO_REPORT = TELLING + "no report";
    private static final String NO_FILE = TELLING + "no report, no run file";

    /** The same as a function of SQL. */
    private static final String SQL = "sql: a function in SELECT";

    /** The same where both tables are ours: what Spark's own reader and writer take. */
    private static final String SQL_BETWEEN_OURS = "sql: the same between tables of sequence-parquet";

    /** What the command prints of the network's part of its time. */
    private static final Pattern FORWARD = Pattern.compile("forward pass: ([0-9.]+) s");

    private final SparkSession session;
    private final DataSet data;
    private final String table;
    private final Path files;
    private final Map<String, Runnable> jobs = new LinkedHashMap<>();
    private double forwardSeconds = Double.NaN;

    /**
     * The jobs that {@code wanted} names by their beginnings, all but those of other tables and of what a run tells if it is empty.
     *
     * @param files a folder for model files and results
     */
    Jobs(SparkSession session, DataSet data, Path table, Path files, String wanted) throws IOException {
        this.session = session;
        this.data = data;
        this.table = table.toString();
        this.files = files;
        writeModels();
        boolean choice = hasIoOption();
        Map<String, Runnable> all = new LinkedHashMap<>();
        if (choice) {
            all.put(DIRECT, () -> score(DIRECT, "--io", "direct"));
            all.put(OURS_BY_SPARK, () -> score(OURS_BY_SPARK, "--io", "spark"));
        } else {
            all.put(OURS_BY_SPARK, () -> score(OURS_BY_SPARK));
        }
        all.put(FLOOR, this::floor);
        all.put(ONNX_RUNTIME, () -> handWritten(ONNX_RUNTIME, new OnnxBatches(data, file("onnx"))));
        all.put(LIBTORCH, () -> handWritten(LIBTORCH, new LibtorchBatches(data, file("pt"))));
        all.put(READ, () -> read().select("features")
                .write()
                .format("noop")
                .mode("overwrite")
                .save());
        all.put(READ_LAST, () -> read().selectExpr("sum(element_at(element_at(features, -1), -1))")
                .collectAsList());
        all.put(NO_REPORT, () -> score(NO_REPORT, "--report", "none"));
        all.put(NO_FILE, () -> score(NO_FILE, "--report", "none", "--run-files", "none"));
        all.put(SQL, () -> sql("parquet", SQL));
        all.put(SQL_BETWEEN_OURS, () -> sql("sequence-parquet", SQL_BETWEEN_OURS));
        all.put(PLAIN, () -> scoreTable(PLAIN, PLAIN));
        all.put(BY_DICTIONARY, () -> scoreTable(BY_DICTIONARY, BY_DICTIONARY));
        all.put(
                IN_STRUCTS,
                () -> scoreTable(
                        IN_STRUCTS,
                        IN_STRUCTS,
                        "--input-query",
                        "SELECT id, payload.x.features AS features FROM input"));
        all.put(FILTERED, () -> scoreTable(FILTERED, PLAIN, "--where", "id >= 0"));
        all.forEach((name, job) -> {
            boolean asked = wanted.isEmpty()
                    ? !name.startsWith(TABLES) && !name.startsWith(TELLING) && !name.startsWith("sql: ")
                    : Arrays.stream(wanted.split(",")).anyMatch(name::startsWith);
            if (asked) {
                jobs.put(name, job);
            }
        });
        for (String name : List.of(PLAIN, BY_DICTIONARY, IN_STRUCTS)) {
            if (jobs.keySet().stream().anyMatch(job -> job.startsWith(TABLES))) {
                writeTable(name);
            }
        }
    }

    /** Few different numbers, so that the dictionary holds them all, as plain pages do. */
    private void writeTable(String name) {
        String features = "transform(features, step -> transform(step, x -> float(round(x, 2))))";
        read().selectExpr(
                        "id",
                        name.equals(IN_STRUCTS)
                                ? "named_struct('user', id % 97, 'x', named_struct('features', " + features
                                        + ", 'source', 'sensor'), 'note', concat('of ', id)) AS payload"
                                : features + " AS features")
                .write()
                .mode("overwrite")
                .option("parquet.enable.dictionary", String.valueOf(name.equals(BY_DICTIONARY)))
                .parquet(tableOf(name));
    }

    private String tableOf(String name) {
        return output("table of " + name);
    }

    private void scoreTable(String job, String of, String... more) {
        scoreOf(job, tableOf(of), more);
    }

    /** The jobs, in the order of the table. */
    Map<String, Runnable> jobs() {
        return jobs;
    }

    /** Seconds of task time of the forward pass in the last of our own jobs, as it prints them. */
    double forwardSeconds() {
        return forwardSeconds;
    }

    /** The folder a job writes to. */
    String output(String job) {
        return files.resolve(job.replaceAll("[^A-Za-z0-9]+", "-")).toString();
    }

    private String file(String kind) {
        return files.resolve(data.name().toLowerCase(Locale.ROOT) + "." + kind).toString();
    }

    private void writeModels() throws IOException {
        RnnModel model = data.model();
        Files.createDirectories(files);
        Files.write(Path.of(file("safetensors")), SafetensorsFile.of(model));
        Files.write(
                Path.of(file("onnx")),
                OnnxFile.of(
                        model,
                        OnnxFile.Layout.BATCH_FIRST,
                        data.ragged() ? OnnxFile.Lengths.GIVEN : OnnxFile.Lengths.EQUAL));
        Files.write(
                Path.of(file("pt")),
                TorchScriptFile.of(
                        model,
                        data.ragged() ? TorchScriptFile.Input.PADDED : TorchScriptFile.Input.BATCH_FIRST));
    }

    private Dataset<Row> read() {
        return session.read().parquet(table);
    }

    private void write(String job, Dataset<Row> result) {
        result.write().mode("overwrite").parquet(output(job));
    }

    private void score(String job, String... more) {
        scoreOf(job, table, more);
    }

    private void scoreOf(String job, String input, String... more) {
        List<String> arguments = new ArrayList<>(List.of("score", "--model", file("safetensors"), "--input", input));
        arguments.addAll(List.of("--output", output(job), "--mode", "overwrite", "--show", "0"));
        arguments.addAll(List.of("--outputs", String.join(",", data.outputs())));
        arguments.addAll(List.of(more));
        Matcher matcher = FORWARD.matcher(printed(arguments.toArray(String[]::new)));
        if (matcher.find()) {
            forwardSeconds = Double.parseDouble(matcher.group(1));
        }
    }

    /** Runs the command as spark-submit would; gives what it prints. An error ends the process, with its message. */
    private static String printed(String... arguments) {
        PrintStream out = System.out;
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
        try {
            SparkRnn.main(arguments);
        } finally {
            System.setOut(out);
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private static boolean hasIoOption() {
        return printed("score", "--help").contains("--io");
    }

    /** By SQL alone, as one who has no more than that. */
    private void sql(String format, String job) {
        session.conf().set("spark.sql.catalog.rnn", "io.sparkrnn.sql.ModelCatalog");
        session.conf().set("spark.sql.catalog.rnn.net.model", file("safetensors"));
        session.conf().set("spark.sql.catalog.rnn.net.outputs", String.join(",", data.outputs()));
        session.sql("CREATE OR REPLACE TEMPORARY VIEW sequences USING `" + format + "` OPTIONS (path '" + table + "')");
        session.sql("INSERT OVERWRITE DIRECTORY '" + output(job) + "' USING `" + format
                + "` SELECT id, net.* FROM (SELECT id, rnn.net(features) AS net FROM sequences)");
    }

    private void floor() {
        Column features = functions.col("features");
        List<Column> columns = new ArrayList<>(List.of(functions.col("id")));
        if (data.outputs().contains("hidden_states")) {
            columns.add(Floor.widened(session, features, data.hiddenSize()).as("hidden_states"));
        }
        Column last = functions.slice(features, -1, 1);
        columns.add(Floor.widened(session, last, data.hiddenSize()).as("h_n"));
        write(FLOOR, read().select(columns.toArray(Column[]::new)));
    }

    private void handWritten(String job, PaddedBatches batches) {
        write(
                job,
                read().select("id", "features").mapPartitions(batches, Encoders.row(PaddedBatches.type(data))));
    }
}
