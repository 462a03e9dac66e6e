package io.sparkrnn.engine;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.GraphInput;
import io.sparkrnn.graph.Node;
import io.sparkrnn.graph.RecurrentStates;
import io.sparkrnn.graph.operator.Gather;
import io.sparkrnn.graph.operator.Recurrent;
import io.sparkrnn.graph.operator.ShapeOf;
import io.sparkrnn.graph.operator.Slice;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Whether a whole network over the steps of a day, begun from the states of its layers after the day before, gives what it gives
 * for these steps over the whole history: whether these states are all that goes from step to step. Shown from the graph; whatever
 * cannot be shown to be so, is not.
 */
public final class StateContinuation {
    /** What a value is made of. */
    private enum Kind {
        /** Not of the steps at all. */
        ROW,
        /** Has a part for each step, made of that step and of the states before it. */
        STEPS,
        /** Made of the last step, and of the states behind it. */
        LAST,
        /** The shape of a value of {@link #STEPS}: one of its numbers counts the steps. */
        SHAPE
    }

    private final Set<String> carried = new HashSet<>();
    private final StepAxes steps;
    private final Map<String, Kind> kinds = new HashMap<>();

    /** Of values of {@link Kind#SHAPE} which number counts the steps. */
    private final Map<String, Integer> counting = new HashMap<>();

    private StateContinuation(Graph graph, RecurrentStates states, Folded folded) {
        steps = new StepAxes(graph, folded.constants());
        states.parts().forEach(part -> carried.add(part.h()));
        for (GraphInput input : graph.inputs()) {
            kinds.put(input.name(), input.isStepByStep() ? Kind.STEPS : Kind.ROW);
        }
    }

    /**
     * What keeps recurrent layers from being continued from their states.
     *
     * @return why, for people; null when nothing does
     */
    public static @Nullable String obstacle(RnnModel layers) {
        return layers.runsForwardOnly()
                ? null
                : "a layer of " + layers + " runs backward over the steps, so that what is behind the last step"
                        + " counts for all before it";
    }

    /**
     * What keeps a network from being continued from the states of its layers.
     *
     * @param graph with the states that are carried
     * @return a node and why, for people; null when nothing does
     */
    public static @Nullable String obstacle(Graph graph) {
        RecurrentStates states = graph.states();
        if (states == null) {
            return "it has no recurrent layers whose states can be carried";
        }
        Folded folded;
        try {
            folded = Folded.of(graph, Precision.FLOAT32);
        } catch (GraphException e) {
            return e.getMessage();
        }
        StateContinuation found = new StateContinuation(graph, states, folded);
        for (Node node : folded.left()) {
            String why = node.operator() instanceof Recurrent recurrent
                    ? found.recurrent(node, recurrent)
                    : found.other(node);
            if (why != null) {
                return node + " " + why;
            }
        }
        return null;
    }

    private Kind kind(String value) {
        // what is not known is a constant, or a state that a row begins with
        return kinds.getOrDefault(value, Kind.ROW);
    }

    private void give(Node node, int from, Kind kind) {
        node.outputs().stream()
                .skip(from)
                .filter(output -> !output.isEmpty()) // of which nobody takes anything
                .forEach(output -> kinds.put(output, kind));
    }

    private @Nullable String recurrent(Node node, Recurrent recurrent) {
        if (!recurrent.model().runsForwardOnly()) {
            return "runs backward over the steps, so that what is behind the last step counts for all before it";
        }
        if (node.outputs().size() < 2 || !carried.contains(node.outputs().get(1))) {
            return "has states that are not carried, only those of one stack of layers are";
        }
        if (kind(node.inputs().get(0)) != Kind.STEPS || !steps.isStepwise(node)) {
            return "does not go over the steps of the rows as they are";
        }
        if (node.inputs().stream().skip(1).anyMatch(input -> kind(input) != Kind.ROW)) {
            return "begins with something that is made of the steps";
        }
        give(node, 0, Kind.STEPS);
        give(node, 1, Kind.LAST);
        return null;
    }

