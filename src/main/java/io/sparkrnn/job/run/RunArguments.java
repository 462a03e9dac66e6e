package io.sparkrnn.job.run;

import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.job.storage.RunFolder;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What a run is called, where it tells of itself, and what it does when the same was done: options of score. */
public final class RunArguments {
    /** A file's name on every file system, which no reader passes over. */
    private static final Pattern ID = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._+-]{0,127}");

    private static final DateTimeFormatter BY_TIME =
            DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss.SSS'Z'", Locale.ROOT).withZone(ZoneOffset.UTC);

    private static final String NONE = "none";

    @Option(
            names = "--run-id",
            paramLabel = "ID",
            description = "What this run is called, such as the scheduler's name of it. Default: the time, in UTC.")
    @Nullable
    String id;

    @Option(
            names = "--run-files",
            paramLabel = "PATH|none",
            description = "The folder for the run's file, ID.json: what was read, by which model, how many rows, their"
                    + " checksum. Default: _spark-rnn in the output; of a table none.")
    @Nullable
    String files;

    @Option(
            names = "--if-done",
            paramLabel = "run|skip",
            defaultValue = "run",
            description = "What to do when a run of the same input, model and options is what the output has: skip ends"
                    + " with 0 and changes nothing. Default: run.")
    IfDone ifDone = IfDone.RUN;

    @Option(
            names = "--dry-run",
            description = "Checks model, table, options and the rights to read and write, says what would be done, and"
                    + " writes nothing.")
    boolean dry;

    @Option(
            names = "--resume",
            description =
                    "With --partition-by: makes the output partition by partition, each whole before the next, and"
                            + " leaves out those that a run of the same model and options made of the same files.")
    boolean resumes;

    private final Clock clock;
    private final Instant started;

    public RunArguments() {
        this(Clock.systemUTC());
    }

    RunArguments(Clock clock) {
        this.clock = clock;
        started = clock.instant().truncatedTo(ChronoUnit.MILLIS);
    }

    enum IfDone {
        RUN,
        SKIP;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Refuses what cannot be, before anything is read. */
    public void check() {
        if (id != null && (!ID.matcher(id).matches() || (id + ".json").endsWith(RunFolder.METRICS_ENDING))) {
            throw new JobException(
                    ExitCode.USAGE,
                    "--run-id: '" + id + "' cannot be the name of a file everywhere; expected up to 128 letters, digits"
                            + " and . _ + -, a letter or digit first, and not .metrics at the end");
        }
        if (resumes && (ifDone == IfDone.SKIP || NONE.equals(files))) {
            throw new JobException(
                    ExitCode.USAGE,
                    "--resume leaves out what is done by itself, and knows it from the files of runs; do without --if-done"
                            + " skip and --run-files none");
        }
        if (ifDone == IfDone.SKIP && NONE.equals(files)) {
            throw new JobException(
                    ExitCode.USAGE,
                    "--if-done skip: what was done is told by the files of runs, and --run-files none writes none; leave"
                            + " one of them out");
        }
    }

    /** The folder that is named for the files of runs, whatever the output is; null where none is. */
    public @Nullable RunFolder named() {
        return files == null || NONE.equals(files) ? null : RunFolder.at(files);
    }

    /** Whether a run may end because the same was done. */
    public boolean maySkip() {
        return ifDone == IfDone.SKIP;
    }

    /** Whether the output is made partition by partition. */
    public boolean resumes() {
        return resumes;
    }

    /** Whether nothing is to be written. */
    public boolean isDry() {
        return dry;
    }

    /**
     * The run that begins now.
     *
     * @param beside the folder for run files that belongs to the output; null where there is none
     */
    public Run begin(@Nullable String beside) {
        String folder = files == null ? beside : NONE.equals(files) ? null : files;
        if (folder == null && maySkip()) {
            throw new JobException(
                    ExitCode.USAGE,
                    "--if-done skip: what was done is told by the files of runs, and this output has no folder for them;"
                            + " name one with --run-files");
        }
        return new Run(id == null ? BY_TIME.format(started) : id, started, folder, clock);
    }
}
