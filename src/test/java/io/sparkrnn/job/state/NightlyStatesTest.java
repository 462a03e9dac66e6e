package io.sparkrnn.job.state;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkrnn.Golden;
import io.sparkrnn.job.Cli;
import io.sparkrnn.spark.Rows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

/** Night after night, each begun with the states of the one before, against one run over the whole history. */
class NightlyStatesTest extends CarryCase {
    private Map<Long, List<String>> hiddenStates(String table) {
        Map<Long, List<String>> states = new HashMap<>();
        for (Row row : spark.read().parquet(path(table)).collectAsList()) {
            states.put(
                    row.getLong(row.fieldIndex("id")),
                    Rows.floats(row, "hidden_states").stream()
                            .map(List::toString)
                            .toList());
        }
        return states;
    }

    @Test
    void thirtyNightsHaveTheBitsOfOneRunOverAll() throws IOException {
        int nights = 30;
        emptyFolder("states/0");
        Map<Long, List<String>> steps = new HashMap<>();
        for (int day = 1; day <= nights; day++) {
            day(day, 20);
            nightDone(LSTM, day, "--outputs", "hidden_states");
            assertThat(spark.read().parquet(path("out/" + day)).columns()).containsExactly("id", "hidden_states");
            hiddenStates("out/" + day)
                    .forEach((id, more) ->
                            steps.computeIfAbsent(id, any -> new ArrayList<>()).addAll(more));
        }
        events(1, nights, 20).write().parquet(path("all"));
        done(LSTM, "all", "whole", "--outputs", "hidden_states,h_n,c_n");
        assertThat(rows("states/" + nights, "id", "h_n", "c_n"))
                .hasSize(20)
                .isEqualTo(rows("whole", "id", "h_n", "c_n"));
        assertThat(steps).as("of each step of each day").isEqualTo(hiddenStates("whole"));

        JsonNode told = runFile("states/" + nights, "night-" + nights);
        assertThat(told.path("states").path("applied")).hasSize(nights);
        assertThat(told.path("states").path("from").path("run_id").asText()).isEqualTo("night-" + (nights - 1));
        assertThat(told.path("model"))
                .isEqualTo(runFile("out/" + nights, "night-" + nights).path("model"));
    }

    @Test
    void idsWithoutNewStepsKeepTheirs() {
        emptyFolder("states/0");
        for (int day = 1; day <= 3; day++) {
            day(day, 20);
        }
        Cli first = nightDone(LSTM, 1);
        assertThat(first.out())
                .contains("states/0 is empty: this is a first night, and all sequences began with the network's own")
                .contains("States:  file:" + path("states/1") + " (15 ids, 0 of them as they were)");
        Cli second = nightDone(LSTM, 2);
        assertThat(second.out()).contains("States:  file:" + path("states/2") + " (20 ids, 5 of them as they were)");
        Map<Object, String> before = rows("states/1", "id", "h_n", "c_n");
        Map<Object, String> scored = rows("out/2", "id", "h_n");
        rows("states/2", "id", "h_n", "c_n").forEach((id, state) -> {
            assertThat(state.equals(before.get(id))).as("state of " + id).isEqualTo(!scored.containsKey(id));
        });
        assertThat(spark.read().parquet(path("states/2")).schema().toDDL())
                .isEqualTo("id BIGINT,h_n ARRAY<ARRAY<FLOAT>>,c_n ARRAY<ARRAY<FLOAT>>");
    }

