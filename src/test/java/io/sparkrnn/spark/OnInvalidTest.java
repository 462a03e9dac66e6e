package io.sparkrnn.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkrnn.RandomNetwork;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.spark.count.RowCounts;
import io.sparkrnn.spark.invalid.ErrorCode;
import io.sparkrnn.spark.invalid.InputException;
import io.sparkrnn.spark.invalid.OnInvalid;
import io.sparkrnn.spark.result.Output;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.FilterFunction;
import org.apache.spark.executor.CommitDeniedException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows that cannot be scored: each row of a table ends in exactly one place, whatever becomes of tasks. */
class OnInvalidTest {
    private static final RnnModel MODEL = new RandomNetwork(Cell.GRU, 2, 3, 1, 1, true).model(new Random(1));

    private static final StructType SCHEMA = StructType.fromDDL(
            "id bigint, features array<array<float>>, steps int, h array<array<float>>, note string");

    private final SparkSession spark = LocalSpark.session();

    @TempDir
    Path folder;

    /** A random table, and what is wrong with each of its rows. */
    private record Table(List<Row> rows, Map<Long, ErrorCode> wrong) {
        static Table of(Random random, int size) {
            List<Row> rows = new ArrayList<>();
            Map<Long, ErrorCode> wrong = new TreeMap<>();
            ErrorCode[] codes = ErrorCode.values();
            for (long id = 0; id < size; id++) {
                int length = 1 + random.nextInt(12);
                Float[][] features = new Float[length][];
                for (int t = 0; t < length; t++) {
                    features[t] = new Float[] {random.nextFloat(), random.nextFloat()};
                }
                Integer steps = 1 + random.nextInt(length);
                Float[][] h = random.nextBoolean() ? null : new Float[][] {{0f, 1f, -1f}};
                ErrorCode code = random.nextInt(3) > 0 ? null : codes[random.nextInt(codes.length)];
                int at = random.nextInt(steps);
                if (code != null) {
                    switch (code) {
                        case NULL_SEQUENCE -> features = null;
                        case EMPTY_SEQUENCE -> {
                            features = new Float[0][];
                            code = ErrorCode.BAD_LENGTH; // there is a length for it
                        }
                        case NULL_STEP -> features[at] = null;
                        case NULL_VALUE -> features[at][random.nextInt(2)] = null;
                        case WRONG_WIDTH -> {
                            features[at] = new Float[1 + 2 * random.nextInt(2)];
                            Arrays.fill(features[at], 1f);
                        }
                        case BAD_LENGTH -> steps = new Integer[] {null, 0, -1, length + 1}[random.nextInt(4)];
                        case BAD_INITIAL_STATE ->
                            h = new Float[][][] {{}, {null}, {{0f, 1f}}, {{0f, null, 1f}}, {{}, {}}}[random.nextInt(5)];
                        case NON_FINITE -> {
                            features[at][0] = Float.NaN;
                            h = null;
                        }
                        case TOO_LONG -> code = null; // takes gigabytes
                        case BAD_INDEX, UNKNOWN_TOKEN, NOT_COMPUTED -> code = null; // of whole networks
                        case NULL_ID, NULL_ORDER, TIED_ORDER, LATE_EVENT, CHANGED_VALUE ->
                            code = null; // of events and of carried states
                    }
                }
                if (code != null) {
                    wrong.put(id, code);
                }
                rows.add(RowFactory.create(id, features, steps, h, "note " + id));
            }
            return new Table(rows, wrong);
        }

        Map<ErrorCode, Long> counts() {
            Map<ErrorCode, Long> counts = new EnumMap<>(ErrorCode.class);
            wrong.values().forEach(code -> counts.merge(code, 1L, Long::sum));
            return counts;
        }
    }

    /** Lets the first attempts of tasks end in their middle, after they have set rows aside. */
    private record Failing(long seed, int most) implements FilterFunction<Row> {
        private static final long serialVersionUID = 1;

