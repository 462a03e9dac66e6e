package io.sparkrnn.job.run;

import com.fasterxml.jackson.databind.JsonNode;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.Failure;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.job.message.Secrets;
import io.sparkrnn.job.output.Destination;
import io.sparkrnn.job.storage.ReadFiles;
import io.sparkrnn.job.storage.RunFolder;
import io.sparkrnn.parquet.CorruptFiles;
import io.sparkrnn.parquet.InputSources;
import io.sparkrnn.parquet.InputSources.InputFile;
import io.sparkrnn.parquet.InputSources.Source;
import io.sparkrnn.spark.ScoreMetrics;
import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;

/** One run: what it is called, what it reads, and its file among those of other runs. */
public final class Run {
    static final String DONE = "done";
    private static final String FAILED = "failed";
    private static final String PARTITIONS = "partitions";

    /** In the file of a run that failed: its rows are where they were to go all the same. */
    private static final String OUTPUT_IS_WHOLE = "output_is_whole";

    private static final String ENDING = ".json";

    /** Of a run that failed and has the id of one that was done. */
    private static final String FAILED_ENDING = ".failed.json";

    /** A file that is there while rows are published beside others. */
    private static final String PUBLISHING = ".publishing";

    private final String id;
    private final Instant started;
    private final @Nullable RunFolder folder;
    private final Clock clock;
    private @Nullable Dataset<Row> table;
    private @Nullable List<Source> sources;
    private SortedMap<String, String> model = new TreeMap<>();
    private SortedMap<String, String> options = new TreeMap<>();
    private @Nullable String key;
    private final Map<String, Map<String, Object>> more = new LinkedHashMap<>();
    private CorruptFiles leftOut = new CorruptFiles(List.of(), 0);
    private boolean outputIsWhole;

    /** Of a run that goes partition by partition, those that are done, with what is told of each. */
    private final Map<String, Object> partitions = new TreeMap<>();

    Run(String id, Instant started, @Nullable String folder, Clock clock) {
        this.id = id;
        this.started = started;
        this.folder = folder == null ? null : RunFolder.at(folder);
        this.clock = clock;
    }

    public String id() {
        return id;
    }

    public Instant started() {
        return started;
    }

    /** The folder for its file; null where there is none. */
    public @Nullable RunFolder folder() {
        return folder;
    }

    /** The files and versions that are read; looked for once, when somebody asks. */
    public synchronized List<Source> sources() {
        if (sources == null) {
            sources = table == null ? List.of() : InputSources.of(table);
        }
        return sources;
    }

    /**
     * Says what is read.
     *
     * @param read what is read beside the table, the model among it
     * @param effective the options, without secrets
     * @param besides tables beside the input on which results depend
     */
    public void reads(
            Dataset<Row> input, ReadFiles read, SortedMap<String, String> effective, List<Dataset<Row>> besides) {
        table = input;
        model = read.digests();
        options = effective;
        if (folder != null) {
            List<Source> all = new ArrayList<>(sources());
            besides.forEach(other -> all.addAll(InputSources.of(other)));
            key = RunKey.of(all, model, options);
        }
    }

    /** By what it is known; null where there is no folder for its file, or what is read of the input cannot be told. */
    public @Nullable String key() {
        return key;
    }

    /** The options that were in effect, without secrets. */
    public SortedMap<String, String> options() {
        return Collections.unmodifiableSortedMap(options);
    }

    /** Says something more of this run, for its file, beside what was said below that name before. */
    public void tells(String name, Map<String, Object> what) {
        more.computeIfAbsent(name, any -> new LinkedHashMap<>()).putAll(what);
    }

    /**
     * Tells in another folder, too, that it is done.
     *
     * @param rest what else is said there
     * @throws IOException when the file could not be written
     */
    public void doneBeside(RunFolder other, Map<String, Object> rest) throws IOException {
        other.write(id + ENDING, RunFile.text(head(DONE), rest));
    }

    /** Says that the rows are where they are to be, whatever becomes of what is done behind them. */
    public void outputIsWhole() {
        outputIsWhole = true;
    }

    /** Says which files of the input are left out, for they cannot be read. */
    public void leavesOut(CorruptFiles files) {
        leftOut = files;
    }

