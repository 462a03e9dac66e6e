package io.sparkrnn.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.sparkrnn.RandomHead;
import io.sparkrnn.RandomNetwork;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.Head;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.report.Distribution;
import io.sparkrnn.report.MetricsFile;
import io.sparkrnn.report.RunMetrics;
import io.sparkrnn.spark.invalid.OnInvalid;
import io.sparkrnn.spark.result.Output;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.FilterFunction;
import org.apache.spark.executor.CommitDeniedException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.assertj.core.api.recursive.comparison.RecursiveComparisonConfiguration;
import org.junit.jupiter.api.Test;

/** What is gathered of rows for a report: of each row once, whatever becomes of tasks. */
class ScoreProfileTest {
    private static final RnnModel MODEL = new RandomNetwork(Cell.GRU, 2, 5, 2, 2, true).model(new Random(1));

    private static final Head HEAD = head(Head.Source.H_N);

    private static final RecursiveComparisonConfiguration NEARLY = RecursiveComparisonConfiguration.builder()
            .withComparatorForType((a, b) -> Math.abs(a - b) <= 1e-6 * Math.max(1, Math.abs(a)) ? 0 : 1, Double.class)
            .build();

    /** How many attempts {@link Failing} ended. */
    private static final AtomicInteger FAILED = new AtomicInteger();

    private final SparkSession spark = LocalSpark.session();

    /** Ends the first attempts of tasks in their middle. */
    private record Failing() implements FilterFunction<Row> {
        private static final long serialVersionUID = 1;

        @Override
        public boolean call(Row row) throws CommitDeniedException {
            TaskContext task = TaskContext.get();
            if (task.attemptNumber() < 2 && row.getLong(0) % 7 == 0) {
                FAILED.incrementAndGet();
                // of all that a task may end by, this alone is tried again where tasks are not, in one JVM
                throw new CommitDeniedException("as if it was killed", 0, task.partitionId(), task.attemptNumber());
            }
            return true;
        }
    }

    private static Head head(Head.Source source) {
        return new Head(
                List.of(RandomHead.linear(new Random(2), 10, 3, Precision.FLOAT32)), source, Head.Finish.SIGMOID);
    }

    private Dataset<Row> table(int rows, int longest, int partitions) {
        Random random = new Random(rows);
        List<Row> all = new ArrayList<>();
        for (long id = 0; id < rows; id++) {
            Float[][] features = new Float[1 + random.nextInt(longest)][];
            for (int t = 0; t < features.length; t++) {
                features[t] = new Float[] {(float) random.nextGaussian(), random.nextInt(4) - 1f};
            }
            if (id % 50 == 49) {
                features[0][1] = null;
            }
            all.add(RowFactory.create(id, features));
        }
        return spark.createDataFrame(all, StructType.fromDDL("id bigint, features array<array<float>>"))
                .repartition(partitions);
    }

    private static ScorerBuilder scorer() {
        return SequenceScorer.builder(MODEL).head(HEAD).onInvalid(OnInvalid.nulls());
    }

    private static RunMetrics metrics(ScoreProfile profile) {
        return RunMetrics.of(
                new RunMetrics.Header("", "", "", 0, "", "", "", "", "", "", ""),
                new RunMetrics.Funnel(0, 0, 0, Map.of(), Map.of()),
                profile.total(),
                List.of(),
                List.of(),
                new RunMetrics.Throughput(0, 0, 0, 0, 0, 0),
                List.of(),
                List.of());
    }

    private static String text(RunMetrics metrics) {
        return new String(MetricsFile.write(metrics), StandardCharsets.UTF_8);
    }

    private RunMetrics of(SequenceScorer scorer, Dataset<Row> table) {
        ScoreProfile profile = scorer.profile(spark.sparkContext());
        scorer.transform(table, new ScoreMetrics(spark.sparkContext()), profile)
                .write()
                .format("noop")
                .mode("overwrite")
                .save();
        return metrics(profile);
    }

    @Test
    void isTheSameOfOnePartitionAndOfSeveral() {
        // so short that all steps are looked at, and so few that all rows are
        RunMetrics one = of(scorer().build(), table(60, 4, 1));
        RunMetrics five = of(scorer().build(), table(60, 4, 5));
        assertThat(one.sample().rows()).isEqualTo(59);
        assertThat(one.sample().sampledRows()).isEqualTo(59);
        assertThat(one.sample().sampledSteps()).isEqualTo(one.sample().steps());
        assertThat(one.units()).as("of the last layer, in both directions").hasSize(10);
        assertThat(one.norms()).hasSize(4);
        assertThat(five).usingRecursiveComparison(NEARLY).isEqualTo(one);
    }

