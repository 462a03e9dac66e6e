package io.sparkrnn.job.state;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.job.Cli;
import java.io.IOException;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** States in tables of files, which keep no versions: one for each night, told from others by what their rows are. */
class StateTablesTest extends TableCarryCase {
    @Override
    String namespace() {
        return "spark_catalog.default";
    }

    @BeforeEach
    void days() {
        for (int day = 1; day <= 3; day++) {
            day(day, 20);
        }
    }

    @Test
    void aTableForEachNightHasTheBitsOfOneRunOverAll() {
        Cli first = done(night(1, in("states_0"), in("states_1"), FIRST));
        assertThat(first.out())
                .contains(in("states_0") + " is not there: this is a first night, and all sequences began with")
                .contains("States:  " + in("states_1") + " (15 ids, 0 of them as they were)");
        Cli second = done(night(2, in("states_1"), in("states_2")));
        assertThat(second.out())
                .contains("States:  " + in("states_2") + " (20 ids, 5 of them as they were)")
                .doesNotContain("taken as they are");
        done(night(3, "default.states_2", in("states_3")));
        assertThat(states(in("states_3"))).hasSize(20).isEqualTo(whole(3));
        assertThat(folder.resolve("runs")).isDirectoryNotContaining("glob:**states*");
    }

    @Test
    void aNightThatIsDoneIsKnown() {
        done(night(1, in("states_0"), in("states_1"), FIRST));
        String[] skip = {"--if-done", "skip"};
        done(night(2, in("states_1"), in("states_2"), skip));
        assertThat(done(night(2, in("states_1"), in("states_2"), skip)).out()).contains("Nothing to do");
        sql("DROP TABLE " + in("states_2"));
        Cli again = done(night(2, in("states_1"), in("states_2"), "--if-done", "skip", "--mode", "overwrite"));
        assertThat(again.out()).doesNotContain("Nothing to do").contains("20 ids");
    }

    @Test
    void statesOfWhichNoRunTells() {
        done(night(1, in("states_0"), in("states_1"), FIRST));
        sql("CREATE TABLE " + in("copy") + " USING parquet AS SELECT * FROM " + in("states_1") + " WHERE id <> 3");
        assertRefused(
                night(2, in("copy"), in("states_2")),
                3,
                "--initial-state-table: no run tells of " + in("copy"),
                "there is no file of a run that wrote it with --state-output-table among those in file:" + path("runs"),
                "--initial-state-allow no-run-file");
        assertRefused(
                score(LSTM, "in/day=2", "out/2", "--initial-state-table", in("states_1")),
                3,
                "there is no folder with the files of runs; name it with --run-files");
        sql("INSERT OVERWRITE " + in("states_1") + " SELECT * FROM " + in("copy"));
        assertRefused(night(2, in("states_1"), in("states_2")), 3, "its rows are others than any run left among those");
        assertRefused(
                night(2, in("states_1"), in("states_2"), "--initial-state-run", "night-1"),
                3,
                "are no longer those of run night-1",
                "a table of its format keeps no versions");
        assertThat(folder.resolve("out/2")).doesNotExist();
        done(night(2, in("states_1"), in("states_2"), "--initial-state-allow", "no-run-file"));
    }

    @Test
    void rowsInOtherFilesAreTheSame() {
        done(night(1, in("states_0"), in("states_1"), FIRST));
        sql("CREATE TABLE " + in("copy") + " USING parquet AS SELECT * FROM " + in("states_1"));
        sql("INSERT OVERWRITE " + in("states_1") + " SELECT /*+ REPARTITION(3) */ * FROM " + in("copy"));
        done(night(2, in("states_1"), in("states_2")));
        assertThat(states(in("states_2"))).isEqualTo(whole(2));
    }

    @Test
    void aTableThatIsNotThere() {
        assertRefused(
                night(1, in("sattes"), in("states_1")),
                3,
                "--initial-state-table: there is no table " + in("sattes"),
                "--initial-state-allow first-night");
        done(night(1, in("states_0"), in("states_1"), FIRST));
        sql("DROP TABLE " + in("states_1"));
        assertRefused(
                night(2, in("states_1"), in("states_2"), FIRST),
                3,
                "there is no table " + in("states_1") + ", which run night-1 wrote; restore it");
        assertRefused(
                night(2, in("states_0"), in("states_2"), "--initial-state-run", "night-1", FIRST[0], FIRST[1]),
                3,
                "is not there, as before a first night, and --initial-state-run asks for the states of night-1");
    }

