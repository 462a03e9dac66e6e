package io.sparkrnn.faults;

import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.TaskContext;
import org.jspecify.annotations.Nullable;

/**
 * The faults that the settings of a job ask for. A moment that lasts a millisecond, as between two renames, cannot be met
 * by watching; so the file system itself kills the process there.
 */
final class Faults {
    /** A regular expression: the process kills itself when a rename to such a path is done. */
    static final String KILL_AFTER_RENAME_TO = "faults.kill.after.rename.to";

    /** The partition whose task fails when it closes its file. */
    static final String FAIL_PARTITION = "faults.fail.partition";

    /** How many of its attempts fail. */
    static final String FAIL_ATTEMPTS = "faults.fail.attempts";

    private Faults() {}

    static void renamed(@Nullable Configuration conf, Path to) throws IOException {
        String pattern = conf == null ? null : conf.get(KILL_AFTER_RENAME_TO);
        if (pattern != null && to.toUri().getPath().matches(pattern)) {
            killThisProcess();
        }
    }

    /** No hook runs, no stream is closed: as when a machine is lost. */
    private static void killThisProcess() throws IOException {
        new ProcessBuilder("kill", "-9", Long.toString(ProcessHandle.current().pid())).start();
        try {
            Thread.sleep(60_000);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        throw new IOException("the process lives on");
    }

    /** The stream itself, or one that fails when it is closed, with all bytes but the last ones written. */
    static FSDataOutputStream created(@Nullable Configuration conf, FSDataOutputStream stream, Path file)
            throws IOException {
        TaskContext task = TaskContext.get();
        if (conf == null
                || task == null
                || !file.getName().startsWith("part-")
                || task.partitionId() != conf.getInt(FAIL_PARTITION, -1)
                || task.attemptNumber() >= conf.getInt(FAIL_ATTEMPTS, 0)) {
            return stream;
        }
        return new FSDataOutputStream(stream, null) {
            @Override
            public void close() throws IOException {
                super.close();
                throw new IOException("made to fail: attempt " + task.attemptNumber() + " of " + file);
            }
        };
    }
}
