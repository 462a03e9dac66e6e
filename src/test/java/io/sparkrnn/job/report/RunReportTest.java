package io.sparkrnn.job.report;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkrnn.Golden;
import io.sparkrnn.job.Cli;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.Secrets;
import io.sparkrnn.spark.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The reports of runs, by the command line. */
class RunReportTest {
    private static final String MODEL =
            Golden.named("seed_torch_rnn").file("model.pt").toString();

    private static final String HOSTILE = "<script>alert(1)</script>";

    private final SparkSession spark = LocalSpark.session();

    @TempDir
    Path folder;

    /** Rows of 1 to 7 steps, of which eleven cannot be scored. */
    @BeforeEach
    void write() {
        write("in", "0");
    }

    private void write(String name, String shift) {
        spark.sql("SELECT id, CASE WHEN id % 10 = 3 THEN null WHEN id = 50 THEN"
                        + " array(named_struct('" + HOSTILE
                        + "', 0F, 'b', CAST(null AS float), 'c', 0F, 'd', 0F, 'e', 0F))"
                        + " ELSE transform(sequence(1, 1 + int(id % 7)), t -> named_struct('" + HOSTILE
                        + "', float(id % 13 + " + shift + "), 'b', float(t), 'c', 1F, 'd', float(id), 'e', 0F)) END"
                        + " AS features FROM range(0, 100, 1, 4)")
                .write()
                .parquet(path(name));
    }

    private String path(String name) {
        return folder.resolve(name).toString();
    }

    private Cli score(String in, String out, String... more) {
        List<String> args = new ArrayList<>(List.of("score", "--model", MODEL, "--input", path(in)));
        args.addAll(List.of("--output", path(out), "--show", "0"));
        args.addAll(List.of(more));
        if (!args.contains("--on-invalid")) {
            args.addAll(List.of("--on-invalid", "null"));
        }
        return Cli.run(args.toArray(String[]::new));
    }

    private Cli done(String in, String out, String... more) {
        Cli cli = score(in, out, more);
        assertThat(cli.code()).as(cli.toString()).isZero();
        return cli;
    }

    private JsonNode json(String name) throws IOException {
        return new ObjectMapper().readTree(folder.resolve(name).toFile());
    }

    private String text(String name) throws IOException {
        return Files.readString(folder.resolve(name));
    }

