package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.model.Precision;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * More or fewer numbers along axes, between those there are (<a href="https://onnx.ai/onnx/operators/onnx__Resize.html">Resize</a>):
 * the nearest one, or the two beside it by their distance. An input says by how much, or the sizes that come out.
 *
 * @param mode which numbers
 * @param place where a number of the result is among those there are
 * @param nearest which is the nearest of two
 * @param scales for each axis; empty where an input says it
 * @param scalesInput the input that says by how much; the one behind it says sizes
 * @param axes which ones are said; empty for all
 */
public record Resize(Mode mode, Place place, Nearest nearest, List<Double> scales, int scalesInput, List<Long> axes)
        implements Single {
    /** Which numbers. */
    public enum Mode {
        NEAREST,
        LINEAR
    }

    /** Where a number is among those there are, of so many and so many and a scale. */
    public enum Place {
        HALF_PIXEL,
        PYTORCH_HALF_PIXEL,
        ALIGN_CORNERS,
        ASYMMETRIC;

        double of(int at, double scale, int from, int to) {
            return switch (this) {
                case HALF_PIXEL -> (at + 0.5) / scale - 0.5;
                case PYTORCH_HALF_PIXEL -> to > 1 ? (at + 0.5) / scale - 0.5 : 0;
                case ALIGN_CORNERS -> to > 1 ? at * (from - 1.0) / (to - 1) : 0;
                case ASYMMETRIC -> at / scale;
            };
        }
    }

    /** Which of two is the nearest. */
    public enum Nearest {
        ROUND_PREFER_FLOOR,
        ROUND_PREFER_CEIL,
        FLOOR,
        CEIL;

        double of(double place) {
            return switch (this) {
                case ROUND_PREFER_FLOOR -> Math.ceil(place - 0.5);
                case ROUND_PREFER_CEIL -> Math.floor(place + 0.5);
                case FLOOR -> Math.floor(place);
                case CEIL -> Math.ceil(place);
            };
        }
    }

    public Resize {
        scales = List.copyOf(scales);
        axes = List.copyOf(axes);
    }

    @Override
    public Array result(Array x, @Nullable Array[] inputs, Precision precision) {
        Array given = Operator.at(inputs, scalesInput);
        Array sizes = Operator.at(inputs, scalesInput + 1);
        boolean bySizes = scales.isEmpty() && (given == null || given.elements() == 0);
        Array said = bySizes ? sizes : given;
        int count = scales.isEmpty() ? said == null ? -1 : said.elements() : scales.size();
        if (count != (axes.isEmpty() ? x.rank() : axes.size()) || x.elements() == 0) {
            throw new GraphException("scales " + given + " and sizes " + sizes + " for " + x);
        }
        Array y = x;
        for (int i = 0; i < count; i++) {
            int axis = axes.isEmpty() ? i : Array.axis(axes.get(i), x.rank());
            int from = y.size(axis);
            double scale;
            double to;
            if (bySizes && said != null) {
                to = said.whole(i);
                scale = to / from;
            } else {
                scale = scales.isEmpty() && said != null ? said.get(i) : scales.get(i);
                to = Math.floor(from * scale);
            }
            if (!(to >= 1) || to > Array.MOST_ELEMENTS) {
                throw new GraphException("an axis of " + from + " that is to have " + to + " numbers");
            }
            y = (int) to == from && scale == 1 ? y : resized(y, axis, (int) to, scale, precision);
        }
        return y;
    }

    private Array resized(Array x, int axis, int to, double scale, Precision precision) {
        int from = x.size(axis);
        int[] shape = x.shape();
        shape[axis] = to;
        Array y = mode == Mode.NEAREST ? x.like(shape) : Array.numbers(precision, shape);
        int inner = x.product(axis + 1, x.rank());
        for (int t = 0; t < to; t++) {
            double at = place.of(t, scale, from, to);
            if (mode == Mode.NEAREST) {
                int one = (int) Math.max(0, Math.min(from - 1.0, nearest.of(at)));
                for (int o = 0; o < x.product(0, axis); o++) {
                    y.copyFrom(x, (o * from + one) * inner, (o * to + t) * inner, inner);
                }
                continue;
            }
            double inside = Math.max(0, Math.min(from - 1.0, at));
            int low = (int) Math.floor(inside);
            int high = Math.min(from - 1, low + 1);
            double part = inside - low;
            for (int o = 0; o < x.product(0, axis); o++) {
                for (int i = 0; i < inner; i++) {
                    y.set(
                            (o * to + t) * inner + i,
                            x.get((o * from + low) * inner + i) * (1 - part)
                                    + x.get((o * from + high) * inner + i) * part);
                }
            }
        }
        return y;
    }

    @Override
    public String toString() {
        return "resize";
    }
}
