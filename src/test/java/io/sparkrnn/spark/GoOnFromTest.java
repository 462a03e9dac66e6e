package io.sparkrnn.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkrnn.RandomNetwork;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.spark.event.EventLayout;
import io.sparkrnn.spark.event.LateEvents;
import io.sparkrnn.spark.result.Output;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Events that go on from states, in the library: in parts the bits of all at once, whatever the network and the cuts. */
class GoOnFromTest {
    private final SparkSession spark = LocalSpark.session();

    @TempDir
    Path folder;

    /** Of 20 clients some at each of 60 times, in no order. */
    private Dataset<Row> events(long seed) {
        return spark.sql("SELECT c AS client, t, sin(c * 31 + t * 7) AS a, double((c * t) % 13) / 13 AS b"
                + " FROM (SELECT int(id % 20) AS c, id div 20 AS t FROM range(1200))"
                + " WHERE xxhash64(c, t, " + seed + "L) % 3 = 0 ORDER BY xxhash64(t, c)");
    }

    private static ScorerBuilder scorer(RnnModel model) {
        return SequenceScorer.builder(model)
                .features("a", "pause")
                .events(EventLayout.builder("client", "t").timeDelta("pause").build())
                .outputs(EnumSet.of(Output.H_N));
    }

    private static List<String> texts(Dataset<Row> rows) {
        return rows.collectAsList().stream().map(Row::toString).sorted().toList();
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void partsHaveTheBitsOfTheWhole(long seed) {
        Random random = new Random(seed);
        Precision precision = seed == 4 ? Precision.FLOAT64 : Precision.FLOAT32;
        RnnModel model = new RandomNetwork(
                        Cell.OF_PYTORCH.get((int) (seed % Cell.OF_PYTORCH.size())),
                        2,
                        1 + random.nextInt(9),
                        1 + random.nextInt(3),
                        1,
                        true)
                .model(random, precision);
        Dataset<Row> events = events(seed).cache();
        Dataset<Row> former = null;
        int from = 0;
        for (int part = 0; from < 60; part++) {
            int until = Math.min(60, from + 1 + random.nextInt(25));
            String states = folder.resolve("part" + part).toString();
            ScorerBuilder builder = scorer(model)
                    .batchSteps(1 + random.nextInt(20))
                    .finalStates(folder.resolve("files" + part).toString());
            if (former != null) {
                builder.goOnFrom(former);
            }
            Dataset<Row> some = events.where("t >= " + from + " AND t < " + until);
            ScoreMetrics metrics = new ScoreMetrics(spark.sparkContext());
            SequenceScorer scorer = builder.build();
            scorer.transform(some, metrics).collectAsList();
            Dataset<Row> now = scorer.finalStates(some, metrics);
            (former == null ? now : now.unionByName(former.join(now.select("client"), "client", "left_anti")))
                    .write()
                    .parquet(states);
            former = spark.read().parquet(states);
            from = until;
        }
        ScoreMetrics metrics = new ScoreMetrics(spark.sparkContext());
        SequenceScorer whole =
                scorer(model).finalStates(folder.resolve("whole").toString()).build();
        whole.transform(events, metrics).collectAsList();
        String[] columns = model.hasCellState()
                ? new String[] {"client", "last_t", "h_n", "c_n"}
                : new String[] {"client", "last_t", "h_n"};
        assertThat(whole.finalStates(events, metrics).columns()).containsExactly(columns);
        assertThat(texts(Objects.requireNonNull(former).selectExpr(columns)))
                .hasSize(20)
                .isEqualTo(texts(whole.finalStates(events, metrics)));
        events.unpersist();
    }

    @Test
    void lateEventsAreTakenOnlyWhereThatIsSaid() {
        RnnModel model = RandomNetwork.of(Cell.GRU, 2, 3).model(new Random(5));
        Dataset<Row> events = events(5);
        Dataset<Row> states = spark.sql(
                "SELECT int(id) AS client, 30L AS last_t, array(array(0F, 0F, 0F)) AS h_n" + " FROM range(20)");
        assertThatThrownBy(() ->
                        scorer(model).goOnFrom(states).build().transform(events).collectAsList())
                .hasStackTraceContaining("is not behind t = 30, the last one that its state has behind it");
        assertThat(scorer(model)
                        .goOnFrom(states)
                        .late(LateEvents.TAKEN)
                        .build()
                        .transform(events)
                        .count())
                .isEqualTo(20);
    }

    @Test
    void whatCannotGoOnIsRefusedWhenItIsMade() {
        Dataset<Row> states = spark.sql("SELECT 1 AS client, array(array(0F)) AS h_n");
        RnnModel model = RandomNetwork.of(Cell.LSTM, 2, 3).model(new Random(1));
        RnnModel both = new RandomNetwork(Cell.LSTM, 2, 3, 1, 2, true).model(new Random(1));
        assertThatThrownBy(() -> scorer(both).goOnFrom(states).build())
                .hasMessageContaining("the network cannot be gone on with: a layer of")
                .hasMessageContaining("runs backward");
        assertThatThrownBy(() -> scorer(model).goOnFrom(states).lastSteps(3).build())
                .hasMessageContaining("the state behind them is not that behind all");
        EventLayout gaps =
                EventLayout.builder("client", "t").maxGap(BigDecimal.TEN).build();
        assertThatThrownBy(() -> scorer(model).events(gaps).goOnFrom(states).build())
                .hasMessageContaining("max-gap");
        assertThatThrownBy(() -> SequenceScorer.builder(model).goOnFrom(states).build())
                .hasMessageContaining("former states are gone on from by events");
        assertThatThrownBy(() -> scorer(model).goOnFrom(states).build().checkStreams())
                .hasMessageContaining("goOnFrom: a stream begins with the states that it is given itself");
    }
}
