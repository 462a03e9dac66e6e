package io.sparkrnn.job.message;

import org.jspecify.annotations.Nullable;

/** A job cannot go on; the message is for the user, the code for the scheduler. */
public final class JobException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final ExitCode code;

    public JobException(ExitCode code, String message) {
        super(message);
        this.code = code;
    }

    public JobException(ExitCode code, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    public ExitCode code() {
        return code;
    }
}
