package io.sparkrnn.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.job.output.QuietSource;
import io.sparkrnn.job.storage.RefusingFileSystem;
import io.sparkrnn.spark.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What becomes of an output: it is left, replaced or refused, and never half there. */
class OutputPlacesTest extends CommandLine {
    @Test
    void doesNotOverwriteItsInput() {
        String spaced = folder.resolve("a b%20c").toString();
        LocalSpark.session().read().parquet(input).write().partitionBy("part").parquet(spaced + "/in");
        for (String over : new String[] {spaced, spaced + "/in", spaced + "/in/part=1"}) {
            assertFails(
                    Cli.run(
                            "score",
                            "--model",
                            MODEL,
                            "--input",
                            spaced + "/in",
                            "--output",
                            over,
                            "--mode",
                            "overwrite"),
                    2,
                    "holds the input");
        }
        assertThat(LocalSpark.session().read().parquet(spaced + "/in").count()).isEqualTo(10);
    }

    @Test
    void isDoneEvenWhereRowsCannotBeShown() {
        assertThat(score("--outputs", "h_n").code()).isZero();
        Cli cli = score("--mode", "append");
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(cli.out()).contains("  id ", "hidden_states", "Output:  file:");
        Cli nowhere = score("--output", output + "-not", "--output-format", "noop", "--mode", "append");
        assertThat(nowhere.code()).as(nowhere.toString()).isZero();
        assertThat(nowhere.out()).contains("rows cannot be shown", "Output:  file:");
    }

    @Test
    void saysPlainlyWhatIsNoPlaceOrNoFormat() {
        assertFails(Cli.run("score", "--model", MODEL, "--input", input, "--output", ""), 2, "cannot reach ''");
        assertFails(Cli.run("score", "--model", MODEL, "--input", input, "--output", "a:b"), 2, "cannot reach 'a:b'");
        assertFails(
                Cli.run("score", "--model", MODEL, "--input", input, "--output", "s3a://bucket/out"),
                2,
                "cannot reach 's3a://bucket/out'",
                "S3AFileSystem");
        assertFails(
                Cli.run("score", "--model", "s3a://bucket/model.pt", "--input", input, "--output", output),
                4,
                "--model: cannot reach");
        assertFails(score("--output-format", "nonesuch"), 2, "nonesuch");
        assertFails(score("--features", "id,part"), 3, "spark-rnn: --features names 2 columns");
        assertFails(score("--keep", "id,part,ID"), 3, "spark-rnn: --keep: names column id twice");
    }

    @Test
    void anOutputThatCannotBeWrittenIsOneLine() throws IOException {
        Path file = Files.writeString(folder.resolve("notes.txt"), "mine");
        for (String mode : new String[] {"errorifexists", "append", "overwrite", "ignore"}) {
            Cli cli = score("--output", file + "/below/it", "--mode", mode);
            assertFails(cli, 1, "--output: cannot write file:" + file + "/below/it: file:" + file + " is a file");
            assertThat(cli.err()).hasLineCount(1);
        }
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left.map(path -> path.getFileName().toString())).containsExactlyInAnyOrder("in", "notes.txt");
        }
        assertThat(file).hasContent("mine");
    }

    @Test
    void anOutputThatTasksCannotWriteIsOneLine() {
        String property = "fs." + RefusingFileSystem.SCHEME + ".impl";
        var hadoop = LocalSpark.session().sparkContext().hadoopConfiguration();
        System.setProperty("spark.hadoop." + property, RefusingFileSystem.class.getName());
        hadoop.set(property, RefusingFileSystem.class.getName());
        try {
            Cli cli = score("--output", "refusing://" + output);
            assertFails(cli, 1, "--output: cannot write refusing:" + output + ": Permission denied: user=nobody");
            assertThat(cli.err()).hasLineCount(1);
            assertThat(nothingWritten()).isTrue();
        } finally {
            System.clearProperty("spark.hadoop." + property);
            hadoop.unset(property);
        }
    }

    @Test
    void aFailedOverwriteLeavesTheFormerOutput() throws IOException {
        assertThat(score().code()).isZero();
        input = folder.resolve("bad").toString();
        LocalSpark.session()
                .sql(
                        "SELECT id, IF(id = 7, null, array(array(1F, 2F, 3F, 4F, 5F))) AS features FROM range(0, 10, 1, 2)")
                .write()
                .parquet(input);
        assertFails(score("--mode", "overwrite"), 3, "row with id = 7");
        assertThat(LocalSpark.session().read().parquet(output).count()).isEqualTo(10);
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left.map(path -> path.getFileName().toString()))
                    .as("nothing half written beside it")
                    .containsExactlyInAnyOrder("in", "bad", "out");
        }
    }

    @Test
    void leavesAnOutputThatExists() throws IOException {
        assertThat(score().code()).isZero();
        long before = Files.getLastModifiedTime(Path.of(output, "_SUCCESS")).toMillis();
        assertFails(score(), 6, "--output", output, "exists", "--mode");
        assertFails(score("--mode", "errorifexists"), 6);
        Cli ignored = score("--mode", "ignore");
        assertThat(ignored.code()).isZero();
        assertThat(ignored.out()).contains("nothing was written");
        assertThat(Files.getLastModifiedTime(Path.of(output, "_SUCCESS")).toMillis())
                .isEqualTo(before);
        assertThat(LocalSpark.session().read().parquet(output).count()).isEqualTo(10);
        assertThat(score("--mode", "append").code()).isZero();
        assertThat(LocalSpark.session().read().parquet(output).count()).isEqualTo(20);
        assertThat(score("--mode", "overwrite").code()).isZero();
        assertThat(LocalSpark.session().read().parquet(output).count()).isEqualTo(10);
    }

    @Test
    void aTaskThatBeginsToWriteWhenTheJobHasFailedLeavesNothing() throws InterruptedException {
        Cli cli = score("--input-format", QuietSource.class.getName(), "--input-option", "fails=yes");
        assertThat(cli.code()).as(cli.toString()).isEqualTo(1);
        assertThat(cli.err()).contains("a task that fails at once");
        // longer than that task takes
        Thread.sleep(2000);
        assertThat(nothingWritten()).isTrue();
    }
}
