package io.sparkrnn.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkrnn.RandomNetwork;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.spark.feature.Standardization;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Features standardised while they are read, against the same numbers standardised beforehand. */
class StandardizationTest {
    private static final RnnModel MODEL = RandomNetwork.of(Cell.GRU, 3, 5).model(new Random(9));

    // A large offset with a small spread, an offset that no binary number is, and one of no effect.
    private static final List<Double> MEAN = List.of(1e6, -0.1, 0.0);
    private static final List<Double> STD = List.of(0.037, 3.3, 1.0);

    private final SparkSession spark = LocalSpark.session();

    private Dataset<Row> table(String type) {
        return spark.sql("SELECT id, transform(sequence(0, id % 40), t -> CAST(array(1e6D + sin(t * 3 + id) * 0.1D,"
                + " cos(t) * 7D, t * 0.25D) AS array<" + type + ">)) AS features FROM range(0, 60, 1, 2)");
    }

    /** The numbers as the network has to get them: in float64 from the column's own value, then rounded. */
    private static Dataset<Row> beforehand(Dataset<Row> table, String rounded) {
        return table.selectExpr(
                "id",
                "transform(features, s -> CAST(array((double(s[0]) - 1e6D) / 0.037D, (double(s[1]) + 0.1D) / 3.3D,"
                        + " double(s[2])) AS array<" + rounded + ">)) AS features");
    }

    private static Map<Long, String> scored(ScorerBuilder builder, Dataset<Row> table) {
        Map<Long, String> rows = new HashMap<>();
        builder.build()
                .transform(table)
                .select("id", "hidden_states", "h_n")
                .collectAsList()
                .forEach(row -> assertThat(rows.put(row.getLong(0), row.get(1) + " " + row.get(2)))
                        .isNull());
        return rows;
    }

    private static ScorerBuilder scorer(Precision precision) {
        return SequenceScorer.builder(MODEL).precision(precision);
    }

    private static ScorerBuilder standardizing(Precision precision) {
        return scorer(precision).standardize(new Standardization(MEAN, STD));
    }

    @ParameterizedTest
    @CsvSource({
        "double, FLOAT32",
        "double, FLOAT64",
        "float, FLOAT32",
        "float, FLOAT64",
        "'decimal(20,9)', FLOAT32",
        "bigint, FLOAT32"
    })
    void givesTheBitsOfFeaturesThatWereStandardisedBefore(String type, Precision precision) {
        Dataset<Row> table = table(type);
        String rounded = precision == Precision.FLOAT32 ? "float" : "double";
        Map<Long, String> expected = scored(scorer(precision), beforehand(table, rounded));
        assertThat(scored(standardizing(precision), table)).isEqualTo(expected);
        assertThat(scored(scorer(precision), table)).as("without it").isNotEqualTo(expected);

        Dataset<Row> flat = table.selectExpr("id", "flatten(features) AS features");
        assertThat(scored(standardizing(precision), flat)).isEqualTo(expected);

        Dataset<Row> columns = table.selectExpr(
                "id",
                "transform(features, s -> s[0]) AS a",
                "transform(features, s -> s[1]) AS b",
                "transform(features, s -> s[2]) AS c");
        assertThat(scored(standardizing(precision).features("a", "b", "c"), columns))
                .isEqualTo(expected);
    }

    @Test
    void keepsWhatALargeOffsetHides() {
        // As float32, 1e6 and 1e6 + 0.01 are one number.
        Dataset<Row> table = spark.sql("SELECT id, array(array(1e6D + id * 0.01D, 0D, 0D)) AS features FROM range(2)");
        Map<Long, String> states = scored(standardizing(Precision.FLOAT32), table);
        assertThat(states.get(0L)).isNotEqualTo(states.get(1L));
        Map<Long, String> raw = scored(scorer(Precision.FLOAT32), table);
        assertThat(raw.get(0L)).isNotNull().isEqualTo(raw.get(1L));
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void nullsAndNanAreAsBefore(Precision precision) {
        Dataset<Row> nan = spark.sql("SELECT 0L AS id, array(array(double('NaN'), 0D, 0D)) AS features");
        assertThat(scored(standardizing(precision), nan).get(0L)).contains("NaN");
        for (String features :
                new String[] {"array(array(1D, 2D, 3D), array(1D, NULL, 3D))", "array(1D, 2D, 3D, 1D, NULL, 3D)"}) {
            Dataset<Row> table = spark.sql("SELECT 0L AS id, " + features + " AS features");
            assertThatThrownBy(() -> scored(standardizing(precision).id("id"), table))
                    .rootCause()
                    .hasMessageContaining("row with id = 0: step 1, feature 1 is null");
        }
        Dataset<Row> columns =
                spark.sql("SELECT 0L AS id, array(1D, 2D) AS a, array(1D, NULL) AS b, array(1D, 2D) AS c");
        assertThatThrownBy(() -> scored(standardizing(precision).id("id").features("a", "b", "c"), columns))
                .rootCause()
                .hasMessageContaining("row with id = 0: step 1, feature 1 is null");
    }

    @Test
    void leavesInitialStatesAlone() {
        Dataset<Row> table = table("double").withColumn("h", functions.expr("array(array(1F, 2F, 3F, 4F, 5F))"));
        Dataset<Row> ready = beforehand(table("double"), "float")
                .withColumn("h", functions.expr("array(array(1F, 2F, 3F, 4F, 5F))"));
        assertThat(scored(standardizing(Precision.FLOAT32).initialState("h"), table))
                .isEqualTo(scored(scorer(Precision.FLOAT32).initialState("h"), ready));
    }

    @Test
    void refusesWhatCannotBeUsed() {
        assertThatThrownBy(() -> new Standardization(List.of(0.0), List.of(0.0)))
                .hasMessageContaining("deviation 0.0");
        assertThatThrownBy(() -> new Standardization(List.of(0.0), List.of(-1.0)))
                .hasMessageContaining("deviation -1.0");
        assertThatThrownBy(() -> new Standardization(List.of(0.0), List.of(Double.POSITIVE_INFINITY)))
                .hasMessageContaining("deviation Infinity");
        assertThatThrownBy(() -> new Standardization(List.of(Double.NaN), List.of(1.0)))
                .hasMessageContaining("mean NaN");
        assertThatThrownBy(() -> new Standardization(List.of(0.0, 1.0), List.of(1.0)))
                .hasMessageContaining("2 means and 1 deviations");
        Standardization narrow = new Standardization(List.of(0.0), List.of(1.0));
        assertThatThrownBy(
                        () -> SequenceScorer.builder(MODEL).standardize(narrow).build())
                .hasMessageContaining("1 means and deviations for the network's input_size of 3");
    }
}
