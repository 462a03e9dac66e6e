package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.model.Precision;
import org.jspecify.annotations.Nullable;

/**
 * The first steps of x [T, ...], as many as a length [1] says: what a recurrent node of <a
 * href="https://onnx.ai/onnx/operators/onnx__LSTM.html">ONNX</a> goes over with sequence_lens.
 */
public record FirstSteps() implements Single {
    @Override
    public Array result(Array x, @Nullable Array[] inputs, Precision precision) {
        long length = Operator.single(inputs, 1).whole(0);
        if (x.rank() < 1 || length < 0 || length > x.size(0)) {
            throw new GraphException("a length of " + length + " of the steps of " + x);
        }
        return length == x.size(0) ? x : x.part(0, 0, (int) length);
    }

    @Override
    public Array[] outline(@Nullable Array[] inputs, Precision precision) {
        // Nobody knows how many: all.
        Operator.single(inputs, 1);
        return new Array[] {Operator.need(inputs, 0)};
    }

    @Override
    public String toString() {
        return "first steps";
    }

    /** The opposite: y [L, ...] with zeros behind it, as many steps as input 1 has. */
    public record Back() implements Single {
        @Override
        public Array result(Array y, @Nullable Array[] inputs, Precision precision) {
            int[] shape = y.shape();
            shape[0] = Operator.need(inputs, 1).size(0);
            if (shape[0] == y.size(0)) {
                return y;
            }
            Array all = y.like(shape);
            all.copyFrom(y, 0, 0, y.elements());
            return all;
        }

        @Override
        public Array[] outline(@Nullable Array[] inputs, Precision precision) {
            return new Array[] {Operator.need(inputs, 0)};
        }

        @Override
        public String toString() {
            return "steps of zeros behind";
        }
    }
}
