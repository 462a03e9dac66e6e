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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which rows and steps are scored, and where the features are, as options of the command line and keys of a file. */
class StepOptionsTest {
    private static final String MODEL =
            Golden.named("seed_torch_rnn").file("model.pt").toString();

    @TempDir
    Path folder;

    private String input = "";
    private String output = "";

    /** Ten rows of 1 to 10 steps; every third step is padding. */
    @BeforeEach
    void makeInput() {
        input = folder.resolve("in").toString();
        output = folder.resolve("out").toString();
        LocalSpark.session()
                .sql(
                        "SELECT id, features, transform(features, (s, t) -> t % 3 < 2) AS mask, transform(features, (s, t) ->"
                                + " int(t % 3 = 2)) AS pad, named_struct('x', named_struct('features', features, 'n', id)) AS"
                                + " payload, transform(features, s -> named_struct('a', s[0], 'b', s[1], 'c', s[2], 'd', s[3],"
                                + " 'e', s[4])) AS records, filter(features, (s, t) -> t % 3 < 2) AS kept FROM (SELECT id,"
                                + " transform(sequence(0, id), t -> transform(sequence(0, 4), i -> float(sin(t * i + id)))) AS"
                                + " features FROM range(10))")
                .coalesce(1)
                .write()
                .parquet(input);
    }

    private Cli run(String command, String... more) {
        String[] usual = {command, "--model", MODEL, "--input", input};
        String[] rest =
                command.equals("score") ? new String[] {"--output", output, "--mode", "overwrite"} : new String[0];
        return Cli.run(Stream.of(usual, rest, more).flatMap(Arrays::stream).toArray(String[]::new));
    }

    private Dataset<Row> result() {
        return LocalSpark.session().read().parquet(output);
    }

    private List<String> states(String... options) {
        Cli cli = run("score", options);
        assertThat(cli.code()).as(cli.toString()).isZero();
        return result().orderBy("id").select("id", "hidden_states", "h_n").collectAsList().stream()
                .map(Row::toString)
                .toList();
    }

    @Test
    void masksGiveWhatTheirStepsAloneGive() {
        List<String> expected = states("--features", "kept");
        assertThat(expected).hasSize(10);
        assertThat(states("--valid", "mask")).isEqualTo(expected);
        assertThat(states("--padding", "pad")).isEqualTo(expected);
        assertThat(states("--padding", "pad", "--features", "records.a,records.b,records.c,records.d,records.e"))
                .isEqualTo(expected);
        assertThat(run("verify", "--valid", "mask", "--features", "records").out())
                .contains("of 10 rows", "Verified");
    }

    @Test
    void findsAFieldOfAStructAndKeepsTheRest() {
        List<String> expected = states();
        assertThat(states("--features", "payload.x.features")).isEqualTo(expected);
        assertThat(result().columns()).contains("features", "mask", "payload");
        assertThat(result().schema().apply("payload").dataType().catalogString())
                .isEqualTo("struct<x:struct<n:bigint>>");
        Cli missing = run("score", "--features", "payload.x.feature");
        assertThat(missing.code()).isEqualTo(3);
        assertThat(missing.err())
                .contains("features: payload.x has no field 'feature'; it has: features")
                .hasLineCount(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "4 | 34 | slice(features, -least(4, size(features)), 4)",
                "4,last | 34 | slice(features, -least(4, size(features)), 4)",
                "4,FIRST | 34 | slice(features, 1, 4)",
                "1000000 | 55 | features",
            })
    void limitsTheStepsOfARow(String limit, int steps, String features) {
        Cli cli = run("score", "--limit-sequence", limit, "--outputs", "h_n,lengths", "--keep", "id");
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(cli.out())
                .startsWith("Scored 10 sequences, " + steps + " time steps")
                .doesNotContain("left out");
        List<Row> limited = result().orderBy("id").collectAsList();
        Cli sliced = run(
                "score",
                "--input-query",
                "SELECT id, " + features + " AS features FROM input",
                "--outputs",
                "h_n,lengths");
        assertThat(sliced.code()).as(sliced.toString()).isZero();
        assertThat(result().orderBy("id").collectAsList()).isEqualTo(limited);
    }

    @Test
    void readsTheOptionsFromAFile() throws IOException {
        List<String> expected = states("--limit-sequence", "4,first", "--min-steps", "3", "--valid", "mask");
        Path config = folder.resolve("score.conf");
        for (String limit : new String[] {"[4, first]", "\"4,first\""}) {
            Files.writeString(config, "limit-sequence = " + limit + "\nmin-steps = 3\nvalid = mask\n");
            assertThat(states("--config", config.toString())).isEqualTo(expected);
        }
        assertThat(expected).hasSize(7);
    }

    @Test
    void leavesOutRowsOfTooFewStepsAndSaysSo() {
        Cli cli = run("score", "--min-steps", "5", "--limit-sequence", "2");
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(cli.out())
                .startsWith("Scored 6 sequences, 12 time steps")
                .contains("Note:    4 rows of fewer than 5 steps were left out (--min-steps 5)");
        assertThat(result().count()).isEqualTo(6);
        assertThat(run("score", "--min-steps", "2").out())
                .contains("Note:    1 row of fewer than 2 steps was left out (--min-steps 2)");
        assertThat(run("score", "--min-steps", "1").out()).doesNotContain("left out");
        assertThat(run("score", "--min-steps", "50").out())
                .startsWith("Scored 0 sequences")
                .contains("Note:    10 rows of fewer than 50 steps were left out");
        assertThat(result().count()).isZero();
    }

