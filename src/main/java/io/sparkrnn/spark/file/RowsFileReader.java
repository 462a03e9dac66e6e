package io.sparkrnn.spark.file;

import io.sparkrnn.spark.row.ScoredRow;
import java.io.BufferedInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkEnv;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.io.CompressionCodec$;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.unsafe.Platform;
import org.apache.spark.util.SerializableConfiguration;
import org.apache.spark.util.TaskCompletionListener;
import org.jspecify.annotations.Nullable;

/** Reads the rows of files that tasks wrote as {@link RowsFile}s. */
public final class RowsFileReader implements MapPartitionsFunction<String, ScoredRow> {
    private static final long serialVersionUID = 1;

    private final Broadcast<SerializableConfiguration> configuration;
    private final int columns;

    /**
     * Of files whose rows have so many columns.
     *
     * @param columns how many a row has
     */
    public RowsFileReader(Broadcast<SerializableConfiguration> configuration, int columns) {
        this.configuration = configuration;
        this.columns = columns;
    }

    /** How tasks reach files. */
    public static Broadcast<SerializableConfiguration> configuration(Dataset<Row> input) {
        return JavaSparkContext.fromSparkContext(input.sparkSession().sparkContext())
                .broadcast(new SerializableConfiguration(
                        input.sparkSession().sessionState().newHadoopConf()));
    }

    @Override
    public Iterator<ScoredRow> call(Iterator<String> files) {
        return new Rows(files, configuration.value().value(), columns);
    }

    /** The rows of some files; always the same object, with the values of the next row. */
    private static final class Rows implements Iterator<ScoredRow> {
        private final Iterator<String> files;
        private final Configuration configuration;
        private final UnsafeRow image;
        private final ScoredRow row = new ScoredRow();
        private byte[] bytes = new byte[0];
        private @Nullable String file;
        private @Nullable DataInputStream in;
        private long read;
        private boolean ready;

        Rows(Iterator<String> files, Configuration configuration, int columns) {
            this.files = files;
            this.configuration = configuration;
            image = new UnsafeRow(columns);
            row.setKept(image);
            TaskContext task = TaskContext.get();
            if (task != null) {
                task.addTaskCompletionListener((TaskCompletionListener) ended -> close());
            }
        }

        @Override
        public boolean hasNext() {
            try {
                while (!ready && (in != null || open())) {
                    ready = readRow();
                }
            } catch (IOException e) {
                throw new UncheckedIOException(
                        "rows that tasks put aside cannot be read again from " + file + ": " + e.getMessage(), e);
            }
            return ready;
        }

        private boolean open() throws IOException {
            if (!files.hasNext()) {
                return false;
            }
            file = files.next();
            read = 0;
            Path path = new Path(file);
            in = new DataInputStream(new BufferedInputStream(CompressionCodec$.MODULE$
                    .createCodec(SparkEnv.get().conf())
                    .compressedInputStream(path.getFileSystem(configuration).open(path))));
            return true;
        }

        /** Whether there was one more in the file at hand, which else is closed. */
        private boolean readRow() throws IOException {
            DataInputStream from = in;
            if (from == null) {
                return false;
            }
            int size = from.readInt();
            if (size == RowsFile.END) {
                long count = from.readLong();
                close();
                if (count != read) {
                    throw new IOException("it has " + read + " rows, and says " + count);
                }
                return false;
            }
            if (size < 0) {
                throw new IOException("a row of " + size + " bytes");
            }
            if (bytes.length < size) {
                bytes = new byte[size];
            }
            from.readFully(bytes, 0, size);
            image.pointTo(bytes, Platform.BYTE_ARRAY_OFFSET, size);
            read++;
            return true;
        }

        private void close() {
            DataInputStream closing = in;
            in = null;
            try {
                if (closing != null) {
                    closing.close();
                }
            } catch (IOException e) {
                // it was only read
                return;
            }
        }

        @Override
        public ScoredRow next() {
            if (!hasNext()) {
                throw new NoSuchElementException();
            }
            ready = false;
            return row;
        }
    }
}