    /**
     * The run that did the same, where its rows are what the output has now; null when there is none.
     *
     * @return its id and when it ended, for people
     */
    public @Nullable String doneBefore(Destination output) {
        if (folder == null || key == null || !output.holdsRows()) {
            return null;
        }
        for (String name : folder.names(ENDING)) {
            if (name.endsWith(RunFolder.METRICS_ENDING)) {
                continue;
            }
            JsonNode run = folder.json(name);
            JsonNode wrote = run.path("output");
            if (!run.path("status").asText().equals(DONE)
                    || !wrote.path("address").asText().equals(output.address())) {
                continue;
            }
            String partition = wrote.path("partition").isTextual()
                    ? wrote.path("partition").asText()
                    : null;
            boolean ofThis = Objects.equals(partition, output.partition());
            if (ofThis && run.path("key").asText().equals(key)) {
                return run.path("run_id").asText() + ", which ended "
                        + run.path("ended").asText();
            }
            boolean besides = partition != null && output.partition() != null && !ofThis;
            boolean added = wrote.path("mode").asText().equals("append")
                    && output.mode().equals("append");
            if (!besides && !added) {
                // what was there before it is not what is there now
                return null;
            }
        }
        return null;
    }

    /**
     * By what a run is known that makes one partition.
     *
     * @param files of the input that are in it
     */
    public String keyOf(List<InputFile> files) {
        List<Source> inIt = sources().stream()
                .map(source -> new Source(source.name(), source.version(), files, source.known()))
                .toList();
        return Objects.requireNonNull(RunKey.of(inIt, model, options), "files that are not known");
    }

    /** The partitions of an output that runs made one by one, each with the key of the last that did. */
    public Map<String, String> madeBefore(Destination output) {
        Map<String, String> made = new TreeMap<>();
        if (folder == null) {
            return made;
        }
        for (String name : folder.names(ENDING)) {
            JsonNode run = folder.json(name);
            JsonNode wrote = run.path("output");
            if (!wrote.path("address").asText().equals(output.address())) {
                continue;
            }
            if (run.has(PARTITIONS)) {
                run.path(PARTITIONS)
                        .properties()
                        .forEach(partition -> made.putIfAbsent(
                                partition.getKey(),
                                partition.getValue().path("key").asText()));
            } else if (wrote.path("partition").isTextual()) {
                // by another way, which is no part of what is resumed
                made.putIfAbsent(wrote.path("partition").asText(), "");
            } else {
                break;
            }
        }
        return made;
    }

    /** Tells of a partition that is whole; see {@link #partitions}. What cannot be written is made again by the next run. */
    public void madePartition(Destination output, String key, ScoreMetrics metrics) {
        Map<String, Object> told = new LinkedHashMap<>();
        told.put("key", key);
        told.put("rows_read", metrics.rows());
        told.put("sequences_scored", metrics.sequences());
        told.put("time_steps", metrics.steps());
        told.put("invalid", metrics.invalid());
        told.put("checksum", metrics.checksum());
        told.put("ended", clock.instant().truncatedTo(ChronoUnit.MILLIS).toString());
        partitions.put(Objects.requireNonNull(output.partition()), told);
        writePartitions(output, "running", Map.of());
    }

    /** Tells that all partitions are whole; says where, or why it could not be told. */
    public String madeAll(Destination output) {
        String problem = writePartitions(output, DONE, Map.of());
        String address = Objects.requireNonNull(folder).address(id + ENDING);
        return problem == null
                ? "Run:     " + id + " (" + address + ")"
                : "Note:    all partitions are whole, but the run's file " + address + " could not be written: "
                        + problem;
    }

    /** Tells why no more partitions were made. */
    public void stopped(Destination output, Exception why) {
        Failure failure = Failure.of(why);
        writePartitions(
                output,
                FAILED,
                Map.of("code", failure.code().number(), "message", Secrets.hiddenIn(failure.message())));
    }

    private @Nullable String writePartitions(Destination output, String status, Map<String, Object> more) {
        Map<String, Object> head = head(status);
        head.putAll(more);
        head.put("output", Map.of("address", Secrets.hiddenIn(output.address()), "mode", "resume"));
        head.put(PARTITIONS, partitions);
        try {
            if (folder != null) {
                folder.write(id + ENDING, RunFile.text(head, Map.of()));
            }
            return null;
        } catch (IOException | RuntimeException e) {
            return Failure.firstLine(e);
        }
    }

    /** Why {@link #doneBefore} cannot tell, for people; null when it can. */
    public @Nullable String cannotTell() {
        return sources().stream()
                .filter(source -> !source.known())
                .map(source -> "--if-done skip: " + Secrets.hiddenIn(source.name())
                        + " does not tell what is read of it, so that it is read again")
                .findFirst()
                .orElse(null);
    }

