package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.StepInput;
import io.sparkrnn.model.Precision;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code y = x}: also dropout and casts between floats, which change nothing when a network is not trained. */
public record Identity() implements Single {
    @Override
    public Array result(Array x, @Nullable Array[] inputs, Precision precision) {
        return x;
    }

    @Override
    public int stepsAxis(List<@Nullable StepInput> inputs) {
        return StepInput.ofFirst(inputs);
    }

    @Override
    public String toString() {
        return "identity";
    }
}