    @Test
    void anEmptyTableIsAFirstNightWhereThatIsSaid() {
        sql("CREATE TABLE " + in("states_0") + " (id BIGINT, h_n ARRAY<ARRAY<FLOAT>>, c_n ARRAY<ARRAY<FLOAT>>)"
                + " USING parquet");
        assertRefused(night(1, in("states_0"), in("states_1")), 3, "no run tells of " + in("states_0"));
        assertThat(done(night(1, in("states_0"), in("states_1"), FIRST)).out())
                .contains("has no rows: this is a first");
        assertThat(states(in("states_1"))).isEqualTo(whole(1));
    }

    @Test
    void whatDoesNotGoTogether() {
        assertRefused(
                score(LSTM, "in/day=1", "out/1", "--state-output-table", in("s")),
                2,
                "--state-output-table: which run wrote a table of states is told by the files of runs",
                "--run-files");
        assertRefused(
                night(1, in("a"), in("b"), "--state-output", path("s")),
                2,
                "--state-output and --state-output-table: give one of them, not both");
        assertRefused(
                night(1, in("a"), in("b"), "--initial-state-from", path("s")),
                2,
                "--initial-state-from and --initial-state-table: give one of them, not both");
        done(night(1, in("states_0"), in("states_1"), FIRST));
        assertRefused(
                night(2, in("states_1"), in("states_1")),
                2,
                "--state-output-table " + in("states_1"),
                "only a table that has versions, of Iceberg or Delta",
                "Name another table for each night");
        done(night(2, in("states_1"), in("states_2")));
        assertRefused(
                night(3, "default.states_1", in("states_1")),
                2,
                "this is default.states_1 of --initial-state-table by another name");
        assertRefused(
                night(3, in("states_1"), in("states_2")), 6, "--state-output-table " + in("states_2") + ": it exists");
        assertThat(folder.resolve("out/3")).doesNotExist();
    }

    @Test
    void aTableThatTheNextNightCouldNotReplaceIsNotMade() {
        assertRefused(
                night(1, in("states"), in("states"), FIRST),
                2,
                "there is no such table, and one of format parquet keeps no versions",
                "CREATE TABLE " + in("states") + " (id ..., h_n ARRAY<ARRAY<FLOAT>>, ...) USING delta");
        assertRefused(
                night(1, "lake.nightly.states", "lake.nightly.states", FIRST),
                2,
                "--initial-state-table lake.nightly.states: there is no catalog lake",
                "--conf spark.sql.catalog.lake=CLASS");
        assertRefused(night(1, "a..b", in("states"), FIRST), 2, "--initial-state-table a..b: ");
        assertThat(folder.resolve("out/1")).doesNotExist();
    }

    /** The files of runs are all that tells of a table, and a run of the same id that fails later does not take one away. */
    @Test
    void aRunThatFailsLeavesTheFileOfOneThatWasDone() throws IOException {
        done(night(1, in("states_0"), in("states_1"), FIRST));
        spark.read()
                .parquet(path("in/day=2"))
                .withColumn("features", functions.expr("if(id = 3, null, features)"))
                .write()
                .parquet(path("in/day=9"));
        String[] append = {"--mode", "append"};
        assertRefused(night(9, in("states_1"), in("states_9"), append), 3, "its features are null");
        assertThat(runFileIn("runs", "night-9").path("status").asText()).isEqualTo("failed");
        spark.read().parquet(path("in/day=2")).write().mode("overwrite").parquet(path("in/day=9"));
        done(night(9, in("states_1"), in("states_9"), append));
        assertRefused(night(9, in("states_1"), in("states_9"), append), 6, "--run-id night-9: this run is done");
        spark.read()
                .parquet(path("in/day=1"))
                .withColumn("features", functions.expr("if(id = 2, null, features)"))
                .write()
                .mode("overwrite")
                .parquet(path("in/day=9"));
        assertRefused(
                night(
                        9,
                        in("states_1"),
                        in("states_10"),
                        "--mode",
                        "overwrite",
                        "--initial-state-allow",
                        "applied-twice"),
                3,
                "its features are null");
        assertThat(runFileIn("runs", "night-9").path("status").asText()).isEqualTo("done");
        assertThat(runFileIn("runs", "night-9.failed").path("code").asInt()).isEqualTo(3);
        done(night(2, in("states_9"), in("states_2")));
    }

    @Test
    void aDryRunTellsWhatWouldBeCarried() {
        done(night(1, in("states_0"), in("states_1"), FIRST));
        Cli dry = done(night(2, in("states_1"), in("states_2"), "--dry-run"));
        assertThat(dry.out()).contains("States:  from " + in("states_1") + " of run night-1; to " + in("states_2"));
        assertThat(spark.catalog().tableExists(in("states_2"))).isFalse();
    }
}
