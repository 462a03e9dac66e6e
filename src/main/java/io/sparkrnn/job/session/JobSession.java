package io.sparkrnn.job.session;

import io.sparkrnn.parquet.SequenceParquetFormat;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/**
 * The Spark session of a command. One that was there before, as in a notebook or a test, goes on as it was when this is
 * closed.
 *
 * @param own whether it is the command's own
 * @param verifies whether it was told to verify checksums, and had nothing said of them before
 * @param progress how its tasks' progress is told
 * @param described what its jobs were called before
 */
public record JobSession(
        SparkSession session,
        boolean own,
        boolean verifies,
        Progress.Style progress,
        @Nullable String described) implements AutoCloseable {
    private static final String BAR = "spark.ui.showConsoleProgress";
    private static final String HEARTBEAT = "spark.executor.heartbeatInterval";
    private static final String DESCRIPTION = "spark.job.description";

    /** What spark-submit fills in where it was given no --name. A name, for this room does not know that class. */
    static final String MAIN_CLASS = "io.sparkrnn.job.SparkRnn";

    /** Whether the tasks will run in this process, as far as the settings of spark-submit say. */
    public static boolean runsHere(SparkConf conf) {
        String master = conf.get("spark.master", "local");
        return master.equals("local") || master.startsWith("local[");
    }

    public static JobSession open(String name) {
        // A platform's context may be there without a session, and is not to be stopped either.
        boolean own = SparkEnv.get() == null;
        SparkConf conf = new SparkConf();
        String given = conf.get("spark.app.name", MAIN_CLASS);
        SparkSession.Builder builder = SparkSession.builder();
        Progress.Style progress = Progress.Style.NONE;
        if (own) {
            builder = builder.appName(given.equals(MAIN_CLASS) ? name : given);
            // A bar of Spark's moves when a task ends; that of the job moves within one, too.
            progress = conf.getBoolean(BAR, false) ? Progress.Style.BAR : Progress.Style.LINES;
            builder = builder.config(BAR, "false");
            if (conf.get("spark.master", "local").startsWith("local") && !conf.contains(HEARTBEAT)) {
                // What tasks tell of themselves comes with it; in one process that costs nothing.
                builder = builder.config(HEARTBEAT, "1s");
            }
        }
        SparkSession session = builder.getOrCreate();
        // For whatever reads Parquet below a table of the catalog or below another format, and for --io spark.
        Configuration hadoop = session.sparkContext().hadoopConfiguration();
        boolean verifies = hadoop.get(SequenceParquetFormat.VERIFY_CHECKSUMS) == null;
        hadoop.setIfUnset(SequenceParquetFormat.VERIFY_CHECKSUMS, "true");
        return new JobSession(
                session, own, verifies, progress, session.sparkContext().getLocalProperty(DESCRIPTION));
    }

    /** What the jobs of this thread are called on Spark's pages, until this is closed. */
    public void describe(String jobs) {
        session.sparkContext().setLocalProperty(DESCRIPTION, jobs);
    }

    @Override
    public void close() {
        if (own) {
            session.stop();
            return;
        }
        session.sparkContext().setLocalProperty(DESCRIPTION, described);
        if (verifies) {
            session.sparkContext().hadoopConfiguration().unset(SequenceParquetFormat.VERIFY_CHECKSUMS);
        }
    }
}
