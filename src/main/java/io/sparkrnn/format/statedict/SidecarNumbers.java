package io.sparkrnn.format.statedict;

import io.sparkrnn.format.statedict.SidecarGraph.Value;
import io.sparkrnn.format.statedict.SidecarGraph.Width;
import io.sparkrnn.graph.operator.Clip;
import io.sparkrnn.graph.operator.Function;
import io.sparkrnn.graph.operator.Pair;
import io.sparkrnn.graph.operator.Reduce;
import io.sparkrnn.model.Activation;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Words that are of the numbers of one step, or of the row.
 */
final class SidecarNumbers {
    private final SidecarGraph graph;
    private final SidecarArguments arguments;

    SidecarNumbers(SidecarGraph graph, SidecarArguments arguments) {
        this.graph = graph;
        this.arguments = arguments;
    }

    Value slice(String place, @Nullable Object argument, Value x) {
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
                            + (width == 1 ? " number" : " numbers") + "; expected 0 <= first < end <= " + width);
        }
        String name = graph.sliced(place, graph.numbers(place, x), from.longValue(), to.longValue(), 1);
        return new Value(name, x.per(), Width.of(to.longValue() - from.longValue()));
    }

    /** {@code x / max(|x|, 1e-12)}. */
    Value normalize(String place, Value x) {
        String numbers = graph.numbers(place, x);
        Reduce length = new Reduce(Reduce.Of.L2, List.of(-1L), Reduce.Keep.STAY, Reduce.None.NOTHING);
        String least = graph.add(place, new Pair(Pair.Of.MAX), graph.add(place, length, numbers), graph.number(1e-12));
        return graph.like(x, graph.add(place, new Pair(Pair.Of.DIV), numbers, least));
    }

    /** {@code a sigmoid(b)} of the first and the second half of x. */
    Value glu(String place, Value x) {
        long width = graph.width(place, x);
        if (width % 2 != 0) {
            throw graph.problem(place, "\"glu\" takes two halves, but what stands before it has " + width + " numbers");
        }
        String numbers = graph.numbers(place, x);
        String gate = graph.add(
                place, new Function.Activate(Activation.SIGMOID), graph.sliced(place, numbers, width / 2, width, 1));
        String y = graph.add(place, new Pair(Pair.Of.MUL), graph.sliced(place, numbers, 0, width / 2, 1), gate);
        return new Value(y, x.per(), Width.of(width / 2));
    }

    Value clip(String place, @Nullable Object argument, Value x) {
        if (!(argument instanceof List<?> list)
                || list.size() != 2
                || !(list.get(0) instanceof Double low)
                || !(list.get(1) instanceof Double high)) {
            throw arguments.wrong(place, SidecarWords.CLIP);
        }
        return graph.like(x, graph.add(place, new Clip(low, high), graph.numbers(place, x)));
    }
}
