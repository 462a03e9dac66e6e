package io.sparkrnn.job;

import org.apache.spark.sql.SparkSession;

/** The Spark session of a command. One that was there before, as in a notebook or a test, goes on when this is closed. */
record JobSession(SparkSession session, boolean own) implements AutoCloseable {
    static JobSession open(String name) {
        boolean own = SparkSession.getDefaultSession().isEmpty();
        return new JobSession(SparkSession.builder().appName(name).getOrCreate(), own);
    }

    @Override
    public void close() {
        if (own) {
            session.stop();
        }
    }
}