        @Override
        public boolean call(Row row) throws CommitDeniedException {
            TaskContext task = TaskContext.get();
            Random random =
                    new Random(seed * 31 + task.partitionId() * 7L + row.getLong(0) * 1009 + task.attemptNumber());
            if (task.attemptNumber() < most && random.nextInt(20) == 0) {
                // of all that a task may end by, this alone is tried again where tasks are not, in one JVM
                throw new CommitDeniedException("as if it was killed", 0, task.partitionId(), task.attemptNumber());
            }
            return true;
        }
    }

    private static ScorerBuilder scorer() {
        return SequenceScorer.builder(MODEL)
                .id("id")
                .lengths("steps")
                .initialState("h")
                .rejectNonFinite()
                .outputs(EnumSet.of(Output.H_N, Output.LENGTHS));
    }

    private Dataset<Row> dataset(Table table, int partitions) {
        return spark.createDataFrame(table.rows(), SCHEMA).repartition(partitions);
    }

    /** What a table of the good rows alone gives. */
    private Map<Long, String> expected(Table table) {
        List<Row> good = table.rows().stream()
                .filter(row -> !table.wrong().containsKey(row.getLong(0)))
                .toList();
        return byId(scorer().build().transform(spark.createDataFrame(good, SCHEMA)));
    }

    private String checksumOfGood(Table table) {
        ScoreMetrics metrics = new ScoreMetrics(spark.sparkContext());
        List<Row> good = table.rows().stream()
                .filter(row -> !table.wrong().containsKey(row.getLong(0)))
                .toList();
        scorer().build()
                .transform(spark.createDataFrame(good, SCHEMA), metrics)
                .write()
                .format("noop")
                .mode("overwrite")
                .save();
        return metrics.checksum();
    }

