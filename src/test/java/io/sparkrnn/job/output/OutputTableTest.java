package io.sparkrnn.job.output;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkrnn.Golden;
import io.sparkrnn.job.Cli;
import io.sparkrnn.job.input.InputArguments;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.job.session.JobSession;
import io.sparkrnn.job.storage.ReadFiles;
import io.sparkrnn.job.storage.RefusingFileSystem;
import io.sparkrnn.spark.LocalSpark;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code --output-table}, with tables of files in the catalog that every session has. */
class OutputTableTest {
    private static final String MODEL =
            Golden.named("seed_torch_rnn").file("model.pt").toString();

    @TempDir
    Path folder;

    /** A database in a folder of its own, and in it three days of two sequences each; a second run has three of day 2. */
    @BeforeEach
    void makeInput() {
        sql("CREATE DATABASE lake LOCATION '" + folder.resolve("lake") + "'");
        sql("USE lake");
        sql(
                "CREATE TABLE days USING parquet AS SELECT id, id % 3 + 1 AS day, array(array(1F, 2F, 3F, 4F, 5F)) AS features"
                        + " FROM range(6)");
        sql("CREATE TABLE second USING parquet AS SELECT id + 100 AS id, 2L AS day,"
                + " array(array(5F, 4F, 3F, 2F, 1F)) AS features FROM range(3)");
        sql("CREATE TABLE bad USING parquet AS SELECT /*+ COALESCE(1) */ id + 200 AS id, 2L AS day,"
                + " IF(id = 2, null, array(array(1F, 2F, 3F, 4F, 5F))) AS features FROM range(3)");
    }

    @AfterEach
    void dropAll() {
        sql("USE default");
        sql("DROP DATABASE lake CASCADE");
    }

    private static List<Row> sql(String statement) {
        return LocalSpark.session().sql(statement).collectAsList();
    }

    private static Cli score(String input, String output, String... more) {
        String[] usual = {
            "score", "--model", MODEL, "--input-table", input, "--output-table", output, "--outputs", "h_n"
        };
        return Cli.run(Stream.concat(Arrays.stream(usual), Arrays.stream(more)).toArray(String[]::new));
    }

    private static Cli done(Cli cli) {
        assertThat(cli.code()).as(cli.toString()).isZero();
        return cli;
    }

    private static void assertFailed(Cli cli, int code, String... messages) {
        assertThat(cli.code()).as(cli.toString()).isEqualTo(code);
        assertThat(cli.err()).startsWith("spark-rnn: ").contains(messages).hasLineCount(1);
    }

    private static List<Long> ids(String table) {
        LocalSpark.session().catalog().refreshTable(table);
        return LocalSpark.session().table(table).select("id").collectAsList().stream()
                .map((Row row) -> row.getLong(0))
                .sorted()
                .toList();
    }

    private static String provider(String table) {
        return LocalSpark.session().sql("DESCRIBE TABLE EXTENDED " + table).collectAsList().stream()
                .filter(row -> "Provider".equals(row.getString(0)))
                .map(row -> row.getString(1))
                .findFirst()
                .orElse("none");
    }

    @Test
    void aTableIsMadeAndTheSummarySaysHowToReadIt() {
        Cli cli = done(score("days", "lake.scored", "--partition-by", "day", "--show", "9"));
        assertThat(cli.out())
                .contains("Scored 6 sequences")
                .contains("Output:  lake.scored (parquet: id, day, h_n)")
                .contains("Read it: spark.table(\"lake.scored\")")
                .contains("         SELECT * FROM lake.scored")
                .contains("  id 5, day 3, h_n [1][...]")
                .doesNotContain("Note:");
        assertThat(ids("lake.scored")).containsExactly(0L, 1L, 2L, 3L, 4L, 5L);
        assertThat(provider("lake.scored")).isEqualTo("parquet");
        assertThat(sql("SHOW PARTITIONS lake.scored")).hasSize(3);
    }

