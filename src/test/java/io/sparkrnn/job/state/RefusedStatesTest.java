package io.sparkrnn.job.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.Golden;
import io.sparkrnn.job.Cli;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** States that are not to be taken, and what cannot be carried: each with the reason, and with what overrides it. */
class RefusedStatesTest extends CarryCase {
    @BeforeEach
    void firstNights() {
        emptyFolder("states/0");
        day(1, 20);
        day(2, 20);
        nightDone(LSTM, 1);
    }

    private Cli from(String states, String... more) {
        String[] all = new String[more.length + 2];
        all[0] = "--initial-state-from";
        all[1] = path(states);
        System.arraycopy(more, 0, all, 2, more.length);
        return score(LSTM, "in/day=2", "out/2", all);
    }

    private void assertNothingWritten() {
        assertThat(folder.resolve("out/2")).doesNotExist();
    }

    @Test
    void aSchedulerMayGiveTheSameIdEveryNight() {
        Cli second = from("states/1", "--run-id", "night-1", "--state-output", path("states/2"));
        assertThat(second.code()).as(second.toString()).isZero();
    }

    @Test
    void aFirstNightWhereThatIsSaid() {
        Cli first = from("states/nowhere", "--initial-state-allow", "first-night");
        assertThat(first.code()).as(first.toString()).isZero();
        assertThat(first.out()).contains("states/nowhere is not there: this is a first night");
    }

    @Test
    void whatIsNotThere() throws IOException {
        assertRefused(from("sattes/1"), 3, "there is no folder file:" + path("sattes/1"), "make an empty folder there");
        Files.writeString(folder.resolve("file"), "x");
        assertRefused(from("file"), 3, "is a file; expected the folder of an earlier run");
        Files.createDirectories(folder.resolve("killed/_temporary/0"));
        assertRefused(from("killed"), 3, "has no rows, and is not empty either", "Run that one again");
        assertRefused(
                from("states/0", "--initial-state-run", "night-0"), 3, "is empty, as before a first night", "night-0");
        assertNothingWritten();
    }

    @Test
    void statesOfAnotherRunThanAsked() {
        assertRefused(
                from("states/1", "--initial-state-run", "night-7"),
                3,
                "are of run night-1, which ended 2",
                "--initial-state-run asks for those of night-7");
        assertNothingWritten();
        assertThat(from("states/1", "--initial-state-run", "night-1").code()).isZero();
    }

    @Test
    void statesOfAnotherModel() throws IOException {
        // the same layers with other weights
        Path other = Golden.named("m05_lstm_l2_nobias_h0_b64_i5_h8").file("model.safetensors");
        byte[] bytes = Files.readAllBytes(other);
        bytes[bytes.length - 2] ^= 1;
        Path changed = Files.write(folder.resolve("changed.safetensors"), bytes);
        String[] options = {"--initial-state-from", path("states/1"), "--state-output", path("states/2")};
        assertRefused(
                score(changed.toString(), "in/day=2", "out/2", options),
                4,
                "of run night-1, are of another model, SHA-256",
                "--initial-state-allow other-model");
        assertNothingWritten();
        Cli all = score(
                changed.toString(),
                "in/day=2",
                "out/2",
                "--initial-state-from",
                path("states/1"),
                "--initial-state-allow",
                "other-model");
        assertThat(all.code()).as(all.toString()).isZero();
        assertThat(all.out()).contains("they are taken all the same (--initial-state-allow other-model)");
        assertRefused(
                score(
                        LSTM,
                        "in/day=2",
                        "scaled",
                        "--initial-state-from",
                        path("states/1"),
                        "--standardize",
                        "--feature-mean",
                        "0,0,0,0,0",
                        "--feature-std",
                        "1,1,1,1,1"),
                4,
                "run night-1, of which the states in file:" + path("states/1") + " are, had no --standardize",
                "--initial-state-allow other-model");
        Path copy = Files.copy(other, folder.resolve("copy.safetensors"));
        assertThat(score(copy.toString(), "in/day=2", "copied", options).code())
                .as("a copy is the same model")
                .isZero();
    }

    @Test
    void whatWasAppliedAlready() {
        nightDone(LSTM, 2);
        String[] to = {"--state-output", path("again")};
        assertRefused(
                score(LSTM, "in/day=2", "x", "--initial-state-from", path("states/2"), to[0], to[1]),
                6,
                "have 2 of the 2 files of the input behind them already, by run night-2",
                "--initial-state-allow applied-twice");
        assertRefused(
                score(LSTM, "in/day=1", "x", "--initial-state-from", path("states/2"), to[0], to[1]),
                6,
                "by run night-1");
        assertRefused(
                score(LSTM, "in", "x", "--initial-state-from", path("states/1"), to[0], to[1]),
                6,
                "have 2 of the 4 files of the input behind them already");
        assertThat(folder.resolve("x")).doesNotExist();
        assertThat(folder.resolve("again")).doesNotExist();
        assertThat(done(LSTM, "in", "w", "--where", "day = 2", "--initial-state-from", path("states/1"))
                        .out())
                .as("other files")
                .doesNotContain("behind them already");
        Cli twice = done(
                LSTM,
                "in/day=2",
                "x",
                "--initial-state-from",
                path("states/2"),
                "--initial-state-allow",
                "applied-twice,no-run-file");
        assertThat(twice.out()).contains("are applied again (--initial-state-allow applied-twice)");
    }

