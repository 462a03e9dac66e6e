package io.sparkrnn.engine;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.Budget;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.GraphInput;
import io.sparkrnn.graph.Node;
import io.sparkrnn.graph.Outlines;
import io.sparkrnn.graph.StepInput;
import io.sparkrnn.graph.operator.Identity;
import io.sparkrnn.graph.operator.Recurrent;
import io.sparkrnn.graph.operator.Reshape;
import io.sparkrnn.graph.operator.Squeeze;
import io.sparkrnn.graph.operator.Transpose;
import io.sparkrnn.graph.operator.Unsqueeze;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which values of a graph have one part for each step of a row, and which nodes compute each step by itself, so that they may be
 * given the steps of many rows as if they were those of one. Whatever cannot be shown to be so, for rows of all lengths, is not.
 */
final class StepAxes {
    private final Map<String, Array> constants;
    private final Map<String, Integer> axes = new HashMap<>();
    private final Set<Node> stepwise = new HashSet<>();
    private @Nullable Outlines outlines;

    /**
     * Of a graph.
     *
     * @param constants what is the same for all rows, by name
     */
    StepAxes(Graph graph, Map<String, Array> constants) {
        this.constants = constants;
        long own = graph.nodes().stream()
                .mapToLong(node -> node.operator().parameters())
                .sum();
        Map<String, Array> given = new HashMap<>(constants);
        given.keySet().retainAll(graph.constants().keySet());
        for (int[] steps : Outlines.tried()) {
            try {
                outlines = Outlines.of(
                        graph, given, steps, Budget.of(graph.constants().values(), own));
                break;
            } catch (GraphException e) {
                outlines = null;
            }
        }
        if (outlines == null || outlines.few() == outlines.many()) {
            return;
        }
        for (GraphInput input : graph.inputs()) {
            if (input.isStepByStep()) {
                axes.put(input.name(), input.axes().indexOf(GraphInput.STEPS));
            }
        }
        for (Node node : graph.nodes()) {
            if (node.operator() instanceof Recurrent) {
                recurrent(node);
            } else {
                other(node);
            }
        }
    }

    private void other(Node node) {
        int axis;
        try {
            axis = node.operator().stepsAxis(inputs(node));
        } catch (GraphException e) {
            // Refused where it is run.
            return;
        }
        for (String output : node.outputs()) {
            if (axis < 0 || (!output.isEmpty() && !counts(output, axis))) {
                return;
            }
        }
        stepwise.add(node);
        node.outputs().forEach(output -> axes.put(output, axis));
    }

    /** X [T, 1, I] to Y [T, D, 1, P], of all steps. */
    private void recurrent(Node node) {
        boolean toTheEnd = node.inputs().size() < 4 || node.inputs().get(3).isEmpty();
        if (toTheEnd && !node.inputs().isEmpty() && axis(node.inputs().get(0)) == 0) {
            stepwise.add(node);
            if (!node.outputs().isEmpty() && counts(node.outputs().get(0), 0)) {
                axes.put(node.outputs().get(0), 0);
            }
        }
    }

    private List<@Nullable StepInput> inputs(Node node) {
        List<@Nullable StepInput> inputs = new ArrayList<>();
        for (String name : node.inputs()) {
            Array constant = constants.get(name);
            int[] shape = constant == null ? shape(name) : constant.shape();
            inputs.add(name.isEmpty() ? null : new StepInput(shape, axis(name), constant));
        }
        return inputs;
    }

    /** A value that is the same for all rows; null when it is not. */
    @Nullable
    Array constant(String name) {
        return constants.get(name);
    }

    /** The shape of a value that is the same for rows of all lengths that were tried; null when it is not. */
    int @Nullable [] fixedShape(String name) {
        int[] many = outlines == null ? null : outlines.second().shapes().get(name);
        return many != null && Arrays.equals(many, shape(name)) ? many : null;
    }

    /** Whether a node gives what it takes, in another shape. */
    boolean movesNothing(Node node) {
        if (node.operator() instanceof Transpose) {
            int[] from = Arrays.stream(shape(node.inputs().get(0)))
                    .filter(size -> size != 1)
                    .toArray();
            int[] to = Arrays.stream(shape(node.outputs().get(0)))
                    .filter(size -> size != 1)
                    .toArray();
            // Of one size alone, so that none can have changed places.
            return Arrays.equals(from, to) && Arrays.stream(from).distinct().count() == from.length;
        }
        return node.operator() instanceof Squeeze
                || node.operator() instanceof Unsqueeze
                || node.operator() instanceof Reshape
                || node.operator() instanceof Identity;
    }

    /** Says that a node stands in the place of another one. */
    void replaced(Node former, Node now) {
        if (stepwise.contains(former)) {
            stepwise.add(now);
        }
    }

    /** A shape of a value: that of the first rows that were tried. */
    int[] shape(String name) {
        int[] shape = outlines == null ? null : outlines.first().shapes().get(name);
        return shape == null ? new int[0] : shape;
    }

    /** Whether an axis of a value, and no other one, is as long as a row, for the rows that were tried. */
    private boolean counts(String name, int axis) {
        Outlines known = outlines;
        int[] few = shape(name);
        int[] many = known == null ? null : known.second().shapes().get(name);
        if (known == null || many == null || few.length != many.length || axis >= few.length) {
            return false;
        }
        for (int d = 0; d < few.length; d++) {
            boolean right = d == axis ? few[d] == known.few() && many[d] == known.many() : few[d] == many[d];
            if (!right) {
                return false;
            }
        }
        return true;
    }

    /** The axis of a value that counts the steps of a row, and is as long as the row has steps; -1 when none is known. */
    int axis(String value) {
        return axes.getOrDefault(value, StepInput.NONE);
    }

    /** Whether a node may be given the steps of many rows together: of a recurrent one, whether it takes all steps of X. */
    boolean isStepwise(Node node) {
        return stepwise.contains(node);
    }
}
