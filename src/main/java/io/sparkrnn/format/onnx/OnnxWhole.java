package io.sparkrnn.format.onnx;

import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.format.network.WholeNetwork;
import io.sparkrnn.format.onnx.OnnxOperatorTable.OnnxProblem;
import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.Budget;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.GraphInput;
import io.sparkrnn.graph.Node;
import io.sparkrnn.graph.Outline;
import io.sparkrnn.graph.Outlines;
import io.sparkrnn.graph.operator.Gather;
import io.sparkrnn.graph.operator.Recurrent;
import io.sparkrnn.graph.operator.RecurrentStack;
import io.sparkrnn.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
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

    private final OnnxGraph.Model model;
    private final OnnxNodes reader;
    private final Map<String, Tensor> constants = new LinkedHashMap<>();
    private final List<Node> nodes = new ArrayList<>();

    private OnnxWhole(String file, OnnxGraph.Model model, OnnxTrace trace, OnnxFiles files) {
        this.model = model;
        reader = new OnnxNodes(file, model.opset(), trace, files, constants);
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
                    Node own = reader.made(node);
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
            Set<String> all = OnnxNodes.taken(node);
            taken.addAll(all);
            if (!node.isRecurrent()) {
                computed.addAll(all);
            }
            for (int i = 0; i < node.inputs().size() && node.isRecurrent(); i++) {
                if (!isWeight(i)) {
                    computed.add(node.inputs().get(i));
                }
            }
        }
        graph.initializers().forEach((name, tensor) -> {
            if (computed.contains(name)) {
                constants.put(name, reader.constant(tensor));
            }
        });
        for (OnnxGraph.Node node : wanted) {
            reader.add(node, nodes);
        }
        for (String output : outputs) {
            if (reader.isList(output)) {
                throw new OnnxProblem("the output '" + output + "' is a list of arrays, which no column has: join them"
                        + " (torch.stack, torch.cat) and export the model again");
            }
        }
        computed.addAll(outputs);
        nodes.forEach(node -> computed.addAll(node.inputs()));
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
                needed.addAll(OnnxNodes.taken(node));
            }
        }
        Collections.reverse(wanted);
        return wanted;
    }

    /** Whether an input of a recurrent node goes into its own weights: W, R, B and P. */
    private static boolean isWeight(int input) {
        return input == 1 || input == 2 || input == 3 || input == 7;
    }

    // ---- which axis of an input counts steps, and what an output is ----

    /** The axis of steps in an input of three axes. */
    private enum Order {
        BATCH_STEPS_WIDTH(1),
        STEPS_BATCH_WIDTH(0),
        BATCH_WIDTH_STEPS(2),
        /** The last axis, of inputs of any number of them: a spectrogram [B, 1, F, T]. */
        LAST(-1);

        private final int steps;

        Order(int steps) {
            this.steps = steps;
        }

        int steps(int rank) {
            return steps < 0 ? rank - 1 : steps;
        }
    }

    /** What an input is that may be several things. They are tried in this order. */
    private enum Form {
        /** [B, W] is of the row, and so is [B, N, W] of fixed sizes beside an input of steps. */
        OF_PYTORCH,
        /** All inputs of three axes, and lists of indices, are of steps. */
        ALL_STEPS,
        /** [B, N] is a list of N steps. */
        LISTS,
        /** [T, W] is a sequence without a batch. */
        NO_BATCH
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
            for (Form form : forms(inputs)) {
                for (Fixed fixed : Fixed.values()) {
                    for (Order order : orders(inputs)) {
                        for (int[] steps : tried) {
                            WholeNetwork found = attempts.run(form, fixed, order, steps);
                            if (found != null) {
                                return found;
                            }
                        }
                    }
                }
            }
        }
        throw attempts.first == null ? new OnnxProblem("it has no input") : attempts.first;
    }

    /** The forms that differ for these inputs. */
    private List<Form> forms(List<OnnxGraph.Input> inputs) {
        List<Form> forms = new ArrayList<>(List.of(Form.OF_PYTORCH));
        if (inputs.stream().anyMatch(OnnxWhole::isFixed) && isOpen(inputs)) {
            forms.add(Form.ALL_STEPS);
        }
        boolean deep = inputs.stream()
                .anyMatch(input -> input.shape() == null || input.shape().size() > 2);
        boolean recurrent = nodes.stream().anyMatch(node -> node.operator() instanceof Recurrent);
        if (!deep && recurrent) {
            forms.add(Form.LISTS);
            forms.add(Form.NO_BATCH);
        }
        return forms;
    }

    /** Whether an input has fixed sizes, but for that of the batch, and may yet be of steps. */
    private static boolean isFixed(OnnxGraph.Input input) {
        List<Long> shape = input.shape();
        return shape != null
                && (shape.size() > 2 || (shape.size() == 2 && shape.get(1) > 1 && isWhole(input)))
                && shape.stream().skip(1).allMatch(size -> size > 0);
    }

    /** Whether an input has an open size beside that of the batch. */
    private static boolean isOpen(List<OnnxGraph.Input> inputs) {
        return inputs.stream()
                .map(OnnxGraph.Input::shape)
                .anyMatch(shape -> shape != null && shape.stream().skip(1).anyMatch(size -> size < 0));
    }

    /** Runs the graph in one way after the other, and keeps why the first did not do. */
    private final class Attempts {
        private final List<OnnxGraph.Input> inputs;
        private final List<String> outputs;
        private final List<OptionalLong> ranges;
        private final Map<String, Array> numbers;
        private final Budget budget;

        /** Whether there is an input whose number of steps is open. */
        private final boolean beside;

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
            beside = isOpen(inputs);
        }

        @Nullable
        WholeNetwork run(Form form, Fixed fixed, Order order, int[] steps) {
            for (long width : widths()) {
                try {
                    List<GraphInput> taken = new ArrayList<>();
                    for (int i = 0; i < inputs.size(); i++) {
                        OnnxGraph.Input input = inputs.get(i);
                        boolean once = form == Form.OF_PYTORCH && beside && isFixed(input);
                        List<Integer> axes = once ? ofRow(input) : axes(input, form, order, fixed, width);
                        taken.add(new GraphInput(input.name(), axes, ranges.get(i)));
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
                            && (order.steps >= shape.size() || shape.get(order.steps(shape.size())) > 0)
                            && shape.stream().skip(1).anyMatch(size -> size < 0));
            if (!odd) {
                orders.add(order);
            }
        }
        // First those in which no other axis is open.
        orders.sort(java.util.Comparator.comparing(
                order -> inputs.stream().anyMatch(input -> isLeftOpen(input.shape(), order))));
        return orders.isEmpty() ? Arrays.asList(Order.values()) : orders;
    }

    /** Whether an axis is open that in an order is neither the batch's nor the steps'. */
    private static boolean isLeftOpen(@Nullable List<Long> shape, Order order) {
        boolean left = false;
        for (int d = 0; shape != null && shape.size() > 2 && d < shape.size(); d++) {
            int batch = order == Order.STEPS_BATCH_WIDTH ? 1 : 0;
            left |= shape.get(d) < 0 && d != batch && d != order.steps(shape.size());
        }
        return left;
    }

    /** An input that is of the row, with all its axes. */
    private static List<Integer> ofRow(OnnxGraph.Input input) {
        List<Integer> axes = new ArrayList<>(List.of(1));
        List<Long> shape = input.shape();
        for (int d = 1; shape != null && d < shape.size(); d++) {
            axes.add(size(shape.get(d)));
        }
        return axes;
    }

    /** Numbers of steps to try if nothing else does: those that inputs are fixed to. */
    private static List<int[]> fixed(List<OnnxGraph.Input> inputs) {
        List<int[]> tried = new ArrayList<>();
        for (OnnxGraph.Input input : inputs) {
            List<Long> shape = input.shape();
            for (int d = 0; shape != null && d < shape.size(); d++) {
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

    /**
     * A recurrent node goes over the steps of one sequence. One that goes over several side by side does so for parts of each
     * step, such as the words of a sentence, and over more than one of them; else the axes were taken in a wrong order.
     */
    private void checkBatches(Outlines outlines) {
        for (Node node : nodes) {
            if (!(node.operator() instanceof Recurrent)) {
                continue;
            }
            int[] few = outlines.first().shapes().get(node.inputs().get(0));
            int[] many = outlines.second().shapes().get(node.inputs().get(0));
            if (few != null && many != null && few[1] != 1 && (few[0] < 2 || few[0] != many[0])) {
                throw new GraphException(node + ": it is given numbers " + Arrays.toString(few)
                        + "; expected numbers [steps, 1, " + few[2] + "]");
            }
        }
    }

    private WholeNetwork withForms(
            List<GraphInput> taken, Map<String, Array> numbers, List<String> outputs, int[] steps, Budget budget) {
        if (taken.stream().noneMatch(GraphInput::isStepByStep)) {
            throw new GraphException("none of its inputs has an axis of steps");
        }
        budget.spend(nodes.size());
        OnnxLengths lengths = OnnxLengths.of(taken, nodes);
        Map<String, Array> known = new HashMap<>(numbers);
        known.putAll(Outline.constants(new Graph(List.of(), lengths.constants(), List.of(), List.of())));
        Map<String, Tensor> all = new LinkedHashMap<>(constants);
        all.putAll(lengths.constants());
        List<Node> ordered = new ArrayList<>(lengths.nodes());
        ordered.addAll(nodes);
        Graph open = new Graph(lengths.inputs(), all, ordered, List.of());
        Outlines outlines = Outlines.of(open, known, steps, budget);
        checkBatches(outlines);
        WholeNetwork whole = WholeNetwork.of(open, outlines, outputs);
        List<String> notes = new ArrayList<>(whole.notes());
        notes.addAll(lengths.notes());
        if (reader.hasHalves()) {
            notes.add("the file computes in float16 where here is float32: results differ from its own by float16's"
                    + " rounding");
        }
        return new WholeNetwork(whole.graph(), notes);
    }

    private static List<Integer> axes(OnnxGraph.Input input, Form form, Order order, Fixed fixed, long width) {
        List<Long> shape = input.shape();
        if (shape == null) {
            throw new GraphException("the input '" + input.name() + "' has no shape");
        }
        int rank = shape.size();
        List<Integer> axes = new ArrayList<>();
        if (rank <= 1) {
            for (long size : shape) {
                boolean steps = form == Form.NO_BATCH && isWhole(input) && (size < 0 || size > 1);
                axes.add(steps ? GraphInput.STEPS : size > 1 ? size(size) : 1);
            }
            return axes;
        }
        if (rank == 2) {
            boolean open = shape.get(1) < 0;
            boolean whole = isWhole(input);
            if (open || (whole && fixed == Fixed.STEPS && shape.get(1) > 1)) {
                return order == Order.STEPS_BATCH_WIDTH ? List.of(GraphInput.STEPS, 1) : List.of(1, GraphInput.STEPS);
            }
            if (form == Form.LISTS && shape.get(1) > 1) {
                return List.of(1, GraphInput.STEPS);
            }
            if (form == Form.NO_BATCH) {
                return List.of(GraphInput.STEPS, size(shape.get(1)));
            }
            return List.of(1, size(shape.get(1)));
        }
        int steps = order.steps(rank);
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
