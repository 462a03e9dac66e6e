package io.sparkrnn.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkrnn.RandomNetwork;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.spark.invalid.InputException;
import io.sparkrnn.spark.result.Output;
import java.util.EnumSet;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Masks, limits and rows that are left out: what is scored is what Spark's filter and slice would have left. */
class StepChoiceTest {
    private static final RnnModel MODEL = new RandomNetwork(Cell.GRU, 2, 3, 1, 1, true).model(new Random(1));

    /** Rows of 1 to 60 steps with a mask in which runs of every kind are, and at least the last step. */
    private static final String MASKED = "SELECT *, transform(features, s -> s[0]) AS a, transform(features, s -> s[1])"
            + " AS b, flatten(features) AS flat, transform(features, s -> named_struct('x', s[0], 'y', s[1])) AS records,"
            + " named_struct('type', 1Y, 'size', int(null), 'indices', CAST(null AS array<int>), 'values', CAST(flatten("
            + "features) AS array<double>)) AS vector"
            + " FROM (SELECT id, transform(sequence(0, id), t -> array(float(t % 7), float(id % 5 - 2))) AS features,"
            + " transform(sequence(0, id), t -> t = id OR hash(t, id) % 3 = 0 OR (t > 8 AND t < 20)) AS mask"
            + " FROM range(0, 60, 1, 3))";

    private static final String VALID = "filter(features, (s, t) -> mask[t])";

    private final SparkSession spark = LocalSpark.session();

    private static ScorerBuilder scorer(String features) {
        return SequenceScorer.builder(MODEL)
                .id("id")
                .features(features.split(",", -1))
                .outputs(EnumSet.of(Output.HIDDEN_STATES, Output.H_N, Output.LENGTHS));
    }

    private static Map<Long, String> byId(Dataset<Row> scored) {
        Map<Long, String> rows = new TreeMap<>();
        for (Row row : scored.select("id", "hidden_states", "h_n", "lengths").collectAsList()) {
            assertThat(rows.put(row.getLong(0), row.toString())).isNull();
        }
        return rows;
    }

    private Dataset<Row> masked() {
        return spark.sql(MASKED);
    }

    /** What a table gives whose features are those steps alone. */
    private Map<Long, String> ofSteps(String features) {
        return byId(scorer("features").build().transform(masked().selectExpr("id", features + " AS features")));
    }

    @ParameterizedTest
    @ValueSource(strings = {"features", "flat", "a,b", "records", "records.x,records.y", "vector"})
    void scoresTheStepsOfAMaskAlone(String features) {
        Map<Long, String> expected = ofSteps(VALID);
        assertThat(expected).hasSize(60);
        assertThat(byId(scorer(features).valid("mask").build().transform(masked())))
                .isEqualTo(expected);
        for (String type : new String[] {"boolean", "tinyint", "smallint", "int", "bigint"}) {
            Dataset<Row> opposite =
                    masked().selectExpr("*", "CAST(transform(mask, m -> NOT m) AS array<" + type + ">) AS pad");
            assertThat(byId(scorer(features).padding("pad").build().transform(opposite)))
                    .as(type)
                    .isEqualTo(expected);
        }
        assertThat(byId(scorer(features).valid("mask").lastSteps(5).build().transform(masked())))
                .isEqualTo(ofSteps("slice(" + VALID + ", -least(5, size(" + VALID + ")), 5)"));
        assertThat(byId(scorer(features).valid("mask").firstSteps(5).build().transform(masked())))
                .isEqualTo(ofSteps("slice(" + VALID + ", 1, 5)"));
        assertThat(byId(scorer(features).lastSteps(5).build().transform(masked())))
                .isEqualTo(ofSteps("slice(features, -least(5, size(features)), 5)"));
    }

    @Test
    void looksAtNoStepThatDoesNotCount() {
        Dataset<Row> holes =
                masked().selectExpr("id", "mask", "transform(features, (s, t) -> IF(mask[t], s, null)) AS features");
        assertThat(byId(scorer("features").valid("mask").build().transform(holes)))
                .isEqualTo(ofSteps(VALID));
    }

