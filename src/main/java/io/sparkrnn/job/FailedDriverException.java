package io.sparkrnn.job;

/**
 * Ends a driver that YARN runs (cluster mode). Of one that exits by itself spark-submit says only that it did, whatever its code
 * was; of one that throws, the message.
 */
final class FailedDriverException extends RuntimeException {
    /**
     * Of a command that failed.
     *
     * @param code the job's exit code
     * @param told what it printed as the reason
     */
    FailedDriverException(int code, String told) {
        // where it was thrown tells nothing
        super(
                "ended with code " + code + ". " + told.lines().findFirst().orElse("See the driver's stderr"),
                null,
                false,
                false);
    }

    /** Whether this process is such a driver: YARN's master says so to Spark by these two. */
    static boolean isYarns() {
        return "yarn".equals(System.getProperty("spark.master"))
                && "cluster".equals(System.getProperty("spark.submit.deployMode"));
    }
}
