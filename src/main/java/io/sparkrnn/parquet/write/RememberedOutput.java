package io.sparkrnn.parquet.write;

import java.io.IOException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.CommonConfigurationKeysPublic;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.LocalFileSystemConfigKeys;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.util.ReflectionUtils;
import org.apache.parquet.hadoop.util.HadoopOutputFile;
import org.apache.parquet.hadoop.util.HadoopStreams;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.PositionOutputStream;
import org.jspecify.annotations.Nullable;

/**
 * A file to be written, in pieces as large as {@code io.file.buffer.size}, where parquet-java's own has pieces of 4 KiB, each
 * of them a call to the system on a local disk. Its stream can be closed by whom the file was given to: parquet-java's
 * writers close it at the end of a whole file, and not every one of them can be told to give up a file that failed.
 */
final class RememberedOutput implements OutputFile, AutoCloseable {
    /** What Spark sets that size to. */
    private static final int PIECE = 64 * 1024;

    /**
     * Of how many bytes Hadoop's local file system keeps a sum in the file {@code .NAME.crc}, where the settings do not say.
     * Hadoop's own 512 is a call for each 512 bytes, in writing and in reading. What reads it is told the number by that file.
     */
    private static final int BYTES_PER_CHECKSUM = 4096;

    private final OutputFile file;
    private final FileSystem system;
    private final Path path;
    private final int piece;
    private @Nullable PositionOutputStream stream;

    /**
     * The file at {@code path}, which is not there yet.
     *
     * @throws IOException when its file system cannot be had
     */
    RememberedOutput(Path path, Configuration conf) throws IOException {
        this.path = path;
        this.file = HadoopOutputFile.fromPath(path, conf);
        this.system = withLongerSums(path.getFileSystem(conf), conf);
        this.piece = conf.getInt(CommonConfigurationKeysPublic.IO_FILE_BUFFER_SIZE_KEY, PIECE);
    }

    /**
     * The local file system as one of its own, since that of everyone has been set up by who came first; any other as it is.
     */
    private static FileSystem withLongerSums(FileSystem system, Configuration conf) throws IOException {
        if (system.getClass() != LocalFileSystem.class) {
            return system;
        }
        Configuration longer = new Configuration(conf);
        if (!isSet(LocalFileSystemConfigKeys.LOCAL_FS_BYTES_PER_CHECKSUM_KEY, conf)) {
            longer.setInt(LocalFileSystemConfigKeys.LOCAL_FS_BYTES_PER_CHECKSUM_KEY, BYTES_PER_CHECKSUM);
        }
        LocalFileSystem own = ReflectionUtils.newInstance(LocalFileSystem.class, longer);
        own.initialize(system.getUri(), longer);
        return own;
    }

    /** Whether anyone but Hadoop's own defaults says what a setting is. */
    private static boolean isSet(String setting, Configuration conf) {
        String[] sources = conf.getPropertySources(setting);
        return sources != null && !sources[sources.length - 1].equals("core-default.xml");
    }

    @Override
    public PositionOutputStream create(long blockSizeHint) throws IOException {
        return created(blockSizeHint, IfThere.FAIL);
    }

    @Override
    public PositionOutputStream createOrOverwrite(long blockSizeHint) throws IOException {
        return created(blockSizeHint, IfThere.OVERWRITE);
    }

    private enum IfThere {
        FAIL,
        OVERWRITE
    }

    private PositionOutputStream created(long blockSizeHint, IfThere ifThere) throws IOException {
        PositionOutputStream created = HadoopStreams.wrap(system.create(
                path,
                ifThere == IfThere.OVERWRITE,
                piece,
                system.getDefaultReplication(path),
                Math.max(system.getDefaultBlockSize(path), blockSizeHint)));
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
