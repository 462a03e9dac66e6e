package io.sparkrnn.job.invalid;

import io.sparkrnn.job.message.Counts;
import io.sparkrnn.spark.ScoreMetrics;
import io.sparkrnn.spark.invalid.ErrorCode;
import java.util.Comparator;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Says in words how many rows could not be scored, and why. */
public record InvalidReport(ScoreMetrics metrics) {
    public long count() {
        return metrics.invalid().values().stream().mapToLong(Long::longValue).sum();
    }

    /** Such as {@code 3 of 1,000 rows (NULL_VALUE 2, EMPTY_SEQUENCE 1)}, the most frequent reason first. */
    public String counts() {
        String reasons = metrics.invalid().entrySet().stream()
                .sorted(Map.Entry.<ErrorCode, Long>comparingByValue(Comparator.reverseOrder()))
                .map(reason -> String.format(Locale.ROOT, "%s %,d", reason.getKey(), reason.getValue()))
                .collect(Collectors.joining(", "));
        return String.format(Locale.ROOT, "%,d of %s (%s)", count(), Counts.counted(metrics.rows(), "row"), reasons);
    }

    /** The first of them, a line each. */
    public String first() {
        return metrics.firstInvalid().stream().map(row -> "\n  " + row).collect(Collectors.joining())
                + (count() > metrics.firstInvalid().size() ? "\n  ..." : "");
    }
}