    @Test
    void itIsMadeInTheFormatAndWithTheOptionsThatAreSaid() throws IOException {
        done(score("days", "scored", "--output-format", "orc"));
        assertThat(provider("scored")).isEqualTo("orc");
        done(score("days", "packed", "--output-option", "compression=gzip"));
        try (Stream<Path> files = Files.list(folder.resolve("lake/packed"))) {
            assertThat(files.map(file -> file.getFileName().toString())).anyMatch(file -> file.endsWith(".gz.parquet"));
        }
    }

    @Test
    void whatToDoWithATableThatExistsHasToBeSaid() {
        done(score("days", "scored"));
        assertFailed(score("second", "scored"), 6, "--output-table scored: it exists; nothing was written");
        Cli ignored = done(score("second", "scored", "--mode", "ignore"));
        assertThat(ignored.out()).contains("The table scored exists; nothing was written (--mode ignore)");
        assertThat(ids("scored")).containsExactly(0L, 1L, 2L, 3L, 4L, 5L);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "day"})
    void rowsAreAppendedByTheNamesOfColumns(String partitions) {
        sql("CREATE TABLE scored (h_n ARRAY<ARRAY<FLOAT>>, ID BIGINT, day BIGINT) USING parquet"
                + (partitions.isEmpty() ? "" : " PARTITIONED BY (day)"));
        done(score("days", "scored", "--mode", "append"));
        Cli cli = done(score("second", "scored", "--mode", "append", "--show", "9"));
        assertThat(cli.out().lines().filter(line -> line.startsWith("  id "))).hasSize(3);
        assertThat(cli.out()).contains("  id 100, day 2, ", "  id 102, ");
        assertThat(ids("scored")).containsExactly(0L, 1L, 2L, 3L, 4L, 5L, 100L, 101L, 102L);
        assertThat(sql("SELECT day FROM scored WHERE id = 5").get(0).getLong(0)).isEqualTo(3L);
    }

    @Test
    void narrowerNumbersAreWidened() {
        sql("CREATE TABLE scored (day BIGINT, h_n ARRAY<ARRAY<DOUBLE>>, id BIGINT) USING parquet");
        done(score("days", "scored", "--mode", "append"));
        done(score("second", "scored", "--mode", "overwrite"));
        assertThat(ids("scored")).containsExactly(100L, 101L, 102L);
        assertThat(sql("SELECT h_n[0][0] FROM scored").get(0).get(0)).isInstanceOf(Double.class);
    }

    @Test
    void oneDayIsReplacedAndTheOthersStay() {
        done(score("days", "scored", "--partition-by", "day"));
        for (int night = 0; night < 2; night++) {
            Cli cli = done(score("second", "scored", "--mode", "overwrite-partitions", "--show", "9"));
            assertThat(cli.out().lines().filter(line -> line.startsWith("  id ")))
                    .hasSize(3);
            assertThat(ids("scored")).containsExactly(0L, 2L, 3L, 5L, 100L, 101L, 102L);
        }
        assertThat(LocalSpark.session()
                                .conf()
                                .getOption("spark.sql.sources.partitionOverwriteMode")
                                .isEmpty()
                        || LocalSpark.session()
                                .conf()
                                .get("spark.sql.sources.partitionOverwriteMode")
                                .equalsIgnoreCase("static"))
                .isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"direct", "spark"})
    void theWholeTableIsReplacedBesideItself(String io) throws IOException {
        done(score("days", "scored"));
        LocalSpark.session().table("scored").cache().count();
        Cli cli = done(score("second", "scored", "--mode", "overwrite", "--show", "9", "--io", io));
        assertThat(cli.out().lines().filter(line -> line.startsWith("  id "))).hasSize(3);
        assertThat(ids("scored")).containsExactly(100L, 101L, 102L);
        assertThat(provider("scored")).isEqualTo("parquet");
        assertNothingBeside("scored");
    }

    private void assertNothingBeside(String table) throws IOException {
        try (Stream<Path> left = Files.list(folder.resolve("lake"))) {
            assertThat(left.map(path -> path.getFileName().toString()))
                    .containsExactlyInAnyOrder("days", "second", "bad", table);
        }
    }

    @ParameterizedTest
    @CsvSource({"append,day", "append,", "overwrite-partitions,day", "overwrite,"})
    void aBadRowLeavesTheTableAsItWas(String mode, String partitions) throws IOException {
        done(partitions == null ? score("days", "scored") : score("days", "scored", "--partition-by", partitions));
        assertFailed(score("bad", "scored", "--mode", mode), 3, "features are null");
        assertThat(ids("scored")).containsExactly(0L, 1L, 2L, 3L, 4L, 5L);
        assertNothingBeside("scored");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "day"})
    void aBadRowLeavesNoNewTable(String partitions) throws IOException {
        String[] options = partitions.isEmpty() ? new String[0] : new String[] {"--partition-by", partitions};
        assertFailed(score("bad", "scored", options), 3, "features are null");
        assertThat(LocalSpark.session().catalog().tableExists("scored")).isFalse();
        assertThat(folder.resolve("lake/scored")).doesNotExist();
        done(score("days", "scored", options));
        assertThat(ids("scored")).hasSize(6);
    }

    @Test
    void replacingAllPartitionsOfFilesIsRefused() {
        done(score("days", "scored", "--partition-by", "day"));
        assertFailed(
                score("second", "scored", "--mode", "overwrite"),
                2,
                "--output-table scored: ",
                "--mode overwrite would replace all partitions of a table of files",
                "--mode overwrite-partitions or append");
        assertThat(ids("scored")).hasSize(6);
    }

    @Test
    void partitionsCannotBeReplacedWhereThereAreNone() {
        done(score("days", "scored"));
        assertFailed(score("second", "scored", "--mode", "overwrite-partitions"), 2, "the table has no partitions");
    }

    @Test
    void whatIsSaidOfTheTableMustBeSo() {
        done(score("days", "scored", "--partition-by", "day"));
        String[] append = {"--mode", "append"};
        assertFailed(
                score("second", "scored", with(append, "--partition-by", "id")),
                2,
                "the table is partitioned by day, not by id");
        assertFailed(
                score("second", "scored", with(append, "--output-format", "orc")),
                2,
                "the table's format is parquet, not orc");
        assertFailed(
                score("second", "scored", with(append, "--output-option", "compression=zstd")),
                2,
                "--output-option does nothing to a table of files that is there");
        assertFailed(score("second", "scored", with(append, "--float-encoding", "plain")), 2, "--float-encoding: ");
        assertFailed(
                score("second", "scored", with(append, "--output-option", "partitionOverwriteMode=dynamic")),
                2,
                "--mode overwrite-partitions");
        assertThat(ids("scored")).hasSize(6);
        done(score("second", "scored", with(append, "--partition-by", "DAY", "--output-format", "PARQUET")));
    }

    private static String[] with(String[] options, String... more) {
        return Stream.concat(Arrays.stream(options), Arrays.stream(more)).toArray(String[]::new);
    }

    @Test
    void columnsThatDoNotFitAreNamed() {
        sql("CREATE TABLE scored (id BIGINT, day STRING, h_n ARRAY<ARRAY<FLOAT>>) USING parquet");
        assertFailed(
                score("days", "scored", "--mode", "append"),
                3,
                "--output-table scored: nothing was written: day is string there and bigint here");
        sql("CREATE TABLE narrow (id BIGINT, day BIGINT) USING parquet");
        assertFailed(
                score("days", "narrow", "--mode", "append"),
                3,
                "the table has no column h_n array<array<float>>",
                "ALTER TABLE narrow ADD COLUMNS (h_n array<array<float>>)");
        sql("CREATE TABLE wide (id BIGINT, day BIGINT, more INT, h_n ARRAY<ARRAY<FLOAT>>) USING parquet");
        assertFailed(
                score("days", "wide", "--mode", "append"), 3, "the result has no column more, which the table has");
        assertFailed(
                score("days", "none", "--partition-by", "nothing"),
                3,
                "--partition-by: the output has no column 'nothing'");
    }

    @Test
    void whatIsNoTableIsRefused() {
        sql("CREATE VIEW seen AS SELECT * FROM days");
        assertFailed(score("days", "seen", "--mode", "append"), 2, "this is a view");
        assertFailed(
                score("days", "nowhere.scored"), 2, "there is no namespace spark_catalog.nowhere; make it with CREATE");
        assertFailed(
                score("days", "cat.db.scored"), 2, "there is no catalog cat; ", "--conf spark.sql.catalog.cat=CLASS");
        assertFailed(score("days", "scored", "--output-format", "nosuch"), 2, "--output-table scored: ", "nosuch");
        assertFailed(score("days", "scored", "--output-format", "sequence-parquet"), 2, "give --output-format parquet");
        assertFailed(score("days", "a b"), 2, "--output-table a b: ");
        assertFailed(
                score("days", "scored", "--output", "x"), 2, "--output and --output-table: give one of them, not both");
        LocalSpark.session().conf().set("spark.sql.catalog.broken", "no.such.Catalog");
        assertFailed(score("days", "broken.db.scored"), 2, "--output-table broken.db.scored: ", "no.such.Catalog");
    }

    @Test
    void aTableThatTheSessionWouldForgetIsRefused() {
        String catalog = LocalSpark.session().conf().get("spark.sql.catalog.spark_catalog", "");
        assertThat(catalog).as("the one of Spark, or Delta's").matches("|.*DeltaCatalog");
        TableOutput output = new TableOutput(new OutputArguments(), "lake.scored", InputArguments.IoName.DIRECT);
        JobSession own =
                new JobSession(LocalSpark.session(), true, false, io.sparkrnn.job.session.Progress.Style.NONE, null);
        assertThatThrownBy(() -> output.prepare(own, new ReadFiles(), new PrintWriter(Writer.nullWriter())))
                .isInstanceOf(JobException.class)
                .hasMessageContaining("keeps its own catalog in memory");
    }

    @Test
    void aTableWithoutAFolderIsReplacedToo() {
        sql("CREATE TABLE scored (id BIGINT, day BIGINT, h_n ARRAY<ARRAY<FLOAT>>) USING parquet LOCATION '"
                + folder.resolve("none") + "'");
        for (int night = 0; night < 2; night++) {
            done(score("second", "scored", "--mode", "overwrite"));
            assertThat(ids("scored")).containsExactly(100L, 101L, 102L);
        }
    }

    @Test
    void filesWhereTheTableWouldBeAreLeft() throws IOException {
        Path file = Files.writeString(
                Files.createDirectories(folder.resolve("lake/scored")).resolve("a.txt"), "mine");
        assertFailed(score("days", "scored"), 6, "there is no such table, but files where its own would be");
        assertThat(file).hasContent("mine");
    }

    @Test
    void aTableThatHoldsWhatIsReadIsNotOverwritten() throws IOException {
        done(score("days", "scored"));
        Path model = Files.copy(Path.of(MODEL), folder.resolve("lake/scored/model.pt"));
        assertFailed(
                Cli.run(
                        "score",
                        "--model",
                        model.toString(),
                        "--input-table",
                        "second",
                        "--output-table",
                        "scored",
                        "--mode",
                        "overwrite"),
                2,
                "holds the model");
        Files.delete(model);
        assertFailed(score("scored", "scored", "--mode", "overwrite", "--features", "h_n"), 2, "holds the input");
        assertThat(ids("scored")).hasSize(6);
    }

    @Test
    void aTableThatCannotBeWrittenIsSaidToBe() {
        String property = "fs." + RefusingFileSystem.SCHEME + ".impl";
        SparkSession session = LocalSpark.session();
        System.setProperty("spark.hadoop." + property, RefusingFileSystem.class.getName());
        session.sparkContext().hadoopConfiguration().set(property, RefusingFileSystem.class.getName());
        try {
            sql("CREATE TABLE scored (id BIGINT, day BIGINT, h_n ARRAY<ARRAY<FLOAT>>) USING parquet LOCATION '"
                    + RefusingFileSystem.SCHEME + "://" + folder.resolve("closed") + "'");
            Cli cli = score("days", "scored", "--mode", "append");
            assertFailed(cli, 1, "--output-table scored: cannot write ", "Permission denied");
        } finally {
            System.clearProperty("spark.hadoop." + property);
            session.sparkContext().hadoopConfiguration().unset(property);
        }
    }
}
