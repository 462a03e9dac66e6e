package io.sparkrnn.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;

/** Disks that are full in the middle of a run: file systems in memory of a few MiB, which only root may mount. */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(900)
class FullDiskFaultsIT {
    private static final long MEBIBYTE = 1 << 20;
    private static final String AMPLE = "64m";

    private final List<Path> mounted = new ArrayList<>();
    private ClusterRuns runs;
    private Lake lake;
    private Path folder;

    @BeforeAll
    void undisturbed() throws IOException, InterruptedException {
        folder = Files.createTempDirectory(Seen.folder(), "disk-").resolve("lake");
        Path probe = Files.createDirectories(folder.resolve("probe"));
        assumeTrue(mount("size=1m", probe), "this user may not mount a file system: run this as root");
        lake = new Lake(folder.toUri().toString());
        runs = new ClusterRuns("disk", lake, List.of("--master", "local[2]"), Map.of());
    }

    @AfterAll
    void end() throws IOException, InterruptedException {
        for (Path path : mounted) {
            succeeds("umount", "-l", path.toString());
        }
    }

    private static boolean succeeds(String... command) throws IOException, InterruptedException {
        return new ProcessBuilder(command).inheritIO().start().waitFor() == 0;
    }

    private boolean mount(String options, Path path) throws IOException, InterruptedException {
        boolean done = succeeds("mount", "-t", "tmpfs", "-o", options, "tmpfs", path.toString());
        if (done) {
            mounted.add(path);
        }
        return done;
    }

    /** A disk of its own in the lake, with so many bytes. */
    private Path disk(String name, long bytes) throws IOException, InterruptedException {
        Path path = Files.createDirectories(folder.resolve(name));
        assertThat(mount("size=" + bytes, path)).isTrue();
        return path;
    }

    private void makeRoom(Path disk) throws IOException, InterruptedException {
        assertThat(succeeds("mount", "-o", "remount,size=" + AMPLE, disk.toString()))
                .isTrue();
    }

    private static void assertFull(Submitted run, String output) throws IOException, InterruptedException {
        assertThat(run.code()).as(run::printed).isEqualTo(1);
        assertThat(run.printed())
                .contains("spark-rnn: --output: cannot write " + output)
                .contains("No space left on device")
                .contains("Make room there, or name a folder on another disk");
    }

    @Test
    void theDiskOfTheOutputIsFull() throws IOException, InterruptedException {
        long former = lake.fileSystem()
                .getContentSummary(new org.apache.hadoop.fs.Path(lake.path("undisturbed")))
                .getLength();
        Path disk = disk("small", former + MEBIBYTE);
        runs.former("small/out");
        long seconds;
        try (Submitted run = runs.score("full", "small/out", List.of(), List.of("--mode", "overwrite"))) {
            assertFull(run, "file:" + disk.resolve("out"));
            seconds = run.seconds();
        }
        runs.assertFormerStays("small/out");
        assertThat(lake.left("small/out")).isEmpty();
        runs.note(
                "the output's disk is full, `--mode overwrite`",
                "1 MiB is left; the job ends with code 1, and the former output stays",
                lake.contents("small/out"),
                seconds);
        makeRoom(disk);
        long start = System.nanoTime();
        runs.overwrite("small/out");
        runs.assertWhole("the same, with room again", "run again", "small/out", Seen.secondsSince(start));
    }

    @Test
    void theDiskOfANewOutputIsFull() throws IOException, InterruptedException {
        Path disk = disk("new", MEBIBYTE);
        try (Submitted run = runs.score("new", "new/out", List.of(), List.of())) {
            assertFull(run, "file:" + disk.resolve("out"));
        }
        assertThat(disk).as("what stays").isEmptyDirectory();
        makeRoom(disk);
        try (Submitted run = runs.score("new-again", "new/out", List.of(), List.of())) {
            run.assertDone();
            runs.assertWhole(
                    "the disk of a new output is full",
                    "1 MiB is left; the job ends with code 1, nothing is there; run again with room",
                    "new/out",
                    run.seconds());
        }
    }

    /** The disk for what Spark keeps between stages, which a query with a shuffle needs. */
    @Test
    void theDiskOfSparkIsFull() throws IOException, InterruptedException {
        // of which the job's jar takes six
        Path disk = disk("spark", 8 * MEBIBYTE);
        List<String> job = List.of(
                "--input-query",
                "SELECT id, day, features FROM input DISTRIBUTE BY id",
                "--output",
                lake.path("shuffled"));
        List<String> there = List.of("--conf", "spark.local.dir=" + disk);
        try (Submitted run = runs.scoreInput("shuffled", there, job)) {
            assertThat(run.code()).as(run::printed).isEqualTo(1);
            assertThat(run.printed()).contains("No space left on device").contains("spark.local.dir");
        }
        assertThat(lake.exists("shuffled")).isFalse();
        makeRoom(disk);
        try (Submitted run = runs.scoreInput("shuffled-again", there, job)) {
            run.assertDone();
            runs.assertWhole(
                    "the disk of `spark.local.dir` is full",
                    "8 MiB, of which the jar takes 6, and a query with a shuffle; the job ends with code 1, nothing is there; run again with room",
                    "shuffled",
                    run.seconds());
        }
    }
}
