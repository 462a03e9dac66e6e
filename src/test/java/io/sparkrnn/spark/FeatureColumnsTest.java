package io.sparkrnn.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkrnn.RandomNetwork;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.spark.feature.Standardization;
import io.sparkrnn.spark.invalid.InputException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Every kind of column that features can be gives what arrays of arrays give, and nothing but the features is lost. */
class FeatureColumnsTest {
    private static final RnnModel MODEL = new RandomNetwork(Cell.RNN_TANH, 2, 3, 1, 1, true).model(new Random(1));

    private static final String SEQUENCES =
            "SELECT id, transform(sequence(0, id), t -> array(float(t % 7), float(id % 5 - 2))) AS features"
                    + " FROM range(0, 40, 1, 3)";

    private final SparkSession spark = LocalSpark.session();

    @TempDir
    Path folder;

    private static SequenceScorer scorer(String... features) {
        return SequenceScorer.builder(MODEL).id("id").features(features).build();
    }

    private static Map<Long, String> byId(Dataset<Row> scored) {
        Map<Long, String> rows = new HashMap<>();
        for (Row row : scored.select("id", "hidden_states", "h_n").collectAsList()) {
            rows.put(row.getLong(0), row.toString());
        }
        assertThat(rows).hasSize(40);
        return rows;
    }

    private Map<Long, String> expected() {
        return byId(scorer("features").transform(spark.sql(SEQUENCES)));
    }

    private Dataset<Row> sequences(String... columns) {
        return spark.sql("SELECT " + String.join(", ", columns) + " FROM (" + SEQUENCES + ")");
    }

