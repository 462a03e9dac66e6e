package io.sparkrnn.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.sparkrnn.RandomNetwork;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.spark.invalid.InputException;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A column that features cannot be is refused with a query that would do, and it does: it is run. */
class QueryAdviceTest {
    private static final Pattern QUERY = Pattern.compile("would do: (SELECT .*)$");

    private final SparkSession spark = LocalSpark.session();

    private static SequenceScorer scorer(int inputSize, String... features) {
        RnnModel model = RandomNetwork.of(Cell.GRU, inputSize, 3).model(new Random(1));
        return SequenceScorer.builder(model).features(features).build();
    }

    private static String query(SequenceScorer scorer, Dataset<Row> input) {
        InputException refusal = catchThrowableOfType(InputException.class, () -> scorer.transform(input));
        Matcher query = QUERY.matcher(String.valueOf(refusal.getMessage()));
        assertThat(query.find()).as(refusal.getMessage()).isTrue();
        return query.group(1);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1 | x | array(timestamp'1970-01-01 00:00:05', timestamp'1970-01-01 00:00:06') AS x"
                        + " | SELECT id, transform(x, t -> CAST(unix_timestamp(t) AS DOUBLE)) AS x FROM input | [5.0, 6.0]",
                "1 | x | array(TIMESTAMP_NTZ'1970-01-01 00:00:05') AS x"
                        + " | SELECT id, transform(x, t -> CAST(unix_timestamp(t) AS DOUBLE)) AS x FROM input | [5.0]",
                "1 | x | array(date'1970-01-03') AS x"
                        + " | SELECT id, transform(x, t -> CAST(unix_date(t) AS DOUBLE)) AS x FROM input | [2.0]",
                "1 | x | array('1.5', '2') AS x"
                        + " | SELECT id, transform(x, t -> CAST(t AS DOUBLE)) AS x FROM input | [1.5, 2.0]",
                "2 | x | array(array('1.5', '2')) AS x"
                        + " | SELECT id, transform(x, t -> transform(t, v -> CAST(v AS DOUBLE))) AS x FROM input"
                        + " | [[1.5, 2.0]]",
                "1 | a b | array('1') AS `a b`, 3 AS t"
                        + " | SELECT id, transform(`a b`, v -> CAST(v AS DOUBLE)) AS `a b` FROM input | [1.0]",
                "2 | x | '[[1, 2], [3, 4.5]]' AS x"
                        + " | SELECT id, from_json(x, 'array<array<double>>') AS x FROM input | [[1.0, 2.0], [3.0, 4.5]]",
                "1 | x | '[1, 2]' AS x | SELECT id, from_json(x, 'array<double>') AS x FROM input | [1.0, 2.0]",
                "2 | p.x | named_struct('x', array(array('1', '2'))) AS p"
                        + " | SELECT id, transform(p.x, t -> transform(t, v -> CAST(v AS DOUBLE))) AS `p.x` FROM input"
                        + " | [[1.0, 2.0]]",
                "4 | x | array(array(array(1, 2), array(3, 4))) AS x"
                        + " | SELECT id, transform(x, x1 -> flatten(x1)) AS x FROM input | [[1, 2, 3, 4]]",
                "4 | x | array(array(array(array(1, 2)), array(array(3, 4)))) AS x"
                        + " | SELECT id, transform(x, x1 -> flatten(flatten(x1))) AS x FROM input | [[1, 2, 3, 4]]",
                "2 | x | map(7, array(3D, 4D), 5, array(1D, 2D)) AS x"
                        + " | SELECT id, transform(array_sort(map_keys(x)), t -> x[t]) AS x FROM input"
                        + " | [[1.0, 2.0], [3.0, 4.0]]",
                "2 | x | array(map('b', 2D, 'a', 1D)) AS x"
                        + " | SELECT id, transform(x, t -> transform(array_sort(map_keys(t)), v -> t[v])) AS x FROM input"
                        + " | [[1.0, 2.0]]",
                "2 | x | array(named_struct('a', true, 'at', date'1970-01-03')) AS x"
                        + " | SELECT id, transform(x, t -> array(CAST(t.a AS DOUBLE), CAST(unix_date(t.at) AS DOUBLE))) AS x"
                        + " FROM input | [[1.0, 2.0]]",
                "1 | x | 2.5D AS x | SELECT id, array(x) AS x FROM input | [2.5]",
                "2 | x | named_struct('a', 1D, 'b', 2D) AS x | SELECT id, array(x.a, x.b) AS x FROM input | [1.0, 2.0]",
                "1 | x | 2.5D AS x, timestamp'2026-01-01 00:00:00' AS at"
                        + " | SELECT id, transform(array_sort(collect_list(struct(at, CAST(x AS DOUBLE) AS f0))), e ->"
                        + " array(e.f0)) AS x FROM input GROUP BY id | [[2.5]]",
            })
    void aQueryThatWouldDoDoes(int inputSize, String features, String column, String expected, String numbers) {
        Dataset<Row> input = spark.sql("SELECT 'r' AS id, " + column);
        SequenceScorer scorer = scorer(inputSize, features);
        String query = query(scorer, input);
        // names of variables are what is left over
        assertThat(query.replaceAll("\\b[tvwx]\\b(?= ->)", "_")).isNotEmpty();
        assertThat(query).isEqualTo(expected.replace("x1", lambda(query)));
        input.createOrReplaceTempView("input");
        try {
            Dataset<Row> made = spark.sql(query);
            assertThat(made.columns()).containsExactly("id", features);
            assertThat(made.selectExpr("to_json(`" + features + "`)").first().getString(0))
                    .isEqualTo(numbers.replace(" ", ""));
            assertThat(scorer.transform(made).collectAsList()).hasSize(1);
        } finally {
            spark.catalog().dropTempView("input");
        }
    }

    /** The variable of the last lambda. */
    private static String lambda(String query) {
        Matcher variable = Pattern.compile("(\\w+) -> flatten").matcher(query);
        return variable.find() ? variable.group(1) : "x1";
    }

    @Test
    void namesAllColumnsOfSeveral() {
        Dataset<Row> input =
                spark.sql("SELECT named_struct('k', 'r') AS key, array(1) AS a, array(date'1970-01-03') AS b");
        SequenceScorer scorer = SequenceScorer.builder(
                        RandomNetwork.of(Cell.GRU, 2, 3).model(new Random(1)))
                .features("a", "b")
                .id("key.k")
                .build();
        String query = query(scorer, input);
        assertThat(query).startsWith("SELECT key.k AS `key.k`, a, transform(b, ");
        input.createOrReplaceTempView("input");
        assertThat(scorer.transform(spark.sql(query)).collectAsList()).hasSize(1);
        spark.catalog().dropTempView("input");
    }

    @Test
    void makesSequencesOfEvents() {
        Dataset<Row> input = spark.sql("SELECT 'r' AS id, date_add(date'2026-01-01', 5 - int(id)) AS day, id AS a, id"
                + " > 1 AS b FROM range(3)");
        String query = query(scorer(2, "a", "b"), input);
        input.createOrReplaceTempView("input");
        Dataset<Row> made = spark.sql(query);
        assertThat(made.selectExpr("to_json(struct(a, b))").first().getString(0))
                .isEqualTo("{\"a\":[2.0,1.0,0.0],\"b\":[1.0,0.0,0.0]}");
        assertThat(scorer(2, "a", "b").transform(made).collectAsList()).hasSize(1);
        spark.catalog().dropTempView("input");
    }

    @Test
    void takesTextThatHasTheNameOfATimeForOne() {
        Dataset<Row> input = spark.sql("SELECT 'r' AS id, concat('2026-01-0', 5 - id) AS at, id AS a FROM range(3)");
        String query = query(scorer(1, "a"), input);
        input.createOrReplaceTempView("input");
        assertThat(spark.sql(query).selectExpr("to_json(a)").first().getString(0))
                .isEqualTo("[[2.0],[1.0],[0.0]]");
        spark.catalog().dropTempView("input");
    }

    @Test
    void saysThatRowsMayBeStepsWhereNoTimeIsKnown() {
        InputException refusal = catchThrowableOfType(
                InputException.class, () -> scorer(1, "a").transform(spark.sql("SELECT 'r' AS id, 1 AS a")));
        assertThat(refusal).hasMessageContaining("if rows are the steps of sequences, collect them by an id");
    }

    @Test
    void namesTheNumbersOfStructsThatHaveOtherFields() {
        Dataset<Row> input = spark.sql("SELECT array(named_struct('at', 'x', 'b', 1, 'a c', 2)) AS bids");
        InputException refusal = catchThrowableOfType(
                InputException.class, () -> scorer(2, "bids").transform(input));
        assertThat(refusal).hasMessageEndingWith("features bids.b,bids.a c");
        assertThat(scorer(2, "bids.b", "bids.a c").transform(input).collectAsList())
                .hasSize(1);
    }

    @Test
    void renamesOneOfTwoColumnsOfOneName() {
        Dataset<Row> input = spark.sql("SELECT 1 AS id, array(1F) AS features, 2 AS ID");
        String query = query(scorer(1, "features"), input);
        assertThat(query).isEqualTo("SELECT * FROM input AS input(id, features, ID_2)");
        input.createOrReplaceTempView("input");
        assertThat(scorer(1, "features").transform(spark.sql(query)).columns())
                .containsExactly("id", "ID_2", "hidden_states", "h_n");
        spark.catalog().dropTempView("input");
    }

    @Test
    void isSilentWhereNoQueryIsKnown() {
        InputException refusal = catchThrowableOfType(
                InputException.class, () -> scorer(1, "x").transform(spark.sql("SELECT X'00' AS x")));
        assertThat(refusal).hasMessageNotContaining("SELECT");
        assertThat(refusal.getMessage()).hasLineCount(1);
    }
}
