package io.sparkrnn.ml;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkrnn.Golden;
import io.sparkrnn.format.ModelFile;
import io.sparkrnn.format.network.ModelOptions;
import io.sparkrnn.format.network.VocabularyFile;
import io.sparkrnn.format.onnx.ClientsNetwork;
import io.sparkrnn.model.Precision;
import io.sparkrnn.spark.LocalSpark;
import io.sparkrnn.spark.ScorerBuilder;
import io.sparkrnn.spark.SequenceScorer;
import io.sparkrnn.spark.invalid.InputException;
import io.sparkrnn.spark.invalid.OnInvalid;
import io.sparkrnn.spark.result.Output;
import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.apache.spark.ml.feature.VectorAssembler;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.MetadataBuilder;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A stage of a pipeline gives what a scorer gives, and refuses what a scorer refuses. */
class SequenceTransformerTest {
    private static final Path MODEL = Golden.named("seed_torch_rnn").file("model.pt");

    private final SparkSession spark = LocalSpark.session();

    @TempDir
    Path folder;

    private Dataset<Row> sequences() {
        return spark.sql("SELECT id, transform(sequence(0, id % 7), t -> array(float(sin(t)), float(id), 1F,"
                + " float(t * id % 5), 0.5F)) AS features, 'x' AS tag FROM range(0, 50, 1, 3)");
    }

    private static SequenceTransformer transformer() {
        return new SequenceTransformer().setModelPath(MODEL.toString());
    }

    private static ScorerBuilder scorer() {
        return SequenceScorer.builder(
                ModelFile.open(MODEL, "model.pt").network(ModelOptions.none()).model());
    }

    private static List<String> rows(Dataset<Row> table) {
        return table.collectAsList().stream().map(Row::toString).sorted().toList();
    }

    private static void assertSame(Dataset<Row> found, Dataset<Row> expected) {
        assertThat(found.schema()).isEqualTo(expected.schema());
        assertThat(rows(found)).isNotEmpty().isEqualTo(rows(expected));
    }

    @Test
    void givesWhatAScorerGives() {
        Dataset<Row> table = sequences();
        assertSame(transformer().transform(table), scorer().id("id").build().transform(table));
        assertSame(
                transformer()
                        .setOutputs("h_n", "lengths")
                        .setPrecision("float64")
                        .setKeepCols("id")
                        .setLastSteps(3)
                        .setMinSteps(2)
                        .transform(table),
                scorer().outputs(EnumSet.of(Output.H_N, Output.LENGTHS))
                        .precision(Precision.FLOAT64)
                        .keep("id")
                        .lastSteps(3)
                        .minSteps(2)
                        .id("id")
                        .build()
                        .transform(table));
        assertSame(
                transformer()
                        .setFeaturesCols("f")
                        .setIdCol("tag")
                        .setFirstSteps(2)
                        .setKeepCols()
                        .transform(table.withColumnRenamed("features", "f")),
                scorer().features("features").firstSteps(2).keep().build().transform(table));
    }

    @Test
    void theSchemaIsKnownWithoutAJob() {
        StructType schema = sequences().schema();
        StructField noted = new StructField(
                "noted",
                DataTypes.LongType,
                false,
                new MetadataBuilder().putString("comment", "kept").build());
        Dataset<Row> table =
                spark.createDataFrame(sequences().selectExpr("*", "id").toJavaRDD(), schema.add(noted));
        String group = UUID.randomUUID().toString();
        for (SequenceTransformer each : List.of(
                transformer(),
                transformer().setOutputs("h_n").setPrecision("float64"),
                transformer().setHandleInvalid("keep").setKeepCols("noted"))) {
            spark.sparkContext().setJobGroup(group, "schema", false);
            StructType found = each.transformSchema(table.schema());
            spark.sparkContext().clearJobGroup();
            assertThat(found).isEqualTo(each.transform(table).schema());
            assertThat(found.apply("noted").metadata().getString("comment")).isEqualTo("kept");
        }
        assertThat(spark.sparkContext().statusTracker().getJobIdsForGroup(group))
                .isEmpty();
    }

    @Test
    void takesTheVectorsOfOtherStages() {
        Dataset<Row> numbers = spark.sql("SELECT id, sin(id) AS a, double(id) AS b, 1D AS c, id % 5 AS d, 0.5D AS e"
                + " FROM range(0, 50, 1, 3)");
        Dataset<Row> vectors = new VectorAssembler()
                .setInputCols(new String[] {"a", "b", "c", "d", "e"})
                .setOutputCol("features")
                .transform(numbers);
        Dataset<Row> arrays =
                numbers.selectExpr("id", "a", "b", "c", "d", "e", "array(array(a, b, c, d, e)) AS features");
        assertSame(transformer().transform(vectors), transformer().transform(arrays));
        assertThat(transformer().transformSchema(vectors.schema()))
                .isEqualTo(transformer().transform(vectors).schema());
    }

