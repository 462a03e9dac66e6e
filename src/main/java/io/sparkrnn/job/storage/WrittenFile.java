package io.sparkrnn.job.storage;

import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;

/**
 * A file of an output.
 *
 * @param name with the folders of partitions before it
 * @param bytes its size
 */
public record WrittenFile(String name, long bytes) {
    /**
     * Those that were written since a moment, by the clock of the file system.
     *
     * @param most files of the output that are looked at
     */
    public static List<WrittenFile> since(Instant moment, String output, int most) throws IOException {
        Path folder = new Path(output);
        List<WrittenFile> found = new ArrayList<>();
        RemoteIterator<? extends FileStatus> files =
                FilesBelow.of(folder.getFileSystem(Storage.configuration()), folder);
        for (int i = 0; i < most && files.hasNext(); i++) {
            FileStatus file = files.next();
            if (file.getModificationTime() >= moment.toEpochMilli()
                    && OutputFolders.isData(file.getPath(), folder.depth())) {
                String path = file.getPath().toUri().getPath();
                String root = folder.toUri().getPath() + "/";
                String name = path.startsWith(root)
                        ? path.substring(root.length())
                        : file.getPath().getName();
                found.add(new WrittenFile(name, file.getLen()));
            }
        }
        found.sort((one, other) -> one.name().compareTo(other.name()));
        return found;
    }
}
