package io.sparkrnn.job.storage;

import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.parquet.SubqueryFiles;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.hadoop.fs.UnsupportedFileSystemException;
import org.apache.hadoop.mapreduce.lib.output.FileOutputCommitter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;

/** Folders that are written, on any file system Hadoop knows: what is in them, whether they can be, and what is left. */
public final class OutputFolders {
    private static final Set<String> RENAMING =
            Set.of("file", "hdfs", "viewfs", "webhdfs", "swebhdfs", "abfs", "abfss", "ofs", "maprfs");

    /** Begins the name of what is made only to see whether it can be. */
    static final String PROBE = "_spark-rnn-";

    private static final Pattern PROBES = Pattern.compile(PROBE + Staging.UUID_PATTERN);

    /** As many as Linux follows. */
    private static final int MOST_LINKS = 40;

    /** How often a folder is tried to be removed that tasks may still be leaving. */
    private static final int REMOVALS = 5;

    private final String option;
    private final Configuration configuration;
    private final Addresses addresses;

    private OutputFolders(String option, Configuration configuration) {
        this.option = option;
        this.configuration = configuration;
        addresses = new Addresses(configuration);
    }

    /**
     * Those of the file systems that spark-submit was told of.
     *
     * @param option what messages begin with: {@code --output}
     */
    public static OutputFolders of(String option) {
        return new OutputFolders(option, Storage.configuration());
    }

    private FileSystem fileSystem(String path) {
        try {
            return new Path(path).getFileSystem(configuration);
            // Hadoop throws unchecked ones, too: for what is no path, and for a file system whose class is not there.
        } catch (IOException | RuntimeException e) {
            throw new JobException(ExitCode.USAGE, option + ": cannot reach '" + path + "': " + e.getMessage(), e);
        }
    }

    /** The error of an output that holds what the run reads. */
    JobException held(String output, String what, String path) {
        return new JobException(
                ExitCode.USAGE,
                option + ": " + output + " holds " + what + " (" + path
                        + "), which --mode overwrite would delete; nothing was written. Name another folder"
                        + (Addresses.mayBeOfOneCluster(output, path)
                                ? ", or both in the same way: whether an address of HDFS and one of its web service are of"
                                        + " one cluster, they do not tell"
                                : ""));
    }

    /** The full address of {@code path}, as Spark will write it. */
    public String qualified(String path) {
        return fileSystem(path).makeQualified(new Path(path)).toString();
    }

    /** Whether there is a file or folder at {@code path}. */
    public boolean exists(String path) {
        Path asked = new Path(path);
        try {
            return asked.getFileSystem(configuration).exists(asked);
        } catch (IOException e) {
            throw new JobException(ExitCode.OTHER, "cannot reach " + path + ": " + e.getMessage(), e);
        }
    }

    /** Whether there is a folder at {@code path}, and nothing at all in it, hidden files neither. */
    public boolean isEmptyFolder(String path) {
        Path asked = new Path(path);
        try {
            FileSystem fileSystem = asked.getFileSystem(configuration);
            return fileSystem.getFileStatus(asked).isDirectory() && fileSystem.listStatus(asked).length == 0;
        } catch (FileNotFoundException e) {
            return false;
        } catch (IOException e) {
            throw new JobException(ExitCode.OTHER, "cannot reach " + path + ": " + e.getMessage(), e);
        }
    }

