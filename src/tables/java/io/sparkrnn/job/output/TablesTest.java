package io.sparkrnn.job.output;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.job.Cli;
import io.sparkrnn.spark.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code --output-table} and {@code --input-table} with a format that keeps its versions: the same of all of them. */
abstract class TablesTest {
    private static final String MODEL = "data/weather_rnn.pt";
    private static final String[] DAYS = {"2012-01-01", "2012-01-02", "2012-01-03"};

    /** The namespace that the tables are in, with its catalog. */
    abstract String namespace();

    abstract String format();

    /** The folder of the table {@code scored}. */
    abstract Path place();

    /** Files that a table that was never made left, and that a reader might take for one's. */
    abstract List<Path> left() throws IOException;

    static List<Path> filesIn(Path folder) throws IOException {
        if (Files.notExists(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).toList();
        }
    }

    /** What names a table's version now. */
    abstract String version(String table);

    /** The option that reads a table as it was in a version. */
    abstract String asOf(String version);

    @BeforeEach
    void makeInput() {
        sql("CREATE NAMESPACE IF NOT EXISTS " + namespace());
        LocalSpark.session().read().parquet("data/weather.parquet").createOrReplaceTempView("weather");
        make("days", "date IN ('" + String.join("', '", DAYS) + "')", "features");
        make("second", "date = '" + DAYS[1] + "'", "features");
        make("bad", "date = '" + DAYS[1] + "'", "CAST(null AS ARRAY<ARRAY<FLOAT>>) AS features");
    }

    private void make(String table, String where, String features) {
        String others = table.equals("days") ? "id" : "concat('again-', id) AS id";
        sql("CREATE TABLE " + in(table) + " USING " + format() + " AS SELECT " + others
                + ", CAST(date AS STRING) AS day, " + features + " FROM weather WHERE " + where);
    }

    @AfterEach
    void dropAll() {
        for (String table : new String[] {"days", "second", "bad", "scored"}) {
            sql("DROP TABLE IF EXISTS " + in(table) + " PURGE");
        }
    }

    final String in(String table) {
        return namespace() + "." + table;
    }

    static List<Row> sql(String statement) {
        return LocalSpark.session().sql(statement).collectAsList();
    }

    final Cli score(String input, String... more) {
        return score(input, List.of("h_n", "score"), more);
    }

    final Cli score(String input, List<String> outputs, String... more) {
        String[] usual = {
            "score",
            "--model",
            MODEL,
            "--no-standardize",
            "--input-table",
            in(input),
            "--output-table",
            in("scored"),
            "--output-format",
            format(),
            "--outputs",
            String.join(",", outputs)
        };
        return Cli.run(Stream.concat(Arrays.stream(usual), Arrays.stream(more)).toArray(String[]::new));
    }

    static Cli done(Cli cli) {
        assertThat(cli.code()).as(cli.toString()).isZero();
        return cli;
    }

    static void assertFailed(Cli cli, int code, String... messages) {
        assertThat(cli.code()).as(cli.toString()).isEqualTo(code);
        assertThat(cli.err()).startsWith("spark-rnn: ").contains(messages).hasLineCount(1);
    }

    static List<String> ids(String table) {
        return sql("SELECT id FROM " + table + " ORDER BY id").stream()
                .map(row -> row.getString(0))
                .toList();
    }

    final List<String> scored() {
        return ids(in("scored"));
    }

    static final List<String> ALL = List.of("seattle-2012-01-01", "seattle-2012-01-02", "seattle-2012-01-03");
    static final List<String> SECOND_REPLACED =
            List.of("again-seattle-2012-01-02", "seattle-2012-01-01", "seattle-2012-01-03");

    @Test
    void aTableIsScoredIntoANewOneInDays() {
        Cli cli = done(score("days", "--partition-by", "day"));
        assertThat(cli.out())
                .contains("Scored 3 sequences")
                .contains("Output:  " + in("scored") + " (" + format() + ": id, day, h_n, score)")
                .contains("SELECT * FROM " + in("scored"))
                .contains(
                        "  id seattle-2012-01-02, day 2012-01-02, h_n [1][...] ending [0.4002, 0.1074, 0.3101, 0.4018");
        assertThat(scored()).isEqualTo(ALL);
    }

    @Test
    void oneDayIsReplacedAndTheOthersStay() {
        done(score("days", "--partition-by", "day"));
        for (int night = 0; night < 2; night++) {
            Cli cli = done(score("second", "--partition-by", "day", "--mode", "overwrite-partitions"));
            assertThat(scored()).isEqualTo(SECOND_REPLACED);
            assertThat(cli.out()).contains("no rows are shown").doesNotContain("  id ");
        }
    }

