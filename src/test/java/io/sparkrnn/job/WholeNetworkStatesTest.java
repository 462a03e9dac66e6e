package io.sparkrnn.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.format.onnx.OnnxWriter;
import io.sparkrnn.spark.LocalSpark;
import io.sparkrnn.spark.Rows;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;

/** Whole networks that are gone on with from the states of their layers, and those that cannot be. */
class WholeNetworkStatesTest extends WholeNetworkCase {
    /** An LSTM over x [T, 2] with more around it; {@code last} is its final state, {@code y} its states [1, T, 4]. */
    private OnnxWriter lstm() {
        return OnnxWriter.message()
                .node("Transpose", "turn", "x", "xt", OnnxWriter.attribute("perm", 1L, 0L, 2L))
                .node("LSTM", "lstm", "xt W R", "Y h", OnnxWriter.attribute("hidden_size", 4L))
                .node("Squeeze", "last", "h zero", "last")
                .node("Squeeze", "one", "Y one_axis", "y1")
                .node("Transpose", "back", "y1", "y", OnnxWriter.attribute("perm", 1L, 0L, 2L))
                .initializer(OnnxWriter.longs("zero", 0))
                .initializer(OnnxWriter.longs("one_axis", 1))
                .initializer(weights("W", 1, 16, 2))
                .initializer(weights("R", 1, 16, 4))
                .initializer(weights("V", 4, 3))
                .input("x", OnnxWriter.FLOAT, -1, -1, 2);
    }

    private void write(OnnxWriter network) throws IOException {
        model = Files.write(folder.resolve("net.onnx"), network.model(17, "test"));
    }

    /** Rows of 1 to 8 steps, cut behind each: what is before, and the rest. */
    private void tables() {
        LocalSpark.session()
                .sql(
                        "SELECT row * 100 + cut AS id, row, cut, transform(sequence(0, row), t -> array(float(sin(row + t)),"
                                + " float(cos(row * t)))) AS x, float(row) AS age"
                                + " FROM (SELECT row, explode(sequence(1, row + 1)) AS cut FROM (SELECT int(id) AS row FROM range(8)))")
                .createOrReplaceTempView("cut_rows");
        for (String[] part : new String[][] {{"parts", "slice(x, 1, cut)"}, {"rests", "slice(x, cut + 1, 99)"}}) {
            LocalSpark.session()
                    .sql("SELECT * FROM (SELECT id, row, cut, age, " + part[1]
                            + " AS x FROM cut_rows) WHERE size(x) > 0")
                    .write()
                    .parquet(folder.resolve(part[0]).toString());
        }
    }

    private Map<Integer, Row> rows(String table) {
        Map<Integer, Row> rows = new TreeMap<>();
        written(table).collectAsList().forEach(row -> rows.put(row.getInt(0), row));
        return rows;
    }

    /** The outputs of the rests begun with the states of the parts, against those of the whole rows. */
    private void assertGoesOn(String name, List<String> ofTheEnd, List<String> ofSteps) {
        String states = folder.resolve(name + "-states").toString();
        done("parts", name + "-parts", "--state-output", states);
        done("rests", name + "-rests", "--initial-state-from", states, "--batch-steps", "5");
        Map<Integer, Row> parts = rows(name + "-parts");
        Map<Integer, Row> rests = rows(name + "-rests");
        assertThat(parts).hasSize(36);
        assertThat(rests).hasSize(28);
        rests.forEach((id, rest) -> {
            Row whole = Objects.requireNonNull(parts.get(id / 100 * 100 + id / 100 + 1));
            for (String output : ofTheEnd) {
                assertThat(rest.getList(rest.fieldIndex(output)).toString())
                        .isEqualTo(whole.getList(whole.fieldIndex(output)).toString());
            }
            for (String output : ofSteps) {
                List<Object> all = new ArrayList<>(Rows.floats(Objects.requireNonNull(parts.get(id)), output));
                all.addAll(Rows.floats(rest, output));
                assertThat(all.toString()).isEqualTo(Rows.floats(whole, output).toString());
            }
        });
    }

