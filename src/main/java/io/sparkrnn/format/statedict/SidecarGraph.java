package io.sparkrnn.format.statedict;

import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.GraphInput;
import io.sparkrnn.graph.GraphOutput;
import io.sparkrnn.graph.Node;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.graph.Outlines;
import io.sparkrnn.graph.operator.Concat;
import io.sparkrnn.graph.operator.Expand;
import io.sparkrnn.graph.operator.Identity;
import io.sparkrnn.graph.operator.ShapeOf;
import io.sparkrnn.graph.operator.Slice;
import io.sparkrnn.tensor.DType;
import io.sparkrnn.tensor.Shape;
import io.sparkrnn.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A graph in the making: each value is a matrix, of a step a row [T, W] or of the row [1, W]; indices are a list, [T] or [1]. How
 * many numbers an input has is found when a weight says it.
 */
final class SidecarGraph {
    /** Behind the last of whatever is counted: the end of a slice that goes to the end. */
    static final long FAR = 1L << 40;

    /** What the names of values that nobody named begin with. */
    static final String UNNAMED = "#";

    private static final int WIDEST = 1 << 20;

    /** Numbers of steps to try a graph with whose windows are very long. */
    private static final List<int[]> LONG = List.of(new int[] {4099, 4111});

    private final String where;
    private final Map<String, Input> inputs = new LinkedHashMap<>();
    private final Map<String, Value> named = new LinkedHashMap<>();
    private final Set<String> taken = new LinkedHashSet<>();
    private final Map<String, Tensor> constants = new LinkedHashMap<>();
    private final List<Node> nodes = new ArrayList<>();

    /** Of what a value is. */
    enum Per {
        STEP("of each step"),
        ROW("of the row");

        private final String text;

