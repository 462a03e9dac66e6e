package io.sparkrnn.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.Golden;
import io.sparkrnn.job.output.QuietSource;
import io.sparkrnn.job.session.JobSession;
import io.sparkrnn.job.storage.RefusingFileSystem;
import io.sparkrnn.parquet.SequenceParquetFormat;
import io.sparkrnn.spark.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Exit codes and messages: what schedulers and people act on. */
class CommandLineTest {
    private static final String MODEL =
            Golden.named("seed_torch_rnn").file("model.pt").toString();

    @TempDir
    Path folder;

    private String input = "";
    private String output = "";

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

    private Cli score(String... more) {
        boolean elsewhere = List.of(more).contains("--output");
        String[] usual = elsewhere
                ? new String[] {"score", "--model", MODEL, "--input", input}
                : new String[] {"score", "--model", MODEL, "--input", input, "--output", output};
        return Cli.run(Stream.concat(Arrays.stream(usual), Arrays.stream(more)).toArray(String[]::new));
    }

    private static void assertFails(Cli cli, int code, String... messages) {
        assertThat(cli.code()).as(cli.toString()).isEqualTo(code);
        assertThat(cli.err()).startsWith("spark-rnn: ").doesNotContain("\tat ");
        for (String message : messages) {
            assertThat(cli.err()).contains(message);
        }
    }

    private boolean nothingWritten() {
        return Files.notExists(Path.of(output));
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

    private static boolean isAShownRow(String line) {
        return line.matches("  .*\\bh_n \\[.*");
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

    private static void table(int rows, String path) {
        LocalSpark.session()
                .sql("SELECT id, 1 AS part, array(array(1F, 2F, 3F, 4F, 5F)) AS features FROM range(" + rows + ")")
                .write()
                .parquet(path);
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
    void tellsWhereOptionsOfSparkSubmitStand() {
        assertFails(score("--master", "local[1]"), 2, "Options of spark-submit stand before --");
        assertFails(Cli.run("--conf", "a=b", "score"), 2, "Options of spark-submit stand before --");
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
    void aTaskThatBeginsToWriteWhenTheJobHasFailedLeavesNothing() throws InterruptedException {
        Cli cli = score("--input-format", QuietSource.class.getName(), "--input-option", "fails=yes");
        assertThat(cli.code()).as(cli.toString()).isEqualTo(1);
        assertThat(cli.err()).contains("a task that fails at once");
        // longer than that task takes
        Thread.sleep(2000);
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

    private static Cli inspect(String model) {
        return Cli.run("inspect", "--model", model);
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
