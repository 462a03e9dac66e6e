package io.sparkrnn.job.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkrnn.Golden;
import io.sparkrnn.job.Cli;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.session.WaitingTasks;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What runs tell of themselves, and what a later one makes of it, by the command line. */
class RunsTest extends RunCase {
    @Test
    void aRunTellsWhatItReadAndWrote() throws IOException {
        Cli cli = done("--run-id", "night-1", "--outputs", "h_n", "--where", "day <> '2026-11-03'");
        assertThat(cli.out()).contains("Run:     night-1 (file:" + path("out") + "/_spark-rnn/night-1.json)");
        JsonNode run = file("night-1");
        assertThat(run.path("status").asText()).isEqualTo("done");
        assertThat(run.path("run_id").asText()).isEqualTo("night-1");
        assertThat(run.path("counts").path("rows_read").asLong()).isEqualTo(67);
        assertThat(run.path("counts").path("time_steps").asLong()).isEqualTo(134);
        assertThat(run.path("model").path("files").get(0).path("sha256").asText())
                .isEqualTo(sha256(Path.of(MODEL)));
        assertThat(run.path("checksum").asText()).matches("[0-9a-f]{16}");
        assertThat(run.path("options").path("where").asText()).isEqualTo("day <> '2026-11-03'");
        assertThat(run.path("network").path("engines").size()).isEqualTo(1);
        JsonNode input = run.path("input").get(0);
        List<String> listed = new ArrayList<>();
        for (JsonNode file : input.path("list")) {
            Path read = Path.of(java.net.URI.create(file.path("path").asText()));
            listed.add(folder.relativize(read).toString());
            assertThat(file.path("bytes").asLong()).isEqualTo(Files.size(read));
            assertThat(file.path("modified").asText())
                    .isEqualTo(java.time.Instant.ofEpochMilli(
                                    Files.getLastModifiedTime(read).toMillis())
                            .toString());
        }
        assertThat(listed)
                .as("the partitions that the condition leaves")
                .containsExactlyElementsOf(tree("in").stream()
                        .filter(file -> file.endsWith(".parquet") && !file.contains("2026-11-03"))
                        .toList());
        assertThat(spark.read().parquet(path("out")).columns()).containsExactly("id", "day", "h_n");
    }

