package io.sparkrnn.job.input;

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
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What Spark SQL makes of the input before it is scored: --input-query and --where. */
class InputQueryTest {
    private static final String MODEL =
            Golden.named("seed_torch_rnn").file("model.pt").toString();

    private static final String FEATURES = "array(array(CAST(id AS float), 2F, 3F, 4F, 5F), array(1F, 0F, 0F, 0F, 0F))";

    @TempDir
    Path folder;

    private final SparkSession session = LocalSpark.session();

    private Cli score(String... more) {
        String[] usual = {"score", "--model", MODEL, "--output", out(), "--outputs", "h_n"};
        return Cli.run(Stream.concat(Arrays.stream(usual), Arrays.stream(more)).toArray(String[]::new));
    }

    private String out() {
        return folder.resolve("out").toString();
    }

    private List<String> scored(String... columns) {
        return session.read()
                .parquet(out())
                .selectExpr("concat_ws(' ', " + String.join(", ", columns) + ", h_n[0][0]) AS line")
                .sort("line")
                .toJavaRDD()
                .map(row -> row.getString(0))
                .collect();
    }

    private String table(String select) {
        String path = folder.resolve("in").toString();
        session.sql(select).coalesce(1).write().parquet(path);
        return path;
    }

    private String plain() {
        return table("SELECT id, id % 3 AS third, " + FEATURES + " AS features FROM range(30)");
    }

    /** h_n of each row of the plain table, from a run without a query. */
    private List<String> plainScores(String condition) {
        Cli cli = Cli.run(
                "score",
                "--model",
                MODEL,
                "--input",
                folder.resolve("in").toString(),
                "--output",
                folder.resolve("whole").toString(),
                "--outputs",
                "h_n");
        assertThat(cli.code()).as(cli.toString()).isZero();
        Dataset<Row> whole =
                session.read().parquet(folder.resolve("whole").toString()).where(condition);
        return whole.selectExpr("concat_ws(' ', id, h_n[0][0]) AS line")
                .sort("line")
                .toJavaRDD()
                .map(row -> row.getString(0))
                .collect();
    }

    private static void assertDone(Cli cli, String... messages) {
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(cli.out()).contains(messages);
    }

    private void assertRefused(int code, Cli cli, String... messages) {
        assertThat(cli.code()).as(cli.toString()).isEqualTo(code);
        assertThat(cli.err()).startsWith("spark-rnn: ").contains(messages).doesNotContain("\tat ");
        assertThat(folder.resolve("out")).doesNotExist();
    }

    @Test
    void aQueryGivesTheRowsAndColumns() {
        table("SELECT named_struct('user', id, 'x', named_struct('f', " + FEATURES
                + ")) AS payload, id % 3 AS third FROM range(30)");
        assertDone(
                score(
                        "--input",
                        folder.resolve("in").toString(),
                        "--input-query",
                        "SELECT payload.user AS id, payload.x.f AS features FROM input WHERE third = 1;\n"),
                "Scored 10 sequences");
        List<String> got = scored("id");
        session.sql("SELECT payload.user AS id, third, payload.x.f AS features FROM parquet.`" + folder.resolve("in")
                        + "`")
                .write()
                .parquet(folder.resolve("flat").toString());
        assertThat(session.read().parquet(out()).columns()).containsExactly("id", "h_n");
        Cli flat = Cli.run(
                "score",
                "--model",
                MODEL,
                "--input",
                folder.resolve("flat").toString(),
                "--output",
                folder.resolve("whole").toString());
        assertThat(flat.code()).as(flat.toString()).isZero();
        assertThat(got)
                .isEqualTo(session.read()
                        .parquet(folder.resolve("whole").toString())
                        .where("third = 1")
                        .selectExpr("concat_ws(' ', id, h_n[0][0]) AS line")
                        .sort("line")
                        .toJavaRDD()
                        .map(row -> row.getString(0))
                        .collect());
    }

