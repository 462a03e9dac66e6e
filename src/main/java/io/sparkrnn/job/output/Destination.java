package io.sparkrnn.job.output;

import io.sparkrnn.job.session.JobSession;
import io.sparkrnn.job.storage.ReadFiles;
import io.sparkrnn.job.storage.Staging;
import java.io.PrintWriter;
import java.util.List;
import java.util.function.BooleanSupplier;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/** Where a scored table goes: what is there before, what becomes of it, and how the new rows take their place. */
public interface Destination {
    /** Its full address, or a table's name. */
    String address();

    /** The one partition of it that is written, as its folder is called; null where it is the whole. */
    default @Nullable String partition() {
        return null;
    }

    /** How rows are written over what is there, as the option says it. */
    String mode();

    /** The folder in it for what runs tell of themselves; null where it has no place for that. */
    @Nullable
    String runFolder();

    /** Whether there are rows in it now, or may be. */
    boolean holdsRows();

    /**
     * Looks at what is there as far as that takes no Spark, which is long in starting, and refuses what may not be done.
     *
     * @param read what the run reads beside its input
     * @return whether there is anything to write
     */
    boolean prepare(ReadFiles read, PrintWriter out);

    /** Looks at what else is there; see {@link #prepare(ReadFiles, PrintWriter)}. */
    boolean prepare(JobSession job, ReadFiles read, PrintWriter out);

    /**
     * Refuses to overwrite what is read.
     *
     * @param roots what the input is read from, as far as its user names it
     */
    void checkHoldsNot(Dataset<Row> input, List<String> roots);

    /** Whether the rows are files that Spark commits, which is where a committer can be asked before they are published. */
    boolean commitsFiles();

    /** Where rows may wait beside it until it is known whether they go there; null where there is no such place. */
    @Nullable
    Staging staging();

    /** Refuses rows that cannot go there. */
    void check(StructType result);

    /**
     * Writes them.
     *
     * @param shown how many rows of it are to be shown
     * @param noRows whether there were none, as it turns out
     */
    Written write(Dataset<Row> scored, int shown, BooleanSupplier noRows) throws Exception;
}