    private static String sha256(Path file) throws IOException {
        try {
            return java.util.HexFormat.of()
                    .formatHex(
                            java.security.MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void theSameRowsHaveTheSameChecksumAndOthersHaveNot() throws IOException {
        done("--run-id", "a");
        done("--run-id", "b", "--mode", "overwrite", "--batch-steps", "3", "--io", "spark");
        assertThat(file("b").path("checksum")).isEqualTo(file("a").path("checksum"));
        write(100, 101);
        done("--run-id", "c", "--mode", "overwrite");
        assertThat(file("c").path("checksum")).isNotEqualTo(file("a").path("checksum"));
        assertThat(tree("out").stream().filter(file -> file.contains("_spark-rnn/") && !file.endsWith(".crc")))
                .as("runs before an overwrite are told of after it")
                .containsExactly(
                        "out/_spark-rnn/a.html",
                        "out/_spark-rnn/a.json",
                        "out/_spark-rnn/a.metrics.json",
                        "out/_spark-rnn/b.html",
                        "out/_spark-rnn/b.json",
                        "out/_spark-rnn/b.metrics.json",
                        "out/_spark-rnn/c.html",
                        "out/_spark-rnn/c.json",
                        "out/_spark-rnn/c.metrics.json");
    }

    @Test
    void whatWasDoneIsNotDoneAgain() throws IOException {
        String[] first = {"--run-id", "first", "--if-done", "skip"};
        done(first);
        List<String> before = tree("out");
        Cli again = done("--run-id", "second", "--if-done", "skip", "--batch-steps", "7");
        assertThat(again.out()).contains("Nothing to do", "of run first, which ended 2");
        assertThat(tree("out")).isEqualTo(before);

        Cli other = score("--if-done", "skip", "--outputs", "h_n");
        assertThat(other.code()).as(other.toString()).isEqualTo(ExitCode.OUTPUT_EXISTS.number());

        write(100, 103);
        assertThat(done("--run-id", "third", "--if-done", "skip", "--mode", "overwrite")
                        .out())
                .doesNotContain("Nothing to do");
        assertThat(ids("out")).hasSize(103);
        done("--run-id", "fourth", "--if-done", "skip", "--mode", "overwrite", "--outputs", "h_n");
        assertThat(done("--run-id", "fifth", "--if-done", "skip", "--mode", "overwrite")
                        .out())
                .as("what the third did is there no longer")
                .doesNotContain("Nothing to do");
    }

    @Test
    void anotherModelIsAnotherRun() throws IOException {
        Path copy = Files.copy(Path.of(MODEL), folder.resolve("copy.pt"));
        done("--if-done", "skip", "--mode", "overwrite");
        assertThat(scoreBy(copy.toString(), "--if-done", "skip", "--mode", "overwrite")
                        .out())
                .as("a copy is the same model")
                .contains("Nothing to do");
        Path other = Golden.named("seed_torch_rnn").file("model.safetensors");
        assertThat(scoreBy(other.toString(), "--if-done", "skip", "--mode", "overwrite")
                        .out())
                .contains("Scored 100 sequences");
    }

    @Test
    void whatDoesNotTellItsContentIsReadAgain() {
        String[] options = {
            "score",
            "--model",
            MODEL,
            "--input-query",
            "SELECT id, array(array(1F, 2F, 3F, 4F, rand(1))) AS features FROM hidden",
            "--output",
            path("out"),
            "--show",
            "0",
            "--mode",
            "overwrite",
            "--if-done",
            "skip"
        };
        spark.createDataFrame(
                        spark.range(3).toDF("id").toJavaRDD(),
                        org.apache.spark.sql.types.StructType.fromDDL("id bigint"))
                .createOrReplaceTempView("hidden");
        try {
            for (int i = 0; i < 2; i++) {
                Cli cli = Cli.run(options);
                assertThat(cli.code()).as(cli.toString()).isZero();
                assertThat(cli.out()).contains("does not tell what is read of it", "Scored 3 sequences");
            }
        } finally {
            spark.catalog().dropTempView("hidden");
        }
    }

    /** A driver that is killed leaves the files of the tasks that were done, and no later run is to publish them. */
    @Test
    void whatAKilledRunLeftIsNotAppendedByTheNext() throws IOException {
        done("--run-id", "n1", "--mode", "append");
        Path task = Files.createDirectories(
                folder.resolve("out/_temporary/0/task_202611270000001111111111111111111_0000_m_000000"));
        Path rows = folder.resolve(tree("out").stream()
                .filter(file -> file.endsWith(".parquet"))
                .findFirst()
                .orElseThrow());
        Files.copy(rows, task.resolve("part-00000-of-a-killed-run-c000.parquet"));
        write(100, 110);
        done("--run-id", "n2", "--mode", "append", "--where", "id >= 100");
        assertThat(ids("out")).isEqualTo(LongStream.range(0, 110).boxed().toList());
        assertThat(folder.resolve("out/_temporary")).doesNotExist();
    }

    /** As it is left by a driver that is killed between the first and the last file that it moves into the output. */
    @Test
    void aRunThatHadBegunToPublishIsNotAppendedAgain() throws IOException {
        done("--run-id", "n1", "--mode", "append");
        assertThat(tree("out")).noneMatch(file -> file.contains("publishing"));
        Path mark = Files.createFile(folder.resolve("out/_spark-rnn/n2.publishing"));
        Cli again = score("--run-id", "n2", "--mode", "append");
        assertThat(again.code()).as(again.toString()).isEqualTo(ExitCode.OUTPUT_EXISTS.number());
        assertThat(again.err())
                .contains("--run-id n2: this run was ended while its files were moved into file:" + path("out"))
                .contains("delete file:" + mark);
        assertThat(ids("out")).hasSize(100);
        Files.delete(mark);
        done("--run-id", "n2", "--mode", "append");
        assertThat(ids("out")).hasSize(200);
    }

    /** Two runs at a time in one output: each number is another. */
    @Test
    void eachRunHasAPlaceOfItsOwnForTasksThatWait() {
        assertThat(Stream.generate(WaitingTasks::ofThisRunAlone).limit(100).distinct())
                .hasSize(100);
    }

    @Test
    void aRunIsNotAppendedTwice() {
        done("--run-id", "n1", "--mode", "append");
        Cli twice = score("--run-id", "n1", "--mode", "append");
        assertThat(twice.code()).isEqualTo(ExitCode.OUTPUT_EXISTS.number());
        assertThat(twice.err()).contains("--run-id n1: this run is done");
        assertThat(ids("out")).hasSize(100);
        assertThat(done("--run-id", "n1", "--mode", "append", "--if-done", "skip")
                        .out())
                .contains("Nothing to do");
        done("--run-id", "n2", "--mode", "append");
        assertThat(ids("out")).hasSize(200);
    }

    @Test
    void aDryRunWritesNothing() throws IOException {
        Cli cli = done("--dry-run", "--on-invalid", "quarantine", "--quarantine", path("bad/deep"));
        assertThat(cli.out())
                .contains(
                        "Dry run:", "nothing was written", "6 files", "there is none yet", "100 rows, 200 time steps");
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left.map(file -> file.getFileName().toString())).containsExactly("in");
        }
        Cli wrong = score("--dry-run", "--features", "nothing");
        assertThat(wrong.code()).isEqualTo(ExitCode.INPUT.number());
        done();
        Cli exists = score("--dry-run");
        assertThat(exists.code()).isEqualTo(ExitCode.OUTPUT_EXISTS.number());
    }

    @Test
    void aRunThatFailsTellsSoElsewhereAlone() throws IOException {
        spark.sql("SELECT 1000L AS id, '2026-11-02' AS day, CAST(null AS array<array<float>>) AS features")
                .write()
                .mode("append")
                .partitionBy("day")
                .parquet(path("in"));
        Cli cli = score("--run-files", path("runs"), "--run-id", "bad");
        assertThat(cli.code()).isEqualTo(ExitCode.INPUT.number());
        JsonNode run =
                new ObjectMapper().readTree(folder.resolve("runs/bad.json").toFile());
        assertThat(run.path("status").asText()).isEqualTo("failed");
        assertThat(run.path("code").asInt()).isEqualTo(3);
        assertThat(run.path("message").asText()).contains("its features are null");
        assertThat(folder.resolve("out")).doesNotExist();
    }

    @Test
    void noSecretIsTold() throws IOException {
        Cli cli = done(
                "--input-option",
                "fs.s3a.secret.key=abcdef,pathGlobFilter=*.parquet",
                "--run-id",
                "s",
                "--output-option",
                "parquet.encryption.footer.token=ghijkl");
        String text = Files.readString(folder.resolve("out/_spark-rnn/s.json"));
        assertThat(text + cli.out() + cli.err()).doesNotContain("abcdef", "ghijkl");
        assertThat(text).contains("fs.s3a.secret.key=*****", "pathGlobFilter=*.parquet");
        Cli wrong = Cli.run(
                "score",
                "--model",
                "nothere://user:hunter2@host/x?sig=abc123&a=b",
                "--input",
                path("in"),
                "--output",
                path("x"));
        assertThat(wrong.code()).isNotZero();
        assertThat(wrong.out() + wrong.err()).contains("user:*****@host").doesNotContain("hunter2", "abc123");
    }

    @Test
    void aRunsNameIsAFilesName() {
        for (String id : List.of("../x", "", "_x", ".x", "a b", "a/b", "x".repeat(129))) {
            Cli cli = score("--run-id", id);
            assertThat(cli.code()).as(id).isEqualTo(ExitCode.USAGE.number());
            assertThat(cli.err()).contains("--run-id");
        }
    }
}
