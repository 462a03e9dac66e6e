package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.model.Precision;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One of two branches (<a href="https://onnx.ai/onnx/operators/onnx__If.html">If</a>): the first where input 0 is not 0. The inputs
 * behind it are what the branches take from outside.
 *
 * @param yes the branch where it is not 0
 * @param no the other one
 */
public record If(Body yes, Body no) implements Operator {
    /** The names of what the branches take from outside, each once. */
    public List<String> around() {
        Set<String> around = new LinkedHashSet<>(yes.around());
        around.addAll(no.around());
        return List.copyOf(around);
    }

    @Override
    public Array[] run(@Nullable Array[] inputs, Precision precision) {
        return run(inputs, precision, Body.Run.NUMBERS);
    }

    @Override
    public Array[] outline(@Nullable Array[] inputs, Precision precision) {
        return run(inputs, precision, Body.Run.SHAPES);
    }

    private Array[] run(@Nullable Array[] inputs, Precision precision, Body.Run run) {
        Body branch = Operator.single(inputs, 0).get(0) != 0 ? yes : no;
        Map<String, Array> outside = Body.outside(around(), inputs, 1);
        return branch.run(new Array[0], outside, precision, run);
    }

    @Override
    public String toString() {
        return "one of two branches";
    }
}
