package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.model.Precision;
import org.jspecify.annotations.Nullable;

/** {@code y = a} where a row has it, else {@code b}: states that a layer begins with, in place of the network's own. */
record FirstGiven() implements Operator {
    @Override
    public Array[] run(@Nullable Array[] inputs, Precision precision) {
        Array given = Operator.at(inputs, 0);
        return new Array[] {given == null ? Operator.need(inputs, 1) : given};
    }

    @Override
    public String toString() {
        return "first given";
    }
}
