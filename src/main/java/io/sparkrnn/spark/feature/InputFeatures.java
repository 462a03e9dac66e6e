package io.sparkrnn.spark.feature;

import io.sparkrnn.model.Precision;
import io.sparkrnn.spark.feature.FeatureLayout.Wanted;
import io.sparkrnn.spark.invalid.Defect;
import io.sparkrnn.spark.invalid.Defect.Kind;
import java.util.List;
import java.util.Objects;
import org.apache.spark.sql.catalyst.InternalRow;
import org.jspecify.annotations.Nullable;

/**
 * What a whole network takes of a row: a struct of a column for each of its inputs, whose numbers go side by side into each
 * step, or into the one row of those that a row has once. Indices are held against their range.
 */
public final class InputFeatures extends Features {
    /** Steps that are copied at a time: their numbers stay in the cache until they are in their places. */
    private static final int CHUNK = 256;

    private final Layout layout;
    private final Features[] readers;
    private float[] floats = new float[0];
    private double[] doubles = new double[0];

    private InputFeatures(Wanted wanted, Layout layout) {
        super(wanted);
        this.layout = layout;
        readers = layout.parts().stream()
                .map(part ->
                        part.layout().reader(new Wanted(wanted.where(), part.width(), null, wanted.vocabularies())))
                .toArray(Features[]::new);
    }

    /** How often a row has what it has. */
    public enum Times {
        EACH_STEP,
        ONCE
    }

    /**
     * One of the inputs.
     *
     * @param input what the network calls it
     * @param column where its numbers are
     * @param width how many of a step, or of the row
     * @param range indices are below it; 0 of numbers
     * @param layout how they lie
     */
    public record Part(String input, String column, int width, long range, FeatureLayout layout)
            implements java.io.Serializable {
        private static final long serialVersionUID = 1;

        private boolean isIndex() {
            return range > 0;
        }
    }

    /**
     * Their layout.
     *
     * @param parts by the fields of the struct
     * @param precision what numbers are rounded to, whichever of the two ways they are copied
     */
    public record Layout(List<Part> parts, Times times, Precision precision) implements FeatureLayout {
        private static final long serialVersionUID = 1;

        @Override
        public Features reader(Wanted wanted) {
            return new InputFeatures(wanted, this);
        }

        /** How many numbers they have together. */
        public int width() {
            return parts.stream().mapToInt(Part::width).sum();
        }
    }

    @Override
    int available(Object value) {
        InternalRow columns = (InternalRow) value;
        int available = -1;
        for (int i = 0; i < readers.length; i++) {
            Part part = layout.parts().get(i);
            int steps;
            try {
                readers[i].take(value(columns, i, part.layout()));
                steps = readers[i].steps().count();
            } catch (Defect found) {
                throw found.of(i);
            }
            if (layout.times() == Times.ONCE && steps != 1) {
                throw defect(Kind.ROW_WIDTH, -1, (long) steps * part.width()).of(i);
            }
            if (i > 0 && steps != available) {
                throw defect(Kind.INPUT_LENGTHS, available, steps).of(i);
            }
            available = steps;
        }
        return available;
    }

    private static @Nullable Object value(InternalRow columns, int i, FeatureLayout layout) {
        if (columns.isNullAt(i)) {
            return null;
        }
        return layout instanceof VectorFeatures.OfAllSteps.Layout
                ? columns.getStruct(i, SparkVector.FIELDS)
                : columns.getArray(i);
    }

    @Override
    void copyRun(int from, int to, float[] target, int at) {
        int place = at;
        for (int i = 0; i < readers.length; i++) {
            Part part = layout.parts().get(i);
            for (int t = from; t < to; t += CHUNK) {
                int count = Math.min(CHUNK, to - t) * part.width();
                int first = place + (t - from) * width;
                if (part.isIndex()) {
                    double[] numbers = indices(i, part, t, count);
                    for (int n = 0; n < count; n++) {
                        target[first + n / part.width() * width + n % part.width()] = (float) numbers[n];
                    }
                } else {
                    float[] numbers = floats(i, t, count, part.width());
                    for (int n = 0; n < count; n++) {
                        target[first + n / part.width() * width + n % part.width()] = numbers[n];
                    }
                }
            }
            place += part.width();
        }
    }

    @Override
    void copyRun(int from, int to, double[] target, int at) {
        int place = at;
        for (int i = 0; i < readers.length; i++) {
            Part part = layout.parts().get(i);
            for (int t = from; t < to; t += CHUNK) {
                int count = Math.min(CHUNK, to - t) * part.width();
                int first = place + (t - from) * width;
                if (part.isIndex() || layout.precision() == Precision.FLOAT64) {
                    double[] numbers = part.isIndex() ? indices(i, part, t, count) : doubles(i, t, count, part.width());
                    for (int n = 0; n < count; n++) {
                        target[first + n / part.width() * width + n % part.width()] = numbers[n];
                    }
                } else {
                    // Rounded once: a decimal or a bigint by way of a double would be rounded twice.
                    float[] numbers = floats(i, t, count, part.width());
                    for (int n = 0; n < count; n++) {
                        target[first + n / part.width() * width + n % part.width()] = numbers[n];
                    }
                }
            }
            place += part.width();
        }
    }

    private float[] floats(int i, int step, int count, int partWidth) {
        if (floats.length < count) {
            floats = new float[count];
        }
        try {
            readers[i].copyRun(step, step + count / partWidth, floats, 0);
        } catch (Defect found) {
            throw found.of(i);
        }
        return floats;
    }

    private double[] doubles(int i, int step, int count, int partWidth) {
        if (doubles.length < count) {
            doubles = new double[count];
        }
        try {
            readers[i].copyRun(step, step + count / partWidth, doubles, 0);
        } catch (Defect found) {
            throw found.of(i);
        }
        return doubles;
    }

    private double[] indices(int i, Part part, int step, int count) {
        double[] numbers = Objects.requireNonNull(doubles(i, step, count, part.width()));
        for (int n = 0; n < count; n++) {
            if (numbers[n] < 0 || numbers[n] >= part.range()) {
                throw defect(Kind.BAD_INDEX, step + n / part.width(), (long) numbers[n])
                        .of(i);
            }
        }
        return numbers;
    }
}
