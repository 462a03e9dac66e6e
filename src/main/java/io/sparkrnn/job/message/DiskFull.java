package io.sparkrnn.job.message;

import java.util.HashSet;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A disk or a quota that was used up while a job ran. The line that says so names no file mostly; whose disk it is, is told by
 * whose code met it.
 *
 * @param line what the system said
 */
public record DiskFull(String line, Whose whose) {
    /** Of a file system, in HDFS's words. They come with the name node's stack, so that nobody's code tells whose they are. */
    private static final Pattern QUOTA = Pattern.compile("(?i)quota (?:\\([^\\n]*\\) )?of [^\\n]* is exceeded");

    private static final Pattern SAID = Pattern.compile(
            "[^\\n]*(?:no space left on device|disk quota exceeded|not enough space on the disk|" + QUOTA
                    + "|no space available in any of the local directories)[^\\n]*",
            Pattern.CASE_INSENSITIVE);

    private static final String HADOOP = "org.apache.hadoop.";
    private static final String LOCAL_BUFFERS = "org.apache.hadoop.fs.LocalDirAllocator";
    private static final Pattern BUFFERED = Pattern.compile("org\\.apache\\.hadoop\\.fs\\.(?:s3a|store)\\..*");

    /** Whose disk it is. */
    public enum Whose {
        /** That of the file system which is written to. */
        OUTPUT,
        /** The local one, on which a file waits for its upload. */
        BUFFER,
        /** That of Spark, for jars, blocks and shuffles. */
        SPARK,
        /** One of them: the error came as a text. */
        UNKNOWN
    }

    /** What a job failed with, if it is that; else null. */
    public static @Nullable DiskFull in(Throwable thrown) {
        Set<Throwable> seen = new HashSet<>();
        DiskFull found = null;
        for (Throwable cause = thrown; cause != null && seen.add(cause); cause = cause.getCause()) {
            String message = cause.getMessage() == null ? "" : cause.getMessage();
            Matcher said = SAID.matcher(message);
            if (said.find()) {
                boolean itself = message.lines().count() == 1 && cause.getStackTrace().length > 0;
                // the innermost is that of the code which met it
                if (itself || found == null) {
                    String line = said.group().strip();
                    Whose whose = QUOTA.matcher(line).find() ? Whose.OUTPUT : itself ? whose(cause) : Whose.UNKNOWN;
                    found = new DiskFull(line, whose);
                }
            }
        }
        return found;
    }

    private static Whose whose(Throwable met) {
        boolean hadoop = false;
        for (StackTraceElement frame : met.getStackTrace()) {
            String name = frame.getClassName();
            if (name.startsWith(LOCAL_BUFFERS) || BUFFERED.matcher(name).matches()) {
                return Whose.BUFFER;
            }
            hadoop |= name.startsWith(HADOOP);
        }
        return hadoop ? Whose.OUTPUT : Whose.SPARK;
    }

    /**
     * The error to tell.
     *
     * @param option what the message begins with where it is the output's: {@code --output}
     * @param output where rows go, for people
     */
    public JobException error(String option, String output, Throwable cause) {
        String why = switch (whose) {
            case OUTPUT ->
                option + ": cannot write " + output + ": " + line
                        + ". Make room there, or name a folder on another disk, then run this again";
            case BUFFER ->
                option + ": cannot write " + output + ": the local disk on which files wait for their upload is full ("
                        + line + "). Make room there, or name another folder with spark-submit --conf"
                        + " spark.hadoop.fs.s3a.buffer.dir=PATH, then run this again";
            case SPARK, UNKNOWN -> message();
        };
        return new JobException(ExitCode.OTHER, why, cause);
    }

    /** What to tell where it is not known what was written. */
    String message() {
        String spark =
                "that of spark.local.dir, where Spark keeps jars, blocks and shuffles, on the driver or an executor";
        String advice =
                ". Make room there, or name another folder with spark-submit --conf spark.local.dir=PATH, then run this"
                        + " again";
        return "a disk is full (" + line + "): "
                + (whose == Whose.SPARK
                        ? spark + advice
                        : "that of the output, or " + spark + ". Make room on it, then run this again");
    }
}