    @Test
    void whatIsMadeOfTheLastStepOrOfEachGoesOn() throws IOException {
        tables();
        write(lstm().node("MatMul", "scores", "last V", "score")
                .node("Gather", "final", "y minus_one", "end", OnnxWriter.attribute("axis", 1L))
                .node("Concat", "joined", "end age", "j", OnnxWriter.attribute("axis", 1L))
                .node("MatMul", "more", "j U", "of_age")
                .node("MatMul", "each", "y V", "e")
                .node("Softmax", "soft", "e", "steps", OnnxWriter.attribute("axis", -1L))
                .initializer(OnnxWriter.tensor("minus_one", OnnxWriter.INT64)
                        .bytes(9, OnnxWriter.raw(-1L))
                        .bytes())
                .initializer(weights("U", 5, 2))
                .input("age", OnnxWriter.FLOAT, -1, 1)
                .output("score", OnnxWriter.FLOAT, -1, 3)
                .output("of_age", OnnxWriter.FLOAT, -1, 2)
                .output("steps", OnnxWriter.FLOAT, -1, -1, 3));
        assertGoesOn("lstm", List.of("score", "of_age"), List.of("steps"));
        assertThat(written("lstm-parts").columns())
                .as("states that nobody asked for are no columns")
                .containsExactly("id", "row", "cut", "age", "score", "of_age", "steps");
        Path states = folder.resolve("lstm-states");
        assertThat(LocalSpark.session().read().parquet(states.toString()).columns())
                .containsExactly("id", "h_n", "c_n");
        done("parts", "asked", "--outputs", "score,c_n", "--state-output", states + "-2", "--kernel", "portable");
        assertThat(written("asked").columns()).containsExactly("id", "row", "cut", "age", "score", "c_n");
        Row asked = Objects.requireNonNull(rows("asked").get(704));
        Row kept = Objects.requireNonNull(rows("lstm-states").get(704));
        assertThat(asked.get(5).toString()).isEqualTo(kept.get(2).toString());
    }

    /** The same network over a table that has a row a step: the steps up to the fourth, then the others. */
    @Test
    void eventsGoOnWithTheStatesOfThoseBefore() throws IOException {
        write(lstm().node("Gather", "final", "y minus_one", "end", OnnxWriter.attribute("axis", 1L))
                .node("Concat", "joined", "end age", "j", OnnxWriter.attribute("axis", 1L))
                .node("MatMul", "more", "j U", "of_age")
                .initializer(OnnxWriter.tensor("minus_one", OnnxWriter.INT64)
                        .bytes(9, OnnxWriter.raw(-1L))
                        .bytes())
                .initializer(weights("U", 5, 2))
                .input("age", OnnxWriter.FLOAT, -1, 1)
                .output("of_age", OnnxWriter.FLOAT, -1, 2));
        Dataset<Row> steps = LocalSpark.session()
                .sql("SELECT row AS id, t, array(float(sin(row + t)), float(cos(row * t))) AS x, float(row) AS age FROM"
                        + " (SELECT row, explode(sequence(0, row)) AS t FROM (SELECT int(id) AS row FROM range(8)))");
        steps.write().parquet(folder.resolve("all").toString());
        steps.where("t < 4").write().parquet(folder.resolve("before").toString());
        steps.where("t >= 4").write().parquet(folder.resolve("behind").toString());
        String states = folder.resolve("event-states").toString();
        String[] events = {"--layout", "events", "--order-by", "t", "--outputs", "of_age"};
        done("all", "whole", events);
        done("before", "first", with(events, "--state-output", states));
        done("behind", "second", with(events, "--initial-state-from", states, "--batch-steps", "2"));
        Map<Integer, Row> whole = rows("whole");
        Map<Integer, Row> first = rows("first");
        Map<Integer, Row> second = rows("second");
        assertThat(second.keySet()).containsExactly(4, 5, 6, 7);
        whole.forEach((id, row) -> assertThat(Objects.requireNonNull(id < 4 ? first.get(id) : second.get(id))
                        .getList(3)
                        .toString())
                .isEqualTo(row.getList(3).toString()));
    }

    private static String[] with(String[] some, String... more) {
        List<String> all = new ArrayList<>(List.of(some));
        all.addAll(List.of(more));
        return all.toArray(String[]::new);
    }

