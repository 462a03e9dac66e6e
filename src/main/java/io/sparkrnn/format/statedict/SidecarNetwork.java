package io.sparkrnn.format.statedict;

import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.network.Nonlinearity;
import io.sparkrnn.format.network.Sidecar;
import io.sparkrnn.format.network.WholeNetwork;
import io.sparkrnn.format.statedict.SidecarGraph.Per;
import io.sparkrnn.format.statedict.SidecarGraph.Value;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.graph.operator.Function;
import io.sparkrnn.model.Activation;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.tensor.Tensors;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * A network as a sidecar says it of the tensors of a state dict: a chain of modules, each of which takes what the one before
 * gives.
 *
 * <pre>
 *   network  [STEP, ...]                       a chain; what it gives is the output "score"
 *            {NAME: [STEP, ...], ...}          chains; those that no other takes are the outputs
 *   STEP     "word" or {"word": ARGUMENT, OPTION: ..., ...}, the words of {@link SidecarWords}
 *   VALUE    "before", "word" or {"word": ...} of what is before, "name", [STEP, ...] of what is before
 * </pre>
 *
 * <p>Each word has PyTorch's meaning and defaults when it is evaluated (module.eval()); docs/models.md has the equations.
 */
final class SidecarNetwork {
    /** The input of a network that does not say it. */
    private static final String FEATURES = "features";

    /** The output of a network that is one chain. */
    private static final String SCORE = "score";

    private static final String OF = "of";
    private static final String BEFORE = "before";
    private static final String ACTIVATION = "activation";

    private final SidecarGraph graph;
    private final SidecarArguments arguments;
    private final SidecarTensors tensors;
    private final SidecarModules modules;
    private final SidecarLayers layers;
    private final SidecarWindows windows;
    private final SidecarSteps steps;
    private final SidecarPairs pairs;
    private final SidecarNumbers numbers;
    private final SidecarAttention attention;

    private SidecarNetwork(
            String file,
            Tensors tensors,
            BiFunction<String, @Nullable Nonlinearity, RnnModel> layers,
            BiConsumer<String, Collection<String>> checkTotal,
            Sidecar sidecar) {
        graph = new SidecarGraph(file + ": " + sidecar.title());
        arguments = new SidecarArguments(graph);
        this.tensors = new SidecarTensors(graph, tensors, checkTotal);
        modules = new SidecarModules(graph, this.tensors, arguments);
        this.layers = new SidecarLayers(graph, this.tensors, arguments, layers, this::value);
        windows = new SidecarWindows(graph, this.tensors, arguments);
        steps = new SidecarSteps(graph, arguments, this::value);
        pairs = new SidecarPairs(graph, this::value);
        numbers = new SidecarNumbers(graph, arguments);
        attention = new SidecarAttention(graph, this.tensors, arguments);
    }

    /**
     * The graph of a network.
     *
     * @param file what messages call the model file
     * @param layers reads the recurrent layers under a prefix
     * @param checkTotal throws when tensors repeat the same numbers over and over
     * @param sidecar one with a network
     * @throws ModelException when a word is unknown, a tensor is missing, or widths do not fit
     */
    static WholeNetwork read(
            String file,
            Tensors tensors,
            BiFunction<String, @Nullable Nonlinearity, RnnModel> layers,
            BiConsumer<String, Collection<String>> checkTotal,
            Sidecar sidecar) {
        SidecarNetwork network = new SidecarNetwork(file, tensors, layers, checkTotal, sidecar);
        network.readAll(sidecar);
        return new WholeNetwork(network.graph.build(), List.of()).with(network.layers.stacks());
    }

    private void readAll(Sidecar sidecar) {
        if (sidecar.network() instanceof Map<?, ?> chains) {
            for (Map.Entry<?, ?> entry : chains.entrySet()) {
                String place = "network." + entry.getKey();
                Value value = chain(place, (List<?>) entry.getValue(), null);
                graph.name(place, String.valueOf(entry.getKey()), value);
            }
        } else if (sidecar.network() instanceof List<?> chain) {
            Value value = chain("network", chain, null);
            Object last = chain.get(chain.size() - 1);
            if (!(last instanceof Map<?, ?> map && map.containsKey(SidecarWords.NAME.toString()))) {
                graph.name("network", SCORE, value);
            }
        }
        if (!sidecar.features().isEmpty() && graph.has(FEATURES)) {
            graph.widen(
                    "features",
                    graph.input("features", FEATURES, null),
                    sidecar.features().size());
        }
    }

    // ---- chains, steps, values ----