    @Test
    void limitsWhatLengthsLeave() {
        Dataset<Row> input = masked().selectExpr("id", "features", "1 + id % 9 AS n")
                .selectExpr("*", "least(n, size(features)) AS steps");
        assertThat(byId(scorer("features").lengths("steps").lastSteps(3).build().transform(input.drop("n"))))
                .isEqualTo(ofSteps("slice(slice(features, 1, int(1 + id % 9)), -least(3, least(1 + id % 9,"
                        + " size(features))), 3)"));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 7, 100_000})
    void leavesOutRowsOfTooFewSteps(int batchSteps) {
        ScoreMetrics metrics = new ScoreMetrics(spark.sparkContext());
        Map<Long, String> all = ofSteps("slice(" + VALID + ", 1, 2)");
        Map<Long, String> left = byId(scorer("features")
                .valid("mask")
                .minSteps(5)
                .firstSteps(2)
                .batchSteps(batchSteps)
                .build()
                .transform(masked(), metrics));
        long kept = masked().where("size(" + VALID + ") >= 5").count();
        assertThat(left).hasSize((int) kept);
        assertThat(kept).isBetween(20L, 58L);
        assertThat(all.entrySet()).containsAll(left.entrySet());
        assertThat(metrics.leftOut()).isEqualTo(60 - kept);
        assertThat(metrics.sequences()).isEqualTo(kept);
    }

    @ParameterizedTest
    @ValueSource(strings = {"array()", "array(array(1F, 2F), null)", "array(array(1F, 2F))"})
    void leavesOutEmptySequencesButNoNullOnes(String features) {
        Dataset<Row> input = spark.sql("SELECT 1L AS id, CAST(" + features + " AS array<array<float>>) AS features,"
                + " 0 AS n, array_repeat(false, size(" + features + ")) AS mask");
        for (ScorerBuilder builder : new ScorerBuilder[] {
            scorer("features").lengths("n"), scorer("features").valid("mask")
        }) {
            assertThat(byId(builder.minSteps(1).build().transform(input))).isEmpty();
        }
        Dataset<Row> none = input.selectExpr("id", "CAST(null AS array<array<float>>) AS features");
        assertThatThrownBy(() ->
                        scorer("features").minSteps(1).build().transform(none).collectAsList())
                .hasStackTraceContaining("row with id = 1: its features are null");
        assertThatThrownBy(() -> scorer("features")
                        .minSteps(1)
                        .lengths("n")
                        .build()
                        .transform(input.withColumn("n", org.apache.spark.sql.functions.lit(-1)))
                        .collectAsList())
                .hasStackTraceContaining("row with id = 1: its length is -1");
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "null | its mask m is null; expected an element for each step",
                "array(1, null) | its mask m is null at step 1; expected true or false, or 1 or 0",
                "array(1, 2) | its mask m is 2 at step 1; expected 0 or 1",
                "array(-1, 1) | its mask m is -1 at step 0; expected 0 or 1",
                "array(1) | its mask m has 1 element, but the row has 2 steps; expected an element for each step",
                "array(1, 1, 0) | its mask m has 3 elements, but the row has 2 steps",
                "array(0, 0) | no step of it counts by its mask m; expected one that does, or min-steps 1",
            })
    void namesTheRowAndTheStepOfABadMask(String mask, String message) {
        Dataset<Row> input = spark.sql("SELECT 'r' AS id, array(1F, 2F, 3F, 4F) AS flat, array(1F, 2F) AS a, array(3F,"
                + " 4F) AS b, CAST(" + mask + " AS array<int>) AS m");
        for (String features : new String[] {"flat", "a,b"}) {
            assertThatThrownBy(() ->
                            scorer(features).valid("m").build().transform(input).collectAsList())
                    .hasStackTraceContaining("InputException: row with id = r: " + message);
        }
    }

    @Test
    void refusesWhatCannotMark() {
        Dataset<Row> input = masked();
        assertThatThrownBy(() -> scorer("features").valid("a").build().transform(input))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("valid: column a is array<float>; expected array<boolean>");
        assertThatThrownBy(() -> scorer("features").padding("id").build().transform(input))
                .hasMessageContaining("padding: column id is bigint; expected array<boolean>");
        assertThatThrownBy(
                        () -> scorer("features").padding("mask").lengths("id").build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("lengths, valid, padding");
        assertThatThrownBy(() -> scorer("features").minSteps(0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> scorer("features").lastSteps(0)).isInstanceOf(IllegalArgumentException.class);
    }
}
