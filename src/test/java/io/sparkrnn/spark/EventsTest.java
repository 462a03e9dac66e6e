package io.sparkrnn.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkrnn.RandomHead;
import io.sparkrnn.RandomNetwork;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.Vocabulary;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.Head;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.spark.event.EventLayout;
import io.sparkrnn.spark.feature.Standardization;
import io.sparkrnn.spark.invalid.ErrorCode;
import io.sparkrnn.spark.invalid.InputException;
import io.sparkrnn.spark.invalid.OnInvalid;
import io.sparkrnn.spark.result.Output;
import java.math.BigDecimal;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables of events: the same bits as of the arrays that SQL makes of them. */
class EventsTest {
    private static final StructType SCHEMA = StructType.fromDDL(
            "client string, ts timestamp, tie int, a double, b bigint, c decimal(20,3), note string");

    /** The arrays that a query makes of events. */
    private static final String ARRAYS = "SELECT client, transform(sorted, e -> array(e.a, e.b, e.c)) AS features,"
            + " sorted[0].ts AS first_ts, element_at(sorted, -1).ts AS last_ts, element_at(sorted, -1).note AS note"
            + " FROM (SELECT client, array_sort(collect_list(struct(ts, tie, a, b, c, note))) AS sorted"
            + " FROM events GROUP BY client)";

    private final SparkSession spark = LocalSpark.session();

    @TempDir
    Path folder;

    /** Events of clients with one to many events, some at the same time, in no order. */
    private Dataset<Row> events(Random random, int clients) {
        List<Row> rows = new ArrayList<>();
        for (int client = 0; client < clients; client++) {
            int length = random.nextInt(4) > 0 ? 1 + random.nextInt(9) : 1 + random.nextInt(200);
            long at = 1_700_000_000_000L;
            for (int t = 0; t < length; t++) {
                at += random.nextInt(5) * 1_000L * (random.nextInt(10) == 0 ? 10_000 : 1);
                rows.add(RowFactory.create(
                        "client " + client,
                        new Timestamp(at),
                        t,
                        random.nextGaussian(),
                        (long) random.nextInt(1_000) << random.nextInt(40),
                        BigDecimal.valueOf(random.nextInt(1_000_000), 3),
                        "note " + client + "." + t));
            }
        }
        Collections.shuffle(rows, random);
        return spark.createDataFrame(rows, SCHEMA);
    }

    private static Map<String, String> byClient(Dataset<Row> scored) {
        Map<String, String> rows = new TreeMap<>();
        for (Row row : scored.collectAsList()) {
            assertThat(rows.put(row.get(0) + "", row.toString())).isNull();
        }
        return rows;
    }

