package io.sparkrnn.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.format.ModelFile;
import io.sparkrnn.format.network.ModelOptions;
import io.sparkrnn.spark.LocalSpark;
import io.sparkrnn.spark.ScoreMetrics;
import io.sparkrnn.spark.SequenceScorer;
import io.sparkrnn.spark.result.Output;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.Trigger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.condition.EnabledIf;
import org.junit.jupiter.api.io.TempDir;

/** The sample's rows through every door that there is: all must give the bits that {@code score} wrote. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DoorsIT {
    private static final Path TABLE = Path.of("data/weather.parquet").toAbsolutePath();
    private static final Path MODEL = Path.of("data/weather_rnn.pt").toAbsolutePath();
    private static final List<String> DOORS = new ArrayList<>();

    private static final Pattern OWN_CHECKSUM = Pattern.compile("\"checksum\"\\s*:\\s*\"([0-9a-f]{16})\"");

    @TempDir
    private static Path folder;

    /** Of the rows that {@code score} wrote. */
    private static String expected = "";

    /** What {@code score} itself says of them. */
    private static String own = "";

    private static Map<String, String> catalog() {
        Map<String, String> settings = new LinkedHashMap<>();
        settings.put("spark.sql.catalog.rnn", "io.sparkrnn.sql.ModelCatalog");
        settings.put("spark.sql.catalog.rnn.weather.model", MODEL.toString());
        settings.put("spark.sql.catalog.rnn.weather.standardize", "false");
        settings.put("spark.sql.catalog.rnn.weather.outputs", "h_n");
        return settings;
    }

    private static SparkSession session() {
        SparkSession spark = LocalSpark.session().newSession();
        catalog().forEach(spark.conf()::set);
        return spark;
    }

    private static Dataset<Row> sequences(SparkSession spark) {
        return spark.read().parquet(TABLE.toString()).select("id", "features");
    }

    private static Dataset<Row> arriving(SparkSession spark) {
        return spark.readStream()
                .schema(spark.read().parquet(TABLE.toString()).schema())
                .parquet(TABLE.resolveSibling("weather*.parquet").toString())
                .select("id", "features");
    }

    private static SequenceScorer scorer() {
        return SequenceScorer.builder(ModelFile.open(MODEL, "weather_rnn.pt")
                        .network(ModelOptions.none())
                        .model())
                .outputs(EnumSet.of(Output.H_N))
                .id("id")
                .build();
    }

    private static void assertSame(String door, Dataset<Row> rows) {
        assertThat(RowsChecksum.of(rows.select("id", "h_n").collectAsList()))
                .as(door)
                .isEqualTo(expected);
        DOORS.add(door);
    }

    /** Runs the command as a user does, and gives the checksum in its run file. */
    private static String score(String io, Path output) throws IOException, InterruptedException {
        Path runs = folder.resolve("runs-" + io);
        Path log = folder.resolve("score-" + io + ".log");
        List<String> command = List.of(
                Path.of("submit.sh").toAbsolutePath().toString(),
                "--master",
                "local[2]",
                "--conf",
                "spark.ui.enabled=false",
                "--",
                "score",
                "--model",
                MODEL.toString(),
                "--no-standardize",
                "--input",
                TABLE.toString(),
                "--keep",
                "id",
                "--outputs",
                "h_n",
                "--io",
                io,
                "--run-files",
                runs.toString(),
                "--output",
                output.toString());
        ProcessBuilder builder = new ProcessBuilder(command)
                .redirectErrorStream(true)
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
                .redirectOutput(log.toFile());
        EmbeddedSpark.choose(builder);
        Process process = builder.start();
        try {
            assertThat(process.waitFor(4, TimeUnit.MINUTES)).isTrue();
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        assertThat(process.exitValue()).as(Files.readString(log)).isZero();
        // of the files there, the one of the run has it
        try (Stream<Path> files = Files.walk(runs)) {
            for (Path file :
                    files.filter(found -> found.toString().endsWith(".json")).toList()) {
                Matcher checksum = OWN_CHECKSUM.matcher(Files.readString(file));
                if (checksum.find()) {
                    return checksum.group(1);
                }
            }
        }
        throw new AssertionError("no checksum in the files of " + runs + "\n" + Files.readString(log));
    }

    @BeforeAll
    static void scoreItself() throws Exception {
        // where there is no jar for the embedded Spark, submit.sh would build one
        EmbeddedSpark.distribution();
        Path output = folder.resolve("direct");
        own = score("direct", output);
        List<Row> rows = LocalSpark.session()
                .read()
                .parquet(output.toString())
                .select("id", "h_n")
                .collectAsList();
        expected = RowsChecksum.of(rows);
        assertThat(rows).hasSize(1461);
        // a checksum that sees no difference would be none
        assertThat(RowsChecksum.of(rows.subList(1, rows.size()))).isNotEqualTo(expected);
        DOORS.add("score");
    }

    @AfterAll
    static void say() {
        System.out.println("doors: " + expected + ", score's own " + own + ": " + String.join(", ", DOORS));
    }

    @Test
    @Order(1)
    void scoreBySparksOwnReaderAndWriter() throws Exception {
        Path output = folder.resolve("spark");
        assertThat(score("spark", output)).isEqualTo(own);
        assertSame("score --io spark", LocalSpark.session().read().parquet(output.toString()));
    }

    @Test
    @Order(2)
    void sql() {
        SparkSession spark = session();
        sequences(spark).createOrReplaceTempView("sequences");
        assertSame("SQL", spark.sql("SELECT id, rnn.weather(features).h_n AS h_n FROM sequences"));
        assertSame("SQL try_", spark.sql("SELECT id, rnn.try_weather(features).h_n AS h_n FROM sequences"));
    }

    @Test
    @Order(3)
    void sqlOverAStream() throws Exception {
        SparkSession spark = session();
        arriving(spark).createOrReplaceTempView("arriving");
        assertSame(
                "SQL stream",
                written(spark, "sql", spark.sql("SELECT id, rnn.weather(features).h_n AS h_n FROM arriving")));
        assertSame(
                "SQL try_ stream",
                written(spark, "try", spark.sql("SELECT id, rnn.try_weather(features).h_n AS h_n FROM arriving")));
    }

    @Test
    @Order(4)
    void library() {
        SparkSession spark = LocalSpark.session();
        ScoreMetrics metrics = new ScoreMetrics(spark.sparkContext());
        Path output = folder.resolve("library");
        scorer().transform(sequences(spark), metrics).write().parquet(output.toString());
        assertSame("library", spark.read().parquet(output.toString()));
        assertThat(metrics.checksum()).isEqualTo(own);
    }

    @Test
    @Order(5)
    void libraryOverAStream() throws Exception {
        SparkSession spark = LocalSpark.session();
        assertSame("library stream", written(spark, "library", scorer().transform(arriving(spark))));
    }

    /** Runs a streaming query until it has read what there is, and reads what it wrote. */
    private static Dataset<Row> written(SparkSession spark, String name, Dataset<Row> stream) throws Exception {
        String output = folder.resolve("stream-" + name).toString();
        stream.writeStream()
                .format("parquet")
                .option("checkpointLocation", output + "-checkpoint")
                .trigger(Trigger.AvailableNow())
                .start(output)
                .awaitTermination();
        return spark.read().parquet(output);
    }

    static boolean hasConnect() {
        return ConnectServer.canBeHad();
    }

    @Test
    @Order(6)
    @EnabledIf(value = "hasConnect", disabledReason = "no server and client of Spark Connect for this Spark")
    void connect() throws Exception {
        Path jar = Path.of(System.getProperty("doors.jar", ""));
        List<String> answers;
        try (ConnectServer server = ConnectServer.start(folder, jar, catalog())) {
            answers = server.asked(folder, TABLE.toString(), unscaled().toString());
        }
        System.out.println(String.join(System.lineSeparator(), answers));
        assertThat(answers)
                .contains("configured: " + expected, "tried: " + expected, "path: " + expected, "session: " + expected);
        DOORS.add("Connect " + System.getProperty("doors.connect.version"));
        assertThat(answer(answers, "short"))
                .contains("rnn.weather: step 0 has 2 numbers; expected 5, the network's input_size");
        assertThat(answer(answers, "text")).contains("column features is string; expected array<array<number>>");
        assertThat(answer(answers, "missing")).contains("rnn./none/model.pt: ", "there is no file", "/none/model.pt");
    }

    /** The same network with a sidecar that knows no mean and deviation, so that nothing has to be said of them. */
    private static Path unscaled() throws IOException {
        Path model = Files.copy(MODEL, folder.resolve("unscaled.pt"));
        Files.writeString(
                folder.resolve("unscaled.pt.json"),
                "{\"nonlinearity\": \"tanh\", \"head\": {\"prefix\": \"head\", \"on\": \"h_n\", \"activation\": \"none\"}}");
        return model;
    }

    private static String answer(List<String> answers, String name) {
        return answers.stream()
                .filter(line -> line.startsWith(name + ": "))
                .findFirst()
                .orElseThrow();
    }
}
