package io.sparkrnn.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.spark.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Options, from a file or the command line: help, advice, and what they cannot mean. */
class OptionsTest extends CommandLine {
    @Test
    void tellsWhereOptionsOfSparkSubmitStand() {
        assertFails(score("--master", "local[1]"), 2, "Options of spark-submit stand before --");
        assertFails(Cli.run("--conf", "a=b", "score"), 2, "Options of spark-submit stand before --");
    }

    @Test
    void takesItsOptionsFromAFileAndTheCommandLineFirst() throws IOException {
        Path config = folder.resolve("score.conf");
        Files.writeString(
                config,
                "model = \"" + MODEL + "\"\ninput = [\"" + input + "\"]\noutput = \"" + output
                        + "\"\nbatch-steps = 3\noutputs = [h_n, lengths]\noutput-option { compression = gzip }\n");
        assertThat(Cli.run("score", "--config", config.toString(), "--outputs", "h_n")
                        .code())
                .isZero();
        assertThat(LocalSpark.session().read().parquet(output).columns()).containsExactly("id", "part", "h_n");
        try (Stream<Path> files = Files.list(Path.of(output))) {
            assertThat(files.map(Path::toString)).anyMatch(name -> name.endsWith(".gz.parquet"));
        }
        // One file serves all commands, though inspect has no batches.
        assertThat(Cli.run("inspect", "--config=" + config).code()).isZero();
    }

    @Test
    void refusesWhatAFileOfOptionsCannotMean() throws IOException {
        Path config = folder.resolve("bad.conf");
        Files.writeString(config, "modell = x\n");
        assertFails(
                Cli.run("score", "--config", config.toString()),
                2,
                "bad.conf: 1",
                "unknown key 'modell'; did you mean model?");
        for (String key : new String[] {"spark.executor.memory = 4g", "\"spark.sql.ansi.enabled\" = true"}) {
            Files.writeString(config, key + "\n");
            Cli cli = Cli.run("score", "--config", config.toString());
            assertFails(cli, 2, "unknown key 'spark", "Spark's settings go to spark-submit (--conf spark");
            assertThat(cli.err()).doesNotContain("did you mean");
        }
        Files.writeString(config, "threshold = 1\n");
        Cli far = Cli.run("score", "--config", config.toString());
        assertFails(far, 2, "unknown key 'threshold'; (--help lists the options");
        Files.writeString(config, "model = {\n");
        assertFails(Cli.run("score", "--config", config.toString()), 2, "bad.conf");
        Files.writeString(config, "model = ${NOT_SET_ANYWHERE}\n");
        assertFails(Cli.run("score", "--config", config.toString()), 2, "NOT_SET_ANYWHERE");
        Files.writeString(config, "batch-steps = many\n");
        assertFails(Cli.run("score", "--config", config.toString()), 2, "--batch-steps", "many");
        assertFails(Cli.run("score", "--config", "absent.conf"), 2, "--config", "absent.conf");
    }

    @ParameterizedTest
    @ValueSource(strings = {"score", "inspect", "verify"})
    void helpsWithEveryOption(String command) {
        Cli cli = Cli.run(command, "--help");
        assertThat(cli.code()).isZero();
        assertThat(cli.out()).contains("--model=FILE", "--state-dict-prefix", "--nonlinearity", "--config");
        if (!command.equals("inspect")) {
            assertThat(cli.out().replaceAll("\\s+", " "))
                    .contains("--input-format", "Default: parquet", "--features", "Default: features", "--kernel");
        }
    }

    @Test
    void helpsWithTheCommands() {
        assertThat(Cli.run("--help").out()).contains("score", "inspect", "verify", "Exit codes: 0 done");
        assertThat(Cli.run("--version").out()).contains("spark-rnn");
    }

    @Test
    void suggestsTheNearestOption() {
        assertFails(score("--featurs", "x"), 2, "Unknown option", "--featurs", "Did you mean --features?");
        assertFails(Cli.run("scor"), 2, "Did you mean score?");
        assertFails(Cli.run(), 2, "name a command");
        assertFails(
                score("--mode", "replace"),
                2,
                "--mode",
                "'replace'",
                "[errorifexists, overwrite, overwrite-partitions, append, ignore]");
        assertFails(score("--outputs", "H"), 2, "[hidden_states, h_n, c_n, score, lengths]", "'H'");
        Cli far = score("--spork", "x");
        assertFails(far, 2, "Unknown option", "--spork", "Try 'spark-rnn score --help'");
        assertThat(far.err()).doesNotContain("Did you mean");
        assertFails(score("--kernel", "fast"), 2, "--kernel", "fast");
        assertFails(
                score("--kernel", "portable", "--precision", "float64"), 2, "--kernel portable computes in float32");
        assertFails(score("--outputs", "c_n"), 2, "--outputs c_n: a network of nn.RNN (tanh) has no cell state");
        assertFails(score("--initial-cell-state", "part"), 2, "--initial-cell-state", "has no cell state");
        assertFails(score("--batch-steps", "0"), 2, "--batch-steps 0: expected 1 or more");
        assertThat(nothingWritten()).isTrue();
    }

    @Test
    void asksForWhatIsMissing() {
        assertFails(Cli.run("score", "--input", input, "--output", output), 2, "--model");
        assertFails(
                Cli.run("score", "--model", MODEL, "--output", output), 2, "--input, --input-table or --input-query");
        assertFails(Cli.run("score", "--model", MODEL, "--input", input), 2, "--output");
        assertFails(
                Cli.run("score", "--model", MODEL, "--input", input, "--input-table", "t", "--output", output),
                2,
                "not both");
    }
}
