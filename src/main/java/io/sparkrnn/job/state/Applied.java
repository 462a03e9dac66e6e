package io.sparkrnn.job.state;

import io.sparkrnn.job.message.Secrets;
import io.sparkrnn.job.run.Run;
import io.sparkrnn.job.storage.Sha256;
import io.sparkrnn.parquet.InputSources.InputFile;
import io.sparkrnn.parquet.InputSources.Source;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * An input that states have behind them.
 *
 * @param run that scored it
 * @param rows a digest of what chose its rows beside the files: the same files with another condition are other rows
 * @param key by which that run is known; null where it does not say
 * @param files digests of their paths, sizes and times, or of a table and its version
 */
record Applied(String run, String rows, @Nullable String key, Set<String> files) {
    /** Digits of a digest that tell files apart. */
    private static final int DIGITS = 16;

    private static final List<String> OF_ROWS = List.of("where", "input-query", "input-option", "since", "until");

    /** What a run reads. */
    static Applied of(Run run) {
        Set<String> files = new TreeSet<>();
        for (Source source : run.sources()) {
            String name = Secrets.hiddenIn(source.name());
            if (source.version() != null) {
                files.add(ofVersion(name, source.version()));
            }
            for (InputFile file : source.version() == null ? source.files() : List.<InputFile>of()) {
                files.add(ofFile(
                        Secrets.hiddenIn(file.path()),
                        file.bytes(),
                        Instant.ofEpochMilli(file.modified()).toString()));
            }
        }
        return new Applied(run.id(), rows(run.options()), run.key(), files);
    }

    static String ofFile(String path, long bytes, String modified) {
        return digest(path + " " + bytes + " " + modified);
    }

    static String ofVersion(String name, String version) {
        return digest("version " + version + " of " + name);
    }

    /** What chooses rows of the files that are read. */
    static String rows(Map<String, String> options) {
        StringBuilder chosen = new StringBuilder();
        OF_ROWS.forEach(option -> chosen.append(option)
                .append('=')
                .append(options.getOrDefault(option, ""))
                .append('\n'));
        return digest(chosen.toString());
    }

    private static String digest(String text) {
        return Sha256.of(text).substring(0, DIGITS);
    }

    /** As a run's file has it. */
    Map<String, Object> said() {
        Map<String, Object> said = new LinkedHashMap<>();
        said.put("run_id", run);
        said.put("rows", rows);
        said.put("key", key);
        said.put("files", files);
        return said;
    }
}
