package io.sparkrnn.job.storage;

import java.io.IOException;
import java.net.URI;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.jspecify.annotations.Nullable;

/** Where files really are, so that one is known to be in a folder whatever the ways in which both are named. */
final class Addresses {
    /** Schemes that name the same store, each by one of them. */
    private static final Map<String, String> SAME = Map.of("s3", "s3a", "s3n", "s3a", "abfss", "abfs", "wasbs", "wasb");

    /** HDFS and its web services, of which an address does not tell whose they are: host and port are others. */
    private static final Set<String> OF_HDFS = Set.of("hdfs", "webhdfs", "swebhdfs");

    private final Configuration configuration;

    /** With mounts followed: many files are in one folder, and to ask for each is a call to the file system. */
    private final Map<Path, Path> folders = new HashMap<>();

    Addresses(Configuration configuration) {
        this.configuration = configuration;
    }

    /** The addresses of a file or folder: as it is named, and with links and mounts followed. */
    Set<Path> of(Path named) throws IOException {
        FileSystem fileSystem = named.getFileSystem(configuration);
        Path qualified = fileSystem.makeQualified(named);
        return withLinksFollowed(qualified, mounted(fileSystem, qualified));
    }

    /** The addresses of one of many files. */
    Set<Path> ofOneOfMany(Path named) throws IOException {
        Path folder = named.getParent();
        if (folder == null) {
            return of(named);
        }
        FileSystem fileSystem = named.getFileSystem(configuration);
        Path real = folders.computeIfAbsent(folder, path -> mounted(fileSystem, path));
        return withLinksFollowed(fileSystem.makeQualified(named), new Path(real, named.getName()));
    }

    private static Path mounted(FileSystem fileSystem, Path path) {
        try {
            return fileSystem.resolvePath(path);
        } catch (IOException e) {
            // it is not there, or may not be looked at: nothing more is known of it
            return fileSystem.makeQualified(path);
        }
    }

    private static Set<Path> withLinksFollowed(Path named, Path mounted) {
        return new LinkedHashSet<>(List.of(named, real(named), mounted, real(mounted)));
    }

    private static Path real(Path path) {
        if (!"file".equals(path.toUri().getScheme())) {
            return path;
        }
        java.nio.file.Path local = java.nio.file.Path.of(path.toUri().getPath());
        try {
            return new Path("file", null, local.toRealPath().toString());
        } catch (IOException e) {
            // as above
            return path;
        }
    }

    /** Whether one of a file's addresses is in a folder under one of its addresses, at any depth, or is the folder itself. */
    boolean hold(Set<Path> folder, Set<Path> file) {
        return folder.stream().anyMatch(above -> file.stream().anyMatch(below -> isIn(above, below)));
    }

    private boolean isIn(Path folder, Path file) {
        if (!onSameFileSystem(folder, file)) {
            return false;
        }
        String above = folder.toUri().getPath();
        for (Path path = file; path != null; path = path.getParent()) {
            if (path.toUri().getPath().equals(above)) {
                return true;
            }
        }
        return false;
    }

    private boolean onSameFileSystem(Path one, Path other) {
        URI first = one.toUri();
        URI second = other.toUri();
        if (mayBeOfOneCluster(first.toString(), second.toString())) {
            return true;
        }
        if (!Objects.equals(family(first.getScheme()), family(second.getScheme()))) {
            return false;
        }
        if (Objects.equals(first.getAuthority(), second.getAuthority())) {
            return true;
        }
        try {
            // refuses what is of another file system, and knows which port is meant where none is said
            one.getFileSystem(configuration).makeQualified(other);
            return true;
        } catch (IOException | IllegalArgumentException e) {
            return false;
        }
    }

    /** Whether two addresses are of HDFS, each by another protocol; what is in one folder of both is taken for one. */
    static boolean mayBeOfOneCluster(String one, String other) {
        String first = one.substring(0, Math.max(0, one.indexOf(':')));
        String second = other.substring(0, Math.max(0, other.indexOf(':')));
        return !first.equals(second) && OF_HDFS.contains(first) && OF_HDFS.contains(second);
    }

    private static @Nullable String family(@Nullable String scheme) {
        return scheme == null ? null : SAME.getOrDefault(scheme, scheme);
    }
}
