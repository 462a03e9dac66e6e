package io.sparkrnn.job.state;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkrnn.Golden;
import io.sparkrnn.job.Cli;
import io.sparkrnn.spark.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.io.TempDir;

/** Events of some sequences, day by day, and runs over them by the command line. */
abstract class CarryCase {
    /** A model of an LSTM that runs forward, two layers, input_size 5, hidden_size 8; of PyTorch. */
    static final String LSTM = Golden.named("m05_lstm_l2_nobias_h0_b64_i5_h8")
            .file("model.safetensors")
            .toString();

    final SparkSession spark = LocalSpark.session();

    @TempDir
    Path folder;

    String path(String name) {
        return folder.resolve(name).toString();
    }

    /** The events of a day: of each id that has some, one to four steps, which all differ. */
    void day(int day, int ids) {
        events(day, day, ids).write().parquet(path("in/day=" + day));
    }

    /** The events of some days, all of an id in one row, in their order. */
    Dataset<Row> events(int first, int last, int ids) {
        return spark.sql("SELECT id, flatten(transform(filter(sequence(" + first + ", " + last
                        + "), d -> (id * 7 + d * 5) % 4 > 0),"
                        + " d -> transform(sequence(0, (id + d) % 4), t -> transform(sequence(1, 5),"
                        + " i -> float(sin(id * 31 + d * 17 + t * 5 + i)))))) AS features FROM range(0, " + ids
                        + ", 1, 2)")
                .where("size(features) > 0");
    }

    void emptyFolder(String name) {
        try {
            Files.createDirectories(folder.resolve(name));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    Cli score(String model, String input, String output, String... more) {
        List<String> args = new ArrayList<>(List.of(
                "score",
                "--model",
                model,
                "--input",
                path(input),
                "--output",
                path(output),
                "--show",
                "0",
                "--report",
                "none"));
        args.addAll(List.of(more));
        return Cli.run(args.toArray(String[]::new));
    }

    Cli done(String model, String input, String output, String... more) {
        Cli cli = score(model, input, output, more);
        assertThat(cli.code()).as(cli.toString()).isZero();
        return cli;
    }

    /** A night: a day's events into a day's output, from the states of the day before to its own. */
    Cli night(String model, int day, String... more) {
        List<String> args = new ArrayList<>(List.of(
                "--run-id",
                "night-" + day,
                "--initial-state-from",
                path("states/" + (day - 1)),
                "--state-output",
                path("states/" + day)));
        args.addAll(List.of(more));
        return score(model, "in/day=" + day, "out/" + day, args.toArray(String[]::new));
    }

    Cli nightDone(String model, int day, String... more) {
        Cli cli = night(model, day, more);
        assertThat(cli.code()).as(cli.toString()).isZero();
        return cli;
    }

    void assertRefused(Cli cli, int code, String... said) {
        assertThat(cli.code()).as(cli.toString()).isEqualTo(code);
        assertThat(cli.err()).contains(said);
    }

    /** Some columns of a table, by id; -0.0 and 0.0, and each NaN, are texts of their own. */
    Map<Object, String> rows(String table, String... columns) {
        Map<Object, String> rows = new TreeMap<>();
        Dataset<Row> read = spark.read().parquet(path(table));
        for (Row row : read.selectExpr(columns).collectAsList()) {
            assertThat(rows.put(row.get(0), row.toString()))
                    .as("id %s twice", row.get(0))
                    .isNull();
        }
        return rows;
    }

    JsonNode runFile(String place, String id) throws IOException {
        return runFileIn(place + "/_spark-rnn", id);
    }

    JsonNode runFileIn(String runs, String id) throws IOException {
        return new ObjectMapper()
                .readTree(folder.resolve(runs + "/" + id + ".json").toFile());
    }
}
