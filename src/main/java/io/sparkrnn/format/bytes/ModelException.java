package io.sparkrnn.format.bytes;

import java.io.IOException;

/**
 * A model file cannot be used. The message says which file, what is wrong and where in it, what was expected, and what
 * to do.
 */
public final class ModelException extends RuntimeException {
    private static final long serialVersionUID = 1;

    /** Names in a damaged file can be as long as the file; the message stays readable. */
    private static final int LONGEST_MESSAGE = 4000;

    private final String problem;

    public ModelException(String file, String problem) {
        super(file + ": " + shortened(problem));
        this.problem = problem;
    }

    public ModelException(String file, String problem, Throwable cause) {
        super(file + ": " + shortened(problem), cause);
        this.problem = problem;
    }

    /** What is wrong, without the file. */
    public String problem() {
        return problem;
    }

    private static String shortened(String problem) {
        return problem.length() <= LONGEST_MESSAGE ? problem : problem.substring(0, LONGEST_MESSAGE) + "...";
    }

    /** A file that could not be read, or not to the end. */
    public static ModelException unreadable(String file, IOException cause) {
        String reason = cause.getMessage();
        String kind = cause.getClass().getSimpleName();
        return new ModelException(
                file, "the file cannot be read (" + kind + (reason == null ? "" : ": " + reason) + ")", cause);
    }
}
