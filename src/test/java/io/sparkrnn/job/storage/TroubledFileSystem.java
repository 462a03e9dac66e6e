package io.sparkrnn.job.storage;

import java.io.IOException;
import java.net.URI;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FilterFileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;
import org.jspecify.annotations.Nullable;

/** The local disk, with what goes wrong on others. */
final class TroubledFileSystem extends FilterFileSystem {
    final AtomicInteger mostAtOnce = new AtomicInteger();

    /** Ends of paths that are not renamed. */
    final Set<String> notFrom = new HashSet<>();

    /** The end of a path on which a disk is mounted, so to say. */
    String mounted = "/";

    Runnable beforeRename = () -> {};
    /** What is thrown where these are to be renamed; null to say only that they were not. */
    @Nullable
    RuntimeException thrown;

    boolean deletes = true;
    boolean creates = true;
    boolean slow;
    boolean bug;

    private final AtomicInteger now = new AtomicInteger();

    TroubledFileSystem() throws IOException {
        super(new LocalFileSystem());
        initialize(URI.create("file:///"), new Configuration());
    }

    /** What Hadoop does when the JVM is told to end. */
    void exit() {
        processDeleteOnExit();
    }

    @Override
    public boolean rename(Path from, Path to) throws IOException {
        beforeRename.run();
        if (from.getName().endsWith(mounted)) {
            // as RawLocalFileSystem does it where the system cannot rename
            super.rename(from, to);
            mkdirs(from);
            return false;
        }
        if (notFrom.stream().noneMatch(from.getName()::endsWith)) {
            return super.rename(from, to);
        }
        if (thrown != null) {
            throw thrown;
        }
        return false;
    }

    @Override
    public boolean delete(Path path, boolean recursive) throws IOException {
        return deletes && super.delete(path, recursive);
    }

    @Override
    public FSDataOutputStream create(
            Path path,
            FsPermission permission,
            boolean overwrite,
            int bufferSize,
            short replication,
            long blockSize,
            Progressable progress)
            throws IOException {
        if (!creates) {
            throw new IOException("nothing can be made now");
        }
        return super.create(path, permission, overwrite, bufferSize, replication, blockSize, progress);
    }

    @Override
    public FSDataOutputStream createNonRecursive(
            Path path, boolean overwrite, int bufferSize, short replication, long blockSize, Progressable progress)
            throws IOException {
        if (bug) {
            throw new IllegalStateException("a bug");
        }
        mostAtOnce.accumulateAndGet(now.incrementAndGet(), Math::max);
        try {
            if (slow) {
                Thread.sleep(300);
            }
            return super.createNonRecursive(path, overwrite, bufferSize, replication, blockSize, progress);
        } catch (InterruptedException e) {
            throw new IOException(e);
        } finally {
            now.decrementAndGet();
        }
    }
}
