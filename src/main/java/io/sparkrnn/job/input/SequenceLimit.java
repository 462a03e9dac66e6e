package io.sparkrnn.job.input;

import io.sparkrnn.spark.ScorerBuilder;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * How many steps of a row are scored at most: the value of {@code --limit-sequence}, {@code N}, {@code N,first} or {@code N,last}.
 *
 * @param steps the number, 1 or more
 * @param end at which end of a row they are
 */
record SequenceLimit(int steps, End end) {
    private static final Pattern VALUE = Pattern.compile("\\s*(\\d{1,9})\\s*(?:,\\s*(first|last)\\s*)?");

    /** An end of a row. */
    enum End {
        FIRST,
        LAST
    }

    /** From what stands on the command line; a list in a file reads the same. */
    static final class Converter implements ITypeConverter<SequenceLimit> {
        @Override
        public SequenceLimit convert(String value) {
            Matcher parts = VALUE.matcher(value.toLowerCase(Locale.ROOT));
            if (!parts.matches() || Integer.parseInt(parts.group(1)) < 1) {
                throw new TypeConversionException(
                        "'" + value + "' is no limit; expected a number of steps from 1 on, and"
                                + " whether they are the first or the last of a row: 100,first or 100,last (which 100 means, too)");
            }
            return new SequenceLimit(
                    Integer.parseInt(parts.group(1)), "first".equals(parts.group(2)) ? End.FIRST : End.LAST);
        }
    }

    void of(ScorerBuilder builder) {
        switch (end) {
            case FIRST -> builder.firstSteps(steps);
            case LAST -> builder.lastSteps(steps);
        }
    }
}
