package io.sparkrnn.ml;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.util.DefaultParamsReadable;
import org.apache.spark.ml.util.MLReader;

/** Loads what {@link SequenceTransformerWriter} saved. */
final class SequenceTransformerReader extends MLReader<SequenceTransformer> {
    /** Spark's own reader of what Params are. */
    private static final class Metadata implements DefaultParamsReadable<SequenceTransformer> {
        private static final long serialVersionUID = 1;
    }

    /**
     * Loads it.
     *
     * @throws IllegalArgumentException when a file of it is missing, or is not what was saved
     */
    @Override
    public SequenceTransformer load(String path) {
        SavedFiles files = SavedFiles.in(qualified(path));
        SequenceTransformer loaded =
                new Metadata().read().session(sparkSession()).load(path);
        loaded.take(files);
        return loaded;
    }

    private String qualified(String path) {
        Path folder = new Path(path);
        try {
            return folder.getFileSystem(sc().hadoopConfiguration())
                    .makeQualified(folder)
                    .toString();
        } catch (IOException e) {
            throw new UncheckedIOException(path + ": cannot be reached: " + e.getMessage(), e);
        }
    }
}
