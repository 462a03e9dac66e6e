package io.sparkrnn.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.Golden;
import io.sparkrnn.spark.LocalSpark;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A table to score from the command line. */
abstract class CommandLine {
    static final String MODEL = Golden.named("seed_torch_rnn").file("model.pt").toString();

    @TempDir
    Path folder;

    String input = "";
    String output = "";

    @BeforeEach
    void makeInput() {
        input = folder.resolve("in").toString();
        output = folder.resolve("out").toString();
        LocalSpark.session()
                .sql("SELECT id, id % 2 AS part, transform(sequence(0, id), t -> transform(sequence(0, 4),"
                        + " i -> float(t * i))) AS features FROM range(10)")
                .write()
                .parquet(input);
    }

    Cli score(String... more) {
        boolean elsewhere = List.of(more).contains("--output");
        String[] usual = elsewhere
                ? new String[] {"score", "--model", MODEL, "--input", input}
                : new String[] {"score", "--model", MODEL, "--input", input, "--output", output};
        return Cli.run(Stream.concat(Arrays.stream(usual), Arrays.stream(more)).toArray(String[]::new));
    }

    static void assertFails(Cli cli, int code, String... messages) {
        assertThat(cli.code()).as(cli.toString()).isEqualTo(code);
        assertThat(cli.err()).startsWith("spark-rnn: ").doesNotContain("\tat ");
        for (String message : messages) {
            assertThat(cli.err()).contains(message);
        }
    }

    boolean nothingWritten() {
        return Files.notExists(Path.of(output));
    }

    static void table(int rows, String path) {
        LocalSpark.session()
                .sql("SELECT id, 1 AS part, array(array(1F, 2F, 3F, 4F, 5F)) AS features FROM range(" + rows + ")")
                .write()
                .parquet(path);
    }

    static Cli inspect(String model) {
        return Cli.run("inspect", "--model", model);
    }
}
