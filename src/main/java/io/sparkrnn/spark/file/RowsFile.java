package io.sparkrnn.spark.file;

import java.io.BufferedOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.io.CompressionCodec$;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.util.TaskCompletionListener;
import org.jspecify.annotations.Nullable;

/**
 * Rows that one task puts aside, in a file of its own: each as its size and Spark's image of it, behind the last one
 * -1 and how many they are, all compressed as Spark compresses what it shuffles. Made when there is a first row. A task
 * that does not end well leaves none; what a killed one leaves, nobody reads, for it told nobody.
 */
final class RowsFile {
    /** Stands where the size of a row would, behind the last one. */
    static final int END = -1;

    private final Path folder;
    private final String kind;
    private final Configuration configuration;
    private final byte[] buffer = new byte[1 << 12];
    private @Nullable Path file;
    private @Nullable DataOutputStream out;
    private long count;

    /**
     * Of the task at hand.
     *
     * @param kind begins its name
     */
    RowsFile(String folder, String kind, Configuration configuration) {
        this.folder = new Path(folder);
        this.kind = kind;
        this.configuration = configuration;
    }

    /** Takes a copy of a row. */
    void add(UnsafeRow image) {
        try {
            DataOutputStream to = out == null ? begin() : out;
            to.writeInt(image.getSizeInBytes());
            image.writeToStream(to, buffer);
            count++;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private DataOutputStream begin() throws IOException {
        TaskContext task = TaskContext.get();
        Path path = new Path(folder, kind + "-" + (task == null ? 0 : task.partitionId()) + "-" + UUID.randomUUID());
        FileSystem fileSystem = path.getFileSystem(configuration);
        file = path;
        DataOutputStream begun = new DataOutputStream(new BufferedOutputStream(CompressionCodec$.MODULE$
                .createCodec(SparkEnv.get().conf())
                .compressedOutputStream(fileSystem.create(path, false))));
        out = begun;
        if (task != null) {
            task.addTaskCompletionListener((TaskCompletionListener) ended -> discard());
        }
        return begun;
    }

    /** Finishes the file; its address, or null when there was no row. */
    @Nullable
    String end() {
        if (file == null) {
            return null;
        }
        try (DataOutputStream last = out) {
            if (last != null) {
                last.writeInt(END);
                last.writeLong(count);
            }
            out = null;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return file.toString();
    }

    /** Takes away what was not finished. */
    private void discard() {
        if (out == null || file == null) {
            return;
        }
        try {
            out.close();
            file.getFileSystem(configuration).delete(file, false);
        } catch (IOException e) {
            // the folder goes with the job
            return;
        } finally {
            out = null;
        }
    }
}
