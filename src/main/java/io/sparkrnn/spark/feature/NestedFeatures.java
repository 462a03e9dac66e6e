package io.sparkrnn.spark.feature;

import io.sparkrnn.spark.feature.FeatureLayout.Wanted;
import io.sparkrnn.spark.invalid.Defect.Kind;
import java.util.Objects;
import java.util.Optional;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.jspecify.annotations.Nullable;

/** Features of {@code array<array<number>>}: [T][width]. */
public final class NestedFeatures extends Features {
    private final NumberReader reader;
    private final UnsafeArrayData step = new UnsafeArrayData();
    private @Nullable ArrayData steps;

    private NestedFeatures(Wanted wanted, NumberReader reader) {
        super(wanted);
        this.reader = reader;
    }

    /** Their layout. */
    public record Layout(DataType number) implements FeatureLayout {
        private static final long serialVersionUID = 1;

        /** What lies in a column of {@code type}; empty when that is no array of arrays of numbers. */
        public static Optional<FeatureLayout> of(DataType type) {
            return type instanceof ArrayType steps
                            && steps.elementType() instanceof ArrayType step
                            && NumberReader.reads(step.elementType())
                    ? Optional.of(new Layout(step.elementType()))
                    : Optional.empty();
        }

        @Override
        public boolean isOfIntegers() {
            return NumberReader.isInteger(number);
        }

        @Override
        public Features reader(Wanted wanted) {
            return new NestedFeatures(wanted, NumberReader.of(number));
        }
    }

    @Override
    int available(Object value) {
        steps = (ArrayData) value;
        return steps.numElements();
    }

    @Override
    void copyRun(int from, int to, float[] target, int at) {
        ArrayData all = Objects.requireNonNull(steps);
        for (int t = from; t < to; t++) {
            check(t, copy(reader, step(all, t), 0, width, target, at + (t - from) * width, 1, 0, width));
        }
    }

    @Override
    void copyRun(int from, int to, double[] target, int at) {
        ArrayData all = Objects.requireNonNull(steps);
        for (int t = from; t < to; t++) {
            check(t, copy(reader, step(all, t), 0, width, target, at + (t - from) * width, 1, 0, width));
        }
    }

    private void check(int t, int nullAt) {
        if (nullAt >= 0) {
            throw defect(Kind.NULL_NUMBER, t, nullAt);
        }
    }

    private ArrayData step(ArrayData all, int t) {
        if (all.isNullAt(t)) {
            throw defect(Kind.NULL_STEP, t, 0);
        }
        ArrayData one;
        if (all instanceof UnsafeArrayData outer) {
            long place = place(outer, t);
            step.pointTo(outer.getBaseObject(), outer.getBaseOffset() + (place >>> Integer.SIZE), (int) place);
            one = step;
        } else {
            one = all.getArray(t);
        }
        if (one.numElements() != width) {
            throw defect(Kind.WIDTH, t, one.numElements());
        }
        return one;
    }
}