    private @Nullable String other(Node node) {
        List<Kind> taken = node.inputs().stream().map(this::kind).toList();
        if (taken.contains(Kind.STEPS)) {
            return ofSteps(node, taken);
        }
        if (taken.contains(Kind.SHAPE)) {
            return ofShape(node);
        }
        give(node, 0, taken.contains(Kind.LAST) ? Kind.LAST : Kind.ROW);
        return null;
    }

    private @Nullable String ofSteps(Node node, List<Kind> taken) {
        boolean ofStepsAlone = taken.stream().allMatch(kind -> kind == Kind.STEPS || kind == Kind.ROW);
        if (ofStepsAlone && steps.isStepwise(node)) {
            give(node, 0, Kind.STEPS);
            return null;
        }
        if (ofStepsAlone && takesLast(node)) {
            give(node, 0, Kind.LAST);
            return null;
        }
        int axis = steps.axis(node.inputs().get(0));
        if (node.operator() instanceof ShapeOf shape && axis >= 0 && shape.start() == 0) {
            give(node, 0, Kind.SHAPE);
            counting.put(node.outputs().get(0), axis);
            return null;
        }
        return ofStepsAlone
                ? "looks across steps, or may, and no state has what it saw of those before"
                : "gives for each step something that is made of the last one";
    }

    /** A size that is not the number of steps is the same for all rows. */
    private @Nullable String ofShape(Node node) {
        Integer axis = counting.get(node.inputs().get(0));
        long[] taken = new long[0];
        if (node.operator() instanceof Gather && node.inputs().size() == 2) {
            Array index = steps.constant(node.inputs().get(1));
            taken = index == null ? taken : index.toWholes();
        } else if (node.operator() instanceof Slice slice) {
            long[] starts = numbers(node, slice.starts(), 1);
            long[] ends = numbers(node, slice.ends(), 2);
            boolean plain = starts.length == 1
                    && ends.length == 1
                    && numbers(node, List.of(), 4).length == 0
                    && ends[0] - starts[0] <= steps.shape(node.inputs().get(0))[0];
            taken = plain ? LongStream.range(starts[0], ends[0]).toArray() : taken;
        }
        // from the end no exporter counts sizes
        boolean others =
                axis != null && taken.length > 0 && LongStream.of(taken).allMatch(at -> at >= 0 && at != axis);
        if (!others) {
            return "takes the number of steps, or may";
        }
        give(node, 0, Kind.ROW);
        return null;
    }

    /** Whether a node takes the last step and no other. */
    private boolean takesLast(Node node) {
        String x = node.inputs().get(0);
        int axis = steps.axis(x);
        int rank = steps.shape(x).length;
        if (axis < 0 || rank == 0) {
            return false;
        }
        if (node.operator() instanceof Gather gather && node.inputs().size() == 2) {
            Array index = steps.constant(node.inputs().get(1));
            return index != null
                    && index.elements() == 1
                    && index.whole(0) == -1
                    && Array.axis(gather.axis(), rank) == axis;
        }
        if (node.operator() instanceof Slice slice) {
            long[] starts = numbers(node, slice.starts(), 1);
            long[] ends = numbers(node, slice.ends(), 2);
            long[] axes = numbers(node, slice.axes(), 3);
            long[] strides = numbers(node, List.of(), 4);
            // from the last one to an end that no row reaches
            return Arrays.equals(starts, new long[] {-1})
                    && ends.length == 1
                    && ends[0] >= Integer.MAX_VALUE
                    && (axes.length == 0 ? axis == 0 : axes.length == 1 && Array.axis(axes[0], rank) == axis)
                    && (strides.length == 0 || Arrays.equals(strides, new long[] {1}));
        }
        return false;
    }

    private long[] numbers(Node node, List<Long> own, int input) {
        String name = input < node.inputs().size() ? node.inputs().get(input) : "";
        Array constant = steps.constant(name);
        return !own.isEmpty() || constant == null
                ? own.stream().mapToLong(number -> number).toArray()
                : constant.toWholes();
    }
}
