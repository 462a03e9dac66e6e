package io.sparkrnn.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkrnn.format.onnx.OnnxWriter;
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

/** An ONNX file with more than an LSTM, from the command line: amounts and codes of each step, an age of the row. */
class WholeNetworkTest extends WholeNetworkCase {
    @BeforeEach
    void makeModelAndTable() throws IOException {
        byte[] file = OnnxWriter.message()
                .node("Gather", "embedding", "table code", "e", OnnxWriter.attribute("axis", 0L))
                .node("Concat", "join", "amounts e", "x", OnnxWriter.attribute("axis", 2L))
                .node("Transpose", "turn", "x", "xt", OnnxWriter.attribute("perm", 1L, 0L, 2L))
                .node("LSTM", "lstm", "xt W R", "Y h", OnnxWriter.attribute("hidden_size", 4L))
                .node("Squeeze", "last", "h zero", "hl")
                .node("Concat", "all", "hl age", "j", OnnxWriter.attribute("axis", 1L))
                .node("MatMul", "scores", "j V", "score")
                .node("Squeeze", "one", "Y one_axis", "y")
                .node("Transpose", "back", "y", "yt", OnnxWriter.attribute("perm", 1L, 0L, 2L))
                .node("MatMul", "risks", "yt U", "r")
                .node("Squeeze", "risk", "r two", "risk")
                .initializer(OnnxWriter.longs("zero", 0))
                .initializer(OnnxWriter.longs("one_axis", 1))
                .initializer(OnnxWriter.longs("two", 2))
                .initializer(weights("table", 7, 3))
                .initializer(weights("W", 1, 16, 5))
                .initializer(weights("R", 1, 16, 4))
                .initializer(weights("V", 5, 2))
                .initializer(weights("U", 4, 1))
                .input("amounts", OnnxWriter.FLOAT, -1, -1, 2)
                .input("code", OnnxWriter.INT64, -1, -1)
                .input("age", OnnxWriter.FLOAT, -1, 1)
                .output("score", OnnxWriter.FLOAT, -1, 2)
                .output("risk", OnnxWriter.FLOAT, -1, -1)
                .model(17, "test");
        model = Files.write(folder.resolve("net.onnx"), file);
        table("in", "amounts", "code", "age");
    }

    private void table(String name, String... columns) {
        LocalSpark.session()
                .sql("SELECT id, transform(sequence(0, id), t -> array(float(sin(t)), float(cos(t * id)))) AS amounts,"
                        + " transform(sequence(0, id), t -> int(t * id % 7)) AS code, double(id) / 10 AS age,"
                        + " transform(sequence(0, id), t -> int(t)) AS wrong FROM range(10)")
                .selectExpr(
                        Stream.concat(Stream.of("id"), Arrays.stream(columns)).toArray(String[]::new))
                .write()
                .parquet(folder.resolve(name).toString());
    }

    private static List<String> rows(Dataset<Row> table) {
        return table.orderBy("id").collectAsList().stream().map(Row::toString).toList();
    }

    @Test
    void isScoredByItsInputsAndOutputs() {
        Cli cli = score("in", "out");
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(cli.out())
                .contains("Network: 11 nodes, ")
                .contains("amounts [T, 2], code [T] of indices below 7, age [1] to score [2], risk [T]");
        Dataset<Row> written = written("out");
        assertThat(written.schema().toDDL()).isEqualTo("id BIGINT,age DOUBLE,score ARRAY<FLOAT>,risk ARRAY<FLOAT>");
        assertThat(written.where("size(risk) = id + 1 AND size(score) = 2").count())
                .isEqualTo(10);

        table("other", "amounts", "code AS c", "age AS years");
        cli = score(
                "other",
                "few",
                "--column",
                "code=c,age=years",
                "--outputs",
                "score,lengths",
                "--keep",
                "id",
                "--kernel",
                "portable");
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(written("few").columns()).containsExactly("id", "score", "lengths");
        assertThat(rows(written("few").select("id", "score"))).isEqualTo(rows(written.select("id", "score")));
    }

    @Test
    void anOutputThatIsNamedTwiceIsOneColumn() {
        Cli cli = score("in", "out", "--outputs", "risk,score,risk", "--outputs", "score");
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(written("out").columns()).containsExactly("id", "age", "risk", "score");
    }

