package io.sparkrnn.job.output;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.Golden;
import io.sparkrnn.job.Cli;
import io.sparkrnn.spark.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code --mode overwrite} replaces of an output laid out in folders, and what stays. */
class OverwriteTest {
    private static final String SESSION_MODE = "spark.sql.sources.partitionOverwriteMode";
    private static final String MODEL =
            Golden.named("seed_torch_rnn").file("model.pt").toString();

    @TempDir
    Path folder;

    private String output = "";

    /** Three days with two sequences each have been scored; the next run has new rows, with ids from 100 on, of day 2. */
    @BeforeEach
    void scoreThreeDays() {
        output = folder.resolve("out").toString();
        table(
                "days",
                "SELECT id, id % 3 + 1 AS day, id % 2 AS half, array(array(1F, 2F, 3F, 4F, 5F)) AS features"
                        + " FROM range(6)");
        table(
                "second",
                "SELECT id + 100 AS id, 2L AS day, 0L AS half, array(array(5F, 4F, 3F, 2F, 1F)) AS features"
                        + " FROM range(3)");
        Cli cli = score("days", "--partition-by", "day");
        assertThat(cli.code()).as(cli.toString()).isZero();
    }

    private void table(String name, String sql) {
        LocalSpark.session().sql(sql).write().parquet(folder.resolve(name).toString());
    }

    private Cli score(String table, String... more) {
        boolean elsewhere = List.of(more).contains("--input");
        String[] usual = {"score", "--model", MODEL, "--output", output};
        if (!elsewhere) {
            usual = new String[] {
                "score",
                "--model",
                MODEL,
                "--output",
                output,
                "--input",
                folder.resolve(table).toString()
            };
        }
        return Cli.run(Stream.concat(Arrays.stream(usual), Arrays.stream(more)).toArray(String[]::new));
    }

    private Cli overwriteSecondDay(String... more) throws IOException {
        Files.deleteIfExists(Path.of(output, "_SUCCESS"));
        String[] usual = {"--partition-by", "day", "--mode", "overwrite"};
        return score(
                "second",
                Stream.concat(Arrays.stream(usual), Arrays.stream(more)).toArray(String[]::new));
    }

