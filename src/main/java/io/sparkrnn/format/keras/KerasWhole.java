package io.sparkrnn.format.keras;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.bytes.ZipRecords;
import io.sparkrnn.format.network.WholeNetwork;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.GraphInput;
import io.sparkrnn.graph.Node;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.graph.Outlines;
import io.sparkrnn.graph.operator.Identity;
import io.sparkrnn.graph.operator.Recurrent;
import io.sparkrnn.graph.operator.RecurrentStack;
import io.sparkrnn.tensor.DType;
import io.sparkrnn.tensor.Shape;
import io.sparkrnn.tensor.Tensor;
import io.sparkrnn.tensor.Tensors;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All of a Keras model as a graph: a Sequential or functional one, layer by layer, with the masks that go along with its
 * values (<a href="https://keras.io/guides/understanding_masking_and_padding/">masking</a>). What a layer is, {@link
 * KerasLayers} knows. Arrays have Keras' axes, with a batch of one.
 */
final class KerasWhole {
    private static final int MOST_NESTED = 8;
    private static final int MOST_CALLS = 10_000;

    final String file;
    final Tensors tensors;
    final KerasCells cells;
    final KerasWeights weights;
    private final Map<String, Tensor> constants = new LinkedHashMap<>();
    private final List<Node> nodes = new ArrayList<>();
    private final List<GraphInput> inputs = new ArrayList<>();
    private final Set<Integer> fixedSteps = new HashSet<>();
    private final Set<String> names = new HashSet<>();
    /** By the names of layers, a node for each time that one is called. */
    private final Map<String, List<Node>> recurrent = new HashMap<>();

    private final List<String> notes = new ArrayList<>();
    private int calls;
    private int wrapped;

    private KerasWhole(String file, Tensors tensors, KerasCells cells, KerasWeights weights) {
        this.file = file;
        this.tensors = tensors;
        this.cells = cells;
        this.weights = weights;
    }

    /**
     * A value of the model.
     *
     * @param name in the graph
     * @param rank how many axes it has, with that of the batch
     * @param mask the name of its mask [1, T] of whole numbers, 1 at the steps that count; null when all do
     */
    record Value(String name, int rank, @Nullable String mask) {
        Value masked(@Nullable String other) {
            return new Value(name, rank, other);
        }
    }

    /** Why a layer gives nothing; an error where its value is needed. */
    private static final class Refused extends RuntimeException {
        private static final long serialVersionUID = 1;

        Refused(String message) {
            super(message);
        }
    }

    /**
     * The graph of a model.
     *
     * @param file what messages call the file
     * @param model its configuration
     * @param stacks its recurrent layers, those together that follow each other
     * @throws ModelException when an output needs a layer that is not run, or weights are missing or do not fit
     */
    static WholeNetwork of(
            String file,
            JsonNode model,
            Tensors tensors,
            KerasCells cells,
            KerasWeights weights,
            Collection<List<KerasLayer>> stacks) {
        KerasWhole whole = new KerasWhole(file, tensors, cells, weights);
        try {
            List<Value> outputs = whole.model(model, "", "", null, 0);
            return whole.graph(outputs, outputNames(model, outputs.size())).with(whole.stacks(stacks));
        } catch (Refused | GraphException e) {
            throw new ModelException(
                    file,
                    "the whole Keras model cannot be run: " + e.getMessage()
                            + ". The recurrent part alone can be scored: "
                            + "choose it with --node, or ask for its states with --outputs hidden_states,h_n");
        }
    }

    private List<RecurrentStack> stacks(Collection<List<KerasLayer>> all) {
        List<RecurrentStack> found = new ArrayList<>();
        for (List<KerasLayer> stack : all) {
            List<String> called = stack.stream().map(KerasLayer::name).toList();
            Optional<RecurrentStack> together = together(stack) ? stack(called) : Optional.empty();
            if (together.isPresent()) {
                found.add(together.get());
            } else {
                called.forEach(name -> stack(List.of(name)).ifPresent(found::add));
            }
        }
        return found;
    }

