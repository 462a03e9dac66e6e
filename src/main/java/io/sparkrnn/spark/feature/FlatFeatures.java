package io.sparkrnn.spark.feature;

import io.sparkrnn.spark.feature.FeatureLayout.Wanted;
import io.sparkrnn.spark.invalid.Defect.Kind;
import java.util.Objects;
import java.util.Optional;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.jspecify.annotations.Nullable;

/** Features of a flat {@code array<number>}: T*width values, step after step. */
final class FlatFeatures extends Features {
    private final NumberReader reader;
    private @Nullable ArrayData values;

    private FlatFeatures(Wanted wanted, NumberReader reader) {
        super(wanted);
        this.reader = reader;
    }

    /** Their layout. */
    record Layout(DataType number) implements FeatureLayout {
        private static final long serialVersionUID = 1;

        static Optional<FeatureLayout> of(DataType type) {
            return type instanceof ArrayType values && NumberReader.reads(values.elementType())
                    ? Optional.of(new Layout(values.elementType()))
                    : Optional.empty();
        }

        @Override
        public boolean isOfIntegers() {
            return NumberReader.isInteger(number);
        }

        @Override
        public Features reader(Wanted wanted) {
            return new FlatFeatures(wanted, NumberReader.of(number));
        }

        @Override
        public boolean isFlat() {
            return true;
        }
    }

    @Override
    int available(Object value) {
        values = (ArrayData) value;
        int elements = values.numElements();
        if (elements % width != 0) {
            throw defect(Kind.NOT_DIVISIBLE, -1, elements);
        }
        return elements / width;
    }

    @Override
    void copyRun(int from, int to, float[] target, int at) {
        ArrayData all = Objects.requireNonNull(values);
        check(copy(reader, all, from * width, (to - from) * width, target, at, 1, 0, width));
    }

    @Override
    void copyRun(int from, int to, double[] target, int at) {
        ArrayData all = Objects.requireNonNull(values);
        check(copy(reader, all, from * width, (to - from) * width, target, at, 1, 0, width));
    }

    private void check(int nullAt) {
        if (nullAt >= 0) {
            throw defect(Kind.NULL_NUMBER, nullAt / width, nullAt % width);
        }
    }
}