    @Test
    void badRowsAreSetAside() {
        table("bad", "amounts", "wrong", "age");
        Cli failed = score("bad", "none", "--column", "code=wrong");
        assertThat(failed.code()).as(failed.toString()).isEqualTo(3);
        assertThat(failed.err())
                .contains("3 of 10 rows (BAD_INDEX 3) cannot be scored")
                .contains("row with id = 7: step 7 of column wrong (input code) is 7; expected an index from 0 to 6");
        Cli cli = score(
                "bad",
                "good",
                "--column",
                "code=wrong",
                "--on-invalid",
                "quarantine",
                "--quarantine",
                folder.resolve("aside").toString());
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(written("good").count()).isEqualTo(7);
        assertThat(written("aside").columns())
                .containsExactly("id", "amounts", "wrong", "age", "error_code", "error_message");
        assertThat(written("aside").where("error_code = 'BAD_INDEX'").count()).isEqualTo(3);
    }

    @Test
    void whatOneRunDoesNotGiveIsRefused() {
        assertRefused(
                score("in", "x", "--outputs", "score,h"), "no output 'h'", "of its recurrent layers hidden_states");
        Cli other = score("in", "x", "--outputs", "score,h_n", "--node", "embedding");
        assertThat(other.code()).as(other.toString()).isEqualTo(4);
        assertThat(other.err()).contains("no recurrent node 'embedding' in the graph; there is 'lstm'");
        assertRefused(score("in", "x", "--outputs", "nothing"), "no output 'nothing'; it has score, risk and lengths");
        assertRefused(score("in", "x", "--outputs", "lengths"), "name an output of the network, too: score, risk");
        assertRefused(score("in", "x", "--features", "amounts"), "--features: the network has 3 inputs");
        assertRefused(score("in", "x", "--column", "codes=code"), "--column codes=...: the network has no such input");
        assertRefused(
                score("in", "x", "--standardize", "--feature-mean", "0,0", "--feature-std", "1,1"),
                "--standardize: it is for a network that takes one input of numbers at each step");
    }

