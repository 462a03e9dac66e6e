package io.sparkrnn.job;

import io.sparkrnn.parquet.SequenceParquetFormat;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;

/** The Spark session of a command. One that was there before, as in a notebook or a test, goes on when this is closed. */
record JobSession(SparkSession session, boolean own) implements AutoCloseable {
    static JobSession open(String name) {
        boolean own = SparkSession.getDefaultSession().isEmpty();
        // spark-submit fills in the main class where it was given no --name
        String mainClass = SparkRnn.class.getName();
        String given = new SparkConf().get("spark.app.name", mainClass);
        SparkSession session = SparkSession.builder()
                .appName(given.equals(mainClass) ? name : given)
                .getOrCreate();
        // For whatever reads Parquet below a table of the catalog or below another format, and for --io spark.
        session.sparkContext().hadoopConfiguration().setIfUnset(SequenceParquetFormat.VERIFY_CHECKSUMS, "true");
        return new JobSession(session, own);
    }

    @Override
    public void close() {
        if (own) {
            session.stop();
        }
    }
}