    @Test
    void aBadRowLeavesTheTableAsItWas() {
        done(score("days", "--partition-by", "day"));
        String version = version(in("scored"));
        for (String mode : new String[] {"append", "overwrite", "overwrite-partitions"}) {
            assertFailed(score("bad", "--mode", mode), 3, "features are null");
            assertThat(version(in("scored"))).isEqualTo(version);
            assertThat(scored()).isEqualTo(ALL);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "day"})
    void aBadRowLeavesNoNewTable(String partitions) throws IOException {
        String[] options = partitions.isEmpty() ? new String[0] : new String[] {"--partition-by", partitions};
        // a task for each file: some have written theirs when another meets the bad row
        sql("INSERT INTO " + in("bad") + " SELECT /*+ REPARTITION(6) */ * FROM " + in("days"));
        String open = "spark.sql.files.openCostInBytes";
        LocalSpark.session().conf().set(open, "1g");
        try {
            assertFailed(score("bad", options), 3, "features are null");
        } finally {
            LocalSpark.session().conf().unset(open);
        }
        assertThat(LocalSpark.session().catalog().tableExists(in("scored"))).isFalse();
        assertThat(left()).isEmpty();
        done(score("days", options));
        assertThat(scored()).isEqualTo(ALL);
    }

    @Test
    void aRunOwnsOnePartitionOfATable() {
        done(score("days", "--partition-by", "day"));
        String[] second = {"--where", "day = '2012-01-02'", "--output-partition", "day=2012-01-02"};
        done(score("second", second));
        assertThat(scored()).isEqualTo(SECOND_REPLACED);
        done(score("second", "--where", "day = 'never'", "--output-partition", "day=2012-01-02"));
        assertThat(scored())
                .as("a night without rows leaves none of that day")
                .containsExactly("seattle-2012-01-01", "seattle-2012-01-03");
        // a column that the rows have not
        done(score("second", "--keep", "id", "--where", "day = '2012-01-02'", "--output-partition", "day=2012-01-02"));
        assertThat(scored()).isEqualTo(SECOND_REPLACED);
        assertFailed(score("days", "--output-partition", "nothing=1"), 2, "the table has no column nothing");
    }

    @Test
    void whatWasReadIsKnownByItsVersion(@TempDir Path runs) {
        String[] options = {"--run-files", runs.toString(), "--if-done", "skip", "--mode", "overwrite"};
        done(score("days", options));
        assertThat(done(score("days", options)).out()).contains("Nothing to do");
        sql("DELETE FROM " + in("days") + " WHERE day = '2012-01-03'");
        assertThat(done(score("days", options)).out()).doesNotContain("Nothing to do");
        assertThat(scored()).containsExactly("seattle-2012-01-01", "seattle-2012-01-02");
        assertFailed(score("days", "--if-done", "skip"), 2, "--run-files");
    }

    @Test
    void whatToDoWithATableThatExistsIsDone() {
        done(score("days"));
        assertFailed(score("second"), 6, "--output-table " + in("scored") + ": it exists; nothing was written");
        assertThat(done(score("second", "--mode", "ignore")).out()).contains("exists; nothing was written");
        assertThat(scored()).isEqualTo(ALL);
        Cli appended = done(score("second", "--mode", "append"));
        assertThat(appended.out()).contains("no rows are shown").doesNotContain("  id ");
        assertThat(scored()).hasSize(4).contains("again-seattle-2012-01-02").containsAll(ALL);
        Cli replaced = done(score("second", "--mode", "overwrite"));
        assertThat(replaced.out()).contains("  id again-seattle-2012-01-02, ");
        assertThat(scored()).containsExactly("again-seattle-2012-01-02");
    }

    @Test
    void aWholeOverwriteIsOneWhateverTheSessionSaysOfPartitions() {
        String mode = "spark.sql.sources.partitionOverwriteMode";
        done(score("days", "--partition-by", "day"));
        LocalSpark.session().conf().set(mode, "dynamic");
        try {
            done(score("second", "--mode", "overwrite"));
            assertThat(LocalSpark.session().conf().get(mode)).isEqualTo("dynamic");
        } finally {
            LocalSpark.session().conf().unset(mode);
        }
        assertThat(scored()).containsExactly("again-seattle-2012-01-02");
    }

    @Test
    void theInputIsReadAsItWas() {
        String version = version(in("days"));
        sql("INSERT INTO " + in("days") + " SELECT * FROM " + in("second"));
        done(score("days", "--input-option", asOf(version)));
        assertThat(scored()).isEqualTo(ALL);
    }

    @ParameterizedTest
    @ValueSource(strings = {"versionAsOf=987654321", "snapshot-id=987654321", "snapshot-id=none"})
    void aVersionThatIsNotThereIsOneLine(String option) {
        Cli cli = score("days", "--input-option", option);
        // an option that the format does not know it passes over
        if (cli.code() != 0) {
            assertFailed(cli, 3, "--input-table " + in("days"));
        }
        assertThat(option.startsWith("snapshot-id") || cli.code() == 3 || format().equals("iceberg"))
                .isTrue();
    }

    @Test
    void aTableOfOtherColumnsIsRefused() {
        sql("CREATE TABLE " + in("scored") + " (day STRING, id BIGINT, h_n ARRAY<ARRAY<FLOAT>>) USING " + format()
                + " PARTITIONED BY (day)");
        assertFailed(
                score("days", "--mode", "append"), 3, "the table has no column score array<float>", "ALTER TABLE ");
        List<String> states = List.of("h_n");
        assertFailed(score("days", states, "--mode", "append"), 3, "id is bigint there and string here");
        assertFailed(
                score("days", states, "--mode", "append", "--partition-by", "id"),
                2,
                "the table is partitioned by day, not by id");
    }
}
