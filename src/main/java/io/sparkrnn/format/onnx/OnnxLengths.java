package io.sparkrnn.format.onnx;

import io.sparkrnn.graph.GraphInput;
import io.sparkrnn.graph.Node;
import io.sparkrnn.graph.operator.FirstSteps;
import io.sparkrnn.graph.operator.Gather;
import io.sparkrnn.graph.operator.Reshape;
import io.sparkrnn.graph.operator.ShapeOf;
import io.sparkrnn.tensor.Shape;
import io.sparkrnn.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Inputs that say how many steps each sequence of a padded batch has, as {@code forward(x, lengths)} with pack_padded_sequence
 * takes them. Rows have no padding here, so such an input is no column but the row's own number of steps.
 *
 * @param inputs those that are left
 * @param nodes which give the others' values
 * @param notes for the user
 */
record OnnxLengths(List<GraphInput> inputs, List<Node> nodes, Map<String, Tensor> constants, List<String> notes) {
    private static final Pattern NAME = Pattern.compile(
            "(?i)(.*[._])?((seq|sequence|src|source|input|inp|in|x|text|word|token|sent)s?_?)?(lens?|lengths?)([._]\\d+)?");

    static OnnxLengths of(List<GraphInput> all, List<Node> nodes) {
        GraphInput steps =
                all.stream().filter(GraphInput::isStepByStep).findFirst().orElse(null);
        List<GraphInput> left = new ArrayList<>();
        List<Node> added = new ArrayList<>();
        Map<String, Tensor> constants = new LinkedHashMap<>();
        List<String> notes = new ArrayList<>();
        for (GraphInput input : all) {
            boolean one = !input.isStepByStep()
                    && input.axes().size() <= 1
                    && input.width() == 1
                    && input.range().orElse(0) == Long.MAX_VALUE;
            if (steps == null || !one || !(NAME.matcher(input.name()).matches() || stops(input.name(), nodes))) {
                left.add(input);
                continue;
            }
            String name = input.name();
            constants.put(name + "#axis", OnnxNodes.wholes(Shape.of(1), List.of((long)
                    steps.axes().indexOf(GraphInput.STEPS))));
            constants.put(
                    name + "#shape",
                    OnnxNodes.wholes(
                            Shape.of(input.axes().size()),
                            input.axes().stream().map(any -> 1L).toList()));
            added.add(new Node(name, new ShapeOf(0, Long.MAX_VALUE), List.of(steps.name()), List.of(name + "#sizes")));
            added.add(
                    new Node(name, new Gather(0), List.of(name + "#sizes", name + "#axis"), List.of(name + "#steps")));
            added.add(new Node(
                    name, new Reshape(Reshape.Zero.EMPTY), List.of(name + "#steps", name + "#shape"), List.of(name)));
            notes.add("the input '" + name + "' is the number of steps of each row, and no column: rows here have no"
                    + " padding");
        }
        return new OnnxLengths(left, added, constants, notes);
    }

    /** Whether a recurrent node stops where a value says, which is moved at most on its way. */
    private static boolean stops(String name, List<Node> nodes) {
        Set<String> same = new HashSet<>(Set.of(name));
        for (Node node : nodes) {
            if (node.operator() instanceof FirstSteps
                    && same.contains(node.inputs().get(1))) {
                return true;
            }
            if (!node.inputs().isEmpty()
                    && same.contains(node.inputs().get(0))
                    && OnnxOperatorTable.moves(node.operator())) {
                same.addAll(node.outputs());
            }
        }
        return false;
    }
}
