package io.sparkrnn.job.storage;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** The folder in which runs tell of themselves, a few small files each. */
public final class RunFolder {
    /** Its name in an output. Readers of tables pass over what begins so. */
    public static final String NAME = "_spark-rnn";

    /** What the names of files end with that have the numbers of a run's report. */
    public static final String METRICS_ENDING = ".metrics.json";

    /** How many files are kept where an output is replaced as a whole: of some hundred runs. */
    static final int MOST_KEPT = 400;

    private static final ObjectMapper JSON = new ObjectMapper();

    private final Path folder;
    private final Configuration configuration;

    private RunFolder(Path folder, Configuration configuration) {
        this.folder = folder;
        this.configuration = configuration;
    }

    /** The one at {@code path}, which need not be there yet. */
    public static RunFolder at(String path) {
        return new RunFolder(new Path(path), Storage.configuration());
    }

    /** The folder that a file is in. */
    public static RunFolder holding(String file) {
        Path parent = new Path(file).getParent();
        return at(parent == null || parent.toString().isEmpty() ? "." : parent.toString());
    }

    /** The name of a file in its folder. */
    public static String name(String file) {
        return new Path(file).getName();
    }

    private FileSystem fileSystem() throws IOException {
        return folder.getFileSystem(configuration);
    }

    /** Its address. */
    public String address() {
        return qualified(folder);
    }

    /** The address of a file in it. */
    public String address(String name) {
        return qualified(new Path(folder, name));
    }

    private String qualified(Path path) {
        try {
            return fileSystem().makeQualified(path).toString();
        } catch (IOException | RuntimeException e) {
            throw new JobException(ExitCode.USAGE, "cannot reach '" + folder + "': " + e.getMessage(), e);
        }
    }

    /** Whether there is a file of that name. */
    public boolean has(String name) {
        try {
            return fileSystem().exists(new Path(folder, name));
        } catch (IOException e) {
            throw unreachable(e);
        }
    }

    /** The names of its files that end so, that which was written last first; none where there is no such folder. */
    public List<String> names(String ending) {
        try {
            List<FileStatus> files = new ArrayList<>();
            for (FileStatus file : fileSystem().listStatus(folder)) {
                if (file.isFile() && file.getPath().getName().endsWith(ending)) {
                    files.add(file);
                }
            }
            return files.stream()
                    .sorted(LAST_FIRST)
                    .map(file -> file.getPath().getName())
                    .toList();
        } catch (FileNotFoundException e) {
            return List.of();
        } catch (IOException e) {
            throw unreachable(e);
        }
    }

    private static final Comparator<FileStatus> LAST_FIRST = Comparator.comparingLong(FileStatus::getModificationTime)
            .thenComparing(file -> file.getPath().getName())
            .reversed();

    /** A file, to be read. */
    public InputStream open(String name) throws IOException {
        return fileSystem().open(new Path(folder, name));
    }

    /** The text of a file. */
    public String text(String name) {
        try (InputStream in = open(name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw unreachable(e);
        }
    }

    /** What is in a file of JSON; nothing where there is none, where it is none of ours, or where it was cut off. */
    public JsonNode json(String name) {
        try {
            return has(name) ? JSON.readTree(text(name)) : JSON.createObjectNode();
        } catch (JsonProcessingException e) {
            return JSON.createObjectNode();
        }
    }

    /**
     * Writes a file, in place of one of that name. It appears whole, or not at all: where a rename is cheap it gets its name
     * when it is written, and an object store shows no file before that.
     *
     * @throws IOException when it could not be written
     */
    public void write(String name, String text) throws IOException {
        FileSystem fileSystem = fileSystem();
        Path file = new Path(folder, name);
        Path written =
                OutputFolders.renames(fileSystem) ? new Path(folder, "." + name + "-" + UUID.randomUUID()) : file;
        try (OutputStream out = fileSystem.create(written, true)) {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        }
        if (!written.equals(file)) {
            if (fileSystem.exists(file)) {
                fileSystem.delete(file, false);
            }
            if (!fileSystem.rename(written, file)) {
                fileSystem.delete(written, false);
                throw new IOException("the file system did not rename " + written + " to " + file.getName());
            }
        }
    }

    /** Deletes a file, if it is there. */
    public void delete(String name) throws IOException {
        fileSystem().delete(new Path(folder, name), false);
    }

    /**
     * Takes what runs told of themselves over from an output that was replaced as a whole, in one rename, and of it what was
     * written last.
     *
     * @param former the output that was there
     * @param output the one that is in its place
     */
    static void takeOver(FileSystem fileSystem, Path former, Path output) throws IOException {
        Path told = new Path(former, NAME);
        Path folder = new Path(output, NAME);
        if (!fileSystem.exists(told) || fileSystem.exists(folder) || !fileSystem.rename(told, folder)) {
            return;
        }
        List<FileStatus> files = new ArrayList<>(List.of(fileSystem.listStatus(folder)));
        files.removeIf(file -> !file.isFile());
        files.sort(LAST_FIRST);
        for (FileStatus file : files.subList(Math.min(files.size(), MOST_KEPT), files.size())) {
            fileSystem.delete(file.getPath(), false);
        }
    }

    private JobException unreachable(IOException e) {
        return new JobException(ExitCode.OTHER, "cannot read the run files in " + folder + ": " + e.getMessage(), e);
    }
}
