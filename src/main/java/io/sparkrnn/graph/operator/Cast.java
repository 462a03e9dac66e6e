package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.graph.StepInput;
import io.sparkrnn.model.Precision;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Numbers as another kind (<a href="https://onnx.ai/onnx/operators/onnx__Cast.html">Cast</a>).
 *
 * @param to which kind
 */
public record Cast(To to) implements Single {
    /** What it gives. */
    public enum To {
        /** Numbers of the engine's precision. */
        NUMBERS,
        /** Whole numbers: what is behind the point is cut off. */
        WHOLES,
        /** 1, and 0 of 0. */
        TRUTH
    }

    @Override
    public Array result(Array x, @Nullable Array[] inputs, Precision precision) {
        if (to == To.NUMBERS ? !x.isWhole() : to == To.WHOLES && x.isWhole()) {
            return x;
        }
        Array y = to == To.NUMBERS ? Array.numbers(precision, x.shape()) : Array.wholes(x.shape());
        for (int i = 0; i < x.elements(); i++) {
            y.set(i, to == To.TRUTH ? (x.get(i) == 0 ? 0 : 1) : x.get(i));
        }
        return y;
    }

    @Override
    public int stepsAxis(List<@Nullable StepInput> inputs) {
        return StepInput.ofFirst(inputs);
    }

    @Override
    public String toString() {
        return switch (to) {
            case NUMBERS -> "to numbers";
            case WHOLES -> "to whole numbers";
            case TRUTH -> "to true and false";
        };
    }

    /**
     * Numbers as the kind of the second input (<a href="https://onnx.ai/onnx/operators/onnx__CastLike.html">CastLike</a>).
     */
    public record Like() implements Single {
        @Override
        public Array result(Array x, @Nullable Array[] inputs, Precision precision) {
            To to = Operator.need(inputs, 1).isWhole() ? To.WHOLES : To.NUMBERS;
            return new Cast(to).result(x, inputs, precision);
        }

        @Override
        public String toString() {
            return "to the kind of another";
        }
    }
}
