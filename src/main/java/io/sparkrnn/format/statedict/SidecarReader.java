package io.sparkrnn.format.statedict;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.StreamReadFeature;
import io.sparkrnn.format.bytes.Companions;
import io.sparkrnn.format.bytes.Json;
import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.network.HeadOptions;
import io.sparkrnn.format.network.ModelOptions;
import io.sparkrnn.format.network.Nonlinearity;
import io.sparkrnn.format.network.Sidecar;
import io.sparkrnn.format.network.VocabularyName;
import io.sparkrnn.model.Head;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Finds and reads a {@link Sidecar}: strict JSON, every key known and of its type. */
public final class SidecarReader {
    private static final int MOST_BYTES = 1 << 20;

    private static final String ENDING = ".json";

    private static final String NETWORK = "network";

    private static final String VOCABULARY = "vocabulary";

    private static final Set<String> KEYS = new LinkedHashSet<>(List.of(
            "nonlinearity",
            "state_dict_prefix",
            "node",
            "tensor_names",
            "head",
            "features",
            "mean",
            "std",
            VOCABULARY,
            NETWORK));

    private static final Set<String> VOCABULARY_KEYS = new LinkedHashSet<>(List.of("file", "unknown"));

    private static final Set<String> HEAD_KEYS = new LinkedHashSet<>(List.of("prefix", "layers", "on", "activation"));

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
            .streamReadConstraints(StreamReadConstraints.builder()
                    .maxNestingDepth(32)
                    .maxStringLength(100_000)
                    .build())
            .build();

    /** What messages call the file: it, and the model it is beside. */
    private final String where;

    private SidecarReader(String where) {
        this.where = where;
    }

    /**
     * What stands beside a model file: in {@code model.pt.json} if there is one, else in {@code model.json}. Other programs
     * write files of the second name, too: one that has none of the keys is another program's, and counts as having none.
     *
     * @param file the model file, whose name it has
     * @param model what messages call it
     */
    public static Sidecar beside(Path file, String model, Companions companions) {
        String name = String.valueOf(file.getFileName());
        Path own = companions.find(name + ENDING);
        if (own != null) {
            SidecarReader reader = new SidecarReader(name + ENDING + " beside " + model);
            return reader.sidecar(name + ENDING, besides(name + ENDING), reader.read(own));
        }
        int dot = name.lastIndexOf('.');
        String stem = dot <= 0 ? name : name.substring(0, dot);
        Path shared = companions.find(stem + ENDING);
        if (shared == null || name.equals(stem + ENDING)) {
            return Sidecar.NONE;
        }
        SidecarReader reader = new SidecarReader(stem + ENDING + " beside " + model);
        Map<String, Object> values = reader.read(shared);
        // "network" and "vocabulary" are words of other programs, too.
        return values.keySet().stream()
                        .anyMatch(key -> KEYS.contains(key)
                                && (!key.equals(NETWORK) || isNetwork(values.get(key)))
                                && (!key.equals(VOCABULARY) || isVocabulary(values.get(key))))
                ? reader.sidecar(stem + ENDING, besides(stem + ENDING), values)
                : Sidecar.NONE;
    }

    /**
     * A file that is named as a sidecar.
     *
     * @param name what messages call it
     * @param model what messages call the model file
     */
    public static Sidecar named(Path file, String name, String model) {
        SidecarReader reader = new SidecarReader(name + " of " + model);
        return reader.sidecar(name, name, reader.read(file));
    }