    private Value chain(String place, List<?> steps, @Nullable Value before) {
        if (steps.isEmpty()) {
            throw graph.problem(place, "an empty list; expected modules, such as {\"lstm\": \"lstm\"}, \"last\"");
        }
        Value value = value(place + "[0]", steps.get(0), before);
        for (int i = 1; i < steps.size(); i++) {
            String at = place + "[" + i + "]";
            int from = graph.size();
            Value next = steps.get(i) instanceof String text && !text.equals(BEFORE)
                    ? step(at, SidecarWords.named(text).orElseThrow(() -> unknown(at, text)), null, Map.of(), value)
                    : value(at, steps.get(i), value);
            List<String> names = new ArrayList<>(List.of(value.name()));
            if (value.states() != null) {
                names.addAll(List.of(value.states().hidden(), value.states().cell()));
            }
            if (!next.name().equals(value.name()) && !graph.takes(from, names)) {
                throw graph.problem(
                        at,
                        "does not take what stands before it, which would be for nothing; expected \"" + BEFORE
                                + "\" among its values, or no \"" + OF + "\"");
            }
            value = next;
        }
        return value;
    }

    private ModelException unknown(String place, String word) {
        return graph.problem(
                place,
                "unknown word \"" + word + "\"" + meant(word) + "; expected one of " + SidecarWords.listed()
                        + ". A module of the file is written with its kind, as in {\"linear\": \"" + word + "\"}");
    }

    /** The word that was meant, probably. */
    private static String meant(String word) {
        return SidecarWords.near(word)
                .map(near -> " (did you mean \"" + near + "\"?)")
                .orElse("");
    }

    private Value value(String place, @Nullable Object said, @Nullable Value before) {
        if (said instanceof String text) {
            if (text.equals(BEFORE)) {
                return start(place, before);
            }
            // Among values a name may be a column's: only the words themselves are words here.
            SidecarWords word = SidecarWords.exactly(text).orElse(null);
            if (word != null) {
                return step(place, word, null, Map.of(), start(place, before));
            }
            Value named = graph.called(text);
            return named == null ? graph.input(place, text, null) : named;
        }
        if (said instanceof List<?> chain) {
            return chain(place, chain, before);
        }
        if (said instanceof Map<?, ?> map) {
            return step(place, map, before);
        }
        throw graph.problem(
                place,
                "expected a word, a name in double quotes, an object such as {\"linear\": \"fc\"} or a list of them");
    }

    /** What a step takes: what is before it, at the beginning the features. */
    private Value start(String place, @Nullable Value before) {
        return before == null ? graph.input(place, FEATURES, null) : before;
    }

    private Value step(String place, Map<?, ?> map, @Nullable Value before) {
        Map<String, Object> step = new LinkedHashMap<>();
        map.forEach((key, value) -> step.put(String.valueOf(key), value));
        List<String> words = step.keySet().stream()
                .filter(key -> SidecarWords.named(key).isPresent())
                .toList();
        if (words.size() != 1) {
            String first = step.isEmpty() ? "" : step.keySet().iterator().next();
            throw graph.problem(
                    place,
                    words.isEmpty()
                            ? "unknown word \"" + first + "\"" + meant(first) + "; expected one of "
                                    + SidecarWords.listed()
                            : "an object of several words, " + String.join(", ", words)
                                    + "; expected one object for each, in a list");
        }
        SidecarWords word = SidecarWords.named(words.get(0)).orElseThrow();
        // From here on it is called by its own name.
        Object written = step.remove(words.get(0));
        step.put(word.toString(), written);
        for (String key : step.keySet()) {
            if (!key.equals(word.toString())
                    && !key.equals(OF)
                    && !word.options().contains(key)) {
                List<String> known = new ArrayList<>(word.options());
                known.add(OF);
                throw graph.problem(
                        place,
                        "unknown key \"" + key + "\" beside \"" + word + "\"; known are " + String.join(", ", known));
            }
        }
        Object argument = step.get(word.toString());
        switch (word) {
            case STEPS, ROW -> {
                Value input = graph.input(
                        place, arguments.text(place, word, argument), word == SidecarWords.ROW ? Per.ROW : Per.STEP);
                if (step.containsKey("width")) {
                    graph.widen(place, input, arguments.whole(place, step, "width", 1, 1, 1 << 20));
                }
                return input;
            }
            case PARAMETER -> {
                return tensors.parameter(place, arguments.text(place, word, argument));
            }
            case CONCAT, ADD, SUBTRACT, MULTIPLY, DIVIDE, DOT -> {
                return pairs.several(
                        place, word, argument, step.containsKey(OF) ? value(place, step.get(OF), before) : before);
            }
            case EMBEDDING -> {
                if (!step.containsKey(OF) && before == null) {
                    throw graph.problem(
                            place, "an embedding at the beginning has to say of which column, as in " + word.example());
                }
            }
            default -> {}
        }
        Value x = step.containsKey(OF) ? value(place, step.get(OF), before) : start(place, before);
        Value y = step(place, word, argument, step, x);
        if (!step.containsKey(ACTIVATION)) {
            return y;
        }
        String function = arguments.text(place, word, step.get(ACTIVATION));
        SidecarWords named = SidecarWords.named(function)
                .filter(each -> each.function().isPresent() || each == SidecarWords.SOFTMAX)
                .orElseThrow(
                        () -> graph.problem(place, "unknown \"activation\": \"" + function + "\"" + meant(function)));
        return step(place, named, null, Map.of(), y);
    }

