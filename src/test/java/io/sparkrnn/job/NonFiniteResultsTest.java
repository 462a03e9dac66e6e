package io.sparkrnn.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.Golden;
import io.sparkrnn.spark.LocalSpark;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** NaN and infinities flow, and the summary says in how many sequences, of all outputs that are written. */
class NonFiniteResultsTest {
    private static final String[] WEATHER = {"score", "--model", "data/weather_rnn.pt", "--head", "head"};

    private final SparkSession spark = LocalSpark.session();

    @TempDir
    Path folder;

    /** 20 sequences of 1 to 4 steps of {@code width}; {@code number} says what is at step t, feature i of sequence id. */
    private void write(int width, String number) {
        spark.sql("SELECT id, transform(sequence(0, id % 4), t -> transform(sequence(1, " + width + "), i -> float("
                        + number + "))) AS features FROM range(0, 20, 1, 3)")
                .write()
                .parquet(folder.resolve("in").toString());
    }

    private Cli score(String[] command, String... more) {
        List<String> arguments = new ArrayList<>(Arrays.asList(command));
        arguments.addAll(List.of("--input", folder.resolve("in").toString()));
        arguments.addAll(List.of("--output", folder.resolve("out").toString(), "--mode", "overwrite"));
        arguments.addAll(List.of(more));
        Cli cli = Cli.run(arguments.toArray(String[]::new));
        assertThat(cli.code()).as(cli.toString()).isZero();
        return cli;
    }

    /** The ids of the rows of which this is true, as Spark reads them. */
    private List<Long> ids(String condition) {
        return spark
                .read()
                .parquet(folder.resolve("out").toString())
                .filter(condition)
                .orderBy("id")
                .select("id")
                .collectAsList()
                .stream()
                .map(row -> row.getLong(0))
                .toList();
    }

    private static Stream<String> notes(Cli cli) {
        return cli.out().lines().filter(line -> line.startsWith("Note: ") && line.contains("NaN"));
    }

    @ParameterizedTest
    @CsvSource({"auto, float32", "portable, float32", "reference, float32", "auto, float64"})
    void areCountedWhateverComputes(String kernel, String precision) {
        // At the only step, at the last of four, and at the first of four, from which it goes on to the end.
        write(5, "if(id in (4, 7, 11) and i = 2 and t = if(id = 7, 3, 0), 'NaN', i - t - id / 7)");
        Cli cli = score(
                WEATHER, "--outputs", "hidden_states,h_n,score,lengths", "--kernel", kernel, "--precision", precision);
        assertThat(notes(cli))
                .containsExactly("Note:    3 of 20 sequences have a NaN or infinity in their results"
                        + " (hidden_states, h_n, score)");
        assertThat(ids("exists(flatten(hidden_states), x -> isnan(x))")).containsExactly(4L, 7L, 11L);
        assertThat(ids("exists(flatten(h_n), x -> isnan(x)) AND exists(score, x -> isnan(x))"))
                .containsExactly(4L, 7L, 11L);
    }

    @Test
    void areNotSaidWhereThereAreNone() {
        write(5, "if(id = 4, 1e30, i - t)");
        assertThat(notes(score(WEATHER, "--outputs", "hidden_states,h_n,score")))
                .isEmpty();
        assertThat(ids("forall(flatten(hidden_states), x -> x between -1 and 1)"))
                .hasSize(20);
    }

    @Test
    void ofOneSequenceAreSaidOfIt() {
        write(5, "if(id = 13, 'NaN', float(i - t))");
        assertThat(notes(score(WEATHER, "--outputs", "score")))
                .containsExactly("Note:    1 of 20 sequences has a NaN or infinity in its results (score)");
        assertThat(notes(score(WEATHER, "--outputs", "score", "--head-on", "hidden_states")))
                .containsExactly("Note:    1 of 20 sequences has a NaN or infinity in its results (score)");
        assertThat(notes(score(WEATHER, "--outputs", "lengths")))
                .as("what is not written")
                .isEmpty();
    }

    /** A ReLU lets infinities through, which are no NaN. */
    @ParameterizedTest
    @CsvSource({"auto", "reference"})
    void infinitiesAreCounted(String kernel) {
        Golden.Case relu = Golden.named("m10_rnn_relu_l1_nobias_b17_i1_h8");
        String[] command = Cli.golden(relu, "score", relu.models().get(0));
        write(1, "if(id in (4, 8, 10), 'Infinity', 1e20)");
        Cli cli = score(command, "--outputs", "hidden_states,h_n", "--kernel", kernel, "--precision", "float32");
        List<Long> found = ids("exists(flatten(hidden_states), x -> isnan(x) OR abs(x) = float('Infinity'))");
        assertThat(found).containsExactly(4L, 8L, 10L);
        assertThat(ids("exists(flatten(hidden_states), x -> x = float('Infinity'))"))
                .isNotEmpty();
        assertThat(notes(cli))
                .containsExactly(
                        "Note:    3 of 20 sequences have a NaN or infinity in their results (hidden_states, h_n)");
    }

    @Test
    void cellStatesAreCountedToo() {
        Golden.Case lstm = Golden.named("m05_lstm_l2_nobias_h0_b64_i5_h8");
        String[] command = Cli.golden(lstm, "score", lstm.models().get(0));
        write(5, "if(id in (4, 8) and t = 0, 'NaN', float(i - t))");
        assertThat(notes(score(command, "--outputs", "c_n")))
                .containsExactly("Note:    2 of 20 sequences have a NaN or infinity in their results (c_n)");
        assertThat(ids("exists(flatten(c_n), x -> isnan(x))")).containsExactly(4L, 8L);
    }
}
