package io.sparkrnn.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkrnn.RandomNetwork;
import io.sparkrnn.engine.Engine;
import io.sparkrnn.engine.EngineFactory;
import io.sparkrnn.engine.KernelChoice;
import io.sparkrnn.forward.ForwardPass;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.spark.invalid.InputException;
import io.sparkrnn.spark.invalid.OnInvalid;
import io.sparkrnn.spark.result.Output;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.MetadataBuilder;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SequenceScorerTest {
    private static final RnnModel MODEL = new RandomNetwork(Cell.RNN_TANH, 2, 3, 2, 2, true).model(new Random(1));

    /** 100 sequences of 1 to 100 steps; the numbers are exact in every type that features can have. */
    private static final String SEQUENCES =
            "SELECT id, transform(sequence(0, id), t -> array(float(t % 7), float(id % 5 - 2))) AS features"
                    + " FROM range(0, 100, 1, 3)";

    private final SparkSession spark = LocalSpark.session();

    @TempDir
    Path folder;

    private static String text(Row row) {
        return row.toString();
    }

    private static Map<Long, String> byId(Dataset<Row> scored) {
        Map<Long, String> rows = new HashMap<>();
        for (Row row : scored.select("id", "hidden_states", "h_n").collectAsList()) {
            assertThat(rows.put(row.getLong(0), text(row))).isNull();
        }
        assertThat(rows).hasSize(100);
        return rows;
    }

    private Map<Long, String> expected() {
        return byId(SequenceScorer.builder(MODEL).build().transform(spark.sql(SEQUENCES)));
    }

    @Test
    void givesWhatTheEngineGives() {
        List<Row> rows = SequenceScorer.builder(MODEL)
                .outputs(EnumSet.complementOf(EnumSet.of(Output.C_N, Output.SCORE)))
                .build()
                .transform(spark.sql(SEQUENCES))
                .collectAsList();
        assertThat(rows).hasSize(100);
        Engine engine =
                EngineFactory.of(MODEL, Precision.FLOAT32, KernelChoice.AUTO).engine(ForwardPass.Wanted.HIDDEN_STATES);
        for (Row row : rows) {
            long id = row.getLong(row.fieldIndex("id"));
            int steps = (int) id + 1;
            engine.clear();
            engine.add(features(id), steps, null, null);
            engine.run();
            assertThat(row.getInt(row.fieldIndex("lengths"))).isEqualTo(steps);
            assertThat(Rows.floats(row, "hidden_states")).isEqualTo(Rows.hiddenStates(engine, 0, MODEL));
            assertThat(Rows.floats(row, "h_n")).isEqualTo(Rows.finalStates(engine, 0, MODEL));
        }
    }

    /** Those of a sequence of {@link #SEQUENCES}. */
    private static ByteBuffer features(long id) {
        int steps = (int) id + 1;
        ByteBuffer x = ByteBuffer.allocate(steps * 2 * 4).order(ByteOrder.LITTLE_ENDIAN);
        for (int t = 0; t < steps; t++) {
            x.putFloat(t % 7).putFloat((int) id % 5 - 2);
        }
        return x.flip();
    }

    @Test
    void keepsTheOrderOfPartitionsAndAllColumnsButTheFeatures() {
        Dataset<Row> scored = SequenceScorer.builder(MODEL).build().transform(spark.sql(SEQUENCES));
        assertThat(scored.columns()).containsExactly("id", "hidden_states", "h_n");
        List<Long> ids =
                scored.collectAsList().stream().map(row -> row.getLong(0)).toList();
        assertThat(ids).isSorted().hasSize(100);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 17, 1000, 1_000_000})
    void givesTheSameBitsForEveryBudget(int batchSteps) {
        Dataset<Row> shuffled = spark.sql(SEQUENCES).repartition(2).orderBy(org.apache.spark.sql.functions.rand(7));
        assertThat(byId(SequenceScorer.builder(MODEL)
                        .batchSteps(batchSteps)
                        .build()
                        .transform(shuffled)))
                .isEqualTo(expected());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"float", "double", "decimal(10,3)", "decimal(30,3)", "tinyint", "smallint", "int", "bigint"})
    void readsEveryNumberTypeNestedAndFlatAndByColumn(String type) {
        Dataset<Row> typed = spark.sql(
                "SELECT id, CAST(features AS array<array<" + type + ">>) AS features FROM (" + SEQUENCES + ")");
        assertThat(byId(SequenceScorer.builder(MODEL).build().transform(typed))).isEqualTo(expected());

        Dataset<Row> flat = typed.selectExpr("id", "flatten(features) AS flat");
        assertThat(byId(SequenceScorer.builder(MODEL).features("flat").build().transform(flat)))
                .isEqualTo(expected());

        Dataset<Row> columns = typed.selectExpr(
                "id", "transform(features, s -> s[0]) AS a", "transform(features, s -> float(s[1])) AS `b.c`");
        Dataset<Row> scored =
                SequenceScorer.builder(MODEL).features("a", "b.c").build().transform(columns);
        assertThat(scored.columns()).containsExactly("id", "hidden_states", "h_n");
        assertThat(byId(scored)).isEqualTo(expected());
    }

    @ParameterizedTest
    @ValueSource(strings = {"parquet", "orc", "json"})
    void readsWhatFilesHold(String format) {
        String path = folder.resolve("in").toString();
        spark.sql(SEQUENCES).write().format(format).save(path);
        assertThat(byId(SequenceScorer.builder(MODEL)
                        .build()
                        .transform(spark.read().format(format).load(path))))
                .isEqualTo(expected());
    }

    @Test
    void countsOnlyTheStepsThatLengthsSays() {
        // Padded to 120 steps: with zeros, with null steps, with null numbers.
        Dataset<Row> padded = spark.sql("SELECT id, smallint(id + 1) AS n, CASE WHEN id % 3 = 0 THEN"
                + " concat(features, array_repeat(array(float(0), float(0)), int(119 - id)))"
                + " WHEN id % 3 = 1 THEN concat(features, array_repeat(CAST(null AS array<float>), int(119 - id)))"
                + " ELSE concat(features, array_repeat(array(CAST(null AS float)), int(119 - id))) END AS features"
                + " FROM (" + SEQUENCES + ")");
        assertThat(byId(SequenceScorer.builder(MODEL).lengths("n").build().transform(padded)))
                .isEqualTo(expected());
    }

    @Test
    void doesNotTakeTheLengthsThatAreLeftForThoseThatWereGiven() {
        Dataset<Row> input = spark.sql("SELECT id, features, size(features) AS lengths FROM (" + SEQUENCES + ")");
        ScorerBuilder builder =
                SequenceScorer.builder(MODEL).lengths("lengths").lastSteps(1).outputs(EnumSet.of(Output.LENGTHS));
        assertThatThrownBy(() -> builder.build().transform(input))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("the input already has a column lengths");
        assertThat(builder.keep("id").build().transform(input).columns()).containsExactly("id", "lengths");
    }

    @Test
    void givesTheLengthsThatWereGiven() {
        Dataset<Row> input =
                spark.sql("SELECT id, features, least(id + 1, id % 3 + 1) AS lengths FROM (" + SEQUENCES + ")");
        Dataset<Row> scored = SequenceScorer.builder(MODEL)
                .lengths("lengths")
                .outputs(EnumSet.of(Output.LENGTHS))
                .build()
                .transform(input);
        assertThat(scored.columns()).containsExactly("id", "lengths");
        assertThat(scored.orderBy("id").collectAsList())
                .hasSize(100)
                .hasToString(input.select("id", "lengths")
                        .orderBy("id")
                        .collectAsList()
                        .toString());
    }

    @Test
    void startsFromTheInitialState() {
        Dataset<Row> input = spark.sql("SELECT id, features, IF(id % 2 = 0, null,"
                + " transform(sequence(0, 3), s -> array(0.5D, float(s), -0.25F))) AS h FROM (" + SEQUENCES + ")");
        List<Row> rows = SequenceScorer.builder(MODEL)
                .initialState("h")
                .build()
                .transform(input)
                .collectAsList();
        assertThat(rows).hasSize(100);
        Engine engine =
                EngineFactory.of(MODEL, Precision.FLOAT32, KernelChoice.AUTO).engine(ForwardPass.Wanted.HIDDEN_STATES);
        ByteBuffer given = ByteBuffer.allocate(4 * 3 * 4).order(ByteOrder.LITTLE_ENDIAN);
        for (int state = 0; state < 4; state++) {
            given.putFloat(0.5f).putFloat(state).putFloat(-0.25f);
        }
        for (Row row : rows) {
            long id = row.getLong(row.fieldIndex("id"));
            engine.clear();
            engine.add(features(id), (int) id + 1, id % 2 == 0 ? null : given.rewind(), null);
            engine.run();
            String which = "row " + id + (id % 2 == 0 ? ", null means zeros" : "");
            assertThat(Rows.floats(row, "hidden_states")).as(which).isEqualTo(Rows.hiddenStates(engine, 0, MODEL));
            assertThat(Rows.floats(row, "h_n")).as(which).isEqualTo(Rows.finalStates(engine, 0, MODEL));
        }
    }

    @Test
    void passesEveryTypeThroughUnchanged() {
        Dataset<Row> input = spark.sql("SELECT id, features, id % 2 = 0 AS flag, CAST(id AS decimal(38,9)) AS big,"
                + " date_add(date'1500-01-01', int(id)) AS day, timestamp_micros(id * 1000003) AS at,"
                + " TIMESTAMP_NTZ'2020-02-02 02:02:02' AS ntz, CAST(string(id) AS binary) AS bytes, NULL AS nothing,"
                + " IF(id > 50, NULL, map('a', array(id), 'b', NULL)) AS m,"
                + " named_struct('x', id, 'y.z', array(named_struct('w', 'é'))) AS s,"
                + " make_interval(1, 2, 3, 4, int(id), 6, 7.5) AS span, INTERVAL '3' MONTH AS months,"
                + (spark.catalog().functionExists("parse_json") ? " parse_json('{\"k\": [1, 2]}') AS v," : "")
                + " features AS again FROM (" + SEQUENCES + ")");
        Dataset<Row> scored = SequenceScorer.builder(MODEL).build().transform(input);
        Dataset<Row> before = input.drop("features");
        Dataset<Row> after = scored.drop("hidden_states", "h_n");
        assertThat(after.schema()).isEqualTo(before.schema());
        List<String> columns = List.of(before.columns());
        String[] texts = columns.stream()
                .map(name -> "to_json(struct(`" + name + "`)) AS `" + name + "`")
                .filter(text -> !text.contains("span"))
                .toArray(String[]::new);
        assertThat(after.selectExpr(texts).collectAsList().toString())
                .isEqualTo(before.selectExpr(texts).collectAsList().toString());
        assertThat(after.selectExpr("string(span)").collectAsList())
                .isEqualTo(before.selectExpr("string(span)").collectAsList());
    }

    @Test
    void keepsWhatIsSaidOfAColumn() {
        Metadata said = new MetadataBuilder().putString("comment", "in metres").build();
        Dataset<Row> sequences = spark.sql(SEQUENCES);
        Dataset<Row> input = sequences.select(
                sequences.col("id"),
                sequences.col("features"),
                sequences.col("id").as("a.b", said));
        Dataset<Row> scored = SequenceScorer.builder(MODEL).build().transform(input);
        assertThat(scored.columns()).containsExactly("id", "a.b", "hidden_states", "h_n");
        assertThat(scored.schema().fields()[1]).isEqualTo(input.schema().fields()[2]);
        assertThat(scored.where("`a.b` = id").count()).isEqualTo(100);
        for (OnInvalid rule : List.of(OnInvalid.fail(), OnInvalid.nulls())) {
            SequenceScorer scorer = SequenceScorer.builder(MODEL)
                    .precision(Precision.FLOAT64)
                    .addLengths()
                    .onInvalid(rule)
                    .build();
            assertThat(scorer.schema(input))
                    .as("%s", rule)
                    .isEqualTo(scorer.transform(input).schema());
        }
        assertThat(SequenceScorer.builder(MODEL).keep().build().schema(input).fieldNames())
                .containsExactly("hidden_states", "h_n");
    }

    @Test
    void givesTheSameWithoutGeneratedCode() {
        Map<Long, String> expected = expected();
        List<String> settings = List.of("spark.sql.codegen.wholeStage", "spark.sql.codegen.factoryMode");
        spark.conf().set(settings.get(0), "false");
        spark.conf().set(settings.get(1), "NO_CODEGEN");
        try {
            assertThat(expected()).isEqualTo(expected);
            Dataset<Row> columns = spark.sql("SELECT id, transform(features, s -> s[0]) AS a, transform(features, s"
                    + " -> s[1]) AS b FROM (" + SEQUENCES + ")");
            assertThat(byId(SequenceScorer.builder(MODEL)
                            .features("a", "b")
                            .id("id")
                            .build()
                            .transform(columns)))
                    .isEqualTo(expected);
        } finally {
            settings.forEach(spark.conf()::unset);
        }
    }

    @Test
    void givesAnEmptyTableForAnEmptyTable() {
        Dataset<Row> scored = SequenceScorer.builder(MODEL)
                .build()
                .transform(spark.sql(SEQUENCES).where("id < 0"));
        assertThat(scored.collectAsList()).isEmpty();
        assertThat(scored.columns()).containsExactly("id", "hidden_states", "h_n");
    }

    @Test
    void keepsNoColumnWhenNoneIsNamed() {
        Dataset<Row> scored = SequenceScorer.builder(MODEL).keep().build().transform(spark.sql(SEQUENCES));
        assertThat(scored.columns()).containsExactly("hidden_states", "h_n");
        assertThat(scored.collectAsList()).hasSize(100);
    }

    @Test
    void computesInFloat64() {
        Dataset<Row> scored = SequenceScorer.builder(MODEL)
                .precision(Precision.FLOAT64)
                .build()
                .transform(spark.sql(SEQUENCES));
        assertThat(scored.schema().apply("h_n").dataType().catalogString()).isEqualTo("array<array<double>>");
        Dataset<Row> rounded = scored.selectExpr(
                "id",
                "CAST(hidden_states AS array<array<float>>) AS hidden_states",
                "CAST(h_n AS array<array<float>>) AS h_n");
        Dataset<Row> reference = SequenceScorer.builder(MODEL)
                .kernel(KernelChoice.REFERENCE)
                .precision(Precision.FLOAT32)
                .build()
                .transform(spark.sql(SEQUENCES));
        assertThat(byId(rounded)).isEqualTo(byId(reference));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "null | its features are null",
                "array(array(1F, 2F), null) | step 1 is null; expected 2 numbers",
                "array(array(1F, 2F), array(1F, null)) | step 1, feature 1 is null",
                "array() | it has no step; expected sequence length to be larger than 0",
                "array(array(1F, 2F), array(1F, 2F), array(1F)) | step 2 has 1 number; expected 2",
                "array(array(1F, 2F, 3F)) | step 0 has 3 numbers; expected 2, the network's input_size",
            })
    void namesTheRowAndTheStepOfBadFeatures(String features, String message) {
        assertBadRow(
                SequenceScorer.builder(MODEL).id("name").build(),
                "CAST(" + features + " AS array<array<float>>) AS features",
                "row with name = row-66: " + message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "null | its features are null",
                "array() | it has no step",
                "array(1F, 2F, 3F) | its flat features are 3 numbers, not a multiple of the network's input_size 2",
                "array(1F, 2F, null, 3F) | step 1, feature 0 is null",
            })
    void namesTheRowAndTheStepOfBadFlatFeatures(String features, String message) {
        assertBadRow(
                SequenceScorer.builder(MODEL).id("name").build(),
                "CAST(" + features + " AS array<float>) AS features",
                "row with name = row-66: " + message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "null, array(1F) | its features are null",
                "array(1F, 2F), array(1F) | feature column 1 (from 0) has 1 step, unlike the columns before it",
                "array(1F, 2F), array(1F, null) | step 1, feature 1 is null",
                "array(), array() | it has no step",
            })
    void namesTheRowAndTheStepOfBadFeatureColumns(String features, String message) {
        String[] columns = features.split(", (?=array)", -1);
        assertBadRow(
                SequenceScorer.builder(MODEL).id("name").features("a", "b").build(),
                "CAST(" + columns[0] + " AS array<float>) AS a, CAST(" + columns[1] + " AS array<float>) AS b",
                "row with name = row-66: " + message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "null | its length is null",
                "0 | its length is 0; expected a length of 1 or more",
                "-3 | its length is -3",
                "4 | its length is 4, but it has only 3 steps",
            })
    void namesTheRowOfABadLength(String length, String message) {
        assertBadRow(
                SequenceScorer.builder(MODEL).id("name").lengths("n").build(),
                "array_repeat(array(1F, 2F), 3) AS features, CAST(" + length + " AS int) AS n",
                "row with name = row-66: " + message);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "array(array(1F, 2F, 3F)) | has 1 state; expected [4][3]",
                "array() | has no state; expected [4][3]",
                "array_repeat(array(1F, 2F), 4) | has 2 numbers in state 0; expected [4][3]",
                "array_repeat(array(1F, null, 2F), 4) | has a null in state 0, unit 1; expected [4][3]",
                "array_repeat(null, 4) | has null for state 0; expected [4][3]",
            })
    void namesTheRowOfABadInitialState(String state, String message) {
        assertBadRow(
                SequenceScorer.builder(MODEL).id("name").initialState("h").build(),
                "array(array(1F, 2F)) AS features, CAST(" + state + " AS array<array<float>>) AS h",
                "row with name = row-66: its initial state h " + message);
    }

    private void assertBadRow(SequenceScorer scorer, String columns, String message) {
        Dataset<Row> input = spark.sql("SELECT concat('row-', id) AS name, " + columns + " FROM range(66, 67)");
        assertThatThrownBy(() -> scorer.transform(input).collectAsList())
                .hasStackTraceContaining("InputException: " + message);
    }

    @Test
    void namesTheFileAndThePlaceOfABadRowWithoutAnId() {
        String path = folder.resolve("no-id").toString();
        spark.sql("SELECT IF(id = 5, null, features) AS features FROM (" + SEQUENCES + ") ORDER BY id")
                .coalesce(1)
                .write()
                .parquet(path);
        assertThatThrownBy(() -> SequenceScorer.builder(MODEL)
                        .build()
                        .transform(spark.read().parquet(path))
                        .collectAsList())
                .hasStackTraceContaining("InputException: row 6 of file:")
                .hasStackTraceContaining(".parquet: its features are null");
    }

    @Test
    void namesTheFileBehindAShuffleToo() {
        String path = folder.resolve("no-id").toString();
        spark.sql("SELECT id AS hour, IF(id = 5, null, features) AS features FROM (" + SEQUENCES + ") ORDER BY id")
                .coalesce(1)
                .write()
                .parquet(path);
        assertThatThrownBy(() -> SequenceScorer.builder(MODEL)
                        .build()
                        .transform(spark.read().parquet(path).repartition(3))
                        .collectAsList())
                .hasStackTraceContaining("InputException: row 6 of file:")
                .hasStackTraceContaining(".parquet: its features are null");
    }

    @ParameterizedTest
    @ValueSource(strings = {"parquet", "sequence-parquet"})
    void aConditionDoesNotMoveTheRowsThatMessagesName(String format) {
        String path = folder.resolve("no-id").toString();
        spark.sql("SELECT id % 4 AS hour, IF(id = 5, null, features) AS features FROM (" + SEQUENCES + ") ORDER BY id")
                .coalesce(1)
                .write()
                .parquet(path);
        assertThatThrownBy(() -> SequenceScorer.builder(MODEL)
                        .build()
                        .transform(spark.read().format(format).load(path).where("hour = 1"))
                        .collectAsList())
                .hasStackTraceContaining("InputException: row 6 of file:")
                .hasStackTraceContaining(".parquet: its features are null");
    }

    @Test
    void namesThePlaceInThePartitionWhereSparkTellsNoOther() {
        String path = folder.resolve("no-id").toString();
        spark.sql("SELECT IF(id = 5, null, features) AS features FROM (" + SEQUENCES + ") ORDER BY id")
                .coalesce(1)
                .write()
                .orc(path);
        assertThatThrownBy(() -> SequenceScorer.builder(MODEL)
                        .build()
                        .transform(spark.read().orc(path))
                        .collectAsList())
                .hasStackTraceContaining("InputException: row 6 of partition 0 (file:")
                .hasStackTraceContaining(".orc): its features are null");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "SELECT 1 AS id | features: the input has no column 'features'; it has: id int; none of them is array",
                "SELECT 1 AS id, array(1F) AS series, 'x' AS n | of a type that features can have: series",
                "SELECT 1 AS id, 'x' AS features | features: column features is string; expected array<array<number>>",
                "SELECT 1 AS id, array('x') AS features | features: column features is array<string>",
                "SELECT 1 AS id, array(array(array(1F))) AS features | is array<array<array<float>>>; expected",
                "SELECT 1 AS id, array(1F) AS features, 2 AS h_n | the input already has a column h_n",
                "SELECT 1 AS id, array(1F) AS features, 2 AS ID | the input has two columns named ID",
            })
    void refusesAnInputThatDoesNotFitBeforeAnyTask(String query, String message) {
        Dataset<Row> input = spark.sql(query);
        assertThatThrownBy(() -> SequenceScorer.builder(MODEL).build().transform(input))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(message);
    }

    @Test
    void refusesColumnsThatAreNotThereOrOfTheWrongType() {
        Dataset<Row> input = spark.sql("SELECT 1 AS id, array(1F) AS features, 'x' AS text");
        assertThatThrownBy(() -> SequenceScorer.builder(MODEL)
                        .features("features", "id", "text")
                        .build()
                        .transform(input))
                .hasMessageContaining("names 3 columns")
                .hasMessageContaining("input_size is 2");
        assertThatThrownBy(() -> SequenceScorer.builder(MODEL)
                        .features("features", "text")
                        .build()
                        .transform(input))
                .hasMessageContaining("column text is string; with one column a feature");
        assertThatThrownBy(() ->
                        SequenceScorer.builder(MODEL).lengths("text").build().transform(input))
                .hasMessageContaining("lengths: column text is string; expected an integer");
        assertThatThrownBy(() -> SequenceScorer.builder(MODEL)
                        .initialState("features")
                        .build()
                        .transform(input))
                .hasMessageContaining("initial-state: column features is array<float>; expected array<array<number>>");
        assertThatThrownBy(() -> SequenceScorer.builder(MODEL).id("key").build().transform(input))
                .hasMessageContaining("id: the input has no column 'key'; it has: id int");
        assertThatThrownBy(
                        () -> SequenceScorer.builder(MODEL).keep("key").build().transform(input))
                .hasMessageContaining("keep: the input has no column 'key'");
    }

    @Test
    void refusesAKernelThatCannotComputeInThePrecision() {
        assertThatThrownBy(() -> SequenceScorer.builder(MODEL)
                        .kernel(KernelChoice.PORTABLE)
                        .precision(Precision.FLOAT64)
                        .build())
                .isInstanceOf(IllegalArgumentException.class);
    }
}