    private List<String> names(String name) throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve(name))) {
            return files.map(file -> file.getFileName().toString())
                    .filter(file -> !file.endsWith(".crc"))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void isAmongTheFilesOfTheRun() throws IOException {
        Cli cli = done("in", "out", "--run-id", "night-1", "--where", "id < 90");
        assertThat(cli.out()).contains("Report:  file:").contains("/out/_spark-rnn/night-1.html");
        assertThat(names("out/_spark-rnn")).containsExactly("night-1.html", "night-1.json", "night-1.metrics.json");
        assertThat(spark.read().parquet(path("out")).count()).isEqualTo(90);

        JsonNode metrics = json("out/_spark-rnn/night-1.metrics.json");
        assertThat(metrics.path("funnel"))
                .isEqualTo(new ObjectMapper()
                        .readTree("{\"read\": 90, \"scored\": 80, \"leftOut\": 0, \"quarantined\": {},"
                                + " \"nulled\": {\"NULL_SEQUENCE\": 9, \"NULL_VALUE\": 1}}"));
        JsonNode header = metrics.path("header");
        assertThat(header.path("run").asText()).isEqualTo("night-1");
        assertThat(header.path("model").asText()).isEqualTo(MODEL);
        assertThat(header.path("network").asText()).contains("RNN");
        assertThat(header.path("input").asText()).contains(path("in")).endsWith("where id < 90");
        assertThat(header.path("output").asText()).contains(path("out"));
        assertThat(header.path("spark").asText()).isEqualTo(spark.version());
        assertThat(header.path("kernel").asText()).containsAnyOf("simd, ", "portable");

        assertThat(metrics.path("sample").path("rows").asInt()).isEqualTo(80);
        assertThat(metrics.path("sample").path("sampledRows").asInt()).isBetween(60, 80);
        assertThat(metrics.path("lengths").path("count").asInt()).isEqualTo(80);
        assertThat(metrics.path("lengths").path("min").asInt()).isEqualTo(1);
        assertThat(metrics.path("lengths").path("max").asInt()).isEqualTo(7);
        assertThat(metrics.path("features").findValuesAsText("name")).containsExactly(HOSTILE, "b", "c", "d", "e");
        assertThat(metrics.path("features")
                        .get(2)
                        .path("values")
                        .path("deviation")
                        .asDouble())
                .isZero();
        assertThat(metrics.path("norms").get(0).path("sequences").asInt()).isBetween(75, 85);

        int rows = 0;
        for (JsonNode task : metrics.path("tasks")) {
            rows += task.path("rows").asInt();
            assertThat(task.path("endMillis").asLong())
                    .isGreaterThan(task.path("startMillis").asLong());
        }
        assertThat(rows).as("sequences of all tasks").isEqualTo(80);
        assertThat(metrics.path("throughput").path("cores").asInt()).isPositive();
        assertThat(metrics.path("throughput").path("readSeconds").asDouble()).isPositive();
        assertThat(metrics.path("throughput").path("forwardSeconds").asDouble()).isPositive();

        assertThat(metrics.path("files").size()).isPositive();
        for (JsonNode file : metrics.path("files")) {
            assertThat(file.path("bytes").asLong())
                    .isEqualTo(
                            Files.size(folder.resolve("out/" + file.path("name").asText())));
        }

        String page = text("out/_spark-rnn/night-1.html");
        assertThat(page)
                .contains("night-1")
                .contains("NULL_SEQUENCE")
                .contains("&lt;script&gt;alert(1)")
                .doesNotContain("<script");
    }

    @Test
    void isHeldAgainstAnEarlierRun() throws IOException {
        write("later", "8");
        done("in", "out", "--report", path("reports"), "--run-id", "first");
        assertThat(names("reports")).containsExactly("metrics.json", "report.html");
        assertThat(names("out/_spark-rnn")).containsExactly("first.json");
        done(
                "later",
                "out2",
                "--report",
                path("reports/second.html"),
                "--baseline",
                path("reports"),
                "--run-id",
                "2nd");
        assertThat(names("reports"))
                .containsExactly("metrics.json", "report.html", "second.html", "second.metrics.json");
        assertThat(text("reports/report.html")).contains("No earlier run was given");
        assertThat(text("reports/second.html")).contains("first").doesNotContain("No earlier run was given");

        String second = text("reports/second.html");
        Files.delete(folder.resolve("reports/second.html"));
        Cli drawn = Cli.run(
                "report", "--run", path("reports/second.metrics.json"), "--against", path("reports/metrics.json"));
        assertThat(drawn.code()).as(drawn.toString()).isZero();
        assertThat(drawn.out()).contains("second.html").contains("feature " + HOSTILE + ": PSI");
        assertThat(text("reports/second.html")).isEqualTo(second);

        Cli alone = Cli.run("report", "--run", path("reports"), "--to", path("elsewhere"));
        assertThat(alone.code()).as(alone.toString()).isZero();
        assertThat(text("elsewhere/report.html")).isEqualTo(text("reports/report.html"));
    }

    @Test
    void isDrawnFromTheOutputsLastRun() throws IOException {
        done("in", "out", "--run-id", "a");
        done("in", "out", "--run-id", "b", "--mode", "overwrite");
        Files.delete(folder.resolve("out/_spark-rnn/b.html"));
        Cli drawn = Cli.run("report", "--run", path("out"));
        assertThat(drawn.code()).as(drawn.toString()).isZero();
        assertThat(names("out/_spark-rnn"))
                .containsExactly("a.html", "a.json", "a.metrics.json", "b.html", "b.json", "b.metrics.json");
    }

    @Test
    void tellsOfWhatWentToTheQuarantine() throws IOException {
        done("in", "out", "--on-invalid", "quarantine", "--quarantine", path("bad"), "--run-id", "q");
        JsonNode funnel = json("out/_spark-rnn/q.metrics.json").path("funnel");
        assertThat(funnel.path("quarantined"))
                .isEqualTo(new ObjectMapper().readTree("{\"NULL_SEQUENCE\": 10, \"NULL_VALUE\": 1}"));
        assertThat(funnel.path("nulled")).isEmpty();
    }

    @Test
    void isLeftOut() throws IOException {
        Cli cli = done("in", "out", "--report", "none", "--run-id", "a");
        assertThat(cli.out()).doesNotContain("Report:");
        assertThat(names("out/_spark-rnn")).containsExactly("a.json");
        assertThat(done("in", "out2", "--run-files", "none").out()).doesNotContain("Report:");
        assertThat(names("out2")).doesNotContain("_spark-rnn");
    }

    @Test
    void doesNotFailARunWhoseOutputIsWhole() throws IOException {
        Files.createFile(folder.resolve("file"));
        Cli cli = done("in", "out", "--report", path("file/reports"));
        assertThat(cli.out())
                .contains(
                        "Note:    the output is whole, but of the run's report metrics.json and report.html could not be"
                                + " written: ");
        assertThat(spark.read().parquet(path("out")).count()).isEqualTo(100);
    }

    @Test
    void refusesWhatCannotBe() throws IOException {
        refused(ExitCode.USAGE, "this is in the output", score("in", "out", "--report", path("out/reports")));
        refused(ExitCode.USAGE, "leave one of them out", score("in", "out", "--report", "none", "--baseline", "x"));
        refused(ExitCode.INPUT, "there is no file", score("in", "out", "--baseline", path("no.json")));
        refused(ExitCode.INPUT, "there is no metrics.json in", score("in", "out", "--baseline", path("in")));
        Files.writeString(folder.resolve("bad.json"), "{\"version\": 7}");
        refused(ExitCode.INPUT, "version 7; expected 1", score("in", "out", "--baseline", path("bad.json")));
        refused(ExitCode.INPUT, "version 7; expected 1", Cli.run("report", "--run", path("bad.json")));
        refused(ExitCode.USAGE, "--run", Cli.run("report"));
        refused(ExitCode.USAGE, "--run-id", score("in", "out", "--run-id", "a.metrics"));
        assertThat(folder.resolve("out")).doesNotExist();
    }

    private static void refused(ExitCode code, String why, Cli cli) {
        assertThat(cli.code()).as(cli.toString()).isEqualTo(code.number());
        assertThat(cli.err()).contains(why).doesNotContain("\tat ");
    }

    @Test
    void tellsNoSecrets() {
        assertThat(Secrets.publicAddresses("s3a://id:pass@bucket/a?sig=abc,x&x=1, s3a://b/c?y"))
                .isEqualTo("s3a://bucket/a, s3a://b/c");
        assertThat(Secrets.publicAddresses("abfss://lake@account.dfs.core.windows.net/a where id < 3"))
                .isEqualTo("abfss://lake@account.dfs.core.windows.net/a where id < 3");
    }
}
