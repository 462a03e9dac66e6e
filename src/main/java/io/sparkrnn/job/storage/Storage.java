package io.sparkrnn.job.storage;

import io.sparkrnn.format.bytes.Companions;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.apache.commons.io.FileUtils;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/**
 * Files that are read, by their paths, on the local disk and on any file system Hadoop knows. A path without a scheme is
 * looked for on the local disk first, then on the default file system.
 */
public final class Storage {
    private final Configuration configuration;

    private Storage(Configuration configuration) {
        this.configuration = configuration;
    }

    public static Storage configured() {
        return new Storage(configuration());
    }

    /** The file systems that a session knows, which its program may have told it of. */
    public static Storage of(SparkSession session) {
        return new Storage(session.sparkContext().hadoopConfiguration());
    }

    /** The file systems as spark-submit was told of them ({@code --conf spark.hadoop...}, core-site.xml). */
    static Configuration configuration() {
        return SparkHadoopUtil.get().newConfiguration(new SparkConf());
    }

    /**
     * A file that is on the local disk as long as this is open.
     *
     * @param companions the files beside it, where it is from
     * @param copies the folder that has the copies of files from elsewhere; null when it is on the local disk itself
     */
    public record LocalFile(
            Path path,
            String name,
            Companions companions,
            @Nullable Path copies) implements AutoCloseable {
        @Override
        public void close() {
            if (copies != null) {
                FileUtils.deleteQuietly(copies.toFile());
            }
        }
    }

    /**
     * The file at {@code path}, copied to the local disk if it is elsewhere.
     *
     * @param what what a message calls it, such as {@code --model}
     * @param code what the process ends with when it cannot be had
     */
    public LocalFile localFile(String path, String what, ExitCode code) {
        Path local = local(path);
        if (local != null) {
            Path folder = local.toAbsolutePath().getParent();
            return new LocalFile(local, path, folder == null ? Companions.NONE : Companions.in(folder), null);
        }
        Place place = place(path, what, code);
        FileSystem fileSystem = place.fileSystem();
        org.apache.hadoop.fs.Path remote = place.path();
        try {
            if (!fileSystem.exists(remote)) {
                throw new JobException(code, what + ": there is no file " + fileSystem.makeQualified(remote));
            }
            FileStatus status = fileSystem.getFileStatus(remote);
            if (status.isDirectory()) {
                throw new JobException(code, what + ": " + path + " is a folder; expected a file");
            }
            Path copies = Files.createTempDirectory("spark-rnn-");
            FileUtils.forceDeleteOnExit(copies.toFile());
            Companions companions = name ->
                    copied(fileSystem, new org.apache.hadoop.fs.Path(remote.getParent(), name), copies, what, code);
            Path copy = copies.resolve(remote.getName());
            copy(fileSystem, remote, copy);
            return new LocalFile(copy, path, companions, copies);
        } catch (IOException e) {
            throw new JobException(code, what + ": cannot read " + path + ": " + e.getMessage(), e);
        }
    }

    /**
     * The model at {@code path}, a file or a folder of NumPy's arrays, copied to the local disk if it is elsewhere.
     *
     * @see #localFile
     */
    public LocalFile localModel(String path) {
        Path folder = localFolder(path);
        if (folder != null) {
            Path beside = folder.toAbsolutePath().getParent();
            return new LocalFile(folder, path, beside == null ? Companions.NONE : Companions.in(beside), null);
        }
        if (local(path) == null) {
            Place place = place(path, "--model", ExitCode.MODEL);
            try {
                if (place.fileSystem().exists(place.path())
                        && place.fileSystem().getFileStatus(place.path()).isDirectory()) {
                    return copiedFolder(place, path);
                }
            } catch (IOException e) {
                throw new JobException(
                        ExitCode.MODEL, "--model: cannot read folder " + path + ": " + e.getMessage(), e);
            }
        }
        return localFile(path, "--model", ExitCode.MODEL);
    }

