package io.sparkrnn.job;

/** What a process ends with. Part of the interface: schedulers act on it. */
enum ExitCode {
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

    int number() {
        return number;
    }
}
