package io.sparkrnn.job.invalid;

import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
import java.math.BigDecimal;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How many rows may be invalid.
 *
 * @param most a number of rows, or a share of all in percent
 * @param unit which of them
 */
record InvalidLimit(BigDecimal most, Unit unit) {
    static final InvalidLimit NONE = new InvalidLimit(BigDecimal.valueOf(100), Unit.PERCENT);

    private static final Pattern FORM = Pattern.compile("([0-9]{1,18}|[0-9]{1,3}(?:\\.[0-9]{1,9})?(?=%))(%?)");

    /** What is counted. */
    enum Unit {
        ROWS,
        PERCENT
    }

    /** Reads {@code 20} or {@code 0.1%}. */
    static InvalidLimit parse(String text) {
        Matcher form = FORM.matcher(text);
        if (form.matches()) {
            BigDecimal number = new BigDecimal(form.group(1));
            if (form.group(2).isEmpty()) {
                return new InvalidLimit(number, Unit.ROWS);
            }
            if (number.compareTo(BigDecimal.valueOf(100)) <= 0) {
                return new InvalidLimit(number, Unit.PERCENT);
            }
        }
        throw new JobException(
                ExitCode.USAGE,
                "--max-invalid " + text + ": expected a number of rows, such as 20, or a share of them, such as 0.1%");
    }

    /** Whether so many of so many rows are too many. */
    boolean isExceeded(long invalid, long rows) {
        BigDecimal found = BigDecimal.valueOf(invalid);
        return switch (unit) {
            case ROWS -> found.compareTo(most) > 0;
            case PERCENT ->
                found.multiply(BigDecimal.valueOf(100)).compareTo(most.multiply(BigDecimal.valueOf(rows))) > 0;
        };
    }

    @Override
    public String toString() {
        return most.toPlainString() + (unit == Unit.PERCENT ? "%" : "");
    }
}