    @Test
    void aWholeNetworkTakesColumnsByItsInputs() throws IOException {
        Path model = Files.write(folder.resolve("clients.onnx"), ClientsNetwork.file());
        Path codes = Files.writeString(folder.resolve("codes.txt"), "a\nb\nc\n");
        Dataset<Row> table = spark.sql("SELECT id, transform(sequence(0, id), t -> float(sin(t))) AS amount,"
                + " transform(sequence(0, id), t -> substr('abcd', 1 + t * id % 4, 1)) AS kind, double(id) / 10 AS age"
                + " FROM range(10)");
        SequenceTransformer transformer = new SequenceTransformer()
                .setModelPath(model.toString())
                .setInputCols(Map.of("amounts", "amount", "code", "kind"))
                .setVocabularyPaths(Map.of("code", codes.toString()))
                .setUnknownTokens(Map.of("code", "c"));
        assertSame(
                transformer.transform(table),
                SequenceScorer.builder(ModelFile.open(model, "clients.onnx")
                                .whole()
                                .orElseThrow()
                                .graph())
                        .column("amounts", "amount")
                        .column("code", "kind")
                        .vocabulary(
                                "code", VocabularyFile.read(codes, "codes.txt").withUnknown(2))
                        .id("id")
                        .build()
                        .transform(table));
        assertThatThrownBy(() -> transformer
                        .copy(ParamMap.empty())
                        .setVocabularyPaths(Map.of())
                        .setUnknownTokens(Map.of())
                        .transformSchema(table.schema()))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("kind")
                .hasMessageContaining("vocabularyPaths code=FILE");
        assertThatThrownBy(() -> transformer
                        .copy(ParamMap.empty())
                        .setInputCols(Map.of("amount", "amounts"))
                        .transformSchema(table.schema()))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("inputCols amount=...: the network has no such input");
    }

    @Test
    void rowsThatCannotBeScored() {
        Dataset<Row> bad = sequences().selectExpr("id", "IF(id % 10 = 3, NULL, features) AS features");
        Dataset<Row> kept = transformer().setHandleInvalid("keep").transform(bad);
        assertSame(kept, scorer().id("id").onInvalid(OnInvalid.nulls()).build().transform(bad));
        assertThat(kept.where("error_code = 'NULL_SEQUENCE' AND h_n IS NULL").count())
                .isEqualTo(5);
        assertThatThrownBy(() -> rows(transformer().transform(bad)))
                .hasStackTraceContaining("row with id = ")
                .hasStackTraceContaining("3: its features are null");
    }

