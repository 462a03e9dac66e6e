package io.sparkrnn.job.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.Golden;
import io.sparkrnn.job.Cli;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A table of events that grows by a day each night, whose sequences go on from the states of the night before. */
class NightlyEventsTest extends CarryCase {
    private static final String RNN = Golden.named("m18_rnn_relu_l2_h0_b3_i5_h7")
            .file("model.safetensors")
            .toString();

    /** Ids of which each has events on some days: 1 to 4 of a day, at times that all differ. */
    private Dataset<Row> eventsOf(int first, int last) {
        return spark.sql(
                "SELECT 'client ' || id AS client, timestamp_seconds(1700006400 + d * 86400 + t * 4000 + id) AS ts,"
                        + " float(sin(id * 31 + d * 17 + t * 5)) AS a, float(cos(id + d + t * 3)) AS b,"
                        + " float(id % 3) AS c, double((id * d + t) % 11) / 11 AS e, id AS note"
                        + " FROM (SELECT id, explode(sequence(" + first + ", " + last + ")) AS d FROM range(25))"
                        + " LATERAL VIEW explode(sequence(0, int((id + d) % 4))) AS t WHERE (id * 7 + d * 5) % 4 > 0");
    }

    private static String day(int day) {
        return LocalDate.of(2023, 11, 15).plusDays(day).toString();
    }

    private Cli night(String model, int day, List<String> more) {
        List<String> args = ofEvents();
        args.addAll(List.of(
                "--since",
                day(day),
                "--until",
                day(day + 1),
                "--run-id",
                "night-" + day,
                "--initial-state-from",
                path("states/" + (day - 1)),
                "--state-output",
                path("states/" + day)));
        args.addAll(more);
        return score(model, "events", "out/" + day, args.toArray(String[]::new));
    }

    private static List<String> ofEvents() {
        return new ArrayList<>(List.of(
                "--layout",
                "events",
                "--id",
                "client",
                "--order-by",
                "ts",
                "--features",
                "a,b,c,pause,e",
                "--time-delta",
                "pause,d"));
    }

    @ParameterizedTest
    @CsvSource({"30, lstm, false", "7, rnn, true"})
    void nightsHaveTheBitsOfOneRunOverAll(int nights, String cell, boolean ofSteps) {
        String model = cell.equals("lstm") ? LSTM : RNN;
        List<String> outputs = ofSteps
                ? List.of("--step-output", "--outputs", "hidden_states", "--keep", "note", "--batch-steps", "3")
                : List.of("--outputs", "h_n", "--keep", "note");
        emptyFolder("states/0");
        for (int day = 1; day <= nights; day++) {
            eventsOf(day, day).write().mode("append").parquet(path("events"));
            Cli cli = night(model, day, outputs);
            assertThat(cli.code()).as(cli.toString()).isZero();
        }
        List<String> whole = ofEvents();
        whole.addAll(outputs);
        whole.addAll(List.of("--state-output", path("whole-states")));
        done(model, "events", "whole", whole.toArray(String[]::new));

        String[] states = cell.equals("lstm")
                ? new String[] {"client", "h_n", "c_n", "last_ts"}
                : new String[] {"client", "h_n", "last_ts"};
        assertThat(rows("states/" + nights, states)).hasSize(25).isEqualTo(rows("whole-states", states));
        if (ofSteps) {
            String[] written = IntStream.rangeClosed(1, nights)
                    .mapToObj(day -> path("out/" + day))
                    .toArray(String[]::new);
            assertThat(texts(spark.read().parquet(written)))
                    .as("of each event of each night")
                    .hasSizeGreaterThan(200)
                    .isEqualTo(texts(spark.read().parquet(path("whole"))));
        } else {
            assertThat(rows("states/" + nights, "client", "h_n")).isEqualTo(rows("whole", "client", "h_n"));
        }
    }

    private static List<String> texts(Dataset<Row> rows) {
        return rows.collectAsList().stream().map(Row::toString).sorted().toList();
    }

    @Test
    void idsWithoutNewEventsKeepTheirs() {
        emptyFolder("states/0");
        eventsOf(1, 2).write().parquet(path("events"));
        Cli first = night(LSTM, 1, List.of("--outputs", "h_n"));
        assertThat(first.out()).contains("(19 ids, 0 of them as they were)");
        Cli second = night(LSTM, 2, List.of("--outputs", "h_n", "--repartition", "3"));
        assertThat(second.out()).contains("(25 ids, 6 of them as they were)");
        Map<Object, String> before = rows("states/1", "client", "last_ts", "h_n", "c_n");
        Map<Object, String> scored = rows("out/2", "client", "h_n");
        rows("states/2", "client", "last_ts", "h_n", "c_n")
                .forEach((id, state) -> assertThat(state.equals(before.get(id)))
                        .as("state of " + id)
                        .isEqualTo(!scored.containsKey(id)));
        assertThat(spark.read().parquet(path("states/2")).schema().toDDL())
                .isEqualTo("client STRING,last_ts TIMESTAMP,h_n ARRAY<ARRAY<FLOAT>>,c_n ARRAY<ARRAY<FLOAT>>");
    }

