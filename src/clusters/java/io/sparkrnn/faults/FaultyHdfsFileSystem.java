package io.sparkrnn.faults;

import java.io.IOException;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.hdfs.DistributedFileSystem;
import org.apache.hadoop.util.Progressable;
import org.jspecify.annotations.Nullable;

/** HDFS, with {@link Faults}. Hadoop makes it by its name, so it is public. */
public final class FaultyHdfsFileSystem extends DistributedFileSystem {
    @Override
    public boolean rename(Path from, Path to) throws IOException {
        boolean done = super.rename(from, to);
        Faults.renamed(getConf(), to);
        return done;
    }

    @Override
    public FSDataOutputStream create(
            Path file,
            @Nullable FsPermission permission,
            boolean overwrite,
            int bufferSize,
            short replication,
            long blockSize,
            @Nullable Progressable progress)
            throws IOException {
        return Faults.created(
                getConf(),
                super.create(file, permission, overwrite, bufferSize, replication, blockSize, progress),
                file);
    }
}
