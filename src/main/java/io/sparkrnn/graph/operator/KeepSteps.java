package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.model.Precision;
import org.jspecify.annotations.Nullable;

/**
 * The steps of x [1, T, W] that a mask [1, T] keeps, in their order: [1, T', W]. What a recurrent layer of <a
 * href="https://keras.io/guides/understanding_masking_and_padding/">Keras</a> computes with a mask: its state is carried over
 * the others.
 */
public record KeepSteps() implements Single {
    @Override
    public Array result(Array x, @Nullable Array[] inputs, Precision precision) {
        Array mask = Operator.need(inputs, 1);
        int steps = check(x, mask);
        int kept = 0;
        for (int t = 0; t < steps; t++) {
            kept += mask.get(t) == 0 ? 0 : 1;
        }
        int width = x.product(2, x.rank());
        int[] shape = x.shape();
        shape[1] = kept;
        Array y = x.like(shape);
        int at = 0;
        for (int t = 0; t < steps; t++) {
            if (mask.get(t) != 0) {
                y.copyFrom(x, t * width, at, width);
                at += width;
            }
        }
        return y;
    }

    private static int check(Array x, Array mask) {
        if (x.rank() < 2 || x.size(0) != 1 || mask.elements() != x.size(1)) {
            throw new GraphException("a mask " + mask + " for " + x);
        }
        return x.size(1);
    }

    @Override
    public Array[] outline(@Nullable Array[] inputs, Precision precision) {
        // Nobody knows how many: all.
        Array x = Operator.need(inputs, 0);
        check(x, Operator.need(inputs, 1));
        return new Array[] {x};
    }

    @Override
    public String toString() {
        return "steps that are not masked";
    }

    /**
     * The opposite: what was computed of the kept steps [1, T', W] back at its place, [1, T, W]; a masked step repeats what was
     * computed before it, in the direction of the layer, and is zero where nothing was.
     *
     * @param direction of the layer
     * @param masked what stands at a masked step
     */
    public record Back(Direction direction, Masked masked) implements Single {
        /** Which step was computed before. */
        public enum Direction {
            FORWARD,
            BACKWARD
        }

        /** What stands at a masked step. */
        public enum Masked {
            /** What stands at the step before. */
            REPEATED,
            /** Zeros: Keras' zero_output_for_mask. */
            ZERO
        }

        @Override
        public Array result(Array x, @Nullable Array[] inputs, Precision precision) {
            Array mask = Operator.need(inputs, 1);
            int steps = mask.elements();
            int width = x.product(2, x.rank());
            int[] shape = x.shape();
            shape[1] = steps;
            Array y = x.like(shape);
            int from = direction == Direction.FORWARD ? -1 : x.size(1);
            int step = direction == Direction.FORWARD ? 1 : -1;
            for (int i = 0; i < steps; i++) {
                int t = direction == Direction.FORWARD ? i : steps - 1 - i;
                boolean kept = mask.get(t) != 0;
                from += kept ? step : 0;
                if (from >= 0 && from < x.size(1) && (kept || masked == Masked.REPEATED)) {
                    y.copyFrom(x, from * width, t * width, width);
                }
            }
            return y;
        }

        @Override
        public Array[] outline(@Nullable Array[] inputs, Precision precision) {
            return new Array[] {Operator.need(inputs, 0)};
        }

        @Override
        public String toString() {
            return "masked steps back";
        }
    }
}
