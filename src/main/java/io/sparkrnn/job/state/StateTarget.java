package io.sparkrnn.job.state;

import io.sparkrnn.job.output.Destination;
import io.sparkrnn.job.run.Run;
import io.sparkrnn.job.session.JobSession;
import io.sparkrnn.job.storage.ReadFiles;
import io.sparkrnn.job.storage.Staging;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;

/** Where new states go, and by what a later run knows who wrote them. */
interface StateTarget {
    /** The folder or the table. */
    Destination place();

    /** Looks at what is there, and refuses what may not be replaced. */
    void check(JobSession job, ReadFiles read, Dataset<Row> input, List<String> roots, PrintWriter out);

    /** A folder in which tasks put states until they are published. */
    @Nullable
    Staging staging();

    /** Whether the states that are there are those of the run with a key. */
    boolean areOf(String key);

    /**
     * Writes the states in the place of those that are there.
     *
     * @param states one row for each id
     */
    void publish(Dataset<Row> states) throws Exception;

    /**
     * Looks at what was written.
     *
     * @param states as they were given to {@link #publish}
     * @return the number of ids
     */
    long count(Dataset<Row> states);

    /**
     * Tells of the run that wrote them; to be asked for behind {@link #count}, and before the run's own file is written.
     *
     * @throws IOException when that could not be written
     */
    void tell(Run run) throws IOException;
}
