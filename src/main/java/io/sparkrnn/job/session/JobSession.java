package io.sparkrnn.job.session;

import io.sparkrnn.parquet.SequenceParquetFormat;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.sql.SparkSession;

/**
 * The Spark session of a command. One that was there before, as in a notebook or a test, goes on as it was when this is
 * closed.
 *
 * @param own whether it is the command's own
 * @param verifies whether it was told to verify checksums, and had nothing said of them before
 */
public record JobSession(SparkSession session, boolean own, boolean verifies) implements AutoCloseable {
    /** What spark-submit fills in where it was given no --name. A name, for this room does not know that class. */
    static final String MAIN_CLASS = "io.sparkrnn.job.SparkRnn";

    public static JobSession open(String name) {
        // A platform's context may be there without a session, and is not to be stopped either.
        boolean own = SparkEnv.get() == null;
        String given = new SparkConf().get("spark.app.name", MAIN_CLASS);
        SparkSession session = SparkSession.builder()
                .appName(given.equals(MAIN_CLASS) ? name : given)
                .getOrCreate();
        // For whatever reads Parquet below a table of the catalog or below another format, and for --io spark.
        Configuration hadoop = session.sparkContext().hadoopConfiguration();
        boolean verifies = hadoop.get(SequenceParquetFormat.VERIFY_CHECKSUMS) == null;
        hadoop.setIfUnset(SequenceParquetFormat.VERIFY_CHECKSUMS, "true");
        return new JobSession(session, own, verifies);
    }

    @Override
    public void close() {
        if (own) {
            session.stop();
        } else if (verifies) {
            session.sparkContext().hadoopConfiguration().unset(SequenceParquetFormat.VERIFY_CHECKSUMS);
        }
    }
}