    /** A sidecar that says a network and nothing else. */
    static Sidecar proposed(String network) {
        SidecarReader reader = new SidecarReader("a proposed network");
        String text = "{\"" + NETWORK + "\": " + network + "}";
        return reader.sidecar("", "", reader.parsed(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static String besides(String name) {
        return name + " beside it";
    }

    private Map<String, Object> read(Path file) {
        byte[] bytes;
        try (InputStream in = Files.newInputStream(file)) {
            bytes = in.readNBytes(MOST_BYTES + 1);
        } catch (IOException e) {
            throw ModelException.unreadable(where, e);
        }
        if (bytes.length > MOST_BYTES) {
            throw problem("the file has more than " + MOST_BYTES + " bytes; expected a few lines of JSON");
        }
        return parsed(bytes);
    }

    private Map<String, Object> parsed(byte[] bytes) {
        // Without this a byte 0 would make the parser take the text for UTF-16.
        if (bytes.length < 2 || bytes[1] == 0 || bytes[0] == 0) {
            throw problem("the file is not a JSON object");
        }
        try (JsonParser json = JSON.createParser(bytes)) {
            Object value = json.nextToken() == JsonToken.START_OBJECT ? value(json) : null;
            if (!(value instanceof Map<?, ?> map)) {
                throw problem("the file is not a JSON object");
            }
            if (json.nextToken() != null) {
                throw problem("something follows the object");
            }
            Map<String, Object> values = new LinkedHashMap<>();
            map.forEach((key, item) -> values.put(String.valueOf(key), item));
            return values;
        } catch (JacksonException e) {
            throw Json.unsound(where, e);
        } catch (IOException e) {
            throw ModelException.unreadable(where, e);
        }
    }

    /** Maps, lists, text, numbers, truth; all else as the token it is, which no key takes. */
    private static Object value(JsonParser json) throws IOException {
        switch (json.currentToken()) {
            case START_OBJECT -> {
                Map<String, Object> map = new LinkedHashMap<>();
                while (json.nextToken() == JsonToken.FIELD_NAME) {
                    String key = json.currentName();
                    json.nextToken();
                    map.put(key, value(json));
                }
                return map;
            }
            case START_ARRAY -> {
                List<Object> list = new ArrayList<>();
                while (json.nextToken() != JsonToken.END_ARRAY) {
                    list.add(value(json));
                }
                return list;
            }
            case VALUE_STRING -> {
                return json.getText();
            }
            case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> {
                return json.getDoubleValue();
            }
            case VALUE_TRUE, VALUE_FALSE -> {
                return json.getBooleanValue();
            }
            default -> {
                return json.currentToken();
            }
        }
    }

    private Sidecar sidecar(String name, String title, Map<String, Object> values) {
        known("", values.keySet(), KEYS);
        String prefix = text(values, "", "state_dict_prefix");
        String node = text(values, "", "node");
        ModelOptions options = ModelOptions.none()
                .withStateDictPrefix(prefix)
                .withNode(node)
                .withNonlinearity(choice(values, "", "nonlinearity", Nonlinearity.values()))
                .withTensorNames(names(values))
                .withHead(head(values));
        List<Double> std = numbers(values, "std");
        for (double deviation : std) {
            if (!(deviation > 0)) {
                throw problem(
                        "\"std\" has " + deviation + "; expected numbers above 0, for features are divided by them");
            }
        }
        return new Sidecar(
                name,
                title,
                List.copyOf(values.keySet()),
                options,
                texts(values, "", "features"),
                numbers(values, "mean"),
                std,
                vocabularies(values),
                network(values));
    }

    /** Whether a value is a list of modules, or an object of such. */
    private static boolean isNetwork(@Nullable Object value) {
        return value instanceof Map<?, ?> map
                ? !map.isEmpty() && map.values().stream().allMatch(each -> each instanceof List<?>)
                : value instanceof List<?> list && !list.isEmpty();
    }

    /** Whether a value names files. */
    private static boolean isVocabulary(@Nullable Object value) {
        return value instanceof Map<?, ?> map
                && !map.isEmpty()
                && map.values().stream().allMatch(each -> each instanceof String || each instanceof Map<?, ?>);
    }

    private @Nullable Object network(Map<String, Object> values) {
        Object network = values.get(NETWORK);
        if (values.containsKey(NETWORK) && !isNetwork(network)) {
            throw problem("\"network\" is not a list of modules, such as [{\"lstm\": \"lstm\"}, \"last\", {\"linear\":"
                    + " \"fc\"}], nor an object of such lists by the names of what they give");
        }
        return network;
    }

    private Map<String, VocabularyName> vocabularies(Map<String, Object> values) {
        Map<String, VocabularyName> names = new LinkedHashMap<>();
        if (!values.containsKey(VOCABULARY)) {
            return names;
        }
        object(values, VOCABULARY).forEach((input, value) -> {
            String place = VOCABULARY + "." + input;
            if (value instanceof String file) {
                names.put(input, new VocabularyName(beside(place, file), null));
                return;
            }
            if (!(value instanceof Map<?, ?> map)) {
                throw problem("\"" + place + "\" is neither the name of a file nor an object, such as {\"file\":"
                        + " \"items.txt\", \"unknown\": 1}");
            }
            Map<String, Object> said = new LinkedHashMap<>();
            map.forEach((key, item) -> said.put(String.valueOf(key), item));
            known(place + ".", said.keySet(), VOCABULARY_KEYS);
            String file = text(said, place + ".", "file");
            if (file == null) {
                throw problem("\"" + place + "\" has no \"file\"; expected the name of a .txt or .json file");
            }
            names.put(input, new VocabularyName(beside(place, file), unknown(place, said.get("unknown"))));
        });
        return names;
    }

    /** A file that is where the sidecar is, or below: who may write a sidecar need not be one who may read anything. */
    private String beside(String place, String file) {
        if (file.isBlank()
                || file.contains(":")
                || file.contains("\\")
                || file.startsWith("/")
                || Arrays.asList(file.split("/", -1)).contains("..")) {
            throw problem(
                    "\"" + place + "\" names the file \"" + file + "\"; expected one in the sidecar's folder or below,"
                            + " without .. in its path; one elsewhere is named with --vocabulary");
        }
        return file;
    }

    private VocabularyName.@Nullable Unknown unknown(String place, @Nullable Object said) {
        if (said == null) {
            return null;
        }
        if (said instanceof String token) {
            return new VocabularyName.Unknown(-1, token);
        }
        if (said instanceof Double index && index >= 0 && index < Integer.MAX_VALUE && index == Math.rint(index)) {
            return new VocabularyName.Unknown(index.intValue(), null);
        }
        throw problem(
                "\"" + place + ".unknown\" is " + said + "; expected the index that unknown tokens have, 0 or more, or"
                        + " the token that they are taken for, in double quotes");
    }

    private HeadOptions head(Map<String, Object> values) {
        if (!values.containsKey("head")) {
            return HeadOptions.none();
        }
        Map<String, Object> head = object(values, "head");
        known("head.", head.keySet(), HEAD_KEYS);
        String prefix = text(head, "head.", "prefix");
        if (prefix == null || prefix.isEmpty()) {
            throw problem("\"head\" has no \"prefix\"; expected what stands before weight in its tensors' names");
        }
        List<HeadOptions.Module> layers = new ArrayList<>();
        for (String layer : texts(head, "head.", "layers")) {
            layers.add(HeadOptions.Module.named(layer)
                    .orElseThrow(() -> problem(
                            "\"head.layers\" has \"" + layer + "\"; expected " + listed(HeadOptions.Module.values()))));
        }
        return new HeadOptions(
                prefix,
                layers,
                choice(head, "head.", "on", Head.Source.values()),
                choice(head, "head.", "activation", Head.Finish.values()));
    }

    private void known(String parent, Set<String> keys, Set<String> known) {
        for (String key : keys) {
            if (!known.contains(key)) {
                throw problem("unknown key \"" + parent + key + "\"; known are " + String.join(", ", known));
            }
        }
    }

    private Map<String, Object> object(Map<String, Object> values, String key) {
        if (!(values.get(key) instanceof Map<?, ?> map)) {
            throw problem("\"" + key + "\" is not an object");
        }
        Map<String, Object> object = new LinkedHashMap<>();
        map.forEach((name, value) -> object.put(String.valueOf(name), value));
        return object;
    }

    private Map<String, String> names(Map<String, Object> values) {
        Map<String, String> names = new LinkedHashMap<>();
        if (values.containsKey("tensor_names")) {
            Map<String, Object> object = object(values, "tensor_names");
            object.keySet().forEach(name -> names.put(name, String.valueOf(text(object, "tensor_names.", name))));
        }
        return names;
    }

    private @Nullable String text(Map<String, Object> values, String parent, String key) {
        if (!values.containsKey(key)) {
            return null;
        }
        if (!(values.get(key) instanceof String text)) {
            throw problem("\"" + parent + key + "\" is not text in double quotes");
        }
        return text;
    }

    private <E extends Enum<E>> @Nullable E choice(Map<String, Object> values, String parent, String key, E[] choices) {
        String text = text(values, parent, key);
        if (text == null) {
            return null;
        }
        return Arrays.stream(choices)
                .filter(choice -> choice.name().equalsIgnoreCase(text))
                .findFirst()
                .orElseThrow(
                        () -> problem("\"" + parent + key + "\" is \"" + text + "\"; expected " + listed(choices)));
    }

    private static String listed(Object[] choices) {
        return Arrays.stream(choices).map(Object::toString).collect(Collectors.joining(", "));
    }

    private List<?> list(Map<String, Object> values, String parent, String key, String of) {
        if (!values.containsKey(key)) {
            return List.of();
        }
        if (!(values.get(key) instanceof List<?> list) || list.isEmpty()) {
            throw problem("\"" + parent + key + "\" is not a list of " + of);
        }
        return list;
    }

    private List<String> texts(Map<String, Object> values, String parent, String key) {
        List<String> texts = new ArrayList<>();
        for (Object item : list(values, parent, key, "names")) {
            if (!(item instanceof String text)) {
                throw problem("\"" + parent + key + "\" is not a list of names");
            }
            texts.add(text);
        }
        return texts;
    }

    private List<Double> numbers(Map<String, Object> values, String key) {
        List<Double> numbers = new ArrayList<>();
        for (Object item : list(values, "", key, "numbers")) {
            if (!(item instanceof Double number) || !Double.isFinite(number)) {
                throw problem("\"" + key + "\" is not a list of numbers");
            }
            numbers.add(number);
        }
        return numbers;
    }

    private ModelException problem(String what) {
        return new ModelException(where, what);
    }
}
