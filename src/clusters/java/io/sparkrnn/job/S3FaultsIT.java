package io.sparkrnn.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.spark.LocalSpark;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.FSDataInputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;

/** From S3A to S3A, with Spark's usual committer, which renames, and with S3A's magic one, which does not. */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(900)
class S3FaultsIT {
    private static final long STANDSTILL_IN_MS = 15_000;

    /** Spark 4.1 takes the magic committer by itself where spark-hadoop-cloud is on its class path. */
    private static final List<String> MAGIC = List.of(
            "--driver-class-path",
            classPath(true),
            "--conf",
            "spark.hadoop.fs.s3a.committer.name=magic",
            "--conf",
            "spark.hadoop.mapreduce.outputcommitter.factory.scheme.s3a=org.apache.hadoop.fs.s3a.commit.S3ACommitterFactory",
            "--conf",
            "spark.sql.sources.commitProtocolClass=org.apache.spark.internal.io.cloud.PathOutputCommitProtocol",
            "--conf",
            "spark.sql.parquet.output.committer.class="
                    + "org.apache.spark.internal.io.cloud.BindingParquetOutputCommitter");

    private static final List<String> OF_PYTORCH = List.of("--driver-class-path", classPath(false));

    private S3Server server;
    private Lake lake;
    private ClusterRuns runs;

