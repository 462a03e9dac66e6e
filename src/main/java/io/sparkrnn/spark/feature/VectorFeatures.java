package io.sparkrnn.spark.feature;

import io.sparkrnn.spark.feature.FeatureLayout.Wanted;
import io.sparkrnn.spark.invalid.Defect.Kind;
import java.util.Objects;
import java.util.Optional;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.jspecify.annotations.Nullable;

/** Features in {@linkplain SparkVector vectors of Spark's ml}, dense or sparse: one with all steps of a row, or one for each step. */
abstract class VectorFeatures extends Features {
    private static final NumberReader VALUES = NumberReader.of(DataTypes.DoubleType);

    final SparkVector vector = new SparkVector();

    private VectorFeatures(Wanted wanted) {
        super(wanted);
    }

    /** Copies {@code count} numbers of the vector from {@code first} on, where a step begins; the place of a null, or -1. */
    final int copy(int first, int count, float[] target, int at) {
        ArrayData values = vector.values();
        if (vector.isDense()) {
            return copy(VALUES, values, first, count, target, at, 1, 0, width);
        }
        for (int i = 0; i < count; i++) {
            target[at + i] = (float) standardized(0, i % width);
        }
        for (int s = vector.firstFrom(first); s < values.numElements() && vector.index(s) < first + count; s++) {
            int i = vector.index(s) - first;
            if (values.isNullAt(s)) {
                return first + i;
            }
            target[at + i] = (float) standardized(values.getDouble(s), i % width);
        }
        return -1;
    }

    /** The same in float64. */
    final int copy(int first, int count, double[] target, int at) {
        ArrayData values = vector.values();
        if (vector.isDense()) {
            return copy(VALUES, values, first, count, target, at, 1, 0, width);
        }
        for (int i = 0; i < count; i++) {
            target[at + i] = standardized(0, i % width);
        }
        for (int s = vector.firstFrom(first); s < values.numElements() && vector.index(s) < first + count; s++) {
            int i = vector.index(s) - first;
            if (values.isNullAt(s)) {
                return first + i;
            }
            target[at + i] = standardized(values.getDouble(s), i % width);
        }
        return -1;
    }

    /** One vector of T*width numbers, step after step. */
    static final class OfAllSteps extends VectorFeatures {
        private OfAllSteps(Wanted wanted) {
            super(wanted);
        }

        /** Their layout. */
        record Layout() implements FeatureLayout {
            private static final long serialVersionUID = 1;

            static Optional<FeatureLayout> of(DataType type) {
                return SparkVector.is(type) ? Optional.of(new Layout()) : Optional.empty();
            }

            @Override
            public Features reader(Wanted wanted) {
                return new OfAllSteps(wanted);
            }

            @Override
            public boolean isFlat() {
                return true;
            }
        }

        @Override
        int available(Object value) {
            if (!vector.take((InternalRow) value)) {
                throw defect(Kind.BROKEN_VECTOR, -1, 0);
            }
            if (vector.size() % width != 0) {
                throw defect(Kind.NOT_DIVISIBLE, -1, vector.size());
            }
            return vector.size() / width;
        }

        @Override
        void copyRun(int from, int to, float[] target, int at) {
            check(copy(from * width, (to - from) * width, target, at));
        }

        @Override
        void copyRun(int from, int to, double[] target, int at) {
            check(copy(from * width, (to - from) * width, target, at));
        }

        private void check(int nullAt) {
            if (nullAt >= 0) {
                throw defect(Kind.NULL_NUMBER, nullAt / width, nullAt % width);
            }
        }
    }

    /** An array of T vectors of width numbers. */
    static final class OfEachStep extends VectorFeatures {
        private @Nullable ArrayData vectors;

        private OfEachStep(Wanted wanted) {
            super(wanted);
        }

        /** Their layout. */
        record Layout() implements FeatureLayout {
            private static final long serialVersionUID = 1;

            static Optional<FeatureLayout> of(DataType type) {
                return type instanceof ArrayType vectors && SparkVector.is(vectors.elementType())
                        ? Optional.of(new Layout())
                        : Optional.empty();
            }

            @Override
            public Features reader(Wanted wanted) {
                return new OfEachStep(wanted);
            }
        }

        @Override
        int available(Object value) {
            vectors = (ArrayData) value;
            return vectors.numElements();
        }

        @Override
        void copyRun(int from, int to, float[] target, int at) {
            for (int t = from; t < to; t++) {
                take(t);
                check(t, copy(0, width, target, at + (t - from) * width));
            }
        }

        @Override
        void copyRun(int from, int to, double[] target, int at) {
            for (int t = from; t < to; t++) {
                take(t);
                check(t, copy(0, width, target, at + (t - from) * width));
            }
        }

        private void take(int t) {
            ArrayData all = Objects.requireNonNull(vectors);
            if (all.isNullAt(t)) {
                throw defect(Kind.NULL_STEP, t, 0);
            }
            if (!vector.take(all.getStruct(t, SparkVector.FIELDS))) {
                throw defect(Kind.BROKEN_VECTOR, t, 0);
            }
            if (vector.size() != width) {
                throw defect(Kind.WIDTH, t, vector.size());
            }
        }

        private void check(int t, int nullAt) {
            if (nullAt >= 0) {
                throw defect(Kind.NULL_NUMBER, t, nullAt);
            }
        }
    }
}