    private static void assertRefused(Dataset<Row> input, String message, String... features) {
        assertThatThrownBy(() -> scorer(features).transform(input))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"memory", "parquet", "sequence-parquet", "orc"})
    void findsAFieldOfAStructAndKeepsTheRest(String where) {
        Dataset<Row> made = sequences(
                "id",
                "IF(id = -1, null, named_struct('x', named_struct('features', features, 'note', string(id)), 'y', id))"
                        + " AS payload",
                "named_struct('only', features) AS other");
        Dataset<Row> input = made;
        if (!where.equals("memory")) {
            String path = folder.resolve("in").toString();
            made.write().format(where).save(path);
            input = spark.read().format(where).load(path);
        }
        Dataset<Row> scored = scorer("payload.x.features").transform(input);
        assertThat(scored.columns()).containsExactly("id", "payload", "other", "hidden_states", "h_n");
        assertThat(scored.schema().apply("payload").dataType().catalogString())
                .isEqualTo("struct<x:struct<note:string>,y:bigint>");
        assertThat(byId(scored)).isEqualTo(expected());
        assertThat(scored.where("payload.x.note = string(id) AND payload.y = id")
                        .count())
                .isEqualTo(40);
        // A struct with nothing else in it is the features.
        assertThat(scorer("OTHER.Only").transform(input).columns())
                .containsExactly("id", "payload", "hidden_states", "h_n");
    }

    @Test
    void takesAColumnWhoseNameHasDotsBeforeAPath() {
        Dataset<Row> input = sequences(
                "id",
                "features AS `a.b`",
                "named_struct('b', 'x', 'c.d', features) AS a",
                "named_struct('e', features) AS `f.g`");
        assertThat(byId(scorer("a.b").transform(input))).isEqualTo(expected());
        assertThat(byId(scorer("a.`c.d`").transform(input))).isEqualTo(expected());
        assertThat(byId(scorer("`f.g`.e").transform(input))).isEqualTo(expected());
        assertThat(byId(scorer("`a.b`").transform(input))).isEqualTo(expected());
        assertThat(scorer("a.`c.d`")
                        .transform(input)
                        .schema()
                        .apply("a")
                        .dataType()
                        .catalogString())
                .isEqualTo("struct<b:string>");
    }

    @Test
    void saysWhichFieldIsNotThere() {
        Dataset<Row> input =
                sequences("id", "named_struct('x', named_struct('features', features, 'n', 1)) AS payload");
        assertRefused(
                input,
                "features: payload.x has no field 'feature'; it has: features array<array<float>>, n int",
                "payload.x.feature");
        assertRefused(input, "column payload.x.n is int, which has no field 'm'", "payload.x.n.m");
        assertRefused(input, "the input has no column 'pay.x'", "pay.x");
        assertRefused(input, "of a type that features can have: payload.x.features", "features");
        for (String odd : new String[] {"", ".", "payload..x", "`payload", "`payload`x", "payload.", "``"}) {
            assertRefused(input, "the input has no column '" + odd + "'", odd);
        }
    }

    @Test
    void tellsCapitalLettersApartWhereSparkDoes() {
        Dataset<Row> twice = sequences("id", "named_struct('Features', 1, 'features', features) AS p");
        assertRefused(twice, "p has two fields named features but for capital letters", "p.features");
        spark.conf().set("spark.sql.caseSensitive", "true");
        try {
            assertThat(byId(scorer("p.features").transform(twice))).isEqualTo(expected());
            assertRefused(twice, "the input has no column 'P.features'", "P.features");
        } finally {
            spark.conf().unset("spark.sql.caseSensitive");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"double", "float", "decimal(30,3)", "bigint", "tinyint"})
    void readsAnArrayOfStructs(String type) {
        String records = "transform(features, (s, t) -> named_struct('price', CAST(s[0] AS " + type
                + "), 'amount', CAST(s[1] AS double))) AS bids";
        for (Precision precision : Precision.values()) {
            for (boolean standardized : new boolean[] {false, true}) {
                ScorerBuilder builder = SequenceScorer.builder(MODEL).id("id").precision(precision);
                if (standardized) {
                    builder.standardize(new Standardization(List.of(0.5, -0.25), List.of(2.0, 0.3)));
                }
                Map<Long, String> expected =
                        byId(builder.features("features").build().transform(spark.sql(SEQUENCES)));
                Dataset<Row> scored = builder.features("bids").build().transform(sequences("id", records));
                assertThat(scored.columns()).containsExactly("id", "hidden_states", "h_n");
                assertThat(byId(scored)).isEqualTo(expected);
            }
        }
    }

    @Test
    void readsAnArrayOfStructsWithTwoFieldsOfOneName() {
        // as struct(a.price, b.price) of a join makes them
        Dataset<Row> input = sequences("id", "transform(features, s -> named_struct('v', s[0], 'v', s[1])) AS bids");
        assertThat(byId(scorer("bids").transform(input))).isEqualTo(expected());
        assertRefused(input, "bids has two fields named v; give one of them another name", "bids.v", "bids.v");
    }

    @ParameterizedTest
    @ValueSource(strings = {"memory", "parquet", "sequence-parquet", "orc"})
    void readsTheNamedFieldsOfAnArrayOfStructsInTheirOrder(String where) {
        Dataset<Row> made = sequences(
                "id",
                "named_struct('bids', transform(features, (s, t) -> named_struct('at', t, 'amount', double(s[1]),"
                        + " 'price', s[0], 'note', 'n'))) AS book");
        Dataset<Row> input = made;
        if (!where.equals("memory")) {
            String path = folder.resolve("in").toString();
            made.write().format(where).save(path);
            input = spark.read().format(where).load(path);
        }
        Dataset<Row> scored = scorer("book.bids.price", "book.bids.amount").transform(input);
        assertThat(byId(scored)).isEqualTo(expected());
        assertThat(scored.schema().apply("book").dataType().catalogString())
                .isEqualTo("struct<bids:array<struct<at:int,note:string>>>");
        assertThat(scored.where("book.bids[0].note = 'n'").count()).isEqualTo(40);
        assertThat(scorer("book.bids.price", "book.bids.amount").featureNames(input))
                .containsExactly("price", "amount");
    }

    @Test
    void readsColumnsAndFieldsOfArraysMixed() {
        Dataset<Row> input = sequences(
                "id",
                "transform(features, s -> named_struct('price', s[0])) AS bids",
                "transform(features, s -> s[1]) AS amounts",
                "transform(features, s -> named_struct('step', s)) AS steps");
        assertThat(byId(scorer("bids.price", "amounts").transform(input))).isEqualTo(expected());
        // arrays in the structs of an array
        assertThat(byId(scorer("steps.step").transform(input))).isEqualTo(expected());
    }

    @Test
    void refusesStructsOfAnotherWidth() {
        Dataset<Row> input = sequences("id", "array(named_struct('a', 1, 'b', 2, 'c', 3)) AS bids");
        assertRefused(
                input,
                "the structs of column bids have 3 fields (a, b, c), but the network's input_size is 2; name those",
                "bids");
        assertRefused(input, "features names 1 columns ([bids.a]), but the network's input_size is 2", "bids.a");
        assertRefused(input, "features names 3 columns", "bids.a", "bids.b", "bids.c");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "array(named_struct('a', 1, 'b', 2), null) | step 1 is null; expected 2 numbers",
                "array(named_struct('a', 1, 'b', 2), named_struct('a', 1, 'b', null)) | step 1, feature 1 is null (b)",
                "array(named_struct('a', null, 'b', 2)) | step 0, feature 0 is null (a)",
            })
    void namesTheStepAndTheFeatureOfANullAmongStructs(String records, String message) {
        String type = "array<struct<a:int,b:int>>";
        for (String features : new String[] {"bids", "bids.a,bids.b"}) {
            Dataset<Row> input = spark.sql("SELECT 'r' AS id, CAST(" + records + " AS " + type + ") AS bids");
            assertThatThrownBy(() ->
                            scorer(features.split(",", -1)).transform(input).collectAsList())
                    .hasStackTraceContaining("InputException: row with id = r: " + message);
        }
    }

    @Test
    void takesBooleansAs0And1() {
        String[] flags = {"t % 2 = 0", "t % 3 = 0"};
        String steps = " FROM (SELECT id, sequence(0, id) AS ts FROM range(0, 40, 1, 3))";
        Map<Long, String> expected = byId(scorer("features")
                .transform(spark.sql("SELECT id, transform(ts, t -> array(float(int(" + flags[0] + ")), float(int("
                        + flags[1] + ")))) AS features" + steps)));
        Dataset<Row> input = spark.sql("SELECT id, transform(ts, t -> array(" + flags[0] + ", " + flags[1]
                + ")) AS nested, flatten(transform(ts, t -> array(" + flags[0] + ", " + flags[1]
                + "))) AS flat, transform(ts, t -> " + flags[0] + ") AS a, transform(ts, t -> int(" + flags[1]
                + ")) AS b, transform(ts, t -> named_struct('a', " + flags[0] + ", 'b', " + flags[1] + ")) AS records"
                + steps);
        for (String features : new String[] {"nested", "flat", "a,b", "records"}) {
            assertThat(byId(scorer(features.split(",", -1)).transform(input)))
                    .as(features)
                    .isEqualTo(expected);
        }
    }

    private static final String VECTOR = "struct<type:tinyint,size:int,indices:array<int>,values:array<double>>";

    @ParameterizedTest
    @EnumSource(Precision.class)
    void readsVectorsInTheFormOfSparksMl(Precision precision) {
        // Half of the rows are sparse: their second numbers are 0 at every step, and not stored.
        Dataset<Row> plain = spark.sql("SELECT id, IF(id % 5 = 2, transform(features, s -> s[0]), flatten(features))"
                + " AS stored, features FROM (" + SEQUENCES + ")");
        Dataset<Row> input = plain.selectExpr(
                "id",
                "features",
                "IF(id % 5 = 2, named_struct('type', 0Y, 'size', 2 * size(features), 'indices', transform(stored, (v, i)"
                        + " -> 2 * i), 'values', CAST(stored AS array<double>)), named_struct('type', 1Y, 'size', null,"
                        + " 'indices', null, 'values', CAST(stored AS array<double>))) AS vector",
                "CAST(transform(features, s -> IF(id % 5 = 2, named_struct('type', 0Y, 'size', 2, 'indices', array(0),"
                        + " 'values', array(double(s[0]))), named_struct('type', 1Y, 'size', null, 'indices', null,"
                        + " 'values', array(double(s[0]), double(s[1]))))) AS array<" + VECTOR + ">) AS vectors");
        for (Standardization scales :
                Arrays.asList(null, new Standardization(List.of(0.5, -0.25), List.of(2.0, 0.3)))) {
            ScorerBuilder builder =
                    SequenceScorer.builder(MODEL).id("id").precision(precision).lastSteps(7);
            if (scales != null) {
                builder.standardize(scales);
            }
            Map<Long, String> expected =
                    byId(builder.features("features").build().transform(input));
            assertThat(byId(builder.features("vector").build().transform(input)))
                    .isEqualTo(expected);
            assertThat(byId(builder.features("vectors").build().transform(input)))
                    .isEqualTo(expected);
        }
        assertThat(scorer("vector").flatColumn(input)).contains("vector");
        assertThat(scorer("vectors").flatColumn(input)).isEmpty();
    }

    @Test
    void readsATypeOfAUsersOwnOfThatForm() {
        List<Row> rows = new ArrayList<>();
        for (long id = 0; id < 40; id++) {
            int steps = (int) id + 1;
            double[] values = new double[2 * steps];
            Object[] each = new Object[steps];
            for (int t = 0; t < steps; t++) {
                values[2 * t] = t % 7;
                values[2 * t + 1] = id % 5 - 2;
                each[t] = TestVectorType.Vector.dense(values[2 * t], values[2 * t + 1]);
            }
            rows.add(RowFactory.create(id, TestVectorType.Vector.dense(values), each));
        }
        Dataset<Row> input = spark.createDataFrame(
                rows,
                new StructType()
                        .add("id", DataTypes.LongType)
                        .add("vector", new TestVectorType())
                        .add("vectors", DataTypes.createArrayType(new TestVectorType())));
        for (String name : new String[] {"vector", "vectors"}) {
            Dataset<Row> scored = scorer(name).transform(input);
            assertThat(byId(scored)).isEqualTo(expected());
            assertThat(scored.columns()).doesNotContain(name);
        }
        String path = folder.resolve("in").toString();
        input.write().parquet(path);
        for (String format : new String[] {"parquet", "sequence-parquet"}) {
            Dataset<Row> read = spark.read().format(format).load(path);
            assertThat(read.schema().apply("vector").dataType()).isInstanceOf(TestVectorType.class);
            assertThat(byId(scorer("vector").transform(read))).isEqualTo(expected());
            assertThat(byId(scorer("vectors").transform(read))).isEqualTo(expected());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "null, null, null, array(1D) | its vector cannot be read; expected type 1 with values, or type 0 with size",
                "2Y, null, null, array(1D) | its vector cannot be read",
                "1Y, null, null, null | its vector cannot be read",
                "0Y, 4, array(1), array(1D, 2D) | its vector cannot be read",
                "0Y, 4, array(2, 1), array(1D, 2D) | its vector cannot be read",
                "0Y, 4, array(1, 4), array(1D, 2D) | its vector cannot be read",
                "0Y, 4, array(-1, 1), array(1D, 2D) | its vector cannot be read",
                "0Y, 3, array(1), array(1D) | its flat features are 3 numbers, not a multiple",
                "0Y, 4, array(3), array(null) | step 1, feature 1 is null",
                "0Y, 0, array(), array() | it has no step",
            })
    void namesTheRowOfABrokenVector(String parts, String message) {
        String[] part = parts.split(", (?![^(]*\\))", -1);
        Dataset<Row> input = spark.sql("SELECT 'r' AS id, CAST(named_struct('type', " + part[0] + ", 'size', " + part[1]
                + ", 'indices', " + part[2] + ", 'values', " + part[3] + ") AS " + VECTOR + ") AS v");
        assertThatThrownBy(() -> scorer("v").transform(input).collectAsList())
                .hasStackTraceContaining("InputException: row with id = r: " + message);
    }

    @Test
    void findsTheOtherColumnsByPathsToo() {
        Dataset<Row> input = sequences(
                "id",
                "named_struct('x', named_struct('n', smallint(id + 1), 'h', array(array(0D, 0D, 0D)), 'm', transform("
                        + "sequence(0, 2 * id + 1), t -> t <= id), 'key', 'k' || id)) AS p",
                "concat(features, features) AS features");
        ScorerBuilder builder = SequenceScorer.builder(MODEL).id("p.x.key").initialState("p.x.h");
        assertThat(byId(builder.lengths("p.x.n").build().transform(input))).isEqualTo(expected());
        assertThat(byId(SequenceScorer.builder(MODEL).valid("p.x.m").build().transform(input)))
                .isEqualTo(expected());
        assertThatThrownBy(() -> SequenceScorer.builder(MODEL)
                        .id("p.x.key")
                        .features("p.x.h")
                        .build()
                        .transform(input.where("id = 0"))
                        .collectAsList())
                .hasStackTraceContaining("row with p.x.key = k0: step 0 has 3 numbers; expected 2");
    }

    @Test
    void keepsWholeColumnsAlone() {
        Dataset<Row> input = sequences("id", "named_struct('f', features, 'n', 1) AS p");
        ScorerBuilder builder = SequenceScorer.builder(MODEL).features("p.f");
        assertThat(builder.keep("p").build().transform(input).columns()).containsExactly("p", "hidden_states", "h_n");
        assertThatThrownBy(() -> builder.keep("p.n").build().transform(input))
                .hasMessageContaining("keep: p.n is a field of a column; name the column p");
    }
}