    /** What the network begins with by itself counts on a first night alone. */
    @Test
    void aLearnedStateIsOfTheFirstNight() throws IOException {
        tables();
        write(OnnxWriter.message()
                .node("Shape", "sizes", "x", "s")
                .node("Slice", "batch", "s zero one zero", "b")
                .node("Concat", "target", "one b two", "d", OnnxWriter.attribute("axis", 0L))
                .node("Expand", "repeat", "h0 d", "h0b")
                .node("Transpose", "turn", "x", "t", OnnxWriter.attribute("perm", 1L, 0L, 2L))
                .node("GRU", "gru", "t W R - - h0b", "- h", OnnxWriter.attribute("hidden_size", 2L))
                .node("Squeeze", "last", "h zero", "l")
                .node("MatMul", "scores", "l V", "score")
                .initializer(OnnxWriter.longs("zero", 0))
                .initializer(OnnxWriter.longs("one", 1))
                .initializer(OnnxWriter.longs("two", 2))
                .initializer(weights("h0", 1, 1, 2))
                .initializer(weights("W", 1, 6, 2))
                .initializer(weights("R", 1, 6, 2))
                .initializer(weights("V", 2, 1))
                .input("x", OnnxWriter.FLOAT, -1, -1, 2)
                .output("score", OnnxWriter.FLOAT, -1, 1));
        assertGoesOn("learned", List.of("score"), List.of());
    }

    private void assertRefused(String why, OnnxWriter network) throws IOException {
        write(network);
        Files.createDirectories(folder.resolve("states"));
        for (String option : new String[] {"--initial-state-from", "--state-output"}) {
            Cli cli = score("none", "x", option, folder.resolve("states").toString());
            assertThat(cli.code()).as(cli.toString()).isEqualTo(2);
            assertThat(cli.err())
                    .contains(option + ": the network cannot be gone on with day by day")
                    .contains(why);
        }
    }

    @Test
    void whatLooksAcrossStepsBeyondTheStateIsRefused() throws IOException {
        assertRefused(
                "'mean' looks across steps, or may",
                lstm().node(
                                "ReduceMean",
                                "mean",
                                "y",
                                "m",
                                OnnxWriter.attribute("axes", new long[] {1}),
                                OnnxWriter.attribute("keepdims", 0L))
                        .output("m", OnnxWriter.FLOAT, -1, 4));
        assertRefused(
                "'weights' looks across steps, or may",
                lstm().node("MatMul", "scored", "y V", "e")
                        .node("Softmax", "weights", "e", "w", OnnxWriter.attribute("axis", 1L))
                        .output("w", OnnxWriter.FLOAT, -1, -1, 3));
        assertRefused(
                "'window' looks across steps, or may",
                lstm().node("Transpose", "turned", "y", "c", OnnxWriter.attribute("perm", 0L, 2L, 1L))
                        .node(
                                "Conv",
                                "window",
                                "c K",
                                "w",
                                OnnxWriter.attribute("kernel_shape", new long[] {3}),
                                OnnxWriter.attribute("pads", 2L, 0L))
                        .initializer(weights("K", 2, 4, 3))
                        .output("w", OnnxWriter.FLOAT, -1, 2, -1));
        assertRefused(
                "'first' looks across steps, or may",
                lstm().node("Gather", "first", "y none", "f", OnnxWriter.attribute("axis", 1L))
                        .initializer(OnnxWriter.tensor("none", OnnxWriter.INT64)
                                .bytes(9, OnnxWriter.raw(0L))
                                .bytes())
                        .node("MatMul", "scored", "f V", "fs")
                        .output("fs", OnnxWriter.FLOAT, -1, 3));
        assertRefused(
                "'end_at_each' ",
                lstm().node("Unsqueeze", "wide", "last one_axis", "l")
                        .node("Add", "end_at_each", "y l", "a")
                        .output("a", OnnxWriter.FLOAT, -1, -1, 4));
        assertRefused(
                "'back_lstm' runs backward over the steps",
                lstm().node(
                                "LSTM",
                                "back_lstm",
                                "y1 WB RB",
                                "B",
                                OnnxWriter.attribute("hidden_size", 4L),
                                OnnxWriter.attribute("direction", "reverse"))
                        .node("Squeeze", "b", "B one_axis", "b")
                        .initializer(weights("WB", 1, 16, 4))
                        .initializer(weights("RB", 1, 16, 4))
                        .node("Sigmoid", "chance", "b", "bs")
                        .output("bs", OnnxWriter.FLOAT, -1, -1, 4));
    }

    @Test
    void severalStacksAreNotCarriedByOne() throws IOException {
        write(twoStacks(2));
        Cli unnamed =
                score("none", "x", "--state-output", folder.resolve("states").toString());
        assertThat(unnamed.err()).contains("2 recurrent parts that do not follow each other; say which with --node");
        Cli one = score(
                "none",
                "x",
                "--outputs",
                "sum",
                "--node",
                "plain",
                "--state-output",
                folder.resolve("states").toString());
        assertThat(one.code()).as(one.toString()).isEqualTo(2);
        assertThat(one.err()).contains("'cut_lstm' has states that are not carried");
    }
}