    private static EventLayout.Builder layout() {
        return EventLayout.builder("client", "ts", "tie");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void haveTheBitsOfTheArraysThatSqlMakesOfThem(long seed) {
        Random random = new Random(seed);
        Precision precision = seed % 3 == 0 ? Precision.FLOAT64 : Precision.FLOAT32;
        RnnModel model = new RandomNetwork(
                        Cell.OF_PYTORCH.get((int) (seed % 4)), 3, 1 + random.nextInt(9), 2, seed % 2 == 0 ? 2 : 1, true)
                .model(random, precision);
        Head head = RandomHead.head(random, model.outputSize(), precision);
        Set<Output> outputs = EnumSet.of(Output.H_N, Output.SCORE, Output.LENGTHS);
        if (seed > 4) {
            outputs.add(Output.HIDDEN_STATES);
        }
        Dataset<Row> events =
                events(random, 40).selectExpr("client", "ts", "tie", "a", "double(b) b", "double(c) c", "note");
        events.createOrReplaceTempView("events");
        ScorerBuilder arrays =
                SequenceScorer.builder(model).head(head).outputs(outputs).id("client");
        ScorerBuilder builder = SequenceScorer.builder(model)
                .features("a", "b", "c")
                .head(head)
                .outputs(outputs)
                .keep("note");
        if (random.nextBoolean()) {
            Standardization scales = new Standardization(List.of(0.1, 300.0, 5.0), List.of(2.0, 1e6, 100.0));
            arrays.standardize(scales);
            builder.standardize(scales);
        }
        if (random.nextBoolean()) {
            arrays.minSteps(3);
            builder.minSteps(3);
        }
        switch ((int) (seed % 3)) {
            case 0 -> {
                arrays.lastSteps(7);
                builder.lastSteps(7);
            }
            case 1 -> {
                arrays.firstSteps(5);
                builder.firstSteps(5);
            }
            default -> {}
        }
        Map<String, String> expected = byClient(arrays.build()
                .transform(spark.sql(ARRAYS))
                .drop(seed % 3 == 2 ? "" : "first_ts", seed % 3 == 1 ? "last_ts" : ""));
        for (int partitions : new int[] {1, 3, 0}) {
            ScoreMetrics metrics = new ScoreMetrics(spark.sparkContext());
            SequenceScorer scorer = builder.events(
                            layout().partitions(partitions).build())
                    .batchSteps(partitions == 3 ? 16 : 10_000)
                    .build();
            Dataset<Row> scored = scorer.transform(events.repartition(1 + random.nextInt(5)), metrics);
            assertThat(byClient(scored.drop(seed % 3 == 2 ? "" : "first_ts", seed % 3 == 1 ? "last_ts" : "")))
                    .as("seed %s, %s, %s partitions", seed, model, partitions)
                    .isEqualTo(expected);
            assertThat(metrics.rows()).isEqualTo(40);
            assertThat(metrics.sequences() + metrics.leftOut()).isEqualTo(40);
        }
    }

    @Test
    void numbersAreRoundedOnceAsThoseOfArraysAre() {
        RnnModel model = RandomNetwork.of(Cell.GRU, 3, 4).model(new Random(1));
        Dataset<Row> events = events(new Random(2), 20);
        events.createOrReplaceTempView("events");
        Dataset<Row> columns =
                spark.sql("SELECT client, transform(sorted, e -> e.a) AS a, transform(sorted, e -> e.b) AS b,"
                        + " transform(sorted, e -> e.c) AS c FROM (SELECT client,"
                        + " array_sort(collect_list(struct(ts, tie, a, b, c))) AS sorted FROM events GROUP BY client)");
        ScorerBuilder builder =
                SequenceScorer.builder(model).features("a", "b", "c").outputs(EnumSet.of(Output.H_N, Output.LENGTHS));
        Map<String, String> expected = byClient(builder.build().transform(columns));
        assertThat(byClient(builder.events(layout().build())
                        .build()
                        .transform(events)
                        .drop("first_ts", "last_ts")))
                .isEqualTo(expected);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void anIdOfAnyLengthGoesInPieces(long seed) {
        Random random = new Random(seed);
        RnnModel model = RandomNetwork.of(Cell.OF_PYTORCH.get((int) seed), 2, 5).model(random);
        Dataset<Row> events = events(random, 12).cache();
        ScorerBuilder builder = SequenceScorer.builder(model)
                .features("a", "b")
                .outputs(EnumSet.of(Output.H_N))
                .keep("note");
        if (seed == 2) {
            builder.firstSteps(100);
        }
        builder.events(layout().build());
        Map<String, String> whole = byClient(builder.batchSteps(100_000).build().transform(events));
        for (int steps : new int[] {1, 2, 7, 64, 199}) {
            assertThat(byClient(builder.batchSteps(steps).build().transform(events)))
                    .as("seed %s, pieces of %s", seed, steps)
                    .isEqualTo(whole);
        }
        events.unpersist();
    }

    @Test
    void gapsCutAndTimesBetweenAreAFeature() {
        Random random = new Random(3);
        RnnModel model = RandomNetwork.of(Cell.LSTM, 2, 4).model(random);
        Dataset<Row> events = events(random, 30);
        events.createOrReplaceTempView("events");
        Dataset<Row> cut =
                spark.sql("SELECT *, sum(int(pause > 600)) OVER (PARTITION BY client ORDER BY ts, tie) AS sequence"
                        + " FROM (SELECT *, coalesce((unix_micros(ts) - unix_micros(lag(ts) OVER (PARTITION BY client ORDER BY ts,"
                        + " tie))) / 1e6D, 0D) AS pause FROM events)");
        cut.createOrReplaceTempView("cut");
        Dataset<Row> arrays = spark.sql("SELECT client, sequence, first_ts, last_ts, transform(sorted, e -> array(e.a,"
                + " e.dt)) AS features FROM (SELECT client, int(sequence) AS sequence, min(ts) AS first_ts, max(ts) AS"
                + " last_ts, array_sort(collect_list(struct(ts, tie, a, if(isnew, 0D, pause / 60) AS dt))) AS sorted FROM"
                + " (SELECT *, pause > 600 AS isnew FROM cut) GROUP BY client, sequence)");
        ScorerBuilder builder = SequenceScorer.builder(model).outputs(EnumSet.of(Output.H_N, Output.LENGTHS));
        List<String> expected = builder.build().transform(arrays).collectAsList().stream()
                .map(Row::toString)
                .sorted()
                .toList();
        assertThat(expected).hasSizeGreaterThan(40);
        List<String> found = builder
                .features("a", "dt")
                .events(layout().maxGap(Duration.ofMinutes(10))
                        .timeDelta("dt", Duration.ofMinutes(1))
                        .build())
                .batchSteps(20)
                .build()
                .transform(events)
                .collectAsList()
                .stream()
                .map(Row::toString)
                .sorted()
                .toList();
        assertThat(found).isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "int, 5, 1.5",
        "bigint, 5, 1",
        "'decimal(10,2)', 5.25, 0.5",
        "'decimal(30,4)', 5.25, 0.5",
        "date, 2023-11-20, 1d",
        "timestamp_ntz, 2023-11-20 00:00:00, 1d"
    })
    void everyOrderHasItsGapsDeltasAndLimits(String type, String since, String gap) {
        String of = type.equals("date") || type.equals("timestamp_ntz")
                ? "CAST(timestamp'2023-11-14 10:00:00' + make_interval(0, 0, 0, i) AS " + type + ")"
                : "CAST(i AS " + type + ")";
        Dataset<Row> events = spark.sql("SELECT 'x' AS client, " + of
                + " AS o, double(i) AS a FROM (SELECT explode(array(1, 2, 5, 6, 9)) AS i)");
        RnnModel model = RandomNetwork.of(Cell.RNN_TANH, 2, 3).model(new Random(1));
        EventLayout.Builder layout = EventLayout.builder("client", "o");
        boolean time = gap.endsWith("d");
        if (time) {
            layout.maxGap(Duration.ofDays(1)).timeDelta("dt", Duration.ofDays(1));
        } else {
            layout.maxGap(new BigDecimal(gap)).timeDelta("dt");
        }
        ScorerBuilder builder =
                SequenceScorer.builder(model).features("a", "dt").outputs(EnumSet.of(Output.H_N));
        List<Row> cut = builder.events(layout.build())
                .build()
                .transform(events)
                .orderBy("sequence")
                .collectAsList();
        assertThat(cut)
                .extracting(row -> row.getAs("lengths"))
                .containsExactly(gap.equals("0.5") ? new Object[] {1, 1, 1, 1, 1} : new Object[] {2, 2, 1});
        Dataset<Row> some = builder.events(layout.since(since).build()).build().transform(events);
        assertThat(some.selectExpr("sum(lengths)").head().getLong(0)).isEqualTo(since.equals("5") ? 3 : 2);
        assertThat(builder.events(layout.until(since).build())
                        .build()
                        .transform(events)
                        .count())
                .isZero();
        assertThatThrownBy(() ->
                        builder.events(layout.since("soon").build()).build().transform(events))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("since soon: it is no " + type);
    }

    /** What is wrong with one event of each client, by the client. */
    private Dataset<Row> bad() {
        return events(new Random(4), 30)
                .withColumn("client", functions.expr("if(client = 'client 3', null, client)"))
                .withColumn("ts", functions.expr("if(client = 'client 4' AND tie = 0, null, ts)"))
                .withColumn("a", functions.expr("if(client IN ('client 5', 'client 6') AND tie = 0, null, a)"));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 5, 100_000})
    void eachSequenceEndsInOnePlace(int batchSteps) {
        RnnModel model = RandomNetwork.of(Cell.GRU, 2, 3).model(new Random(1));
        Dataset<Row> events = bad();
        ScorerBuilder builder = SequenceScorer.builder(model)
                .features("a", "b")
                .batchSteps(batchSteps)
                .outputs(EnumSet.of(Output.H_N))
                .events(layout().build());
        Map<ErrorCode, Long> wrong = Map.of(ErrorCode.NULL_ID, 1L, ErrorCode.NULL_ORDER, 1L, ErrorCode.NULL_VALUE, 2L);
        ScoreMetrics nulls = new ScoreMetrics(spark.sparkContext());
        List<Row> all = builder.onInvalid(OnInvalid.nulls())
                .build()
                .transform(events, nulls)
                .collectAsList();
        assertThat(all).hasSize(30);
        assertThat(nulls.invalid()).isEqualTo(wrong);
        assertThat(nulls.sequences()).isEqualTo(26);
        assertThat(all.stream().filter(row -> row.getAs("error_code") != null))
                .hasSize(4)
                .allMatch(row -> row.getAs("h_n") == null);

        ScoreMetrics aside = new ScoreMetrics(spark.sparkContext());
        SequenceScorer quarantine = builder.onInvalid(
                        OnInvalid.setAside(folder.resolve("aside" + batchSteps).toString()))
                .build();
        assertThat(quarantine.transform(events, aside).collectAsList()).hasSize(26);
        List<Row> rows = quarantine.setAside(events, aside).collectAsList();
        assertThat(rows).hasSize(4);
        assertThat(rows.get(0).schema().fieldNames())
                .containsExactly("client", "ts", "tie", "error_code", "error_message");
        Row five = rows.stream()
                .filter(row -> "client 5".equals(row.get(0)))
                .findFirst()
                .orElseThrow();
        assertThat(five.getInt(2)).isZero();
        assertThat(five.getString(4))
                .startsWith("events with client = client 5, event at ts = 2023-11-14T22:13:2")
                .endsWith(
                        ", tie = 0: column a is null; fill it in, or leave the event out (NaN is a number, null is not)");
        assertThat(aside.rows()).isEqualTo(30);

        ScoreMetrics checked = new ScoreMetrics(spark.sparkContext());
        SequenceScorer failing = builder.onInvalid(OnInvalid.fail()).build();
        failing.check(events, checked);
        assertThat(checked.invalid()).isEqualTo(wrong);
        assertThatThrownBy(() -> failing.transform(events).collectAsList())
                .hasStackTraceContaining("InputException: events with client = ");
    }