    /** The size of a file and when it was written; of a folder those of what is in it; empty when there is none. */
    String state(String path, ExitCode code) {
        Place place = place(path, "--model", code);
        try {
            // of the local disk by the same way: Hadoop has it
            Path local = localPath(path);
            org.apache.hadoop.fs.Path asked =
                    local != null && Files.exists(local) ? new org.apache.hadoop.fs.Path(local.toUri()) : place.path();
            FileSystem fileSystem = asked.getFileSystem(configuration);
            FileStatus status = fileSystem.getFileStatus(asked);
            StringBuilder state = new StringBuilder();
            for (FileStatus file : status.isDirectory() ? fileSystem.listStatus(asked) : new FileStatus[] {status}) {
                state.append(file.getPath().getName())
                        .append(' ')
                        .append(file.getLen())
                        .append(' ')
                        .append(file.getModificationTime())
                        .append('\n');
            }
            return state.toString();
        } catch (java.io.FileNotFoundException e) {
            return "";
        } catch (IOException e) {
            throw new JobException(code, "--model: cannot look at " + path + ": " + e.getMessage(), e);
        }
    }

    /** Copies the arrays that are in a folder, and nothing else of it. */
    private static LocalFile copiedFolder(Place place, String path) throws IOException {
        Path copies = Files.createTempDirectory("spark-rnn-");
        FileUtils.forceDeleteOnExit(copies.toFile());
        Path folder = Files.createDirectory(copies.resolve(place.path().getName()));
        for (FileStatus status : place.fileSystem().listStatus(place.path())) {
            String name = status.getPath().getName();
            if (status.isFile() && name.endsWith(".npy")) {
                copy(place.fileSystem(), status.getPath(), folder.resolve(name));
            }
        }
        org.apache.hadoop.fs.Path parent = place.path().getParent();
        Companions companions = parent == null
                ? Companions.NONE
                : name -> copied(
                        place.fileSystem(),
                        new org.apache.hadoop.fs.Path(parent, name),
                        copies,
                        "--model",
                        ExitCode.MODEL);
        return new LocalFile(folder, path, companions, copies);
    }

    /** A copy of a file beside the model; null when there is no such file. */
    private static @Nullable Path copied(
            FileSystem fileSystem, org.apache.hadoop.fs.Path remote, Path copies, String what, ExitCode code) {
        try {
            if (!fileSystem.exists(remote) || fileSystem.getFileStatus(remote).isDirectory()) {
                return null;
            }
            Path copy = Files.createTempFile(copies, "companion-", ".tmp");
            copy(fileSystem, remote, copy);
            return copy;
        } catch (IOException e) {
            throw new JobException(code, what + ": cannot read " + remote + ": " + e.getMessage(), e);
        }
    }

    private static void copy(FileSystem fileSystem, org.apache.hadoop.fs.Path remote, Path copy) throws IOException {
        try (InputStream in = fileSystem.open(remote)) {
            Files.copy(in, copy, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    /** The text of a file in UTF-8; see {@link #localFile}. */
    public String text(String path, String what, ExitCode code) {
        try (LocalFile file = localFile(path, what, code)) {
            return Files.readString(file.path(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new JobException(code, what + ": cannot read " + path + " as UTF-8 text: " + e.getMessage(), e);
        }
    }

    private record Place(FileSystem fileSystem, org.apache.hadoop.fs.Path path) {}

    private Place place(String path, String what, ExitCode code) {
        try {
            org.apache.hadoop.fs.Path asked = new org.apache.hadoop.fs.Path(path);
            return new Place(asked.getFileSystem(configuration), asked);
            // Hadoop throws unchecked ones, too: for what is no path, and for a file system whose class is not there.
        } catch (IOException | RuntimeException e) {
            throw new JobException(code, what + ": cannot reach '" + path + "': " + e.getMessage(), e);
        }
    }

    private static @Nullable Path local(String path) {
        Path local = localPath(path);
        return local != null && Files.isRegularFile(local) ? local : null;
    }

    private static @Nullable Path localFolder(String path) {
        Path local = localPath(path);
        return local != null && Files.isDirectory(local) ? local : null;
    }

    /** A path of the local disk; null when it is none. */
    static @Nullable Path localPath(String path) {
        try {
            return Path.of(path.startsWith("file:") ? path.replaceFirst("^file:(//(?=/))?", "") : path);
        } catch (InvalidPathException e) {
            return null;
        }
    }
}
