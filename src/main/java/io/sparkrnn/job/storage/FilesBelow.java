package io.sparkrnn.job.storage;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;

/** The files in a folder and in the folders in it, in whatever order. */
final class FilesBelow {
    private FilesBelow() {}

    /**
     * Lists them as they are asked for. On an object store that is one listing of all that begins with the path, not one a folder.
     *
     * @throws IOException of the file system, as when the folder is not there
     */
    static RemoteIterator<? extends FileStatus> of(FileSystem fileSystem, Path folder) throws IOException {
        // There FileSystem.listFiles starts a process, ls -ld, for each file, to learn of permissions that nobody asked
        // for.
        return fileSystem instanceof LocalFileSystem
                ? new Local(fileSystem, folder)
                : fileSystem.listFiles(folder, true);
    }

    /** One folder after the other. */
    private static final class Local implements RemoteIterator<FileStatus> {
        private final FileSystem fileSystem;
        private final Deque<FileStatus> found;

        Local(FileSystem fileSystem, Path folder) throws IOException {
            this.fileSystem = fileSystem;
            found = new ArrayDeque<>(List.of(fileSystem.listStatus(folder)));
        }

        @Override
        public boolean hasNext() throws IOException {
            FileStatus first = found.peek();
            while (first != null && first.isDirectory()) {
                found.pop();
                for (FileStatus inside : fileSystem.listStatus(first.getPath())) {
                    found.push(inside);
                }
                first = found.peek();
            }
            return first != null;
        }

        @Override
        public FileStatus next() throws IOException {
            if (!hasNext()) {
                throw new NoSuchElementException("no further file");
            }
            return found.pop();
        }
    }
}
