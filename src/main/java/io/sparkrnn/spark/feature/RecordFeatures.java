package io.sparkrnn.spark.feature;

import io.sparkrnn.spark.feature.FeatureLayout.Wanted;
import io.sparkrnn.spark.invalid.Defect.Kind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/** Features of {@code array<struct<number, ...>>}: a struct for each of the T steps, a field for each number of a step. */
public final class RecordFeatures extends Features {
    private final Layout layout;
    private final NumberReader[] readers;
    private final int[] places;
    private final UnsafeRow record;
    private @Nullable ArrayData records;

    private RecordFeatures(Wanted wanted, Layout layout) {
        super(wanted);
        this.layout = layout;
        readers = layout.numbers.stream().map(NumberReader::of).toArray(NumberReader[]::new);
        places = layout.places.stream().mapToInt(Integer::intValue).toArray();
        record = new UnsafeRow(layout.fields);
    }

    /**
     * Their layout.
     *
     * @param fields how many fields a struct has in all
     * @param places which of them are the features, in the features' order
     * @param numbers the types of these
     * @param names their names
     */
    public record Layout(int fields, List<Integer> places, List<DataType> numbers, List<String> names)
            implements FeatureLayout {
        private static final long serialVersionUID = 1;

        /** All fields, when each is a number. */
        static Optional<FeatureLayout> of(DataType type) {
            return type instanceof ArrayType array
                            && array.elementType() instanceof StructType struct
                            && struct.length() > 0
                            && Arrays.stream(struct.fields()).allMatch(field -> NumberReader.reads(field.dataType()))
                    ? Optional.of(of(
                            struct, IntStream.range(0, struct.length()).boxed().toList()))
                    : Optional.empty();
        }

        /** The fields of {@code struct} at {@code places}, which are numbers. By place, for two may have one name. */
        public static Layout of(StructType struct, List<Integer> places) {
            List<DataType> numbers = new ArrayList<>();
            List<String> names = new ArrayList<>();
            for (int place : places) {
                numbers.add(struct.fields()[place].dataType());
                names.add(struct.fields()[place].name());
            }
            return new Layout(struct.length(), places, numbers, names);
        }

        @Override
        public boolean isOfIntegers() {
            return numbers.stream().allMatch(NumberReader::isInteger);
        }

        @Override
        public Features reader(Wanted wanted) {
            return new RecordFeatures(wanted, this);
        }
    }

    @Override
    int available(Object value) {
        records = (ArrayData) value;
        return records.numElements();
    }

    @Override
    void copyRun(int from, int to, float[] target, int at) {
        ArrayData all = Objects.requireNonNull(records);
        for (int t = from; t < to; t++) {
            // Two calls, so that the usual one is of a class known when it is compiled.
            if (all instanceof UnsafeArrayData unsafe) {
                copyRecord(t, unsafe(unsafe, t), target, at + (t - from) * width);
            } else {
                copyRecord(t, record(all, t), target, at + (t - from) * width);
            }
        }
    }

    @Override
    void copyRun(int from, int to, double[] target, int at) {
        ArrayData all = Objects.requireNonNull(records);
        for (int t = from; t < to; t++) {
            if (all instanceof UnsafeArrayData unsafe) {
                copyRecord(t, unsafe(unsafe, t), target, at + (t - from) * width);
            } else {
                copyRecord(t, record(all, t), target, at + (t - from) * width);
            }
        }
    }

    private UnsafeRow unsafe(UnsafeArrayData all, int t) {
        check(all, t);
        long place = place(all, t);
        record.pointTo(all.getBaseObject(), all.getBaseOffset() + (place >>> Integer.SIZE), (int) place);
        return record;
    }

    private InternalRow record(ArrayData all, int t) {
        check(all, t);
        return all.getStruct(t, layout.fields);
    }

    private void check(ArrayData all, int t) {
        if (all.isNullAt(t)) {
            throw defect(Kind.NULL_STEP, t, 0);
        }
    }

    private void copyRecord(int t, InternalRow row, float[] target, int at) {
        for (int i = 0; i < width; i++) {
            if (row.isNullAt(places[i])) {
                throw defect(Kind.NULL_NUMBER, t, i);
            }
            target[at + i] = isStandardized()
                    ? (float) standardized(readers[i].doubleAt(row, places[i]), i)
                    : readers[i].floatAt(row, places[i]);
        }
    }

    private void copyRecord(int t, InternalRow row, double[] target, int at) {
        for (int i = 0; i < width; i++) {
            if (row.isNullAt(places[i])) {
                throw defect(Kind.NULL_NUMBER, t, i);
            }
            target[at + i] = standardized(readers[i].doubleAt(row, places[i]), i);
        }
    }
}
