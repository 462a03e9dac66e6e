package io.sparkrnn.job.output;

import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/**
 * The options of {@code --output-option}, as Spark takes them: a key counts in whatever case it is written. Some of them
 * change what overwriting a folder means, and this job must know of it as well as Spark.
 */
final class WriteOptions {
    /** Spark's own: whether overwriting replaces all partitions, or those that get rows. */
    static final String PARTITIONS = "partitionOverwriteMode";

    static final String PARTITIONS_OF_SESSION = "spark.sql.sources.partitionOverwriteMode";
    static final String DYNAMIC = "dynamic";
    static final String STATIC = "static";

    /** Hadoop's own, which Spark's committer reads. */
    private static final String MARKS_SUCCESS = "mapreduce.fileoutputcommitter.marksuccessfuljobs";

    private final Map<String, String> given;
    private final Map<String, String> byKey = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);

    WriteOptions(@Nullable Map<String, String> given) {
        this.given = given == null ? Map.of() : new LinkedHashMap<>(given);
        this.given.forEach((key, value) -> {
            if (byKey.put(key, value) != null) {
                throw refused(key, "given twice, and Spark tells no upper from lower case; leave one out");
            }
        });
    }

    /** As they were given. */
    Map<String, String> all() {
        return given;
    }

    /** Refuses what would send the output elsewhere, or is no option at all and so would do nothing. */
    void check() {
        if (byKey.containsKey("path")) {
            throw refused("path", "where the rows go is said by --output or --output-table alone");
        }
        if (byKey.containsKey(PARTITIONS_OF_SESSION)) {
            throw refused(
                    PARTITIONS_OF_SESSION,
                    "this is a setting of Spark's, which is not read here; give --output-option " + PARTITIONS
                            + "=dynamic, or --conf " + PARTITIONS_OF_SESSION + "=dynamic to spark-submit");
        }
    }

    /** Refuses, beside that, what writers of tables do not know. */
    void checkForTable() {
        check();
        if (byKey.containsKey(PARTITIONS)) {
            throw refused(PARTITIONS, "of a table it is said by --mode overwrite-partitions");
        }
    }

    /** Whether a table is told to take columns that are new to it: Delta and Iceberg know one of these each, or both. */
    boolean growsTable() {
        return Stream.of("mergeSchema", "merge-schema", "overwriteSchema")
                .anyMatch(key -> Boolean.parseBoolean(byKey.get(key)));
    }

    /**
     * Refuses what Spark, writing files in folders, would not know, or would pass over without a word and delete more than
     * was meant.
     *
     * @param partitioned whether there is a {@code --partition-by}
     */
    void checkPartitions(boolean partitioned) {
        String partitions = byKey.get(PARTITIONS);
        if (partitions == null) {
            return;
        }
        if (!partitions.equalsIgnoreCase(DYNAMIC) && !partitions.equalsIgnoreCase(STATIC)) {
            throw refused(PARTITIONS, "it is '" + partitions + "'; expected static or dynamic");
        }
        if (partitions.equalsIgnoreCase(DYNAMIC) && !partitioned) {
            throw refused(
                    PARTITIONS,
                    "dynamic replaces single partitions, and there are none without --partition-by, so that the whole"
                            + " output would be replaced; name the columns, or leave this out");
        }
    }

    /** Refuses what contradicts {@code --mode overwrite-partitions}. */
    void checkSaysNotStatic() {
        String partitions = byKey.get(PARTITIONS);
        if (partitions != null && !partitions.equalsIgnoreCase(DYNAMIC)) {
            throw refused(
                    PARTITIONS, "it is '" + partitions + "', and --mode overwrite-partitions is dynamic; leave it out");
        }
    }

    /** Whether overwriting replaces only those partitions that get rows. The option wins over the session, as in Spark. */
    boolean dynamicPartitions(SparkSession session) {
        String partitions = byKey.getOrDefault(PARTITIONS, session.conf().get(PARTITIONS_OF_SESSION, STATIC));
        return partitions.equalsIgnoreCase(DYNAMIC);
    }

    /** Whether a folder that is whole gets a file {@code _SUCCESS}. */
    boolean marksSuccess(SparkSession session) {
        String marks = byKey.getOrDefault(
                MARKS_SUCCESS, session.sparkContext().hadoopConfiguration().get(MARKS_SUCCESS, "true"));
        return !marks.trim().toLowerCase(Locale.ROOT).equals("false");
    }

    private static JobException refused(String key, String why) {
        return new JobException(ExitCode.USAGE, "--output-option " + key + ": " + why);
    }
}