    @Test
    void aBadEventThatIsNotScoredDoesNoHarm() {
        RnnModel model = RandomNetwork.of(Cell.GRU, 2, 3).model(new Random(1));
        Dataset<Row> events = bad().where("client IS NOT NULL AND ts IS NOT NULL");
        ScorerBuilder builder = SequenceScorer.builder(model)
                .features("a", "b")
                .outputs(EnumSet.of(Output.H_N))
                .onInvalid(OnInvalid.nulls())
                .events(layout().build())
                .lastSteps(3);
        // of clients 5 and 6 the first event is bad, and one of them has more than 3
        Map<String, Long> lengths = new TreeMap<>();
        events.groupBy("client").count().collectAsList().forEach(row -> lengths.put(row.getString(0), row.getLong(1)));
        Set<String> still = new java.util.TreeSet<>();
        builder.build()
                .transform(events)
                .where("error_code IS NOT NULL")
                .collectAsList()
                .forEach(row -> still.add(row.getString(0)));
        assertThat(still)
                .isEqualTo(new java.util.TreeSet<>(List.of("client 5", "client 6").stream()
                        .filter(client -> lengths.getOrDefault(client, 0L) <= 3)
                        .toList()));
    }

    @Test
    void tiesAreInvalidUnlessTheyAreKeptInAnOrderOfTheirOwn() {
        RnnModel model = RandomNetwork.of(Cell.GRU, 2, 3).model(new Random(1));
        Dataset<Row> events = events(new Random(6), 30).drop("tie").cache();
        ScorerBuilder builder = SequenceScorer.builder(model)
                .features("a", "b")
                .outputs(EnumSet.of(Output.H_N))
                .keep("note");
        ScoreMetrics metrics = new ScoreMetrics(spark.sparkContext());
        builder.events(EventLayout.builder("client", "ts").build())
                .onInvalid(OnInvalid.nulls())
                .build()
                .transform(events, metrics)
                .collectAsList();
        assertThat(metrics.invalid()).containsOnlyKeys(ErrorCode.TIED_ORDER);
        assertThat(metrics.firstInvalid().get(0))
                .contains("two events at ts = 2023-")
                .contains("Name a column that tells them apart");
        builder.events(EventLayout.builder("client", "ts")
                        .ties(EventLayout.Ties.KEPT)
                        .build())
                .onInvalid(OnInvalid.fail());
        Map<String, String> first = byClient(builder.build().transform(events));
        assertThat(first).hasSize(30);
        for (int i = 0; i < 3; i++) {
            assertThat(byClient(builder.build()
                            .transform(events.orderBy(functions.rand(i)).repartition(3))))
                    .isEqualTo(first);
        }
        events.unpersist();
    }

