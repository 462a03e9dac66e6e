package io.sparkrnn.job.message;

import org.apache.spark.SparkThrowable;
import org.jspecify.annotations.Nullable;

/** What is special of the errors of Spark 4. */
public final class SparkErrors {
    private SparkErrors() {}

    /** Spark's name of an error, such as {@code PATH_NOT_FOUND}; null when it has none. */
    public static @Nullable String name(SparkThrowable error) {
        return error.getCondition();
    }

    /** Whether it says that a file of a table could not be read. */
    static boolean isUnreadableFile(SparkThrowable error) {
        String name = name(error);
        return name != null && name.startsWith("FAILED_READ_FILE");
    }

    /** Whether it says that a column of a Parquet file is of another type than the table's. */
    static boolean isOfAnotherType(SparkThrowable error) {
        return "FAILED_READ_FILE.PARQUET_COLUMN_DATA_TYPE_MISMATCH".equals(name(error));
    }
}
