package io.sparkrnn.spark.column;

import io.sparkrnn.spark.feature.NumberReader;
import io.sparkrnn.spark.feature.Steps;
import io.sparkrnn.spark.invalid.Defect;
import io.sparkrnn.spark.invalid.InputException;
import io.sparkrnn.spark.row.SequenceRow;
import java.io.Serializable;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataTypes;

/** The column that says which steps of a row count, if there is one. On the driver it is found, in a task it narrows {@link Steps}. */
public interface StepColumn extends Serializable {
    /** What a message calls it. */
    String name();

    /** What a row has as {@link SequenceRow#length}: a bigint, not null. */
    default Column length(InputColumns input) {
        return functions.lit(0L);
    }

    /** What a row has as {@link SequenceRow#mask}: an array. */
    default Column mask(InputColumns input) {
        return functions.lit(null).cast(DataTypes.createArrayType(DataTypes.BooleanType));
    }

    /**
     * Leaves the steps of a row that count.
     *
     * @param steps all steps of the row
     * @param fewest the least that a length may be: 0 or 1
     * @throws Defect when the column does not fit them
     */
    void narrow(Steps steps, SequenceRow row, int fewest);

    /** Where there is no such column, and all steps count. */
    record None() implements StepColumn {
        private static final long serialVersionUID = 1;

        @Override
        public String name() {
            return "";
        }

        @Override
        public void narrow(Steps steps, SequenceRow row, int fewest) {}
    }

    /** A column with the number of steps that count: the first ones. */
    record Lengths(String name) implements StepColumn {
        private static final long serialVersionUID = 1;

        /** A null. */
        private static final long NULL = Long.MIN_VALUE;

        static Lengths find(InputColumns input, String name) {
            InputColumn column = input.find(name, ColumnOptions.LENGTHS);
            if (!NumberReader.isInteger(column.type())) {
                throw new InputException(ColumnOptions.LENGTHS + ": column " + column.name() + " is "
                        + column.type().catalogString()
                        + "; expected an integer: the number of steps of the row that count");
            }
            return new Lengths(name);
        }

        @Override
        public Column length(InputColumns input) {
            Column length = input.find(name, ColumnOptions.LENGTHS).column();
            return functions.coalesce(length.cast("bigint"), functions.lit(NULL));
        }

        @Override
        public void narrow(Steps steps, SequenceRow row, int fewest) {
            long length = row.length();
            if (length == NULL) {
                throw defect(Defect.Kind.LENGTH_NULL, -1, 0);
            }
            if (length < fewest) {
                throw defect(Defect.Kind.LENGTH_BELOW_ONE, -1, length);
            }
            if (length > steps.count()) {
                throw defect(Defect.Kind.LENGTH_BEYOND_END, steps.count(), length);
            }
            steps.keepFirst((int) length);
        }
    }

    /** What the true elements of a mask are. */
    enum Marked {
        /** Steps that count. */
        VALID(ColumnOptions.VALID),
        /** Steps that are padding, as in PyTorch's src_key_padding_mask; all others count. */
        PADDING(ColumnOptions.PADDING);

        private final String option;

        Marked(String option) {
            this.option = option;
        }
    }

    /**
     * A column with an element for each step.
     *
     * @param marked what is true of the steps that are marked by true or 1
     * @param reader of its elements: booleans, or integers of 0 or 1
     */
    record Mask(String name, Marked marked, NumberReader reader) implements StepColumn {
        private static final long serialVersionUID = 1;

        static Mask find(InputColumns input, String name, Marked marked) {
            InputColumn column = input.find(name, marked.option);
            if (!(column.type() instanceof ArrayType array)
                    || !(array.elementType() instanceof BooleanType || NumberReader.isInteger(array.elementType()))) {
                throw new InputException(marked.option + ": column " + column.name() + " is "
                        + column.type().catalogString()
                        + "; expected array<boolean>, or an array of integers that are 0 or 1, one for each step");
            }
            return new Mask(name, marked, NumberReader.of(array.elementType()));
        }

        @Override
        public Column mask(InputColumns input) {
            return input.find(name, marked.option).column();
        }

        @Override
        public void narrow(Steps steps, SequenceRow row, int fewest) {
            var mask = row.mask();
            if (mask == null) {
                throw defect(Defect.Kind.MASK_NULL, -1, 0);
            }
            int available = steps.count();
            if (mask.numElements() != available) {
                throw defect(Defect.Kind.MASK_LENGTH, available, mask.numElements());
            }
            double counts = marked == Marked.VALID ? 1 : 0;
            steps.clear();
            for (int t = 0; t < available; t++) {
                if (mask.isNullAt(t)) {
                    throw defect(Defect.Kind.MASK_NULL, t, 0);
                }
                double mark = reader.doubleAt(mask, t);
                if (mark != 0 && mark != 1) {
                    throw defect(Defect.Kind.MASK_VALUE, t, (long) mark);
                }
                if (mark == counts) {
                    steps.add(t, t + 1);
                }
            }
        }
    }

    private static Defect defect(Defect.Kind kind, int step, long found) {
        return new Defect(Defect.Where.FEATURES, kind, step, found);
    }
}
