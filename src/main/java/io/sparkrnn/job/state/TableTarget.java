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
import java.util.Map;
import java.util.Objects;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/** New states in a table of a catalog, which may be the one that the former states are read from. */
final class TableTarget implements StateTarget {
    private final Destination place;
    private final TableStates table;
    private final Kind kind;
    private @Nullable String began;
    private Map<String, Object> said = Map.of();

    /** Which table it is. */
    enum Kind {
        OF_ITS_OWN,
        OF_THE_FORMER_STATES
    }

    TableTarget(Destination place, TableStates table, Kind kind) {
        this.place = place;
        this.table = table;
        this.kind = kind;
    }

    @Override
    public Destination place() {
        return place;
    }

    @Override
    public void check(JobSession job, ReadFiles read, Dataset<Row> input, List<String> roots, PrintWriter out) {
        SparkSession session = job.session();
        place.prepare(job, read, out);
        place.checkHoldsNot(input, roots);
        if (!table.exists(session)) {
            return;
        }
        began = table.version(session);
        if (began == null && kind == Kind.OF_THE_FORMER_STATES) {
            throw new JobException(
                    ExitCode.USAGE,
                    table.option() + " " + table.name()
                            + ": states are read from it, and only a table that has versions, of Iceberg or Delta, can be"
                            + " replaced while it is read; nothing was written. Name another table for each night");
        }
    }

    /** Among the files of runs, for a table has no folder of its own that is for others. */
    @Override
    public Staging staging() {
        return OutputFolders.of("--run-files")
                .stagingFor(Objects.requireNonNull(table.runs()).address("states"));
    }

    @Override
    public boolean areOf(String key) {
        SparkSession session = SparkSession.active();
        if (!table.exists(session)) {
            return false;
        }
        JsonNode writer = table.writer(session, table.told(session));
        return writer != null && key.equals(Told.of(writer).key());
    }

    @Override
    public long publish(Dataset<Row> states) throws Exception {
        SparkSession session = states.sparkSession();
        if (began != null && !began.equals(table.version(session))) {
            throw new JobException(
                    ExitCode.OUTPUT_EXISTS,
                    "the table " + table.name() + " was at version " + began + " when this run began, and is at "
                            + table.version(session) + " now: another run wrote it, or it was compacted meanwhile");
        }
        place.write(states, 0, () -> false);
        List<String> columns = List.of(states.columns());
        TableStates.Content content =
                Objects.requireNonNull(TableStates.content(table.rows(session), columns), "columns just written");
        said = table.said(session, columns, content);
        return content.ids();
    }

    @Override
    public void tell(Run run) {
        run.tells(Told.STATES, said);
    }
}