    /** Refuses to add the rows of a run again that is done, or was ended when it had begun to add them. */
    public void checkNotDone(Destination output) {
        if (folder == null || !adds(output)) {
            return;
        }
        JsonNode before = folder.json(id + ENDING);
        if (before.path(OUTPUT_IS_WHOLE).asBoolean()) {
            throw new JobException(
                    ExitCode.OUTPUT_EXISTS,
                    "--run-id " + id + ": the rows of this run are in " + output.address()
                            + ", though it failed behind them ("
                            + folder.address(id + ENDING)
                            + "), and --mode append would add them again; nothing was written. Take them away, delete that"
                            + " file and run this again");
        }
        if (folder.has(id + ENDING) && !before.path("status").asText().equals(FAILED)) {
            throw new JobException(
                    ExitCode.OUTPUT_EXISTS,
                    "--run-id " + id + ": this run is done (" + folder.address(id + ENDING)
                            + "), and --mode append would add its rows again; nothing was written. Give another id, or"
                            + " --if-done skip");
        }
        if (folder.has(id + PUBLISHING)) {
            throw new JobException(
                    ExitCode.OUTPUT_EXISTS,
                    "--run-id " + id + ": this run was ended while its files were moved into " + output.address()
                            + ", so that some or all of its rows may be there, and --mode append would add them again;"
                            + " nothing was written. Those of its files that were not moved are below _temporary there, and"
                            + " the others have the same UUID in their names: take these away, delete "
                            + folder.address(id + PUBLISHING)
                            + " and run this again. Where there are none below _temporary, all rows are there");
        }
    }

    private static boolean adds(Destination output) {
        return output.mode().equals("append");
    }

    /**
     * Says, where rows are added to others, that the first of its own is about to be seen. Files appear one after the other; of
     * a run that is killed meanwhile nobody could tell, and one that YARN starts again would add all of them.
     */
    public void publishes(Destination output) throws IOException {
        if (folder != null && adds(output)) {
            folder.write(
                    id + PUBLISHING,
                    "The rows of run " + id + " began to be added to " + Secrets.hiddenIn(output.address()) + " at "
                            + clock.instant().truncatedTo(ChronoUnit.MILLIS) + ".\n");
        }
    }

    /**
     * Writes the run's file. An output that is whole does not fail for it: a run that is told so is run again.
     *
     * @return what to tell of it; null where there is no folder for it
     */
    public @Nullable String done(RunFile file) {
        if (folder == null) {
            return null;
        }
        String name = id + ENDING;
        try {
            folder.write(name, file.text(head(DONE)));
            published(folder);
            return "Run:     " + id + " (" + folder.address(name) + ")";
        } catch (IOException | RuntimeException e) {
            return "Note:    the output is whole, but the run's file " + folder.address(name)
                    + " could not be written, so that --if-done will not know of it: " + Failure.firstLine(e);
        }
    }

    private void published(RunFolder told) {
        try {
            told.delete(id + PUBLISHING);
        } catch (IOException | RuntimeException e) {
            // the run's file is there, and is asked first
            return;
        }
    }

    /**
     * Tells of a run that failed, where its file does not lie in the output, which such a run must not touch. Where one of its id was
     * done before, that one's file stays: what it wrote is there still, and is known by it.
     *
     * @param output that was to be written
     */
    public void failed(Destination output, Exception why) {
        String beside = output.runFolder();
        if (folder == null
                || (beside != null && RunFolder.at(beside).address(ENDING).equals(folder.address(ENDING)))) {
            return;
        }
        Failure failure = Failure.of(why);
        Map<String, Object> head = head(FAILED);
        head.put("code", failure.code().number());
        head.put("message", Secrets.hiddenIn(failure.message()));
        head.put("output", Map.of("address", Secrets.hiddenIn(output.address()), "mode", output.mode()));
        try {
            JsonNode before = folder.json(id + ENDING);
            boolean wasDone = before.path("status").asText().equals(DONE);
            // the rows of an earlier attempt do not leave the output because this one failed sooner
            head.put(
                    OUTPUT_IS_WHOLE,
                    outputIsWhole || before.path(OUTPUT_IS_WHOLE).asBoolean());
            folder.write(id + (wasDone ? FAILED_ENDING : ENDING), RunFile.text(head, Map.of()));
        } catch (IOException | RuntimeException e) {
            // the run's own error is the one to tell
            return;
        }
    }

    private Map<String, Object> head(String status) {
        Instant ended = clock.instant().truncatedTo(ChronoUnit.MILLIS);
        Map<String, Object> head = RunFile.head(id, status, started, ended, key, model, sources(), options);
        if (!leftOut.found().isEmpty()) {
            head.put("corrupt_files", RunFile.leftOut(leftOut));
        }
        head.putAll(more);
        return head;
    }
}
