package io.sparkrnn.endtoend;

import io.sparkrnn.RandomHead;
import io.sparkrnn.RandomNetwork;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.Head;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import org.apache.spark.sql.SparkSession;

/**
 * Writes tables that are large in one way each, and networks for them, to be scored by {@code submit.sh}: what
 * docs/large-inputs.md measures.
 *
 * <pre>
 *   mvn -B -q -Pbench test-compile exec:exec -Dbench=io.sparkrnn.endtoend.LargeInputs -Dbench.arguments=output/large
 * </pre>
 *
 * In the folder: {@code short}, ten million sequences of 5 to 20 steps of 4 numbers in 20 files; {@code long}, one of ten million
 * steps of one number, flat, and {@code long-nested}, the same in an array a step; {@code group}, 300,000 sequences of 20 steps of 8
 * numbers in one row group of one file; {@code small}, 100,000 of the short ones in 5,000 files.
 */
final class LargeInputs {
    private static final long SEED = 20261127;

    private LargeInputs() {}

    /** Writes what is not in the folder yet. */
    public static void main(String[] args) throws IOException {
        Path folder = Path.of(args[0]).toAbsolutePath();
        Files.createDirectories(folder);
        Random random = new Random(SEED);
        RnnModel gru = RandomNetwork.of(Cell.GRU, 4, 32).model(random);
        Head.Linear head = RandomHead.linear(random, 32, 1, Precision.FLOAT32);
        Files.write(folder.resolve("gru4.safetensors"), SafetensorsFile.of(gru, "fc", head));
        RnnModel deep = new RandomNetwork(Cell.LSTM, 1, 64, 2, 1, true).model(random);
        Files.write(folder.resolve("lstm1.safetensors"), SafetensorsFile.of(deep));
        for (int hiddenSize : new int[] {32, 128, 256}) {
            RnnModel lstm = RandomNetwork.of(Cell.LSTM, 8, hiddenSize).model(random);
            Files.write(folder.resolve("lstm8-" + hiddenSize + ".safetensors"), SafetensorsFile.of(lstm));
        }
        SparkSession spark = SparkSession.builder()
                .master("local[2]")
                .config("spark.ui.enabled", "false")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .getOrCreate();
        try {
            write(spark, folder.resolve("short"), "range(0, 10000000, 1, 20)", nested("5 + id % 16", 4), "32m");
            write(spark, folder.resolve("long"), "range(0, 1, 1, 1)", flat(10_000_000), "1g");
            write(spark, folder.resolve("long-nested"), "range(0, 1, 1, 1)", nested("10000000", 1), "1g");
            write(spark, folder.resolve("group"), "range(0, 300000, 1, 1)", nested("20", 8), "2047m");
            write(spark, folder.resolve("small"), "range(0, 100000, 1, 5000)", nested("5 + id % 16", 4), "32m");
        } finally {
            spark.stop();
        }
    }

    private static String flat(int steps) {
        return "transform(sequence(1, " + steps + "), t -> float(hash(id, t) / 2147483648.0))";
    }

    private static String nested(String steps, int width) {
        return "transform(sequence(1, int(" + steps + ")), t -> transform(sequence(1, " + width
                + "), i -> float(hash(id, t, i) / 2147483648.0)))";
    }

    private static void write(SparkSession spark, Path path, String rows, String features, String rowGroup) {
        if (Files.exists(path.resolve("_SUCCESS"))) {
            return;
        }
        long bytes = Long.parseLong(rowGroup.replaceAll("\\D", "")) << (rowGroup.endsWith("g") ? 30 : 20);
        spark.sql("SELECT id, " + features + " AS features FROM " + rows)
                .write()
                .mode("overwrite")
                .option("parquet.block.size", Long.toString(bytes))
                .parquet(path.toString());
    }
}
