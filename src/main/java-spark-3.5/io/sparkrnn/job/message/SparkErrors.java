package io.sparkrnn.job.message;

import java.util.Set;
import org.apache.spark.SparkThrowable;
import org.jspecify.annotations.Nullable;

/** What is special of the errors of Spark 3.5. */
public final class SparkErrors {
    /** A file that is gone, in two wordings; one whose column has another type; any other error of reading one. */
    private static final Set<String> UNREADABLE = Set.of(
            "_LEGACY_ERROR_TEMP_2055", "_LEGACY_ERROR_TEMP_2062", "_LEGACY_ERROR_TEMP_2063", "_LEGACY_ERROR_TEMP_2064");

    private SparkErrors() {}

    /** Spark's name of an error, such as {@code PATH_NOT_FOUND}; null when it has none. */
    public static @Nullable String name(SparkThrowable error) {
        return error.getErrorClass();
    }

    /** Whether it says that a file of a table could not be read. */
    static boolean isUnreadableFile(SparkThrowable error) {
        String name = name(error);
        return name != null && UNREADABLE.contains(name);
    }

    /** Whether it says that a column of a Parquet file is of another type than the table's. */
    static boolean isOfAnotherType(SparkThrowable error) {
        return "_LEGACY_ERROR_TEMP_2063".equals(name(error));
    }
}
