package io.sparkrnn.job.storage;

import io.sparkrnn.format.bytes.Companions;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** The files that a run reads, and of which its output must not take the place. */
public final class ReadFiles {
    /**
     * One of them, or a folder.
     *
     * @param what it is, for people: {@code the model}
     * @param path as the user names it
     */
    private record ReadFile(String what, String path) {}

    private final List<ReadFile> files = new ArrayList<>();

    /** Of the model and of what is read beside it: the SHA-256 of each by its path. */
    private final SortedMap<String, String> digests = new TreeMap<>();

    public void add(String what, String path) {
        files.add(new ReadFile(what, path));
    }

    /**
     * Adds the model.
     *
     * @param local where it can be read
     */
    public void addModel(String path, Path local) {
        add("the model", path);
        digests.put(path, Sha256.of(local));
    }

    /**
     * Adds a file that says more of the model and was named by an option.
     *
     * @param what what messages call it
     * @param local where it can be read
     */
    public void addNamed(String what, String path, Path local) {
        add(what, path);
        digests.put(path, Sha256.of(local));
    }

    /** The SHA-256 of the model and of each file that was read beside it, by their paths. */
    public SortedMap<String, String> digests() {
        return Collections.unmodifiableSortedMap(digests);
    }

    /** The files beside a model, of which those that are found count as read, too. */
    public Companions following(String model, Companions beside) {
        String path = model.replaceFirst("/+$", "");
        String folder = path.substring(0, path.lastIndexOf('/') + 1);
        return name -> {
            Path found = beside.find(name);
            if (found != null) {
                add("what is read beside the model", folder + name);
                digests.put(folder + name, Sha256.of(found));
            }
            return found;
        };
    }

    /**
     * Refuses an output in which one of them is, or which is one of them: overwriting it deletes all that is there.
     *
     * @param output as {@link OutputFolders#qualified} gives it
     */
    public void checkNotIn(String output, OutputFolders folders) {
        for (ReadFile file : files) {
            if (folders.holds(output, file.path())) {
                throw folders.held(output, file.what(), file.path());
            }
        }
    }
}
