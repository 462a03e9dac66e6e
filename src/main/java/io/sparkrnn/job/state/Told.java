package io.sparkrnn.job.state;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * What a run that wrote states told of itself.
 *
 * @param id what it is called
 * @param ended when, for people
 * @param models the SHA-256 of the model and of what was read beside it
 * @param layers the layers whose states they are, in words; null where it does not say
 * @param key by which it is known; null where it does not say
 * @param options that were in effect
 * @param applied the inputs that its states have behind them, first to last
 */
record Told(
        String id,
        String ended,
        Set<String> models,
        @Nullable String layers,
        @Nullable String key,
        Map<String, String> options,
        List<Applied> applied) {
    /** In a run's file: what it says of states. */
    static final String STATES = "states";

    /** From a run's file. */
    static Told of(JsonNode run) {
        Set<String> models = new TreeSet<>();
        run.path("model")
                .path("files")
                .forEach(file -> models.add(file.path("sha256").asText()));
        JsonNode layers = run.path(STATES).path("layers");
        JsonNode plain = run.path("network").path("layers");
        return new Told(
                run.path("run_id").asText(),
                run.path("ended").asText(),
                models,
                layers.isTextual()
                        ? layers.asText()
                        : plain.isTextual()
                                ? layers(
                                        plain.asText(),
                                        run.path("network").path("computed_in").asText())
                                : null,
                text(run.path("key")),
                options(run),
                applied(run));
    }

    /** Layers in words that two runs of the same have in common. */
    static String layers(String layers, String precision) {
        return layers + "; computed in " + precision;
    }

    private static Map<String, String> options(JsonNode run) {
        Map<String, String> options = new LinkedHashMap<>();
        run.path("options")
                .properties()
                .forEach(
                        option -> options.put(option.getKey(), option.getValue().asText()));
        return options;
    }

    private static List<Applied> applied(JsonNode run) {
        if (!run.has(STATES)) {
            return List.of(ofPlain(run));
        }
        return StreamSupport.stream(run.path(STATES).path("applied").spliterator(), false)
                .map(one -> new Applied(
                        one.path("run_id").asText(),
                        one.path("rows").asText(),
                        text(one.path("key")),
                        texts(one.path("files"))))
                .toList();
    }

    private static @Nullable String text(JsonNode text) {
        return text.isTextual() ? text.asText() : null;
    }

    private static Set<String> texts(JsonNode list) {
        Set<String> texts = new TreeSet<>();
        list.forEach(one -> texts.add(one.asText()));
        return texts;
    }

    /** Of a run that carried nothing: by its list of files, which has the first thousand. */
    private static Applied ofPlain(JsonNode run) {
        Set<String> files = new TreeSet<>();
        for (JsonNode source : run.path("input")) {
            for (String list : List.of("list", "first_files")) {
                for (JsonNode file : source.path(list)) {
                    files.add(Applied.ofFile(
                            file.path("path").asText(),
                            file.path("bytes").asLong(),
                            file.path("modified").asText()));
                }
            }
            if (source.path("version").isTextual()) {
                files.add(Applied.ofVersion(
                        source.path("name").asText(), source.path("version").asText()));
            }
        }
        return new Applied(run.path("run_id").asText(), Applied.rows(options(run)), text(run.path("key")), files);
    }
}
