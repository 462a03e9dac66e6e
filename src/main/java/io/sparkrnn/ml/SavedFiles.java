package io.sparkrnn.ml;

import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.job.storage.Sha256;
import io.sparkrnn.job.storage.Storage;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.lang.ref.Cleaner;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.commons.io.FileUtils;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/**
 * The files of a transformer that was saved: what its network is read from, beside what says its Params. They are copied to this
 * driver as they are checked, so that what was checked is what is read, and so that the folder may be saved over.
 */
final class SavedFiles implements Serializable {
    private static final long serialVersionUID = 1;

    /** The list of the files, as {@code sha256sum} writes it and checks it; written last, so that a folder that has it has all. */
    static final String LIST = "files.sha256";

    private static final Pattern LINE = Pattern.compile("([0-9a-f]{64})  (.+)");
    private static final Cleaner CLEANER = Cleaner.create();

    private final String folder;
    private transient @Nullable Path copies;

    private SavedFiles(String folder) {
        this.folder = folder;
    }

    /**
     * Those of a folder.
     *
     * @param folder its address, with the file system's
     * @throws IllegalArgumentException when one is missing, or is not what was saved
     */
    static SavedFiles in(String folder) {
        SavedFiles files = new SavedFiles(folder);
        files.copies();
        return files;
    }

    private static IllegalArgumentException refused(String folder, String why, @Nullable Throwable cause) {
        return new IllegalArgumentException(folder + ": " + why, cause);
    }

    private synchronized Path copies() {
        if (copies == null) {
            Storage storage = Storage.of(SparkSession.active());
            Map<String, String> listed = listed(storage);
            try {
                Path made = Files.createTempDirectory("spark-rnn-");
                CLEANER.register(this, () -> FileUtils.deleteQuietly(made.toFile()));
                for (Map.Entry<String, String> file : listed.entrySet()) {
                    copy(storage, file.getKey(), file.getValue(), made);
                }
                FileUtils.forceDeleteOnExit(made.toFile());
                copies = made;
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return copies;
    }

    /** The digests of the files by their places in the folder. */
    private Map<String, String> listed(Storage storage) {
        String list;
        try {
            list = storage.text(folder + "/" + LIST, LIST, ExitCode.MODEL);
        } catch (JobException e) {
            throw refused(
                    folder,
                    "no SequenceTransformer is here, or saving it was cut off: " + e.getMessage()
                            + ". A pipeline is loaded by PipelineModel.load",
                    e);
        }
        Map<String, String> listed = new LinkedHashMap<>();
        for (String line : list.split("\n", -1)) {
            Matcher parts = LINE.matcher(line);
            if (parts.matches() && staysInside(parts.group(2))) {
                listed.put(parts.group(2), parts.group(1));
            } else if (!line.isEmpty()) {
                throw refused(
                        folder,
                        LIST + " was changed: expected a SHA-256, two spaces and a path below the folder, and found '"
                                + line + "'; save the transformer again",
                        null);
            }
        }
        return listed;
    }

    private static boolean staysInside(String place) {
        return !place.startsWith("/") && List.of(place.split("/")).stream().noneMatch(".."::equals);
    }

    private void copy(Storage storage, String place, String digest, Path into) throws IOException {
        Path copy = into.resolve(place);
        Files.createDirectories(copy.resolveSibling(""));
        try (Storage.LocalFile file = storage.localFile(folder + "/" + place, place, ExitCode.MODEL)) {
            Files.copy(file.path(), copy);
        } catch (JobException e) {
            throw refused(
                    folder,
                    e.getMessage()
                            + ". The transformer was saved with this file; bring it back, or save the transformer"
                            + " again",
                    e);
        }
        String found = Sha256.of(copy);
        if (!found.equals(digest)) {
            throw refused(
                    folder,
                    place + " is not the file that was saved: its SHA-256 is " + found + ", and " + LIST + " has "
                            + digest + "; bring the file back, or save the transformer again",
                    null);
        }
    }

    /** The path of a file or folder by its place here. */
    String path(String place) {
        if (!staysInside(place) || !Files.exists(copies().resolve(place))) {
            throw refused(
                    folder,
                    "its metadata names '" + place + "', which is not among the files that " + LIST
                            + " lists; save the transformer again",
                    null);
        }
        return folder + "/" + place;
    }

    /** Where a file is read that has this path: of one of these files the copy. */
    String local(String path) {
        return path.startsWith(folder + "/")
                ? copies().resolve(path.substring(folder.length() + 1)).toString()
                : path;
    }

    /** A message with the files' own paths in place of the copies'. */
    String told(String message) {
        return message.replace(copies().toString(), folder);
    }
}