    @Test
    void noIdIsCutByAdaptiveExecution() {
        Dataset<Row> events = spark.range(200_000)
                .selectExpr(
                        "if(id % 2 = 0, 'large', 'client ' || (id % 3001)) AS client",
                        "id AS n", "double(id % 7) AS a");
        RnnModel model = RandomNetwork.of(Cell.GRU, 1, 3).model(new Random(1));
        ScorerBuilder builder = SequenceScorer.builder(model)
                .features("a")
                .outputs(EnumSet.of(Output.H_N))
                .batchSteps(1_000);
        Map<String, String> one = byClient(
                builder.events(EventLayout.builder("client", "n").partitions(1).build())
                        .build()
                        .transform(events));
        Map<String, String> settings = Map.of(
                "spark.sql.adaptive.enabled", "true",
                "spark.sql.adaptive.skewJoin.enabled", "true",
                "spark.sql.adaptive.optimizeSkewsInRebalancePartitions.enabled", "true",
                "spark.sql.adaptive.skewJoin.skewedPartitionFactor", "1.1",
                "spark.sql.adaptive.skewJoin.skewedPartitionThresholdInBytes", "1KB",
                "spark.sql.adaptive.advisoryPartitionSizeInBytes", "20KB",
                "spark.sql.adaptive.coalescePartitions.minPartitionSize", "1KB",
                "spark.sql.shuffle.partitions", "40");
        Map<String, String> before = new TreeMap<>();
        settings.keySet()
                .forEach(key -> before.put(
                        key,
                        spark.conf().getOption(key).isDefined() ? spark.conf().get(key) : ""));
        settings.forEach((key, value) -> spark.conf().set(key, value));
        try {
            assertThat(byClient(
                            builder.events(EventLayout.builder("client", "n").build())
                                    .build()
                                    .transform(events)))
                    .hasSize(one.size())
                    .isEqualTo(one);
        } finally {
            before.forEach((key, value) -> {
                if (value.isEmpty()) {
                    spark.conf().unset(key);
                } else {
                    spark.conf().set(key, value);
                }
            });
        }
    }

