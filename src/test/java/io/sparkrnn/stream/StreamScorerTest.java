package io.sparkrnn.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparkrnn.RandomHead;
import io.sparkrnn.RandomNetwork;
import io.sparkrnn.format.ModelFile;
import io.sparkrnn.format.network.WholeNetwork;
import io.sparkrnn.format.onnx.ClientsNetwork;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.RecurrentStates.Kind;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.Head;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.spark.LocalSpark;
import io.sparkrnn.spark.ScorerBuilder;
import io.sparkrnn.spark.SequenceScorer;
import io.sparkrnn.spark.event.EventLayout;
import io.sparkrnn.spark.event.LateEvents;
import io.sparkrnn.spark.invalid.InputException;
import io.sparkrnn.spark.invalid.OnInvalid;
import io.sparkrnn.spark.result.Output;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeoutException;
import org.apache.spark.api.java.function.VoidFunction2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.StreamingQueryException;
import org.apache.spark.sql.streaming.Trigger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Streams of events against tables of the same events. */
class StreamScorerTest {
    private static final String PROVIDER = "spark.sql.streaming.stateStore.providerClass";
    private static final String PARTITIONS = "spark.sql.shuffle.partitions";

    private final SparkSession spark = LocalSpark.session().newSession();
    private final long seed = System.nanoTime();
    private final Random random = new Random(seed);

    @TempDir
    Path folder;

    private Events events;

    @BeforeEach
    void begin() throws IOException {
        assumeTrue(StatefulStreams.lack() == null, "a Spark before 4.0");
        spark.conf().set(PROVIDER, "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider");
        spark.conf().set(PARTITIONS, "2");
        // fewer files for each micro-batch; with a time to live Spark has always another one without
        spark.conf().set("spark.sql.streaming.checkpoint.fileChecksum.enabled", "false");
        spark.conf().set("spark.sql.streaming.stateStore.rocksdb.changelogCheckpointing.enabled", "true");
        spark.conf().set("spark.sql.streaming.noDataMicroBatches.enabled", "false");
        events = new Events(spark, Files.createDirectory(folder.resolve("arriving")));
    }

