package io.sparkrnn.job.state;

import io.sparkrnn.job.input.InputArguments;
import io.sparkrnn.job.message.Secrets;
import io.sparkrnn.job.output.Destination;
import io.sparkrnn.job.run.Run;
import io.sparkrnn.job.session.JobSession;
import io.sparkrnn.job.storage.ReadFiles;
import io.sparkrnn.job.storage.RunFolder;
import io.sparkrnn.job.storage.Staging;
import java.io.IOException;
import java.io.PrintWriter;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;

/** New states in a folder: its runs tell of themselves in it. */
final class FolderTarget implements StateTarget {
    private final Destination place;
    private final InputArguments.IoName io;
    private String written = "";

    FolderTarget(Destination place, InputArguments.IoName io) {
        this.place = place;
        this.io = io;
    }

    @Override
    public Destination place() {
        return place;
    }

    @Override
    public void check(JobSession job, ReadFiles read, Dataset<Row> input, List<String> roots, PrintWriter out) {
        place.prepare(job, read, out);
        place.checkHoldsNot(input, roots);
    }

    @Override
    public @Nullable Staging staging() {
        return place.staging();
    }

    @Override
    public boolean areOf(String key) {
        return place.holdsRows()
                && RunFiles.behind(place.address()).stream()
                        .limit(1)
                        .anyMatch(run -> key.equals(Told.of(run).key()));
    }

    @Override
    public void publish(Dataset<Row> states) throws Exception {
        written = place.write(states, 0, () -> false).address();
    }

    @Override
    public long count(Dataset<Row> states) {
        return states.sparkSession()
                .read()
                .format(io.source("parquet"))
                .schema(states.schema())
                .load(written)
                .count();
    }

    @Override
    public void tell(Run run) throws IOException {
        Map<String, Object> output = new LinkedHashMap<>();
        output.put("address", Secrets.hiddenIn(place.address()));
        output.put("mode", place.mode());
        run.doneBeside(RunFolder.at(Objects.requireNonNull(place.runFolder())), Map.of("output", output));
    }
}