    /** Whether there is a file, and no folder, at {@code path}. */
    public boolean isFile(String path) {
        Path asked = new Path(path);
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
    public boolean holds(String output, String file) {
        java.nio.file.Path local = Storage.localPath(file);
        try {
            Path named = local != null && Files.exists(local)
                    ? new Path("file", null, local.toAbsolutePath().toString())
                    : new Path(file);
            return addresses.hold(addresses.of(new Path(output)), addresses.of(named));
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
    private @Nullable String firstHeld(String output, String[] files) {
        try {
            Set<Path> folder = addresses.of(new Path(output));
            for (String file : files) {
                Path path = new Path(URI.create(file));
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

    /**
     * Refuses an output that holds an input.
     *
     * @param output as {@link #qualified} gives it
     * @param roots what the input is read from, as far as its user names it
     */
    public void checkHoldsNot(String output, Dataset<Row> input, List<String> roots) {
        List<String> read = new ArrayList<>(List.of(input.inputFiles()));
        read.addAll(SubqueryFiles.of(input));
        String held = firstHeld(output, read.toArray(String[]::new));
        if (held != null) {
            throw held(output, "the input", held);
        }
        // not every source tells its files: Iceberg's does not
        ReadFiles named = new ReadFiles();
        for (String root : roots) {
            // of a glob without a folder before it, where it is looked for
            named.add("the input", root.isEmpty() ? "." : root);
        }
        named.checkNotIn(output, this);
    }

    /** Whether a folder can be renamed at no cost: on a file system that has folders, not on an object store. */
    public boolean renames(String path) {
        return renames(fileSystem(path));
    }

    static boolean renames(FileSystem fileSystem) {
        return RENAMING.contains(fileSystem.getScheme());
    }

    /**
     * Refuses an output that cannot be written, by making a folder where it is to be and taking it away again: else that is
     * found by the tasks, each of which tells of it at length. An object store has no folders; there it is left to them.
     *
     * @param within whether files are put into an output that is there, rather than a new one beside it
     */
    public void checkWritable(String path, boolean within) {
        if (!renames(path)) {
            return;
        }
        Path asked = new Path(path);
        Path folder = asked;
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
            Path probe = new Path(folder, PROBE + UUID.randomUUID());
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
    private static void removeOldProbes(FileSystem fileSystem, Path folder, long now) {
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

    public JobException unwritable(String path, String why, @Nullable Throwable cause) {
        return new JobException(
                ExitCode.OTHER,
                option + ": cannot write " + path + ": " + why + ". Name a folder that this user may write to",
                cause);
    }

    /** A folder beside {@code path} to write in before it takes its place. */
    public Staging stagingFor(String path) {
        FileSystem fileSystem = fileSystem(path);
        try {
            return Staging.beside(fileSystem, linkFollowed(new Path(path)), option);
        } catch (IOException e) {
            throw unwritable(path, firstLine(e), e);
        }
    }

    /**
     * An output on the local disk that is a link: what it leads to is to be replaced, for others read it by that name. It
     * may be gone, as a killed run leaves it.
     */
    private static Path linkFollowed(Path path) throws IOException {
        java.nio.file.Path local = Storage.localPath(path.toString());
        if (!"file".equals(path.toUri().getScheme()) || local == null || !Files.isSymbolicLink(local)) {
            return path;
        }
        for (int links = 0; Files.isSymbolicLink(local) && links < MOST_LINKS; links++) {
            java.nio.file.Path above = local.toAbsolutePath().getParent();
            java.nio.file.Path leadsTo = Files.readSymbolicLink(local);
            // with the links above it followed, or .. would be the folder above the link
            local = above == null ? leadsTo : above.toRealPath().resolve(leadsTo);
        }
        java.nio.file.Path above = local.getParent();
        java.nio.file.Path name = local.getFileName();
        java.nio.file.Path real = Files.exists(local) || above == null || name == null
                ? local.toRealPath()
                : above.toRealPath().resolve(name);
        return new Path("file", null, real.toString());
    }

    /** Puts an output back that a killed run had set aside; says whether there was one. */
    public boolean putBack(String path) {
        FileSystem fileSystem = fileSystem(path);
        try {
            return renames(path) && Staging.putBack(fileSystem, linkFollowed(new Path(path)), option);
        } catch (IOException e) {
            // what is wrong there is found again, and told of, when the output is written
            return false;
        }
    }

    /** The names of the folders right below {@code path} that Spark takes for partitions. */
    List<String> partitionsIn(String path) {
        Path asked = new Path(path);
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
    public void markSuccess(String path) {
        Path mark = new Path(path, FileOutputCommitter.SUCCEEDED_FILE_NAME);
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
        Path asked = new Path(path);
        try {
            FileSystem fileSystem = asked.getFileSystem(configuration);
            int depth = fileSystem.makeQualified(asked).depth();
            Set<String> names = new HashSet<>();
            RemoteIterator<? extends FileStatus> files = FilesBelow.of(fileSystem, asked);
            while (files.hasNext()) {
                Path file = files.next().getPath();
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
    public boolean hasData(String path) {
        return dataFiles(path, 0) == null;
    }

    /**
     * Takes away a folder that a failed job made, if no data is in it, so that the next run does not find an output that
     * exists. A folder with data in it is left.
     */
    public void removeEmpty(String path) {
        Path asked = new Path(path);
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

    private static void removeIfEmpty(FileSystem fileSystem, Path folder) throws IOException {
        if (!fileSystem.exists(folder)) {
            return;
        }
        RemoteIterator<? extends FileStatus> files = FilesBelow.of(fileSystem, folder);
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
    static boolean isData(Path file, int depth) {
        for (Path path = file; path != null && path.depth() > depth; path = path.getParent()) {
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
