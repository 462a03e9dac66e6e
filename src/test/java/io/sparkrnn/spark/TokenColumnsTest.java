package io.sparkrnn.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.GraphInput;
import io.sparkrnn.graph.GraphOutput;
import io.sparkrnn.graph.GraphOutput.Form;
import io.sparkrnn.graph.GraphOutput.Kind;
import io.sparkrnn.graph.Node;
import io.sparkrnn.graph.Vocabulary;
import io.sparkrnn.graph.operator.Cast;
import io.sparkrnn.graph.operator.Identity;
import io.sparkrnn.model.Precision;
import io.sparkrnn.spark.invalid.InputException;
import io.sparkrnn.spark.invalid.OnInvalid;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Indices that come as strings, and whole numbers that come out: a network that gives the indices it takes. */
class TokenColumnsTest {
    private static final int T = GraphInput.STEPS;

    private final SparkSession spark = LocalSpark.session();

    @TempDir
    Path folder;

    /** A code at each step, a pair of words, a segment of the row, and an age as a whole number. */
    private static Graph graph(long codes) {
        return new Graph(
                List.of(
                        new GraphInput("code", List.of(T), OptionalLong.of(codes)),
                        new GraphInput("pair", List.of(T, 2), OptionalLong.of(4)),
                        new GraphInput("segment", List.of(1), OptionalLong.of(3)),
                        new GraphInput("age", List.of(1, 1), OptionalLong.empty())),
                Map.of(),
                List.of(
                        new Node("a", new Identity(), List.of("code"), List.of("codes")),
                        new Node("b", new Identity(), List.of("pair"), List.of("pairs")),
                        new Node("c", new Identity(), List.of("segment"), List.of("segments")),
                        new Node("d", new Cast(Cast.To.WHOLES), List.of("age"), List.of("years"))),
                List.of(
                        new GraphOutput("codes", Form.NUMBER_OF_STEP, 0, 1, Kind.WHOLE_NUMBERS),
                        new GraphOutput("pairs", Form.NUMBERS_OF_STEP, 0, 2, Kind.WHOLE_NUMBERS),
                        new GraphOutput("segments", Form.OF_ROW, -1, 1, Kind.WHOLE_NUMBERS),
                        new GraphOutput("years", Form.OF_ROW, -1, 1, Kind.WHOLE_NUMBERS)));
    }

    private static final Vocabulary CODES = Vocabulary.of(List.of("", "café", "b", "c", "dd", "e e", "日本"));
    private static final Vocabulary WORDS = Vocabulary.of(Map.of("yes", 3, "no", 1));
    private static final Vocabulary SEGMENTS = Vocabulary.of(List.of("x", "y", "z"));

    private static ScorerBuilder scorer() {
        return SequenceScorer.builder(graph(7))
                .id("id")
                .vocabulary("code", CODES)
                .vocabulary("pair", WORDS)
                .vocabulary("segment", SEGMENTS);
    }

    private Dataset<Row> table(String code, String pair, String segment, String age) {
        return spark.range(1)
                .selectExpr("id", code + " AS code", pair + " AS pair", segment + " AS segment", age + " AS age");
    }

    @ParameterizedTest
    @CsvSource({"array, sequence-parquet", "array, parquet", "nested, sequence-parquet", "nested, parquet"})
    void stringsAreFoundInTheVocabulary(String pairs, String reader) {
        String word = "CASE WHEN t % 3 = 0 THEN 'yes' ELSE 'no' END";
        String each = pairs.equals("nested") ? "array(" + word + ", 'no')" : word;
        spark.range(300)
                .selectExpr(
                        "id",
                        "transform(sequence(0, id % 40), t -> element_at(array('', 'café', 'b', 'c', 'dd', 'e e', '日本'),"
                                + " int((t * id) % 7) + 1)) AS code",
                        pairs.equals("nested")
                                ? "transform(sequence(0, id % 40), t -> " + each + ") AS pair"
                                : "flatten(transform(sequence(0, id % 40), t -> array(" + each + ", 'no'))) AS pair",
                        "element_at(array('x', 'y', 'z'), int(id % 3) + 1) AS segment",
                        "-double(id) AS age")
                .write()
                .parquet(folder.resolve("in").toString());
        Dataset<Row> table =
                spark.read().format(reader).load(folder.resolve("in").toString());
        // In memory that a sort has written to, too.
        for (Dataset<Row> rows : List.of(table, table.repartition(3).sortWithinPartitions("age"))) {
            Dataset<Row> scored = scorer().rejectNonFinite().build().transform(rows);
            assertThat(scored.schema().toDDL())
                    .isEqualTo(
                            "id BIGINT,segment STRING,age DOUBLE,codes ARRAY<BIGINT> NOT NULL,pairs ARRAY<ARRAY<BIGINT>>"
                                    + " NOT NULL,segments ARRAY<BIGINT> NOT NULL,years ARRAY<BIGINT> NOT NULL");
            assertThat(scored.where(
                                    "codes <=> transform(sequence(0, id % 40), t -> (t * id) % 7)"
                                            + " AND pairs <=> transform(sequence(0, id % 40), t -> array(bigint(CASE WHEN t % 3 = 0"
                                            + " THEN 3 ELSE 1 END), 1L)) AND segments <=> array(id % 3) AND years <=> array(-id)")
                            .count())
                    .isEqualTo(300);
        }
    }

