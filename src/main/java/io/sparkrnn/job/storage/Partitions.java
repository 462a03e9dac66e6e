package io.sparkrnn.job.storage;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The partitions of an output, by their folders.
 *
 * @param depth the levels of folders that were looked at
 * @param names the folders' names, from the output on: {@code day=2026-11-27/hour=3}
 */
public record Partitions(int depth, SortedSet<String> names) {
    public static final Partitions NONE = new Partitions(0, new TreeSet<>());

    /** Names that are shown. */
    private static final int FEW = 3;

    /** With more than this on a level those below it are not asked for: each is a call to the file system. */
    private static final int MOST = 1000;

    /** Those of a folder now. */
    public static Partitions in(OutputFolders folders, String folder, int deepest) {
        return in(folders, folder, deepest, MOST);
    }

    private static Partitions in(OutputFolders folders, String folder, int deepest, int most) {
        List<String> level = folders.partitionsIn(folder);
        int depth = 1;
        while (depth < deepest && level.size() <= most) {
            List<String> below = new ArrayList<>();
            for (String name : level) {
                folders.partitionsIn(folder + "/" + name).forEach(inner -> below.add(name + "/" + inner));
            }
            level = below;
            depth++;
        }
        return new Partitions(depth, new TreeSet<>(level));
    }

    /** What to tell of those that are no longer in the folder; null when all are. */
    @Nullable
    public String gone(OutputFolders folders, String folder) {
        if (names.isEmpty()) {
            return null;
        }
        SortedSet<String> left = in(folders, folder, depth, Integer.MAX_VALUE).names();
        List<String> gone = names.stream().filter(name -> !left.contains(name)).toList();
        if (gone.isEmpty()) {
            return null;
        }
        String some = gone.stream().limit(FEW).collect(Collectors.joining(", "));
        return gone.size() + (gone.size() == 1 ? " partition that was there is" : " partitions that were there are")
                + " gone (" + some + (gone.size() > FEW ? ", ..." : "") + ")";
    }
}
