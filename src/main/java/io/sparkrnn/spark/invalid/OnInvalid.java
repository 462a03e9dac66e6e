package io.sparkrnn.spark.invalid;

import java.io.Serializable;

/** What becomes of rows that cannot be scored. */
public sealed interface OnInvalid extends Serializable {
    /** The first that a task meets ends the job. */
    static OnInvalid fail() {
        return new Fail();
    }

    /** They stay in the table, where they stand; their results are null, and {@link #ERROR_CODE} says why. */
    static OnInvalid nulls() {
        return new Nulls();
    }

    /**
     * They leave the table. Tasks put them into files, which {@link io.sparkrnn.spark.SequenceScorer#setAside} reads when the
     * job is done.
     *
     * @param folder where to, on a file system that all executors and the driver reach; of one job alone
     */
    static OnInvalid setAside(String folder) {
        return new SetAside(folder);
    }

    /** The column that says why a row has no results: {@code string}, an {@link ErrorCode}; null in a row that has some. */
    String ERROR_CODE = "error_code";

    /** The column that says the same in a sentence, beside rows that are set aside. */
    String ERROR_MESSAGE = "error_message";

    /** See {@link #fail}. */
    record Fail() implements OnInvalid {
        private static final long serialVersionUID = 1;
    }

    /** See {@link #nulls}. */
    record Nulls() implements OnInvalid {
        private static final long serialVersionUID = 1;
    }

    /** See {@link #setAside}. */
    record SetAside(String folder) implements OnInvalid {
        private static final long serialVersionUID = 1;
    }
}
