package io.sparkrnn.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkrnn.Golden;
import io.sparkrnn.format.ModelFile;
import io.sparkrnn.format.network.ModelOptions;
import io.sparkrnn.format.onnx.ClientsNetwork;
import io.sparkrnn.spark.LocalSpark;
import io.sparkrnn.spark.SequenceScorer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Networks as functions of SQL give what a scored table has. */
class ModelCatalogTest {
    private static final Path MODEL = Golden.named("seed_torch_rnn").file("model.pt");

    private final SparkSession spark = LocalSpark.session().newSession();

    @TempDir
    Path folder;

    @BeforeEach
    void makeTable() {
        spark.conf().set("spark.sql.catalog.rnn", ModelCatalog.class.getName());
        say("weather.model", MODEL.toString());
        say("last.model", MODEL.toString());
        say("last.outputs", "h_n");
        spark.sql(
                        "SELECT id, transform(sequence(0, id % 7), t -> array(float(sin(t)), float(id), 1F, float(t * id % 5),"
                                + " 0.5F)) AS features FROM range(0, 50, 1, 3)")
                .createOrReplaceTempView("sequences");
    }

    private void say(String option, String value) {
        spark.conf().set("spark.sql.catalog.rnn." + option, value);
    }

    private List<String> rows(String query) {
        return rows(spark.sql(query));
    }

    private static List<String> rows(Dataset<Row> table) {
        return table.collectAsList().stream().map(Row::toString).sorted().toList();
    }

    private void assertFails(String query, String... words) {
        assertThatThrownBy(() -> rows(query))
                .satisfies(e -> assertThat(messages(e)).contains(words));
    }

