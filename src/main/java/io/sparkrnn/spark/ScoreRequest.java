package io.sparkrnn.spark;

import java.io.Serializable;
import java.util.Set;

/**
 * What is asked of the tasks of a job, of all partitions alike.
 *
 * @param columns of the rows
 * @param outputs what they are to become
 * @param batchSteps the most time steps in a batch
 * @param limits how long a sequence may be
 * @param onInvalid what becomes of rows that cannot be scored
 * @param nonFinite what a row is whose results are not all finite
 */
record ScoreRequest(
        RowColumns columns,
        Set<Output> outputs,
        int batchSteps,
        LengthLimits limits,
        OnInvalid onInvalid,
        NonFinite nonFinite)
        implements Serializable {
    private static final long serialVersionUID = 1;

    /** What a row is whose results are not all finite. */
    enum NonFinite {
        SCORED,
        INVALID
    }
}
