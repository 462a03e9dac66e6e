package io.sparkrnn.endtoend;

import io.sparkrnn.RandomNetwork;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.CellType;
import io.sparkrnn.model.RnnModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/** A table of sequences and a network for it. */
enum DataSet {
    /** 20,000 x 50 x 32, RNN of 64, every hidden state. */
    RNN(CellType.RNN, 20_000, 50, 32, 64),
    /** The same table, its last states alone. */
    H_N(CellType.RNN, 20_000, 50, 32, 64),
    /** 5,000 sequences of log-normal lengths, median 50, at most 2,000. */
    LSTM(CellType.LSTM, 5_000, -50, 64, 128),
    /** 1,000 x 100 x 128. */
    GRU(CellType.GRU, 1_000, 100, 128, 256);

    private static final int LONGEST = 2_000;
    private static final long SEED = 20261125;

    private final CellType cell;
    private final int sequences;
    /** T of all sequences; if negative, minus the median of log-normal ones. */
    private final int steps;

    private final int inputSize;
    private final int hiddenSize;

    DataSet(CellType cell, int sequences, int steps, int inputSize, int hiddenSize) {
        this.cell = cell;
        this.sequences = sequences;
        this.steps = steps;
        this.inputSize = inputSize;
        this.hiddenSize = hiddenSize;
    }

    /** The columns that a job adds to the id. */
    List<String> outputs() {
        return this == H_N ? List.of("h_n") : List.of("hidden_states", "h_n");
    }

    boolean ragged() {
        return steps < 0;
    }

    int inputSize() {
        return inputSize;
    }

    int hiddenSize() {
        return hiddenSize;
    }

    /** The network, the same each time. */
    RnnModel model() {
        Cell usual = Cell.OF_PYTORCH.stream()
                .filter(one -> one.type() == cell)
                .findFirst()
                .orElseThrow();
        return RandomNetwork.of(usual, inputSize, hiddenSize).model(new Random(SEED));
    }

    String label(int scale) {
        return String.format(
                Locale.ROOT,
                "%,d sequences x %s x %d, nn.%s of %d, %s",
                sequences * scale,
                ragged() ? "lengths around " + -steps + ", at most " + LONGEST : Integer.toString(steps),
                inputSize,
                cell.name(),
                hiddenSize,
                this == H_N ? "h_n alone" : "hidden_states and h_n");
    }

    /** The table's folder, which is written if it is not there: features of a seeded normal distribution. */
    Path table(SparkSession spark, Path folder, int scale) throws IOException {
        Path path = folder.resolve((this == H_N ? RNN : this).name().toLowerCase(Locale.ROOT) + "-x" + scale);
        if (Files.exists(path.resolve("_SUCCESS"))) {
            return path;
        }
        Column length = ragged()
                ? functions.expr("int(greatest(1, least(" + LONGEST + ", round(" + -steps + " * exp(randn(5))))))")
                : functions.lit(steps);
        spark.range(0, (long) sequences * scale, 1, 2)
                .withColumn("steps", length)
                .selectExpr(
                        "id",
                        "transform(sequence(1, steps), t -> transform(sequence(1, " + inputSize
                                + "), i -> float(randn(7)))) AS features")
                .write()
                .mode("overwrite")
                .parquet(path.toString());
        return path;
    }
}