    private static String messages(Throwable thrown) {
        StringBuilder all = new StringBuilder();
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            all.append(cause.getMessage()).append('\n');
        }
        return all.toString();
    }

    private List<String> scored() {
        return rows(SequenceScorer.builder(ModelFile.open(MODEL, "model.pt")
                        .network(ModelOptions.none())
                        .model())
                .build()
                .transform(spark.table("sequences"))
                .select("id", "hidden_states", "h_n"));
    }

    @Test
    void givesTheBitsOfAScoredTable() {
        List<String> expected = scored();
        assertThat(rows("SELECT id, rnn.weather(features).hidden_states, rnn.weather(features).h_n FROM sequences"))
                .isEqualTo(expected);
        assertThat(rows("SELECT id, w.* FROM (SELECT id, rnn.WEATHER(features) AS w FROM sequences)"))
                .isEqualTo(expected);
        assertThat(rows("SELECT id, rnn.`" + MODEL
                        + "`(features).hidden_states, rnn.last(features).h_n FROM sequences"))
                .as("by its path, and of final states alone")
                .isEqualTo(expected);
        spark.conf().set("spark.sql.codegen.wholeStage", "false");
        spark.conf().set("spark.sql.codegen.factoryMode", "NO_CODEGEN");
        assertThat(rows("SELECT id, rnn.weather(features).hidden_states, rnn.weather(features).h_n FROM sequences"))
                .as("interpreted")
                .isEqualTo(expected);
    }

    @Test
    void goesBetweenTablesOfTheProjectsOwnFormat() {
        String input = folder.resolve("sequences").toString();
        spark.table("sequences")
                .withColumn("features", functions.col("features").cast("array<array<float>>"))
                .write()
                .parquet(input);
        spark.sql("CREATE TABLE default.rnn_scored USING `sequence-parquet` AS"
                + " SELECT id, rnn.weather(features) AS r FROM `sequence-parquet`.`" + input + "`");
        try {
            assertThat(rows("SELECT id, r.hidden_states, r.h_n FROM default.rnn_scored"))
                    .isEqualTo(scored());
        } finally {
            spark.sql("DROP TABLE default.rnn_scored");
        }
    }

    @Test
    void whatItGaveIsNotOverwrittenByTheNextRow() {
        assertThat(rows("SELECT aggregate(transform(collect_list(features), x -> rnn.last(x).h_n[0][0]), double(0),"
                        + " (a, b) -> a + b) = sum(rnn.last(features).h_n[0][0]) FROM sequences WHERE id = 3"))
                .containsExactly("[true]");
        assertThat(rows(
                        "SELECT count(DISTINCT r) FROM (SELECT explode(transform(array(features, slice(features, 1, 1)),"
                                + " x -> rnn.weather(x))) AS r FROM sequences WHERE id = 6)"))
                .containsExactly("[2]");
        assertThat(rows("SELECT size(collect_list(rnn.last(features)) FILTER (WHERE id % 2 = 0)),"
                        + " count(DISTINCT rnn.last(features).h_n) FROM sequences"))
                .containsExactly("[25,50]");
    }

    @Test
    void nullsGiveNullAndBadRowsFailOrAreTried() {
        assertThat(rows("SELECT rnn.last(CAST(null AS array<array<float>>))")).containsExactly("[null]");
        String bad = "(SELECT id, IF(id = 3, array(array(1F, 2F)), features) AS features FROM sequences)";
        assertFails("SELECT rnn.last(features).h_n FROM " + bad, "rnn.last: step 0 has 2 numbers; expected 5");
        assertThat(rows("SELECT count(*), count(rnn.try_last(features)), count(rnn.try_last(features).h_n) FROM "
                        + bad))
                .containsExactly("[50,49,49]");
        assertFails("SELECT rnn.last(array(array(1F, null, 3F, 4F, 5F)))", "step 0, feature 1 is null");
        assertFails("SELECT rnn.last(CAST(array() AS array<array<float>>))", "it has no step");
    }

    @Test
    void mistakesAreToldBeforeTheQueryRuns() {
        assertFails("SELECT rnn.last(id) FROM sequences", "column features is bigint; expected array<array<number>>");
        assertFails("SELECT rnn.last(features, id) FROM sequences", "2 arguments, and the network takes 1: features");
        assertFails("SELECT rnn.`/none/model.pt`(features) FROM sequences", "there is no file", "/none/model.pt");
        assertThatThrownBy(() -> rows("SELECT rnn.nope(features) FROM sequences"))
                .isInstanceOf(org.apache.spark.sql.AnalysisException.class)
                .hasMessageContaining("nope");
    }

    @Test
    void optionsAreThoseOfScore() throws IOException {
        say("wide.model", MODEL.toString());
        say("wide.precision", "float64");
        say("wide.outputs", "h_n,lengths");
        say("wrong.modle", MODEL.toString());
        say("unsure.model", MODEL.toString());
        say("unsure.standardize", "yes");
        assertThat(spark.sql("SELECT rnn.wide(features) AS w FROM sequences")
                        .schema()
                        .toDDL())
                .contains("h_n: ARRAY<ARRAY<DOUBLE>>", "lengths: INT");
        assertFails(
                "SELECT rnn.wrong(features) FROM sequences", "spark.sql.catalog.rnn.wrong: Unknown option: '--modle=");
        assertFails(
                "SELECT rnn.unsure(features) FROM sequences",
                "spark.sql.catalog.rnn.unsure.standardize=yes: expected true");
    }

    @Test
    void aWholeNetworkTakesItsInputsInTheirOrder() throws IOException {
        Path model = Files.write(folder.resolve("net.onnx"), ClientsNetwork.file());
        say("net.model", model.toString());
        spark.sql("SELECT id, transform(sequence(0, id), t -> float(sin(t))) AS amounts,"
                        + " transform(sequence(0, id), t -> t * id % 3) AS code, double(id) / 10 AS age FROM range(10)")
                .createOrReplaceTempView("inputs");
        List<String> expected = rows(SequenceScorer.builder(
                        ModelFile.open(model, "net.onnx").whole().orElseThrow().graph())
                .build()
                .transform(spark.table("inputs"))
                .select("id", "score"));
        assertThat(rows("SELECT id, rnn.net(amounts, code, age).score FROM inputs"))
                .isEqualTo(expected);
        assertFails(
                "SELECT rnn.net(amounts, code) FROM inputs",
                "2 arguments, and the network takes 3: amounts, code, age");
        assertFails(
                "SELECT rnn.net(amounts, transform(code, c -> c + 1), age) FROM inputs",
                "rnn.net: step",
                "is 3; expected an index from 0 to 2");
        assertFails("SELECT rnn.net(amounts, code, array(array(age))) FROM inputs", "once for a row");
    }

    @Test
    void aModelThatChangesIsReadAgain() throws IOException {
        Path model = folder.resolve("changing.pt");
        Files.copy(MODEL, model);
        say("changing.model", model.toString());
        String query = "SELECT id, rnn.changing(features).h_n FROM sequences";
        List<String> first = rows(query);
        assertThat(rows(query)).isEqualTo(first);
        Files.write(model, ClientsNetwork.file());
        Files.setLastModifiedTime(model, FileTime.fromMillis(System.currentTimeMillis() + 60_000));
        assertFails(query, "1 argument, and the network takes 3");
        Files.copy(MODEL, model, StandardCopyOption.REPLACE_EXISTING);
        Files.setLastModifiedTime(model, FileTime.fromMillis(System.currentTimeMillis() + 120_000));
        assertThat(rows(query)).isEqualTo(first);
    }

    @Test
    void aStreamingQueryHasTheSameFunctions() throws Exception {
        spark.table("sequences").write().parquet(folder.resolve("in").toString());
        StreamingQuery query = spark.readStream()
                .schema(spark.table("sequences").schema())
                .parquet(folder.resolve("in").toString())
                .selectExpr("id", "rnn.weather(features).hidden_states", "rnn.weather(features).h_n")
                .writeStream()
                .format("memory")
                .queryName("streamed")
                .start();
        query.processAllAvailable();
        query.stop();
        assertThat(rows(spark.table("streamed"))).isEqualTo(scored());
    }
}
