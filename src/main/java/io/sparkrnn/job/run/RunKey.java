package io.sparkrnn.job.run;

import io.sparkrnn.job.storage.Sha256;
import io.sparkrnn.parquet.InputSources.InputFile;
import io.sparkrnn.parquet.InputSources.Source;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** By what two runs are the same: they read the same, by the same model, with the same options. */
final class RunKey {
    /** Options on which no row of the result depends. */
    private static final Set<String> OF_NO_RESULT = Set.of(
            "run-id",
            "run-files",
            "if-done",
            "dry-run",
            "config",
            "show",
            "batch-steps",
            "mode",
            "max-invalid",
            "report",
            "baseline",
            "repartition",
            "initial-state-run",
            "initial-state-allow",
            "resume",
            "reference");

    private RunKey() {}

    /** A digest of all that; null where a source does not tell what is read of it. */
    static @Nullable String of(List<Source> sources, Map<String, String> model, SortedMap<String, String> options) {
        if (!sources.stream().allMatch(Source::known)) {
            return null;
        }
        StringBuilder all = new StringBuilder();
        for (Source source : sources) {
            all.append("source ")
                    .append(source.version())
                    .append(' ')
                    .append(digest(source))
                    .append('\n');
        }
        // not where it lies: a copy is the same model
        model.values().stream()
                .sorted()
                .forEach(digest -> all.append("model ").append(digest).append('\n'));
        options.forEach((name, value) -> {
            if ((!OF_NO_RESULT.contains(name) && !name.equals("model")) || choosesVersion(name, options)) {
                all.append("option ").append(name).append('=').append(value).append('\n');
            }
        });
        return Sha256.of(all.toString());
    }

    /** Of a table of states the run that is named chooses the version, and so what is read. */
    private static boolean choosesVersion(String name, SortedMap<String, String> options) {
        return name.equals("initial-state-run") && options.containsKey("initial-state-table");
    }

    /** A digest of the files of a source: of their paths, sizes and times. */
    static String digest(Source source) {
        return Sha256.of(source.files().stream()
                .sorted(Comparator.comparing(InputFile::path))
                .map(file -> file.path() + " " + file.bytes() + " " + file.modified() + "\n")
                .collect(Collectors.joining()));
    }
}
