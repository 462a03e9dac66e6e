package io.sparkrnn.job.message;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.spark.invalid.InputException;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The output is to blame only for what is said of it. */
class FailureTest {
    private static final String OUTPUT = "hdfs://lake/scored/day one";

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Permission denied: user=nobody, access=WRITE, inode=\"/scored/day one\":root:root:drwxr-xr-x",
                "Mkdirs failed to create hdfs://lake/scored/day one/_temporary/0",
                "/scored/day one: Read-only file system",
                "The DiskSpace quota of /scored is exceeded: quota = 1 B = 1 B but diskspace consumed = 2 B"
            })
    void whatIsSaidOfTheOutputIs(String message) {
        assertThat(Failure.denied(new IllegalStateException(new IOException(message)), OUTPUT))
                .isEqualTo(message);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Permission denied: user=nobody, access=READ, inode=\"/events/day=1\":root:root:drwx------",
                "/scored/day one-input/part-0 (Permission denied)",
                "/data/blockmgr-1/0c/temp_shuffle (No space left on device)",
                "No space left on device"
            })
    void whatIsSaidOfOtherFilesIsNot(String message) {
        assertThat(Failure.denied(new IllegalStateException(new IOException(message)), OUTPUT))
                .isNull();
    }

    @Test
    void anErrorOfTheInputIsOneWhereverItsFilesAre() {
        String message = "/scored/day one/in/part-0 (Permission denied)";
        assertThat(Failure.denied(new IOException(message), OUTPUT)).isEqualTo(message);
        IOException denied = new IOException(message, new InputException("row 3: no features"));
        assertThat(Failure.denied(denied, OUTPUT)).isNull();
    }
}
