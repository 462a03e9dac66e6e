package io.sparkrnn.format.onnx;

import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.network.WholeNetwork;
import io.sparkrnn.format.onnx.OnnxGraph.Attribute;
import io.sparkrnn.format.onnx.OnnxOperatorTable.OnnxProblem;
import io.sparkrnn.format.onnx.OnnxValue.Constant;
import io.sparkrnn.format.onnx.OnnxValue.Fill;
import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.Budget;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.GraphInput;
import io.sparkrnn.graph.Node;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.graph.Outline;
import io.sparkrnn.graph.Outlines;
import io.sparkrnn.graph.operator.Gather;
import io.sparkrnn.graph.operator.Recurrent;
import io.sparkrnn.graph.operator.RecurrentStack;
import io.sparkrnn.graph.operator.Transpose;
import io.sparkrnn.model.Layer;
import io.sparkrnn.model.LayerWeights;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.tensor.DType;
import io.sparkrnn.tensor.Shape;
import io.sparkrnn.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * All of a graph as one that is run: from its inputs, whose axes of steps are found, to its outputs. Only what the outputs
 * need is read.
 */
final class OnnxWhole {
    /** More columns than any network takes. */
    private static final int MOST_INPUTS = 1000;

    private final String file;
    private final OnnxGraph.Model model;
    private final OnnxFiles files;
    private final IdentityHashMap<OnnxGraph.Node, OnnxRecurrent> recurrent = new IdentityHashMap<>();
    private final Map<OnnxRecurrent, Node> recurrentNodes = new IdentityHashMap<>();
    private final Map<String, Tensor> constants = new LinkedHashMap<>();
    private final List<Node> nodes = new ArrayList<>();

    private OnnxWhole(String file, OnnxGraph.Model model, OnnxTrace trace, OnnxFiles files) {
        this.file = file;
        this.model = model;
        this.files = files;
        trace.recurrent().forEach(found -> recurrent.put(found.node(), found));
    }

    /**
     * The graph of a file.
     *
     * @param file what messages call the file
     * @param stacks its recurrent nodes: those that follow each other, by layers
     * @throws ModelException when it has a node that is not run, or that cannot be
     */
    static WholeNetwork of(
            String file,
            OnnxGraph.Model model,
            OnnxTrace trace,
            OnnxFiles files,
            List<List<OnnxNetworks.Stage>> stacks) {
        try {
            OnnxWhole whole = new OnnxWhole(file, model, trace, files);
            return whole.read().with(whole.stacks(stacks));
        } catch (OnnxProblem | GraphException e) {
            throw new ModelException(
                    file,
                    "the whole graph cannot be run: " + e.getMessage() + ". The recurrent part alone can be scored: "
                            + "choose it with --node, or ask for its states with --outputs hidden_states,h_n");
        }
    }

    private List<RecurrentStack> stacks(List<List<OnnxNetworks.Stage>> all) {
        List<RecurrentStack> found = new ArrayList<>();
        for (List<OnnxNetworks.Stage> stack : all) {
            List<String> names = new ArrayList<>();
            List<List<Node>> layers = new ArrayList<>();
            for (OnnxNetworks.Stage stage : stack) {
                List<Node> layer = new ArrayList<>();
                for (OnnxRecurrent node : stage.nodes()) {
                    names.add(node.name());
                    Node own = recurrentNodes.get(node);
                    if (own != null) {
                        layer.add(own);
                    }
                }
                // One that no output needs is not in the graph.
                if (layer.size() == stage.nodes().size()) {
                    layers.add(layer);
                }
            }
            if (layers.size() == stack.size()) {
                RecurrentStack.of(names, layers).ifPresent(found::add);
            }
        }
        return found;
    }