        Per(String text) {
            this.text = text;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /** What an input's numbers are. */
    private enum Use {
        OPEN,
        NUMBERS,
        INDICES
    }

    /** A column of the row. */
    static final class Input {
        private final String name;
        private final Per per;
        private Use use = Use.OPEN;
        /** 0 when not known yet. */
        private long width;

        private String widthBy = "";
        private long range = Long.MAX_VALUE;

        private Input(String name, Per per) {
            this.name = name;
            this.per = per;
        }
    }

    /**
     * How many numbers a value has.
     *
     * @param open inputs whose numbers are among them, as often as they are
     */
    record Width(long known, List<Input> open) {
        static Width of(long known) {
            return new Width(known, List.of());
        }

        Width plus(Width other) {
            List<Input> all = new ArrayList<>(open);
            all.addAll(other.open);
            return new Width(known + other.known, all);
        }

        /** The number; -1 when it is not known yet. */
        long number() {
            long sum = known;
            for (Input input : open) {
                if (input.width == 0) {
                    return -1;
                }
                sum += input.width;
            }
            return sum;
        }
    }

    /**
     * The last states of recurrent layers, the values [states, 1, width].
     *
     * @param directions how many of the states are the last layer's
     */
    record States(String hidden, String cell, int count, int directions, int hiddenWidth, int cellWidth) {}

    /**
     * A value.
     *
     * @param name of the node's output, or of the input
     * @param input the column that it is itself; null when it is computed
     * @param states of the recurrent layers that it is the output of; null when it is of none
     */
    record Value(
            String name,
            Per per,
            Width width,
            @Nullable Input input,
            @Nullable States states) {
        Value(String name, Per per, Width width) {
            this(name, per, width, null, null);
        }
    }

    /** @param where what messages call the file that says the network: the model file's name, and the place in it */
    SidecarGraph(String where) {
        this.where = where;
    }

    // ---- inputs and names ----

    /** An input; the one there is, if it is one of the name already. */
    Value input(String place, String name, @Nullable Per per) {
        if (named.containsKey(name) || name.isEmpty() || name.startsWith(UNNAMED)) {
            throw problem(
                    place,
                    named.containsKey(name)
                            ? "\"" + name + "\" is the name of what is computed before; an input cannot have it, too"
                            : "\"" + name + "\" cannot be the name of an input");
        }
        Input input = inputs.computeIfAbsent(name, any -> new Input(name, per == null ? Per.STEP : per));
        if (per != null && input.per != per) {
            throw problem(
                    place,
                    "the input \"" + name + "\" is taken as one " + per + ", and elsewhere as one " + input.per
                            + "; expected one of the two. One of the row is written {\"row\": \"" + name
                            + "\"} where it comes first");
        }
        return new Value(name, input.per, new Width(0, List.of(input)), input, null);
    }

    /** Says how many numbers an input has. */
    void widen(String place, Value value, long width) {
        if (value.input != null) {
            settle(place, value.input, width, place);
        }
    }

    private void settle(String place, Input input, long width, String by) {
        if (input.width != 0 && input.width != width) {
            throw problem(
                    place,
                    "the input \"" + input.name + "\" has " + width + (width == 1 ? " number" : " numbers")
                            + " here (by " + by + "), and " + input.width + " by " + input.widthBy
                            + "; expected the same");
        }
        input.width = width;
        input.widthBy = by;
    }

    /** Whether there is an input of a name. */
    boolean has(String input) {
        return inputs.containsKey(input);
    }

    /** The first input of steps. */
    @Nullable
    Value anySteps() {
        return inputs.values().stream()
                .filter(input -> input.per == Per.STEP)
                .findFirst()
                .map(input -> new Value(input.name, input.per, new Width(0, List.of(input)), input, null))
                .orElse(null);
    }

    /** What was given a name; null when nothing was. */
    @Nullable
    Value called(String name) {
        Value value = named.get(name);
        if (value != null) {
            taken.add(name);
        }
        return value;
    }

    /** Gives a value a name. */
    Value name(String place, String name, Value value) {
        if (name.isEmpty() || name.startsWith(UNNAMED)) {
            throw problem(place, "\"" + name + "\" cannot be the name of a value");
        }
        if (inputs.containsKey(name)) {
            throw problem(
                    place,
                    "\"" + name + "\" is an input of the network already; expected another name. If it was taken before"
                            + " it is computed here, move this up");
        }
        if (named.containsKey(name)) {
            throw problem(place, "\"" + name + "\" is the name of another value already; expected a new name");
        }
        nodes.add(new Node(place, new Identity(), List.of(numbers(place, value)), List.of(name)));
        Value result = new Value(name, value.per, value.width, null, value.states);
        named.put(name, result);
        return result;
    }

    // ---- values ----

    /** The name of a value that is to be computed with. */
    String numbers(String place, Value value) {
        return used(place, value, Use.NUMBERS);
    }

    /**
     * The name of an input of indices.
     *
     * @param rows how many an index can be
     * @throws ModelException when the value is none
     */
    String indices(String place, Value value, long rows) {
        if (value.input == null) {
            throw problem(
                    place,
                    "an embedding takes the indices of a column, and what stands before it is computed; say which column,"
                            + " as in " + SidecarWords.EMBEDDING.example());
        }
        value.input.range = Math.min(value.input.range, rows);
        return used(place, value, Use.INDICES);
    }

    private String used(String place, Value value, Use use) {
        Input input = value.input;
        if (input != null) {
            if (input.use != Use.OPEN && input.use != use) {
                throw problem(
                        place,
                        "the input \"" + input.name + "\" is taken both as numbers and as the indices of an embedding;"
                                + " expected one of the two");
            }
            input.use = use;
        }
        return value.name;
    }

    /** A node of one output. */
    String add(String place, Operator operator, String... from) {
        String name = UNNAMED + nodes.size();
        nodes.add(new Node(place, operator, Arrays.asList(from), List.of(name)));
        return name;
    }

    /** A node of so many outputs. */
    List<String> add(String place, Operator operator, int outputs, String... from) {
        List<String> names = new ArrayList<>();
        for (int o = 0; o < outputs; o++) {
            names.add(UNNAMED + nodes.size() + "." + o);
        }
        nodes.add(new Node(place, operator, Arrays.asList(from), names));
        return names;
    }

    /** The node that was added last. */
    Node last() {
        return nodes.get(nodes.size() - 1);
    }

    /** How many nodes there are. */
    int size() {
        return nodes.size();
    }

    /** Whether a node from a place on takes one of these values. */
    boolean takes(int from, List<String> names) {
        return nodes.subList(from, nodes.size()).stream()
                .anyMatch(node -> node.inputs().stream().anyMatch(names::contains));
    }

    /** A value of the sizes of another. */
    Value like(Value x, String name) {
        return new Value(name, x.per, x.width);
    }

    /** A constant list of whole numbers. */
    String wholes(long... values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.length * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (long value : values) {
            bytes.putLong(value);
        }
        String name = UNNAMED + Arrays.toString(values);
        constants.putIfAbsent(name, Tensor.of(DType.INT64, Shape.of(values.length), bytes.array()));
        return name;
    }

    /** A constant matrix of one number. */
    String number(double value) {
        String name = UNNAMED + value;
        constants.putIfAbsent(name, Tensor.ofDoubles(Shape.of(1, 1), value));
        return name;
    }

    /** A constant list of one number many times. */
    String filled(double value, long count) {
        double[] values = new double[(int) count];
        Arrays.fill(values, value);
        String name = UNNAMED + value + " x " + count;
        constants.putIfAbsent(name, Tensor.ofDoubles(Shape.of(count), values));
        return name;
    }

    /** A constant. */
    String constant(String name, Tensor tensor) {
        constants.putIfAbsent(UNNAMED + name, tensor);
        return UNNAMED + name;
    }

    /**
     * Holds the numbers of a value against what is taken; an input whose are not known yet has those that are missing.
     *
     * @param by what takes them, for messages: {@code fc.weight [1, 20]}
     */
    void fit(String place, Value value, long needed, String by) {
        Width width = value.width;
        Set<Input> unknown = new LinkedHashSet<>();
        long known = width.known;
        int times = 0;
        for (Input input : width.open) {
            if (input.width == 0) {
                unknown.add(input);
                times++;
            } else {
                known += input.width;
            }
        }
        if (unknown.size() > 1) {
            Input first = unknown.iterator().next();
            throw problem(
                    place,
                    by + " takes " + needed
                            + (needed == 1 ? " number" : " numbers")
                            + ", which several inputs give together, and how many each has is not"
                            + " found: "
                            + String.join(
                                    ", ",
                                    unknown.stream().map(input -> input.name).toList())
                            + ". Say it of all but one, as in {\"" + (first.per == Per.ROW ? "row" : "steps") + "\": \""
                            + first.name + "\", \"width\": 3}");
        }
        long left = needed - known;
        if (times == 0 ? left != 0 : left <= 0 || left % times != 0) {
            throw problem(
                    place,
                    by + " takes " + needed + (needed == 1 ? " number" : " numbers")
                            + ", but what stands before it has " + known
                            + (times == 0
                                    ? ""
                                    : " without those of the input \""
                                            + unknown.iterator().next().name + "\""));
        }
        for (Input input : unknown) {
            settle(place, input, left / times, by);
        }
    }

    /** How many numbers a value has, where that has to be known. */
    long width(String place, Value value) {
        long number = value.width.number();
        if (number < 0) {
            throw problem(
                    place,
                    "how many numbers the input "
                            + value.width.open.stream()
                                    .filter(input -> input.width == 0)
                                    .map(input -> "\"" + input.name + "\"")
                                    .findFirst()
                                    .orElse("")
                            + " has is not found from the weights up to here; say it where the input comes first, as in"
                            + " {\"steps\": \"amounts\", \"width\": 3}");
        }
        return number;
    }

    /** A part of a value along an axis, from the first place to before the last; places below zero count from the end. */
    String sliced(String place, String name, long from, long to, long axis) {
        return add(place, new Slice(List.of(from), List.of(to), List.of(axis)), name);
    }

    /** A row's numbers at every step of another value. */
    Value repeated(String place, Value x, Value steps) {
        String count = add(place, new ShapeOf(0, 1), steps.name);
        String shape = add(place, new Concat(0), count, wholes(1));
        return new Value(add(place, new Expand(), numbers(place, x), shape), Per.STEP, x.width);
    }

    /** Values that meet: where one is of steps, the row's are repeated at each. */
    List<Value> together(String place, List<Value> values) {
        Value steps = values.stream()
                .filter(value -> value.per == Per.STEP)
                .findFirst()
                .orElse(null);
        if (steps == null) {
            return values;
        }
        return values.stream()
                .map(value -> value.per == Per.STEP ? value : repeated(place, value, steps))
                .toList();
    }

    // ---- the end ----

    /** The graph, whose outputs are what has a name and is taken by nothing. */
    Graph build() {
        List<GraphOutput> outputs = new ArrayList<>();
        for (Map.Entry<String, Value> entry : named.entrySet()) {
            if (taken.contains(entry.getKey())) {
                continue;
            }
            Value value = entry.getValue();
            long width = width("", value);
            GraphOutput.Form form = value.per == Per.ROW
                    ? GraphOutput.Form.OF_ROW
                    : width == 1 ? GraphOutput.Form.NUMBER_OF_STEP : GraphOutput.Form.NUMBERS_OF_STEP;
            outputs.add(new GraphOutput(entry.getKey(), form, value.per == Per.ROW ? -1 : 0, size(width)));
        }
        if (outputs.isEmpty()) {
            throw problem(
                    "", "each value that has a name is taken by another; expected one that is what the network gives");
        }
        try {
            Graph graph = new Graph(graphInputs(), constants, nodes, List.of()).with(outputs);
            if (graph.stepInputs().isEmpty()) {
                throw problem("", "the network takes no input of steps; expected at least one");
            }
            Outlines.of(graph, LONG);
            return graph;
        } catch (GraphException e) {
            throw problem("", "the network does not fit together: " + e.getMessage());
        }
    }

    private List<GraphInput> graphInputs() {
        List<GraphInput> all = new ArrayList<>();
        for (Input input : inputs.values()) {
            int first = input.per == Per.STEP ? GraphInput.STEPS : 1;
            if (input.use == Use.INDICES) {
                all.add(new GraphInput(input.name, List.of(first), OptionalLong.of(input.range)));
            } else {
                long width = width("", new Value(input.name, input.per, new Width(0, List.of(input))));
                all.add(new GraphInput(input.name, List.of(first, size(width)), OptionalLong.empty()));
            }
        }
        return all;
    }

    private int size(long width) {
        if (width > WIDEST || width < 1) {
            throw problem("", "a value of " + width + " numbers; expected 1 to " + WIDEST);
        }
        return (int) width;
    }

    /** What is wrong, at a place of the network; empty for all of it. */
    ModelException problem(String place, String what) {
        return new ModelException(where, (place.isEmpty() ? "\"network\"" : place) + ": " + what);
    }
}
