package io.sparkrnn.job.run;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.sparkrnn.format.network.Network;
import io.sparkrnn.job.message.Secrets;
import io.sparkrnn.job.output.Destination;
import io.sparkrnn.job.output.Written;
import io.sparkrnn.model.Precision;
import io.sparkrnn.parquet.CorruptFiles;
import io.sparkrnn.parquet.InputSources.InputFile;
import io.sparkrnn.parquet.InputSources.Source;
import io.sparkrnn.spark.ScoreMetrics;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.apache.spark.package$;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * What a run tells of itself: the text of its file, JSON.
 *
 * @param network that was run
 * @param output where the rows are
 * @param written what was written of them
 * @param schema of them
 * @param setAside what was written of the rows that cannot be scored; null when none were set aside
 * @param spread how the input was split, in a sentence; null where nothing was asked for
 */
public record RunFile(
        Network network,
        Precision precision,
        ScoreMetrics metrics,
        Destination output,
        Written written,
        StructType schema,
        @Nullable Written setAside,
        @Nullable String spread) {
    /** Files that are listed one by one; of more there is a digest. */
    private static final int MOST_FILES = 1000;

    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    /** What is known of a run whatever becomes of it. */
    static Map<String, Object> head(
            String id,
            String status,
            Instant started,
            Instant ended,
            @Nullable String key,
            SortedMap<String, String> model,
            List<Source> sources,
            SortedMap<String, String> options) {
        Map<String, Object> head = new LinkedHashMap<>();
        head.put("run_id", id);
        head.put("status", status);
        head.put("started", started.toString());
        head.put("ended", ended.toString());
        head.put("seconds", Duration.between(started, ended).toMillis() / 1e3);
        head.put("key", key);
        head.put("versions", versions());
        head.put("options", options);
        head.put(
                "model",
                Map.of(
                        "files",
                        model.entrySet().stream().map(RunFile::modelFile).toList()));
        head.put("input", sources.stream().map(RunFile::source).toList());
        return head;
    }

    private static Map<String, Object> modelFile(Map.Entry<String, String> file) {
        Map<String, Object> said = new LinkedHashMap<>();
        said.put("path", Secrets.hiddenIn(file.getKey()));
        said.put("sha256", file.getValue());
        return said;
    }

    private static Map<String, Object> versions() {
        Map<String, Object> versions = new LinkedHashMap<>();
        String own = RunFile.class.getPackage().getImplementationVersion();
        versions.put("spark_rnn", own == null ? "(not from a jar)" : own);
        versions.put("spark", package$.MODULE$.SPARK_VERSION());
        versions.put("java", Runtime.version().toString());
        versions.put("scala", scala.util.Properties.versionNumberString());
        return versions;
    }

    private static Map<String, Object> source(Source source) {
        Map<String, Object> said = new LinkedHashMap<>();
        said.put("name", Secrets.hiddenIn(source.name()));
        if (source.version() != null) {
            said.put("version", source.version());
        }
        if (!source.known()) {
            said.put("known", false);
        }
        List<InputFile> files = source.files();
        if (!files.isEmpty()) {
            said.put("files", files.size());
            said.put("bytes", source.bytes());
            said.put("sha256_of_list", RunKey.digest(source));
            said.put(files.size() > MOST_FILES ? "first_files" : "list", listed(files));
        }
        return said;
    }

    static Map<String, Object> leftOut(CorruptFiles files) {
        Map<String, Object> said = new LinkedHashMap<>();
        said.put("left_out", files.found().size());
        said.put("of", files.all());
        said.put(
                "list",
                files.found().stream()
                        .map(file -> {
                            Map<String, Object> one = new LinkedHashMap<>();
                            one.put("path", Secrets.hiddenIn(file.address()));
                            one.put("why", file.why());
                            return one;
                        })
                        .toList());
        return said;
    }

    private static List<Map<String, Object>> listed(List<InputFile> files) {
        return files.stream()
                .sorted(Comparator.comparing(InputFile::path))
                .limit(MOST_FILES)
                .map(file -> {
                    Map<String, Object> said = new LinkedHashMap<>();
                    said.put("path", Secrets.hiddenIn(file.path()));
                    said.put("bytes", file.bytes());
                    said.put("modified", Instant.ofEpochMilli(file.modified()).toString());
                    return said;
                })
                .toList();
    }

    /**
     * The text.
     *
     * @param head what is known whatever becomes of a run
     */
    String text(Map<String, Object> head) {
        Map<String, Object> all = new LinkedHashMap<>();
        all.put("network", networkSaid());
        if (spread != null) {
            all.put("repartition", spread);
        }
        all.put("output", outputSaid());
        if (setAside != null) {
            all.put("quarantine", Map.of("address", Secrets.hiddenIn(setAside.address()), "format", setAside.format()));
        }
        all.put("counts", counts());
        all.put("checksum", metrics.checksum());
        all.put("scores", scores());
        all.put("timings", timings());
        return text(head, all);
    }

    static String text(Map<String, Object> head, Map<String, Object> rest) {
        Map<String, Object> all = new LinkedHashMap<>(head);
        all.putAll(rest);
        try {
            return JSON.writeValueAsString(all) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e); // it is made of texts and numbers
        }
    }

    private Map<String, Object> networkSaid() {
        Map<String, Object> said = new LinkedHashMap<>();
        said.put(network.graph() == null ? "layers" : "graph", network.described());
        said.put("head", network.head() == null ? null : network.head().head().toString());
        said.put("computed_in", precision.toString());
        // the name of each that computed has the width of its vectors
        said.put("engines", metrics.engines());
        return said;
    }

    private Map<String, Object> outputSaid() {
        Map<String, Object> said = new LinkedHashMap<>();
        said.put("address", Secrets.hiddenIn(output.address()));
        said.put("partition", output.partition());
        said.put("format", written.format());
        said.put("mode", output.mode());
        Map<String, String> columns = new LinkedHashMap<>();
        for (StructField field : schema.fields()) {
            columns.put(field.name(), field.dataType().catalogString());
        }
        said.put("columns", columns);
        return said;
    }

    private Map<String, Object> counts() {
        Map<String, Object> said = new LinkedHashMap<>();
        said.put("rows_read", metrics.rows());
        said.put("sequences_scored", metrics.sequences());
        said.put("time_steps", metrics.steps());
        said.put("left_out", metrics.leftOut());
        said.put("invalid", metrics.invalid());
        said.put("sequences_with_non_finite_results", metrics.nonFiniteSequences());
        said.put("outputs_with_non_finite_results", metrics.nonFiniteOutputs());
        return said;
    }

    private Map<String, Object> scores() {
        Map<String, Object> said = new LinkedHashMap<>();
        long invalid =
                metrics.invalid().values().stream().mapToLong(Long::longValue).sum();
        long rows = metrics.sequences() + (setAside == null ? invalid : 0);
        if ((network.head() == null && network.graph() == null) || rows == 0) {
            return said;
        }
        said.put("null_share", setAside == null ? (double) invalid / rows : 0.0);
        if (network.graph() == null) {
            said.put("columns", columns(metrics.scores()));
        } else {
            Map<String, Object> outputs = new LinkedHashMap<>();
            metrics.scoresByOutput().forEach((name, columns) -> outputs.put(name, columns(columns)));
            said.put("outputs", outputs);
        }
        return said;
    }

    private static List<Map<String, Object>> columns(List<ScoreMetrics.Scores> scores) {
        List<Map<String, Object>> columns = new ArrayList<>();
        for (ScoreMetrics.Scores column : scores) {
            Map<String, Object> of = new LinkedHashMap<>();
            of.put("count", column.count());
            if (column.count() > 0) {
                of.put("min", column.min());
                of.put("mean", column.mean());
                of.put("max", column.max());
            }
            columns.add(of);
        }
        return columns;
    }

    private Map<String, Object> timings() {
        Map<String, Object> said = new LinkedHashMap<>();
        said.put("write_seconds", written.seconds());
        said.put("forward_task_seconds", metrics.forwardSeconds());
        return said;
    }
}