    private WholeNetwork read() {
        OnnxGraph graph = model.graph();
        List<String> outputs = graph.outputs();
        if (outputs.isEmpty()) {
            throw new OnnxProblem("it has no outputs");
        }
        if (graph.nodes().size() > Graph.MOST_NODES) {
            throw new OnnxProblem(
                    "it has " + graph.nodes().size() + " nodes; at most " + Graph.MOST_NODES + " are run");
        }
        Set<String> given = new HashSet<>(graph.initializers().keySet());
        graph.inputs().forEach(input -> given.add(input.name()));
        graph.nodes().forEach(node -> given.addAll(node.outputs()));
        for (String output : outputs) {
            if (!given.contains(output)) {
                throw new OnnxProblem("no node gives the output '" + output + "'");
            }
        }
        List<OnnxGraph.Node> wanted = needed(graph, outputs);
        Set<String> taken = new HashSet<>(outputs);
        Set<String> computed = new HashSet<>(outputs);
        for (OnnxGraph.Node node : wanted) {
            taken.addAll(node.inputs());
            for (int i = 0; i < node.inputs().size(); i++) {
                if (!node.isRecurrent() || !isWeight(i)) {
                    computed.add(node.inputs().get(i));
                }
            }
        }
        graph.initializers().forEach((name, tensor) -> {
            if (computed.contains(name)) {
                constants.put(name, constant(tensor));
            }
        });
        for (OnnxGraph.Node node : wanted) {
            if (node.isRecurrent()) {
                addRecurrent(node);
            } else if (node.isStandard() && node.opType().equals("Constant")) {
                constants.put(node.outputs().get(0), constantOf(node));
            } else {
                Operator operator = OnnxOperatorTable.of(node, model.opset());
                nodes.add(new Node(node.title(), operator, node.inputs(), node.outputs()));
            }
        }
        constants.keySet().retainAll(computed);
        List<OnnxGraph.Input> inputs = graph.inputs().stream()
                .filter(input ->
                        taken.contains(input.name()) && !graph.initializers().containsKey(input.name()))
                .toList();
        if (inputs.size() > MOST_INPUTS) {
            throw new OnnxProblem("it has " + inputs.size() + " inputs; at most " + MOST_INPUTS + " are taken");
        }
        return withForms(inputs, outputs);
    }

    /** The nodes that the outputs need, in the file's order. */
    private static List<OnnxGraph.Node> needed(OnnxGraph graph, List<String> outputs) {
        Set<String> needed = new HashSet<>(outputs);
        List<OnnxGraph.Node> wanted = new ArrayList<>();
        for (int n = graph.nodes().size() - 1; n >= 0; n--) {
            OnnxGraph.Node node = graph.nodes().get(n);
            if (node.outputs().stream().anyMatch(output -> !output.isEmpty() && needed.contains(output))) {
                wanted.add(node);
                needed.addAll(node.inputs());
            }
        }
        Collections.reverse(wanted);
        return wanted;
    }

    /** Whether an input of a recurrent node goes into its own weights: W, R, B and P. */
    private static boolean isWeight(int input) {
        return input == 1 || input == 2 || input == 3 || input == 7;
    }

    private Tensor constant(OnnxTensor tensor) {
        if (tensor.dtype() == null) {
            throw new OnnxProblem("the tensor '" + tensor.name() + "' is of type " + tensor.typeName()
                    + ", which is not computed with");
        }
        Tensor loaded = tensor.load(files).tensor();
        if (tensor.dtype() == DType.FLOAT32 && tensor.shape().rank() == 0) {
            // No weight: a number of an equation.
            return Tensor.ofDoubles(Shape.of(), OnnxOperatorTable.decimal(loaded.toFloats()[0]));
        }
        return loaded;
    }

