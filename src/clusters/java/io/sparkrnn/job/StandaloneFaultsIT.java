package io.sparkrnn.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.FileUtil;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;

/** A standalone cluster of two workers on one disk, whose executors, tasks and drivers are killed. */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(900)
class StandaloneFaultsIT {
    private static final long STANDSTILL_IN_MS = 15_000;

    private StandaloneCluster cluster;
    private ClusterRuns runs;
    private Lake lake;
    private List<String> faults;

    @BeforeAll
    void undisturbed() throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory(Seen.folder(), "standalone-");
        cluster = StandaloneCluster.start(2);
        lake = new Lake(folder.resolve("lake").toUri().toString());
        faults = new ArrayList<>(FaultJar.onClassPath(FaultJar.in(folder).toString()));
        faults.addAll(List.of("--conf", "spark.hadoop.fs.file.impl=io.sparkrnn.faults.FaultyLocalFileSystem"));
        runs = new ClusterRuns(
                "standalone",
                lake,
                List.of(
                        "--master",
                        cluster.masterUrl(),
                        "--conf",
                        "spark.executor.memory=512m",
                        "--conf",
                        "spark.cores.max=2",
                        "--conf",
                        "spark.scheduler.minRegisteredResourcesRatio=1.0"),
                Map.of());
    }

    @AfterAll
    void end() {
        if (cluster != null) {
            cluster.close();
        }
    }

    private List<String> faulty(String... settings) {
        List<String> options = new ArrayList<>(faults);
        for (String setting : settings) {
            options.addAll(List.of("--conf", "spark.hadoop.faults." + setting));
        }
        return options;
    }

    private static ProcessHandle anExecutor() {
        return SparkProcesses.executors().get(0);
    }

    @Test
    void anExecutorIsKilled() throws IOException, InterruptedException {
        runs.anExecutorIsLost("executor", "an executor is lost");
    }

    @Test
    void bothExecutorsAreKilledInTurn() throws IOException, InterruptedException {
        try (Submitted run = runs.score("executors", "executors", List.of(), List.of())) {
            run.until("two tasks have committed", () -> lake.committedTasks("executors") >= 2);
            List<ProcessHandle> first = SparkProcesses.executors();
            assertThat(first).hasSize(2);
            SparkProcesses.signal(first.get(0), "KILL");
            run.until("four tasks have committed", () -> lake.committedTasks("executors") >= 4);
            SparkProcesses.signal(first.get(1), "KILL");
            run.assertDone();
            runs.assertWhole(
                    "both executors are lost, in turn",
                    "kill -9, two and four of 12 tasks done",
                    "executors",
                    run.seconds());
        }
    }

    @Test
    void aTaskFailsTwice() throws IOException, InterruptedException {
        try (Submitted run = runs.score("twice", "twice", faulty("fail.partition=3", "fail.attempts=2"), List.of())) {
            run.assertDone();
            // the driver's log has no causes
            assertThat(cluster.executorLogs())
                    .containsPattern("made to fail: attempt 0 of \\S*/twice/")
                    .containsPattern("made to fail: attempt 1 of \\S*/twice/");
            runs.assertWhole(
                    "a task fails twice", "the file system fails when its file is closed", "twice", run.seconds());
        }
    }

    @Test
    void aTaskFailsEachTime() throws IOException, InterruptedException {
        runs.former("always");
        try (Submitted run = runs.score(
                "always", "always", faulty("fail.partition=3", "fail.attempts=4"), List.of("--mode", "overwrite"))) {
            assertThat(run.code()).as(run::printed).isEqualTo(1);
            assertThat(run.printed()).contains("spark-rnn: ").contains("made to fail: attempt 3");
            assertThat(runs.isFormer("always")).as("the former output stays").isTrue();
            lake.fileSystem().delete(new org.apache.hadoop.fs.Path(lake.path("always"), "_former"), false);
            runs.assertWhole(
                    "a task fails four times, `--mode overwrite`",
                    "the file system fails when its file is closed; the job ends with code 1, and the former output stays",
                    "always",
                    run.seconds());
        }
    }

    @Test
    void anExecutorStandsStill() throws IOException, InterruptedException {
        List<String> speculation = List.of(
                "--conf",
                "spark.speculation=true",
                "--conf",
                "spark.speculation.quantile=0.5",
                "--conf",
                "spark.speculation.minTaskRuntime=1s");
        runs.former("still");
        ProcessHandle still = null;
        try (Submitted run = runs.score("still", "still", speculation, List.of("--mode", "overwrite"))) {
            runs.untilStaged(run, "still", 2);
            still = anExecutor();
            SparkProcesses.signal(still, "STOP");
            Thread.sleep(STANDSTILL_IN_MS);
            SparkProcesses.signal(still, "CONT");
            run.assertDone();
            // what it was about to write, it must not write any more
            Thread.sleep(3000);
            runs.assertWhole(
                    "an executor stands still for 15 s, `spark.speculation=true`",
                    "kill -STOP, then kill -CONT",
                    "still",
                    run.seconds());
        } finally {
            if (still != null) {
                SparkProcesses.signal(still, "CONT");
            }
        }
    }

    @Test
    void theDriverIsKilledBeforeItCommits() throws IOException, InterruptedException {
        try (Submitted run = runs.score("driver", "driver", List.of(), List.of())) {
            run.until("four tasks have committed", () -> lake.committedTasks("driver") >= 4);
            run.killDriver();
        }
        assertThat(lake.exists("driver/_SUCCESS")).as("_SUCCESS").isFalse();
        assertThat(lake.dataFiles("driver"))
                .as("what readers see")
                .allMatch(file -> file.toString().contains("/_temporary/"));
        // the same command again says that there is something, and what to do
        try (Submitted again = runs.score("driver-again", "driver", List.of(), List.of())) {
            assertThat(again.code()).as(again::printed).isEqualTo(6);
        }
        long start = System.nanoTime();
        runs.overwrite("driver");
        runs.assertWhole(
                "the driver is lost, no output before",
                "kill -9, four of 12 tasks done; the same command ends with code 6; `--mode overwrite`",
                "driver",
                Seen.secondsSince(start));
    }

    @Test
    void theDriverIsKilledWhileItOverwrites() throws IOException, InterruptedException {
        runs.former("over");
        try (Submitted run = runs.score("over", "over", List.of(), List.of("--mode", "overwrite"))) {
            runs.untilStaged(run, "over", 4);
            run.killDriver();
        }
        assertThat(runs.isFormer("over")).as("the former output stays").isTrue();
        assertThat(lake.contents("over")).isEqualTo(runs.expected());
        assertThat(lake.staged("over", "")).hasSize(1);
        lake.ageLeases("over");
        long start = System.nanoTime();
        runs.overwrite("over");
        assertThat(runs.isFormer("over")).isFalse();
        runs.assertWhole(
                "the driver is lost, `--mode overwrite`",
                "kill -9, four of 12 tasks done; the former output is there whole; run again",
                "over",
                Seen.secondsSince(start));
    }

    /** Between the two renames: the one moment in which there is no output. */
    @Test
    void theDriverIsKilledWithTheFormerOutputSetAside() throws IOException, InterruptedException {
        runs.former("aside");
        try (Submitted run = runs.score(
                "aside",
                "aside",
                faulty("kill.after.rename.to=.*/_aside-[^/]*-former"),
                List.of("--mode", "overwrite"))) {
            assertThat(run.code()).as(run::printed).isEqualTo(Submitted.KILLED);
        }
        assertThat(lake.exists("aside")).isFalse();
        assertThat(lake.staged("aside", "-former")).hasSize(1);
        // at once: another run may be in that moment
        try (Submitted soon = runs.score("aside-soon", "aside", List.of(), List.of("--mode", "overwrite"))) {
            assertThat(soon.code()).as(soon::printed).isEqualTo(1);
            assertThat(soon.printed()).contains("Run this again in 10 minutes");
        }
        lake.ageLeases("aside");
        try (Submitted refused = runs.score("aside-back", "aside", List.of(), List.of())) {
            assertThat(refused.code()).as(refused::printed).isEqualTo(6);
            assertThat(refused.printed()).contains("what was there before is put back");
        }
        assertThat(runs.isFormer("aside")).as("the former output is back").isTrue();
        assertThat(lake.contents("aside")).isEqualTo(runs.expected());
        long start = System.nanoTime();
        runs.overwrite("aside");
        runs.assertWhole(
                "the driver is lost in the swap, the former output set aside",
                "kill -9 by the file system after the first rename; run again",
                "aside",
                Seen.secondsSince(start));
    }

    @Test
    void theDriverIsKilledWithTheNewOutputInItsPlace() throws IOException, InterruptedException {
        runs.former("swapped");
        try (Submitted run = runs.score(
                "swapped", "swapped", faulty("kill.after.rename.to=.*/swapped"), List.of("--mode", "overwrite"))) {
            assertThat(run.code()).as(run::printed).isEqualTo(Submitted.KILLED);
        }
        assertThat(runs.isFormer("swapped")).isFalse();
        assertThat(lake.contents("swapped")).isEqualTo(runs.expected());
        assertThat(lake.staged("swapped", "-former")).hasSize(1);
        long start = System.nanoTime();
        runs.overwrite("swapped");
        runs.assertWhole(
                "the driver is lost in the swap, the new output in its place",
                "kill -9 by the file system after the second rename; run again",
                "swapped",
                Seen.secondsSince(start));
    }

    @Test
    void theDriverIsKilledWhileItReplacesPartitions() throws IOException, InterruptedException {
        String[] days = {"--partition-by", "day", "--mode", "overwrite-partitions"};
        try (Submitted run = runs.score("days-first", "days", List.of(), List.of(days))) {
            run.assertDone();
        }
        List<org.apache.hadoop.fs.Path> before = lake.dataFiles("days");
        try (Submitted run = runs.score("days", "days", List.of(), List.of(days))) {
            run.until("tasks have written", () -> lake.dataFiles("days").size() >= before.size() + 6);
            run.killDriver();
        }
        assertThat(lake.contents("days")).isEqualTo(runs.expected());
        List<String> left = lake.left("days");
        assertThat(left).hasSize(1).allMatch(name -> name.startsWith("days/.spark-staging-"));
        long start = System.nanoTime();
        try (Submitted run = runs.score("days-again", "days", List.of(), List.of(days))) {
            run.assertDone();
        }
        // Spark's own folder: no reader looks into it, and no later run removes it
        assertThat(lake.left("days")).isEqualTo(left);
        for (String name : lake.left("days")) {
            FileUtil.fullyDelete(new java.io.File(java.net.URI.create(lake.path(name))));
        }
        runs.assertWhole(
                "the driver is lost, `--mode overwrite-partitions`",
                "kill -9 while tasks write; run again",
                "days",
                Seen.secondsSince(start));
    }
}