    private void refused(String why, EventLayout layout, @Nullable ScorerBuilder given, String... features) {
        ScorerBuilder builder = given != null
                ? given
                : SequenceScorer.builder(RandomNetwork.of(Cell.GRU, 2, 3).model(new Random(1)));
        assertThatThrownBy(
                        () -> builder.features(features).events(layout).build().transform(events(new Random(1), 2)))
                .hasMessageContaining(why);
    }

    @Test
    void whatDoesNotFitIsRefused() {
        refused(
                "the input has no column 'who'",
                EventLayout.builder("who", "ts").build(),
                null,
                "a",
                "b");
        refused(
                "the input has no column 'when'",
                EventLayout.builder("client", "when").build(),
                null,
                "a",
                "b");
        refused(
                "order-by: column a is double",
                EventLayout.builder("client", "a").build(),
                null,
                "a",
                "b");
        refused("id: column a is double", EventLayout.builder("a", "ts").build(), null, "a", "b");
        refused(
                "features: column note is string; of an event the network takes a number",
                layout().build(),
                null,
                "a",
                "note");
        refused("features: column a is double; of an event the network takes 2 numbers", layout().build(), null, "a");
        refused("features names 3 columns", layout().build(), null, "a", "b", "c");
        refused("expected a duration", layout().maxGap(BigDecimal.ONE).build(), null, "a", "b");
        refused(
                "expected a number",
                EventLayout.builder("client", "tie").maxGap(Duration.ofDays(1)).build(),
                null,
                "a",
                "b");
        refused(
                "to do without it",
                EventLayout.builder("client", "note").maxGap(BigDecimal.ONE).build(),
                null,
                "a",
                "b");
        refused("expected the unit", layout().timeDelta("dt").build(), null, "a", "dt");
        refused(
                "no unit of time",
                EventLayout.builder("client", "tie")
                        .timeDelta("dt", Duration.ofDays(1))
                        .build(),
                null,
                "a",
                "dt");
        refused(
                "the network is not given it",
                layout().timeDelta("dt", Duration.ofDays(1)).build(),
                null,
                "a",
                "b");
        refused(
                "the input has a column of that name",
                layout().timeDelta("b", Duration.ofDays(1)).build(),
                null,
                "a",
                "b");
        ScorerBuilder twice = SequenceScorer.builder(
                        RandomNetwork.of(Cell.GRU, 2, 3).model(new Random(1)))
                .keep("lengths");
        refused("the input has no column 'lengths'", layout().build(), twice, "a", "b");
        ScorerBuilder lengths = SequenceScorer.builder(
                        RandomNetwork.of(Cell.GRU, 2, 3).model(new Random(1)))
                .lengths("tie");
        refused("they are of rows that are sequences", layout().build(), lengths, "a", "b");
    }

