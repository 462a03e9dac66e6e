package io.sparkrnn.job.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.Golden;
import io.sparkrnn.job.Cli;
import io.sparkrnn.spark.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class VerifyCommandTest {
    @TempDir
    Path folder;

    static Stream<Arguments> files() {
        return Golden.cases().stream()
                .flatMap(golden -> golden.models().stream().map(file -> Arguments.of(golden, file)));
    }

    private static String tolerance(double value) {
        return String.format(Locale.ROOT, "%.3e", value);
    }

    @ParameterizedTest
    @MethodSource("files")
    void findsPyTorchsNumbersInEveryFileOfEveryCase(Golden.Case golden, String file) {
        String vectors = golden.file("io.safetensors").toString();
        Double float32 = golden.tolF32Scaled();
        if (float32 != null) {
            for (String kernel : new String[] {"auto", "portable", "reference"}) {
                Cli cli = Cli.run(Cli.golden(
                        golden,
                        "verify",
                        file,
                        "--reference",
                        vectors,
                        "--precision",
                        "float32",
                        "--kernel",
                        kernel,
                        "--tolerance",
                        tolerance(float32)));
                assertThat(cli.code()).as(cli.toString()).isZero();
                assertThat(cli.out()).contains("output", "h_n", "Verified");
                assertThat(cli.out().contains("c_n")).isEqualTo(golden.cell().equals("lstm"));
            }
        }
        double float64 = java.util.Objects.requireNonNull(golden.tolF64Scaled());
        Cli cli = Cli.run(Cli.golden(
                golden,
                "verify",
                file,
                "--reference",
                vectors,
                "--precision",
                "float64",
                "--tolerance",
                tolerance(float64)));
        assertThat(cli.code()).as(cli.toString()).isZero();
    }

    @Test
    void failsWithItsOwnCodeWhenTheNumbersDiffer() {
        Golden.Case golden = Golden.named("seed_torch_rnn");
        Cli cli = Cli.run(
                "verify",
                "--model",
                golden.file("model.pt").toString(),
                "--nonlinearity",
                "relu",
                "--reference",
                golden.file("io.safetensors").toString());
        assertThat(cli.code()).as(cli.toString()).isEqualTo(5);
        assertThat(cli.out()).contains("TOO LARGE").doesNotContain("Verified");
        assertThat(cli.err()).contains("verification failed").contains("--nonlinearity");
    }

    @Test
    void failsWhenNanStandsElsewhere() {
        // The clean network on the poisoned vectors' shape: the other case has the same sizes but other weights.
        Golden.Case golden = Golden.named("naninf_rnn_relu");
        Cli cli = Cli.run(
                "verify",
                "--model",
                golden.file("model.pt").toString(),
                "--nonlinearity",
                "tanh",
                "--tolerance",
                "1e9",
                "--reference",
                golden.file("io.safetensors").toString());
        assertThat(cli.code()).as(cli.toString()).isEqualTo(5);
        assertThat(cli.out()).contains("NaN OR INFINITY ELSEWHERE");
    }

    @Test
    void refusesVectorsOfAnotherNetwork() {
        Cli cli = Cli.run(
                "verify",
                "--model",
                Golden.named("seed_torch_rnn").file("model.pt").toString(),
                "--reference",
                Golden.named("m01_rnn_relu_l2_bi_b1_i3_h8")
                        .file("io.safetensors")
                        .toString());
        assertThat(cli.code()).as(cli.toString()).isEqualTo(3);
        assertThat(cli.err()).contains("size of x is [1, 4, 3]; expected [B, T, 5]");
    }

    @Test
    void refusesBrokenVectorsAsInput() throws IOException {
        Golden.Case golden = Golden.named("seed_torch_rnn");
        byte[] whole = Files.readAllBytes(golden.file("io.safetensors"));
        Path half = folder.resolve("half.safetensors");
        Files.write(half, Arrays.copyOf(whole, whole.length / 2));
        for (String file :
                new String[] {half.toString(), golden.file("model.pt").toString(), "absent.safetensors"}) {
            Cli cli = Cli.run("verify", "--model", golden.file("model.pt").toString(), "--reference", file);
            assertThat(cli.code()).as(cli.toString()).isEqualTo(3);
            assertThat(cli.err()).startsWith("spark-rnn: --reference: ").doesNotContain("\tat ");
        }
    }

    @Test
    void readsModelAndVectorsFromAnotherFileSystem() throws IOException {
        Golden.Case golden = Golden.named("seed_torch_rnn");
        Files.copy(golden.file("model.pt"), folder.resolve("model.pt"));
        Files.copy(golden.file("io.safetensors"), folder.resolve("io.safetensors"));
        String mount = "spark.hadoop.fs.viewfs.mounttable.elsewhere.link./data";
        System.setProperty(mount, folder.toUri().toString());
        try {
            Cli cli = Cli.run(
                    "verify",
                    "--model",
                    "viewfs://elsewhere/data/model.pt",
                    "--reference",
                    "viewfs://elsewhere/data/io.safetensors");
            assertThat(cli.code()).as(cli.toString()).isZero();
        } finally {
            System.clearProperty(mount);
        }
    }

    @Test
    void comparesTheKernelWithTheReferenceOnATable() {
        Path input = folder.resolve("in");
        LocalSpark.session()
                .sql("SELECT id, transform(sequence(0, id), t -> transform(sequence(0, 4), i -> sin(t * i + id)))"
                        + " AS features FROM range(300)")
                .write()
                .parquet(input.toString());
        String model = Golden.named("seed_torch_rnn").file("model.pt").toString();
        Cli cli = Cli.run("verify", "--model", model, "--input", input.toString(), "--rows", "50");
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(cli.out()).contains("of 50 rows").contains("hidden_states").contains("h_n");

        // A tolerance no float32 arithmetic can hold: the comparison is one of numbers that differ.
        Cli strict = Cli.run(
                "verify", "--model", model, "--input", input.toString(), "--rows", "50", "--tolerance", "1e-12");
        assertThat(strict.code()).as(strict.toString()).isEqualTo(5);
    }

    @Test
    void asksForSomethingToCompareWith() {
        String model = Golden.named("seed_torch_rnn").file("model.pt").toString();
        Cli cli = Cli.run("verify", "--model", model);
        assertThat(cli.code()).isEqualTo(2);
        assertThat(cli.err()).contains("--reference or --input");
    }
}
