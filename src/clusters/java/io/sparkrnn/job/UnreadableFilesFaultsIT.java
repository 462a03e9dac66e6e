package io.sparkrnn.job;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.api.Timeout;

/** A file in the middle of the input folder that is no Parquet, or no longer: the job ends, and the output stays. */
@TestInstance(Lifecycle.PER_CLASS)
@Timeout(900)
class UnreadableFilesFaultsIT {
    private static final int MIDDLE = Lake.FILES / 2;

    private ClusterRuns runs;
    private Lake lake;

    @BeforeAll
    void undisturbed() throws IOException, InterruptedException {
        lake = new Lake(Files.createTempDirectory(Seen.folder(), "files-")
                .resolve("lake")
                .toUri()
                .toString());
        runs = new ClusterRuns("files", lake, List.of("--master", "local[2]"), Map.of());
    }

    private byte[] bytes(Path file) throws IOException {
        try (FSDataInputStream in = lake.fileSystem().open(file)) {
            return in.readAllBytes();
        }
    }

    /** Puts other bytes in the place of a file, the file system's own checksum with them. */
    private void replace(Path file, byte[] bytes) throws IOException {
        try (OutputStream out = lake.fileSystem().create(file, true)) {
            out.write(bytes);
        }
    }

    private void assertRefused(String name, String fault, byte[] damaged) throws IOException, InterruptedException {
        Path file = lake.dataFiles("in").get(MIDDLE);
        byte[] whole = bytes(file);
        runs.former(name);
        long seconds;
        replace(file, damaged);
        try (Submitted run = runs.score(name, name, List.of(), List.of("--mode", "overwrite"))) {
            assertThat(run.code()).as(run::printed).isEqualTo(3);
            assertThat(run.printed()).contains("spark-rnn: ").contains(file.getName());
            seconds = run.seconds();
        } finally {
            replace(file, whole);
        }
        assertThat(runs.isFormer(name)).as("the former output stays").isTrue();
        FileSystem fileSystem = lake.fileSystem();
        fileSystem.delete(new Path(lake.path(name), "_former"), false);
        runs.assertWhole(fault, "the job ends with code 3 and names it; the former output stays", name, seconds);
    }

    @Test
    void aFileIsCutShort() throws IOException, InterruptedException {
        byte[] whole = bytes(lake.dataFiles("in").get(MIDDLE));
        assertRefused("short", "one of 12 files is cut in half", Arrays.copyOf(whole, whole.length / 2));
    }

    @Test
    void aFileIsNoParquet() throws IOException, InterruptedException {
        byte[] text = "this is no Parquet\n".repeat(1000).getBytes(StandardCharsets.UTF_8);
        assertRefused("garbage", "one of 12 files is text", text);
    }

    /** Spark makes no task of such a file, so that the job has to look for it. */
    @Test
    void aFileHasNoBytes() throws IOException, InterruptedException {
        assertRefused("empty", "one of 12 files has no bytes", new byte[0]);
    }

    /** The rows of the file are left out, all of them, and it is named. */
    @Test
    void aFileIsLeftOut() throws IOException, InterruptedException {
        Path file = lake.dataFiles("in").get(MIDDLE);
        byte[] whole = bytes(file);
        replace(file, Arrays.copyOf(whole, whole.length / 2));
        try (Submitted run = runs.score("skip", "skip", List.of(), List.of("--on-corrupt-file", "skip"))) {
            run.assertDone();
            assertThat(run.printed())
                    .contains("1 of 12 files of --input cannot be read, and is left out whole")
                    .contains(file.getName());
            Lake.Contents others = lake.contents("undisturbed", "id DIV 500 <> " + MIDDLE);
            assertThat(others.rows()).isEqualTo(Lake.ROWS - Lake.ROWS / Lake.FILES);
            assertThat(lake.contents("skip")).isEqualTo(others);
            assertThat(lake.left("skip")).isEmpty();
            runs.seen()
                    .add(
                            "one of 12 files is cut in half, `--on-corrupt-file skip`",
                            "the job ends with code 0 and names it; its 500 rows are left out",
                            others,
                            lake.contents("skip"),
                            run.seconds());
        } finally {
            replace(file, whole);
        }
    }
}
