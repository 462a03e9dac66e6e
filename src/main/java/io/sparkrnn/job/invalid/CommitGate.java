package io.sparkrnn.job.invalid;

import io.sparkrnn.job.session.SessionSettings;
import java.io.IOException;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.mapreduce.JobContext;
import org.apache.hadoop.mapreduce.TaskAttemptContext;
import org.apache.hadoop.mapreduce.lib.output.FileOutputCommitter;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.SparkSession;

/**
 * What is to be done when all rows of a job are scored and none is published. Spark has no place for that but the committer of
 * files: it is asked on the driver when all tasks are done, and what it throws fails the job as if a task had failed. Public
 * because Hadoop makes committers by the names of their classes.
 */
public final class CommitGate extends FileOutputCommitter {
    private static final String KEY = "spark.rnn.commit.gate";
    private static final String COMMITTER = "spark.sql.sources.outputCommitterClass";
    private static final String PARQUET_COMMITTER = "spark.sql.parquet.output.committer.class";
    private static final String USUAL_PARQUET_COMMITTER = "org.apache.parquet.hadoop.ParquetOutputCommitter";
    private static final String USUAL_PROTOCOL =
            "org.apache.spark.sql.execution.datasources.SQLHadoopMapReduceCommitProtocol";
    /** Files of metadata beside Parquet's, which only the usual committer writes, where somebody asks for them. */
    private static final String PARQUET_SUMMARY = "parquet.summary.metadata.level";

    private static final String PROTOCOL = "spark.sql.sources.commitProtocolClass";

    /**
     * Those that are on their way, by a name that is a property of the thread that writes: Spark hands such to the threads
     * that it works on for it, and others of a notebook's session, which write something else, do not have it.
     */
    private static final Map<String, Gate> GATES = new ConcurrentHashMap<>();

    private static final class Gate {
        private final SessionSettings.Step check;
        private boolean asked;
        private boolean passed;

        Gate(SessionSettings.Step check) {
            this.check = check;
        }
    }

    /** As Hadoop makes one. */
    public CommitGate(Path output, TaskAttemptContext context) throws IOException {
        super(output, context);
    }

    /**
     * Whether files are committed by Spark's usual way, which asks a committer. Others have ways of their own, as S3A's
     * have.
     */
    static boolean isAsked(SparkSession session) {
        Configuration hadoop = session.sparkContext().hadoopConfiguration();
        return hadoop.get(COMMITTER) == null
                && session.conf().getOption(COMMITTER).isEmpty()
                && hadoop.get(PARQUET_SUMMARY) == null
                && session.conf().getOption(PARQUET_SUMMARY).isEmpty()
                && hadoop.get(PARQUET_COMMITTER, USUAL_PARQUET_COMMITTER).equals(USUAL_PARQUET_COMMITTER)
                && session.conf()
                        .get(PARQUET_COMMITTER, USUAL_PARQUET_COMMITTER)
                        .equals(USUAL_PARQUET_COMMITTER)
                && session.conf().get(PROTOCOL, USUAL_PROTOCOL).equals(USUAL_PROTOCOL);
    }

    /**
     * Writes files.
     *
     * @param check what is done when all are written and none is published; what it throws leaves none
     */
    static void write(SparkSession session, SessionSettings.Step check, SessionSettings.Step write) throws Exception {
        String name = UUID.randomUUID().toString();
        Gate gate = new Gate(check);
        GATES.put(name, gate);
        SparkContext context = session.sparkContext();
        context.setLocalProperty(KEY, name);
        try {
            SessionSettings.with(
                    session,
                    Map.of(COMMITTER, CommitGate.class.getName(), PARQUET_COMMITTER, CommitGate.class.getName()),
                    write);
        } finally {
            context.setLocalProperty(KEY, null);
            GATES.remove(name);
        }
        if (!gate.passed) {
            throw new IllegalStateException("rows were written without having been counted first");
        }
    }

    @Override
    public void commitJob(JobContext context) throws IOException {
        String name = SparkContext.getOrCreate().getLocalProperty(KEY);
        Gate gate = name == null ? null : GATES.get(name);
        // what the check itself writes comes this way, too
        if (gate != null && !gate.asked) {
            gate.asked = true;
            try {
                gate.check.run();
            } catch (IOException | RuntimeException e) {
                throw e;
            } catch (Exception e) { // the check may throw any checked one, a committer none but IOException
                throw new IOException(e);
            }
            gate.passed = true;
        }
        super.commitJob(context);
    }
}
