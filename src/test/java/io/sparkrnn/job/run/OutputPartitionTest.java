package io.sparkrnn.job.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.job.Cli;
import io.sparkrnn.job.message.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A run that owns one partition of an output, by the command line. */
class OutputPartitionTest extends RunCase {
    @Test
    void aRunOwnsOnePartitionAndReplacesItAlone() throws IOException {
        for (int day = 1; day <= 3; day++) {
            String name = "2026-11-0" + day;
            done("--output-partition", "day=" + name, "--where", "day = '" + name + "'", "--run-id", "d" + day);
        }
        List<Row> all = spark.read().parquet(path("out")).select("id", "day").collectAsList();
        assertThat(all)
                .hasSize(100)
                .allSatisfy(row -> assertThat(row.get(1).toString()).isEqualTo("2026-11-0" + (row.getLong(0) % 3 + 1)));
        List<String> others = tree("out").stream()
                .filter(file -> file.contains("day=2026-11-01") || file.contains("day=2026-11-03"))
                .toList();

        assertThat(done("--output-partition", "day=2026-11-02", "--where", "day = '2026-11-02'", "--if-done", "skip")
                        .out())
                .as("what was done to other partitions since is another matter")
                .contains("of run d2");
        done("--output-partition", "day=2026-11-02", "--where", "day = '2026-11-02' AND id < 50");
        assertThat(ids("out")).hasSize(67 + 17);
        done("--output-partition", "day=2026-11-02", "--where", "id < 0");
        assertThat(ids("out")).as("a night without rows leaves none").hasSize(67);
        assertThat(tree("out").stream().filter(file -> file.contains("-01") || file.contains("-03")))
                .containsAll(others);
        try (Stream<Path> names = Files.list(folder.resolve("out"))) {
            assertThat(names.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("_spark-rnn", "day=2026-11-01", "day=2026-11-02", "day=2026-11-03");
        }
    }

    @Test
    void aPartitionHasNoRowsOfOthers() throws IOException {
        Cli mixed = score("--output-partition", "day=2026-11-02");
        assertThat(mixed.code()).as(mixed.toString()).isEqualTo(ExitCode.INPUT.number());
        assertThat(mixed.err())
                .contains("--output-partition day=2026-11-02: a row has another value there: 2026-11-0")
                .doesNotContain("USER_RAISED", "SQLSTATE");
        assertThat(folder.resolve("out")).doesNotExist();
    }

    @Test
    void aQuarantineOfAPartitionIsOneOfThatPartition() throws IOException {
        spark.sql("SELECT 1000L AS id, '2026-11-02' AS day, CAST(null AS array<array<float>>) AS features")
                .write()
                .mode("append")
                .partitionBy("day")
                .parquet(path("in"));
        for (int attempt = 0; attempt < 2; attempt++) {
            done(
                    "--output-partition",
                    "day=2026-11-02",
                    "--where",
                    "day = '2026-11-02'",
                    "--on-invalid",
                    "quarantine",
                    "--quarantine",
                    path("bad"));
            assertThat(ids("bad")).containsExactly(1000L);
            assertThat(ids("out")).hasSize(33);
        }
        assertThat(folder.resolve("bad/day=2026-11-02")).isDirectory();
    }

    @ParameterizedTest
    @ValueSource(strings = {"ds", "=x", "ds=", "ds=1,ds=2"})
    void whatIsNoPartitionIsRefused(String partition) {
        Cli cli = score("--output-partition", partition);
        assertThat(cli.code()).isEqualTo(ExitCode.USAGE.number());
        assertThat(cli.err()).contains("--output-partition");
    }

    @Test
    void aPartitionOfSeveralColumnsAndOddCharacters() {
        done("--output-partition", "site=a:b/c,day=2026-11-01", "--where", "day = '2026-11-01'");
        assertThat(spark.read()
                        .parquet(path("out"))
                        .select("site", "day")
                        .distinct()
                        .collectAsList())
                .singleElement()
                .satisfies(row -> assertThat(row.getString(0)).isEqualTo("a:b/c"));
    }
}
