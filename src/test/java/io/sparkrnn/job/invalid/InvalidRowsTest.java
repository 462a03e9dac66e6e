package io.sparkrnn.job.invalid;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.Golden;
import io.sparkrnn.job.Cli;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.spark.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of rows that cannot be scored, by the command line: of a hundred rows seventeen of four kinds. */
class InvalidRowsTest {
    private static final String MODEL =
            Golden.named("seed_torch_rnn").file("model.pt").toString();

    private static final String GOOD = "array(array(1F, 2F, 3F, 4F, float(id)))";

    private final SparkSession spark = LocalSpark.session();

    @TempDir
    Path folder;

    @BeforeEach
    void write() {
        spark.sql("SELECT id, id % 2 AS day, CASE WHEN id % 10 = 3 THEN null WHEN id = 50 THEN CAST(array() AS"
                        + " array<array<float>>) WHEN id IN (61, 62) THEN array(array(1F, 2F)) WHEN id % 25 = 7 THEN"
                        + " array(array(1F, 2F, CAST(null AS float), 4F, 5F)) ELSE " + GOOD + " END AS features"
                        + " FROM range(0, 100, 1, 4)")
                .write()
                .parquet(path("in"));
    }

    private String path(String name) {
        return folder.resolve(name).toString();
    }

    private Cli score(String... more) {
        List<String> args = new ArrayList<>(List.of("--output", path("out"), "--show", "0"));
        args.addAll(List.of(more));
        return run(args.toArray(String[]::new));
    }

    private Cli run(String... more) {
        List<String> args = new ArrayList<>(List.of("score", "--model", MODEL, "--input", path("in")));
        args.addAll(List.of(more));
        return Cli.run(args.toArray(String[]::new));
    }

    private static Set<Long> ids(Dataset<Row> rows) {
        List<Long> ids = rows.select("id").collectAsList().stream()
                .map(row -> row.getLong(0))
                .toList();
        assertThat(ids).doesNotHaveDuplicates();
        return Set.copyOf(ids);
    }

    private Set<Long> bad() {
        return ids(spark.read().parquet(path("in")).where("id % 10 = 3 OR id IN (50, 61, 62, 7, 32, 57, 82)"));
    }

