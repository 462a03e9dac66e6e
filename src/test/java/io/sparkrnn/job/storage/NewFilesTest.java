package io.sparkrnn.job.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Which files a run has added to an output. */
class NewFilesTest {
    @TempDir
    Path output;

    @Test
    void amongVeryManyFilesTheNewOnesAreNotLookedFor() throws IOException {
        OutputFolders folders = OutputFolders.of("--output");
        String days = "file:" + output;
        int files = 3;
        for (int day = 1; day <= files; day++) {
            Path folder = Files.createDirectory(output.resolve("day=" + day));
            Files.createFile(folder.resolve("part-0.parquet"));
        }
        assertThat(folders.dataFiles(days, Integer.MAX_VALUE)).hasSize(files);
        for (int most : new int[] {0, files - 1, files, files + 1}) {
            NewFiles added = NewFiles.since(folders, days, most);
            Path file = Files.createFile(output.resolve("day=1").resolve("part-new.parquet"));
            if (most > files) {
                assertThat(added.found()).containsExactly("file:" + file);
            } else {
                assertThat(added.found()).as("among " + most).isNull();
                assertThat(added.tooMany()).contains("more than " + most + " files");
            }
            Files.delete(file);
        }
    }
}