    @AfterEach
    void end() {
        for (StreamingQuery query : spark.streams().active()) {
            try {
                query.stop();
            } catch (TimeoutException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    private static EventLayout.Builder layout() {
        return EventLayout.builder("client", "n").gives(EventLayout.Gives.EVENTS);
    }

    private RnnModel model(Cell cell) {
        return new RandomNetwork(cell, 2, 6, 2, 1, true).model(random);
    }

    private static ScorerBuilder scorer(RnnModel model) {
        return SequenceScorer.builder(model)
                .features("a", "b")
                .keep("country")
                .outputs(EnumSet.of(Output.HIDDEN_STATES));
    }

    private List<Row> run(StreamScorer scorer) throws Exception {
        return run(scorer, "checkpoint");
    }

    /** The rows of all micro-batches that are there and were not taken before. */
    private List<Row> run(StreamScorer scorer, String checkpoint) throws Exception {
        List<Row> rows = Collections.synchronizedList(new ArrayList<>());
        VoidFunction2<Dataset<Row>, Long> collect = (batch, id) -> rows.addAll(batch.collectAsList());
        StreamingQuery query = scorer.transform(events.stream())
                .writeStream()
                .foreachBatch(collect)
                .option("checkpointLocation", folder.resolve(checkpoint).toString())
                .trigger(Trigger.AvailableNow())
                .start();
        query.awaitTermination();
        return rows;
    }

    private void assertAsTable(SequenceScorer scorer, List<Row> rows) {
        Dataset<Row> table = scorer.transform(events.table());
        List<String> expected = Events.texts(table.collectAsList());
        assertThat(Events.texts(rows)).as("seed " + seed).isEqualTo(expected);
        assertThat(expected).isNotEmpty();
    }

    @Test
    void hasTheBitsOfATable() throws Exception {
        events.addCut(random, Events.random(random, 5, 70));
        for (Cell cell : List.of(Cell.RNN_TANH, Cell.LSTM, Cell.GRU)) {
            RnnModel model = model(cell);
            SequenceScorer scorer = scorer(model).events(layout().build()).build();
            StreamScorer stream = StreamScorer.builder(scorer).build();
            assertThat(stream.transform(events.stream()).schema())
                    .isEqualTo(scorer.transform(events.table()).schema());
            assertAsTable(scorer, run(stream, cell.type().name()));
        }
    }

    @Test
    void hasThemInDoublePrecisionAndWithGapsTimesAndAHead() throws Exception {
        events.addCut(random, Events.random(random, 4, 60));
        RnnModel model = new RandomNetwork(Cell.LSTM, 3, 4, 1, 1, true).model(random, Precision.FLOAT64);
        Head head = new Head(
                List.of(RandomHead.linear(random, 4, 2, Precision.FLOAT64)),
                Head.Source.HIDDEN_STATES,
                Head.Finish.NONE);
        SequenceScorer scorer = SequenceScorer.builder(model)
                .features("a", "pause", "b")
                .head(head)
                .outputs(EnumSet.of(Output.HIDDEN_STATES, Output.SCORE))
                .events(layout().maxGap(BigDecimal.valueOf(60))
                        .timeDelta("pause")
                        .build())
                .build();
        List<Row> rows = run(StreamScorer.builder(scorer).build());
        assertAsTable(scorer, rows);
        assertThat(rows).as("seed " + seed).anyMatch(row -> row.getInt(1) > 0);
    }

    @Test
    void goesOnAfterARestartWithOtherPartitions() throws Exception {
        List<String> all = Events.random(random, 5, 100);
        SequenceScorer scorer =
                scorer(model(Cell.LSTM)).events(layout().build()).build();
        StreamScorer stream = StreamScorer.builder(scorer).build();
        events.addCut(random, all.subList(0, 55));
        List<Row> rows = new ArrayList<>(run(stream));
        spark.conf().set(PARTITIONS, "5");
        events.addCut(random, all.subList(55, 100));
        // a scorer of its own, as in a new JVM
        rows.addAll(run(StreamScorer.builder(scorer).build()));
        assertAsTable(scorer, rows);
    }

    @Test
    void refusesTheStatesOfAnotherNetwork() throws Exception {
        events.add(List.of(Events.event("c", 1, 0.5f, 0.5)));
        run(StreamScorer.builder(
                        scorer(model(Cell.GRU)).events(layout().build()).build())
                .build());
        events.add(List.of(Events.event("c", 2, 0.5f, 0.5)));
        StreamScorer other = StreamScorer.builder(
                        scorer(model(Cell.GRU)).events(layout().build()).build())
                .build();
        assertThatThrownBy(() -> run(other))
                .isInstanceOf(StreamingQueryException.class)
                .hasStackTraceContaining("events with client = c: the state in the checkpoint is of another network");
    }

    @Test
    void givesAnIdARowInEachMicroBatch() throws Exception {
        events.addCut(random, Events.random(random, 3, 60));
        SequenceScorer scorer = SequenceScorer.builder(model(Cell.LSTM))
                .features("a", "b")
                .keep("country")
                .outputs(EnumSet.of(Output.H_N, Output.C_N))
                .events(EventLayout.builder("client", "n").build())
                .build();
        List<Row> rows = run(StreamScorer.builder(scorer).build());
        Map<String, Row> last = new HashMap<>();
        Map<String, Integer> steps = new HashMap<>();
        for (Row row : rows) {
            String client = row.getString(0);
            steps.merge(client, row.<Integer>getAs("lengths"), Integer::sum);
            last.merge(client, row, (a, b) -> a.getLong(2) > b.getLong(2) ? a : b);
        }
        List<Row> table = scorer.transform(events.table()).collectAsList();
        assertThat(table).hasSameSizeAs(last.keySet());
        for (Row row : table) {
            Row streamed = Objects.requireNonNull(last.get(row.getString(0)));
            for (String column : List.of("last_n", "country", "h_n", "c_n")) {
                assertThat(streamed.<Object>getAs(column).toString())
                        .as(column + ", seed " + seed)
                        .isEqualTo(row.<Object>getAs(column).toString());
            }
            assertThat(steps.get(row.getString(0))).isEqualTo(row.<Integer>getAs("lengths"));
        }
    }

    @Test
    void passesBadEventsOverAndTellsOfThem() throws Exception {
        SequenceScorer scorer = scorer(model(Cell.GRU)).events(layout().build()).build();
        List<String> good = List.of(
                Events.event("c", 10, 0.1f, 0.2),
                Events.event("c", 20, 0.3f, 0.4),
                Events.event("c", 30, 0.5f, 0.6),
                Events.event("d", 5, 0.7f, 0.8));
        events.add(List.of(good.get(1), good.get(0), "{\"client\": \"c\", \"n\": 15, \"b\": 0.5}"));
        events.add(List.of(
                Events.event("c", 20, 0.9f, 0.9),
                Events.event("c", 12, 0.9f, 0.9),
                good.get(2),
                "{\"client\": \"d\", \"a\": 1, \"b\": 2}",
                "{\"n\": 9, \"a\": 1, \"b\": 2}"));
        events.add(List.of(good.get(3), good.get(3)));
        List<Row> rows =
                run(StreamScorer.builder(scorer).onInvalid(OnInvalid.nulls()).build());

        List<String> bad = rows.stream()
                .filter(row -> row.getAs("error_code") != null)
                .peek(row -> assertThat(row.isNullAt(row.fieldIndex("hidden_states")))
                        .isTrue())
                .map(row -> row.get(0) + " " + row.get(1) + " " + row.getAs("error_code"))
                .sorted()
                .toList();
        assertThat(bad)
                .containsExactly(
                        "c 12 LATE_EVENT",
                        "c 15 NULL_VALUE",
                        "c 20 TIED_ORDER",
                        "d 5 TIED_ORDER",
                        "d null NULL_ORDER",
                        "null 9 NULL_ID");
        Events only = new Events(spark, Files.createDirectory(folder.resolve("good")));
        only.add(good);
        assertThat(Events.texts(rows.stream()
                        .filter(row -> row.getAs("error_code") == null)
                        .map(row -> RowFactory.create(row.get(0), row.get(1), row.get(2), row.get(3)))
                        .toList()))
                .isEqualTo(Events.texts(scorer.transform(only.table()).collectAsList()));
    }

    @Test
    void endsAtALateEventUnlessTold() throws Exception {
        SequenceScorer scorer = scorer(model(Cell.GRU)).events(layout().build()).build();
        events.add(List.of(Events.event("c", 20, 0.1f, 0.2)));
        events.add(List.of(Events.event("c", 10, 0.3f, 0.4)));
        assertThatThrownBy(() -> run(StreamScorer.builder(scorer).build()))
                .hasStackTraceContaining(
                        "events with client = c, event at n = 10: the state of its id has an event at n = 20"
                                + " behind it already");
        // from the same checkpoint, which the failed micro-batch has not changed
        List<Row> taken =
                run(StreamScorer.builder(scorer).late(LateEvents.TAKEN).build());
        Events swapped = new Events(spark, Files.createDirectory(folder.resolve("swapped")));
        swapped.add(List.of(Events.event("c", 20, 0.1f, 0.2), Events.event("c", 30, 0.3f, 0.4)));
        Row expected = scorer.transform(swapped.table()).where("n = 30").head();
        assertThat(taken).hasSize(1);
        assertThat(taken.get(0).getList(3)).isEqualTo(expected.getList(3));
    }

    @Test
    void forgetsWhatHasNoEventsForLong() throws Exception {
        SequenceScorer scorer =
                scorer(model(Cell.LSTM)).events(layout().build()).build();
        StreamScorer stream =
                StreamScorer.builder(scorer).timeToLive(Duration.ofSeconds(1)).build();
        events.add(List.of(Events.event("c", 20, 0.1f, 0.2)));
        run(stream);
        Thread.sleep(1_500);
        events.add(List.of(Events.event("c", 10, 0.3f, 0.4)));
        List<Row> rows = run(stream);
        Events alone = new Events(spark, Files.createDirectory(folder.resolve("alone")));
        alone.add(List.of(Events.event("c", 10, 0.3f, 0.4)));
        assertThat(Events.texts(rows))
                .isEqualTo(Events.texts(scorer.transform(alone.table()).collectAsList()));
    }

    @Test
    void beginsWithTheStatesOfATable() throws Exception {
        List<String> all = Events.random(random, 4, 60);
        RnnModel model = model(Cell.LSTM);
        Events night = new Events(spark, Files.createDirectory(folder.resolve("night")));
        night.add(all.subList(0, 40));
        Dataset<Row> states = SequenceScorer.builder(model)
                .features("a", "b")
                .outputs(EnumSet.of(Output.H_N, Output.C_N))
                .events(EventLayout.builder("client", "n").build())
                .build()
                .transform(night.table());
        events.addCut(random, all.subList(40, 60));
        SequenceScorer scorer = scorer(model).events(layout().build()).build();
        StreamScorer stream = StreamScorer.builder(scorer).initialStates(states).build();
        List<Row> rows = new ArrayList<>(run(stream));
        events.add(List.of(Events.event("c0", 9_000, 0.1f, 0.2), Events.event("new", 1, 0.3f, 0.4)));
        rows.addAll(run(stream));

        events.add(all.subList(0, 40));
        List<String> expected = Events.texts(scorer.transform(events.table())
                .where("n >= 400 OR client = 'new'")
                .collectAsList());
        assertThat(Events.texts(rows)).as("seed " + seed).isEqualTo(expected);

        List<String> early = List.of(Events.event("c" + all.get(39).charAt(13), 0, 0.1f, 0.2));
        Events late = new Events(spark, Files.createDirectory(folder.resolve("late")));
        late.add(early);
        events = late;
        assertThatThrownBy(() -> run(stream, "other")).hasStackTraceContaining("has an event at n = ");
    }

    @Test
    void goesOnWithAWholeNetworkOfSeveralInputs() throws Exception {
        Path file = Files.write(folder.resolve("clients.onnx"), ClientsNetwork.file());
        WholeNetwork network = ModelFile.open(file, "clients.onnx").whole().orElseThrow();
        Graph graph = network.stacks()
                .get(0)
                .within(network.graph(), network.graph().outputs(), Set.of(Kind.H_N), Set.of(Kind.H_N));
        SequenceScorer scorer = SequenceScorer.builder(graph)
                .column("amounts", "a")
                .apart(Set.of(Output.H_N))
                .events(EventLayout.builder("client", "n").build())
                .build();
        events.addCut(random, Events.random(random, 3, 60));
        Map<String, Row> last = new HashMap<>();
        for (Row row : run(StreamScorer.builder(scorer).build())) {
            last.merge(row.getString(0), row, (a, b) -> a.getLong(2) > b.getLong(2) ? a : b);
        }
        List<Row> table = scorer.transform(events.table()).collectAsList();
        assertThat(table).hasSize(3);
        for (Row row : table) {
            assertThat(Objects.requireNonNull(last.get(row.getString(0)))
                            .<Object>getAs("score")
                            .toString())
                    .as("seed " + seed)
                    .isEqualTo(row.<Object>getAs("score").toString());
        }

        Path plain = Files.write(folder.resolve("plain.onnx"), ClientsNetwork.file());
        Graph without =
                ModelFile.open(plain, "plain.onnx").whole().orElseThrow().graph();
        assertThatThrownBy(() -> StreamScorer.builder(SequenceScorer.builder(without)
                        .events(EventLayout.builder("client", "n").build())
                        .build()))
                .hasMessageContaining("cannot be gone on with event by event: it has no recurrent layers whose states");
    }

    @Test
    void refusesWhatAStreamCannotHave() {
        RnnModel model = model(Cell.GRU);
        SequenceScorer rows = SequenceScorer.builder(model).build();
        assertThatThrownBy(() -> StreamScorer.builder(rows)).hasMessageContaining("is one of events");
        SequenceScorer both = SequenceScorer.builder(new RandomNetwork(Cell.GRU, 2, 3, 1, 2, true).model(random))
                .features("a", "b")
                .events(layout().build())
                .build();
        assertThatThrownBy(() -> StreamScorer.builder(both)).hasMessageContaining("runs backward over the steps");
        SequenceScorer some = scorer(model).events(layout().build()).minSteps(2).build();
        assertThatThrownBy(() -> StreamScorer.builder(some)).hasMessageContaining("a least number of them");
        SequenceScorer dealt =
                scorer(model).events(layout().partitions(3).build()).build();
        assertThatThrownBy(() -> StreamScorer.builder(dealt)).hasMessageContaining("fixed by its checkpoint");
        StreamScorer.Builder good =
                StreamScorer.builder(scorer(model).events(layout().build()).build());
        assertThatThrownBy(() -> good.onInvalid(OnInvalid.setAside("x"))).hasMessageContaining("a stream has no end");
        assertThatThrownBy(() -> good.timeToLive(Duration.ZERO)).hasMessageContaining("expected 1 ms or more");
        assertThatThrownBy(() -> good.initialStates(spark.sql("SELECT 'c' AS client, 1 AS h_n"))
                        .build()
                        .transform(events.stream()))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("initialStates: column h_n is int; expected array<array<float>>");
        spark.conf().unset(PROVIDER);
        assertThatThrownBy(() -> good.build().transform(events.stream()))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("set spark.sql.streaming.stateStore.providerClass to");
    }
}
