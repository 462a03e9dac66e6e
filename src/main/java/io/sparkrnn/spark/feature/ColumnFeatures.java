package io.sparkrnn.spark.feature;

import io.sparkrnn.spark.feature.FeatureLayout.Wanted;
import io.sparkrnn.spark.invalid.Defect.Kind;
import java.util.List;
import java.util.Objects;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.DataType;
import org.jspecify.annotations.Nullable;

/** Features of a struct of one {@code array<number>} [T] for each number of a step. */
public final class ColumnFeatures extends Features {
    private final NumberReader[] readers;
    private @Nullable InternalRow columns;

    private ColumnFeatures(Wanted wanted, NumberReader[] readers) {
        super(wanted);
        this.readers = readers;
    }

    /**
     * Their layout.
     *
     * @param numbers the type of each column's numbers
     * @param names the columns' names
     */
    public record Layout(List<DataType> numbers, List<String> names) implements FeatureLayout {
        private static final long serialVersionUID = 1;

        @Override
        public Features reader(Wanted wanted) {
            return new ColumnFeatures(
                    wanted, numbers.stream().map(NumberReader::of).toArray(NumberReader[]::new));
        }
    }

    @Override
    int available(Object value) {
        columns = (InternalRow) value;
        int available = -1;
        for (int i = 0; i < width; i++) {
            if (columns.isNullAt(i)) {
                throw defect(Kind.NULL_VALUE, -1, i);
            }
            int elements = columns.getArray(i).numElements();
            if (i > 0 && elements != available) {
                throw defect(Kind.COLUMN_LENGTHS, elements, i);
            }
            available = elements;
        }
        return available;
    }

    @Override
    void copyRun(int from, int to, float[] target, int at) {
        InternalRow all = Objects.requireNonNull(columns);
        for (int i = 0; i < width; i++) {
            check(i, copy(readers[i], all.getArray(i), from, to - from, target, at + i, width, i, i + 1));
        }
    }

    @Override
    void copyRun(int from, int to, double[] target, int at) {
        InternalRow all = Objects.requireNonNull(columns);
        for (int i = 0; i < width; i++) {
            check(i, copy(readers[i], all.getArray(i), from, to - from, target, at + i, width, i, i + 1));
        }
    }

    private void check(int i, int nullAt) {
        if (nullAt >= 0) {
            throw defect(Kind.NULL_NUMBER, nullAt, i);
        }
    }
}