    /** Whether no layer turns the sequence around for those above it, as go_backwards does. */
    private static boolean together(List<KerasLayer> stack) {
        return stack.subList(0, stack.size() - 1).stream()
                .allMatch(layer -> layer.className().equals("Bidirectional")
                        || !layer.recurrent().path("go_backwards").asBoolean(false));
    }

    /** Layers each of which is called once. */
    private Optional<RecurrentStack> stack(List<String> called) {
        List<List<Node>> each = new ArrayList<>();
        for (String name : called) {
            List<Node> of = recurrent.getOrDefault(name, List.of());
            if (of.size() != 1) {
                return Optional.empty();
            }
            each.add(of);
        }
        return RecurrentStack.of(called, each);
    }

    RuntimeException refused(KerasLayer layer, String what) {
        return new Refused("layer '" + layer.name() + "' (" + layer.className() + ") " + what);
    }

    // ---- the parts of the graph ----

    /** Adds a node; the name of what it gives. */
    String node(KerasLayer layer, Operator operator, String... taken) {
        return nodes(layer, operator, 1, taken).get(0);
    }

    /** Adds a node; the names of what it gives. */
    List<String> nodes(KerasLayer layer, Operator operator, int count, String... taken) {
        List<String> given = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            given.add(unused(layer.name() + "/" + nodes.size() + (i == 0 ? "" : "." + i)));
        }
        Node node = new Node(layer.name(), operator, List.of(taken), given);
        nodes.add(node);
        if (operator instanceof Recurrent) {
            recurrent.computeIfAbsent(layer.name(), any -> new ArrayList<>()).add(node);
        }
        return given;
    }

    private String unused(String name) {
        String free = name;
        while (!names.add(free)) {
            free += "'";
        }
        return free;
    }

    /** A constant of the graph. */
    String constant(KerasLayer layer, Tensor tensor) {
        String name = unused(layer.name() + "/constant" + constants.size());
        constants.put(name, tensor);
        return name;
    }

    /** Whole numbers as a constant. */
    String wholes(KerasLayer layer, long... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (long value : values) {
            bytes.putLong(value);
        }
        return constant(layer, Tensor.of(DType.INT64, Shape.of(values.length), bytes.array()));
    }

    /** A number as a constant. */
    String number(KerasLayer layer, double value) {
        return constant(layer, Tensor.ofDoubles(Shape.of(), value));
    }

    /**
     * The weights of a layer that is not recurrent, in Keras' order.
     *
     * @param least how many there are at least
     */
    List<Tensor> weights(KerasLayer layer, int least) {
        List<String> found = weights.all(layer);
        if (found.size() < least) {
            throw new ModelException(
                    file,
                    "Keras' layer '" + layer.name() + "' (" + layer.className() + ") has " + found.size()
                            + (found.size() == 1 ? " weight" : " weights") + " in the file, but should have " + least
                            + "; there are "
                            + ZipRecords.few(List.copyOf(tensors.names())));
        }
        List<Tensor> read = new ArrayList<>();
        for (String name : found) {
            if (!tensors.dtype(name).isWeight() && tensors.dtype(name) != DType.INT64) {
                throw new ModelException(
                        file,
                        "tensor '" + name + "' is of type " + tensors.dtype(name)
                                + "; weights are float64, float32, float16 or bfloat16");
            }
            read.add(tensors.get(name));
        }
        return read;
    }

    // ---- the model ----

    /** A layer as a model has it, and how often it is called. */
    private record Called(KerasLayer layer, JsonNode node, JsonNode inbound) {}

    /**
     * Runs through a model.
     *
     * @param given what it takes; null for the outermost, whose inputs are the graph's
     * @return what it gives
     */
    private List<Value> model(JsonNode model, String prefix, String container, @Nullable List<Value> given, int depth) {
        JsonNode config = model.path("config");
        JsonNode list = config.isArray() ? config : config.path("layers");
        if (!list.isArray() || depth > MOST_NESTED) {
            throw new Refused(
                    "'" + prefix + "' is a model whose layers the file does not tell, or one nested too deep");
        }
        List<Called> layers = new ArrayList<>();
        Map<String, Integer> numbers = new HashMap<>();
        for (JsonNode node : list) {
            String kind = node.path("class_name").asText();
            JsonNode own = node.path("config");
            String name = node.path("name").asText(own.path("name").asText());
            int number = numbers.merge(kind, 1, Integer::sum) - 1;
            layers.add(new Called(
                    new KerasLayer(
                            prefix + name,
                            kind,
                            own,
                            container + "layers/" + KerasConfig.numbered(kind, number),
                            null,
                            false,
                            null),
                    node,
                    node.path("inbound_nodes")));
        }
        return model.path("class_name").asText().equals("Sequential")
                ? sequential(layers, given, depth)
                : functional(config, layers, prefix, given, depth);
    }

    private List<Value> sequential(List<Called> layers, @Nullable List<Value> given, int depth) {
        List<Value> values = given;
        for (int i = 0; i < layers.size(); i++) {
            Called called = layers.get(i);
            boolean input = called.layer().className().equals("InputLayer");
            if (values == null) {
                Called taker = input && i + 1 < layers.size() ? layers.get(i + 1) : called;
                String name = input ? called.layer().name() : called.layer().name() + "_input";
                values = List.of(input(name, called.layer().config(), List.of(taker.layer())));
            }
            if (!input) {
                values = call(called.layer(), called.node(), values, List.of(), MissingNode.getInstance(), depth);
            }
        }
        if (values == null) {
            throw new Refused("it has no layers");
        }
        return values;
    }

    /** What a call gives, or why it gives nothing. */
    private record Result(List<Value> values, @Nullable RuntimeException problem) {}

    private List<Value> functional(
            JsonNode config, List<Called> layers, String prefix, @Nullable List<Value> given, int depth) {
        List<KerasTensor> inputLayers = KerasTensor.list(config.path("input_layers"));
        List<KerasTensor> outputLayers = KerasTensor.list(config.path("output_layers"));
        if (inputLayers.isEmpty() || outputLayers.isEmpty()) {
            throw new Refused("'" + prefix + "' does not say its input_layers and output_layers");
        }
        Map<String, List<KerasLayer>> takers = new HashMap<>();
        for (Called called : layers) {
            for (JsonNode inbound : called.inbound()) {
                KerasTensor.in(inbound)
                        .forEach(tensor -> takers.computeIfAbsent(tensor.layer(), any -> new ArrayList<>())
                                .add(called.layer()));
            }
        }
        Map<String, Result> results = new HashMap<>();
        for (int i = 0; i < inputLayers.size(); i++) {
            String name = inputLayers.get(i).layer();
            if (given != null && i >= given.size()) {
                throw new Refused("'" + prefix + "' is given " + given.size()
                        + (given.size() == 1 ? " input" : " inputs") + "; it has " + inputLayers.size());
            }
            if (given != null) {
                results.put(name + "#0", new Result(List.of(given.get(i)), null));
                continue;
            }
            KerasLayer layer = layers.stream()
                    .map(Called::layer)
                    .filter(each -> each.name().equals(prefix + name))
                    .findFirst()
                    .orElseThrow(() -> new Refused("there is no input layer '" + name + "'"));
            results.put(
                    name + "#0",
                    new Result(List.of(input(name, layer.config(), takers.getOrDefault(name, List.of()))), null));
        }
        boolean moved = true;
        List<Called> open = new ArrayList<>(layers);
        Map<Called, Integer> done = new HashMap<>();
        while (moved && !open.isEmpty()) {
            moved = false;
            for (Called called : List.copyOf(open)) {
                int next = done.getOrDefault(called, 0);
                while (next < called.inbound().size() && run(called, next, prefix, results, depth)) {
                    next++;
                    moved = true;
                }
                done.put(called, next);
                if (next >= called.inbound().size()) {
                    open.remove(called);
                }
            }
        }
        List<Value> outputs = new ArrayList<>();
        for (KerasTensor output : outputLayers) {
            Result result = results.get(output.layer() + "#" + output.node());
            if (result == null) {
                throw new Refused(
                        "nothing gives the output '" + output.layer() + "': the model is damaged, or has a cycle");
            }
            outputs.add(value(result, output));
        }
        return outputs;
    }

    private static Value value(Result result, KerasTensor tensor) {
        if (result.problem() != null) {
            throw result.problem();
        }
        if (tensor.index() < 0 || tensor.index() >= result.values().size()) {
            throw new Refused(
                    "layer '" + tensor.layer() + "' gives " + result.values().size()
                            + (result.values().size() == 1 ? " value" : " values") + ", not number " + tensor.index());
        }
        return result.values().get(tensor.index());
    }

    /** Calls a layer if what it takes is there; whether it is. */
    private boolean run(Called called, int node, String prefix, Map<String, Result> results, int depth) {
        String key = called.layer().name().substring(prefix.length()) + "#" + node;
        JsonNode inbound = called.inbound().get(node);
        List<KerasTensor> taken = KerasTensor.in(inbound);
        for (KerasTensor tensor : taken) {
            if (!results.containsKey(tensor.layer() + "#" + tensor.node())) {
                return false;
            }
        }
        if (++calls > MOST_CALLS) {
            throw new Refused("it has more than " + MOST_CALLS + " layers");
        }
        try {
            List<Value> values = new ArrayList<>();
            List<Value> states = new ArrayList<>();
            Map<String, Value> named = new LinkedHashMap<>();
            Map<String, Value> all = new LinkedHashMap<>();
            boolean function = KerasOps.is(called.layer(), called.node());
            for (KerasTensor tensor : taken) {
                Value value = value(Objects.requireNonNull(results.get(tensor.layer() + "#" + tensor.node())), tensor);
                all.put(tensor.key(), value);
                if (function) {
                    continue;
                }
                switch (tensor.argument()) {
                    case "", "inputs", "sequence", "x", "sequences" -> values.add(value);
                    case "query", "value", "key" -> named.put(tensor.argument(), value);
                    case "initial_state" -> states.add(value);
                    default ->
                        throw refused(
                                called.layer(),
                                "is given '" + tensor.argument() + "' in its call, which is not computed");
                }
            }
            for (String argument : List.of("query", "value", "key")) {
                Value value = named.get(argument);
                if (value != null) {
                    values.add(value);
                }
            }
            if (values.isEmpty() && !function) {
                throw refused(called.layer(), "is called with nothing; expected what it takes");
            }
            if (function) {
                KerasCall call = new KerasCall(this, called.layer(), List.of(), List.of(), inbound);
                results.put(key, new Result(KerasOps.call(call, inbound, all), null));
            } else {
                JsonNode arguments = inbound.isObject()
                        ? inbound.path("kwargs")
                        : (inbound.path(0).isArray() ? inbound.path(0) : inbound).path(3);
                results.put(
                        key, new Result(call(called.layer(), called.node(), values, states, arguments, depth), null));
            }
        } catch (Refused | ModelException e) {
            results.put(key, new Result(List.of(), e));
        }
        return true;
    }

    private List<Value> call(
            KerasLayer layer, JsonNode node, List<Value> values, List<Value> states, JsonNode arguments, int depth) {
        if (layer.config().path("layers").isArray()) {
            return model(node, layer.name() + "/", layer.place() + "/", values, depth + 1);
        }
        return KerasLayers.call(this, layer, values, states, arguments);
    }

    /** Calls the layer or the model that a wrapper has. */
    List<Value> within(KerasLayer layer, JsonNode node, List<Value> values) {
        if (++calls > MOST_CALLS || wrapped >= MOST_NESTED) {
            throw new Refused("it has more than " + MOST_CALLS + " layers, or wrappers nested too deep");
        }
        wrapped++;
        try {
            return call(layer, node, values, List.of(), MissingNode.getInstance(), MOST_NESTED / 2);
        } finally {
            // A layer that gives nothing may be one that no output needs.
            wrapped--;
        }
    }

    /** Tells the user something. */
    void note(String what) {
        if (!notes.contains(what)) {
            notes.add(what);
        }
    }

    // ---- inputs and outputs ----

    private Value input(String name, JsonNode config, List<KerasLayer> takers) {
        JsonNode shape = config.path("batch_input_shape");
        if (!shape.isArray()) {
            shape = config.path("batch_shape");
        }
        boolean index = !takers.isEmpty()
                && takers.stream().allMatch(layer -> layer.className().equals("Embedding"));
        boolean whole = config.path("dtype").asText().startsWith("int") || index;
        List<Integer> axes = new ArrayList<>(List.of(1));
        int rank = shape.isArray() ? shape.size() : index ? 2 : 3;
        long second = shape.path(1).asLong(-1);
        if (rank == 2) {
            axes.add(second == 1 || (second > 0 && !index) ? size(second) : GraphInput.STEPS);
        } else if (rank == 3) {
            axes.add(GraphInput.STEPS);
            long width = shape.path(2).asLong(-1);
            axes.add(width > 0 ? size(width) : width(name, takers));
        } else if (rank == 1) {
            axes.add(1);
            axes.remove(0);
        } else if (rank > 3 && rank < 8) {
            axes.add(GraphInput.STEPS);
            for (int d = 2; d < rank; d++) {
                if (shape.path(d).asLong(-1) < 1) {
                    throw new Refused("its input '" + name + "' is of shape " + shape
                            + ", in which more than the number of steps is open; expected fixed sizes for the others");
                }
                axes.add(size(shape.path(d).asLong()));
            }
        } else {
            throw new Refused("its input '" + name + "' is of shape " + shape + "; taken are [batch, steps, features],"
                    + " [batch, steps] of indices and [batch, numbers]");
        }
        if (second > 1 && second < 100_000) {
            fixedSteps.add((int) second);
        }
        long range = takers.stream()
                .filter(layer -> layer.className().equals("Embedding"))
                .mapToLong(layer -> layer.config().path("input_dim").asLong(Long.MAX_VALUE))
                .min()
                .orElse(Long.MAX_VALUE);
        inputs.add(new GraphInput(unused(name), axes, whole ? OptionalLong.of(range) : OptionalLong.empty()));
        return new Value(name, rank, null);
    }

    private static int size(long size) {
        if (size > 1 << 24) {
            throw new Refused("an input with an axis of " + size);
        }
        return (int) size;
    }

    /** The features of a step that the file does not say: what the weights of who takes them are for. */
    private int width(String name, List<KerasLayer> takers) {
        for (KerasLayer taker : takers) {
            List<String> found = taker.isRecurrent() ? weights.of(taker, false) : weights.all(taker);
            if (!found.isEmpty() && tensors.shape(found.get(0)).rank() >= 2) {
                Shape kernel = tensors.shape(found.get(0));
                return size(kernel.size(kernel.rank() - 2));
            }
        }
        throw new Refused("nothing says how many features a step of its input '" + name + "' has");
    }

    /** The names of the columns: those of the layers that give them. */
    private static List<String> outputNames(JsonNode model, int count) {
        JsonNode config = model.path("config");
        JsonNode list = config.isArray() ? config : config.path("layers");
        if (model.path("class_name").asText().equals("Sequential")) {
            JsonNode last = list.path(list.size() - 1);
            String name =
                    last.path("name").asText(last.path("config").path("name").asText());
            List<String> named = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                named.add(i == 0 ? name : name + "_" + i);
            }
            return named;
        }
        List<String> named = new ArrayList<>();
        for (KerasTensor output : KerasTensor.list(config.path("output_layers"))) {
            String name = output.layer();
            for (int i = 1; named.contains(name); i++) {
                name = output.layer() + "_" + i;
            }
            named.add(name);
        }
        return named;
    }

    private WholeNetwork graph(List<Value> values, List<String> outputs) {
        List<String> given = new ArrayList<>();
        for (int i = 0; i < outputs.size(); i++) {
            String name = outputs.get(i);
            if (!names.add(name)) {
                throw new Refused("two of its values are called '" + name + "'");
            }
            nodes.add(new Node(name, new Identity(), List.of(values.get(i).name()), List.of(name)));
            given.add(name);
        }
        Graph all = new Graph(inputs, constants, nodes, List.of());
        List<int[]> tried = new ArrayList<>();
        fixedSteps.forEach(steps -> tried.add(new int[] {steps, steps}));
        WholeNetwork whole = WholeNetwork.of(all, Outlines.of(all, tried), given);
        // without the layers that no output needs
        List<String> told = new ArrayList<>(whole.notes());
        told.addAll(notes);
        return new WholeNetwork(all.with(whole.graph().outputs()), told);
    }
}
