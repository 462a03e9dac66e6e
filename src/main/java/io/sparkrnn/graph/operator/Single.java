package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.model.Precision;
import org.jspecify.annotations.Nullable;

/** An operator that takes one value, and perhaps others that say how, and gives one. */
interface Single extends Operator {
    @Override
    default Array[] run(@Nullable Array[] inputs, Precision precision) {
        return new Array[] {result(Operator.need(inputs, 0), inputs, precision)};
    }

    /**
     * The result.
     *
     * @param x the first input
     */
    Array result(Array x, @Nullable Array[] inputs, Precision precision);
}
