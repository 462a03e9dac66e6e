package io.sparkrnn.job;

import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;

/** The Spark session of a command. One that was there before, as in a notebook or a test, goes on when this is closed. */
record JobSession(SparkSession session, boolean own) implements AutoCloseable {
    static JobSession open(String name) {
        boolean own = SparkSession.getDefaultSession().isEmpty();
        // spark-submit fills in the main class where it was given no --name
        String mainClass = SparkRnn.class.getName();
        String given = new SparkConf().get("spark.app.name", mainClass);
        return new JobSession(
                SparkSession.builder()
                        .appName(given.equals(mainClass) ? name : given)
                        .getOrCreate(),
                own);
    }

    @Override
    public void close() {
        if (own) {
            session.stop();
        }
    }
}
