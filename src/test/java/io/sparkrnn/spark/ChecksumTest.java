package io.sparkrnn.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.sparkrnn.RandomHead;
import io.sparkrnn.RandomNetwork;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.Head;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.platform.ScalaCollections;
import io.sparkrnn.spark.result.Output;
import java.util.ArrayList;
import java.util.Collections;
import java.util.DoubleSummaryStatistics;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What is told of a run's results: a checksum of its rows, and the spread of its scores. */
class ChecksumTest {
    private static final StructType SCHEMA = StructType.fromDDL("id bigint, features array<array<float>>");
    private static final int ROWS = 60;

    private final SparkSession spark = LocalSpark.session();

    private static RnnModel network(Precision precision) {
        return new RandomNetwork(Cell.LSTM, 2, 5, 1, 1, true).model(new Random(1), precision);
    }

    private static List<Row> rows(long seed) {
        Random random = new Random(seed);
        List<Row> rows = new ArrayList<>();
        for (long id = 0; id < ROWS; id++) {
            Float[][] features = new Float[1 + random.nextInt(9)][];
            for (int t = 0; t < features.length; t++) {
                features[t] = new Float[] {random.nextFloat(), random.nextFloat()};
            }
            rows.add(RowFactory.create(id, features));
        }
        return rows;
    }

    private static Head head(Head.Source source, Precision precision) {
        return new Head(List.of(RandomHead.linear(new Random(2), 5, 3, precision)), source, Head.Finish.NONE);
    }

    private ScoreMetrics scored(List<Row> rows, int partitions, SequenceScorer scorer) {
        ScoreMetrics metrics = new ScoreMetrics(spark.sparkContext());
        Dataset<Row> table = spark.createDataFrame(rows, SCHEMA).repartition(partitions);
        scorer.transform(table, metrics)
                .write()
                .format("noop")
                .mode("overwrite")
                .save();
        return metrics;
    }

    private static ScorerBuilder scorer(Precision precision) {
        return SequenceScorer.builder(network(precision)).outputs(EnumSet.allOf(Output.class));
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void isTheSameInAnyOrderPartitionsAndBatches(Precision precision) {
        List<Row> rows = rows(3);
        ScorerBuilder scorer = scorer(precision).head(head(Head.Source.HIDDEN_STATES, precision));
        String checksum = scored(rows, 1, scorer.build()).checksum();
        Collections.shuffle(rows, new Random(4));
        assertThat(scored(rows, 4, scorer.build()).checksum())
                .isEqualTo(checksum)
                .hasSize(16);
        assertThat(scored(rows, 3, scorer.batchSteps(7).build()).checksum()).isEqualTo(checksum);
    }

    @Test
    void isAnotherWhenOneRowIsOrTwoChangePlaces() {
        List<Row> rows = rows(3);
        SequenceScorer scorer = SequenceScorer.builder(network(Precision.FLOAT32))
                .outputs(EnumSet.of(Output.H_N))
                .build();
        String checksum = scored(rows, 2, scorer).checksum();

        List<Row> fewer = new ArrayList<>(rows.subList(1, ROWS));
        assertThat(scored(fewer, 2, scorer).checksum()).isNotEqualTo(checksum);
        fewer.add(rows.get(5));
        assertThat(scored(fewer, 2, scorer).checksum()).as("one row twice").isNotEqualTo(checksum);

        List<Row> swapped = new ArrayList<>(rows);
        swapped.set(0, RowFactory.create(0L, rows.get(1).get(1)));
        swapped.set(1, RowFactory.create(1L, rows.get(0).get(1)));
        assertThat(scored(swapped, 2, scorer).checksum())
                .as("results of two ids")
                .isNotEqualTo(checksum);
    }

    @ParameterizedTest
    @EnumSource(Head.Source.class)
    void theSpreadIsThatOfTheScores(Head.Source source) {
        List<Row> rows = rows(5);
        SequenceScorer scorer = SequenceScorer.builder(network(Precision.FLOAT32))
                .head(head(source, Precision.FLOAT32))
                .outputs(EnumSet.of(Output.SCORE))
                .build();
        List<DoubleSummaryStatistics> expected =
                List.of(new DoubleSummaryStatistics(), new DoubleSummaryStatistics(), new DoubleSummaryStatistics());
        for (Row row : scorer.transform(spark.createDataFrame(rows, SCHEMA)).collectAsList()) {
            List<?> scores = row.getList(row.fieldIndex("score"));
            for (Object step : source == Head.Source.H_N ? List.of(scores) : scores) {
                List<?> numbers =
                        step instanceof List<?> list ? list : ScalaCollections.list((scala.collection.Seq<?>) step);
                for (int column = 0; column < numbers.size(); column++) {
                    expected.get(column).accept((Float) numbers.get(column));
                }
            }
        }
        List<ScoreMetrics.Scores> found = scored(rows, 3, scorer).scores();
        assertThat(found).hasSize(3);
        for (int column = 0; column < 3; column++) {
            DoubleSummaryStatistics of = expected.get(column);
            assertThat(found.get(column).count()).isEqualTo(of.getCount());
            assertThat(found.get(column).min()).isEqualTo(of.getMin());
            assertThat(found.get(column).max()).isEqualTo(of.getMax());
            assertThat(found.get(column).mean()).isCloseTo(of.getAverage(), within(1e-9));
        }
    }
}
