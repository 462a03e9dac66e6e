package io.sparkrnn.job.message;

import io.sparkrnn.format.bytes.ModelException;
import io.sparkrnn.parquet.read.DamagedFileException;
import io.sparkrnn.platform.PlatformException;
import io.sparkrnn.spark.UnprovenException;
import io.sparkrnn.spark.invalid.InputException;
import io.sparkrnn.tensor.MissingTensorException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkThrowable;
import org.jspecify.annotations.Nullable;

/**
 * What to tell the user of an exception: the message and the code.
 *
 * @param known whether it is one of this project's own errors, which say all there is to say; others need their stack
 */
public record Failure(ExitCode code, String message, boolean known) {
    /** How an error of a task looks in the text of the job's failure, when the error itself could not be sent back. */
    private static final Pattern INPUT_ERROR = Pattern.compile("(?:" + Pattern.quote(InputException.class.getName())
            + "|" + Pattern.quote(DamagedFileException.class.getName()) + "): ([^\\n]+)");

    private static final Pattern UNPROVEN =
            Pattern.compile(Pattern.quote(UnprovenException.class.getName()) + ": ([^\\n]+)");

    /** In the message of parquet-java, which has no exception of its own for this. */
    private static final String WRONG_CHECKSUM = "checksum verification failed";

    /** The class of SQL's states for values that cannot be computed, and the state of {@code raise_error}. */
    private static final String DATA_EXCEPTION = "22";

    private static final String RAISED = "P0001";

    /** What Spark puts around the words that were raised. */
    private static final Pattern AROUND_RAISED =
            Pattern.compile("^\\[USER_RAISED_EXCEPTION\\] | SQLSTATE: " + RAISED + "$");

    /** How errors of the library name what is an option here. */
    private static final Pattern OPTION =
            Pattern.compile("^(features|lengths|valid|padding|id|keep|initial-state|initial-cell-state|outputs|max-gap)"
                    + "(?=:| names )|^(order-by|time-delta|since|until)(?=[: ])");

    /** How the message of a row that cannot be scored begins, whatever names the row. */
    private static final Pattern ROW = Pattern.compile("^(row|events) (with|null|[0-9]+) ");

    private static final String TWO_SCHEMAS = " The files of --input do not all have this column in one type; the type"
            + " expected is that of the file whose schema was read. Score those of each type by themselves, or write them"
            + " anew in one.";

    /** What file systems say where a file cannot be made, and some of it where one cannot be read. */
    private static final Pattern DENIED = Pattern.compile(
            "mkdirs failed|permission denied|access denied|no space left|read-only file system|is not a directory"
                    + "|not a directory",
            Pattern.CASE_INSENSITIVE);

    /** What they say of writing alone, and of a folder above the one that is written to. */
    private static final Pattern FULL = Pattern.compile("quota .*exceeded", Pattern.CASE_INSENSITIVE);

    /**
     * What a file system said that would not take a file; null when that is not why a job failed. A line that does not name
     * the output may be of a file that was read, or of a disk for what Spark sets aside.
     *
     * @param output where files were written
     */
    public static @Nullable String denied(Throwable thrown, String output) {
        if (of(thrown).code() == ExitCode.INPUT) {
            return null;
        }
        String folder = new Path(output).toUri().getPath();
        Pattern named = Pattern.compile(Pattern.quote(folder) + "(?![^/\\s\"':;,)\\]])");
        for (Throwable cause : causes(thrown)) {
            String line = firstLine(cause);
            if (cause instanceof IOException
                    && (FULL.matcher(line).find()
                            || (DENIED.matcher(line).find()
                                    && named.matcher(line).find()))) {
                return line;
            }
        }
        return null;
    }

