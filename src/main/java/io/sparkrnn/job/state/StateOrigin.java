package io.sparkrnn.job.state;

import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Where former states are: the folder or the table that an earlier run wrote. */
interface StateOrigin {
    /** The option that names it; messages begin with it. */
    String option();

    /** The folder's full address, or the table's name. */
    String address();

    /**
     * Looks at what is there and at what runs tell of it.
     *
     * @throws JobException when these states are not to be taken
     */
    StateChain chain(SparkSession session);

    /**
     * The rows as they are there, with all their columns; to be asked for behind {@link #chain}.
     *
     * @throws io.sparkrnn.spark.invalid.InputException when they cannot be read
     */
    Dataset<Row> rows(SparkSession session);

    /** The error of states that are not to be taken. */
    default JobException refused(ExitCode code, String why) {
        return new JobException(code, option() + ": " + why);
    }
}
