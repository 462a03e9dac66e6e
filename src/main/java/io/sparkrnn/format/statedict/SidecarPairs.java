package io.sparkrnn.format.statedict;

import io.sparkrnn.format.statedict.SidecarGraph.Per;
import io.sparkrnn.format.statedict.SidecarGraph.Value;
import io.sparkrnn.format.statedict.SidecarGraph.Width;
import io.sparkrnn.graph.operator.Concat;
import io.sparkrnn.graph.operator.Pair;
import io.sparkrnn.graph.operator.Reduce;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Words that put several values together, number by number or side by side.
 */
final class SidecarPairs {
    private final SidecarGraph graph;
    private final SidecarValues said;

    SidecarPairs(SidecarGraph graph, SidecarValues said) {
        this.graph = graph;
        this.said = said;
    }

    Value several(String place, SidecarWords word, @Nullable Object argument, @Nullable Value before) {
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
                            : said.value(at, list.get(i), before));
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
}
