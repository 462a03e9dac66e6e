package io.sparkrnn.job.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.RandomNetwork;
import io.sparkrnn.model.Cell;
import io.sparkrnn.spark.LocalSpark;
import io.sparkrnn.spark.ScoreMetrics;
import io.sparkrnn.spark.SequenceScorer;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.OptionalLong;
import java.util.Random;
import java.util.function.Supplier;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.EnumSource.Mode;

/** What is told of a job while it runs. */
class ProgressTest {
    private final SparkSession spark = LocalSpark.session();
    private final ByteArrayOutputStream told = new ByteArrayOutputStream();

    private void score() {
        Dataset<Row> table =
                spark.range(0, 90, 1, 3).selectExpr("id", "array(array(float(id)), array(1F)) AS features");
        SequenceScorer.builder(RandomNetwork.of(Cell.GRU, 1, 2).model(new Random(1)))
                .build()
                .transform(table, new ScoreMetrics(spark.sparkContext()))
                .write()
                .format("noop")
                .mode("overwrite")
                .save();
    }

    /** Events come after what they tell of. */
    private static String awaited(Progress progress, String part) throws InterruptedException {
        Instant end = Instant.now().plus(Duration.ofSeconds(20));
        String text = progress.text(10);
        while ((text == null || !text.contains(part)) && Instant.now().isBefore(end)) {
            Thread.sleep(20);
            text = progress.text(10);
        }
        return String.valueOf(text);
    }

    private Progress progress(Progress.Style style, Supplier<OptionalLong> expected) {
        Progress progress = new Progress(
                spark.sparkContext(), style, new PrintStream(told, true, StandardCharsets.UTF_8), expected);
        spark.sparkContext().addSparkListener(progress);
        return progress;
    }

    @ParameterizedTest
    @EnumSource(mode = Mode.EXCLUDE, names = "NONE")
    void tellsHowMuchIsDone(Progress.Style style) throws Exception {
        Progress progress = progress(style, () -> OptionalLong.of(360));
        try {
            assertThat(progress.text(1)).isNull();
            score();
            assertThat(awaited(progress, "3 of 3 tasks"))
                    .contains(style == Progress.Style.BAR ? "%, 18 steps/s, 3 of 3 tasks" : "90 sequences, 18 steps/s");
            progress.tick();
            assertThat(progress.text(10)).as("half of what the footers tell").contains("50 %", "10 s left");
            assertThat(told.toString(StandardCharsets.UTF_8))
                    .startsWith(style == Progress.Style.BAR ? "\r[############............] 50 %" : "spark-rnn: 50 %");
            score();
            assertThat(awaited(progress, "6 of 6 tasks")).contains("99 %", "36 steps/s");
            score();
            assertThat(awaited(progress, "9 of 9 tasks"))
                    .as("more than was expected")
                    .contains("100 %");
        } finally {
            progress.end();
        }
    }

    @Test
    void whereTheEndIsNotKnownTasksTellIt() throws Exception {
        Progress progress = progress(Progress.Style.BAR, () -> {
            throw new IllegalStateException("no footers");
        });
        try {
            score();
            awaited(progress, "3 of 3 tasks");
            progress.tick();
            assertThat(progress.text(10)).contains("100 %");
        } finally {
            progress.end();
        }
        assertThat(told.toString(StandardCharsets.UTF_8))
                .as("the bar is gone in the end")
                .endsWith(" \r");
    }

    @Test
    void jobsAreCalledByWhatTheyDo() {
        try (JobSession job = JobSession.open("test")) {
            job.describe("score model.pt over sequences");
            assertThat(spark.sparkContext().getLocalProperty("spark.job.description"))
                    .isEqualTo("score model.pt over sequences");
            assertThat(job.progress()).as("of a session of others").isEqualTo(Progress.Style.NONE);
        }
        assertThat(spark.sparkContext().getLocalProperty("spark.job.description"))
                .isNull();
    }
}