    public static Failure of(Throwable thrown) {
        List<Throwable> causes = causes(thrown);
        for (Throwable cause : causes) {
            // Before what Spark wraps it in, which says less.
            if (cause instanceof DamagedFileException) {
                return new Failure(ExitCode.INPUT, message(cause), true);
            }
        }
        for (Throwable cause : causes) {
            if (cause instanceof JobException e) {
                return new Failure(e.code(), message(e), true);
            } else if (cause instanceof UnprovenException) {
                return new Failure(ExitCode.VERIFICATION_FAILED, message(cause), true);
            } else if (cause instanceof PlatformException) {
                return new Failure(ExitCode.USAGE, message(cause), true);
            } else if (cause instanceof InputException) {
                return new Failure(
                        ExitCode.INPUT, OPTION.matcher(message(cause)).replaceFirst("--$0"), true);
            } else if (cause instanceof ModelException || cause instanceof MissingTensorException) {
                return new Failure(ExitCode.MODEL, message(cause), true);
            } else if (cause instanceof SparkThrowable e && SparkErrors.isUnreadableFile(e)) {
                return new Failure(ExitCode.INPUT, unreadable(e, causes), true);
            } else if (cause instanceof SparkThrowable e && isOfAnExpression(e)) {
                return new Failure(
                        ExitCode.INPUT, AROUND_RAISED.matcher(firstLine(cause)).replaceAll(""), true);
            }
        }
        for (Throwable cause : causes) {
            Matcher unproven = UNPROVEN.matcher(message(cause));
            if (unproven.find()) {
                return new Failure(ExitCode.VERIFICATION_FAILED, unproven.group(1), true);
            }
            Matcher matcher = INPUT_ERROR.matcher(message(cause));
            if (matcher.find()) {
                return new Failure(ExitCode.INPUT, matcher.group(1), true);
            }
        }
        DiskFull full = DiskFull.in(thrown);
        if (full != null) {
            return new Failure(ExitCode.OTHER, full.message(), true);
        }
        return new Failure(ExitCode.OTHER, thrown.getClass().getSimpleName() + ": " + message(thrown), false);
    }

    /** Whether it is of a row of the input, not of a column, a type or a file. */
    public boolean isOfARow() {
        return ROW.matcher(message).find();
    }

    /** Whether a value in a query or condition could not be computed of a row, such as a number of a text that is none. */
    private static boolean isOfAnExpression(SparkThrowable error) {
        String state = error.getSqlState();
        return state != null && (state.startsWith(DATA_EXCEPTION) || state.equals(RAISED));
    }

    /** What Spark's own reader says of a file, and where it found a wrong checksum, what that means. */
    private static String unreadable(SparkThrowable failure, List<Throwable> causes) {
        String path = failure.getMessageParameters().get("path");
        for (Throwable cause : causes) {
            if (path != null && message(cause).contains(WRONG_CHECKSUM)) {
                return path + ": a page's checksum is not what its header says (" + firstLine(cause)
                        + "). The file is damaged: write or copy it again, or leave it out";
            }
        }
        String line = firstLine((Throwable) failure);
        if (SparkErrors.isOfAnotherType(failure)) {
            return line + TWO_SCHEMAS;
        }
        // Spark names the file, and what is wrong with it only in the cause.
        String why = firstLine(causes.get(causes.size() - 1));
        return line.contains(why) ? line : line + " " + why;
    }

    /** The first line of its message that has words: Spark adds plans and statements below it. */
    public static String firstLine(Throwable thrown) {
        return message(thrown)
                .lines()
                .filter(line -> !line.isBlank())
                .findFirst()
                .orElse("");
    }

    /** The first line of the cause that says so; null when none does. */
    public static @Nullable String lineSaying(String words, Throwable thrown) {
        return causes(thrown).stream()
                .map(Failure::firstLine)
                .filter(line -> line.contains(words))
                .findFirst()
                .orElse(null);
    }

    private static List<Throwable> causes(Throwable thrown) {
        List<Throwable> causes = new ArrayList<>();
        for (Throwable cause = thrown; cause != null && !causes.contains(cause); cause = cause.getCause()) {
            causes.add(cause);
        }
        return causes;
    }

    private static String message(Throwable thrown) {
        String message = thrown.getMessage();
        return message == null ? thrown.getClass().getSimpleName() : message;
    }
}
