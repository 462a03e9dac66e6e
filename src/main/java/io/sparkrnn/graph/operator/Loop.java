package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.model.Precision;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A body over and over (<a href="https://onnx.ai/onnx/operators/onnx__Loop.html">Loop</a>): as often as input 0 says, while its
 * condition holds. Input 1 is the first condition, then come the first values of what goes from turn to turn, then what the body
 * takes from outside. It gives the last values, and what each turn gave beside them, one turn after the other.
 *
 * @param body takes the number of the turn, the condition and the values; gives the condition, the values, and what is kept
 * @param carried how many values go from turn to turn
 */
public record Loop(Body body, int carried) implements Operator {
    public Loop {
        if (carried < 0 || body.inputs().size() != carried + 2 || body.outputs().size() < carried + 1) {
            throw new GraphException("a loop of " + carried + " values whose body takes "
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
        long most = Operator.at(inputs, 0) == null
                ? Long.MAX_VALUE
                : Operator.single(inputs, 0).whole(0);
        Array condition = Operator.at(inputs, 1);
        boolean goes = condition == null || Operator.single(inputs, 1).get(0) != 0;
        Map<String, Array> outside = Body.outside(body.around(), inputs, 2 + carried);
        Array[] values = new Array[carried + 2];
        for (int i = 0; i < carried; i++) {
            values[i + 2] = Operator.need(inputs, i + 2);
        }
        values[1] = condition == null ? scalar(1) : condition;
        List<List<Array>> kept = new ArrayList<>();
        for (int k = carried + 1; k < body.outputs().size(); k++) {
            kept.add(new ArrayList<>());
        }
        Array[] last = null;
        for (long turn = 0; turn < most && goes; turn++) {
            Body.turn();
            values[0] = scalar(turn);
            last = body.run(values.clone(), outside, precision, run);
            goes = Operator.single(last, 0).get(0) != 0;
            System.arraycopy(last, 0, values, 1, carried + 1);
            for (int k = 0; k < kept.size(); k++) {
                Body.keep(kept.get(k), last[carried + 1 + k]);
            }
        }
        Array[] results = Arrays.copyOfRange(values, 2, 2 + carried + kept.size());
        for (int k = 0; k < kept.size(); k++) {
            results[carried + k] = Body.stacked(kept.get(k), 0, precision);
        }
        return results;
    }

    private static Array scalar(long number) {
        return Array.ofWholes(number).reshaped();
    }

    @Override
    public String toString() {
        return "loop";
    }
}