    private Value step(String place, SidecarWords word, @Nullable Object argument, Map<String, Object> step, Value x) {
        return switch (word) {
            case STEPS, ROW, PARAMETER, CONCAT, ADD, SUBTRACT, MULTIPLY, DIVIDE, DOT, BEFORE ->
                throw arguments.wrong(place, word);
            case EMBEDDING -> modules.embedding(place, arguments.text(place, word, argument), x);
            case LSTM, GRU, RNN -> layers.recurrent(place, word, arguments.text(place, word, argument), step, x);
            case LINEAR -> modules.linear(place, arguments.text(place, word, argument), x);
            case SCORES -> modules.scores(place, arguments.text(place, word, argument), step, x);
            case BATCH_NORM -> modules.batchNorm(place, arguments.text(place, word, argument), step, x);
            case LAYER_NORM ->
                modules.layerNorm(place, argument == null ? null : arguments.text(place, word, argument), step, x);
            case CONV1D -> windows.conv(place, arguments.text(place, word, argument), step, x);
            case GROUP_NORM, INSTANCE_NORM ->
                windows.groupNorm(
                        place, word, argument == null ? null : arguments.text(place, word, argument), step, x);
            case RMS_NORM -> modules.rmsNorm(place, arguments.text(place, word, argument), step, x);
            case POSITIONS -> attention.positions(place, arguments.text(place, word, argument), x);
            case SELF_ATTENTION -> attention.selfAttention(place, arguments.text(place, word, argument), step, x);
            case CUMSUM -> steps.sums(place, arguments.none(place, word, argument, x));
            case GLU -> numbers.glu(place, arguments.none(place, word, argument, x));
            case CLIP -> numbers.clip(place, argument, x);
            case PRELU -> modules.prelu(place, arguments.text(place, word, argument), x);
            case LAST -> steps.part(place, arguments.none(place, word, argument, x), -1, SidecarGraph.FAR, 0);
            case FIRST -> steps.part(place, arguments.none(place, word, argument, x), 0, 1, 0);
            case MEAN, MAX, MIN, SUM -> steps.overSteps(place, word, arguments.none(place, word, argument, x));
            case H_N, C_N -> layers.lastStates(place, word, argument, x);
            case ATTEND -> steps.attend(place, argument, step, x);
            case REVERSE -> steps.reverse(place, arguments.none(place, word, argument, x));
            case REPEAT -> steps.repeat(place, argument, x);
            case MAX_POOL, AVG_POOL -> windows.pool(place, word, argument, step, x);
            case SLICE -> numbers.slice(place, argument, x);
            case NORMALIZE -> numbers.normalize(place, arguments.none(place, word, argument, x));
            case SOFTMAX, LOG_SOFTMAX -> steps.softmax(place, word, argument, x);
            case NAME -> named(place, arguments.text(place, word, argument), x);
            case DROPOUT, IDENTITY -> x;
            case LEAKY_RELU, ELU -> {
                Activation.Kind kind = word == SidecarWords.ELU ? Activation.Kind.ELU : Activation.Kind.LEAKY_RELU;
                Operator function = argument == null
                        ? word.function().orElseThrow()
                        : new Function.Activate(new Activation(kind, arguments.real(place, word, argument), 0));
                yield graph.like(x, graph.add(place, function, graph.numbers(place, x)));
            }
            default ->
                graph.like(
                        x,
                        graph.add(
                                place,
                                word.function().orElseThrow(),
                                graph.numbers(place, arguments.none(place, word, argument, x))));
        };
    }

    private Value named(String place, String name, Value x) {
        return graph.name(place, name, x);
    }
}