    /** Amounts and a code of each event, an age and a segment of the client, through an embedding to a score. */
    @ParameterizedTest
    @CsvSource({"FLOAT32, 3", "FLOAT32, 4096", "FLOAT64, 100"})
    void aWholeNetworkTakesItsInputsOfEvents(Precision precision, int batchSteps) {
        Graph graph = GraphScorerTest.scores(precision);
        Random random = new Random(9);
        List<Row> rows = new ArrayList<>();
        for (int client = 0; client < 30; client++) {
            double age = random.nextDouble();
            int segment = random.nextInt(3);
            for (int t = 0, end = 1 + random.nextInt(12); t < end; t++) {
                rows.add(RowFactory.create(
                        client, t, random.nextGaussian(), random.nextGaussian(), random.nextInt(7), age, segment));
            }
        }
        Collections.shuffle(rows, random);
        Dataset<Row> events = spark.createDataFrame(
                rows, StructType.fromDDL("client int, n int, x double, y double, mcc int, age double, segment int"));
        events.createOrReplaceTempView("graph_events");
        Dataset<Row> arrays =
                spark.sql("SELECT client, transform(s, e -> array(e.x, e.y)) AS amounts, transform(s, e -> e.mcc)"
                        + " AS code, s[0].age AS age, s[0].segment AS segment FROM (SELECT client, array_sort(collect_list(struct(n,"
                        + " x, y, mcc, age, segment))) AS s FROM graph_events GROUP BY client)");
        Dataset<Row> paired = events.selectExpr("client", "n", "array(x, y) AS amounts", "mcc", "age", "segment");
        ScorerBuilder builder = SequenceScorer.builder(graph).batchSteps(batchSteps);
        Map<String, String> expected =
                byClient(builder.keep("client").addLengths().build().transform(arrays));
        builder.keep()
                .column("code", "mcc")
                .events(EventLayout.builder("client", "n").build());
        assertThat(byClient(builder.build().transform(paired).drop("first_n", "last_n")))
                .isEqualTo(expected);

        // the same with names in place of codes
        List<String> names = List.of("a", "b", "c", "d", "e", "f", "g");
        Dataset<Row> named = paired.withColumn("mcc", functions.expr("substring('abcdefg', mcc + 1, 1)"));
        builder.vocabulary("code", Vocabulary.of(names));
        assertThat(byClient(builder.build().transform(named).drop("first_n", "last_n")))
                .isEqualTo(expected);

        ScoreMetrics metrics = new ScoreMetrics(spark.sparkContext());
        builder.onInvalid(OnInvalid.nulls())
                .build()
                .transform(
                        named.withColumn("mcc", functions.expr("if(client = 3 AND n = 0, 'z', mcc)"))
                                .withColumn("age", functions.expr("if(client = 4 AND n = 0, 200D, age)"))
                                .withColumn("segment", functions.expr("if(client = 5, 3, segment)"))
                                .withColumn("amounts", functions.expr("if(client = 6, array(1D), amounts)"))
                                .where("client <> 4 OR n < 2"),
                        metrics)
                .collectAsList();
        long changed = rows.stream().filter(row -> row.getInt(0) == 4).count() > 1 ? 1 : 0;
        assertThat(metrics.invalid().getOrDefault(ErrorCode.CHANGED_VALUE, 0L)).isEqualTo(changed);
        assertThat(metrics.invalid())
                .containsEntry(ErrorCode.UNKNOWN_TOKEN, 1L)
                .containsEntry(ErrorCode.BAD_INDEX, 1L)
                .containsEntry(ErrorCode.WRONG_WIDTH, 1L);
        assertThat(metrics.firstInvalid())
                .anyMatch(message -> message.contains(
                        "events with client = 3, event at n = 0: column mcc (input code) is \"z\", which is not in its"
                                + " vocabulary"))
                .anyMatch(message -> message.contains("column amounts has 1 numbers; expected 2"));
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "2, 7", "3, 64", "4, 100000"})
    void aRowMayBeAnEvent(long seed, int batchSteps) {
        Random random = new Random(seed);
        Cell cell = Cell.OF_PYTORCH.get((int) (seed % 4));
        RnnModel model = new RandomNetwork(cell, 2, 5, 2, seed == 3 ? 2 : 1, true)
                .model(random, seed == 4 ? Precision.FLOAT64 : Precision.FLOAT32);
        Dataset<Row> events = events(random, 25).selectExpr("client", "ts", "tie", "a", "double(b) b", "c", "note");
        events.createOrReplaceTempView("events");
        Dataset<Row> arrays = SequenceScorer.builder(model)
                .outputs(EnumSet.of(Output.HIDDEN_STATES))
                .build()
                .transform(
                        spark.sql(
                                "SELECT client, s, transform(s, e -> array(e.a, e.b)) AS features FROM (SELECT client,"
                                        + " array_sort(collect_list(struct(ts, tie, a, b, note))) AS s FROM events GROUP BY client)"));
        Map<String, String> expected = new TreeMap<>();
        arrays.selectExpr("client", "inline(arrays_zip(s, hidden_states))")
                .selectExpr("client || '.' || s.tie", "client", "s.ts", "s.tie", "s.note", "hidden_states")
                .collectAsList()
                .forEach(row -> expected.put(row.getString(0), row.toString()));
        ScorerBuilder builder = SequenceScorer.builder(model)
                .features("a", "b")
                .keep("note")
                .batchSteps(batchSteps)
                .events(layout().gives(EventLayout.Gives.EVENTS).build());
        ScoreMetrics metrics = new ScoreMetrics(spark.sparkContext());
        Dataset<Row> scored = builder.build().transform(events, metrics);
        Map<String, String> found = new TreeMap<>();
        scored.selectExpr("client || '.' || tie", "client", "ts", "tie", "note", "hidden_states")
                .collectAsList()
                .forEach(row ->
                        assertThat(found.put(row.getString(0), row.toString())).isNull());
        assertThat(found).isEqualTo(expected);
        assertThat(metrics.sequences()).isEqualTo(25);
        assertThat(metrics.steps()).isEqualTo(expected.size());
        String checksum = metrics.checksum();
        ScoreMetrics again = new ScoreMetrics(spark.sparkContext());
        builder.batchSteps(33).build().transform(events, again).collectAsList();
        assertThat(again.checksum()).isEqualTo(checksum);
    }

    @Test
    void ofASequenceThatCannotBeScoredNoEventIsGiven() {
        RnnModel model = RandomNetwork.of(Cell.GRU, 2, 3).model(new Random(1));
        Dataset<Row> events =
                bad().withColumn("a", functions.expr("if(client = 'client 7' AND tie = 0, double('NaN'), a)"));
        ScoreMetrics metrics = new ScoreMetrics(spark.sparkContext());
        ScorerBuilder builder = SequenceScorer.builder(model)
                .features("a", "b")
                .batchSteps(10)
                .rejectNonFinite()
                .events(layout().gives(EventLayout.Gives.EVENTS).build());
        SequenceScorer quarantine = builder.onInvalid(
                        OnInvalid.setAside(folder.resolve("steps").toString()))
                .build();
        Dataset<Row> scored = quarantine.transform(events, metrics).cache();
        assertThat(scored.where("client IS NULL OR client IN ('client 4', 'client 5', 'client 6', 'client 7')")
                        .count())
                .isZero();
        assertThat(scored.count()).isEqualTo(metrics.steps());
        assertThat(metrics.sequences()).isEqualTo(25);
        assertThat(metrics.invalid()).containsEntry(ErrorCode.NON_FINITE, 1L);
        assertThat(quarantine.setAside(events, metrics).count()).isEqualTo(5);
        scored.unpersist();
        assertThatThrownBy(() -> builder.onInvalid(OnInvalid.fail())
                        .build()
                        .transform(events)
                        .collectAsList())
                .hasStackTraceContaining("InputException: events with client = ");
        assertThatThrownBy(() -> builder.outputs(EnumSet.of(Output.H_N)).build().transform(events))
                .hasMessageContaining("outputs: h_n is of a sequence, and with --step-output a row is an event");
        assertThatThrownBy(() -> builder.onInvalid(OnInvalid.nulls()).build())
                .hasMessageContaining("has no row to stay in");
    }
}