    private List<Long> ids() {
        return LocalSpark.session().read().parquet(output).select("id").collectAsList().stream()
                .map((Row row) -> row.getLong(0))
                .sorted()
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"parquet", "json"})
    void theRowsThatAreShownAreTheNewOnes(String format) {
        output = folder.resolve("out").resolve(format).toString();
        for (String partitions : new String[] {"", "day"}) {
            output += "-" + partitions;
            String[] usual = {"--output-format", format, "--show", "9"};
            String[] options = partitions.isEmpty()
                    ? usual
                    : Stream.concat(Arrays.stream(usual), Stream.of("--partition-by", partitions))
                            .toArray(String[]::new);
            assertThat(score("days", options).out()).contains("  id 0, ", "  id 5, ");
            assertShowsOnlyNewRows(score("second", with(options, "--mode", "append")));
            if (!partitions.isEmpty()) {
                assertShowsOnlyNewRows(score(
                        "second",
                        with(options, "--mode", "overwrite", "--output-option", "partitionOverwriteMode=dynamic")));
            }
        }
    }

    private static String[] with(String[] options, String... more) {
        return Stream.concat(Arrays.stream(options), Arrays.stream(more)).toArray(String[]::new);
    }

    private static void assertShowsOnlyNewRows(Cli cli) {
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(cli.out())
                .contains("Scored 3 sequences")
                .contains("  id 100, day 2, half 0, ", "  id 101, ", "  id 102, ");
        assertThat(cli.out().lines().filter(line -> line.startsWith("  id "))).hasSize(3);
    }

    private void assertOnlyTheSecondDayIsReplaced(Cli cli) throws IOException {
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(ids()).as("days 1 and 3, and the new day 2").containsExactly(0L, 2L, 3L, 5L, 100L, 101L, 102L);
        assertThat(Path.of(output, "_SUCCESS")).isEmptyFile();
        assertThat(cli.out()).doesNotContain("Note:");
        assertNothingBeside();
    }

    private void assertNothingBeside() throws IOException {
        try (Stream<Path> left = Files.list(folder)) {
            assertThat(left.map(path -> path.getFileName().toString()))
                    .containsExactlyInAnyOrder("days", "second", "out");
        }
    }

    @ParameterizedTest
    @CsvSource({
        "partitionOverwriteMode=dynamic,direct",
        "partitionOverwriteMode=dynamic,spark",
        "PARTITIONOVERWRITEMODE=Dynamic,direct"
    })
    void anOptionThatSaysDynamicKeepsTheOtherDays(String option, String io) throws IOException {
        assertOnlyTheSecondDayIsReplaced(overwriteSecondDay("--output-option", option, "--io", io));
    }

    @ParameterizedTest
    @ValueSource(strings = {"direct", "spark"})
    void aModeThatSaysPartitionsKeepsTheOtherDays(String io) throws IOException {
        assertOnlyTheSecondDayIsReplaced(
                score("second", "--partition-by", "day", "--mode", "overwrite-partitions", "--io", io));
    }

    @Test
    void aModeThatSaysPartitionsIsRefusedWhereThereAreNone() {
        assertRefused(score("second", "--mode", "overwrite-partitions"), "there are none without --partition-by");
        String[] partitions = {"--partition-by", "day", "--mode", "overwrite-partitions"};
        assertRefused(
                score("second", with(partitions, "--output-option", "partitionOverwriteMode=static")),
                "and --mode overwrite-partitions is dynamic");
        assertRefused(
                score("second", with(partitions, "--output-format", "iceberg")),
                "whether the format iceberg does that in a folder is not known");
        Cli unknown = score("second", "--mode", "overwrite-all");
        assertThat(unknown.err())
                .contains("expected one of [errorifexists, overwrite, overwrite-partitions, append, ignore]");
    }

    @Test
    void oneDayOfATableInFoldersIsScoredTwice() throws IOException {
        String lake = folder.resolve("days") + "/lake";
        LocalSpark.session()
                .read()
                .parquet(folder.resolve("second").toString())
                .write()
                .partitionBy("day")
                .parquet(lake);
        for (int night = 0; night < 2; night++) {
            assertOnlyTheSecondDayIsReplaced(overwriteSecondDay(
                    "--input",
                    lake + "/day=2",
                    "--input-option",
                    "basePath=" + lake,
                    "--output-option",
                    "partitionOverwriteMode=dynamic"));
        }
    }

    @Test
    void aSessionThatSaysDynamicKeepsTheOtherDays() throws IOException {
        LocalSpark.session().conf().set(SESSION_MODE, "dynamic");
        try {
            assertOnlyTheSecondDayIsReplaced(overwriteSecondDay());
            Cli cli = overwriteSecondDay("--output-option", "partitionoverwritemode=STATIC");
            assertThat(cli.code()).as(cli.toString()).isZero();
            assertThat(ids()).as("the option wins").containsExactly(100L, 101L, 102L);
        } finally {
            LocalSpark.session().conf().unset(SESSION_MODE);
        }
    }

    @Test
    void aDayIsReplacedWhereOnlyTheOutputMayBeWritten() throws IOException {
        String property = "fs.ofs.impl";
        var hadoop = LocalSpark.session().sparkContext().hadoopConfiguration();
        System.setProperty("spark.hadoop." + property, ClosedFolders.class.getName());
        hadoop.set(property, ClosedFolders.class.getName());
        try {
            Path closed = Files.createDirectory(folder.resolve(ClosedFolders.CLOSED));
            Files.move(Path.of(output), closed.resolve("out"));
            output = "ofs://" + closed.resolve("out");
            Cli whole = score("second", "--partition-by", "day", "--mode", "overwrite");
            assertThat(whole.code()).as(whole.toString()).isEqualTo(1);
            assertThat(whole.err())
                    .contains("--output: cannot write ofs:", "Permission denied")
                    .hasLineCount(1);
            assertThat(ids()).containsExactly(0L, 1L, 2L, 3L, 4L, 5L);
            Cli day = score(
                    "second",
                    "--partition-by",
                    "day",
                    "--mode",
                    "overwrite",
                    "--output-option",
                    "partitionOverwriteMode=dynamic");
            assertThat(day.code()).as(day.toString()).isZero();
            assertThat(ids()).hasSize(7);
        } finally {
            System.clearProperty("spark.hadoop." + property);
            hadoop.unset(property);
        }
    }

    @Test
    void dynamicIntoANewFolderMarksItWhole() throws IOException {
        output = folder.resolve("out").resolve("new").toString();
        Cli cli = overwriteSecondDay("--output-option", "partitionOverwriteMode=dynamic");
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(ids()).containsExactly(100L, 101L, 102L);
        assertThat(Path.of(output, "_SUCCESS")).isEmptyFile();
    }

    @Test
    void noMarkIsSetForThoseWhoWantNone() throws IOException {
        String none = "mapreduce.fileoutputcommitter.marksuccessfuljobs=false";
        assertThat(overwriteSecondDay("--output-option", none + ",partitionOverwriteMode=dynamic")
                        .code())
                .isZero();
        assertThat(Path.of(output, "_SUCCESS")).doesNotExist();
        assertThat(ids()).hasSize(7);
    }

    @Test
    void aBadRowCostsNoPartition() throws IOException {
        table(
                "bad",
                "SELECT id, 2L AS day, IF(id = 1, null, array(array(1F, 2F, 3F, 4F, 5F))) AS features FROM range(3)");
        Cli cli = score(
                "bad",
                "--partition-by",
                "day",
                "--mode",
                "overwrite",
                "--output-option",
                "partitionOverwriteMode=dynamic");
        assertThat(cli.code()).as(cli.toString()).isEqualTo(3);
        assertThat(ids()).containsExactly(0L, 1L, 2L, 3L, 4L, 5L);
    }

    @Test
    void plainOverwriteReplacesAllDaysAndSaysSo() throws IOException {
        Cli cli = overwriteSecondDay();
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(ids()).containsExactly(100L, 101L, 102L);
        assertThat(cli.out())
                .contains("Note:    --mode overwrite replaced the whole output: 2 partitions that were there are gone"
                        + " (day=1, day=3); ")
                .contains("give --mode overwrite-partitions");
        assertThat(Path.of(output, "_SUCCESS")).isEmptyFile();
        assertNothingBeside();
        assertThat(overwriteSecondDay().out()).as("no day is gone now").doesNotContain("Note:");
    }

    @Test
    void partitionsOfSeveralColumnsAreNamedWhole() {
        assertThat(score("days", "--partition-by", "day,half", "--mode", "overwrite")
                        .code())
                .isZero();
        Cli cli = score("second", "--partition-by", "day,half", "--mode", "overwrite");
        assertThat(cli.out())
                .contains("5 partitions that were there are gone (day=1/half=0, ")
                .contains(", ...)");
        assertThat(score("days", "--mode", "overwrite").out()).contains("1 partition that was there is gone (day=2); ");
    }

    @ParameterizedTest
    @ValueSource(strings = {"path=elsewhere", "PATH=elsewhere", "spark.sql.sources.partitionOverwriteMode=dynamic"})
    void optionsThatWouldNotDoWhatTheySayAreRefused(String option) throws IOException {
        assertRefused(overwriteSecondDay("--output-option", option), "--output-option ");
    }

    @Test
    void aModeForPartitionsThatCannotBeMeantIsRefused() throws IOException {
        assertRefused(
                overwriteSecondDay("--output-option", "partitionOverwriteMode=dynamik"),
                "--output-option partitionOverwriteMode: it is 'dynamik'; expected static or dynamic");
        assertRefused(
                score("second", "--mode", "overwrite", "--output-option", "partitionOverwriteMode=dynamic"),
                "without --partition-by");
        assertRefused(
                overwriteSecondDay("--output-option", "partitionOverwriteMode=dynamic,PartitionOverwriteMode=static"),
                "given twice");
    }

    private void assertRefused(Cli cli, String message) {
        assertThat(cli.code()).as(cli.toString()).isEqualTo(2);
        assertThat(cli.err()).startsWith("spark-rnn: ").contains(message).doesNotContain("\tat ");
        assertThat(ids()).containsExactly(0L, 1L, 2L, 3L, 4L, 5L);
    }

    @Test
    void anOptionOfHadoopsDoesNotSendTheOutputElsewhere() throws IOException {
        String mount = "fs.viewfs.mounttable.other.link./" + folder.getName(0);
        Cli cli = overwriteSecondDay(
                "--output-option",
                "fs.defaultFS=viewfs://other/,partitionOverwriteMode=dynamic," + mount + "="
                        + folder.resolve("days").toUri());
        assertOnlyTheSecondDayIsReplaced(cli);
    }

    @ParameterizedTest
    @ValueSource(strings = {"overwrite", "errorifexists"})
    void anOutputThatAppearsWhileARunStartsIsNotDeleted(String mode) throws IOException {
        for (String format : new String[] {"parquet", "json"}) {
            output = folder.resolve("late-" + format).toString();
            Cli cli = score(
                    "second",
                    "--input-format",
                    QuietSource.class.getName(),
                    "--input-option",
                    "makes=" + output,
                    "--output-format",
                    format,
                    "--mode",
                    mode);
            assertThat(cli.code()).as(cli.toString()).isEqualTo(6);
            assertThat(cli.err())
                    .contains("--output: file:" + output + " exists now, and did not when this run began")
                    .hasLineCount(1);
            assertThat(Path.of(output, "a.txt")).hasContent("mine");
        }
    }
}
