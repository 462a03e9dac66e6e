package io.sparkrnn.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.spark.LocalSpark;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Tables of events on the command line, with the sample's network: input_size 5. */
class EventsCommandTest {
    private static final String MODEL = "data/weather_rnn.pt";

    @TempDir
    Path folder;

    @BeforeEach
    void makeEvents() {
        events("1 = 1").write().parquet(folder.resolve("events").toString());
    }

    private static Dataset<Row> events(String where) {
        return LocalSpark.session()
                .range(60)
                .selectExpr(
                        "'client ' || (id % 7) AS client",
                        "timestamp_seconds(1700000000 + id * id * 60) AS ts",
                        "double(id % 5) AS a",
                        "float(id % 3) AS b",
                        "int(id % 2) AS c",
                        "double(id) / 60 AS d",
                        "id % 11 AS e",
                        "'nl' AS country")
                .where(where);
    }

    private Cli score(String... more) {
        List<String> args = ofEvents("out");
        args.addAll(List.of("--outputs", "h_n,score"));
        for (int i = 0; i < more.length; i += 2) {
            int at = args.indexOf(more[i]);
            if (at >= 0) {
                args.set(at + 1, more[i + 1]);
            } else {
                args.addAll(Arrays.asList(more[i], more[i + 1]));
            }
        }
        args.removeIf(String::isEmpty);
        return Cli.run(args.toArray(String[]::new));
    }

    /** What scores the events into a folder. */
    private List<String> ofEvents(String output) {
        return new ArrayList<>(List.of(
                "score",
                "--model",
                MODEL,
                "--no-standardize",
                "--input",
                folder.resolve("events").toString(),
                "--layout",
                "events",
                "--id",
                "client",
                "--order-by",
                "ts",
                "--features",
                "a,b,c,d,e",
                "--output",
                folder.resolve(output).toString()));
    }

    private Dataset<Row> out(String name) {
        return LocalSpark.session().read().parquet(folder.resolve(name).toString());
    }

    @Test
    void scoresTheSequencesOfEvents() {
        Cli cli = score("--keep", "country", "--repartition", "3");
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(cli.out())
                .contains("Scored 7 sequences, 60 time steps")
                .contains("Input:   events dealt out by their id into 3 partitions")
                .contains("Report:");
        assertThat(out("out").schema().fieldNames())
                .containsExactly("client", "first_ts", "last_ts", "country", "h_n", "score", "lengths");
        List<Row> rows = out("out").orderBy("client").collectAsList();
        assertThat(rows).hasSize(7);
        assertThat(rows.get(0).<String>getAs("country")).isEqualTo("nl");
        assertThat(out("out").selectExpr("sum(lengths)").head().getLong(0)).isEqualTo(60);
    }

    @Test
    void cutsLimitsAndMeasuresTime() {
        Cli cli = score(
                "--features",
                "a,b,c,d,pause",
                "--time-delta",
                "pause,h",
                "--max-gap",
                "5h",
                "--window",
                "3",
                "--since",
                "2023-11-15 00:00:00",
                "--batch-steps",
                "2");
        assertThat(cli.code()).as(cli.toString()).isZero();
        Dataset<Row> out = out("out");
        assertThat(out.schema().fieldNames())
                .containsExactly("client", "sequence", "first_ts", "last_ts", "h_n", "score", "lengths");
        assertThat(out.where("first_ts < '2023-11-15' OR lengths > 3").count()).isZero();
        assertThat(out.selectExpr("max(sequence)").head().getInt(0)).isPositive();
    }

