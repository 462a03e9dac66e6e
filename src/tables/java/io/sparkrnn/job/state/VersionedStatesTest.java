package io.sparkrnn.job.state;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkrnn.job.Cli;
import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** States in one table that each night replaces, of a format that keeps its versions: the same of all of them. */
abstract class VersionedStatesTest extends TableCarryCase {
    abstract String format();

    /** Writes the rows of a table anew, in other files and another version. */
    abstract void compact(String table);

    @BeforeEach
    void days() {
        sql("CREATE NAMESPACE IF NOT EXISTS " + namespace());
        for (int day = 1; day <= 4; day++) {
            day(day, 20);
        }
    }

    private Cli nightInPlace(int day, String... more) {
        return night(day, in("states"), in("states"), more);
    }

    private void nights(int last) {
        done(nightInPlace(1, FIRST));
        for (int day = 2; day <= last; day++) {
            done(nightInPlace(day));
        }
    }

    @Test
    void oneTableThatEachNightReplacesHasTheBitsOfOneRunOverAll() throws IOException {
        nights(2);
        compact(in("states"));
        done(nightInPlace(3));
        Cli last = done(nightInPlace(4));
        assertThat(last.out()).contains("States:  " + in("states") + " (20 ids, ");
        assertThat(states(in("states"))).hasSize(20).isEqualTo(whole(4));
        JsonNode told = runFileIn("runs", "night-4").path("states");
        assertThat(told.path("from").path("run_id").asText()).isEqualTo("night-3");
        assertThat(told.path("applied")).hasSize(4);
        assertThat(told.path("to").path("version").asText()).isNotEmpty();
        assertThat(told.path("to").path("ids").asInt()).isEqualTo(20);
        assertThat(folder.resolve("runs")).isDirectoryNotContaining("glob:**states*");
    }

    @Test
    void aNightIsRunAgainFromTheVersionThatItBeganWith() {
        String[] skip = {"--if-done", "skip"};
        nights(2);
        done(nightInPlace(3, skip));
        Map<Object, String> states = states(in("states"));
        assertThat(done(nightInPlace(3, skip)).out()).contains("Nothing to do", "of run night-3");
        assertRefused(
                nightInPlace(3, "--mode", "overwrite"),
                6,
                "the states in " + in("states") + " have run night-3 behind them already: its steps would be applied");
        assertThat(done(nightInPlace(2, skip)).out())
                .as("of a night that is not the last")
                .contains("Nothing to do");
        Cli again = done(nightInPlace(3, "--mode", "overwrite", "--initial-state-run", "night-2", "--if-done", "skip"));
        assertThat(again.out()).contains("20 ids");
        assertThat(states(in("states"))).isEqualTo(states);

        sql("DELETE FROM " + in("states") + " WHERE id = 3");
        assertRefused(
                nightInPlace(4),
                3,
                "its rows are others than any run left",
                "to go on from what run night-3 left, as if nothing had been done since, give --initial-state-run night-3");
        assertThat(folder.resolve("out/4")).doesNotExist();
        done(nightInPlace(4, "--initial-state-run", "night-3"));
        assertThat(states(in("states"))).isEqualTo(whole(4));
    }

    @Test
    void nightsOfEvents() {
        sql("CREATE TABLE " + in("of_events") + " (client BIGINT, h_n ARRAY<ARRAY<FLOAT>>, c_n ARRAY<ARRAY<FLOAT>>,"
                + " last_ts BIGINT) USING " + format());
        sql("CREATE TABLE " + in("events") + " AS SELECT id % 5 AS client, id AS ts, float(sin(id)) AS a,"
                + " float(cos(id)) AS b, float(id % 3) AS c, float(1) AS d, float(0) AS e FROM range(200)");
        for (int night = 0; night < 2; night++) {
            String[] first = night == 0 ? FIRST : new String[0];
            String[] usual = {
                "score",
                "--model",
                LSTM,
                "--input-table",
                in("events"),
                "--layout",
                "events",
                "--id",
                "client",
                "--order-by",
                "ts",
                "--features",
                "a,b,c,d,e",
                "--outputs",
                "h_n",
                "--since",
                String.valueOf(night * 100),
                "--until",
                String.valueOf(night * 100 + 100),
                "--output",
                path("scored/" + night),
                "--initial-state-table",
                in("of_events"),
                "--state-output-table",
                in("of_events"),
                "--run-id",
                "events-" + night,
                "--run-files",
                path("runs")
            };
            done(Cli.run(Stream.of(usual, first).flatMap(Arrays::stream).toArray(String[]::new)));
        }
        assertThat(sql("SELECT client, last_ts FROM " + in("of_events") + " ORDER BY client")
                        .toString())
                .isEqualTo("[[0,195], [1,196], [2,197], [3,198], [4,199]]");
    }
}