    @Test
    void wrongColumnsAreRefusedBeforeAJobAndByTransformToo() {
        StructType schema = sequences().schema();
        SequenceTransformer other = transformer().setFeaturesCols("nope");
        assertThatThrownBy(() -> other.transformSchema(schema))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("nope")
                .hasMessageContaining("features");
        assertThatThrownBy(() -> other.transform(sequences())).isInstanceOf(InputException.class);
        assertThatThrownBy(() -> transformer().setFeaturesCols("tag").transformSchema(schema))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("column tag is string; expected array<array<number>>");
        assertThatThrownBy(() -> transformer().setIdCol("nope").transformSchema(schema))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("nope");
        assertThatThrownBy(() -> transformer().transformSchema(schema.add("h_n", "int")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("h_n");
    }

    @Test
    void valuesThatParamsCannotHaveAreRefusedAsTheyAreSet() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> transformer().setPrecision("float16"))
                .withMessage("precision: expected one of auto, float32, float64 but was 'float16'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> transformer().setHandleInvalid("skip"))
                .withMessage("handleInvalid: expected one of error, keep but was 'skip'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> transformer().setMinSteps(0))
                .withMessage("minSteps: expected 1 or more but was 0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> transformer().setKeepCols("a,b"))
                .withMessageContaining("keepCols: 'a,b' has a comma");
        SequenceTransformer any = transformer();
        assertThatIllegalArgumentException()
                .isThrownBy(() -> any.set(any.inputCols(), new String[] {"amounts"}))
                .withMessageContaining("inputCols: 'amounts' says nothing of a name; expected name=value");
    }

    @Test
    void whatTheNetworkHasNotIsRefusedByTheNamesOfParams() {
        StructType schema = sequences().schema();
        SequenceTransformer noModel = new SequenceTransformer("none");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> noModel.transformSchema(schema))
                .withMessage("none: modelPath: name the file of the trained network");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> transformer().setModelPath("/none/model.pt").transformSchema(schema))
                .withMessageContaining("modelPath: there is no file")
                .withMessageContaining("/none/model.pt");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> transformer().setOutputs("score").transformSchema(schema))
                .withMessageContaining("outputs score: there is no head to score with; name it with head");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> transformer().setOutputs("nope").transformSchema(schema))
                .withMessageContaining(
                        "outputs: expected one of [hidden_states, h_n, c_n, score, lengths] but was 'nope'");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> transformer().setHeadLayers("conv").transformSchema(schema))
                .withMessageContaining("headLayers")
                .withMessageContaining("conv");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> transformer().setFirstSteps(1).setLastSteps(1).transformSchema(schema))
                .withMessageContaining("firstSteps, lastSteps");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> transformer().setFeatureMean(1, 2).transformSchema(schema))
                .withMessageContaining("featureMean, featureStd: they do nothing without standardize=true");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> transformer().setInitialCellStateCol("c").transformSchema(schema))
                .withMessageContaining("initialCellStateCol: a network of");
    }

    @Test
    void whereASidecarHasScalesItIsSaidWhetherTheyAreApplied() {
        Path project = Path.of(System.getProperty("user.dir"));
        Dataset<Row> table =
                spark.read().parquet(project.resolve("data/weather.parquet").toString());
        SequenceTransformer weather = new SequenceTransformer()
                .setModelPath(project.resolve("data/weather_rnn.pt").toString());
        assertThatIllegalArgumentException()
                .isThrownBy(() -> weather.transform(table))
                .withMessageContaining("weather_rnn.pt.json has the mean or std of the features; say standardize=true")
                .withMessageContaining("standardize=false if");
        List<String> asTheyAre =
                rows(weather.setStandardize(false).transform(table).select("id", "score"));
        assertThat(asTheyAre).hasSize(1461);
        assertThat(rows(weather.setStandardize(true).transform(table).select("id", "score")))
                .hasSize(1461)
                .isNotEqualTo(asTheyAre);
    }

    @Test
    void eachParamHasItsSetterAndEachWordIsTaken() throws Exception {
        SequenceTransformer transformer = transformer();
        Param<?>[] params = transformer.params();
        assertThat(params).hasSizeGreaterThan(30);
        for (Param<?> param : params) {
            String setter = "set" + Character.toUpperCase(param.name().charAt(0))
                    + param.name().substring(1);
            Method method = Arrays.stream(SequenceTransformer.class.getMethods())
                    .filter(each -> each.getName().equals(setter))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError(setter));
            assertThat(method.getReturnType()).isEqualTo(SequenceTransformer.class);
            assertThat(transformer.explainParams()).contains(param.name() + ": " + param.doc());
        }
        StructType schema = sequences().schema();
        for (String word : List.of("auto", "float32", "float64")) {
            assertThat(transformer().setPrecision(word).transformSchema(schema).fieldNames())
                    .contains("h_n");
        }
        for (String word : List.of("auto", "simd", "portable", "reference")) {
            assertThat(transformer().setKernel(word).transformSchema(schema).fieldNames())
                    .contains("h_n");
        }
        for (String word : List.of("tanh", "relu")) {
            assertThat(transformer()
                            .setNonlinearity(word)
                            .transformSchema(schema)
                            .fieldNames())
                    .contains("h_n");
        }
        Path weather = Path.of(System.getProperty("user.dir"), "data/weather_rnn.pt");
        for (String on : List.of("h_n", "hidden_states")) {
            for (String activation : List.of("none", "sigmoid", "softmax")) {
                assertThat(new SequenceTransformer()
                                .setModelPath(weather.toString())
                                .setStandardize(false)
                                .setHead("head")
                                .setHeadOn(on)
                                .setHeadActivation(activation)
                                .transformSchema(schema)
                                .fieldNames())
                        .contains("score");
            }
        }
    }

    @Test
    void whatIsSetLaterOrForOneTableIsReadAnew() {
        Dataset<Row> table = sequences();
        SequenceTransformer transformer = transformer();
        LoadedNetwork first = transformer.network();
        assertThat(transformer.network()).isSameAs(first);
        assertThat(transformer.copy(ParamMap.empty()).network()).isSameAs(first);
        ParamMap wide = new ParamMap().put(transformer.precision(), "float64");
        assertThat(transformer
                        .transform(table, wide)
                        .schema()
                        .apply("h_n")
                        .dataType()
                        .simpleString())
                .isEqualTo("array<array<double>>");
        assertThat(transformer.transform(table).schema().apply("h_n").dataType().simpleString())
                .isEqualTo("array<array<float>>");
        transformer.setOutputs("h_n");
        assertThat(transformer.network()).isNotSameAs(first);
        assertThat(transformer.transform(table).columns()).containsExactly("id", "tag", "h_n");
    }

    @Test
    void aStreamIsTransformedAsATableIs() throws Exception {
        String arriving = folder.resolve("in").toString();
        sequences().write().parquet(arriving);
        Dataset<Row> stream = spark.readStream().schema(sequences().schema()).parquet(arriving);
        Dataset<Row> transformed = transformer().setHandleInvalid("keep").transform(stream);
        assertThat(transformed.isStreaming()).isTrue();
        StreamingQuery query = transformed
                .writeStream()
                .format("memory")
                .queryName("transformed")
                .start();
        query.processAllAvailable();
        query.stop();
        assertThat(rows(spark.table("transformed")))
                .hasSize(50)
                .isEqualTo(rows(transformer().setHandleInvalid("keep").transform(sequences())));
    }
}
