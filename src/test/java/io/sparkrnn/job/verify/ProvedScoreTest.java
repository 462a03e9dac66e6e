package io.sparkrnn.job.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.Golden;
import io.sparkrnn.job.Cli;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.spark.LocalSpark;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Scoring that proves the numbers first. */
class ProvedScoreTest {
    private static final Golden.Case GOLDEN = Golden.named("seed_torch_rnn");

    @TempDir
    Path folder;

    private Cli score(String... more) {
        LocalSpark.session()
                .sql("SELECT id, array(array(1F, 2F, 3F, 4F, float(id))) AS features FROM range(10)")
                .write()
                .mode("overwrite")
                .parquet(folder.resolve("in").toString());
        List<String> args = new ArrayList<>(List.of(
                "score",
                "--model",
                GOLDEN.file("model.pt").toString(),
                "--input",
                folder.resolve("in").toString(),
                "--output",
                folder.resolve("out").toString()));
        args.addAll(List.of(more));
        return Cli.run(args.toArray(String[]::new));
    }

    @Test
    void scoresWhenTheVectorsAreGiven() {
        Cli cli = score("--reference", GOLDEN.file("io.safetensors").toString());
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(cli.out()).contains("Proved:", "within 1.0e-06", "Scored 10 sequences");
    }

    @Test
    void readsAndWritesNothingWhenTheyAreNot() {
        Cli cli = score("--reference", GOLDEN.file("io.safetensors").toString(), "--nonlinearity", "relu");
        assertThat(cli.code()).as(cli.toString()).isEqualTo(ExitCode.VERIFICATION_FAILED.number());
        assertThat(cli.err()).contains("this driver's results are not what the file has", "TOO LARGE");
        assertThat(Files.exists(folder.resolve("out"))).isFalse();
    }

    @Test
    void aToleranceIsOneOfTheVectors() {
        Cli cli = score("--tolerance", "1e-3");
        assertThat(cli.code()).isEqualTo(ExitCode.USAGE.number());
        assertThat(cli.err()).contains("--tolerance: it is one of --reference");
    }
}