    @Test
    void aSequenceThatCannotBeScoredGoesToTheQuarantine() {
        events("1 = 1")
                .selectExpr(
                        "client",
                        "if(client = 'client 2', timestamp'2023-11-20', ts) AS ts",
                        "if(client = 'client 3' AND d > 0.5, null, a) AS a",
                        "b",
                        "c",
                        "d",
                        "e")
                .write()
                .mode("overwrite")
                .parquet(folder.resolve("events").toString());
        Cli failed = score();
        assertThat(failed.code()).isEqualTo(3);
        assertThat(failed.err())
                .contains("2 of 7 rows (NULL_VALUE 1, TIED_ORDER 1) cannot be scored")
                .contains("events with client = client 3, event at ts = 2023-11-")
                .contains("column a is null; fill it in, or leave the event out");
        Cli cli = score(
                "--on-invalid",
                "quarantine",
                "--quarantine",
                folder.resolve("bad").toString());
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(out("out").count()).isEqualTo(5);
        assertThat(out("bad").schema().fieldNames()).containsExactly("client", "ts", "error_code", "error_message");
        assertThat(out("bad").count()).isEqualTo(2);
        Cli kept = score("--on-invalid", "null", "--mode", "overwrite", "--ties", "keep");
        assertThat(kept.code()).as(kept.toString()).isZero();
        assertThat(out("out").where("error_code IS NULL").count()).isEqualTo(6);
        Cli many = score("--on-invalid", "null", "--mode", "overwrite", "--max-invalid", "1");
        assertThat(many.code()).isEqualTo(7);
    }

    @Test
    void aRowMayBeAnEvent() {
        List<String> args = ofEvents("steps");
        args.addAll(List.of("--keep", "country,ts", "--step-output", "--outputs", "hidden_states"));
        Cli cli = Cli.run(args.toArray(String[]::new));
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(cli.out()).contains("Scored 7 sequences, 60 time steps").contains("Report:");
        assertThat(out("steps").schema().fieldNames()).containsExactly("client", "ts", "country", "hidden_states");
        assertThat(out("steps").where("size(hidden_states) = 8").count()).isEqualTo(60);
    }

    @Test
    void aDryRunCountsEvents() {
        List<String> args = ofEvents("dry");
        args.add("--dry-run");
        Cli cli = Cli.run(args.toArray(String[]::new));
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(cli.out()).contains("Size:    60 events").contains("first_ts timestamp");
        assertThat(folder.resolve("dry")).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "2 | --layout | rows | --order-by: it is of a table that has an event a row",
                "2 | --order-by | '' | order",
                "2 | --window | 0 | --window 0: expected a number of events, 1 or more",
                "2 | --max-gap | soon | --max-gap soon: expected a duration such as 30m",
                "2 | --max-gap | -1d | --max-gap -1d: expected a duration",
                "2 | --time-delta | 'pause,weeks' | expected a name and the unit",
                "2 | --lengths | c | they are of rows that are sequences",
                "2 | --initial-state | c | they are of rows that are sequences",
                "2 | --layout | columns | --layout",
                "3 | --max-gap | 5 | expected a duration, such as 30m or 1d",
                "3 | --since | yesterdays | --since yesterdays: it is no timestamp, which column ts has",
                "3 | --order-by | a | --order-by: column a is double; events are ordered by timestamp",
                "3 | --order-by | when | --order-by: the input has no column 'when'",
                "3 | --id | a | id: column a is double; events are put together by a string",
                "3 | --features | a,b,c,d,country | features: column country is string; of an event the network takes a number",
                "3 | --features | a,b | features names 2 columns ([a, b]), but the network takes 5 numbers of each event",
                "3 | --time-delta | pause,h | --time-delta pause: the network is not given it",
                "3 | --keep | nobody | keep: the input has no column 'nobody'"
            })
    void badOptionsAreToldInASentence(int code, String option, String value, String message) {
        Cli cli = score(option, value);
        assertThat(cli.code()).as(cli.toString()).isEqualTo(code);
        assertThat(cli.err()).contains(message);
        assertThat(cli.err()).doesNotContain("Exception");
    }

    @Test
    void optionsThatExcludeEachOtherAreTold() {
        assertThat(score("--window", "3", "--limit-sequence", "2").err())
                .contains("--window and --limit-sequence: both say which events");
        assertThat(score("--step-output", "", "--window", "3").err()).contains("--window: with --step-output");
        assertThat(score("--step-output", "", "--limit-sequence", "3").err())
                .contains("--limit-sequence: with --step-output");
        assertThat(score("--step-output", "", "--on-invalid", "null").err())
                .contains("--on-invalid null: with --step-output");
        assertThat(score("--step-output", "").err())
                .contains("--outputs: h_n, score are of a sequence, and with --step-output a row is an event");
        assertThat(score("--resume", "", "--partition-by", "country").err()).contains("--resume: with --layout events");
    }
}
