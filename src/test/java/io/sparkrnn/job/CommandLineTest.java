package io.sparkrnn.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.Golden;
import io.sparkrnn.job.session.JobSession;
import io.sparkrnn.parquet.SequenceParquetFormat;
import io.sparkrnn.spark.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;

/** Exit codes and messages: what schedulers and people act on. */
class CommandLineTest extends CommandLine {
    private static boolean isAShownRow(String line) {
        return line.matches("  .*\\bh_n \\[.*");
    }

    @Test
    void scores() {
        Cli cli = score();
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(cli.out().lines().filter(CommandLineTest::isAShownRow)).hasSize(3);
        assertThat(cli.out()).contains("Scored 10 sequences, 55 time steps").contains("SELECT * FROM parquet.`file:");
        assertThat(LocalSpark.session().read().parquet(output).columns())
                .containsExactly("id", "part", "hidden_states", "h_n");
    }

    @Test
    void aSessionOfItsUsersIsLeftAsItWas() {
        String verify = SequenceParquetFormat.VERIFY_CHECKSUMS;
        var hadoop = LocalSpark.session().sparkContext().hadoopConfiguration();
        try (JobSession job = JobSession.open("mine")) {
            assertThat(job.own()).isFalse();
            assertThat(hadoop.get(verify)).isEqualTo("true");
        }
        assertThat(hadoop.get(verify)).isNull();
        hadoop.set(verify, "false");
        try {
            assertThat(score().code()).isZero();
            assertThat(hadoop.get(verify)).isEqualTo("false");
        } finally {
            hadoop.unset(verify);
        }
    }

    @Test
    void countsInWords() {
        String[] numbers = {"0 sequences, 0 time steps", "1 sequence, 1 time step", "2 sequences, 2 time steps"};
        for (int rows = 0; rows < numbers.length; rows++) {
            table(rows, folder.resolve("rows" + rows).toString());
            input = folder.resolve("rows" + rows).toString();
            Cli cli = score("--output", output + rows);
            assertThat(cli.code()).as(cli.toString()).isZero();
            assertThat(cli.out())
                    .startsWith("Scored " + numbers[rows] + " in ")
                    .contains("Read it: ")
                    .doesNotContain("Note:");
            assertThat(LocalSpark.session().read().parquet(output + rows).count())
                    .isEqualTo(rows);
        }
    }

    @Test
    void saysThatNothingCanBeReadWhereThereIsNoFile() {
        input = folder.resolve("none").toString();
        table(0, input);
        Cli cli = score("--partition-by", "part");
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(Path.of(output, "_SUCCESS")).exists();
        assertThat(cli.out())
                .startsWith("Scored 0 sequences")
                .contains("Note:    no row was scored", "reading it fails until there are rows", "Output:  file:")
                .doesNotContain("Read it", "SELECT", "cannot be shown");
        input = folder.resolve("in").toString();
        assertThat(score("--partition-by", "part", "--mode", "append", "--where", "part = 2")
                        .out())
                .contains("Note:    no row was scored");
        assertThat(score("--partition-by", "part", "--mode", "append").out()).contains("Read it: ");
        input = folder.resolve("none").toString();
        assertThat(score("--partition-by", "part", "--mode", "append").out())
                .startsWith("Scored 0 sequences")
                .contains("Read it: ")
                .doesNotContain("Note:");
    }

    @Test
    void writesWhatIsAskedFor() {
        Cli cli = score(
                "--keep",
                "part,id",
                "--outputs",
                "lengths,h_n",
                "--partition-by",
                "part",
                "--output-option",
                "compression=gzip",
                "--show",
                "0");
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(cli.out().lines()).noneMatch(CommandLineTest::isAShownRow);
        assertThat(Path.of(output).resolve("part=1")).isDirectory();
        assertThat(LocalSpark.session().read().parquet(output).columns())
                .containsExactly("id", "h_n", "lengths", "part");
    }

