package io.sparkrnn.parquet.write;

import java.io.IOException;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.PositionOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * A file to be written, whose stream can be closed by whom the file was given to: parquet-java's writers close it at the end
 * of a whole file, and not every one of them can be told to give up a file that failed.
 */
final class RememberedOutput implements OutputFile, AutoCloseable {
    private final OutputFile file;
    private @Nullable PositionOutputStream stream;

    RememberedOutput(OutputFile file) {
        this.file = file;
    }

    @Override
    public PositionOutputStream create(long blockSizeHint) throws IOException {
        return remembered(file.create(blockSizeHint));
    }

    @Override
    public PositionOutputStream createOrOverwrite(long blockSizeHint) throws IOException {
        return remembered(file.createOrOverwrite(blockSizeHint));
    }

    private PositionOutputStream remembered(PositionOutputStream created) {
        stream = created;
        return created;
    }

    @Override
    public boolean supportsBlockSize() {
        return file.supportsBlockSize();
    }

    @Override
    public long defaultBlockSize() {
        return file.defaultBlockSize();
    }

    @Override
    public String getPath() {
        return file.getPath();
    }

    /** Closes the stream, where it is not closed already. */
    @Override
    public void close() throws IOException {
        PositionOutputStream open = stream;
        stream = null;
        if (open != null) {
            open.close();
        }
    }
}
