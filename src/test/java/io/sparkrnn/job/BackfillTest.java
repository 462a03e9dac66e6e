package io.sparkrnn.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.spark.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Several days by one command: what one command for each day gives. */
class BackfillTest {
    @TempDir
    Path folder;

    private String path(String name) {
        return folder.resolve(name).toString();
    }

    private void days() {
        LocalSpark.session()
                .sql("SELECT 'c' || id % 5 AS id, timestamp_seconds(1793491200 + id * 3600) AS ts, float(id % 7) AS a,"
                        + " float(id % 3) AS b, float(1) AS c, float(id) / 90 AS d, float(0) AS e FROM range(72)")
                .write()
                .parquet(path("events"));
    }

    private Cli backfill(String first, String last, String... more) {
        List<String> args = new ArrayList<>(List.of(
                "backfill",
                "--first",
                first,
                "--last",
                last,
                "score",
                "--model",
                "data/weather_rnn.pt",
                "--no-standardize",
                "--input",
                path("events"),
                "--layout",
                "events",
                "--order-by",
                "ts",
                "--features",
                "a,b,c,d,e",
                "--outputs",
                "h_n"));
        args.addAll(List.of(more));
        return Cli.run(args.toArray(String[]::new));
    }

    private Cli nights(String first, String last) {
        return backfill(
                first,
                last,
                "--since",
                "{day}",
                "--until",
                "{next}",
                "--output",
                path("out/{day}"),
                "--initial-state-from",
                path("states/{before}"),
                "--state-output",
                path("states/{day}"),
                "--run-id",
                "night-{day}",
                "--if-done",
                "skip");
    }

    private List<String> states(String name) {
        return LocalSpark.session().read().parquet(path(name)).orderBy("id").collectAsList().stream()
                .map(Object::toString)
                .toList();
    }

    @Test
    void eachDayIsARunOfItsOwn() throws IOException {
        days();
        Files.createDirectories(folder.resolve("states/2026-10-31"));
        Cli done = nights("2026-11-01", "2026-11-03");
        assertThat(done.code()).as(done.toString()).isZero();
        assertThat(done.out())
                .contains("2026-11-01  Scored 5 sequences, 24 time steps")
                .contains("2026-11-03  Scored 5 sequences, 24 time steps")
                .contains("2026-10-31 is empty: this is a first night")
                .doesNotContain("Read it:");
        for (int day = 1; day <= 3; day++) {
            assertThat(folder.resolve("out/2026-11-0" + day + "/_spark-rnn/night-2026-11-0" + day + ".html"))
                    .exists();
        }
        Cli whole = backfill("2026-11-01", "2026-11-01", "--output", path("whole"), "--state-output", path("all"));
        assertThat(whole.code()).as(whole.toString()).isZero();
        assertThat(states("states/2026-11-03")).hasSize(5).isEqualTo(states("all"));

        Cli again = nights("2026-11-01", "2026-11-03");
        assertThat(again.code()).as(again.toString()).isZero();
        assertThat(again.out()).contains("2026-11-02  Nothing to do");
    }

    @Test
    void theFirstDayThatFailsEndsIt() throws IOException {
        days();
        Files.createDirectories(folder.resolve("states/2026-10-31"));
        Files.writeString(
                Files.createDirectories(folder.resolve("out/2026-11-02")).resolve("of somebody"), "x");
        Cli failed = nights("2026-11-01", "2026-11-03");
        assertThat(failed.code()).as(failed.toString()).isEqualTo(6);
        assertThat(failed.out()).contains("2026-11-01  Scored 5 sequences").doesNotContain("2026-11-03");
        assertThat(failed.err())
                .contains("out/2026-11-02")
                .contains("backfill: 2026-11-02 failed, as said above; the days from 2026-11-01 to 2026-11-01 are done."
                        + " When it is mended, go on with --first 2026-11-02");
        assertThat(folder.resolve("out/2026-11-03")).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "2026-11-03|2026-11-01|{day}|--last 2026-11-01 is before --first 2026-11-03",
                "2026-11-01|2026-11-03|x|no option of score says a day, so that all runs would be one",
                "2026-11-01|2026-11-03|{day}/{yesterday}|{yesterday} stands for nothing; expected {day}, {before} or {next}",
                "2026-11-31|2026-12-03|{day}|Invalid value for option '--first': expected a day, such as 2026-11-01, but was '2026-11-31'",
            })
    void whatIsNoRangeOfDaysIsRefused(String first, String last, String output, String said) {
        Cli refused = backfill(first, last, "--output", path(output));
        assertThat(refused.code()).as(refused.toString()).isEqualTo(2);
        assertThat(refused.err()).contains(said);
    }

    @Test
    void onlyScoreIsRunForDays() {
        Cli refused = Cli.run("backfill", "--first", "2026-11-01", "--last", "2026-11-02", "verify", "--rows", "2");
        assertThat(refused.code()).isEqualTo(2);
        assertThat(refused.err()).contains("backfill: 'verify': it runs score for each day");
        assertThat(Cli.run("backfill", "--first", "2026-11-01", "--last", "2026-11-02")
                        .code())
                .isEqualTo(2);
        assertThat(Cli.run("backfill", "--help").out())
                .contains("spark-rnn backfill --first DAY --last DAY score OPTIONS");
    }
}