    @BeforeAll
    void undisturbed() throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory(Seen.folder(), "s3-");
        server = S3Server.start(folder);
        Map<String, String> settings = server.settings(Files.createDirectory(folder.resolve("buffers")));
        settings.forEach((key, value) ->
                LocalSpark.session().sparkContext().hadoopConfiguration().set(key, value));
        lake = new Lake("s3a://" + S3Server.BUCKET + "/tables");
        List<String> spark = new ArrayList<>(List.of("--master", "local[2]"));
        settings.forEach((key, value) -> spark.addAll(List.of("--conf", "spark.hadoop." + key + "=" + value)));
        spark.addAll(OF_PYTORCH);
        runs = new ClusterRuns("s3", lake, spark, Map.of());
        runs.assertSameOnTheLocalDisk(folder);
    }

    private static String classPath(boolean cloud) {
        List<String> jars = new ArrayList<>(List.of(
                jarOf("org.apache.hadoop.fs.s3a.S3AFileSystem"), jarOf("software.amazon.awssdk.services.s3.S3Client")));
        if (cloud) {
            jars.add(jarOf("org.apache.spark.internal.io.cloud.PathOutputCommitProtocol"));
        }
        return String.join(File.pathSeparator, jars);
    }

    private static String jarOf(String name) {
        try {
            return Path.of(Class.forName(name)
                            .getProtectionDomain()
                            .getCodeSource()
                            .getLocation()
                            .toURI())
                    .toString();
        } catch (ClassNotFoundException | URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    @AfterAll
    void end() {
        if (server != null) {
            server.close();
        }
    }

    private static String with(List<String> committer) {
        return committer.equals(OF_PYTORCH) ? "" : ", magic committer";
    }

    private static String name(String name, List<String> committer) {
        return name + (committer.equals(OF_PYTORCH) ? "-usual" : "-magic");
    }

    /** The committer says who it was in the mark of a whole result; Spark's usual one leaves it empty. */
    private void assertCommittedBy(String output, List<String> committer) throws IOException {
        try (FSDataInputStream in =
                lake.fileSystem().open(new org.apache.hadoop.fs.Path(lake.path(output), "_SUCCESS"))) {
            String mark = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            if (committer.equals(OF_PYTORCH)) {
                assertThat(mark).isEmpty();
            } else {
                assertThat(mark).containsPattern("\"committer\" ?: ?\"magic\"");
            }
        }
    }

    private void assertWhole(String fault, String made, String output, List<String> committer, long seconds)
            throws IOException, InterruptedException {
        runs.assertWhole(fault + with(committer), made, output, seconds);
        assertCommittedBy(output, committer);
        assertThat(server.uploads()).as("uploads that nobody completes").isZero();
    }

    /** How many tasks have ended that wait for their job to publish them. */
    private int waitingTasks(String output, List<String> committer) throws IOException {
        if (committer.equals(OF_PYTORCH)) {
            return lake.committedTasks(output);
        }
        return lake.files(output, ".pendingset").size();
    }

    private void replaces(List<String> committer) throws IOException, InterruptedException {
        String output = name("over", committer);
        runs.former(output);
        try (Submitted run = runs.score(output, output, committer, List.of("--mode", "overwrite"))) {
            run.assertDone();
            assertThat(runs.isFormer(output)).isFalse();
            assertWhole("none, `--mode overwrite`", "nothing was done", output, committer, run.seconds());
        }
    }

    @Test
    void anOutputIsReplaced() throws IOException, InterruptedException {
        replaces(OF_PYTORCH);
    }

    @Test
    void anOutputIsReplacedByTheMagicCommitter() throws IOException, InterruptedException {
        replaces(MAGIC);
    }

    private void setsAside(List<String> committer) throws IOException, InterruptedException {
        String good = name("good", committer);
        String bad = name("bad", committer);
        try (Submitted run = runs.scoreInput(
                good,
                committer,
                List.of(
                        "--input-query",
                        ClusterRuns.WITH_BAD_ROWS,
                        "--output",
                        lake.path(good),
                        "--on-invalid",
                        "quarantine",
                        "--quarantine",
                        lake.path(bad)))) {
            run.assertDone();
            Lake.Contents expected = lake.contents("undisturbed", "NOT " + ClusterRuns.BAD);
            assertThat(lake.contents(good)).isEqualTo(expected);
            assertThat(lake.rows(bad, ClusterRuns.BAD)).isEqualTo(ClusterRuns.BAD_ROWS);
            assertThat(lake.rows(bad, "true")).isEqualTo(ClusterRuns.BAD_ROWS);
            assertThat(lake.left(good)).isEmpty();
            assertThat(lake.left(bad)).isEmpty();
            assertCommittedBy(good, committer);
            assertThat(server.uploads()).isZero();
            runs.seen()
                    .add(
                            "none, `--on-invalid quarantine`" + with(committer),
                            "six rows have null features; they are in the quarantine, once each",
                            expected,
                            lake.contents(good),
                            run.seconds());
        }
    }

    @Test
    void badRowsAreSetAside() throws IOException, InterruptedException {
        setsAside(OF_PYTORCH);
    }

    @Test
    void badRowsAreSetAsideByTheMagicCommitter() throws IOException, InterruptedException {
        setsAside(MAGIC);
    }

    private void survivesADriver(List<String> committer) throws IOException, InterruptedException {
        String output = name("driver", committer);
        try (Submitted run = runs.score(output, output, committer, List.of())) {
            run.until("four tasks have ended", () -> waitingTasks(output, committer) >= 4);
            run.killDriver();
        }
        assertThat(lake.exists(output + "/_SUCCESS")).as("_SUCCESS").isFalse();
        assertThat(lake.dataFiles(output))
                .as("what readers see")
                .allMatch(file -> file.toString().contains("/_temporary/")
                        || file.toString().contains("/__magic"));
        if (!committer.equals(OF_PYTORCH)) {
            assertThat(server.uploads()).as("uploads that wait").isPositive();
        }
        try (Submitted again = runs.score(output + "-again", output, committer, List.of())) {
            assertThat(again.code()).as(again::printed).isEqualTo(6);
        }
        try (Submitted again = runs.score(output + "-over", output, committer, List.of("--mode", "overwrite"))) {
            again.assertDone();
            assertWhole(
                    "the driver is lost, no output before",
                    "kill -9, four of 12 tasks done; the same command ends with code 6; `--mode overwrite`",
                    output,
                    committer,
                    again.seconds());
        }
    }

    @Test
    void theDriverIsKilled() throws IOException, InterruptedException {
        survivesADriver(OF_PYTORCH);
    }

    @Test
    void theDriverIsKilledUnderTheMagicCommitter() throws IOException, InterruptedException {
        survivesADriver(MAGIC);
    }

    /** Spark deletes the former output first: it is lost, and what it says of that stands in the documentation. */
    @Test
    void theDriverIsKilledWhileItOverwrites() throws IOException, InterruptedException {
        String output = "lost-magic";
        runs.former(output);
        try (Submitted run = runs.score(output, output, MAGIC, List.of("--mode", "overwrite"))) {
            run.until("four tasks have ended", () -> waitingTasks(output, MAGIC) >= 4);
            run.killDriver();
        }
        assertThat(runs.isFormer(output)).as("the former output").isFalse();
        assertThat(lake.dataFiles(output)).allMatch(file -> file.toString().contains("/__magic"));
        try (Submitted again = runs.score(output + "-over", output, MAGIC, List.of("--mode", "overwrite"))) {
            again.assertDone();
            assertWhole(
                    "the driver is lost, `--mode overwrite`",
                    "kill -9, four of 12 tasks done; the former output is gone; run again",
                    output,
                    MAGIC,
                    again.seconds());
        }
    }

    @Test
    void rowsAreAppended() throws IOException, InterruptedException {
        long start = System.nanoTime();
        for (String half : List.of("id < 3000", "id >= 3000")) {
            try (Submitted run = runs.scoreInput(
                    "appended" + half.length(),
                    MAGIC,
                    List.of("--where", half, "--output", lake.path("appended"), "--mode", "append"))) {
                run.assertDone();
            }
        }
        assertWhole(
                "none, twice `--mode append`",
                "two runs, of half of the rows each",
                "appended",
                MAGIC,
                Seen.secondsSince(start));
    }

    @Test
    void theServerStandsStill() throws IOException, InterruptedException {
        try (Submitted run = runs.score("still", "still", MAGIC, List.of())) {
            run.until("two tasks have ended", () -> waitingTasks("still", MAGIC) >= 2);
            SparkProcesses.signal(server.process(), "STOP");
            Thread.sleep(STANDSTILL_IN_MS);
            SparkProcesses.signal(server.process(), "CONT");
            run.assertDone();
            assertWhole(
                    "the server stands still for 15 s", "kill -STOP, then kill -CONT", "still", MAGIC, run.seconds());
        } finally {
            SparkProcesses.signal(server.process(), "CONT");
        }
    }

    private void replacesPartitions(List<String> committer) throws IOException, InterruptedException {
        String output = name("days", committer);
        String[] days = {"--partition-by", "day", "--mode", "overwrite-partitions"};
        try (Submitted run = runs.score(output + "-first", output, committer, List.of(days))) {
            run.assertDone();
        }
        try (Submitted run = runs.score(output, output, committer, List.of(days))) {
            run.assertDone();
            runs.assertWhole(
                    "none, `--mode overwrite-partitions`" + with(committer), "nothing was done", output, run.seconds());
            assertThat(server.uploads()).isZero();
        }
    }

    @Test
    void partitionsAreReplaced() throws IOException, InterruptedException {
        replacesPartitions(OF_PYTORCH);
    }

    @Test
    void partitionsAreNotReplacedByTheMagicCommitter() throws IOException, InterruptedException {
        try (Submitted run =
                runs.score("days", "days", MAGIC, List.of("--partition-by", "day", "--mode", "overwrite-partitions"))) {
            assertThat(run.code()).as(run::printed).isEqualTo(2);
            assertThat(run.printed()).contains("spark-rnn: --mode overwrite-partitions: ");
        }
        assertThat(lake.exists("days")).isFalse();
    }

    @Test
    void aBucketIsNotThere() throws IOException, InterruptedException {
        try (Submitted run = runs.scoreInput(
                "bucket", MAGIC, List.of("--output", "s3a://no-such-bucket/scored", "--mode", "overwrite"))) {
            assertThat(run.code()).as(run::printed).isEqualTo(1);
            assertThat(run.printed())
                    .contains("spark-rnn: cannot reach s3a://no-such-bucket/scored")
                    .contains("bucket does not exist");
        }
    }
}