    @Test
    void aQueryFromAFile() throws IOException {
        String in = plain();
        Path file = Files.writeString(
                folder.resolve("night.sql"),
                "-- tonight\nSELECT id, features\nFROM input -- all\nWHERE third = 0\n;\n");
        assertDone(score("--input", in, "--input-query", "@" + file), "Scored 10 sequences");
        assertThat(scored("id")).isEqualTo(plainScores("third = 0"));
    }

    @Test
    void theQuerysFileIsNotOverwritten() throws IOException {
        String in = plain();
        Files.createDirectory(folder.resolve("out"));
        Path file = Files.writeString(folder.resolve("out/night.sql"), "SELECT id, features FROM input");
        Cli cli = score("--input", in, "--input-query", "@" + file, "--mode", "overwrite");
        assertThat(cli.code()).as(cli.toString()).isEqualTo(2);
        assertThat(cli.err()).contains("holds the --input-query file", file.toString());
        assertThat(file).exists();
    }

    @Test
    void aQueryAlone() {
        assertDone(
                score("--input-query", "SELECT id, " + FEATURES + " AS features FROM range(4)"), "Scored 4 sequences");
    }

    @Test
    void fieldsOfStructsAreToldInTheOrderInWhichTheyWereTaken() {
        assertDone(
                score(
                        "--input-query",
                        "SELECT id, array(named_struct('e', 1D, 'd', 2D, 'c', 3D, 'b', 4D, 'a', 5D)) AS x FROM range(2)",
                        "--features",
                        "x"),
                "Note:    the fields of x were taken in the order in which the table has them: e, d, c, b, a; ");
    }