    /** In float64, by a GRU of one layer, with what an ordinary output has of states, and without a place for new ones. */
    @Test
    void anOutputWithStatesWillDo() {
        String gru = Golden.named("m23_gru_l1_nobias_b17_i13_h7")
                .file("model.safetensors")
                .toString();
        spark.sql(
                        "SELECT id, transform(sequence(0, id), t -> transform(sequence(1, 13), i -> sin(id + t * i))) AS features"
                                + " FROM range(9)")
                .write()
                .parquet(path("all"));
        spark.read()
                .parquet(path("all"))
                .selectExpr("id", "slice(features, 1, 1) AS features")
                .write()
                .parquet(path("a"));
        spark.read()
                .parquet(path("all"))
                .where("id > 0")
                .selectExpr("id", "slice(features, 2, 99) AS features")
                .write()
                .parquet(path("b"));
        String[] float64 = {"--precision", "float64"};
        done(gru, "all", "whole", float64);
        done(gru, "a", "first", "--precision", "float64", "--output-option", "compression=zstd");
        done(gru, "b", "second", "--precision", "float64", "--initial-state-from", path("first"), "--io", "spark");
        Map<Object, String> expected = rows("whole", "id", "h_n");
        expected.remove(0L);
        assertThat(rows("second", "id", "h_n")).isEqualTo(expected);
        assertThat(spark.read().parquet(path("second")).columns()).containsExactly("id", "hidden_states", "h_n");

        assertRefused(
                score(gru, "b", "x", "--initial-state-from", path("first"), "--precision", "float32"),
                4,
                "other layers",
                "computed in float64",
                "--initial-state-allow other-model");
        assertRefused(
                score(
                        gru,
                        "b",
                        "x",
                        "--initial-state-from",
                        path("first"),
                        "--precision",
                        "float32",
                        "--initial-state-allow",
                        "other-model"),
                3,
                "its column h_n is array<array<double>>; expected array<array<float>>");
    }

    @Test
    void aNightIsRunAgainFromTheSameStates() throws IOException {
        emptyFolder("states/0");
        day(1, 20);
        day(2, 20);
        nightDone(LSTM, 1);
        nightDone(LSTM, 2, "--if-done", "skip");
        Map<Object, String> states = rows("states/2", "id", "h_n", "c_n");
        assertThat(nightDone(LSTM, 2, "--if-done", "skip").out()).contains("Nothing to do", "of run night-2");
        assertRefused(night(LSTM, 2), 6, "--output: file:" + path("out/2") + " exists");
        nightDone(LSTM, 2, "--mode", "overwrite");
        assertThat(rows("states/2", "id", "h_n", "c_n")).isEqualTo(states);

        // killed between the output and its states
        delete(folder.resolve("states/2"));
        Cli again = nightDone(LSTM, 2, "--mode", "overwrite", "--if-done", "skip");
        assertThat(again.out()).doesNotContain("Nothing to do");
        assertThat(rows("states/2", "id", "h_n", "c_n")).isEqualTo(states);
    }

    private static void delete(Path tree) throws IOException {
        try (Stream<Path> files = Files.walk(tree)) {
            for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    @Test
    void rowsThatCannotBeScoredKeepTheirStates() {
        emptyFolder("states/0");
        day(1, 20);
        day(2, 20);
        nightDone(LSTM, 1);
        spark.read()
                .parquet(path("in/day=2"))
                .selectExpr(
                        "CASE WHEN id = 3 THEN null ELSE id END AS id",
                        "CASE WHEN id = 4 THEN null ELSE features END AS features",
                        "id AS other")
                .write()
                .parquet(path("bad"));
        assertRefused(
                score(LSTM, "bad", "x", "--initial-state-from", path("states/1"), "--state-output", path("s")),
                3,
                "2 of 15 rows (NULL_SEQUENCE 1, NULL_ID 1) cannot be scored",
                "row with id = null: its id is null");
        assertThat(folder.resolve("s")).doesNotExist();
        done(
                LSTM,
                "bad",
                "x",
                "--initial-state-from",
                path("states/1"),
                "--state-output",
                path("s"),
                "--on-invalid",
                "quarantine",
                "--quarantine",
                path("aside"));
        assertThat(spark.read().parquet(path("aside")).columns())
                .as("nothing of the states")
                .containsExactly("id", "features", "other", "error_code", "error_message");
        assertThat(rows("s", "id", "h_n").get(4L))
                .isEqualTo(rows("states/1", "id", "h_n").get(4L))
                .isNotNull();
        done(
                LSTM,
                "bad",
                "y",
                "--outputs",
                "h_n,c_n",
                "--state-output",
                path("t"),
                "--on-invalid",
                "null",
                "--min-steps",
                "2");
        assertThat(rows("t", "id", "h_n")).hasSameSizeAs(rowsWithStates("y"));
        assertRefused(
                score(
                        LSTM,
                        "in/day=2",
                        "z",
                        "--initial-state-from",
                        path("y"),
                        "--initial-state-allow",
                        "applied-twice"),
                3,
                "has no id, or no h_n or c_n, as rows have that could not be scored (--on-invalid null)");
    }

    private List<Row> rowsWithStates(String table) {
        return spark.read().parquet(path(table)).where("h_n IS NOT NULL").collectAsList();
    }
}
