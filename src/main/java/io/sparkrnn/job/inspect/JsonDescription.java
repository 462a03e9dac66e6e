package io.sparkrnn.job.inspect;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import io.sparkrnn.format.network.NamedHead;
import io.sparkrnn.format.network.Sidecar;
import io.sparkrnn.job.inspect.ModelDescription.Layers;
import io.sparkrnn.job.inspect.ModelDescription.Use;
import io.sparkrnn.job.inspect.NetworkDescription.Given;
import io.sparkrnn.job.inspect.NetworkDescription.Kind;
import io.sparkrnn.job.inspect.NetworkDescription.Taken;
import io.sparkrnn.job.inspect.NetworkDescription.Values;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A model for programs: one JSON object, as docs/whole-networks.md has it. Keys are added, never taken away or given another
 * meaning, without another format_version; what is not there is null, or an empty list.
 */
final class JsonDescription {
    private static final int FORMAT_VERSION = 1;

    private static final ObjectMapper JSON = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private static final Pattern NUMBER = Pattern.compile("\\d{1,9}");

    private final ModelDescription model;

    JsonDescription(ModelDescription model) {
        this.model = model;
    }

    String text() {
        try {
            return JSON.writeValueAsString(all()) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e); // it is made of texts, numbers and what was JSON before
        }
    }

    private Map<String, @Nullable Object> all() throws JsonProcessingException {
        Map<String, @Nullable Object> all = object();
        all.put("format_version", FORMAT_VERSION);
        Map<String, @Nullable Object> file = object();
        file.put("file", model.file());
        file.put("kind", model.kind());
        file.put("sha256", model.sha256());
        all.put("model", file);
        NetworkDescription scored = model.scored();
        all.put("scored", scored == null ? null : scored.part().toString());
        all.put("precision", scored == null ? null : scored.precision().toString());
        all.put("parameters", scored == null ? null : scored.parameters());
        all.put("inputs", scored == null ? List.of() : each(scored.inputs(), JsonDescription::input));
        all.put("nodes", scored == null ? List.of() : each(scored.nodes(), JsonDescription::node));
        all.put("outputs", scored == null ? List.of() : each(scored.outputs(), JsonDescription::output));
        all.put("notes", scored == null ? List.of() : scored.notes());
        all.put("refusals", each(model.refusals(), refusal -> {
            Map<String, @Nullable Object> said = object();
            said.put("what", refusal.what());
            said.put("why", refusal.why());
            return said;
        }));
        Map<String, @Nullable Object> choice = object();
        choice.put("option", model.choice().option());
        choice.put("networks", model.choice().networks());
        choice.put("chosen", model.choice().chosen());
        all.put("choice", choice);
        all.put("layers", layers(model.layers()));
        all.put("sidecar", sidecar(model.sidecar()));
        all.put(
                "proposed_sidecar",
                model.proposed() == null ? null : Map.of("network", JSON.readTree(model.proposed())));
        all.put("tensors", each(model.tensors(), tensor -> {
            Map<String, @Nullable Object> said = object();
            said.put("name", tensor.name());
            said.put("type", tensor.type().toString());
            List<Long> sizes = new ArrayList<>();
            for (int d = 0; d < tensor.shape().rank(); d++) {
                sizes.add(tensor.shape().size(d));
            }
            said.put("shape", sizes);
            said.put("of_the_layers", tensor.use() == Use.OPEN ? null : tensor.use() == Use.USED);
            return said;
        }));
        return all;
    }

    private static Map<String, @Nullable Object> object() {
        return new LinkedHashMap<>();
    }

    private static <V> List<Map<String, @Nullable Object>> each(
            List<V> values, Function<V, Map<String, @Nullable Object>> said) {
        return values.stream().map(said).toList();
    }

    private static Map<String, @Nullable Object> input(NetworkDescription.Input input) {
        Map<String, @Nullable Object> said = object();
        said.put("name", input.name());
        said.put("column", input.name());
        said.put("takes_features", input.taken() != Taken.BY_NAME);
        said.put("type", input.type());
        said.put("shape", shape(input.shape()));
        said.put("indices", input.what() == Values.INDICES);
        said.put("indices_below", input.below() == 0 ? null : input.below());
        said.put("vocabulary", input.strings().isEmpty() ? null : input.strings());
        return said;
    }

    private static Map<String, @Nullable Object> node(NetworkDescription.Step node) {
        Map<String, @Nullable Object> said = object();
        said.put("name", node.name());
        said.put("operator", node.operator());
        said.put("recurrent", node.kind() == Kind.RECURRENT);
        said.put("inputs", node.inputs());
        said.put("outputs", each(node.outputs(), value -> {
            Map<String, @Nullable Object> one = object();
            one.put("name", value.name());
            one.put("shape", shape(value.shape()));
            return one;
        }));
        said.put("parameters", node.parameters());
        return said;
    }

    private static Map<String, @Nullable Object> output(NetworkDescription.Output output) {
        Map<String, @Nullable Object> said = object();
        said.put("name", output.name());
        said.put("type", output.type());
        said.put("shape", shape(output.shape()));
        said.put("of", output.of());
        said.put("by_default", output.given() == Given.BY_DEFAULT);
        return said;
    }

    /** Sizes that are numbers as numbers, others as text. */
    private static @Nullable List<Object> shape(@Nullable List<String> sizes) {
        if (sizes == null) {
            return null;
        }
        List<Object> said = new ArrayList<>();
        for (String size : sizes) {
            said.add(NUMBER.matcher(size).matches() ? (Object) Integer.valueOf(size) : size);
        }
        return said;
    }

    private @Nullable Map<String, @Nullable Object> layers(@Nullable Layers layers) {
        if (layers == null) {
            return null;
        }
        Map<String, @Nullable Object> said = object();
        layers.facts().forEach(fact -> said.put(fact.key(), fact.value()));
        said.put("head", head(layers.head()));
        said.put("likely_heads", layers.likelyHeads());
        said.put("notes", layers.network().notes());
        return said;
    }

    private static @Nullable Map<String, @Nullable Object> head(@Nullable NamedHead head) {
        if (head == null) {
            return null;
        }
        Map<String, @Nullable Object> said = object();
        said.put("prefix", head.prefix());
        said.put("operator", head.head().toString());
        return said;
    }

    private static @Nullable Map<String, @Nullable Object> sidecar(Sidecar sidecar) {
        if (!sidecar.exists()) {
            return null;
        }
        Map<String, @Nullable Object> said = object();
        said.put("file", sidecar.file());
        said.put("keys", sidecar.keys());
        said.put("features", sidecar.features());
        said.put("mean", sidecar.mean());
        said.put("std", sidecar.std());
        return said;
    }
}