    private static Map<Long, String> byId(Dataset<Row> scored) {
        Map<Long, String> rows = new TreeMap<>();
        for (Row row : scored.select("id", "h_n", "lengths", "note").collectAsList()) {
            assertThat(rows.put(row.getLong(0), row.toString())).isNull();
        }
        return rows;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void eachRowEndsInOnePlaceWhateverBecomesOfTasks(long seed) throws IOException {
        Random random = new Random(seed);
        Table table = Table.of(random, 50 + random.nextInt(300));
        Dataset<Row> input = dataset(table, 1 + random.nextInt(5));
        Failing failing = new Failing(seed, (int) (seed % 3));
        Map<Long, String> expected = expected(table);

        ScoreMetrics metrics = new ScoreMetrics(spark.sparkContext());
        SequenceScorer aside = scorer().onInvalid(
                        OnInvalid.setAside(folder.resolve("aside").toUri().toString()))
                .batchSteps(1 + random.nextInt(100))
                .build();
        assertThat(byId(aside.transform(input, metrics).filter(failing)))
                .as("seed %s", seed)
                .isEqualTo(expected);
        Map<Long, ErrorCode> reasons = new TreeMap<>();
        Dataset<Row> set = aside.setAside(input, metrics);
        assertThat(set.columns())
                .containsExactly("id", "features", "steps", "h", "note", "error_code", "error_message");
        for (Row row : set.collectAsList()) {
            assertThat(reasons.put(row.getLong(0), ErrorCode.valueOf(row.getString(5))))
                    .isNull();
            assertThat(row.getString(6)).contains("row with id = " + row.getLong(0) + ": ");
        }
        assertThat(reasons).as("seed %s", seed).isEqualTo(table.wrong());
        assertThat(set.drop("error_code", "error_message").exceptAll(input).count())
                .isZero();
        check(metrics, table, expected.size());
        assertThat(metrics.checksum())
                .as("of each good row once, seed %s", seed)
                .isEqualTo(checksumOfGood(table));

        ScoreMetrics nulls = new ScoreMetrics(spark.sparkContext());
        Dataset<Row> all = scorer().onInvalid(OnInvalid.nulls())
                .batchSteps(1 + random.nextInt(100))
                .build()
                .transform(input, nulls)
                .filter(failing)
                .persist();
        assertThat(byId(all.where("error_code IS NULL"))).isEqualTo(expected);
        assertThat(all.count()).isEqualTo(table.rows().size());
        for (Row row : all.where("error_code IS NOT NULL").collectAsList()) {
            assertThat(row.<Object>getAs("h_n")).isNull();
            assertThat(row.<Object>getAs("lengths")).isNull();
            assertThat(ErrorCode.valueOf(row.getAs("error_code")))
                    .isEqualTo(table.wrong().get(row.<Long>getAs("id")));
        }
        check(nulls, table, expected.size());
        all.unpersist();
        try (var files = Files.list(folder.resolve("aside"))) {
            assertThat(files.filter(file -> !file.toString().endsWith(".crc")).count())
                    .as("what failed tasks set aside is gone, but for what was told of")
                    .isEqualTo(metrics.setAside().size());
        }
    }

    private static void check(ScoreMetrics metrics, Table table, int scored) {
        assertThat(metrics.invalid()).isEqualTo(table.counts());
        assertThat(metrics.sequences()).isEqualTo(scored);
        assertThat(metrics.rows()).isEqualTo(table.rows().size());
        assertThat(metrics.firstInvalid())
                .hasSize(Math.min(RowCounts.FEW, table.wrong().size()));
    }

    @Test
    void tellsOfAllBadRowsWithoutScoringAny() {
        Table table = Table.of(new Random(9), 200);
        ScoreMetrics metrics = new ScoreMetrics(spark.sparkContext());
        scorer().build().check(dataset(table, 3), metrics);
        Map<ErrorCode, Long> found = table.counts();
        found.remove(ErrorCode.NON_FINITE);
        assertThat(metrics.invalid()).isEqualTo(found);
        assertThat(metrics.rows()).isEqualTo(200);
        assertThat(metrics.sequences()).isZero();
    }

    @Test
    void failsByTheFirstUnlessToldOtherwise() {
        Dataset<Row> input = dataset(Table.of(new Random(3), 100), 2);
        assertThatThrownBy(() -> scorer().build().transform(input).collectAsList())
                .rootCause()
                .isInstanceOf(InputException.class)
                .hasMessageContaining("row with id = ");
        assertThatThrownBy(() -> scorer().onInvalid(OnInvalid.nulls())
                        .build()
                        .transform(input.selectExpr("*", "'x' AS error_code")))
                .hasMessageContaining("already has a column error_code");
    }

    @Test
    void keepsWhatIsSetAsideToWhatIsReadOrKept() {
        Dataset<Row> input = dataset(Table.of(new Random(4), 100), 2).selectExpr("*", "'before' AS error_code");
        ScoreMetrics metrics = new ScoreMetrics(spark.sparkContext());
        SequenceScorer scorer = scorer().keep("id")
                .onInvalid(OnInvalid.setAside(folder.resolve("few").toUri().toString()))
                .build();
        long good = scorer.transform(input, metrics).count();
        Dataset<Row> set = scorer.setAside(input, metrics);
        assertThat(set.columns()).containsExactly("id", "features", "steps", "h", "error_code", "error_message");
        assertThat(set.where("error_code = 'before'").count()).isZero();
        assertThat(set.count()).isEqualTo(100 - good);
    }

    @Test
    void finishesWithNoFileWhereAllRowsAreGood() {
        Dataset<Row> input = spark.sql("SELECT id, array(array(1F, 2F)) AS features FROM range(50)");
        ScoreMetrics metrics = new ScoreMetrics(spark.sparkContext());
        SequenceScorer scorer = SequenceScorer.builder(MODEL)
                .onInvalid(OnInvalid.setAside(folder.resolve("none").toUri().toString()))
                .build();
        assertThat(scorer.transform(input, metrics).count()).isEqualTo(50);
        assertThat(scorer.setAside(input, metrics).count()).isZero();
        assertThat(folder.resolve("none")).doesNotExist();
    }
}
