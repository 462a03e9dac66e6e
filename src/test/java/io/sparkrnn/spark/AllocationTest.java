package io.sparkrnn.spark;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.sparkrnn.RandomNetwork;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.spark.result.Output;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Neither an object nor new memory for a number, on the way in and on the way out. */
class AllocationTest {
    private static final int STEPS = 200;
    private static final int WIDTH = 16;
    private static final int HIDDEN_SIZE = 64;

    /**
     * A boxed float is an object of 16 bytes and a reference of 4 or 8 to it; a copy of a number that is not made in memory
     * used again takes 4. Neither is needed.
     */
    private static final double LESS_THAN_A_COPY = 2;

    private final SparkSession spark = LocalSpark.session();

    @TempDir
    Path folder;

    private static double allocated() {
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        double bytes = 0;
        for (long allocated : threads.getThreadAllocatedBytes(threads.getAllThreadIds())) {
            bytes += Math.max(0, allocated);
        }
        return bytes;
    }

    private Dataset<Row> table(int sequences) {
        String path = folder.resolve("in" + sequences).toString();
        spark.range(0, sequences, 1, 1)
                .selectExpr("id", "array_repeat(array_repeat(0.5F, " + WIDTH + "), " + STEPS + ") AS features")
                .write()
                .mode("overwrite")
                .option("parquet.enable.dictionary", "false")
                .parquet(path);
        return spark.read().parquet(path);
    }

    private static Dataset<Row> scored(Dataset<Row> table, Output output) {
        RnnModel model = RandomNetwork.of(Cell.RNN_TANH, WIDTH, HIDDEN_SIZE).model(new Random(1));
        return SequenceScorer.builder(model)
                .outputs(EnumSet.of(output))
                .batchSteps(2000)
                .build()
                .transform(table);
    }

    /** Bytes allocated by a job that runs this, once everything it runs is compiled. */
    private static double bytes(Dataset<Row> table) {
        Runnable job = () -> table.write().format("noop").mode("overwrite").save();
        for (int i = 0; i < 3; i++) {
            job.run();
        }
        double before = allocated();
        job.run();
        return allocated() - before;
    }

    @Test
    void allocatesNothingForANumberRead() {
        // What Spark's reader allocates by itself, some 40 bytes a number, is not this project's.
        Dataset<Row> few = table(500);
        Dataset<Row> many = table(3000);
        double fewer = bytes(scored(few, Output.H_N)) - bytes(few);
        double more = bytes(scored(many, Output.H_N)) - bytes(many);
        assertThat((more - fewer) / (2500.0 * STEPS * WIDTH))
                .as("bytes a number read")
                .isLessThan(LESS_THAN_A_COPY);
    }

    @Test
    void allocatesNothingForANumberGiven() {
        Dataset<Row> few = table(500);
        Dataset<Row> many = table(2000);
        double fewer = bytes(scored(few, Output.HIDDEN_STATES)) - bytes(scored(few, Output.H_N));
        double more = bytes(scored(many, Output.HIDDEN_STATES)) - bytes(scored(many, Output.H_N));
        assertThat((more - fewer) / (1500.0 * STEPS * HIDDEN_SIZE))
                .as("bytes a number given")
                .isLessThan(LESS_THAN_A_COPY);
    }

    @Test
    void allocatesNothingForANumberInAStructBehindAMask() {
        Dataset<Row> few = records(500);
        Dataset<Row> many = records(3000);
        double fewer = bytes(scoredRecords(few)) - bytes(few);
        double more = bytes(scoredRecords(many)) - bytes(many);
        assertThat((more - fewer) / (2500.0 * STEPS * WIDTH))
                .as("bytes a number read")
                .isLessThan(LESS_THAN_A_COPY);
    }

    private Dataset<Row> records(int sequences) {
        String fields =
                IntStream.range(0, WIDTH).mapToObj(i -> "'f" + i + "', 0.5D").collect(Collectors.joining(", "));
        String path = folder.resolve("records" + sequences).toString();
        spark.range(0, sequences, 1, 1)
                .selectExpr(
                        "id",
                        "array_repeat(named_struct(" + fields + "), " + STEPS + ") AS features",
                        "transform(sequence(1, " + STEPS + "), t -> t % 2 = 0) AS mask")
                .write()
                .mode("overwrite")
                .parquet(path);
        return spark.read().parquet(path);
    }

    private static Dataset<Row> scoredRecords(Dataset<Row> table) {
        RnnModel model = RandomNetwork.of(Cell.RNN_TANH, WIDTH, HIDDEN_SIZE).model(new Random(1));
        return SequenceScorer.builder(model)
                .outputs(EnumSet.of(Output.H_N))
                .valid("mask")
                .batchSteps(2000)
                .build()
                .transform(table);
    }
}
