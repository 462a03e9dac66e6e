package io.sparkrnn.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.format.onnx.OnnxWriter;
import io.sparkrnn.spark.LocalSpark;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.io.TempDir;

/** A whole network in a file, and tables beside it that are scored by it from the command line. */
abstract class WholeNetworkCase {
    private final Random random = new Random(3);

    @TempDir
    Path folder;

    Path model = Path.of("");

    /** A constant of numbers from -1 to 1. */
    byte[] weights(String name, long... dims) {
        float[] values = new float[(int) Arrays.stream(dims).reduce(1, (a, b) -> a * b)];
        for (int i = 0; i < values.length; i++) {
            values[i] = 2 * random.nextFloat() - 1;
        }
        return OnnxWriter.floats(name, values, dims);
    }

    /** Two recurrent parts that do not follow each other, a GRU "plain" and an LSTM "cut_lstm"; x [B, T, width], sum [B, 2]. */
    OnnxWriter twoStacks(int width) {
        return OnnxWriter.message()
                .node("Transpose", "turn", "x", "t", OnnxWriter.attribute("perm", 1L, 0L, 2L))
                .node("GRU", "plain", "t W R", "- h", OnnxWriter.attribute("hidden_size", 2L))
                .node("Relu", "cut", "t", "u")
                .node("LSTM", "cut_lstm", "u WL RL", "- hl", OnnxWriter.attribute("hidden_size", 2L))
                .node("Add", "both", "h hl", "sum3")
                .node("Squeeze", "sum2", "sum3 zero", "sum")
                .initializer(OnnxWriter.longs("zero", 0))
                .initializer(weights("W", 1, 6, width))
                .initializer(weights("R", 1, 6, 2))
                .initializer(weights("WL", 1, 8, width))
                .initializer(weights("RL", 1, 8, 2))
                .input("x", OnnxWriter.FLOAT, -1, -1, width)
                .output("sum", OnnxWriter.FLOAT, -1, 2);
    }

    Cli score(String table, String output, String... more) {
        String[] always = {
            "score",
            "--model",
            model.toString(),
            "--input",
            folder.resolve(table).toString(),
            "--output",
            folder.resolve(output).toString()
        };
        return Cli.run(Stream.concat(Arrays.stream(always), Arrays.stream(more)).toArray(String[]::new));
    }

    Cli done(String table, String output, String... more) {
        Cli cli = score(table, output, more);
        assertThat(cli.code()).as(cli.toString()).isZero();
        return cli;
    }

    Dataset<Row> written(String name) {
        return LocalSpark.session().read().parquet(folder.resolve(name).toString());
    }
}
