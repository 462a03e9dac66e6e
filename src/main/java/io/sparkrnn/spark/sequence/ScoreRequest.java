package io.sparkrnn.spark.sequence;

import io.sparkrnn.spark.invalid.OnInvalid;
import java.io.Serializable;
import java.util.List;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * What is asked of the tasks of a job, of all partitions alike.
 *
 * @param kept the columns that pass through
 * @param original what is set aside of rows that cannot be scored; empty where nothing is
 * @param lengths whether the number of steps that were scored is a column
 * @param batchSteps the most time steps in a batch
 * @param stepNumbers the numbers that a step takes on its way
 * @param limits how long a sequence may be
 * @param onInvalid what becomes of rows that cannot be scored
 * @param late whether a row may turn out to be invalid when it was run
 * @param nonFinite what a row is whose results are not all finite
 * @param states where final states go; null where nobody asks for them
 */
public record ScoreRequest(
        StructType kept,
        StructType original,
        Lengths lengths,
        int batchSteps,
        int stepNumbers,
        LengthLimits limits,
        OnInvalid onInvalid,
        Late late,
        NonFinite nonFinite,
        @Nullable FinalStates states)
        implements Serializable {
    private static final long serialVersionUID = 1;

    /**
     * Where final states go, with the ids of their rows.
     *
     * @param folder for the files of tasks
     * @param kept the places of the id, and of events of what the last one was ordered by, among the kept columns
     * @param rows these, then the states
     */
    public record FinalStates(String folder, List<Integer> kept, StructType rows) implements Serializable {
        private static final long serialVersionUID = 1;
    }

    /** Whether the number of steps that were scored is a column. */
    public enum Lengths {
        GIVEN,
        LEFT_OUT
    }

    /** Whether a row may turn out to be invalid when it was run. */
    public enum Late {
        POSSIBLE,
        NEVER
    }

    /** What a row is whose results are not all finite. */
    public enum NonFinite {
        SCORED,
        INVALID
    }
}
