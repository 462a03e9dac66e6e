package io.sparkrnn.job.output;

import java.io.IOException;
import java.net.URI;
import java.util.Arrays;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;

/** The local disk under a scheme of stores that have folders; no folder can be made right below one called closed. */
public final class ClosedFolders extends RawLocalFileSystem {
    static final String CLOSED = "closed";

    @Override
    public URI getUri() {
        return URI.create("ofs:///");
    }

    @Override
    public String getScheme() {
        return "ofs";
    }

    @Override
    public boolean mkdirs(Path folder) throws IOException {
        check(folder);
        return super.mkdirs(folder);
    }

    @Override
    public boolean mkdirs(Path folder, FsPermission permission) throws IOException {
        check(folder);
        return super.mkdirs(folder, permission);
    }

    @Override
    public FileStatus getFileStatus(Path path) throws IOException {
        return plain(super.getFileStatus(path));
    }

    @Override
    public FileStatus[] listStatus(Path folder) throws IOException {
        return Arrays.stream(super.listStatus(folder)).map(ClosedFolders::plain).toArray(FileStatus[]::new);
    }

    /** The local disk's own asks for permissions by a path that has to be under its scheme. */
    private static FileStatus plain(FileStatus status) {
        return new FileStatus(
                status.getLen(),
                status.isDirectory(),
                1,
                status.getBlockSize(),
                status.getModificationTime(),
                status.getPath());
    }

    private void check(Path folder) throws IOException {
        if (folder.getParent() != null && folder.getParent().getName().equals(CLOSED) && !exists(folder)) {
            throw new IOException("Permission denied: user=nobody, access=WRITE, inode=" + folder);
        }
    }
}
