package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.model.Precision;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A body for each part of arrays along an axis (<a href="https://onnx.ai/onnx/operators/onnx__Scan.html">Scan</a>): the first inputs
 * are the first states, then come the arrays, then what the body takes from outside. It gives the last states, and what each turn
 * gave beside them, along a new axis.
 *
 * @param body takes the states and a part of each array; gives the states, and what is kept
 * @param states how many
 * @param parts for each array how its parts are taken
 * @param kept for each further output how it is put together
 */
public record Scan(Body body, int states, List<Way> parts, List<Way> kept) implements Operator {
    /**
     * Along which axis, and which way.
     *
     * @param axis which
     * @param direction which part comes first
     */
    public record Way(long axis, Direction direction) implements java.io.Serializable {}

    /** Which part comes first. */
    public enum Direction {
        FORWARD,
        BACKWARD
    }

    public Scan {
        parts = List.copyOf(parts);
        kept = List.copyOf(kept);
        if (states < 0
                || parts.isEmpty()
                || body.inputs().size() != states + parts.size()
                || body.outputs().size() != states + kept.size()) {
            throw new GraphException("a scan of " + states + " states and " + parts.size() + " arrays whose body takes "
                    + body.inputs().size() + " and gives " + body.outputs().size());
        }
    }

    @Override
    public Array[] run(@Nullable Array[] inputs, Precision precision) {
        return Body.turning(() -> run(inputs, precision, Body.Run.NUMBERS));
    }

    @Override
    public Array[] outline(@Nullable Array[] inputs, Precision precision) {
        return Body.turning(() -> run(inputs, precision, Body.Run.SHAPES));
    }

    private Array[] run(@Nullable Array[] inputs, Precision precision, Body.Run run) {
        Map<String, Array> outside = Body.outside(body.around(), inputs, states + parts.size());
        Array[] values = new Array[states + parts.size()];
        for (int s = 0; s < states; s++) {
            values[s] = Operator.need(inputs, s);
        }
        int turns = -1;
        for (int p = 0; p < parts.size(); p++) {
            Array x = Operator.need(inputs, states + p);
            int size = x.size(Array.axis(parts.get(p).axis(), x.rank()));
            if (turns >= 0 && size != turns) {
                throw new GraphException("arrays of " + turns + " and of " + size + " parts");
            }
            turns = size;
        }
        List<List<Array>> results = new ArrayList<>();
        kept.forEach(each -> results.add(new ArrayList<>()));
        for (int t = 0; t < turns; t++) {
            Body.turn();
            for (int p = 0; p < parts.size(); p++) {
                int at = parts.get(p).direction() == Direction.FORWARD ? t : turns - 1 - t;
                values[states + p] =
                        part(Operator.need(inputs, states + p), parts.get(p).axis(), at, precision);
            }
            Array[] given = body.run(values.clone(), outside, precision, run);
            System.arraycopy(given, 0, values, 0, states);
            for (int k = 0; k < results.size(); k++) {
                Body.keep(results.get(k), given[states + k]);
            }
        }
        Array[] all = Arrays.copyOf(values, states + kept.size());
        for (int k = 0; k < kept.size(); k++) {
            if (kept.get(k).direction() == Direction.BACKWARD) {
                Collections.reverse(results.get(k));
            }
            all[states + k] = Body.stacked(results.get(k), kept.get(k).axis(), precision);
        }
        return all;
    }

    /** A part along an axis, without it. */
    private static Array part(Array x, long axis, int at, Precision precision) {
        Array part = x.part(Array.axis(axis, x.rank()), at, 1);
        return new Squeeze(List.of(axis)).result(part, new Array[] {part}, precision);
    }

    @Override
    public String toString() {
        return "scan";
    }
}
