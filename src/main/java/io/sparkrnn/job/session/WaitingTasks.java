package io.sparkrnn.job.session;

import java.security.SecureRandom;
import java.util.Map;

/**
 * Where the files of tasks that are done wait for their job to publish them: {@code _temporary/N} in the output, of which
 * Hadoop's committer publishes all that it finds there. N is the number of the job's attempt, which MapReduce counts and
 * Spark leaves at 0. So a driver that is killed, and run again to append to the same output, would publish what its tasks
 * left as well: rows that are there twice. With a number of its own a run publishes what it wrote, and when it ends takes
 * what others left away, as committers do.
 */
public final class WaitingTasks {
    /** {@code MRJobConfig.APPLICATION_ATTEMPT_ID}. */
    private static final String ATTEMPT = "mapreduce.job.application.attempt.id";

    private static final SecureRandom RANDOM = new SecureRandom();

    private WaitingTasks() {}

    /** The setting of a session, for one run. */
    public static Map<String, String> ofThisRunAlone() {
        return Map.of(ATTEMPT, Integer.toString(1 + RANDOM.nextInt(Integer.MAX_VALUE - 1)));
    }
}
