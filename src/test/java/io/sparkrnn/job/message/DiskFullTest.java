package io.sparkrnn.job.message;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.job.message.DiskFull.Whose;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.Arrays;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DiskFullTest {
    /** As if code of these classes had met it. */
    private static Exception met(Exception thrown, String... classes) {
        thrown.setStackTrace(Arrays.stream(classes)
                .map(name -> new StackTraceElement(name, "write", null, -1))
                .toArray(StackTraceElement[]::new));
        return thrown;
    }

    private static DiskFull found(Throwable thrown) {
        return Objects.requireNonNull(DiskFull.in(thrown));
    }

    @ParameterizedTest
    @CsvSource({
        "java.io.FileOutputStream, org.apache.hadoop.fs.RawLocalFileSystem, OUTPUT",
        "org.apache.hadoop.hdfs.DataStreamer, org.apache.hadoop.hdfs.DFSOutputStream, OUTPUT",
        "org.apache.hadoop.fs.LocalDirAllocator, org.apache.hadoop.fs.s3a.S3AFileSystem, BUFFER",
        "java.io.FileOutputStream, org.apache.hadoop.fs.s3a.S3ADataBlocks$DiskBlock, BUFFER",
        "java.io.FileOutputStream, org.apache.spark.storage.DiskBlockObjectWriter, SPARK",
        "sun.nio.ch.FileDispatcherImpl, org.apache.spark.util.Utils$, SPARK",
    })
    void whoseItIsIsToldByWhoMetIt(String first, String second, Whose whose) {
        Exception inner = met(new IOException("No space left on device"), first, second);
        Throwable thrown = new IllegalStateException("Job aborted", new IllegalStateException("task failed", inner));
        assertThat(found(thrown)).isEqualTo(new DiskFull("No space left on device", whose));
    }

    @Test
    void theInnermostIsTaken() {
        Exception inner = met(new IOException("No space left on device"), "org.apache.hadoop.fs.RawLocalFileSystem");
        Exception outer = met(new IllegalStateException(inner.toString(), inner), "org.apache.spark.scheduler.Task");
        assertThat(found(outer).whose()).isEqualTo(Whose.OUTPUT);
    }

    @Test
    void ofATextOnlyTheLineIsKnown() {
        String text =
                "Job aborted due to stage failure: Lost task 0.0\nCaused by: java.io.IOException: No space left on"
                        + " device\n\tat org.apache.hadoop.fs.RawLocalFileSystem";
        DiskFull full = found(new IllegalStateException(text));
        assertThat(full.whose()).isEqualTo(Whose.UNKNOWN);
        assertThat(full.line()).isEqualTo("Caused by: java.io.IOException: No space left on device");
    }

    @ParameterizedTest
    @CsvSource({
        "'The DiskSpace quota of /scored is exceeded: quota = 1 B = 1 B but diskspace consumed = 2 B'",
        "The NameSpace quota (directories and files) of directory /scored is exceeded: quota=1 file count=2",
        "Disk quota exceeded",
        "/data/part-0 (No space left on device)",
        "There is not enough space on the disk",
        "No space available in any of the local directories.",
    })
    void systemsSayItSo(String line) {
        assertThat(found(met(new FileNotFoundException(line), "org.apache.hadoop.fs.FileSystem"))
                        .line())
                .isEqualTo(line);
    }

    /** HDFS's come with the stack of the name node in their text. */
    @ParameterizedTest
    @CsvSource({
        "'The DiskSpace quota of /scored is exceeded: quota = 1 B = 1 B but diskspace consumed = 2 B'",
        "The NameSpace quota (directories and files) of directory /scored is exceeded: quota=1 file count=2",
    })
    void aQuotaIsThatOfTheOutput(String line) {
        Exception remote = met(
                new IOException(line + "\n\tat org.apache.hadoop.hdfs.server.namenode.FSDirectory.verifyQuota"),
                "org.apache.hadoop.ipc.Client");
        assertThat(found(new IllegalStateException("Job aborted", remote))).isEqualTo(new DiskFull(line, Whose.OUTPUT));
    }

    @Test
    void otherErrorsAreNone() {
        assertThat(DiskFull.in(new IOException("Permission denied"))).isNull();
        assertThat(DiskFull.in(new IOException((String) null))).isNull();
    }

    @Test
    void theErrorSaysWhereAndWhatToDo() {
        Exception cause = met(new IOException("No space left on device"), "org.apache.hadoop.fs.RawLocalFileSystem");
        JobException error = found(cause).error("--output", "file:/small/out", cause);
        assertThat(error.code()).isEqualTo(ExitCode.OTHER);
        assertThat(error)
                .hasMessage(
                        "--output: cannot write file:/small/out: No space left on device. Make room there, or name a"
                                + " folder on another disk, then run this again");
        Exception shuffle = met(new IOException("No space left on device"), "org.apache.spark.storage.BlockManager");
        assertThat(Failure.of(shuffle).known()).isTrue();
        assertThat(Failure.of(shuffle).message()).contains("--conf spark.local.dir=PATH");
    }
}