    private static final String CODE = "array('b', 'c', 'dd')";
    private static final String PAIR = "array('yes', 'no', 'no', 'no', 'yes', 'yes')";

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "array('b', 'C', 'b') | " + PAIR
                        + " | 'x' | UNKNOWN_TOKEN | step 1 of column code is \"C\", which is not in"
                        + " its vocabulary; expected one of its tokens, or an index for all others (--unknown-token code=INDEX)",
                "array('b', 'b', concat('\"', char(10), repeat('x', 500))) | " + PAIR
                        + " | 'x' | UNKNOWN_TOKEN | step 2 of column code is \"\\\"\\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"..., which",
                CODE
                        + " | array('yes', 'no', 'no', 'none', 'yes', 'yes') | 'x' | UNKNOWN_TOKEN | step 1 of column pair, number 1"
                        + " (from 0), is \"none\"",
                CODE + " | " + PAIR
                        + " | 'w' | UNKNOWN_TOKEN | column segment is \"w\", which is not in its vocabulary",
                CODE + " | " + PAIR
                        + " | CAST(null AS STRING) | NULL_VALUE | column segment is null; fill it in or leave the row"
                        + " out",
                "array('b', null, 'b') | " + PAIR + " | 'x' | NULL_VALUE | step 1 of column code is null; fill it in",
                "CAST(null AS ARRAY<STRING>) | " + PAIR + " | 'x' | NULL_SEQUENCE | column code is null",
                CODE + " | array('yes') | 'x' | WRONG_WIDTH | column pair has 1 number, not a multiple of the 2",
                CODE
                        + " | array(array('yes', 'no'), null, array('no', 'no')) | 'x' | NULL_STEP | step 1 of column pair is null",
                CODE
                        + " | array(array('yes', 'no'), array('no'), array('no', 'no')) | 'x' | WRONG_WIDTH | step 1 of column pair"
                        + " has 1 number; expected 2",
            })
    void aTokenThatIsNoneSaysWhere(String code, String pair, String segment, String error, String message) {
        Dataset<Row> table = table(code, pair, segment, "1D");
        assertThatThrownBy(() -> scorer().build().transform(table).collectAsList())
                .rootCause()
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith("row with id = 0: " + message);
        ScoreMetrics metrics = new ScoreMetrics(spark.sparkContext());
        scorer().build().check(table, metrics);
        assertThat(metrics.invalid()).hasToString("{" + error + "=1}");
        Row row = scorer().onInvalid(OnInvalid.nulls()).build().transform(table).head();
        assertThat(row.<String>getAs("error_code")).isEqualTo(error);
        assertThat(row.<Object>getAs("codes")).isNull();
    }

    @Test
    void unknownTokensHaveTheIndexThatIsSaid() {
        Dataset<Row> table = table("array('?', 'b', '??')", PAIR, "'x'", "1D");
        Row row = scorer().vocabulary("code", CODES.withUnknown(6))
                .build()
                .transform(table)
                .selectExpr("codes = array(6L, 2L, 6L)")
                .head();
        assertThat(row.getBoolean(0)).isTrue();
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void wholeNumbersAreExact(Precision precision) {
        Dataset<Row> table = table(
                "array(16777217L, 1099511627777L, 9007199254740991L)",
                "array(0, 1, 2, 3, 0, 1)",
                "tinyint(2)",
                "-16777217D");
        Row row = SequenceScorer.builder(graph(Long.MAX_VALUE))
                .precision(precision)
                .rejectNonFinite()
                .build()
                .transform(table)
                .head();
        assertThat(row.<Long>getList(row.fieldIndex("codes")))
                .containsExactly(16777217L, 1099511627777L, 9007199254740991L);
        assertThat(row.<Long>getList(row.fieldIndex("segments"))).containsExactly(2L);
        if (precision == Precision.FLOAT64) {
            assertThat(row.<Long>getList(row.fieldIndex("years"))).containsExactly(-16777217L);
        }
    }

    @Test
    void columnsOfOtherTypesAreRefused() {
        refused(
                table("array(1, 2)", PAIR, "'x'", "1D"),
                "column code is array<int>; the network takes code [T] of indices below 7: expected array<string> [T], for it"
                        + " has a vocabulary",
                "--vocabulary code=");
        refused(table(CODE, "array(1, 2)", "'x'", "1D"), "array<array<string>> [T][2], or array<string> of T*2 values");
        refused(table(CODE, PAIR, "1", "1D"), "column segment is int", "expected string, for it has a vocabulary");
        assertThatThrownBy(
                        () -> SequenceScorer.builder(graph(7)).build().transform(table(CODE, "array(1, 2)", "1", "1D")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("strings are found in a vocabulary, --vocabulary code=FILE");
        assertThatThrownBy(() -> SequenceScorer.builder(graph(6))
                        .vocabulary("code", CODES)
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("the token \"日本\" has index 6");
        assertThatThrownBy(() -> SequenceScorer.builder(graph(7))
                        .vocabulary("age", CODES)
                        .build())
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no such input of indices");
    }

    private static void refused(Dataset<Row> table, String... parts) {
        assertThatThrownBy(() -> scorer().build().transform(table))
                .isInstanceOf(InputException.class)
                .hasMessageContainingAll(parts);
    }
}
