package io.sparkrnn.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.yarn.api.records.ApplicationId;
import org.apache.hadoop.yarn.api.records.ApplicationReport;
import org.apache.hadoop.yarn.api.records.FinalApplicationStatus;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;

/**
 * YARN, from HDFS to HDFS: in client mode, where the command is the driver, and in cluster mode, where it is in YARN's first
 * container, and YARN starts it again when it is gone.
 */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(900)
class YarnFaultsIT {
    private static final List<String> TRIED_ONCE = inCluster(1);
    private static final List<String> TRIED_TWICE = inCluster(2);

    private YarnCluster cluster;
    private Lake lake;
    private ClusterRuns runs;

    @BeforeAll
    void undisturbed() throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory(Seen.folder(), "yarn-");
        cluster = YarnCluster.start(folder);
        lake = new Lake(cluster.lake());
        Map<String, String> environment = new HashMap<>(cluster.environment());
        // for the command that submits, too, which makes file systems before there is a driver
        environment.put("SPARK_DIST_CLASSPATH", FaultJar.in(folder).toString());
        runs = new ClusterRuns("yarn", lake, YarnCluster.options(), environment);
        runs.assertSameOnTheLocalDisk(folder);
    }

    @AfterEach
    void endWhatRuns() throws IOException {
        cluster.killAll();
    }

    @AfterAll
    void end() {
        if (cluster != null) {
            cluster.close();
        }
    }

    private static List<String> inCluster(int attempts) {
        return List.of("--deploy-mode", "cluster", "--conf", "spark.yarn.maxAppAttempts=" + attempts);
    }

    /** The last application ended so, after so many attempts; gives what it wrote. */
    private String assertEnded(FinalApplicationStatus status, int attempts) throws IOException {
        ApplicationReport last = cluster.last();
        ApplicationId id = last.getApplicationId();
        assertThat(last.getFinalApplicationStatus()).as(last::getDiagnostics).isEqualTo(status);
        assertThat(cluster.attempts(id)).as("attempts").isEqualTo(attempts);
        return cluster.printed(id);
    }

    private void killTheDriver() throws IOException, InterruptedException {
        List<ProcessHandle> drivers = SparkProcesses.applicationMasters();
        assertThat(drivers).hasSize(1);
        SparkProcesses.signal(drivers.get(0), "KILL");
    }

    @Test
    void theDriverIsInACluster() throws IOException, InterruptedException {
        try (Submitted run = runs.score("cluster", "cluster", TRIED_TWICE, List.of())) {
            run.assertDone();
            assertThat(assertEnded(FinalApplicationStatus.SUCCEEDED, 1)).contains("Scored 6,000 sequences");
            runs.assertWhole("none, cluster mode", "nothing was done", "cluster", run.seconds());
        }
    }

    /** Files of the machine that submits, which YARN brings into the driver's working folder. */
    @Test
    void modelAndOptionsComeByFiles() throws IOException, InterruptedException {
        Path options = Files.createTempDirectory(Seen.folder(), "yarn-options-").resolve("night.conf");
        Files.writeString(options, """
                model = weather_rnn.pt
                input = "%s"
                output = "%s"
                standardize = false
                """.formatted(lake.path("in"), lake.path("files")));
        List<String> spark = new ArrayList<>(TRIED_ONCE);
        String model = Path.of("data/weather_rnn.pt").toAbsolutePath().toString();
        spark.addAll(List.of("--files", model + "," + model + ".json," + options));
        try (Submitted run = runs.submit("files", spark, List.of("score", "--config", "night.conf"))) {
            run.assertDone();
            runs.assertWhole(
                    "none, cluster mode, model and options by `--files`", "nothing was done", "files", run.seconds());
        }
    }

    @Test
    void anExecutorIsKilled() throws IOException, InterruptedException {
        runs.anExecutorIsLost("executor", "an executor is lost, client mode");
    }

    @Test
    void theDriverIsKilledWhileItOverwrites() throws IOException, InterruptedException {
        runs.former("over");
        try (Submitted run = runs.score("over", "over", TRIED_TWICE, List.of("--mode", "overwrite"))) {
            runs.untilStaged(run, "over", 4);
            killTheDriver();
            run.assertDone();
            assertEnded(FinalApplicationStatus.SUCCEEDED, 2);
            assertThat(runs.isFormer("over")).isFalse();
            assertThat(lake.contents("over")).isEqualTo(runs.expected());
            // of the first attempt; no reader looks into it, and the next run takes it away
            assertThat(lake.left("over")).isEqualTo(lake.staged("over", "")).hasSize(1);
            lake.ageLeases("over");
            runs.overwrite("over");
            runs.assertWhole(
                    "the driver is lost, cluster mode, `--mode overwrite`",
                    "kill -9, four of 12 tasks done; YARN starts it again; the next run takes away what the first attempt left",
                    "over",
                    run.seconds());
        }
    }

    @Test
    void theDriverIsKilledBeforeThereIsAnOutput() throws IOException, InterruptedException {
        try (Submitted run = runs.score("new", "new", TRIED_TWICE, List.of("--mode", "overwrite"))) {
            run.until("four tasks have committed", () -> lake.committedTasks("new") >= 4);
            killTheDriver();
            run.assertDone();
            assertEnded(FinalApplicationStatus.SUCCEEDED, 2);
            runs.assertWhole(
                    "the driver is lost, cluster mode, `--mode overwrite`, no output before",
                    "kill -9, four of 12 tasks done; YARN starts it again",
                    "new",
                    run.seconds());
        }
    }

    /** Without a word of what becomes of an output that is there, the second attempt finds that of the first. */
    @Test
    void theDriverIsKilledAndMayNotOverwrite() throws IOException, InterruptedException {
        try (Submitted run = runs.score("exists", "exists", TRIED_TWICE, List.of())) {
            run.until("four tasks have committed", () -> lake.committedTasks("exists") >= 4);
            killTheDriver();
            assertThat(run.code()).as(run::printed).isEqualTo(1);
        }
        assertThat(assertEnded(FinalApplicationStatus.FAILED, 2)).contains("exists; nothing was written");
        assertThat(lake.exists("exists/_SUCCESS")).isFalse();
        assertThat(lake.dataFiles("exists"))
                .as("what readers see")
                .allMatch(file -> file.toString().contains("/_temporary/"));
        long start = System.nanoTime();
        runs.overwrite("exists");
        runs.assertWhole(
                "the driver is lost, cluster mode, no `--mode`",
                "kill -9, four of 12 tasks done; YARN starts it again, and that ends with code 6; `--mode overwrite`",
                "exists",
                Seen.secondsSince(start));
    }

    /** The rows of the first attempt's tasks that were done are not there beside those of the second. */
    @Test
    void theDriverIsKilledWhileItAppends() throws IOException, InterruptedException {
        List<String> night = List.of("--mode", "append", "--run-id", "night");
        try (Submitted run = runs.score("appended", "appended", TRIED_TWICE, night)) {
            run.until("four tasks have committed", () -> lake.committedTasks("appended") >= 4);
            killTheDriver();
            run.assertDone();
            assertEnded(FinalApplicationStatus.SUCCEEDED, 2);
            runs.assertWhole(
                    "the driver is lost, cluster mode, `--mode append --run-id ID`",
                    "kill -9, four of 12 tasks done; YARN starts it again",
                    "appended",
                    run.seconds());
        }
        try (Submitted again = runs.score("appended-again", "appended", List.of(), night)) {
            assertThat(again.code()).as(again::printed).isEqualTo(6);
        }
        assertThat(lake.contents("appended")).isEqualTo(runs.expected());
    }

    /** Some of its files are there then, and nobody knows of it but the mark that it left. */
    @Test
    void theDriverIsKilledWhileItPublishesWhatItAppends() throws IOException, InterruptedException {
        List<String> night = List.of("--mode", "append", "--run-id", "night");
        List<String> spark = new ArrayList<>(TRIED_TWICE);
        spark.addAll(List.of("--conf", "spark.hadoop.fs.hdfs.impl=io.sparkrnn.faults.FaultyHdfs"));
        spark.addAll(List.of("--conf", "spark.hadoop.faults.kill.after.rename.to=.*/half/part-00003-[^/]*"));
        try (Submitted run = runs.score("half", "half", spark, night)) {
            assertThat(run.code()).as(run::printed).isEqualTo(1);
            assertThat(run.printed())
                    .contains("ended with code 6")
                    .contains("--run-id night: this run was ended while");
        }
        assertEnded(FinalApplicationStatus.FAILED, 2);
        List<org.apache.hadoop.fs.Path> moved = lake.dataFiles("half").stream()
                .filter(file -> !file.toString().contains("/_temporary/"))
                .toList();
        assertThat(moved).hasSizeBetween(1, Lake.FILES - 1);
        // as the message says
        for (org.apache.hadoop.fs.Path file : moved) {
            lake.fileSystem().delete(file, false);
        }
        lake.fileSystem().delete(new org.apache.hadoop.fs.Path(lake.path("half/_spark-rnn/night.publishing")), false);
        try (Submitted again = runs.score("half-again", "half", List.of(), night)) {
            again.assertDone();
            runs.assertWhole(
                    "the driver is lost while it publishes, cluster mode, `--mode append --run-id ID`",
                    "kill -9 by the file system when the first files are moved in; YARN starts it again, and that ends with"
                            + " code 6; what it names is deleted; run again",
                    "half",
                    again.seconds());
        }
    }

    @Test
    void theDriverIsKilledAndNotTriedAgain() throws IOException, InterruptedException {
        runs.former("once");
        try (Submitted run = runs.score("once", "once", TRIED_ONCE, List.of("--mode", "overwrite"))) {
            runs.untilStaged(run, "once", 4);
            killTheDriver();
            assertThat(run.code()).as(run::printed).isEqualTo(1);
            assertEnded(FinalApplicationStatus.FAILED, 1);
        }
        runs.assertFormerStays("once");
        lake.ageLeases("once");
        long start = System.nanoTime();
        runs.overwrite("once");
        runs.assertWhole(
                "the driver is lost, cluster mode, `spark.yarn.maxAppAttempts=1`",
                "kill -9, four of 12 tasks done; spark-submit ends with code 1, the former output stays; run again",
                "once",
                Seen.secondsSince(start));
    }

    @Test
    void theExitCodesOfClientModeAreTheJobs() throws IOException, InterruptedException {
        assertEndsWith(2, "code-2", List.of("score", "--no-such-option"));
        assertEndsWith(4, "code-4", List.of("inspect", "--model", lake.path("no-such-model")));
        try (Submitted run = runs.score("code-6", "undisturbed", List.of(), List.of())) {
            assertThat(run.code()).as(run::printed).isEqualTo(6);
        }
    }

    private void assertEndsWith(int code, String name, List<String> job) throws IOException, InterruptedException {
        try (Submitted run = runs.submit(name, List.of(), job)) {
            assertThat(run.code()).as(run::printed).isEqualTo(code);
            assertThat(run.printed()).contains("spark-rnn: ");
        }
    }

    /** Before there is a session, and in the middle of it: YARN says either by other ways. */
    @Test
    void inClusterModeSparkSubmitSaysWhy() throws IOException, InterruptedException {
        try (Submitted run = runs.score("early", "undisturbed", TRIED_ONCE, List.of())) {
            assertThat(run.code()).as(run::printed).isEqualTo(1);
            assertThat(run.printed())
                    .contains("finished with failed status")
                    .contains("ended with code 6. spark-rnn: --output: " + lake.path("undisturbed") + " exists");
        }
        assertEnded(FinalApplicationStatus.FAILED, 1);
        List<String> bad = List.of("--input-query", ClusterRuns.WITH_BAD_ROWS, "--output", lake.path("late"));
        try (Submitted run = runs.scoreInput("late", TRIED_TWICE, bad)) {
            assertThat(run.code()).as(run::printed).isEqualTo(1);
            assertThat(run.printed())
                    .contains("finished with failed status")
                    .contains("ended with code 3. spark-rnn: 6 of 6,000 rows");
        }
        assertEnded(FinalApplicationStatus.FAILED, 2);
        assertThat(lake.exists("late")).isFalse();
    }
}