    @Test
    void leavesOutEmptySequencesWhereItIsTold() {
        String query = "SELECT id, IF(id = 3, array(), features) AS features FROM input";
        Cli cli = run("score", "--input-query", query);
        assertThat(cli.code()).isEqualTo(3);
        assertThat(cli.err())
                .contains("row with id = 3: it has no step; expected sequence length to be larger than 0")
                .contains("min-steps 1")
                .hasLineCount(1);
        Cli left = run("score", "--input-query", query, "--min-steps", "1");
        assertThat(left.code()).as(left.toString()).isZero();
        assertThat(left.out()).contains("1 row of fewer than 1 step was left out (--min-steps 1)");
        Cli nulls = run("score", "--input-query", query.replace("array()", "null"), "--min-steps", "1");
        assertThat(nulls.code()).isEqualTo(3);
        assertThat(nulls.err()).contains("row with id = 3: its features are null");
    }

    @Test
    void verifiesTheRowsAndStepsThatAreScored() {
        Cli cli = run("verify", "--min-steps", "5", "--limit-sequence", "3,first", "--padding", "pad");
        assertThat(cli.code()).as(cli.toString()).isZero();
        // Of 10 rows of 1 to 10 steps 4 have 5 and more that are no padding.
        assertThat(cli.out())
                .contains(
                        "Note:    6 rows of fewer than 5 steps were left out (--min-steps 5)", "of 4 rows", "Verified");
        Cli none = run("verify", "--min-steps", "50", "--rows", "8");
        assertThat(none.code()).isEqualTo(3);
        assertThat(none.err())
                .contains("8 rows of fewer than 50 steps were left out")
                .contains("raise --rows");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "-3", "x", "3,middle", "3,", "first,3", "3,first,last"})
    void refusesWhatIsNoLimit(String limit) {
        Cli cli = run("score", "--limit-sequence", limit);
        assertThat(cli.code()).as(cli.toString()).isEqualTo(2);
        assertThat(cli.err()).contains("--limit-sequence", "expected a number of steps from 1 on");
    }

    @Test
    void refusesOptionsThatContradictEachOther() {
        for (String[] options : new String[][] {
            {"--valid", "mask", "--padding", "pad"},
            {"--valid", "mask", "--lengths", "id"},
            {"--padding", "pad", "--lengths", "id"}
        }) {
            Cli cli = run("score", options);
            assertThat(cli.code()).isEqualTo(2);
            assertThat(cli.err()).contains("--lengths, --valid, --padding: each says which steps count");
        }
        Cli cli = run("score", "--min-steps", "0");
        assertThat(cli.code()).isEqualTo(2);
        assertThat(cli.err()).contains("--min-steps 0: expected 1 or more");
    }

    @Test
    void namesTheRowOfABadMask() {
        Cli cli = run(
                "score",
                "--valid",
                "m",
                "--input-query",
                "SELECT id, features, transform(features, (s, t) -> IF(id = 4 AND t = 2, 7, 1)) AS m FROM input");
        assertThat(cli.code()).isEqualTo(3);
        assertThat(cli.err())
                .contains("row with id = 4: its mask m is 7 at step 2; expected 0 or 1")
                .hasLineCount(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--valid", "--padding", "--lengths"})
    void namesTheOptionWhoseColumnIsOfAnotherType(String option) {
        Cli cli = run("score", option, "features");
        assertThat(cli.code()).isEqualTo(3);
        assertThat(cli.err())
                .startsWith("spark-rnn: " + option + ": column features is array<")
                .hasLineCount(1);
    }

    @Test
    void holdsTheFieldsOfStructsAgainstTheSidecar() throws IOException {
        Path model = Files.copy(Path.of(MODEL), folder.resolve("net.pt"));
        for (String order : new String[] {"\"b\", \"a\", \"c\", \"d\", \"e\"", "\"a\", \"b\", \"c\", \"d\", \"e\""}) {
            Files.writeString(folder.resolve("net.pt.json"), "{\"features\": [" + order + "]}");
            for (String features : new String[] {"records", "records.a,records.b,records.c,records.d,records.e"}) {
                Cli cli = Cli.run("verify", "--model", model.toString(), "--input", input, "--features", features);
                assertThat(cli.code()).as(cli.toString()).isEqualTo(order.startsWith("\"b") ? 2 : 0);
                assertThat(cli.err().contains("it was trained with b,a,c,d,e, in this order"))
                        .isEqualTo(order.startsWith("\"b"));
            }
        }
    }

    @Test
    void aRefusedColumnComesWithTheQueryThatWouldDo() {
        Cli cli = run(
                "score",
                "--features",
                "text",
                "--input-query",
                "SELECT id, transform(features, s -> transform(s, v -> string(v))) AS text FROM input");
        assertThat(cli.code()).isEqualTo(3);
        assertThat(cli.err())
                .contains("this query over the view input (--input-query) would do: SELECT id, transform(text, t ->"
                        + " transform(t, v -> CAST(v AS DOUBLE))) AS text FROM input")
                .hasLineCount(1);
    }
}