    private Tensor constantOf(OnnxGraph.Node node) {
        for (Map.Entry<String, Attribute> entry : node.attributes().entrySet()) {
            Attribute value = entry.getValue();
            OnnxTensor tensor = value.tensor();
            switch (entry.getKey()) {
                case "value" -> {
                    if (tensor != null) {
                        return constant(tensor);
                    }
                }
                case "value_int" -> {
                    return wholes(Shape.of(), List.of(value.number()));
                }
                case "value_ints" -> {
                    return wholes(Shape.of(value.numbers().size()), value.numbers());
                }
                case "value_float" -> {
                    return Tensor.ofDoubles(Shape.of(), OnnxOperatorTable.decimal(value.real()));
                }
                case "value_floats" -> {
                    float[] floats = new float[value.reals().size()];
                    for (int i = 0; i < floats.length; i++) {
                        floats[i] = value.reals().get(i);
                    }
                    return Tensor.ofFloats(Shape.of(floats.length), floats);
                }
                default -> {}
            }
        }
        throw new OnnxProblem(node + " (at byte " + node.at() + ") is a constant of no number");
    }

    private static Tensor wholes(Shape shape, List<Long> values) {
        ByteBuffer bytes = ByteBuffer.allocate(values.size() * Long.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        values.forEach(bytes::putLong);
        return Tensor.of(DType.INT64, shape, bytes.array());
    }

    /** A recurrent node: X and perhaps states in, Y and states out; with layout 1 the sequence's axis is turned first. */
    private void addRecurrent(OnnxGraph.Node node) {
        OnnxRecurrent found = recurrent.get(node);
        if (found == null || found.within() != null) {
            throw new OnnxProblem(node + " (at byte " + node.at() + ") is in the body of another node");
        }
        List<LayerWeights> weights = OnnxWeights.of(file, found, new HashSet<>());
        Layer layer = weights.size() == 2
                ? new Layer(weights.get(0), weights.get(1))
                : found.direction().equals("reverse")
                        ? new Layer(null, weights.get(0))
                        : new Layer(weights.get(0), null);
        String title = node.title();
        String x = node.input(0);
        List<String> outputs = new ArrayList<>(node.outputs());
        if (found.batchFirst()) {
            nodes.add(new Node(title, Transpose.of(1, 0, 2), List.of(x), List.of(title + "/X")));
            x = title + "/X";
            outputs.replaceAll(name -> name.isEmpty() ? name : name + "/steps first");
        }
        Node own = new Node(
                title,
                new Recurrent(RnnModel.of(List.of(layer))),
                List.of(x, state(found, 5), state(found, 6), node.input(4)),
                outputs);
        nodes.add(own);
        recurrentNodes.put(found, own);
        for (int o = 0; found.batchFirst() && o < outputs.size(); o++) {
            if (!outputs.get(o).isEmpty()) {
                nodes.add(new Node(
                        title,
                        o == 0 ? Transpose.of(2, 0, 1, 3) : Transpose.of(1, 0, 2),
                        List.of(outputs.get(o)),
                        List.of(node.outputs().get(o))));
            }
        }
    }

    /** The name of the states that a node is given; empty where they are constants, which are among its weights. */
    private static String state(OnnxRecurrent node, int index) {
        OnnxValue value = node.input(index);
        return value == null || value instanceof Fill || value instanceof Constant
                ? ""
                : node.node().input(index);
    }

    // ---- which axis of an input counts steps, and what an output is ----

    /** The axis of steps in an input of three axes. */
    private enum Order {
        BATCH_STEPS_WIDTH(1),
        STEPS_BATCH_WIDTH(0),
        BATCH_WIDTH_STEPS(2);

        private final int steps;

        Order(int steps) {
            this.steps = steps;
        }
    }

    /** What a list of fixed length is. */
    private enum Fixed {
        STEPS,
        NUMBERS
    }

    private WholeNetwork withForms(List<OnnxGraph.Input> inputs, List<String> outputs) {
        List<OptionalLong> ranges = inputs.stream().map(this::range).toList();
        Map<String, Array> numbers = Outline.constants(new Graph(List.of(), constants, List.of(), List.of()));
        Budget budget = Budget.of(
                constants.values(),
                nodes.stream().mapToLong(node -> node.operator().parameters()).sum());
        Attempts attempts = new Attempts(inputs, outputs, ranges, numbers, budget);
        // What a graph is does not hang on a number of steps. One that fits in the first order of axes with few steps
        // alone, because it has a table of places, is of that order, though it may fit in another one with many.
        for (List<int[]> tried : List.of(Outlines.tried(), fixed(inputs))) {
            for (Fixed fixed : Fixed.values()) {
                for (Order order : orders(inputs)) {
                    for (int[] steps : tried) {
                        WholeNetwork found = attempts.run(fixed, order, steps);
                        if (found != null) {
                            return found;
                        }
                    }
                }
            }
        }
        throw attempts.first == null ? new OnnxProblem("it has no input") : attempts.first;
    }

    /** Runs the graph in one way after the other, and keeps why the first did not do. */
    private final class Attempts {
        private final List<OnnxGraph.Input> inputs;
        private final List<String> outputs;
        private final List<OptionalLong> ranges;
        private final Map<String, Array> numbers;
        private final Budget budget;
        private @Nullable OnnxProblem first;

        Attempts(
                List<OnnxGraph.Input> inputs,
                List<String> outputs,
                List<OptionalLong> ranges,
                Map<String, Array> numbers,
                Budget budget) {
            this.inputs = inputs;
            this.outputs = outputs;
            this.ranges = ranges;
            this.numbers = numbers;
            this.budget = budget;
        }

        @Nullable
        WholeNetwork run(Fixed fixed, Order order, int[] steps) {
            for (long width : widths()) {
                try {
                    List<GraphInput> taken = new ArrayList<>();
                    for (int i = 0; i < inputs.size(); i++) {
                        OnnxGraph.Input input = inputs.get(i);
                        taken.add(new GraphInput(input.name(), axes(input, order, fixed, width), ranges.get(i)));
                    }
                    return withForms(taken, numbers, outputs, steps, budget);
                } catch (GraphException e) {
                    OnnxProblem problem = new OnnxProblem(String.valueOf(e.getMessage()));
                    first = first == null ? problem : first;
                    if (budget.isSpent()) {
                        throw first;
                    }
                }
            }
            return null;
        }
    }

    /** The orders of axes: those in which no axis of fixed size counts steps while another one is open, if there are such. */
    private static List<Order> orders(List<OnnxGraph.Input> inputs) {
        List<Order> orders = new ArrayList<>();
        for (Order order : Order.values()) {
            boolean odd = inputs.stream()
                    .map(OnnxGraph.Input::shape)
                    .anyMatch(shape -> shape != null
                            && shape.size() > 2
                            && shape.get(order.steps) > 0
                            && shape.stream().skip(1).anyMatch(size -> size < 0));
            if (!odd) {
                orders.add(order);
            }
        }
        return orders.isEmpty() ? Arrays.asList(Order.values()) : orders;
    }

    /** Numbers of steps to try if nothing else does: those that inputs are fixed to. */
    private static List<int[]> fixed(List<OnnxGraph.Input> inputs) {
        List<int[]> tried = new ArrayList<>();
        for (OnnxGraph.Input input : inputs) {
            List<Long> shape = input.shape();
            for (int d = 1; shape != null && d < shape.size(); d++) {
                long size = shape.get(d);
                if (size > 1 && size < 100_000 && tried.size() < 4) {
                    tried.add(new int[] {(int) size, (int) size});
                }
            }
        }
        return tried;
    }

    /** What a width that is not said may be: what the recurrent nodes take. */
    private List<Long> widths() {
        Set<Long> widths = new java.util.LinkedHashSet<>();
        for (Node node : nodes) {
            if (node.operator() instanceof Recurrent found && widths.size() < 8) {
                widths.add((long) found.model().inputSize());
            }
        }
        return widths.isEmpty() ? List.of(1L) : List.copyOf(widths);
    }

    private WholeNetwork withForms(
            List<GraphInput> taken, Map<String, Array> numbers, List<String> outputs, int[] steps, Budget budget) {
        if (taken.stream().noneMatch(GraphInput::isStepByStep)) {
            throw new GraphException("none of its inputs has an axis of steps");
        }
        budget.spend(nodes.size());
        Graph open = new Graph(taken, constants, nodes, List.of());
        return WholeNetwork.of(open, Outlines.of(open, numbers, steps, budget), outputs);
    }

    private static List<Integer> axes(OnnxGraph.Input input, Order order, Fixed fixed, long width) {
        List<Long> shape = input.shape();
        if (shape == null) {
            throw new GraphException("the input '" + input.name() + "' has no shape");
        }
        int rank = shape.size();
        List<Integer> axes = new ArrayList<>();
        if (rank <= 1) {
            for (long size : shape) {
                axes.add(size > 1 ? size(size) : 1);
            }
            return axes;
        }
        if (rank == 2) {
            boolean open = shape.get(1) < 0;
            boolean whole = isWhole(input);
            if (open || (whole && fixed == Fixed.STEPS && shape.get(1) > 1)) {
                return order == Order.STEPS_BATCH_WIDTH ? List.of(GraphInput.STEPS, 1) : List.of(1, GraphInput.STEPS);
            }
            // [T, W] with one axis open may be steps of a graph without a batch; [B, W] is the usual one.
            return List.of(1, size(shape.get(1)));
        }
        int steps = order.steps;
        int batch = order == Order.STEPS_BATCH_WIDTH ? 1 : 0;
        // [D, B, H] with all but B fixed: a state that the row gives.
        boolean state = rank == 3
                && shape.get(1) < 0
                && shape.get(0) > 0
                && shape.get(2) > 0
                && shape.get(0) <= 16
                && order != Order.BATCH_STEPS_WIDTH;
        for (int d = 0; d < rank; d++) {
            long size = shape.get(d);
            if (state) {
                axes.add(size < 0 ? 1 : size(size));
            } else if (d == steps) {
                axes.add(GraphInput.STEPS);
            } else if (d == batch) {
                axes.add(1);
            } else {
                axes.add(size(size < 0 ? width : size));
            }
        }
        return axes;
    }

    private static int size(long size) {
        if (size > Array.MOST_ELEMENTS) {
            throw new GraphException("an input with an axis of " + size);
        }
        return (int) size;
    }

    private static boolean isWhole(OnnxGraph.Input input) {
        return switch (OnnxTensor.typeName(input.type())) {
            case "UINT8", "INT8", "UINT16", "INT16", "INT32", "INT64", "UINT32", "UINT64", "BOOL" -> true;
            case "FLOAT", "DOUBLE", "FLOAT16", "BFLOAT16", "UNDEFINED" -> false;
            default ->
                throw new GraphException("the input '" + input.name() + "' is of type "
                        + OnnxTensor.typeName(input.type()) + ", which is not computed with");
        };
    }

    /** How many values an index can have: the rows of the smallest table that it is looked up in. */
    private OptionalLong range(OnnxGraph.Input input) {
        if (!isWhole(input)) {
            return OptionalLong.empty();
        }
        Set<String> same = new HashSet<>(Set.of(input.name()));
        long range = Long.MAX_VALUE;
        for (Node node : nodes) {
            boolean moved =
                    node.inputs().size() > 0 && same.contains(node.inputs().get(0));
            if (moved && OnnxOperatorTable.moves(node.operator())) {
                same.addAll(node.outputs());
            } else if (node.operator() instanceof Gather gather
                    && node.inputs().size() > 1
                    && same.contains(node.inputs().get(1))) {
                Tensor table = constants.get(node.inputs().get(0));
                if (table != null && table.shape().rank() > 0) {
                    int axis = Array.axis(gather.axis(), table.shape().rank());
                    range = Math.min(range, table.shape().size(axis));
                }
            }
        }
        return OptionalLong.of(range);
    }
}
