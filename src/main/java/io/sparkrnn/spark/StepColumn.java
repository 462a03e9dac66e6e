package io.sparkrnn.spark;

import java.io.Serializable;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.ShortType;
import org.jspecify.annotations.Nullable;

/**
 * The column that says which steps of a row count.
 *
 * @param kind what it says; of {@link Kind#NONE} there is none
 * @param name its name
 */
record StepColumn(Kind kind, String name) implements Serializable {
    private static final long serialVersionUID = 1;

    /** Where there is no column of lengths. */
    private static final long ALL_STEPS = Long.MAX_VALUE;

    /** A null in the column of lengths. */
    private static final long NULL_LENGTH = Long.MIN_VALUE;

    static final StepColumn NONE = new StepColumn(Kind.NONE, "");

    /** What a column can say. */
    enum Kind {
        NONE,
        LENGTHS
    }

    /** The column of lengths; {@link #NONE} without a name. */
    static StepColumn lengths(InputColumns input, @Nullable String name) {
        if (name == null) {
            return NONE;
        }
        InputColumn column = input.find(name, SequenceScorer.LENGTHS);
        if (!isInteger(column.type())) {
            throw new InputException(SequenceScorer.LENGTHS + ": column " + column.name() + " is "
                    + column.type().catalogString()
                    + "; expected an integer: the number of steps of the row that count");
        }
        return new StepColumn(Kind.LENGTHS, column.name());
    }

    private static boolean isInteger(DataType type) {
        return type instanceof IntegerType
                || type instanceof LongType
                || type instanceof ShortType
                || type instanceof ByteType;
    }

    /** The number of steps that count, as {@link SequenceRow#length} has it. */
    Column length(InputColumns input) {
        return kind == Kind.LENGTHS
                ? functions.coalesce(
                        input.find(name, SequenceScorer.LENGTHS).column().cast("bigint"), functions.lit(NULL_LENGTH))
                : functions.lit(ALL_STEPS);
    }

    /**
     * Leaves the steps of a row that count.
     *
     * @param steps all steps of the row
     * @throws Defect when the column does not fit them
     */
    void narrow(Steps steps, SequenceRow row) {
        switch (kind) {
            case NONE -> {}
            case LENGTHS -> narrowTo(row.length(), steps);
        }
    }

    private static void narrowTo(long length, Steps steps) {
        if (length == NULL_LENGTH) {
            throw defect(Defect.Kind.LENGTH_NULL, -1, 0);
        }
        if (length < 1) {
            throw defect(Defect.Kind.LENGTH_BELOW_ONE, -1, length);
        }
        if (length > steps.count()) {
            throw defect(Defect.Kind.LENGTH_BEYOND_END, steps.count(), length);
        }
        steps.keepFirst((int) length);
    }

    private static Defect defect(Defect.Kind kind, int step, long found) {
        return new Defect(Defect.Where.FEATURES, kind, step, found);
    }
}
