package io.sparkrnn.job.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkrnn.job.Cli;
import io.sparkrnn.job.message.ExitCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Outputs that are made partition by partition, and gone on with, by the command line. */
class ResumedRunsTest extends RunCase {
    private static final String[] RESUME = {"--resume", "--partition-by", "day"};

    private Map<String, Long> dataFiles() throws IOException {
        Map<String, Long> times = new TreeMap<>();
        for (String file : tree("out")) {
            if (file.endsWith(".parquet")) {
                times.put(file, Files.getLastModifiedTime(folder.resolve(file)).toMillis());
            }
        }
        return times;
    }

    @Test
    void whatIsCompleteIsLeftOutOfARunThatGoesOn() throws IOException {
        List<String> good = tree("in");
        spark.sql("SELECT 1000L AS id, CAST(null AS array<array<float>>) AS features")
                .write()
                .mode("append")
                .parquet(path("in/day=2026-11-02"));
        List<String> bad = new ArrayList<>(tree("in"));
        bad.removeAll(good);

        Cli stopped = score(RESUME);
        assertThat(stopped.code()).as(stopped.toString()).isEqualTo(ExitCode.INPUT.number());
        assertThat(stopped.out())
                .contains("3 partitions to score, 0 complete", "stopped at day=2026-11-02", "day=2026-11-01: 34");
        assertThat(ids("out")).as("the first day is there, and whole").hasSize(34);
        Map<String, Long> first = dataFiles();

        for (String file : bad) {
            Files.delete(folder.resolve(file));
        }
        assertThat(score("--resume", "--partition-by", "day", "--dry-run").out())
                .contains("2 partitions would be scored, 1 complete");
        assertThat(done(RESUME).out()).contains("2 partitions to score, 1 complete");
        assertThat(ids("out")).hasSize(100);
        assertThat(dataFiles()).containsAllEntriesOf(first);

        Map<String, Long> all = dataFiles();
        assertThat(done(RESUME).out()).contains("0 partitions to score, 3 complete");
        assertThat(dataFiles()).isEqualTo(all);

        spark.sql("SELECT 2000L AS id, array(array(1F, 2F, 3F, 4F, 5F)) AS features")
                .write()
                .mode("append")
                .parquet(path("in/day=2026-11-03"));
        org.apache.hadoop.fs.FileUtil.fullyDelete(
                folder.resolve("out/day=2026-11-01").toFile());
        assertThat(done(RESUME).out())
                .as("one whose input changed, and one that is gone")
                .contains("2 partitions to score, 1 complete");
        assertThat(ids("out")).hasSize(101).contains(2000L);
        assertThat(done("--resume", "--partition-by", "day", "--outputs", "h_n").out())
                .as("by other options")
                .contains("3 partitions to score, 0 complete");
        try (Stream<Path> names = Files.list(folder.resolve("out"))) {
            assertThat(names.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder("_spark-rnn", "day=2026-11-01", "day=2026-11-02", "day=2026-11-03");
        }
    }

    @Test
    void rowsWithoutADayAreAPartition() {
        spark.sql("SELECT 3000L AS id, CAST(null AS string) AS day, array(array(1F, 2F, 3F, 4F, 5F)) AS features")
                .write()
                .mode("append")
                .partitionBy("day")
                .parquet(path("in"));
        done(RESUME);
        assertThat(ids("out")).hasSize(101);
        assertThat(spark.read().parquet(path("out")).where("day IS NULL").count())
                .isEqualTo(1);
        assertThat(done(RESUME).out())
                .contains("0 partitions to score, 4 complete")
                .doesNotContain("Report:");
    }

    @Test
    void theReportIsOfAllPartitionsThatTheRunMade() throws IOException {
        done("--output-partition", "day=2026-11-02", "--where", "day = '2026-11-02'", "--run-id", "one");
        assertThat(done("--resume", "--partition-by", "day", "--run-id", "all").out())
                .contains("Report:", "_spark-rnn/all.html");
        JsonNode all = file("all.metrics");
        assertThat(all.path("funnel").path("read").asLong()).isEqualTo(100);
        assertThat(all.path("funnel").path("scored").asLong()).isEqualTo(100);
        assertThat(all.path("lengths").path("count").asLong()).isEqualTo(100);
        assertThat(all.path("tasks").findValuesAsText("index")).doesNotHaveDuplicates();
        JsonNode one = file("one.metrics");
        assertThat(all.path("features").get(4).path("values").path("mean").asDouble())
                .as("of another number of rows")
                .isNotEqualTo(
                        one.path("features").get(4).path("values").path("mean").asDouble());
        assertThat(Files.readString(folder.resolve("out/_spark-rnn/all.html"))).contains("<svg");
    }

    @Test
    void whatCannotBeResumedIsRefused() {
        assertThat(score("--resume").err()).contains("--resume: the output is made partition by partition");
        assertThat(score("--resume", "--partition-by", "id").err()).contains("is in no folder id=");
        assertThat(score("--resume", "--partition-by", "day", "--mode", "append")
                        .err())
                .contains("--mode append says");
        assertThat(score("--resume", "--partition-by", "day", "--input-query", "SELECT * FROM input")
                        .err())
                .contains("of a query");
        assertThat(score("--resume", "--partition-by", "day", "--report", path("out/rows/r.html"))
                        .err())
                .contains("this is in the output");
        assertThat(folder.resolve("out")).doesNotExist();
    }
}
