package io.sparkrnn.job.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.RemoteIterator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FilesBelowTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    private Path folder;

    private static List<String> names(FileSystem fileSystem, Path below) throws IOException {
        List<String> names = new ArrayList<>();
        RemoteIterator<? extends FileStatus> files =
                FilesBelow.of(fileSystem, new org.apache.hadoop.fs.Path(below.toUri()));
        while (files.hasNext()) {
            FileStatus file = files.next();
            names.add(below.toUri().relativize(file.getPath().toUri()).getPath() + " " + file.getLen());
        }
        assertThatThrownBy(files::next).isInstanceOf(NoSuchElementException.class);
        return names;
    }

    @Test
    void allFilesOfAllFoldersAreFoundOnceAsHadoopFindsThem() throws IOException {
        for (String name : List.of("a", "b/c", "b/d/e", "b/d/f", "g/h", "_i/j")) {
            Path file = folder.resolve(name);
            Files.createDirectories(file.getParent());
            Files.writeString(file, name);
        }
        Files.createDirectories(folder.resolve("empty/empty"));
        FileSystem local = FileSystem.getLocal(new Configuration());
        FileSystem other = new RawLocalFileSystem();
        other.initialize(folder.toUri(), new Configuration());

        assertThat(names(local, folder))
                .containsExactlyInAnyOrder("a 1", "b/c 3", "b/d/e 5", "b/d/f 5", "g/h 3", "_i/j 4")
                .containsExactlyInAnyOrderElementsOf(names(other, folder));
        assertThat(names(local, folder.resolve("empty"))).isEmpty();
    }

    @Test
    void aFolderThatIsNotThereIsTold() throws IOException {
        FileSystem local = FileSystem.getLocal(new Configuration());
        org.apache.hadoop.fs.Path missing =
                new org.apache.hadoop.fs.Path(folder.resolve("missing").toUri());

        assertThatThrownBy(() -> FilesBelow.of(local, missing)).isInstanceOf(FileNotFoundException.class);
    }
}
