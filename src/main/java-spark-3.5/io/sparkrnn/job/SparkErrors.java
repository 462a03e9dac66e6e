package io.sparkrnn.job;

import org.apache.spark.SparkThrowable;
import org.jspecify.annotations.Nullable;

/** What is special of the errors of Spark 3.5. */
final class SparkErrors {
    private SparkErrors() {}

    /** Spark's name of an error, such as {@code PATH_NOT_FOUND}; null when it has none. */
    static @Nullable String name(SparkThrowable error) {
        return error.getErrorClass();
    }

    /** Whether it says that a file of a table could not be read. */
    static boolean isUnreadableFile(SparkThrowable error) {
        String name = name(error);
        return "_LEGACY_ERROR_TEMP_2064".equals(name) || "_LEGACY_ERROR_TEMP_2063".equals(name);
    }

    /** Whether it says that a column of a Parquet file is of another type than the table's. */
    static boolean isOfAnotherType(SparkThrowable error) {
        return "_LEGACY_ERROR_TEMP_2063".equals(name(error));
    }
}
