package io.sparkrnn.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkrnn.RandomHead;
import io.sparkrnn.RandomNetwork;
import io.sparkrnn.RandomStack;
import io.sparkrnn.engine.Engine;
import io.sparkrnn.engine.EngineFactory;
import io.sparkrnn.engine.KernelChoice;
import io.sparkrnn.forward.ForwardPass;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.Head;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.spark.feature.FeatureLayout;
import io.sparkrnn.spark.feature.FeatureLayout.Wanted;
import io.sparkrnn.spark.feature.Features;
import io.sparkrnn.spark.invalid.Defect;
import io.sparkrnn.spark.invalid.ErrorCode;
import io.sparkrnn.spark.invalid.InputException;
import io.sparkrnn.spark.invalid.OnInvalid;
import io.sparkrnn.spark.result.Output;
import io.sparkrnn.spark.sequence.LengthLimits;
import io.sparkrnn.spark.sequence.SequenceInput;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sequences longer than a batch, and those that are too long for a row. */
class LongSequencesTest {
    private static final StructType SCHEMA = StructType.fromDDL(
            "id bigint, features array<array<float>>, mask array<boolean>, h array<array<float>>, note string");

    private final SparkSession spark = LocalSpark.session();

    @TempDir
    Path folder;

    /** A table of short and long sequences, of which some steps do not count, by a seed. */
    private Dataset<Row> table(Random random, RnnModel model, int rows) {
        List<Row> table = new ArrayList<>();
        for (long id = 0; id < rows; id++) {
            int length = random.nextInt(3) > 0 ? 1 + random.nextInt(12) : 1 + random.nextInt(300);
            Float[][] features = new Float[length][model.inputSize()];
            Boolean[] mask = new Boolean[length];
            for (int t = 0; t < length; t++) {
                Arrays.setAll(features[t], i -> (float) random.nextGaussian());
                mask[t] = t == length - 1 || random.nextInt(4) > 0;
            }
            Float[][] h = null;
            if (model.hiddenStates().isUniform() && random.nextBoolean()) {
                h = new Float[model.numStates()][model.stateSize()];
                for (Float[] state : h) {
                    Arrays.setAll(state, i -> (float) random.nextGaussian());
                }
            }
            table.add(RowFactory.create(id, features, mask, h, "note " + id));
        }
        return spark.createDataFrame(table, SCHEMA)
                .selectExpr("*", "flatten(features) AS flat")
                .repartition(2);
    }

