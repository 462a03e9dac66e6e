package io.sparkrnn.job;

import io.sparkrnn.format.Companions;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.apache.commons.io.FileUtils;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.hadoop.fs.UnsupportedFileSystemException;
import org.apache.hadoop.mapreduce.lib.output.FileOutputCommitter;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.jspecify.annotations.Nullable;

/**
 * Files by their paths, on the local disk and on any file system Hadoop knows. A path without a scheme is looked for on
 * the local disk first, then on the default file system.
 */
final class Storage {
    private static final Set<String> RENAMING =
            Set.of("file", "hdfs", "viewfs", "webhdfs", "swebhdfs", "abfs", "abfss", "ofs", "maprfs");

    /** Begins the name of what is made only to see whether it can be. */
    static final String PROBE = "_spark-rnn-";

    private static final Pattern PROBES = Pattern.compile(PROBE + Staging.UUID_PATTERN);

    /** As many as Linux follows. */
    private static final int MOST_LINKS = 40;

    /** How often a folder is tried to be removed that tasks may still be leaving. */
    private static final int REMOVALS = 5;

    private final Configuration configuration;
    private final Addresses addresses;

    private Storage(Configuration configuration) {
        this.configuration = configuration;
        addresses = new Addresses(configuration);
    }

    /** The file systems as spark-submit was told of them ({@code --conf spark.hadoop...}, core-site.xml). */
    static Storage configured() {
        return new Storage(SparkHadoopUtil.get().newConfiguration(new SparkConf()));
    }

