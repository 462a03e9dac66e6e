package io.sparkrnn.format.statedict;

import io.sparkrnn.format.statedict.SidecarGraph.Per;
import io.sparkrnn.format.statedict.SidecarGraph.Value;
import io.sparkrnn.format.statedict.SidecarGraph.Width;
import io.sparkrnn.graph.operator.CumSum;
import io.sparkrnn.graph.operator.MatMul;
import io.sparkrnn.graph.operator.Reduce;
import io.sparkrnn.graph.operator.Reshape;
import io.sparkrnn.graph.operator.Slice;
import io.sparkrnn.graph.operator.Softmax;
import io.sparkrnn.graph.operator.Transpose;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Words that go over all steps of a value, or make one of steps.
 */
final class SidecarSteps {
    private final SidecarGraph graph;
    private final SidecarArguments arguments;
    private final SidecarValues values;

    SidecarSteps(SidecarGraph graph, SidecarArguments arguments, SidecarValues values) {
        this.graph = graph;
        this.arguments = arguments;
        this.values = values;
    }

    /** A part of the steps as it is of the row: one of them. */
    Value part(String place, Value given, long from, long to, int axis) {
        Value x = arguments.steps(place, from < 0 ? SidecarWords.LAST : SidecarWords.FIRST, given);
        return new Value(graph.sliced(place, graph.numbers(place, x), from, to, axis), Per.ROW, x.width());
    }

    Value overSteps(String place, SidecarWords word, Value given) {
        Value x = arguments.steps(place, word, given);
        Reduce.Of of = switch (word) {
            case MEAN -> Reduce.Of.MEAN;
            case MAX -> Reduce.Of.MAX;
            case MIN -> Reduce.Of.MIN;
            default -> Reduce.Of.SUM;
        };
        Reduce reduce = new Reduce(of, List.of(0L), Reduce.Keep.STAY, Reduce.None.NOTHING);
        return new Value(graph.add(place, reduce, graph.numbers(place, x)), Per.ROW, x.width());
    }

    /** The sums of the steps up to each. */
    Value sums(String place, Value given) {
        Value x = arguments.steps(place, SidecarWords.CUMSUM, given);
        CumSum sums = new CumSum(CumSum.Own.WITH, CumSum.Direction.FORWARD);
        return graph.like(x, graph.add(place, sums, graph.numbers(place, x), graph.wholes(0)));
    }

    Value attend(String place, @Nullable Object argument, Map<String, Object> step, Value given) {
        Value x = arguments.steps(place, SidecarWords.ATTEND, given);
        if (argument == null) {
            throw arguments.wrong(place, SidecarWords.ATTEND);
        }
        Value scores = arguments.steps(place, SidecarWords.ATTEND, values.value(place + ".attend", argument, x));
        long heads = graph.width(place, scores);
        Value weights = graph.like(
                scores,
                graph.add(place, new Softmax(Softmax.Of.SOFTMAX, 0, Softmax.Along.AXIS), graph.numbers(place, scores)));
        if (step.containsKey("weights")) {
            weights = graph.name(place, arguments.text(place, SidecarWords.ATTEND, step.get("weights")), weights);
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

    Value reverse(String place, Value given) {
        Value x = arguments.steps(place, SidecarWords.REVERSE, given);
        return graph.like(
                x,
                graph.add(
                        place,
                        Slice.byInputs(),
                        graph.numbers(place, x),
                        graph.wholes(-1),
                        graph.wholes(-SidecarGraph.FAR),
                        graph.wholes(0),
                        graph.wholes(-1)));
    }

    Value repeat(String place, @Nullable Object argument, Value x) {
        if (x.per() != Per.ROW) {
            throw graph.problem(
                    place, "\"repeat\" takes a value of the row, but what stands before it is of each step already");
        }
        Value steps = argument == null ? graph.anySteps() : values.value(place + ".repeat", argument, x);
        if (steps == null || steps.per() != Per.STEP) {
            throw graph.problem(place, "\"repeat\" has to say at the steps of what, as in {\"repeat\": \"features\"}");
        }
        return graph.repeated(place, x, steps);
    }

    Value softmax(String place, SidecarWords word, @Nullable Object argument, Value x) {
        if (argument != null && !argument.equals("steps")) {
            throw arguments.wrong(place, word);
        }
        int axis = argument == null ? 1 : 0;
        Value of = argument == null ? x : arguments.steps(place, word, x);
        Softmax.Of which = word == SidecarWords.SOFTMAX ? Softmax.Of.SOFTMAX : Softmax.Of.LOG_SOFTMAX;
        return graph.like(of, graph.add(place, new Softmax(which, axis, Softmax.Along.AXIS), graph.numbers(place, of)));
    }
}