    @Test
    void scoresATableMadeOfTwoWithoutAnId() {
        LocalSpark.session().read().parquet(input).createOrReplaceTempView("one_of_two");
        LocalSpark.session()
                .sql("SELECT a.features, b.part FROM one_of_two a JOIN one_of_two b ON a.id = b.id")
                .createOrReplaceTempView("made_of_two");
        Cli cli = Cli.run("score", "--model", MODEL, "--input-table", "made_of_two", "--output", output);
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(LocalSpark.session().read().parquet(output).count()).isEqualTo(10);
    }

    @Test
    void findsTheIdWhereSparkTellsUpperFromLowerCase() {
        LocalSpark.session().conf().set("spark.sql.caseSensitive", "true");
        try {
            String upper = folder.resolve("upper").toString();
            LocalSpark.session()
                    .sql("SELECT 7 AS ID, array(array(1F)) AS features")
                    .write()
                    .parquet(upper);
            Cli cli = Cli.run("score", "--model", MODEL, "--input", upper, "--output", output);
            assertFails(cli, 3, "row with ID = 7: step 0 has 1 number");
        } finally {
            LocalSpark.session().conf().unset("spark.sql.caseSensitive");
        }
    }

    @Test
    void readsWhatAFileSaysInTreesNullsAndEmptyLists() throws IOException {
        Path config = folder.resolve("tree.conf");
        Files.writeString(
                config,
                "model = \"" + MODEL + "\"\ninput = \"" + input + "\"\noutput = \"" + output
                        + "\"\nkeep = []\nlengths = null\noutput-option { parquet.compression = gzip }\n");
        Cli cli = Cli.run("score", "--config", config.toString());
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(LocalSpark.session().read().parquet(output).columns()).containsExactly("hidden_states", "h_n");
        try (Stream<Path> files = Files.list(Path.of(output))) {
            assertThat(files.map(Path::toString)).anyMatch(name -> name.endsWith(".gz.parquet"));
        }
        Files.writeString(config, "input.format = json\n");
        assertFails(Cli.run("score", "--config", config.toString()), 2, "key 'input' has keys below it: [format]");
    }

    @Test
    void readsTablesOfTheCatalog() {
        LocalSpark.session().read().parquet(input).createOrReplaceTempView("some_sequences");
        Cli cli = Cli.run(
                "score",
                "--model",
                MODEL,
                "--input-table",
                "some_sequences",
                "--output",
                output,
                "--output-format",
                "json");
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(LocalSpark.session().read().json(output).count()).isEqualTo(10);
        assertFails(
                Cli.run("score", "--model", MODEL, "--input-table", "none", "--output", output + "2"),
                3,
                "--input-table none",
                "cannot be found");
    }

    @Test
    void readsFoldersFilesAndGlobs() throws IOException {
        try (Stream<Path> files = Files.list(Path.of(input))) {
            String file = files.filter(path -> path.toString().endsWith(".parquet"))
                    .findFirst()
                    .orElseThrow()
                    .toString();
            Cli cli = Cli.run(
                    "score",
                    "--model",
                    MODEL,
                    "--output",
                    output,
                    "--input",
                    file + "," + input + "/part-*," + Path.of(input).toUri());
            assertThat(cli.code()).as(cli.toString()).isZero();
            assertThat(LocalSpark.session().read().parquet(output).count())
                    .as("those of the file, of the glob and of the folder")
                    .isEqualTo(LocalSpark.session().read().parquet(file).count() + 20);
        }
    }

    @Test
    void endsWithItsCodeForAnInputThatDoesNotFit() {
        assertFails(
                score("--features", "nothing"),
                3,
                "spark-rnn: --features: the input has no column 'nothing'",
                "id bigint");
        assertFails(score("--features", "part"), 3, "column part is bigint; expected array<array<number>>");
        assertFails(score("--partition-by", "day"), 3, "--partition-by: the output has no column 'day'");
        input = folder.resolve("absent").toString();
        assertFails(score(), 3, "--input", "absent", "does not exist");
        input = folder.resolve("absent*").toString();
        assertFails(score(), 3, "--input", "absent*");
        assertThat(nothingWritten()).isTrue();
    }

