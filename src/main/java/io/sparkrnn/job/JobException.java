package io.sparkrnn.job;

import org.jspecify.annotations.Nullable;

/** A job cannot go on; the message is for the user, the code for the scheduler. */
final class JobException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final ExitCode code;

    JobException(ExitCode code, String message) {
        super(message);
        this.code = code;
    }

    JobException(ExitCode code, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    ExitCode code() {
        return code;
    }
}