    @Test
    void aQueryAloneTakesNoOptions() {
        assertRefused(2, score("--input-query", "SELECT 1", "--input-option", "a=b"), "--input-option");
        assertRefused(2, score("--input-query", "SELECT 1", "--input-format", "json"), "--input-format json");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "DROP TABLE kept_table",
                "INSERT INTO kept_table SELECT 2",
                "SELECT * FROM input; DROP TABLE kept_table",
                "WITH t AS (SELECT 2 AS one) INSERT INTO kept_table SELECT one FROM t"
            })
    void aCommandIsRefusedAndNotRun(String command) {
        String in = plain();
        session.sql("DROP TABLE IF EXISTS kept_table");
        session.sql("CREATE TABLE kept_table USING parquet AS SELECT 1 AS one");
        try {
            Cli cli =
                    score("--input", in, "--input-query", command.contains("input") ? command : command + " -- input");
            assertRefused(2, cli, "--input-query: ", "expected one query of Spark SQL");
            assertThat(session.table("kept_table").count()).isEqualTo(1);
        } finally {
            session.sql("DROP TABLE kept_table");
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "2 | SELECT id, features FORM input | line 1",
                "2 | SELECT id,\\nfeatures FROM input\\nWHERE third = ] | line 3",
                "2 | SELECT id FROM range(3) | does not read what --input",
                "2 | ; | is empty",
                "3 | SELECT id, feature FROM input | `features`",
                "3 | SELECT id, features FROM input JOIN absent USING (id) | absent",
            })
    void whatIsWrongWithAQueryIsOneLine(int code, String query, String message) {
        Cli cli = score("--input", plain(), "--input-query", query.replace("\\n", "\n"));
        assertRefused(code, cli, "--input-query", message);
        assertThat(cli.err()).hasLineCount(1);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "SELECT CAST(concat('x', id) AS INT) AS id, features FROM input",
                "SELECT id, 1 / (id - 3) AS share, features FROM input",
                "SELECT id, IF(id = 3, array(1)[id], 1) AS one, features FROM input",
            })
    void aValueThatCannotBeComputedIsOneLine(String query) {
        String in = plain();
        session.conf().set("spark.sql.ansi.enabled", "true");
        try {
            Cli cli = score("--input", in, "--input-query", query);
            assertThat(cli.code()).as(cli.toString()).isEqualTo(3);
            assertThat(cli.err()).startsWith("spark-rnn: [").hasLineCount(1);
        } finally {
            session.conf().unset("spark.sql.ansi.enabled");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"id < (SELECT max(id) FROM %s)", "id IN (SELECT id FROM %s)"})
    void whatASubqueryReadsIsNotOverwritten(String condition) {
        String in = plain();
        assertDone(score("--input", in), "Scored 30 sequences");
        String where = condition.formatted("parquet.`" + out() + "`");
        Cli cli = score("--input", in, "--where", where, "--mode", "overwrite");
        assertThat(cli.code()).as(cli.toString()).isEqualTo(2);
        assertThat(cli.err()).contains("holds the input", "--mode overwrite would delete");
        assertThat(session.read().parquet(out()).count()).isEqualTo(30);
    }

    @Test
    void theLineOfAnErrorIsTheQuerysOwn() {
        Cli cli = score("--input", plain(), "--input-query", "SELECT id,\n  feature\nFROM input");
        assertRefused(3, cli, "line 2 pos 2");
    }

    @Test
    void aConditionLeavesRowsOut() {
        String in = plain();
        assertDone(score("--input", in, "--where", "third = 2 AND id > 10"), "Scored 7 sequences");
        assertThat(scored("id")).isEqualTo(plainScores("third = 2 AND id > 10"));
    }

    @Test
    void aConditionOnWhatAQueryGives() {
        String in = plain();
        assertDone(
                score(
                        "--input",
                        in,
                        "--input-query",
                        "SELECT id + 100 AS id, features FROM input",
                        "--where",
                        "id >= 120"),
                "Scored 10 sequences");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "2 | third = = 2 | expected a condition",
                "3 | absent = 2 | `absent`",
                "3 | id | boolean",
            })
    void whatIsWrongWithAConditionIsOneLine(int code, String condition, String message) {
        Cli cli = score("--input", plain(), "--where", condition);
        assertRefused(code, cli, "--where: ");
        assertThat(cli.err().toLowerCase(java.util.Locale.ROOT))
                .contains(message)
                .hasLineCount(1);
    }

    @Test
    void partitionsThatAConditionLeavesOutAreNotRead() throws IOException {
        String in = folder.resolve("in").toString();
        session.sql("SELECT id, id % 2 AS day, " + FEATURES + " AS features FROM range(8)")
                .coalesce(1)
                .write()
                .partitionBy("day")
                .parquet(in);
        try (Stream<Path> files = Files.list(folder.resolve("in/day=1"))) {
            for (Path file : files.toList()) {
                Files.write(file, new byte[100]);
            }
        }
        assertDone(score("--input", in, "--where", "day = 0"), "Scored 4 sequences");
    }

    @Test
    void theViewIsOfThisRun() {
        String in = plain();
        assertDone(score("--input", in, "--input-query", "SELECT * FROM input WHERE id < 3"), "Scored 3 sequences");
        Cli second = score("--input", in, "--input-query", "SELECT * FROM INPUT WHERE id < 5", "--mode", "overwrite");
        assertDone(second, "Scored 5 sequences");
        assertThat(session.catalog().tableExists("input")).isFalse();
    }

    @Test
    void aViewOfThatNameInTheUsersSessionStays() {
        String in = plain();
        session.range(7).createOrReplaceTempView("input");
        try {
            assertDone(score("--input", in, "--input-query", "SELECT * FROM input WHERE id < 3"), "Scored 3 sequences");
            assertThat(session.table("input").count()).isEqualTo(7);
        } finally {
            session.catalog().dropTempView("input");
        }
    }

    @Test
    void verifyTakesTheSame() {
        Cli cli = Cli.run(
                "verify",
                "--model",
                MODEL,
                "--input",
                plain(),
                "--input-query",
                "SELECT features AS x FROM input",
                "--features",
                "x");
        assertDone(cli, "of 30 rows");
    }
}