    // Several times, for the other task of the job ends sooner or later than the one that fails.
    @RepeatedTest(5)
    void endsWithItsCodeForABadRowAndLeavesNothingThatLooksWhole() {
        input = folder.resolve("bad").toString();
        LocalSpark.session()
                .sql("SELECT id, IF(id = 7, array(array(1F, 2F)), array(array(1F, 2F, 3F, 4F, 5F))) AS features"
                        + " FROM range(0, 10, 1, 2)")
                .write()
                .parquet(input);
        assertFails(score(), 3, "row with id = 7: step 0 has 2 numbers; expected 5, the network's input_size");
        assertThat(nothingWritten()).isTrue();
    }

    @Test
    void endsWithItsCodeForAFileThatIsNoTable() throws IOException {
        input = folder.resolve("text.parquet").toString();
        Files.writeString(Path.of(input), "this is no Parquet file");
        assertFails(score(), 3, "--input", "text.parquet");
        input = folder.resolve("half").toString();
        LocalSpark.session()
                .sql("SELECT id, array(array(1F, 2F, 3F, 4F, 5F)) AS features FROM range(0, 100, 1, 2)")
                .write()
                .parquet(input);
        try (Stream<Path> files = Files.list(Path.of(input))) {
            Path last = files.filter(file -> file.toString().endsWith(".parquet"))
                    .max(java.util.Comparator.naturalOrder())
                    .orElseThrow();
            byte[] whole = Files.readAllBytes(last);
            Arrays.fill(whole, 4, whole.length / 3, (byte) 0x55);
            Files.write(last, whole);
            Files.deleteIfExists(last.resolveSibling("." + last.getFileName() + ".crc"));
            assertFails(score(), 3, last.getFileName().toString());
        }
        assertThat(nothingWritten()).isTrue();
        input = folder.resolve("lines.json").toString();
        Files.writeString(Path.of(input), "{\"id\": 1, \"features\": [[1, 2, 3, 4, 5]]}\n{\"id\": 2, \"feat\n");
        assertFails(score("--input-format", "json"), 3, "some lines are not valid json");
        assertFails(score("--input-format", "no-such-source"), 3, "no-such-source");
    }

    @Test
    void endsWithItsCodeForAModel() throws IOException {
        assertFails(inspect("absent.pt"), 4, "--model", "absent.pt");
        assertFails(inspect(folder.toString()), 4, "this is a folder", "give the model file in it");
        Path empty = folder.resolve("empty.pt");
        Files.createFile(empty);
        assertFails(inspect(empty.toString()), 4, "empty.pt");
        byte[] whole = Files.readAllBytes(Path.of(MODEL));
        Path half = folder.resolve("half.pt");
        Files.write(half, Arrays.copyOf(whole, whole.length / 2));
        assertFails(inspect(half.toString()), 4, "half.pt");
        assertFails(Cli.run("inspect", "--model", MODEL, "--state-dict-prefix", "decoder"), 4, "decoder", "model.pt");
    }

    @Test
    void inspects() {
        Cli cli = inspect(MODEL);
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(cli.out().lines())
                .contains(
                        "input_size: 5",
                        "hidden_size: 8",
                        "num_layers: 1",
                        "bidirectional: false",
                        "bias: true",
                        "parameters: 120",
                        "size of weight_ih_l0 is [8, 5]",
                        "size of weight_hh_l0 is [8, 8]",
                        "size of bias_ih_l0 is [8]");
    }

    @Test
    void inspectsAFileWithTwoNetworks() {
        Golden.Case golden = Golden.named("m10_rnn_relu_l1_nobias_b17_i1_h8");
        String file = golden.file("model_full_prefix.pt").toString();
        Cli both = inspect(file);
        assertThat(both.code()).as(both.toString()).isZero();
        assertThat(both.out()).contains("--state-dict-prefix", "'encoder.rnn.'", "'decoder.rnn.'");
        Cli one = Cli.run("inspect", "--model", file, "--state-dict-prefix", "encoder.rnn");
        assertThat(one.out()).contains("hidden_size: 8", "size of bn.num_batches_tracked is []");
        assertFails(
                Cli.run("score", "--model", file, "--input", input, "--output", output),
                4,
                "--state-dict-prefix",
                "encoder.rnn",
                "decoder.rnn");
    }
}