    /**
     * A file that is on the local disk as long as this is open.
     *
     * @param companions the files beside it, where it is from
     * @param copies the folder that has the copies of files from elsewhere; null when it is on the local disk itself
     */
    record LocalFile(
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
    LocalFile localFile(String path, String what, ExitCode code) {
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
    LocalFile localModel(String path) {
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
    String text(String path, String what, ExitCode code) {
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

    private static @Nullable Path localPath(String path) {
        try {
            return Path.of(path.startsWith("file:") ? path.replaceFirst("^file:(//(?=/))?", "") : path);
        } catch (InvalidPathException e) {
            return null;
        }
    }

    /** The full address of {@code path}, as Spark will write it. */
    String qualified(String path) {
        Place place = place(path, "--output", ExitCode.USAGE);
        return place.fileSystem().makeQualified(place.path()).toString();
    }

    /** Whether there is a file or folder at {@code path}. */
    boolean exists(String path) {
        org.apache.hadoop.fs.Path asked = new org.apache.hadoop.fs.Path(path);
        try {
            return asked.getFileSystem(configuration).exists(asked);
        } catch (IOException e) {
            throw new JobException(ExitCode.OTHER, "cannot reach " + path + ": " + e.getMessage(), e);
        }
    }

    /** Whether there is a file, and no folder, at {@code path}. */
    boolean isFile(String path) {
        org.apache.hadoop.fs.Path asked = new org.apache.hadoop.fs.Path(path);
        try {
            return asked.getFileSystem(configuration).getFileStatus(asked).isFile();
        } catch (FileNotFoundException e) {
            return false;
        } catch (IOException e) {
            throw new JobException(ExitCode.OTHER, "cannot reach " + path + ": " + e.getMessage(), e);
        }
    }

    /**
     * Whether a file that was read is in an output, at any depth, or is the output itself.
     *
     * @param output as {@link #qualified} gives it
     * @param file as the user names it, with links and mounts on the way to it
     */
    boolean holds(String output, String file) {
        Path local = localPath(file);
        try {
            org.apache.hadoop.fs.Path named = local != null && Files.exists(local)
                    ? new org.apache.hadoop.fs.Path(
                            "file", null, local.toAbsolutePath().toString())
                    : new org.apache.hadoop.fs.Path(file);
            return addresses.hold(addresses.of(new org.apache.hadoop.fs.Path(output)), addresses.of(named));
        } catch (UnsupportedFileSystemException | IllegalArgumentException e) {
            // a name that only a source knows: the output is elsewhere
            return false;
        } catch (IOException e) {
            throw new JobException(
                    ExitCode.OTHER, "cannot tell whether " + file + " is in " + output + ": " + e.getMessage(), e);
        }
    }

    /**
     * The first of a table's files that is in an output; null when none is.
     *
     * @param files their full addresses, as URIs
     */
    @Nullable
    String firstHeld(String output, String[] files) {
        try {
            Set<org.apache.hadoop.fs.Path> folder = addresses.of(new org.apache.hadoop.fs.Path(output));
            for (String file : files) {
                org.apache.hadoop.fs.Path path = new org.apache.hadoop.fs.Path(URI.create(file));
                if (addresses.hold(folder, addresses.ofOneOfMany(path))) {
                    return path.toString();
                }
            }
            return null;
        } catch (IOException e) {
            throw new JobException(
                    ExitCode.OTHER, "cannot tell whether the input is in " + output + ": " + e.getMessage(), e);
        }
    }

    /** Whether a folder can be renamed at no cost: on a file system that has folders, not on an object store. */
    boolean renames(String path) {
        return RENAMING.contains(
                place(path, "--output", ExitCode.USAGE).fileSystem().getScheme());
    }

    /**
     * Refuses an output that cannot be written, by making a folder where it is to be and taking it away again: else that is
     * found by the tasks, each of which tells of it at length. An object store has no folders; there it is left to them.
     *
     * @param within whether files are put into an output that is there, rather than a new one beside it
     */
    void checkWritable(String path, boolean within) {
        if (!renames(path)) {
            return;
        }
        org.apache.hadoop.fs.Path asked = new org.apache.hadoop.fs.Path(path);
        org.apache.hadoop.fs.Path folder = asked;
        try {
            asked = linkFollowed(asked);
            folder = within || asked.getParent() == null ? asked : asked.getParent();
            FileSystem fileSystem = asked.getFileSystem(configuration);
            while (!fileSystem.exists(folder) && folder.getParent() != null) {
                folder = folder.getParent();
            }
            if (fileSystem.getFileStatus(folder).isFile()) {
                throw unwritable(path, folder + " is a file, and no folder", null);
            }
            org.apache.hadoop.fs.Path probe = new org.apache.hadoop.fs.Path(folder, PROBE + UUID.randomUUID());
            if (!fileSystem.mkdirs(probe)) {
                throw unwritable(path, "no folder can be made in " + folder, null);
            }
            removeOldProbes(fileSystem, folder, fileSystem.getFileStatus(probe).getModificationTime());
            fileSystem.delete(probe, true);
        } catch (IOException e) {
            throw unwritable(path, "no folder can be made in " + folder + ": " + firstLine(e), e);
        }
    }

    /** Takes away the probes of runs that were killed. What is in use is younger, and what is not empty is no probe. */
    private static void removeOldProbes(FileSystem fileSystem, org.apache.hadoop.fs.Path folder, long now) {
        try {
            for (FileStatus status : fileSystem.listStatus(folder)) {
                if (PROBES.matcher(status.getPath().getName()).matches()
                        && now - status.getModificationTime() > Staging.HOLDS.toMillis()) {
                    fileSystem.delete(status.getPath(), false);
                }
            }
        } catch (IOException e) {
            // they are in nobody's way
            return;
        }
    }

    private static String firstLine(IOException e) {
        return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
    }

    static JobException unwritable(String path, String why, @Nullable Throwable cause) {
        return new JobException(
                ExitCode.OTHER,
                "--output: cannot write " + path + ": " + why + ". Name a folder that this user may write to",
                cause);
    }

    /** A folder beside {@code path} to write in before it takes its place. */
    Staging stagingFor(String path) {
        Place place = place(path, "--output", ExitCode.USAGE);
        try {
            return Staging.beside(place.fileSystem(), linkFollowed(place.path()));
        } catch (IOException e) {
            throw unwritable(path, firstLine(e), e);
        }
    }

    /**
     * An output on the local disk that is a link: what it leads to is to be replaced, for others read it by that name. It
     * may be gone, as a killed run leaves it.
     */
    private static org.apache.hadoop.fs.Path linkFollowed(org.apache.hadoop.fs.Path path) throws IOException {
        Path local = localPath(path.toString());
        if (!"file".equals(path.toUri().getScheme()) || local == null || !Files.isSymbolicLink(local)) {
            return path;
        }
        for (int links = 0; Files.isSymbolicLink(local) && links < MOST_LINKS; links++) {
            Path above = local.toAbsolutePath().getParent();
            Path leadsTo = Files.readSymbolicLink(local);
            // with the links above it followed, or .. would be the folder above the link
            local = above == null ? leadsTo : above.toRealPath().resolve(leadsTo);
        }
        Path above = local.getParent();
        Path name = local.getFileName();
        Path real = Files.exists(local) || above == null || name == null
                ? local.toRealPath()
                : above.toRealPath().resolve(name);
        return new org.apache.hadoop.fs.Path("file", null, real.toString());
    }

    /** Puts an output back that a killed run had set aside; says whether there was one. */
    boolean putBack(String path) {
        Place place = place(path, "--output", ExitCode.USAGE);
        try {
            return renames(path) && Staging.putBack(place.fileSystem(), linkFollowed(place.path()));
        } catch (IOException e) {
            // what is wrong there is found again, and told of, when the output is written
            return false;
        }
    }

    /** The names of the folders right below {@code path} that Spark takes for partitions. */
    List<String> partitionsIn(String path) {
        org.apache.hadoop.fs.Path asked = new org.apache.hadoop.fs.Path(path);
        try {
            FileSystem fileSystem = asked.getFileSystem(configuration);
            List<String> names = new ArrayList<>();
            if (fileSystem.getFileStatus(asked).isDirectory()) {
                for (FileStatus status : fileSystem.listStatus(asked)) {
                    String name = status.getPath().getName();
                    if (status.isDirectory() && name.indexOf('=') > 0 && !isPassedOver(name)) {
                        names.add(name);
                    }
                }
            }
            return names;
        } catch (IOException e) {
            throw new JobException(ExitCode.OTHER, "cannot list " + path + ": " + e.getMessage(), e);
        }
    }

    /** Says by the usual empty file that a folder's data is whole. */
    void markSuccess(String path) {
        org.apache.hadoop.fs.Path mark = new org.apache.hadoop.fs.Path(path, FileOutputCommitter.SUCCEEDED_FILE_NAME);
        try {
            mark.getFileSystem(configuration).create(mark, true).close();
        } catch (IOException e) {
            throw new JobException(
                    ExitCode.OTHER, "the result is whole, but " + mark + " cannot be written: " + e.getMessage(), e);
        }
    }

    /**
     * The files of a table, without those that readers pass over; null where there are more than {@code most}, for to list
     * a million of them takes minutes.
     */
    @Nullable
    Set<String> dataFiles(String path, int most) {
        org.apache.hadoop.fs.Path asked = new org.apache.hadoop.fs.Path(path);
        try {
            FileSystem fileSystem = asked.getFileSystem(configuration);
            int depth = fileSystem.makeQualified(asked).depth();
            Set<String> names = new HashSet<>();
            RemoteIterator<LocatedFileStatus> files = fileSystem.listFiles(asked, true);
            while (files.hasNext()) {
                org.apache.hadoop.fs.Path file = files.next().getPath();
                if (isData(file, depth)) {
                    names.add(file.toString());
                    if (names.size() > most) {
                        return null;
                    }
                }
            }
            return names;
        } catch (IOException e) {
            throw new JobException(ExitCode.OTHER, "cannot list " + path + ": " + e.getMessage(), e);
        }
    }

    /** Whether a table has a file; see {@link #dataFiles}. */
    boolean hasData(String path) {
        return dataFiles(path, 0) == null;
    }

    /**
     * Takes away a folder that a failed job made, if no data is in it, so that the next run does not find an output that
     * exists. A folder with data in it is left.
     */
    void removeEmpty(String path) {
        org.apache.hadoop.fs.Path asked = new org.apache.hadoop.fs.Path(path);
        for (int attempt = 1; attempt <= REMOVALS; attempt++) {
            try {
                removeIfEmpty(asked.getFileSystem(configuration), asked);
                return;
            } catch (IOException | RuntimeException e) {
                // A task that is ending takes its own files away meanwhile, and a listing that meets that fails, on
                // some
                // Hadoops with an unchecked exception. The job's own error is the one to report.
                if (attempt == REMOVALS || !paused()) {
                    return;
                }
            }
        }
    }

    private static void removeIfEmpty(FileSystem fileSystem, org.apache.hadoop.fs.Path folder) throws IOException {
        if (!fileSystem.exists(folder)) {
            return;
        }
        RemoteIterator<LocatedFileStatus> files = fileSystem.listFiles(folder, true);
        int depth = fileSystem.makeQualified(folder).depth();
        while (files.hasNext()) {
            if (isData(files.next().getPath(), depth)) {
                return;
            }
        }
        fileSystem.delete(folder, true);
    }

    /** Waits a moment; false when that is not wanted. */
    private static boolean paused() {
        try {
            Thread.sleep(100);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    /** Whether no part of a path below {@code depth} begins as those do that readers pass over, as _temporary does. */
    private static boolean isData(org.apache.hadoop.fs.Path file, int depth) {
        for (org.apache.hadoop.fs.Path path = file; path != null && path.depth() > depth; path = path.getParent()) {
            if (isPassedOver(path.getName())) {
                return false;
            }
        }
        return true;
    }

    private static boolean isPassedOver(String name) {
        return name.startsWith("_") || name.startsWith(".");
    }
}