    private static Map<Long, String> byId(Dataset<Row> scored) {
        Map<Long, String> rows = new TreeMap<>();
        for (Row row : scored.drop("features", "mask", "h", "flat").collectAsList()) {
            assertThat(rows.put(row.getLong(0), row.toString())).isNull();
        }
        return rows;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void haveTheBitsOfOneRunWhateverABatchHolds(long seed) {
        Random random = new Random(seed);
        Cell cell = Cell.OF_PYTORCH.get((int) (seed % 4));
        RnnModel model = seed % 3 == 0
                ? RandomStack.model(random)
                : new RandomNetwork(cell, 1 + random.nextInt(5), 1 + random.nextInt(20), 1 + random.nextInt(3), 1, true)
                        .model(random, seed % 5 == 0 ? Precision.FLOAT64 : Precision.FLOAT32);
        Head head = RandomHead.head(random, model.outputSize(), Precision.FLOAT32);
        Set<Output> outputs = EnumSet.of(Output.H_N, Output.LENGTHS, Output.SCORE);
        if (model.hasCellState()) {
            outputs.add(Output.C_N);
        }
        Dataset<Row> table = table(random, model, 30).cache();
        ScorerBuilder builder = SequenceScorer.builder(model)
                .features(random.nextBoolean() ? "features" : "flat")
                .id("id")
                .head(head)
                .outputs(outputs);
        if (random.nextBoolean()) {
            // runs of steps that a batch ends in the middle of
            if (builder.build().flatColumn(table).isEmpty()) {
                builder.valid("mask");
            }
            builder.lastSteps(150);
        }
        if (model.hiddenStates().isUniform()) {
            builder.initialState("h");
        }
        Map<Long, String> whole = byId(builder.batchSteps(1_000).build().transform(table));
        for (int batchSteps : new int[] {1, 7, 48, 149}) {
            ScoreMetrics metrics = new ScoreMetrics(spark.sparkContext());
            Dataset<Row> scored = builder.batchSteps(batchSteps).build().transform(table, metrics);
            assertThat(byId(scored))
                    .as("seed %s, %s, batches of %s steps", seed, model, batchSteps)
                    .isEqualTo(whole);
            assertThat(metrics.sequences()).isEqualTo(30);
            assertThat(metrics.steps()).isEqualTo(steps(scored));
        }
        table.unpersist();
    }

    private static long steps(Dataset<Row> scored) {
        return scored.selectExpr("sum(lengths)").head().getLong(0);
    }

    /** Notes the steps of each run of an engine. */
    private static Engine watched(Engine engine, List<Integer> runs) {
        return (Engine) Proxy.newProxyInstance(
                Engine.class.getClassLoader(), new Class<?>[] {Engine.class}, (proxy, method, arguments) -> {
                    if (method.getName().equals("run")) {
                        runs.add(engine.steps());
                    }
                    try {
                        return method.invoke(engine, arguments);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                });
    }

    @Test
    void areNeverInAnEngineAsAWhole() {
        RnnModel model = RandomNetwork.of(Cell.GRU, 2, 3).model(new Random(1));
        List<Integer> runs = new ArrayList<>();
        List<Integer> told = new ArrayList<>();
        Engine engine = watched(
                EngineFactory.of(model, Precision.FLOAT32, KernelChoice.AUTO).engine(ForwardPass.Wanted.FINAL_STATES),
                runs);
        SequenceInput.Sink sequences = LengthLimits.of(
                        model, null, EnumSet.of(Output.H_N), Precision.FLOAT32, LengthLimits.LARGEST_ARRAY)
                .sink(engine, 100, nanos -> told.add(engine.steps()));
        Features features = FeatureLayout.of(DataTypes.createArrayType(DataTypes.FloatType))
                .orElseThrow()
                .reader(new Wanted(Defect.Where.FEATURES, 2, null));
        features.take(UnsafeArrayData.fromPrimitiveArray(new float[2 * 1_050]));
        sequences.add(1_050, features, null, null, null);
        assertThat(engine.size()).isOne();
        assertThat(engine.steps()).isEqualTo(50);
        assertThat(runs).hasSize(10).containsOnly(100).isEqualTo(told);
        // A short one beside what is left of the long one.
        features.take(UnsafeArrayData.fromPrimitiveArray(new float[2 * 30]));
        sequences.add(30, features, null, null, null);
        assertThat(engine.size()).isEqualTo(2);
    }

    /** What can be wrong in a step, and a row with it at a step. */
    private enum Wrong {
        NULL_STEP,
        NULL_VALUE,
        WRONG_WIDTH,
        BAD_INITIAL_STATE,
        /** Of a state and of a step: the step is told of. */
        STATE_AND_STEP;

        Row row(long id, int length, int at) {
            Float[][] features = new Float[length][2];
            for (Float[] step : features) {
                Arrays.fill(step, 0.5f);
            }
            Float[][] h = {{0f, this == BAD_INITIAL_STATE || this == STATE_AND_STEP ? null : 1f, 0f}};
            switch (this) {
                case NULL_STEP, STATE_AND_STEP -> features[at] = null;
                case NULL_VALUE -> features[at][1] = null;
                case WRONG_WIDTH -> features[at] = new Float[] {1f, 2f, 3f};
                case BAD_INITIAL_STATE -> {}
            }
            return RowFactory.create(id, features, new Boolean[length], h, "note");
        }

        ErrorCode code() {
            return this == STATE_AND_STEP ? ErrorCode.NULL_STEP : ErrorCode.valueOf(name());
        }
    }

    @ParameterizedTest
    @EnumSource(Wrong.class)
    void failAtTheStepThatIsWrongAndLeaveNothing(Wrong wrong) {
        Random random = new Random(3);
        RnnModel model = RandomNetwork.of(Cell.LSTM, 2, 3).model(random);
        List<Row> rows = new ArrayList<>(table(random, model, 20).drop("flat").collectAsList());
        Dataset<Row> good = spark.createDataFrame(List.copyOf(rows), SCHEMA).coalesce(1);
        List<Long> bad = new ArrayList<>();
        for (int at : new int[] {0, 99, 100, 101, 350, 399}) {
            long id = 1_000L + at;
            rows.add(random.nextInt(rows.size()), wrong.row(id, 400, at));
            bad.add(id);
        }
        Dataset<Row> table = spark.createDataFrame(rows, SCHEMA).coalesce(1);
        ScorerBuilder builder =
                SequenceScorer.builder(model).id("id").initialState("h").outputs(EnumSet.of(Output.H_N, Output.C_N));
        Map<Long, String> expected = byId(builder.batchSteps(10_000).build().transform(good));
        Set<String> messages = null;
        for (int batchSteps : new int[] {10_000, 100, 7}) {
            ScoreMetrics metrics = new ScoreMetrics(spark.sparkContext());
            Dataset<Row> scored = builder.batchSteps(batchSteps)
                    .onInvalid(OnInvalid.nulls())
                    .build()
                    .transform(table, metrics)
                    .cache();
            assertThat(byId(scored.where("error_code IS NULL").drop("error_code")))
                    .isEqualTo(expected);
            assertThat(scored.where("error_code IS NOT NULL")
                            .select("id")
                            .as(org.apache.spark.sql.Encoders.LONG())
                            .collectAsList())
                    .containsExactlyInAnyOrderElementsOf(bad);
            scored.unpersist();
            assertThat(metrics.invalid()).isEqualTo(Map.of(wrong.code(), (long) bad.size()));
            Set<String> these = Set.copyOf(metrics.firstInvalid());
            if (messages != null) {
                assertThat(these).isEqualTo(messages);
            }
            messages = these;
            ScoreMetrics checked = new ScoreMetrics(spark.sparkContext());
            builder.build().check(table, checked);
            assertThat(Set.copyOf(checked.firstInvalid())).isEqualTo(these);
        }
    }

    /** Rows of 5 steps, and one of {@code most} and one more. */
    private Dataset<Row> tooLong(int most) {
        List<Row> rows = new ArrayList<>();
        for (int id = 0; id < 10; id++) {
            int length = id == 3 ? most + 1 : id == 7 ? most : 5;
            Float[][] features = IntStream.range(0, length)
                    .mapToObj(t -> new Float[] {0.1f * (t % 9), 0.2f})
                    .toArray(Float[][]::new);
            rows.add(RowFactory.create((long) id, features, null, null, "note " + id));
        }
        return spark.createDataFrame(rows, SCHEMA).coalesce(1);
    }

    private static ScorerBuilder small(RnnModel model, @Nullable Head head, Set<Output> outputs) {
        ScorerBuilder builder = SequenceScorer.builder(model)
                .id("id")
                .keep("id")
                .outputs(outputs)
                .largestArray(20_000);
        return head == null ? builder : builder.head(head);
    }

    @Test
    void areRefusedWithTheLimitAndAWayOutWhereTheirResultsDoNotFit() {
        Random random = new Random(1);
        RnnModel forward = RandomNetwork.of(Cell.GRU, 2, 3).model(random);
        RnnModel both = new RandomNetwork(Cell.GRU, 2, 3, 2, 2, true).model(random);
        Head steps = new Head(
                List.of(RandomHead.linear(random, 3, 1, Precision.FLOAT32)),
                Head.Source.HIDDEN_STATES,
                Head.Finish.SIGMOID);
        record Case(ScorerBuilder scorer, String what, String wayOut) {}
        for (Case one : List.of(
                new Case(
                        small(forward, null, EnumSet.of(Output.HIDDEN_STATES)),
                        "the hidden states of its ",
                        "; ask for h_n alone, which any number of steps has, or score a part of it with limit-sequence "),
                new Case(
                        small(forward, steps, EnumSet.of(Output.SCORE, Output.H_N)),
                        "the scores of its ",
                        "; ask for h_n alone, which any number of steps has, or score a part of it with limit-sequence "),
                new Case(
                        small(both, null, EnumSet.of(Output.HIDDEN_STATES)),
                        "the hidden states of its ",
                        "; score a part of it with limit-sequence "),
                new Case(
                        small(both, null, EnumSet.of(Output.H_N)),
                        " that a run of this network has room for, in arrays of 2 GiB",
                        "; score a part of it with limit-sequence "))) {
            int most = limit(one.scorer.build(), tooLong(5_000));
            assertThat(most).isBetween(300, 4_000);
            Dataset<Row> input = tooLong(most);

            assertThatThrownBy(() -> one.scorer.build().transform(input).collectAsList())
                    .rootCause()
                    .isInstanceOf(InputException.class)
                    .hasMessageContaining("row with id = 3: ")
                    .hasMessageContaining(one.what)
                    .hasMessageContaining(one.wayOut + most + ", or cut it into shorter sequences");

            List<Row> nulls = one.scorer
                    .onInvalid(OnInvalid.nulls())
                    .build()
                    .transform(input)
                    .select("id", "error_code")
                    .collectAsList();
            assertThat(nulls).hasSize(10);
            for (Row row : nulls) {
                assertThat(row.getString(1)).isEqualTo(row.getLong(0) == 3 ? "TOO_LONG" : null);
            }

            ScoreMetrics metrics = new ScoreMetrics(spark.sparkContext());
            SequenceScorer aside = one.scorer
                    .onInvalid(OnInvalid.setAside(
                            folder.resolve(one.what.replace(' ', '_')).toUri().toString()))
                    .build();
            assertThat(aside.transform(input, metrics).count()).isEqualTo(9);
            assertThat(metrics.invalid()).isEqualTo(Map.of(ErrorCode.TOO_LONG, 1L));
            Row set = aside.setAside(input, metrics).select("id", "error_code").head();
            assertThat(set).isEqualTo(RowFactory.create(3L, "TOO_LONG"));

            // The way out leads out.
            assertThat(one.scorer
                            .onInvalid(OnInvalid.fail())
                            .lastSteps(most)
                            .build()
                            .transform(input)
                            .count())
                    .isEqualTo(10);
        }
        assertThat(small(forward, null, EnumSet.of(Output.H_N))
                        .build()
                        .transform(tooLong(5_000))
                        .count())
                .isEqualTo(10);
    }

    /** What a message says that would do. */
    private int limit(SequenceScorer scorer, Dataset<Row> input) {
        ScoreMetrics metrics = new ScoreMetrics(spark.sparkContext());
        scorer.check(input, metrics);
        String message = metrics.firstInvalid().get(0);
        return Integer.parseInt(message.replaceFirst("(?s).*limit-sequence (\\d+),.*", "$1"));
    }

    @Test
    void haveRoomBesideTheColumnsThatPassThrough() {
        RnnModel forward = RandomNetwork.of(Cell.GRU, 2, 3).model(new Random(1));
        Dataset<Row> input = tooLong(50).selectExpr("*", "repeat('x', 19000) AS document");
        ScoreMetrics metrics = new ScoreMetrics(spark.sparkContext());
        small(forward, null, EnumSet.of(Output.HIDDEN_STATES))
                .keep("document")
                .build()
                .check(input, metrics);
        assertThat(metrics.invalid()).isEqualTo(Map.of(ErrorCode.TOO_LONG, 2L));
    }
}
