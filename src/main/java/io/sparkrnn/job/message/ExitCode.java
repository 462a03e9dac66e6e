package io.sparkrnn.job.message;

/** What a process ends with. Part of the interface: schedulers act on it. */
public enum ExitCode {
    DONE(0),
    OTHER(1),
    USAGE(2),
    INPUT(3),
    MODEL(4),
    VERIFICATION_FAILED(5),
    OUTPUT_EXISTS(6),
    TOO_MANY_INVALID(7);

    private final int number;

    ExitCode(int number) {
        this.number = number;
    }

    public int number() {
        return number;
    }
}
