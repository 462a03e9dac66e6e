package io.sparkrnn.format.statedict;

import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.network.Nonlinearity;
import io.sparkrnn.format.network.Sidecar;
import io.sparkrnn.format.statedict.SidecarGraph.Per;
import io.sparkrnn.format.statedict.SidecarGraph.States;
import io.sparkrnn.format.statedict.SidecarGraph.Value;
import io.sparkrnn.format.statedict.SidecarGraph.Width;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.graph.operator.BatchNormalization;
import io.sparkrnn.graph.operator.Cast;
import io.sparkrnn.graph.operator.Clip;
import io.sparkrnn.graph.operator.Concat;
import io.sparkrnn.graph.operator.Conv;
import io.sparkrnn.graph.operator.CumSum;
import io.sparkrnn.graph.operator.Fill;
import io.sparkrnn.graph.operator.Function;
import io.sparkrnn.graph.operator.Gather;
import io.sparkrnn.graph.operator.Gemm;
import io.sparkrnn.graph.operator.GroupNormalization;
import io.sparkrnn.graph.operator.LayerNormalization;
import io.sparkrnn.graph.operator.MatMul;
import io.sparkrnn.graph.operator.Pair;
import io.sparkrnn.graph.operator.Pool;
import io.sparkrnn.graph.operator.Recurrent;
import io.sparkrnn.graph.operator.Reduce;
import io.sparkrnn.graph.operator.Reshape;
import io.sparkrnn.graph.operator.ShapeOf;
import io.sparkrnn.graph.operator.Slice;
import io.sparkrnn.graph.operator.Softmax;
import io.sparkrnn.graph.operator.Squeeze;
import io.sparkrnn.graph.operator.Transpose;
import io.sparkrnn.graph.operator.Triangle;
import io.sparkrnn.graph.operator.Unsqueeze;
import io.sparkrnn.graph.operator.Window;
import io.sparkrnn.model.Activation;
import io.sparkrnn.model.CellType;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.tensor.Shape;
import io.sparkrnn.tensor.Tensor;
import io.sparkrnn.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.stream.Collectors;
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
    private static final String ALL = "all";
    private static final String BEFORE = "before";
    private static final int MOST_LISTED = 30;
    private static final long FAR = 1L << 40;

    private final Tensors tensors;
    private final BiFunction<String, @Nullable Nonlinearity, RnnModel> layers;
    private final BiConsumer<String, Collection<String>> checkTotal;
    private final SidecarGraph graph;
    private final Map<String, RnnModel> read = new HashMap<>();
    private final Set<String> used = new LinkedHashSet<>();

    private SidecarNetwork(
            String file,
            Tensors tensors,
            BiFunction<String, @Nullable Nonlinearity, RnnModel> layers,
            BiConsumer<String, Collection<String>> checkTotal,
            Sidecar sidecar) {
        this.tensors = tensors;
        this.layers = layers;
        this.checkTotal = checkTotal;
        graph = new SidecarGraph(file + ": " + sidecar.file() + " beside it");
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
    static Graph read(
            String file,
            Tensors tensors,
            BiFunction<String, @Nullable Nonlinearity, RnnModel> layers,
            BiConsumer<String, Collection<String>> checkTotal,
            Sidecar sidecar) {
        SidecarNetwork network = new SidecarNetwork(file, tensors, layers, checkTotal, sidecar);
        network.readAll(sidecar);
        return network.graph.build();
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
                Value input =
                        graph.input(place, text(place, word, argument), word == SidecarWords.ROW ? Per.ROW : Per.STEP);
                if (step.containsKey("width")) {
                    graph.widen(place, input, whole(place, step, "width", 1, 1, 1 << 20));
                }
                return input;
            }
            case PARAMETER -> {
                return parameter(place, text(place, word, argument));
            }
            case CONCAT, ADD, SUBTRACT, MULTIPLY, DIVIDE, DOT -> {
                return several(
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
        if (!step.containsKey("activation")) {
            return y;
        }
        String function = text(place, word, step.get("activation"));
        SidecarWords named = SidecarWords.named(function)
                .filter(each -> each.function().isPresent() || each == SidecarWords.SOFTMAX)
                .orElseThrow(
                        () -> graph.problem(place, "unknown \"activation\": \"" + function + "\"" + meant(function)));
        return step(place, named, null, Map.of(), y);
    }

    private Value step(String place, SidecarWords word, @Nullable Object argument, Map<String, Object> step, Value x) {
        return switch (word) {
            case STEPS, ROW, PARAMETER, CONCAT, ADD, SUBTRACT, MULTIPLY, DIVIDE, DOT, BEFORE ->
                throw wrong(place, word);
            case EMBEDDING -> embedding(place, text(place, word, argument), x);
            case LSTM, GRU, RNN -> recurrent(place, word, text(place, word, argument), step, x);
            case LINEAR -> linear(place, text(place, word, argument), x);
            case SCORES -> scores(place, text(place, word, argument), step, x);
            case BATCH_NORM -> batchNorm(place, text(place, word, argument), step, x);
            case LAYER_NORM -> layerNorm(place, argument == null ? null : text(place, word, argument), step, x);
            case CONV1D -> conv(place, text(place, word, argument), step, x);
            case GROUP_NORM, INSTANCE_NORM ->
                groupNorm(place, word, argument == null ? null : text(place, word, argument), step, x);
            case RMS_NORM -> rmsNorm(place, text(place, word, argument), step, x);
            case POSITIONS -> positions(place, text(place, word, argument), x);
            case SELF_ATTENTION -> selfAttention(place, text(place, word, argument), step, x);
            case CUMSUM -> {
                Value all = steps(place, word, none(place, word, argument, x));
                yield graph.like(
                        all,
                        graph.add(
                                place,
                                new CumSum(CumSum.Own.WITH, CumSum.Direction.FORWARD),
                                graph.numbers(place, all),
                                graph.wholes(0)));
            }
            case GLU -> glu(place, none(place, word, argument, x));
            case CLIP -> clip(place, argument, x);
            case PRELU -> prelu(place, text(place, word, argument), x);
            case LAST -> part(place, none(place, word, argument, x), -1, FAR, 0);
            case FIRST -> part(place, none(place, word, argument, x), 0, 1, 0);
            case MEAN, MAX, MIN, SUM -> overSteps(place, word, none(place, word, argument, x));
            case H_N, C_N -> lastStates(place, word, argument, x);
            case ATTEND -> attend(place, argument, step, x);
            case REVERSE -> reverse(place, none(place, word, argument, x));
            case REPEAT -> repeat(place, argument, x);
            case MAX_POOL, AVG_POOL -> pool(place, word, argument, step, x);
            case SLICE -> slice(place, argument, x);
            case NORMALIZE -> normalize(place, none(place, word, argument, x));
            case SOFTMAX, LOG_SOFTMAX -> softmax(place, word, argument, x);
            case NAME -> named(place, text(place, word, argument), x);
            case DROPOUT, IDENTITY -> x;
            case LEAKY_RELU, ELU -> {
                Activation.Kind kind = word == SidecarWords.ELU ? Activation.Kind.ELU : Activation.Kind.LEAKY_RELU;
                Operator function = argument == null
                        ? word.function().orElseThrow()
                        : new Function.Activate(new Activation(kind, real(place, word, argument), 0));
                yield graph.like(x, graph.add(place, function, graph.numbers(place, x)));
            }
            default ->
                graph.like(
                        x,
                        graph.add(
                                place,
                                word.function().orElseThrow(),
                                graph.numbers(place, none(place, word, argument, x))));
        };
    }

    private Value named(String place, String name, Value x) {
        return graph.name(place, name, x);
    }

    // ---- arguments and options ----

    private ModelException wrong(String place, SidecarWords word) {
        return graph.problem(place, "\"" + word + "\" is written " + word.example());
    }

    private String text(String place, SidecarWords word, @Nullable Object argument) {
        if (!(argument instanceof String text)) {
            throw wrong(place, word);
        }
        return text;
    }

    private double real(String place, SidecarWords word, @Nullable Object argument) {
        if (!(argument instanceof Double number) || !Double.isFinite(number)) {
            throw wrong(place, word);
        }
        return number;
    }

    /** What it takes, of a word that has no argument. */
    private Value none(String place, SidecarWords word, @Nullable Object argument, Value x) {
        if (argument != null) {
            throw wrong(place, word);
        }
        return x;
    }

    private int whole(String place, Map<String, Object> step, String key, int absent, int least, int most) {
        Object said = step.containsKey(key) ? step.get(key) : Double.valueOf(absent);
        if (!(said instanceof Double number) || number != Math.rint(number) || number < least || number > most) {
            throw graph.problem(
                    place, "\"" + key + "\" is " + said + "; expected a whole number of " + least + " to " + most);
        }
        return number.intValue();
    }

    private boolean truth(String place, Map<String, Object> step, String key, Boolean absent) {
        Object said = step.getOrDefault(key, absent);
        if (!(said instanceof Boolean truth)) {
            throw graph.problem(place, "\"" + key + "\" is " + said + "; expected true or false");
        }
        return truth;
    }

    private double epsilon(String place, Map<String, Object> step) {
        Object said = step.getOrDefault("eps", 1e-5);
        if (!(said instanceof Double number) || !(number >= 0) || number.isInfinite()) {
            throw graph.problem(place, "\"eps\" is " + said + "; expected a number such as 1e-5");
        }
        return number;
    }

    private Value steps(String place, SidecarWords word, Value x) {
        if (x.per() != Per.STEP) {
            throw graph.problem(
                    place,
                    "\"" + word
                            + "\" goes over the steps, but what stands before it is of the row; expected a value of each"
                            + " step (\"repeat\" makes one)");
        }
        return x;
    }

    // ---- tensors ----

    /**
     * The full name of a module: the one asked for, or the only one that ends so.
     *
     * @param tensor that it has to have
     */
    private String module(String place, String asked, String tensor) {
        String own = asked.isEmpty() ? tensor : asked + "." + tensor;
        if (tensors.has(own)) {
            return asked.isEmpty() ? "" : asked + ".";
        }
        List<String> ending = tensors.names().stream()
                .filter(name -> name.endsWith("." + own))
                .toList();
        if (ending.size() == 1) {
            return ending.get(0).substring(0, ending.get(0).length() - tensor.length());
        }
        if (!ending.isEmpty()) {
            throw graph.problem(
                    place,
                    "\"" + asked + "\" fits " + ending.size() + " modules; give one in full: "
                            + ending.stream()
                                    .limit(MOST_LISTED)
                                    .map(name -> name.substring(0, name.length() - tensor.length() - 1))
                                    .collect(Collectors.joining(", ")));
        }
        List<String> modules = tensors.names().stream()
                .filter(name -> name.endsWith("." + tensor))
                .map(name -> name.substring(0, name.length() - tensor.length() - 1))
                .toList();
        throw graph.problem(
                place,
                "no tensor " + own + " in the file; modules with a " + tensor + " are: " + few(modules)
                        + (modules.isEmpty() ? "; the file has: " + few(List.copyOf(tensors.names())) : ""));
    }

    private static String few(List<String> names) {
        String listed = names.stream().limit(MOST_LISTED).collect(Collectors.joining(", "));
        return names.isEmpty()
                ? "none"
                : names.size() <= MOST_LISTED ? listed : listed + ", and " + (names.size() - MOST_LISTED) + " more";
    }

    /** The shape of a tensor of so many axes. */
    private Shape shape(String place, String name, int rank, String expected) {
        Shape shape = tensors.shape(name);
        if (shape.rank() != rank || shape.elements() == 0) {
            throw graph.problem(place, "tensor " + name + " is " + shape + "; expected " + expected);
        }
        return shape;
    }

    /** A list of so many numbers. */
    private String list(String place, String name, long count, String because) {
        if (!tensors.shape(name).is(count)) {
            throw graph.problem(
                    place,
                    "tensor " + name + " is " + tensors.shape(name) + "; expected [" + count + "], for " + because);
        }
        return constant(place, name);
    }

    private String constant(String place, String name) {
        if (!tensors.dtype(name).isWeight()) {
            throw graph.problem(
                    place,
                    "tensor " + name + " is of type " + tensors.dtype(name)
                            + "; weights are float64, float32, float16 or bfloat16");
        }
        if (used.add(name)) {
            checkTotal.accept("of the network", used);
        }
        return graph.constant(name, tensors.get(name));
    }

    private Value parameter(String place, String name) {
        String full = module(place, "", name);
        String own = full + name;
        Shape shape = tensors.shape(own);
        long count = shape.elements();
        boolean vector = false;
        for (int d = 0; d < shape.rank(); d++) {
            vector |= shape.size(d) == count;
        }
        if (!vector || count == 0 || count > 1 << 20) {
            throw graph.problem(
                    place, "tensor " + own + " is " + shape + "; expected one row of numbers, [n], [1, n] or [n, 1]");
        }
        constant(place, own);
        Tensor row = Tensor.ofDoubles(Shape.of(1, count), tensors.get(own).toDoubles());
        return new Value(graph.constant(own + " as a row", row), Per.ROW, Width.of(count));
    }

    // ---- modules ----

    private Value embedding(String place, String asked, Value indices) {
        String weight = module(place, asked, "weight") + "weight";
        Shape table = shape(place, weight, 2, "an embedding's table, [rows, width]");
        String rows = graph.indices(place, indices, table.size(0));
        String name = graph.add(place, new Gather(0), constant(place, weight), rows);
        return new Value(name, indices.per(), Width.of(table.size(1)));
    }

    private Value linear(String place, String asked, Value x) {
        String prefix = module(place, asked, "weight");
        String bias = prefix + "bias";
        return product(place, prefix + "weight", tensors.has(bias) ? bias : null, x);
    }

    private Value scores(String place, String asked, Map<String, Object> step, Value x) {
        String weight = module(place, asked, "weight") + "weight";
        String bias = null;
        if (step.containsKey("bias")) {
            bias = text(place, SidecarWords.SCORES, step.get("bias"));
            bias = module(place, "", bias) + bias;
        }
        return product(place, weight, bias, x);
    }

    private Value product(String place, String weight, @Nullable String bias, Value x) {
        Shape matrix = shape(place, weight, 2, "a matrix [out, in]");
        graph.fit(place, x, matrix.size(1), weight + " " + matrix);
        String b = bias == null ? "" : list(place, bias, matrix.size(0), weight + " is " + matrix);
        String name = graph.add(
                place,
                new Gemm(1, 1, Gemm.Turn.NONE, Gemm.Turn.TRANSPOSED),
                graph.numbers(place, x),
                constant(place, weight),
                b);
        return new Value(name, x.per(), Width.of(matrix.size(0)));
    }

    private Value recurrent(String place, SidecarWords word, String asked, Map<String, Object> step, Value given) {
        Value x = steps(place, word, given);
        RnnModel model = layers(place, word, asked, step);
        graph.fit(place, x, model.inputSize(), "\"" + asked + "\"");
        int count = model.numStates();
        int hidden = model.hiddenStates().total() / count;
        int cell = model.cellStates().total() / count;
        String sequence = graph.add(place, new Unsqueeze(List.of(1L)), graph.numbers(place, x));
        List<String> results = graph.add(
                place,
                new Recurrent(model),
                3,
                sequence,
                initial(place, step, "h_0", count, hidden, x),
                initial(place, step, "c_0", count, cell, x));
        String output = graph.add(place, new Reshape(Reshape.Zero.AS_IT_IS), results.get(0), graph.wholes(0, -1));
        int directions = model.layers().get(model.numLayers() - 1).numDirections();
        return new Value(
                output,
                Per.STEP,
                Width.of(model.outputSize()),
                null,
                new States(results.get(1), results.get(2), count, directions, hidden, cell));
    }

    private RnnModel layers(String place, SidecarWords word, String asked, Map<String, Object> step) {
        Nonlinearity nonlinearity = null;
        if (step.containsKey("nonlinearity")) {
            Object said = step.get("nonlinearity");
            nonlinearity = Arrays.stream(Nonlinearity.values())
                    .filter(each -> each.name().toLowerCase(Locale.ROOT).equals(said))
                    .findFirst()
                    .orElseThrow(() ->
                            graph.problem(place, "\"nonlinearity\" is " + said + "; expected \"tanh\" or \"relu\""));
        }
        Nonlinearity function = nonlinearity;
        RnnModel model = read.get(asked + "/" + function);
        if (model == null) {
            try {
                model = layers.apply(asked, function);
            } catch (ModelException e) {
                throw graph.problem(place, "\"" + word + "\": \"" + asked + "\": " + e.problem());
            }
            read.put(asked + "/" + function, model);
        }
        CellType expected = switch (word) {
            case LSTM -> CellType.LSTM;
            case GRU -> CellType.GRU;
            default -> CellType.RNN;
        };
        CellType found = model.cell().type();
        if (found != expected) {
            throw graph.problem(
                    place,
                    "the layers \"" + asked + "\" are of an nn." + found
                            + " by the shapes of their tensors, not of an nn." + expected.name() + "; expected {\""
                            + found.name().toLowerCase(Locale.ROOT) + "\": \"" + asked
                            + "\"}");
        }
        return model;
    }

    /** Initial states, [1, states * width] as a value, [states, 1, width] as the layers take them; empty when not said. */
    private String initial(String place, Map<String, Object> step, String key, int count, int width, Value before) {
        if (!step.containsKey(key)) {
            return "";
        }
        Value value = value(place + "." + key, step.get(key), before);
        if (value.per() != Per.ROW) {
            throw graph.problem(
                    place + "." + key,
                    "a value of each step; expected one of the row, such as the \"h_n\" of other layers");
        }
        graph.fit(place + "." + key, value, (long) count * width, "\"" + key + "\"");
        return graph.add(
                place, new Reshape(Reshape.Zero.AS_IT_IS), graph.numbers(place, value), graph.wholes(count, 1, width));
    }

    private Value lastStates(String place, SidecarWords word, @Nullable Object argument, Value x) {
        States states = x.states();
        if (argument != null && !argument.equals(ALL)) {
            throw wrong(place, word);
        }
        int width = states == null ? 0 : word == SidecarWords.H_N ? states.hiddenWidth() : states.cellWidth();
        if (states == null || width == 0) {
            throw graph.problem(
                    place,
                    "\"" + word + "\" takes what stands directly before it, which is "
                            + (states == null ? "no recurrent layer" : "no LSTM, and has no cell state")
                            + "; expected "
                            + (states == null ? "{\"lstm\": ...}, {\"gru\": ...} or {\"rnn\": ...}" : "\"h_n\""));
        }
        String all = word == SidecarWords.H_N ? states.hidden() : states.cell();
        int count = argument == null ? states.directions() : states.count();
        String own = argument == null ? sliced(place, all, states.count() - count, FAR, 0) : all;
        String row = graph.add(place, new Reshape(Reshape.Zero.AS_IT_IS), own, graph.wholes(1, -1));
        return new Value(row, Per.ROW, Width.of((long) count * width));
    }

    private Value batchNorm(String place, String asked, Map<String, Object> step, Value x) {
        String prefix = module(place, asked, "running_mean");
        long channels =
                shape(place, prefix + "running_mean", 1, "a list of means").size(0);
        String because = prefix + "running_mean has as many";
        graph.fit(place, x, channels, prefix + "running_mean [" + channels + "]");
        if (!tensors.has(prefix + "running_var")) {
            throw graph.problem(place, "no tensor " + prefix + "running_var in the file, beside its running_mean");
        }
        String name = graph.add(
                place,
                new BatchNormalization(1, epsilon(place, step)),
                graph.numbers(place, x),
                listOr(place, prefix + "weight", channels, because, 1),
                listOr(place, prefix + "bias", channels, because, 0),
                constant(place, prefix + "running_mean"),
                list(place, prefix + "running_var", channels, because));
        return graph.like(x, name);
    }

    /** A list of the file; where it has none, the same number many times. */
    private String listOr(String place, String name, long count, String because, double absent) {
        return tensors.has(name) ? list(place, name, count, because) : graph.filled(absent, count);
    }

    private Value layerNorm(String place, @Nullable String asked, Map<String, Object> step, Value x) {
        LayerNormalization operator = new LayerNormalization(-1, epsilon(place, step));
        if (asked == null) {
            return graph.like(x, graph.add(place, operator, graph.numbers(place, x)));
        }
        String prefix = module(place, asked, "weight");
        long width = shape(place, prefix + "weight", 1, "[width], one number for each of a step's")
                .size(0);
        graph.fit(place, x, width, prefix + "weight [" + width + "]");
        String bias = prefix + "bias";
        return graph.like(
                x,
                graph.add(
                        place,
                        operator,
                        graph.numbers(place, x),
                        constant(place, prefix + "weight"),
                        tensors.has(bias) ? list(place, bias, width, prefix + "weight has as many") : ""));
    }

    private Value prelu(String place, String asked, Value x) {
        String weight = module(place, asked, "weight") + "weight";
        long count = shape(place, weight, 1, "[1] or [width]").size(0);
        if (count != 1) {
            graph.fit(place, x, count, weight + " [" + count + "]");
        }
        return graph.like(
                x, graph.add(place, new Pair(Pair.Of.PRELU), graph.numbers(place, x), constant(place, weight)));
    }

    private Value conv(String place, String asked, Map<String, Object> step, Value given) {
        Value x = steps(place, SidecarWords.CONV1D, given);
        String prefix = module(place, asked, "weight");
        Shape kernel = shape(place, prefix + "weight", 3, "a kernel, [out, in / groups, size]");
        int stride = whole(place, step, "stride", 1, 1, 1 << 20);
        int dilation = whole(place, step, "dilation", 1, 1, 1 << 20);
        int groups = whole(place, step, "groups", 1, 1, 1 << 20);
        graph.fit(place, x, kernel.size(1) * groups, prefix + "weight " + kernel);
        if (kernel.size(0) % groups != 0) {
            throw graph.problem(
                    place, prefix + "weight is " + kernel + "; its first size is not of " + groups + " groups");
        }
        long span = dilation * (kernel.size(2) - 1);
        int before;
        int after;
        if ("same".equals(step.get("padding")) || "causal".equals(step.get("padding"))) {
            boolean causal = "causal".equals(step.get("padding"));
            before = (int) Math.min(causal ? span : span / 2, 1 << 20);
            after = causal ? 0 : (int) Math.min(span - span / 2, 1 << 20);
        } else if (step.get("padding") instanceof String text) {
            throw graph.problem(
                    place, "\"padding\" is \"" + text + "\"; expected a whole number, \"same\" or \"causal\"");
        } else {
            before = whole(place, step, "padding", 0, 0, 1 << 20);
            after = before;
        }
        String bias = prefix + "bias";
        Window window = new Window(0, stride, dilation, before, after, Window.Fit.WHOLE, Window.Pad.SAID);
        String y = graph.add(
                place,
                new Conv(window, groups),
                channels(place, x),
                constant(place, prefix + "weight"),
                tensors.has(bias) ? list(place, bias, kernel.size(0), prefix + "weight is " + kernel) : "");
        return new Value(rows(place, y), Per.STEP, Width.of(kernel.size(0)));
    }

    /** [T, W] as [1, W, T]. */
    private String channels(String place, Value x) {
        String turned = graph.add(place, Transpose.of(1, 0), graph.numbers(place, x));
        return graph.add(place, new Unsqueeze(List.of(0L)), turned);
    }

    /** [1, W, T] as [T, W]. */
    private String rows(String place, String name) {
        return graph.add(place, Transpose.of(1, 0), graph.add(place, new Squeeze(List.of(0L)), name));
    }

    private Value pool(
            String place, SidecarWords word, @Nullable Object argument, Map<String, Object> step, Value given) {
        Value x = steps(place, word, given);
        int size = whole(place, step, word.toString(), 0, 1, 1 << 20);
        if (!(argument instanceof Double)) {
            throw wrong(place, word);
        }
        int padding = whole(place, step, "padding", 0, 0, size / 2);
        Window window = new Window(
                size,
                whole(place, step, "stride", size, 1, 1 << 20),
                whole(place, step, "dilation", 1, 1, 1 << 20),
                padding,
                padding,
                truth(place, step, "ceil_mode", false) ? Window.Fit.BEGUN : Window.Fit.WHOLE,
                Window.Pad.SAID);
        boolean zeros = word == SidecarWords.AVG_POOL && truth(place, step, "count_include_pad", true);
        Pool pool = new Pool(
                word == SidecarWords.MAX_POOL ? Pool.Of.MAX : Pool.Of.MEAN,
                window,
                zeros ? Pool.Beyond.ZEROS : Pool.Beyond.NOTHING);
        return graph.like(x, rows(place, graph.add(place, pool, channels(place, x))));
    }

    // ---- over the steps ----

    /** A part of the steps as it is of the row: one of them. */
    private Value part(String place, Value given, long from, long to, int axis) {
        Value x = steps(place, from < 0 ? SidecarWords.LAST : SidecarWords.FIRST, given);
        return new Value(sliced(place, graph.numbers(place, x), from, to, axis), Per.ROW, x.width());
    }

    private String sliced(String place, String name, long from, long to, long axis) {
        return graph.add(place, new Slice(List.of(from), List.of(to), List.of(axis)), name);
    }

    private Value overSteps(String place, SidecarWords word, Value given) {
        Value x = steps(place, word, given);
        Reduce.Of of = switch (word) {
            case MEAN -> Reduce.Of.MEAN;
            case MAX -> Reduce.Of.MAX;
            case MIN -> Reduce.Of.MIN;
            default -> Reduce.Of.SUM;
        };
        Reduce reduce = new Reduce(of, List.of(0L), Reduce.Keep.STAY, Reduce.None.NOTHING);
        return new Value(graph.add(place, reduce, graph.numbers(place, x)), Per.ROW, x.width());
    }

    private Value attend(String place, @Nullable Object argument, Map<String, Object> step, Value given) {
        Value x = steps(place, SidecarWords.ATTEND, given);
        if (argument == null) {
            throw wrong(place, SidecarWords.ATTEND);
        }
        Value scores = steps(place, SidecarWords.ATTEND, value(place + ".attend", argument, x));
        long heads = graph.width(place, scores);
        Value weights = graph.like(
                scores,
                graph.add(place, new Softmax(Softmax.Of.SOFTMAX, 0, Softmax.Along.AXIS), graph.numbers(place, scores)));
        if (step.containsKey("weights")) {
            weights = graph.name(place, text(place, SidecarWords.ATTEND, step.get("weights")), weights);
        }
        String turned = graph.add(place, Transpose.of(1, 0), weights.name());
        String sums = graph.add(place, new MatMul(), turned, graph.numbers(place, x));
        if (heads == 1) {
            return new Value(sums, Per.ROW, x.width());
        }
        long width = graph.width(place, x);
        return new Value(
                graph.add(place, new Reshape(Reshape.Zero.AS_IT_IS), sums, graph.wholes(1, -1)),
                Per.ROW,
                Width.of(Math.multiplyExact(heads, width)));
    }

    private Value reverse(String place, Value given) {
        Value x = steps(place, SidecarWords.REVERSE, given);
        return graph.like(
                x,
                graph.add(
                        place,
                        Slice.byInputs(),
                        graph.numbers(place, x),
                        graph.wholes(-1),
                        graph.wholes(-FAR),
                        graph.wholes(0),
                        graph.wholes(-1)));
    }

    private Value repeat(String place, @Nullable Object argument, Value x) {
        if (x.per() != Per.ROW) {
            throw graph.problem(
                    place, "\"repeat\" takes a value of the row, but what stands before it is of each step already");
        }
        Value steps = argument == null ? graph.anySteps() : value(place + ".repeat", argument, x);
        if (steps == null || steps.per() != Per.STEP) {
            throw graph.problem(place, "\"repeat\" has to say at the steps of what, as in {\"repeat\": \"features\"}");
        }
        return graph.repeated(place, x, steps);
    }

    // ---- of several values ----

    private Value several(String place, SidecarWords word, @Nullable Object argument, @Nullable Value before) {
        if (!(argument instanceof List<?> list) || list.size() < 2) {
            throw graph.problem(
                    place, "\"" + word + "\" takes a list of two values or more; it is written " + word.example());
        }
        List<Value> values = new ArrayList<>();
        for (int i = 0; i < list.size(); i++) {
            String at = place + "." + word + "[" + i + "]";
            boolean number = list.get(i) instanceof Double && word != SidecarWords.CONCAT && word != SidecarWords.DOT;
            values.add(
                    number
                            ? new Value(graph.number((Double) list.get(i)), Per.ROW, Width.of(1))
                            : value(at, list.get(i), before));
        }
        if (word == SidecarWords.CONCAT) {
            return concat(place, values);
        }
        Pair.Of of = switch (word) {
            case ADD -> Pair.Of.ADD;
            case SUBTRACT -> Pair.Of.SUB;
            case DIVIDE -> Pair.Of.DIV;
            default -> Pair.Of.MUL;
        };
        Value result = values.get(0);
        for (Value other : values.subList(1, values.size())) {
            Per per = result.per() == Per.STEP ? Per.STEP : other.per();
            Width width = met(place, result, other);
            String name = graph.add(place, new Pair(of), graph.numbers(place, result), graph.numbers(place, other));
            result = new Value(name, per, width);
        }
        if (word == SidecarWords.DOT) {
            Reduce sum = new Reduce(Reduce.Of.SUM, List.of(-1L), Reduce.Keep.STAY, Reduce.None.NOTHING);
            return new Value(graph.add(place, sum, result.name()), result.per(), Width.of(1));
        }
        return result;
    }

    /** How many numbers two values have that meet number by number; one number meets all. */
    private Width met(String place, Value a, Value b) {
        long left = a.width().number();
        long right = b.width().number();
        if (left == 1 || right == 1) {
            return left == 1 ? b.width() : a.width();
        }
        if (left < 0 && right < 0 && a.width().equals(b.width())) {
            return a.width();
        }
        if (left >= 0) {
            graph.fit(place, b, left, "the value beside it");
        } else {
            graph.fit(place, a, graph.width(place, b), "the value beside it");
        }
        return a.width();
    }

    private Value concat(String place, List<Value> values) {
        List<Value> alike = graph.together(place, values);
        Width width = Width.of(0);
        for (Value value : alike) {
            width = width.plus(value.width());
        }
        if (width.known() > 1 << 20 || width.open().size() > 1000) {
            throw graph.problem(place, "more than " + (1 << 20) + " numbers side by side");
        }
        String[] names =
                alike.stream().map(value -> graph.numbers(place, value)).toArray(String[]::new);
        return new Value(graph.add(place, new Concat(1), names), alike.get(0).per(), width);
    }

    // ---- within a step, or the row ----

    private Value slice(String place, @Nullable Object argument, Value x) {
        if (!(argument instanceof List<?> list)
                || list.size() != 2
                || !(list.get(0) instanceof Double from)
                || !(list.get(1) instanceof Double to)) {
            throw graph.problem(
                    place,
                    "\"slice\" takes the first number and the one behind the last, counted from 0, as in "
                            + SidecarWords.SLICE.example());
        }
        long width = graph.width(place, x);
        if (from != Math.rint(from) || to != Math.rint(to) || from < 0 || to <= from || to > width) {
            throw graph.problem(
                    place,
                    "\"slice\" of " + list + ", but what stands before it has " + width
                            + " numbers; expected 0 <= first <" + " end <= " + width);
        }
        String name = sliced(place, graph.numbers(place, x), from.longValue(), to.longValue(), 1);
        return new Value(name, x.per(), Width.of(to.longValue() - from.longValue()));
    }

    /** {@code a sigmoid(b)} of the first and the second half of x. */
    private Value glu(String place, Value x) {
        long width = graph.width(place, x);
        if (width % 2 != 0) {
            throw graph.problem(place, "\"glu\" takes two halves, but what stands before it has " + width + " numbers");
        }
        String numbers = graph.numbers(place, x);
        String gate = graph.add(
                place, new Function.Activate(Activation.SIGMOID), sliced(place, numbers, width / 2, width, 1));
        String y = graph.add(place, new Pair(Pair.Of.MUL), sliced(place, numbers, 0, width / 2, 1), gate);
        return new Value(y, x.per(), Width.of(width / 2));
    }

    private Value clip(String place, @Nullable Object argument, Value x) {
        if (!(argument instanceof List<?> list)
                || list.size() != 2
                || !(list.get(0) instanceof Double low)
                || !(list.get(1) instanceof Double high)) {
            throw wrong(place, SidecarWords.CLIP);
        }
        return graph.like(x, graph.add(place, new Clip(low, high), graph.numbers(place, x)));
    }

    /** Over the steps and the channels of a group; of instance_norm a group is a channel. */
    private Value groupNorm(
            String place, SidecarWords word, @Nullable String asked, Map<String, Object> step, Value given) {
        Value x = steps(place, word, given);
        String weight = "";
        String bias = "";
        if (asked != null) {
            String prefix = module(place, asked, "weight");
            long width = shape(place, prefix + "weight", 1, "[channels]").size(0);
            graph.fit(place, x, width, prefix + "weight [" + width + "]");
            weight = constant(place, prefix + "weight");
            bias = tensors.has(prefix + "bias")
                    ? list(place, prefix + "bias", width, prefix + "weight has as many")
                    : "";
        }
        int groups = word == SidecarWords.INSTANCE_NORM ? 0 : whole(place, step, "groups", 0, 1, 1 << 20);
        String y = graph.add(
                place, new GroupNormalization(groups, epsilon(place, step)), channels(place, x), weight, bias);
        return graph.like(x, rows(place, y));
    }

    /** {@code x / sqrt(mean of squares + eps) weight}. */
    private Value rmsNorm(String place, String asked, Map<String, Object> step, Value x) {
        String prefix = module(place, asked, "weight");
        long width = shape(place, prefix + "weight", 1, "[width]").size(0);
        graph.fit(place, x, width, prefix + "weight [" + width + "]");
        String numbers = graph.numbers(place, x);
        String squares = graph.add(place, new Pair(Pair.Of.MUL), numbers, numbers);
        Reduce mean = new Reduce(Reduce.Of.MEAN, List.of(-1L), Reduce.Keep.STAY, Reduce.None.NOTHING);
        double epsilon = step.containsKey("eps") ? epsilon(place, step) : 1e-6;
        String sum = graph.add(place, new Pair(Pair.Of.ADD), graph.add(place, mean, squares), graph.number(epsilon));
        String normal =
                graph.add(place, new Pair(Pair.Of.DIV), numbers, graph.add(place, new Function(Function.Of.SQRT), sum));
        return graph.like(x, graph.add(place, new Pair(Pair.Of.MUL), normal, constant(place, prefix + "weight")));
    }

    /** x_t and row t of a table: an embedding, or a buffer [1, length, width] or [length, 1, width]. */
    private Value positions(String place, String asked, Value given) {
        Value x = steps(place, SidecarWords.POSITIONS, given);
        String name = tensors.has(asked) || tensors.names().stream().anyMatch(each -> each.endsWith("." + asked))
                ? module(place, "", asked) + asked
                : module(place, asked, "weight") + "weight";
        Shape shape = tensors.shape(name);
        long width = shape.rank() == 0 ? 0 : shape.size(shape.rank() - 1);
        boolean table = shape.rank() == 2 || (shape.rank() == 3 && (shape.size(0) == 1 || shape.size(1) == 1));
        if (!table || width == 0) {
            throw graph.problem(
                    place,
                    "tensor " + name + " is " + shape
                            + "; expected a table of places: [length, width], [1, length, width] or [length, 1, width]");
        }
        graph.fit(place, x, width, name + " " + shape);
        String numbers = graph.numbers(place, x);
        String rows =
                graph.add(place, new Reshape(Reshape.Zero.AS_IT_IS), constant(place, name), graph.wholes(-1, width));
        String end = graph.add(place, new ShapeOf(0, 1), numbers);
        String own = graph.add(place, Slice.byInputs(), rows, graph.wholes(0), end, graph.wholes(0));
        return graph.like(x, graph.add(place, new Pair(Pair.Of.ADD), numbers, own));
    }

    /** nn.MultiheadAttention of the steps among each other. */
    private Value selfAttention(String place, String asked, Map<String, Object> step, Value given) {
        Value x = steps(place, SidecarWords.SELF_ATTENTION, given);
        String prefix = module(place, asked, "in_proj_weight");
        Shape in = shape(place, prefix + "in_proj_weight", 2, "[3 * width, width]");
        long width = in.size(1);
        int heads = whole(place, step, "heads", 0, 1, 1 << 16);
        boolean causal = truth(place, step, "causal", false);
        if (in.size(0) != 3 * width || width % heads != 0) {
            throw graph.problem(
                    place,
                    "tensor " + prefix + "in_proj_weight is " + in + "; expected [3 * width, width], and a width of "
                            + heads + " heads");
        }
        graph.fit(place, x, width, prefix + "in_proj_weight " + in);
        String bias = prefix + "in_proj_bias";
        String all = graph.add(
                place,
                new Gemm(1, 1, Gemm.Turn.NONE, Gemm.Turn.TRANSPOSED),
                graph.numbers(place, x),
                constant(place, prefix + "in_proj_weight"),
                tensors.has(bias) ? list(place, bias, 3 * width, prefix + "in_proj_weight is " + in) : "");
        long each = width / heads;
        String[] parts = new String[3];
        for (int i = 0; i < 3; i++) {
            String part = graph.add(
                    place,
                    new Reshape(Reshape.Zero.AS_IT_IS),
                    sliced(place, all, i * width, (i + 1) * width, 1),
                    graph.wholes(0, heads, each));
            parts[i] = graph.add(place, i == 1 ? Transpose.of(1, 2, 0) : Transpose.of(1, 0, 2), part);
        }
        String scores = graph.add(
                place,
                new Pair(Pair.Of.MUL),
                graph.add(place, new MatMul(), parts[0], parts[1]),
                graph.number(1 / Math.sqrt((double) each)));
        if (causal) {
            String ones = graph.add(
                    place, new Fill(1, Cast.To.NUMBERS), graph.add(place, new ShapeOf(0, Long.MAX_VALUE), scores));
            String behind = graph.add(place, new Triangle(Triangle.Kept.UPPER), ones, graph.wholes(1));
            scores = graph.add(
                    place,
                    new Pair(Pair.Of.SUB),
                    scores,
                    graph.add(place, new Pair(Pair.Of.MUL), behind, graph.number(1e9)));
        }
        String weights = graph.add(place, new Softmax(Softmax.Of.SOFTMAX, -1, Softmax.Along.AXIS), scores);
        String sums = graph.add(place, Transpose.of(1, 0, 2), graph.add(place, new MatMul(), weights, parts[2]));
        String flat = graph.add(place, new Reshape(Reshape.Zero.AS_IT_IS), sums, graph.wholes(0, width));
        String outBias = prefix + "out_proj.bias";
        if (!tensors.has(prefix + "out_proj.weight")) {
            throw graph.problem(place, "no tensor " + prefix + "out_proj.weight in the file");
        }
        Shape out = shape(place, prefix + "out_proj.weight", 2, "[width, width]");
        if (!out.is(width, width)) {
            throw graph.problem(
                    place,
                    "tensor " + prefix + "out_proj.weight is " + out + "; expected [" + width + ", " + width + "]");
        }
        String y = graph.add(
                place,
                new Gemm(1, 1, Gemm.Turn.NONE, Gemm.Turn.TRANSPOSED),
                flat,
                constant(place, prefix + "out_proj.weight"),
                tensors.has(outBias) ? list(place, outBias, width, prefix + "out_proj.weight is " + out) : "");
        return new Value(y, Per.STEP, Width.of(width));
    }

    /** {@code x / max(|x|, 1e-12)}. */
    private Value normalize(String place, Value x) {
        String numbers = graph.numbers(place, x);
        Reduce length = new Reduce(Reduce.Of.L2, List.of(-1L), Reduce.Keep.STAY, Reduce.None.NOTHING);
        String least = graph.add(place, new Pair(Pair.Of.MAX), graph.add(place, length, numbers), graph.number(1e-12));
        return graph.like(x, graph.add(place, new Pair(Pair.Of.DIV), numbers, least));
    }

    private Value softmax(String place, SidecarWords word, @Nullable Object argument, Value x) {
        if (argument != null && !argument.equals("steps")) {
            throw wrong(place, word);
        }
        int axis = argument == null ? 1 : 0;
        Value of = argument == null ? x : steps(place, word, x);
        Softmax.Of which = word == SidecarWords.SOFTMAX ? Softmax.Of.SOFTMAX : Softmax.Of.LOG_SOFTMAX;
        return graph.like(of, graph.add(place, new Softmax(which, axis, Softmax.Along.AXIS), graph.numbers(place, of)));
    }
}
