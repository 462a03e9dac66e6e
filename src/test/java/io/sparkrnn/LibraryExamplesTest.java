package io.sparkrnn;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.format.ModelFile;
import io.sparkrnn.format.network.ModelOptions;
import io.sparkrnn.format.network.Network;
import io.sparkrnn.format.network.WholeNetwork;
import io.sparkrnn.format.onnx.ClientsNetwork;
import io.sparkrnn.ml.SequenceTransformer;
import io.sparkrnn.spark.LocalSpark;
import io.sparkrnn.spark.ScoreMetrics;
import io.sparkrnn.spark.SequenceScorer;
import io.sparkrnn.spark.invalid.OnInvalid;
import io.sparkrnn.spark.result.Output;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.ml.feature.SQLTransformer;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.Trigger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What docs/library.md shows is compiled and run here, line for line. */
class LibraryExamplesTest {
    private static final Path PROJECT = Path.of(System.getProperty("user.dir"));

    private final SparkSession spark = LocalSpark.session();

    @TempDir
    Path folder;

    private Dataset<Row> sample() {
        return spark.read().parquet(PROJECT.resolve("data/weather.parquet").toString());
    }

    private static SequenceScorer weather() {
        Path file = PROJECT.resolve("data/weather_rnn.pt");

        Network network = ModelFile.open(file, "weather_rnn.pt").network(ModelOptions.none());
        SequenceScorer scorer = SequenceScorer.builder(network.model())
                .head(Objects.requireNonNull(network.head()).head())
                .outputs(EnumSet.of(Output.H_N, Output.SCORE))
                .id("id")
                .build();
        return scorer;
    }

    @Test
    void aTable() {
        SequenceScorer scorer = weather();
        Dataset<Row> table = sample();
        String output = folder.resolve("scored").toString();

        ScoreMetrics metrics = new ScoreMetrics(spark.sparkContext());
        Dataset<Row> scored = scorer.transform(table, metrics);
        scored.write().parquet(output);
        System.Logger log = System.getLogger("scoring");
        log.log(System.Logger.Level.INFO, metrics.sequences() + " sequences, checksum " + metrics.checksum());

        assertThat(scored.columns()).containsExactly("id", "date", "h_n", "score");
        assertThat(metrics.sequences()).isEqualTo(1461);
        assertThat(spark.read().parquet(output).count()).isEqualTo(1461);
    }

    @Test
    void aWholeNetwork() throws IOException {
        Path file = Files.write(folder.resolve("clients.onnx"), ClientsNetwork.file());
        Dataset<Row> table = spark.sql("SELECT id AS client, transform(sequence(0, id), t -> float(sin(t))) AS amount,"
                + " transform(sequence(0, id), t -> t * id % 3) AS code, double(id) / 10 AS age FROM range(10)");

        WholeNetwork network = ModelFile.open(file, "clients.onnx").whole().orElseThrow();
        Dataset<Row> scored = SequenceScorer.builder(network.graph())
                .column("amounts", "amount")
                .id("client")
                .build()
                .transform(table);

        assertThat(scored.columns()).contains("client", "score");
        assertThat(scored.where("size(score) = 3").count()).isEqualTo(10);
    }

    @Test
    void badRows() {
        Path file = PROJECT.resolve("data/weather_rnn.pt");
        Network network = ModelFile.open(file, "weather_rnn.pt").network(ModelOptions.none());
        Dataset<Row> table = sample().selectExpr("id", "IF(id LIKE '%-01-01', NULL, features) AS features");
        String output = folder.resolve("good").toString();
        String shared = folder.resolve("set-aside").toString();

        SequenceScorer careful = SequenceScorer.builder(network.model())
                .id("id")
                .onInvalid(OnInvalid.setAside(shared))
                .build();
        ScoreMetrics metrics = new ScoreMetrics(spark.sparkContext());
        careful.transform(table, metrics).write().parquet(output);
        Dataset<Row> bad = careful.setAside(table, metrics);
        bad.select("id", "error_code", "error_message").show(false);

        assertThat(bad.count()).isEqualTo(4);
        assertThat(spark.read().parquet(output).count()).isEqualTo(1457);
    }

    @Test
    void aStream() throws Exception {
        SequenceScorer scorer = weather();
        Dataset<Row> table = sample();
        String arriving = folder.resolve("arriving").toString();
        String output = folder.resolve("stream").toString();
        String checkpoint = folder.resolve("checkpoint").toString();
        table.repartition(3).write().parquet(arriving);

        Dataset<Row> stream = spark.readStream().schema(table.schema()).parquet(arriving);
        StreamingQuery query = scorer.transform(stream)
                .writeStream()
                .format("parquet")
                .option("checkpointLocation", checkpoint)
                .trigger(Trigger.AvailableNow())
                .start(output);
        query.awaitTermination();

        Dataset<Row> streamed = spark.read().parquet(output);
        Dataset<Row> batch = scorer.transform(table);
        assertThat(streamed.count()).isEqualTo(1461);
        assertThat(streamed.exceptAll(batch).isEmpty()).isTrue();
    }

    @Test
    void aPipeline() throws IOException {
        Dataset<Row> table = sample();
        String file = PROJECT.resolve("data/weather_rnn.pt").toString();
        String saved = folder.resolve("pipeline").toString();

        SequenceTransformer network = new SequenceTransformer()
                .setModelPath(file)
                .setStandardize(false)
                .setOutputs("score")
                .setIdCol("id");
        Pipeline pipeline = new Pipeline().setStages(new PipelineStage[] {
            new SQLTransformer().setStatement("SELECT id, features FROM __THIS__ WHERE id >= 'seattle-2015'"),
            network,
            new SQLTransformer().setStatement("SELECT id, score[0] AS tomorrow FROM __THIS__")
        });
        PipelineModel model = pipeline.fit(table);
        model.write().overwrite().save(saved);
        Dataset<Row> forecast = PipelineModel.load(saved).transform(table);

        List<Row> expected = weather()
                .transform(table.where("id >= 'seattle-2015'"))
                .selectExpr("id", "score[0]")
                .collectAsList();
        assertThat(expected).hasSize(365);
        assertThat(forecast.collectAsList()).containsExactlyInAnyOrderElementsOf(expected);
    }

    @Test
    void arePrintedAsTheyAreRun() throws IOException {
        String page = Files.readString(PROJECT.resolve("docs/library.md"));
        String test = plain(Files.readString(PROJECT.resolve("src/test/java/io/sparkrnn/LibraryExamplesTest.java")));
        int examples = 0;
        for (MatchResult block :
                Pattern.compile("(?s)```java\n(.*?)```").matcher(page).results().toList()) {
            assertThat(test).contains(plain(block.group(1)));
            examples++;
        }
        assertThat(examples).isEqualTo(6);
    }

    /** Without the blanks that only the place of a line makes. */
    private static String plain(String code) {
        return code.lines().map(String::strip).reduce("", (all, line) -> all + "\n" + line) + "\n";
    }
}