    /** What the run's files say, but for the report's page. */
    private JsonNode told(String output, String end) throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve(output).resolve("_spark-rnn"))) {
            Path file = files.filter(name -> name.toString().endsWith(end))
                    .findFirst()
                    .orElseThrow();
            return new ObjectMapper().readTree(file.toFile());
        }
    }

    @Test
    void theRunTellsOfItsOutputs() throws IOException {
        Cli cli = score("in", "out");
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(cli.out()).contains("Report:  ", ".html");
        Row truth = written("out")
                .selectExpr("score[1] AS s", "explode(risk) AS r")
                .selectExpr("min(s)", "max(s)", "min(r)", "avg(r)", "max(r)", "count(r)")
                .first();
        JsonNode outputs = told("out", "Z.json").get("scores").get("outputs");
        JsonNode score = outputs.get("score");
        assertThat(score).hasSize(2);
        assertThat(score.get(1).get("count").asLong()).isEqualTo(10);
        assertThat(score.get(1).get("min").floatValue()).isEqualTo(truth.getFloat(0));
        assertThat(score.get(1).get("max").floatValue()).isEqualTo(truth.getFloat(1));
        JsonNode risk = outputs.get("risk").get(0);
        assertThat(risk.get("count").asLong()).isEqualTo(truth.getLong(5)).isEqualTo(55);
        assertThat(risk.get("min").floatValue()).isEqualTo(truth.getFloat(2));
        assertThat(risk.get("mean").asDouble()).isCloseTo(truth.getDouble(3), within(1e-9));
        assertThat(risk.get("max").floatValue()).isEqualTo(truth.getFloat(4));

        JsonNode metrics = told("out", ".metrics.json");
        assertThat(metrics.get("scores").findValuesAsText("name")).containsExactly("score 0", "score 1", "risk");
        JsonNode values = metrics.get("scores").get(1).get("values");
        assertThat(values.get("count").asLong()).isEqualTo(10);
        assertThat(values.get("max").floatValue()).isEqualTo(truth.getFloat(1));
        // Of each row one step.
        assertThat(metrics.get("scores").get(2).get("values").get("count").asLong())
                .isEqualTo(10);
        assertThat(metrics.get("features").findValuesAsText("name")).containsExactly("amounts 0", "amounts 1", "code");
        assertThat(metrics.get("header").get("network").asText()).contains("11 nodes");
        assertThat(metrics.get("units")).isEmpty();
    }

    @Test
    void badRowsAreAShareOfTheScores() throws IOException {
        table("bad", "amounts", "wrong", "age");
        Cli cli = score("bad", "nulls", "--column", "code=wrong", "--on-invalid", "null");
        assertThat(cli.code()).as(cli.toString()).isZero();
        JsonNode scores = told("nulls", "Z.json").get("scores");
        assertThat(scores.get("null_share").asDouble()).isCloseTo(0.3, within(1e-12));
        assertThat(scores.get("outputs").get("score").get(0).get("count").asLong())
                .isEqualTo(7);
    }

    private static void assertRefused(Cli cli, String... parts) {
        assertThat(cli.code()).as(cli.toString()).isEqualTo(2);
        assertThat(cli.err()).contains(parts);
    }

    @Test
    void aDryRunSaysWhatWouldBeScored() {
        Cli cli = score("in", "dry", "--dry-run");
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(cli.out()).contains("Network: 11 nodes, ").contains("score array<float>, risk array<float>");
        assertThat(folder.resolve("dry")).doesNotExist();
    }

    @Test
    void itsLayersAloneAreScoredWhereTheyAreNamedAndNothingElse() {
        table("x", "transform(amounts, (a, t) -> array(a[0], a[1], 0F, 0F, float(t))) AS features");
        Cli cli = score("x", "node", "--node", "lstm");
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(written("node").columns()).containsExactly("id", "hidden_states", "h_n");
    }

    @Test
    void statesAreGivenBesideOutputs() {
        Cli cli = score("in", "both", "--outputs", "risk,c_n,h_n,lengths,hidden_states,score", "--keep", "id");
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(cli.out()).contains("to risk [T], score [2], hidden_states, h_n, c_n");
        Dataset<Row> both = written("both");
        assertThat(both.schema().toDDL())
                .isEqualTo("id BIGINT,risk ARRAY<FLOAT>,score ARRAY<FLOAT>,hidden_states ARRAY<ARRAY<FLOAT>>,"
                        + "h_n ARRAY<ARRAY<FLOAT>>,c_n ARRAY<ARRAY<FLOAT>>,lengths INT");
        // One layer, one direction: the last step's states are h_n, which differs from c_n.
        assertThat(both.where("size(hidden_states) = lengths AND size(h_n) = 1 AND size(h_n[0]) = 4"
                                + " AND element_at(hidden_states, -1) = h_n[0] AND c_n != h_n AND size(c_n[0]) = 4")
                        .count())
                .isEqualTo(10);
        assertThat(score("in", "usual").code()).isZero();
        assertThat(rows(both.select("id", "score", "risk")))
                .isEqualTo(rows(written("usual").select("id", "score", "risk")));

        // The states alone, with what stands before the layers and no column that only the scores need.
        table("few", "amounts", "code");
        for (String kernel : new String[] {"simd", "portable"}) {
            cli = score("few", kernel, "--outputs", "h_n", "--kernel", kernel);
            assertThat(cli.code()).as(cli.toString()).isZero();
            assertThat(cli.out()).contains("Network: 4 nodes, ", "code [T] of indices below 7 to h_n");
            assertThat(written(kernel).columns()).containsExactly("id", "h_n");
            assertThat(rows(written(kernel))).isEqualTo(rows(both.select("id", "h_n")));
        }
    }

    @Test
    void aRowMayBeginWithStates() {
        assertThat(score("in", "all", "--outputs", "h_n,c_n,score", "--min-steps", "3")
                        .code())
                .isZero();
        assertThat(score("in", "begun", "--outputs", "h_n,c_n", "--limit-sequence", "2,first", "--min-steps", "3")
                        .code())
                .isZero();
        LocalSpark.session()
                .read()
                .parquet(folder.resolve("in").toString())
                .selectExpr("id", "age", "slice(amounts, 3, 99) AS amounts", "slice(code, 3, 99) AS code")
                .join(written("begun").selectExpr("id", "h_n AS h", "c_n AS c"), "id")
                .write()
                .parquet(folder.resolve("rest").toString());
        String[] states = {"--initial-state", "h", "--initial-cell-state", "c", "--keep", "id"};
        Cli cli = score("rest", "ended", with(states, "--outputs", "h_n,c_n,score"));
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(rows(written("ended").select("id", "h_n", "c_n", "score")))
                .isEqualTo(rows(written("all").select("id", "h_n", "c_n", "score")))
                .hasSize(8);
        // And beside the outputs alone.
        cli = score("rest", "scored", with(states, "--outputs", "score"));
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(rows(written("scored").select("id", "score")))
                .isEqualTo(rows(written("all").select("id", "score")));
        // Null means the network's own, zeros here.
        LocalSpark.session()
                .read()
                .parquet(folder.resolve("in").toString())
                .selectExpr("*", "CAST(NULL AS array<array<float>>) AS h", "array(array(0F, 0F, 0F, 0F)) AS c")
                .write()
                .parquet(folder.resolve("nulls").toString());
        assertThat(score("nulls", "own", with(states, "--outputs", "score")).code())
                .isZero();
        assertThat(score("in", "plain", "--outputs", "score", "--keep", "id").code())
                .isZero();
        assertThat(rows(written("own").select("id", "score"))).isEqualTo(rows(written("plain")));

        cli = score("rest", "bad", "--initial-state", "amounts", "--outputs", "score");
        assertThat(cli.code()).as(cli.toString()).isEqualTo(3);
        assertThat(cli.err()).contains("initial state", "expected");
    }

    private static String[] with(String[] some, String... more) {
        return Stream.concat(Arrays.stream(some), Arrays.stream(more)).toArray(String[]::new);
    }

    @Test
    void ofSeveralRecurrentPartsOneIsNamed() throws IOException {
        byte[] file = twoStacks(3).model(17, "test");
        model = Files.write(folder.resolve("two.onnx"), file);
        table("x", "transform(amounts, (a, t) -> array(a[0], a[1], float(t))) AS x");
        assertRefused(
                score("x", "none", "--outputs", "sum,h_n"),
                "--outputs sum,h_n: the network has 2 recurrent parts that do not follow each other; say which with"
                        + " --node: plain, cut_lstm");
        assertRefused(score("x", "none", "--outputs", "h_n"), "say which with --node: plain, cut_lstm");
        assertRefused(score("x", "none", "--outputs", "sum,c_n", "--node", "plain"), "--outputs c_n", "GRU", "no cell");
        Cli cli = score("x", "first", "--outputs", "sum,h_n", "--node", "plain");
        assertThat(cli.code()).as(cli.toString()).isZero();
        cli = score("x", "second", "--outputs", "h_n,c_n", "--node", "cut_lstm");
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(cli.out()).contains("Network: 3 nodes");
        assertThat(written("first")
                        .join(written("second").selectExpr("id", "h_n AS other"), "id")
                        .where("sum = array(h_n[0][0] + other[0][0], h_n[0][1] + other[0][1])")
                        .count())
                .isEqualTo(10);
        // Nothing but turning stands before the first: its layers are run by themselves, with all that such a run has.
        cli = score("x", "alone", "--outputs", "h_n", "--node", "plain", "--features", "x");
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(cli.out()).contains("Network: nn.GRU");
        assertThat(rows(written("alone").select("id", "h_n")))
                .isEqualTo(rows(written("first").select("id", "h_n")));
    }

    @Test
    void aLearnedStateIsRepeatedForTheBatch() throws IOException {
        byte[] learned = weights("h0", 1, 1, 2);
        byte[] file = OnnxWriter.message()
                .node("Shape", "sizes", "x", "s")
                .node("Slice", "batch", "s zero one zero", "b")
                .node("Concat", "target", "one b two", "d", OnnxWriter.attribute("axis", 0L))
                .node("Expand", "repeat", "h0 d", "h0b")
                .node("Transpose", "turn", "x", "t", OnnxWriter.attribute("perm", 1L, 0L, 2L))
                .node("GRU", "gru", "t W R - - h0b", "- h", OnnxWriter.attribute("hidden_size", 2L))
                .node("Squeeze", "last", "h zero", "l")
                .node("MatMul", "scores", "l V", "score")
                .initializer(OnnxWriter.longs("zero", 0))
                .initializer(OnnxWriter.longs("one", 1))
                .initializer(OnnxWriter.longs("two", 2))
                .initializer(learned)
                .initializer(weights("W", 1, 6, 2))
                .initializer(weights("R", 1, 6, 2))
                .initializer(weights("V", 2, 1))
                .input("x", OnnxWriter.FLOAT, -1, -1, 2)
                .output("score", OnnxWriter.FLOAT, -1, 1)
                .model(17, "test");
        model = Files.write(folder.resolve("learned.onnx"), file);
        table("x", "amounts AS x", "array(array(0F, 0F)) AS zeros");
        Cli cli = score("x", "learned", "--outputs", "score,h_n");
        assertThat(cli.code()).as(cli.toString()).isZero();
        cli = score("x", "zeros", "--outputs", "score,h_n", "--initial-state", "zeros");
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(written("learned")
                        .join(written("zeros").selectExpr("id", "h_n AS other", "score AS otherScore"), "id")
                        .where("h_n != other AND score != otherScore")
                        .count())
                .isEqualTo(10);
        // What the states alone begin with is the same.
        cli = score("x", "alone", "--outputs", "h_n", "--features", "x");
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(rows(written("alone").select("id", "h_n")))
                .isEqualTo(rows(written("learned").select("id", "h_n")));
    }

    @Test
    void inspectTellsInputsNodesAndOutputs() {
        Cli cli = Cli.run("inspect", "--model", model.toString());
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(cli.out())
                .contains("whole network: 11 nodes, ")
                .contains("  code [T] of indices below 7: array<integer>")
                .contains("  age [1]: number")
                .containsPattern("'embedding': \\[1, T, 3]")
                .containsPattern("'risks': \\[1, T, 1]")
                .contains("  score [2]: array<number>")
                .contains("  risk [T]: array<number>");
    }
}
