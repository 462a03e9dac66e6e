package io.sparkrnn.job.state;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.job.output.Destination;
import io.sparkrnn.job.run.Run;
import io.sparkrnn.job.session.JobSession;
import io.sparkrnn.job.storage.OutputFolders;
import io.sparkrnn.job.storage.ReadFiles;
import io.sparkrnn.job.storage.Staging;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/** New states in a table of a catalog, which may be the one that the former states are read from. */
final class TableTarget implements StateTarget {
    /** Formats whose tables have versions, and can be replaced while they are read. */
    private static final Set<String> VERSIONED = Set.of("delta", "iceberg", "hudi");

    private final Destination place;
    private final TableStates table;
    private final @Nullable String format;
    private final @Nullable TableOrigin former;
    private final boolean isReplaced;
    private @Nullable String began;
    private Map<String, Object> said = Map.of();

    /**
     * One that is not looked at yet.
     *
     * @param format of a table that is not there; null for what its catalog makes
     * @param former where the former states are, if in a table, which is replaced where it has the same name; null where there are
     *     none, or in a folder
     */
    TableTarget(Destination place, TableStates table, @Nullable String format, @Nullable TableOrigin former) {
        this.place = place;
        this.table = table;
        this.format = format;
        this.former = former;
        isReplaced = former != null && former.address().equals(table.name());
    }

    @Override
    public Destination place() {
        return place;
    }

    @Override
    public void check(JobSession job, ReadFiles read, Dataset<Row> input, List<String> roots, PrintWriter out) {
        SparkSession session = job.session();
        if (former != null && !isReplaced && former.isNamed(session, table)) {
            throw refused("this is " + former.address() + " of " + former.option()
                    + " by another name; write both alike, and it is replaced");
        }
        place.prepare(job, read, out);
        place.checkHoldsNot(input, roots);
        boolean there = table.exists(session);
        began = isReplaced && former != null ? former.began() : there ? table.version(session) : null;
        if (isReplaced && there && began == null) {
            throw refused(
                    "states are read from it, and only a table that has versions, of Iceberg or Delta, can be replaced"
                            + " while it is read. Name another table for each night");
        }
        if (isReplaced && !there && table.isOfSession(session)) {
            String made = format == null ? session.conf().get("spark.sql.sources.default") : format;
            if (!VERSIONED.contains(made.toLowerCase(Locale.ROOT))) {
                throw refused("there is no such table, and one of format " + made
                        + " keeps no versions, so that the next night could not replace it. Make it first: CREATE TABLE "
                        + table.name()
                        + " (id ..., h_n ARRAY<ARRAY<FLOAT>>, ...) USING delta, or give --output-format with"
                        + " --output-table, or name another table for each night");
            }
        }
    }

    private JobException refused(String why) {
        return new JobException(ExitCode.USAGE, table.option() + " " + table.name() + ": nothing was written: " + why);
    }

    /** Among the files of runs, for a table has no folder of its own that is for others. */
    @Override
    public Staging staging() {
        return OutputFolders.of("--run-files")
                .stagingFor(Objects.requireNonNull(table.runs()).address("states"));
    }

    /** Of a table that each night replaces, too, where a later run went on from the one with the key. */
    @Override
    public boolean areOf(String key) {
        SparkSession session = SparkSession.active();
        JsonNode writer = table.exists(session) ? table.writer(session) : null;
        if (writer == null) {
            return false;
        }
        Told told = Told.of(writer);
        return key.equals(told.key())
                || (isReplaced && told.applied().stream().anyMatch(applied -> key.equals(applied.key())));
    }

    @Override
    public void publish(Dataset<Row> states) throws Exception {
        SparkSession session = states.sparkSession();
        if (began != null && !began.equals(table.version(session))) {
            throw new JobException(
                    ExitCode.OUTPUT_EXISTS,
                    "the table " + table.name() + " was at version " + began + " when this run began, and is at "
                            + table.version(session) + " now: another run wrote it, or it was compacted meanwhile");
        }
        place.write(states, 0, () -> false);
    }

    @Override
    public long count(Dataset<Row> states) {
        SparkSession session = states.sparkSession();
        List<String> columns = List.of(states.columns());
        TableStates.Content content =
                Objects.requireNonNull(TableStates.content(table.rows(session), columns), "columns that were written");
        said = table.said(session, columns, content);
        return content.ids();
    }

    @Override
    public void tell(Run run) {
        run.tells(Told.STATES, said);
    }
}
