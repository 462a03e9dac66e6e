package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.model.Precision;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The largest or the mean of each window along the last axis (<a
 * href="https://onnx.ai/onnx/operators/onnx__MaxPool.html">MaxPool</a>, <a
 * href="https://onnx.ai/onnx/operators/onnx__AveragePool.html">AveragePool</a> in one dimension). X [1, C, T].
 *
 * @param of which
 * @param window how the window moves
 * @param across how it moves along the axis before that, of [1, C, H, W]; null where it does not
 * @param beyond what is beyond both ends, for a mean
 */
public record Pool(Of of, Window window, @Nullable Window across, Beyond beyond) implements Single {
    /** One along one axis. */
    public Pool(Of of, Window window, Beyond beyond) {
        this(of, window, null, beyond);
    }

    /** What is made of a window. */
    public enum Of {
        MAX,
        MEAN
    }

    /** What is beyond both ends. */
    public enum Beyond {
        /** Nothing: the mean is of the numbers there are. */
        NOTHING,
        /** Zeros, as far as the pads go. */
        ZEROS
    }

    @Override
    public Array[] outline(@Nullable Array[] inputs, Precision precision) {
        Array given = Operator.need(inputs, 0);
        if (isPlane(given)) {
            Plane plane = plane(given);
            return new Array[] {
                Array.numbers(
                        precision,
                        given.size(0),
                        given.size(1),
                        plane.rows().count(),
                        plane.columns().count())
            };
        }
        OneAxis axis = OneAxis.of(given, window.along());
        Array x = axis.squeezed(given);
        int count = window.placed(x.size(2), window.size()).count();
        return new Array[] {axis.restored(Array.numbers(precision, x.size(0), x.size(1), count))};
    }

    @Override
    public long effort(@Nullable Array[] inputs) {
        return 2L + window.size() * (across == null ? 1L : across.size());
    }

    @Override
    public Array result(Array given, @Nullable Array[] inputs, Precision precision) {
        if (isPlane(given)) {
            return ofPlane(given, precision);
        }
        OneAxis axis = OneAxis.of(given, window.along());
        Array x = axis.squeezed(given);
        int steps = x.size(2);
        Window.Placed placed = window.placed(steps, window.size());
        int rows = x.product(0, 2);
        Array y = Array.numbers(precision, x.size(0), x.size(1), placed.count());
        for (int r = 0; r < rows; r++) {
            for (int t = 0; t < placed.count(); t++) {
                double result = of == Of.MAX ? Double.NEGATIVE_INFINITY : 0;
                int there = 0;
                int within = 0;
                for (int k = 0; k < window.size(); k++) {
                    int at = placed.at(t, k);
                    within += at < placed.end() ? 1 : 0;
                    if (at >= 0 && at < steps) {
                        double number = x.get(r * steps + at);
                        result = of == Of.MAX ? Math.max(result, number) : result + number;
                        there++;
                    }
                }
                y.set(
                        r * placed.count() + t,
                        of == Of.MAX || there == 0 ? result : result / (beyond == Beyond.ZEROS ? within : there));
            }
        }
        return axis.restored(y);
    }

    private boolean isPlane(Array x) {
        return Plane.isOver(x, window, across);
    }

    private Plane plane(Array x) {
        return Plane.of(x, window, across, 0, 0);
    }

    private Array ofPlane(Array x, Precision precision) {
        Plane plane = plane(x);
        int places = plane.count();
        int size = x.size(2) * x.size(3);
        Array y = Array.numbers(
                precision,
                x.size(0),
                x.size(1),
                plane.rows().count(),
                plane.columns().count());
        for (int r = 0; r < x.product(0, 2); r++) {
            for (int p = 0; p < places; p++) {
                double result = of == Of.MAX ? Double.NEGATIVE_INFINITY : 0;
                int there = 0;
                int within = 0;
                for (int k = 0; k < plane.height() * plane.width(); k++) {
                    int at = plane.at(x, p, k);
                    boolean padded = plane.rows().at(p / plane.columns().count(), k / plane.width())
                                    < plane.rows().end()
                            && plane.columns().at(p % plane.columns().count(), k % plane.width())
                                    < plane.columns().end();
                    within += padded ? 1 : 0;
                    if (at >= 0) {
                        double number = x.get(r * size + at);
                        result = of == Of.MAX ? Math.max(result, number) : result + number;
                        there++;
                    }
                }
                y.set(
                        r * places + p,
                        of == Of.MAX || there == 0 ? result : result / (beyond == Beyond.ZEROS ? within : there));
            }
        }
        return y;
    }

    @Override
    public String toString() {
        return (of == Of.MAX ? "maximum" : "mean") + window;
    }

    /**
     * One number of all steps of a channel (<a
     * href="https://onnx.ai/onnx/operators/onnx__GlobalAveragePool.html">GlobalAveragePool</a>, GlobalMaxPool): X [1, C, T].
     *
     * @param of which
     */
    public record Global(Reduce.Of of) implements Single {
        @Override
        public Array result(Array x, @Nullable Array[] inputs, Precision precision) {
            if (x.rank() < 3) {
                throw new GraphException("all steps of " + x + "; expected [1, channels, steps]");
            }
            List<Long> axes =
                    java.util.stream.LongStream.range(2, x.rank()).boxed().toList();
            return new Reduce(of, axes, Reduce.Keep.STAY, Reduce.None.NOTHING).result(x, new Array[] {x}, precision);
        }

        @Override
        public String toString() {
            return "global " + of.name().toLowerCase(java.util.Locale.ROOT);
        }
    }
}
