package io.sparkrnn.job.storage;

import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;

/**
 * The files that a job adds to an output, of which some rows are shown.
 *
 * @param most files that are listed: to list a million of them takes minutes
 * @param before those that were there; null when they are more than that
 */
public record NewFiles(
        OutputFolders folders,
        String folder,
        int most,
        @Nullable Set<String> before) {
    /** Files of an output among which the new ones are looked for. */
    public static final int MOST = 10_000;

    /** What to tell where files do not tell rows that are new from others. */
    public static final String UNKNOWN = "no rows are shown, for the table does not tell which are new";

    /** New ones that are looked into for some rows to show. */
    private static final int MOST_READ = 100;

    public static NewFiles since(OutputFolders folders, String folder, int most) {
        // a table that never had a row may have no folder
        Set<String> before = folders.exists(folder) ? folders.dataFiles(folder, most) : Set.of();
        return new NewFiles(folders, folder, most, before);
    }

    /** Those that are there now and were not before; null when there are too many to look. */
    @Nullable
    public List<String> found() {
        if (before == null) {
            return null;
        }
        Set<String> now = folders.dataFiles(folder, most);
        if (now == null) {
            return null;
        }
        Set<String> found = new TreeSet<>(now);
        found.removeAll(before);
        return List.copyOf(found);
    }

    /** Some of their rows. */
    public static Dataset<Row> read(DataFrameReader reader, String folder, List<String> files) {
        return reader.option("basePath", folder) // else the columns that folders are named by would be those of no file
                .load(files.stream().limit(MOST_READ).toArray(String[]::new));
    }

    /** What to tell where they were not looked for. */
    public String tooMany() {
        return String.format(
                Locale.ROOT,
                "no rows are shown, for the output has more than %,d files, among which to find the new ones takes long",
                most);
    }
}