    @Test
    void anEventThatIsNotBehindItsStateIsLate() {
        emptyFolder("states/0");
        eventsOf(1, 3).write().parquet(path("events"));
        assertThat(night(LSTM, 1, List.of("--outputs", "h_n")).code()).isZero();
        assertThat(night(LSTM, 2, List.of("--outputs", "h_n")).code()).isZero();

        // by the files and the options: the same night again, over its own states
        List<String> again = ofEvents();
        again.addAll(List.of("--since", day(2), "--until", day(3), "--initial-state-from", path("states/2")));
        assertRefused(
                score(LSTM, "events", "x", again.toArray(String[]::new)), 6, "--initial-state-allow applied-twice");

        // other options, and so perhaps other rows: event by event
        List<String> late = ofEvents();
        late.addAll(List.of("--since", day(1), "--initial-state-from", path("states/1")));
        Cli refused = score(LSTM, "events", "x", late.toArray(String[]::new));
        assertRefused(
                refused,
                3,
                "LATE_EVENT",
                "its first event, at ts = 2023-11-16T",
                "is not behind ts = 2023-11-16T",
                "it was applied before, or came too late");
        assertThat(folder.resolve("x")).doesNotExist();
        late.addAll(List.of("--on-invalid", "quarantine", "--quarantine", path("aside")));
        late.addAll(List.of("--state-output", path("s"), "--outputs", "h_n"));
        Cli aside = score(LSTM, "events", "x", late.toArray(String[]::new));
        assertThat(aside.code()).as(aside.toString()).isZero();
        long ids = spark.read().parquet(path("states/1")).count();
        assertThat(spark.read()
                        .parquet(path("aside"))
                        .where("error_code = 'LATE_EVENT'")
                        .count())
                .isEqualTo(ids);
        Map<Object, String> kept = rows("s", "client", "last_ts", "h_n");
        assertThat(kept).containsAllEntriesOf(rows("states/1", "client", "last_ts", "h_n"));

        late.replaceAll(word -> word.equals(path("s")) ? path("s2") : word.equals(path("aside")) ? path("a2") : word);
        late.addAll(List.of("--initial-state-allow", "applied-twice"));
        Cli taken = score(LSTM, "events", "y", late.toArray(String[]::new));
        assertThat(taken.code()).as(taken.toString()).isZero();
        assertThat(spark.read().parquet(path("y")).count()).isEqualTo(25);
    }

    @Test
    void statesThatDoNotFitAreRefused() {
        emptyFolder("states/0");
        eventsOf(1, 3).write().parquet(path("events"));
        assertThat(night(LSTM, 1, List.of("--outputs", "h_n")).code()).isZero();
        String[] noRunFile = {"--initial-state-allow", "no-run-file"};

        spark.read().parquet(path("states/1")).drop("last_ts").write().parquet(path("untold"));
        assertRefused(
                from("untold", noRunFile),
                3,
                "initial-state-from: the states have no column last_ts",
                "(time-delta pause)");
        Dataset<Row> states = spark.read().parquet(path("states/1"));
        states.union(states.limit(1)).write().parquet(path("twice"));
        assertRefused(
                from("twice", noRunFile),
                3,
                "there are two rows of former states for events with client = client ",
                "Name states with one row of each id");
        states.selectExpr("client", "last_ts", "h_n", "if(client = 'client 4', null, c_n) AS c_n")
                .write()
                .parquet(path("null"));
        assertRefused(
                from("null", noRunFile),
                3,
                "there is a row of former states for events with client = client 4 without an id or a state");
        states.selectExpr("client", "if(client = 'client 4', null, last_ts) AS last_ts", "h_n", "c_n")
                .write()
                .parquet(path("one"));
        assertRefused(
                from("one", noRunFile),
                3,
                "events with client = client 4 does not tell at what time its last event was");
        states.selectExpr("client", "string(last_ts) AS last_ts", "h_n", "c_n")
                .write()
                .parquet(path("text"));
        assertRefused(
                from("text", noRunFile),
                3,
                "column last_ts of the states is string, and column ts of the events is timestamp");
        states.selectExpr("client", "last_ts", "slice(h_n, 1, 1) AS h_n", "c_n")
                .write()
                .parquet(path("short"));
        assertRefused(
                from("short", noRunFile), 3, "BAD_INITIAL_STATE", "its former state h_n has 1 state; expected [2][8]");
    }

    private Cli from(String states, String... more) {
        List<String> args = ofEvents();
        args.addAll(List.of("--since", day(2), "--initial-state-from", path(states)));
        args.addAll(Arrays.asList(more));
        return score(LSTM, "events", "x", args.toArray(String[]::new));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--max-gap|1d|with --max-gap an id has several sequences",
                "--window|5|with --window a part of the events is not scored",
                "--limit-sequence|5|with --limit-sequence a part of the steps is not scored",
            })
    void whatMakesOtherSequencesIsRefused(String option, String value, String said) {
        emptyFolder("none");
        assertRefused(from("none", option, value), 2, "--initial-state-from: " + said);
    }
}