    @Test
    void hasLengthsAndScoresOfEveryRow() {
        Dataset<Row> table = table(3000, 40, 1);
        RunMetrics one = of(scorer().build(), table);
        RunMetrics five = of(scorer().build(), table(3000, 40, 5));
        assertThat(one.sample().sampledRows()).isBetween(200L, 400L);
        assertThat(one.lengths().count()).isEqualTo(2940);
        assertThat(five.lengths()).usingRecursiveComparison(NEARLY).isEqualTo(one.lengths());
        assertThat(five.scores()).usingRecursiveComparison(NEARLY).isEqualTo(one.scores());

        Row truth = scorer().build()
                .transform(table)
                .selectExpr("avg(score[0])", "min(score[1])", "avg(size(hidden_states))")
                .first();
        assertThat(one.scores().get(0).values().mean()).isCloseTo(truth.getDouble(0), within(1e-6));
        assertThat((float) one.scores().get(1).values().min()).isEqualTo(truth.getFloat(1));
        assertThat(one.lengths().mean()).isCloseTo(truth.getDouble(2), within(1e-9));
        Distribution second = one.features().get(1).values();
        assertThat(second.min()).isEqualTo(-1);
        assertThat(second.max()).isEqualTo(2);
        assertThat(second.mean()).as("of a sample, around 0.5").isCloseTo(0.5, within(0.15));
    }

    @Test
    void countsNoRowTwice() {
        Dataset<Row> table = table(300, 12, 5);
        SequenceScorer scorer = scorer().build();
        String once = text(of(scorer, table));
        ScoreProfile profile = scorer.profile(spark.sparkContext());
        Dataset<Row> scored = scorer.transform(table, new ScoreMetrics(spark.sparkContext()), profile);
        FAILED.set(0);
        scored.filter(new Failing()).write().format("noop").mode("overwrite").save();
        assertThat(FAILED.get()).as("attempts that failed").isGreaterThanOrEqualTo(5);
        assertThat(text(metrics(profile))).isEqualTo(once);
        // as a stage that runs again, of which nothing failed
        scored.write().format("noop").mode("overwrite").save();
        assertThat(text(metrics(profile))).isEqualTo(once);
    }

    @Test
    void dependsOnNoBatch() {
        RnnModel forward = new RandomNetwork(Cell.LSTM, 2, 5, 1, 1, true).model(new Random(2));
        Dataset<Row> table = table(200, 40, 3);
        List<String> found = new ArrayList<>();
        for (int batchSteps : new int[] {1, 7, 100, 65_536}) {
            found.add(text(of(
                    SequenceScorer.builder(forward)
                            .outputs(EnumSet.of(Output.H_N))
                            .onInvalid(OnInvalid.nulls())
                            .batchSteps(batchSteps)
                            .build(),
                    table)));
        }
        assertThat(found).containsOnly(found.get(0));
        found.clear();
        ScorerBuilder byStep = scorer().head(head(Head.Source.HIDDEN_STATES));
        for (int batchSteps : new int[] {1, 100, 65_536}) {
            found.add(text(of(byStep.batchSteps(batchSteps).build(), table)));
        }
        assertThat(found).containsOnly(found.get(0));
        assertThat(found.get(0)).contains("\"name\":\"score 2\"");
        found.clear();
        for (int batchSteps : new int[] {1, 100, 65_536}) {
            found.add(text(of(scorer().batchSteps(batchSteps).build(), table)));
        }
        assertThat(found).containsOnly(found.get(0));
    }

    @Test
    void isTheSameByTheReferenceEngine() {
        Dataset<Row> table = table(60, 4, 2);
        RunMetrics single = of(scorer().build(), table);
        RunMetrics twice = of(scorer().precision(Precision.FLOAT64).build(), table);
        for (int i = 0; i < single.norms().size(); i++) {
            assertThat(twice.norms().get(i).sequences())
                    .isEqualTo(single.norms().get(i).sequences());
            assertThat(twice.norms().get(i).mean())
                    .isCloseTo(single.norms().get(i).mean(), within(1e-5));
        }
        for (int i = 0; i < single.units().size(); i++) {
            assertThat(twice.units().get(i).values().mean())
                    .isCloseTo(single.units().get(i).values().mean(), within(1e-5));
        }
        assertThat(twice.features()).usingRecursiveComparison(NEARLY).isEqualTo(single.features());
        assertThat(single.norms().get(0).mean()).isPositive();
    }
}