    /** All that stands in the folder, but for the input: nothing may be left of what waited. */
    private List<String> names() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> !name.equals("in"))
                    .sorted()
                    .toList();
        }
    }

    @Test
    void failsWithAllOfThemTold() throws IOException {
        Cli cli = score("--id", "id");
        assertThat(cli.code()).as(cli.toString()).isEqualTo(ExitCode.INPUT.number());
        assertThat(cli.err())
                .contains(
                        "17 of 100 rows (NULL_SEQUENCE 10, NULL_VALUE 4, WRONG_WIDTH 2, EMPTY_SEQUENCE 1) cannot be scored;"
                                + " nothing was written")
                .contains("its features are null")
                .contains("step 0, feature 2 is null")
                .doesNotContain("\tat ");
        // the first ten in the order of the input, which is that of files by their size
        assertThat(cli.err()
                        .lines()
                        .filter(line -> line.startsWith("  row with id = "))
                        .distinct())
                .hasSize(10);
        assertThat(cli.err()).endsWith("\n  ...\n");
        assertThat(names()).isEmpty();
    }

    @Test
    void setsThemAside() throws IOException {
        Cli cli = score("--id", "id", "--on-invalid", "quarantine", "--quarantine", path("bad"));
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(cli.out())
                .contains("Scored 83 sequences")
                .contains("17 of 100 rows")
                .contains("bad (parquet)");
        Dataset<Row> aside = spark.read().parquet(path("bad"));
        assertThat(aside.columns()).containsExactly("id", "day", "features", "error_code", "error_message");
        assertThat(ids(aside)).isEqualTo(bad());
        assertThat(aside.where("error_message LIKE 'row with id = %'").count()).isEqualTo(17);
        assertThat(aside.drop("error_code", "error_message")
                        .exceptAll(spark.read().parquet(path("in")))
                        .count())
                .isZero();
        Dataset<Row> out = spark.read().parquet(path("out"));
        assertThat(out.columns()).containsExactly("id", "day", "hidden_states", "h_n");
        assertThat(ids(out)).hasSize(83).doesNotContainAnyElementsOf(bad());
        assertThat(names()).containsExactly("bad", "out");

        // repaired, they are scored as the others are
        aside.selectExpr("id", "day", GOOD + " AS features").write().parquet(path("mended"));
        Cli again = Cli.run(
                "score", "--model", MODEL, "--input", path("mended"), "--output", path("out"), "--mode", "append");
        assertThat(again.code()).as(again.toString()).isZero();
        assertThat(ids(spark.read().parquet(path("out")))).hasSize(100);
    }

    @Test
    void leavesThemWithoutResults() {
        Cli cli = score("--on-invalid", "null", "--outputs", "h_n,lengths");
        assertThat(cli.code()).as(cli.toString()).isZero();
        Dataset<Row> out = spark.read().parquet(path("out"));
        assertThat(out.columns()).containsExactly("id", "day", "h_n", "lengths", "error_code");
        assertThat(ids(out)).hasSize(100);
        assertThat(ids(out.where("error_code IS NOT NULL"))).isEqualTo(bad());
        assertThat(out.where("(h_n IS NULL) != (error_code IS NOT NULL)").count())
                .isZero();
        assertThat(out.where("(lengths IS NULL) != (error_code IS NOT NULL)").count())
                .isZero();
        assertThat(cli.out()).contains("17 of 100 rows").contains("their results are null");
    }

    @ParameterizedTest
    @CsvSource({"16,7", "17,0", "16.9%,7", "17%,0", "0,7", "100%,0"})
    void publishesNeitherWhereTheyAreTooMany(String most, int code) throws IOException {
        Cli cli = score("--on-invalid", "quarantine", "--quarantine", path("bad"), "--max-invalid", most);
        assertThat(cli.code()).as(cli.toString()).isEqualTo(code);
        assertThat(names()).isEqualTo(code == 0 ? List.of("bad", "out") : List.of());
        if (code != 0) {
            assertThat(cli.err()).contains("17 of 100 rows").contains("more than --max-invalid " + most);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"overwrite", "append", "overwrite-partitions"})
    void leavesWhatWasThereWhereTheyAreTooMany(String mode) throws IOException {
        for (String name : new String[] {"out", "bad"}) {
            spark.sql("SELECT 1000L AS id, 0L AS day, 'former' AS note")
                    .write()
                    .partitionBy("day")
                    .parquet(path(name));
        }
        String quarantine = mode.equals("overwrite-partitions") ? path("other") : path("bad");
        Cli cli = score(
                "--on-invalid",
                "quarantine",
                "--quarantine",
                quarantine,
                "--max-invalid",
                "1%",
                "--mode",
                mode,
                "--partition-by",
                "day");
        assertThat(cli.code()).as(cli.toString()).isEqualTo(7);
        assertThat(ids(spark.read().parquet(path("out")))).containsExactly(1000L);
        assertThat(ids(spark.read().parquet(path("bad")))).containsExactly(1000L);
        assertThat(names()).containsExactly("bad", "out");
    }

    @Test
    void replacesBothOutputs() throws IOException {
        String[] options = {"--on-invalid", "quarantine", "--quarantine", path("bad"), "--mode", "overwrite"};
        assertThat(score(options).code()).isZero();
        Cli cli = score(options);
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(ids(spark.read().parquet(path("out")))).hasSize(83);
        assertThat(ids(spark.read().parquet(path("bad")))).hasSize(17);
        assertThat(names()).containsExactly("bad", "out");
    }

    @Test
    void doesNotReplaceAQuarantineUnasked() {
        spark.range(1).write().parquet(path("bad"));
        Cli cli = score("--on-invalid", "quarantine", "--quarantine", path("bad"));
        assertThat(cli.code()).as(cli.toString()).isEqualTo(ExitCode.OUTPUT_EXISTS.number());
        assertThat(cli.err()).contains("--quarantine: ").contains("exists");
        assertThat(folder.resolve("out")).doesNotExist();
    }

    @Test
    void rejectsResultsThatAreNotFinite() {
        spark.sql("SELECT id, IF(id = 5, array(array(1F, 2F, 3F, 4F, float('NaN'))), " + GOOD
                        + ") AS features FROM range(10)")
                .write()
                .mode("overwrite")
                .parquet(path("in"));
        Cli cli = score("--on-invalid", "quarantine", "--quarantine", path("bad"), "--reject-non-finite");
        assertThat(cli.code()).as(cli.toString()).isZero();
        Row aside = spark.read().parquet(path("bad")).first();
        assertThat(aside.<Long>getAs("id")).isEqualTo(5);
        assertThat(aside.<String>getAs("error_code")).isEqualTo("NON_FINITE");
        assertThat(aside.<String>getAs("error_message")).contains("hidden_states, h_n");
        assertThat(ids(spark.read().parquet(path("out")))).hasSize(9).doesNotContain(5L);
        assertThat(score("--reject-non-finite", "--mode", "overwrite").err()).contains("there is a NaN or an infinity");
    }

    @Test
    void setsAsideIntoATableAndWritesTablesOfFiles() {
        try {
            Cli cli = score(
                    "--on-invalid",
                    "quarantine",
                    "--quarantine-table",
                    "bad_rows",
                    "--max-invalid",
                    "50",
                    "--mode",
                    "append");
            // the session is this test's own, so that its catalog is not forgotten
            assertThat(cli.code()).as(cli.toString()).isZero();
            assertThat(ids(spark.table("bad_rows"))).isEqualTo(bad());
            assertThat(ids(spark.read().parquet(path("out")))).hasSize(83);
            Cli refused = run("--output-table", "scored_rows", "--on-invalid", "null", "--max-invalid", "1%");
            assertThat(refused.code()).as(refused.toString()).isEqualTo(ExitCode.USAGE.number());
            assertThat(spark.catalog().tableExists("scored_rows")).isFalse();
            Cli table = run("--output-table", "scored_rows", "--on-invalid", "quarantine", "--quarantine", path("bad"));
            assertThat(table.code()).as(table.toString()).isZero();
            assertThat(ids(spark.table("scored_rows"))).hasSize(83);
            assertThat(ids(spark.read().parquet(path("bad")))).isEqualTo(bad());
        } finally {
            spark.sql("DROP TABLE IF EXISTS bad_rows");
            spark.sql("DROP TABLE IF EXISTS scored_rows");
        }
    }

    @Test
    void writesOtherFormatsThroughTheSameGate() throws IOException {
        Cli cli = score(
                "--on-invalid",
                "quarantine",
                "--quarantine",
                path("bad"),
                "--output-format",
                "json",
                "--max-invalid",
                "3");
        assertThat(cli.code()).as(cli.toString()).isEqualTo(7);
        assertThat(names()).isEmpty();
        assertThat(score("--on-invalid", "quarantine", "--quarantine", path("bad"), "--output-format", "json")
                        .code())
                .isZero();
        assertThat(ids(spark.read().json(path("bad")))).isEqualTo(bad());
        assertThat(ids(spark.read().json(path("out")))).hasSize(83);
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', textBlock = """
                    --on-invalid quarantine; name the folder for rows that cannot be scored
                    --quarantine Q; with --on-invalid quarantine alone
                    --max-invalid 3; without --on-invalid quarantine or null
                    --on-invalid null --max-invalid x; expected a number of rows
                    --on-invalid null --max-invalid 101%; expected a number of rows
                    --on-invalid null --max-invalid -1; expected a number of rows
                    --on-invalid quarantine --quarantine Q --quarantine-table q; give one of them
                    --on-invalid maybe; --on-invalid
                    --on-invalid quarantine --quarantine OUT/bad; one is in the other
                    --on-invalid quarantine --quarantine OUT --mode overwrite; one is in the other
                    --on-invalid quarantine --quarantine OUT/../out; one is in the other
                    --on-invalid quarantine --quarantine OUT/..; one is in the other
                    """)
    void refusesWhatDoesNotGoTogether(String options, String message) throws IOException {
        Cli cli = score(
                options.replace("Q", path("q")).replace("OUT", path("out")).split(" ", -1));
        assertThat(cli.code()).as(cli.toString()).isEqualTo(ExitCode.USAGE.number());
        assertThat(cli.err()).contains(message);
        assertThat(names()).isEmpty();
    }

    @Test
    void findsNoneAndWritesAnEmptyQuarantine() {
        spark.sql("SELECT id, " + GOOD + " AS features FROM range(10)")
                .write()
                .mode("overwrite")
                .parquet(path("in"));
        Cli cli = score("--on-invalid", "quarantine", "--quarantine", path("bad"), "--max-invalid", "0");
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(spark.read().parquet(path("bad")).count()).isZero();
        assertThat(Stream.of(spark.read().parquet(path("bad")).columns()).collect(Collectors.toList()))
                .contains("error_code");
    }
}
