package io.sparkrnn.job;

import io.sparkrnn.job.invalid.InvalidReport;
import io.sparkrnn.job.output.Written;
import io.sparkrnn.spark.ScoreMetrics;
import io.sparkrnn.spark.invalid.OnInvalid;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * A table that was scored and written.
 *
 * @param written of the rows that were scored
 * @param schema of them
 * @param setAside what was written of those that cannot be; null when none were to be
 * @param spread how the input was split, in a sentence; null where nothing was asked for
 */
record Scored(
        ScoreMetrics metrics,
        Written written,
        StructType schema,
        @Nullable Written setAside,
        @Nullable String spread) {
    /** What to tell of rows that cannot be scored; null when there are none. */
    @Nullable
    String invalid() {
        InvalidReport report = new InvalidReport(metrics);
        if (report.count() == 0) {
            return null;
        }
        return report.counts() + " cannot be scored"
                + (setAside == null
                        ? "; their results are null, and " + OnInvalid.ERROR_CODE + " says why"
                        : "; they are in " + setAside.address() + " (" + setAside.format() + ")")
                + ":" + report.first();
    }
}