    @Test
    void statesOfWhichNoRunTells() {
        spark.read().parquet(path("states/1")).write().parquet(path("foreign"));
        assertRefused(
                from("foreign"), 3, "no run tells of file:" + path("foreign"), "--initial-state-allow no-run-file");
        assertNothingWritten();
        Cli taken = from("foreign", "--initial-state-allow", "no-run-file");
        assertThat(taken.code()).as(taken.toString()).isZero();
        assertThat(taken.out()).contains("its states are taken as they are");
        done(LSTM, "in/day=2", "own", "--initial-state-from", path("states/1"));
        assertThat(rows("out/2", "id", "h_n")).isEqualTo(rows("own", "id", "h_n"));
    }

    private Cli foreign(Dataset<Row> states) {
        states.write().mode("overwrite").parquet(path("foreign"));
        return from("foreign", "--initial-state-allow", "no-run-file");
    }

    @Test
    void tablesThatAreNoStates() {
        Dataset<Row> states = spark.read().parquet(path("states/1"));
        assertRefused(foreign(states.drop("c_n")), 3, "it has no column c_n, only id, h_n", "--outputs h_n,c_n");
        assertRefused(foreign(states.withColumnRenamed("id", "user")), 3, "it has no column id, only user, h_n, c_n");
        assertRefused(
                foreign(states.selectExpr("string(id) AS id", "h_n", "c_n")),
                3,
                "its column id is string, and that of the input is bigint");
        assertRefused(foreign(states.selectExpr("id", "h_n[0] AS h_n", "c_n")), 3, "its column h_n is array<float>");
        assertRefused(
                foreign(states.unionAll(states.where("id < 3"))),
                3,
                "of an id there is one state, and id = 0, 2 have more");
        assertRefused(
                foreign(states.selectExpr("id", "slice(h_n, 1, 1) AS h_n", "c_n")),
                3,
                "BAD_INITIAL_STATE",
                "has 1 state; expected [2][8]");
        assertNothingWritten();
    }

    @Test
    void anIdThatStandsTwiceInTheInput() {
        Dataset<Row> day = spark.read().parquet(path("in/day=2"));
        day.unionAll(day.where("id = 3")).write().parquet(path("twice"));
        assertRefused(
                score(LSTM, "twice", "x", "--state-output", path("s")),
                3,
                "--state-output: the states of an id go on with one row, and in the input id = 3 has more than one");
        day.withColumnRenamed("id", "user").write().parquet(path("nameless"));
        assertRefused(
                score(LSTM, "nameless", "x", "--initial-state-from", path("states/1")),
                3,
                "the table has no column 'id' of its own; it has: user, features");
        assertRefused(
                score(LSTM, "in/day=2", "x", "--state-output", path("s"), "--keep", ""),
                3,
                "--keep: states are told apart by id, which has to be a column of its own that passes through");
        assertRefused(
                score(LSTM, "in/day=2", "x", "--state-output", path("s"), "--keep", "", "--dry-run"),
                3,
                "--keep: the states of --state-output are told apart by id, which has to pass through");
        assertThat(folder.resolve("x")).doesNotExist();
        assertThat(folder.resolve("s")).doesNotExist();
    }

    @Test
    void optionsThatDoNotGoTogether() {
        assertRefused(
                from("states/1", "--initial-state-allow", "nonsense"),
                2,
                "expected some of [other-model, applied-twice, no-run-file, first-night] but was 'nonsense'");
        assertRefused(
                from("states/1", "--state-output", path("states/1")),
                2,
                "are one folder, or one is in the other: the night could not be run again");
        assertRefused(from("states/1", "--state-output", path("out")), 2, "--state-output", "--output file:");
        assertRefused(from("states/1", "--initial-state", "h"), 2, "give one or the other");
        assertRefused(from("states/1", "--limit-sequence", "3"), 2, "--limit-sequence a part of the steps");
        assertRefused(
                from("states/1", "--resume", "--partition-by", "day"), 2, "--resume scores partitions each by itself");
        assertRefused(
                score(LSTM, "in/day=2", "x", "--initial-state-run", "a"),
                2,
                "it says which states of --initial-state-from or --initial-state-table are taken, and that is not given");
        assertRefused(from("states/1", "--initial-state-allow", "all"), 2, "--initial-state-allow");
        assertRefused(
                score(LSTM, "in/day=2", "states", "--initial-state-from", path("states/1"), "--mode", "overwrite"),
                2,
                "holds the initial states (" + path("states/1") + "), which --mode overwrite would delete");
        assertNothingWritten();
    }

    @Test
    void aNetworkThatRunsBackward() {
        String both = Golden.named("m11_lstm_l2_bi_b17_i13_h1")
                .file("model.safetensors")
                .toString();
        for (String option : new String[] {"--initial-state-from", "--state-output"}) {
            assertRefused(
                    score(both, "in/day=2", "x", option, path("states/0")),
                    2,
                    option + ": the network cannot be gone on with day by day",
                    "runs backward over the steps");
        }
    }

    @Test
    void aDryRunTellsWhatWouldBeCarried() {
        Cli dry = from("states/1", "--state-output", path("states/2"), "--dry-run");
        assertThat(dry.code()).as(dry.toString()).isZero();
        assertThat(dry.out())
                .contains("States:  from file:" + path("states/1") + " of run night-1; to file:" + path("states/2"));
        assertThat(folder.resolve("states/2")).doesNotExist();
        assertNothingWritten();
    }
}
