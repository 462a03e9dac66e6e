package io.sparkrnn.job.invalid;

import io.sparkrnn.job.input.InputArguments;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.job.output.Destination;
import io.sparkrnn.job.output.OutputArguments;
import io.sparkrnn.job.storage.OutputFolders;
import io.sparkrnn.job.storage.Staging;
import io.sparkrnn.spark.ScorerBuilder;
import io.sparkrnn.spark.invalid.OnInvalid;
import java.util.Locale;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What becomes of rows that cannot be scored: the options of score. */
public final class InvalidArguments {
    @Option(
            names = "--on-invalid",
            paramLabel = "fail|quarantine|null",
            defaultValue = "fail",
            description = "What becomes of rows that cannot be scored: nothing is written, and all of them are counted;"
                    + " they go to --quarantine; or they stay, with results that are null and the reason in error_code."
                    + " Default: fail.")
    Rule rule = Rule.FAIL;

    @Option(
            names = "--quarantine",
            paramLabel = "PATH",
            description = "The folder for rows that cannot be scored, as they came, with error_code and error_message.")
    @Nullable
    String folder;

    @Option(
            names = "--quarantine-table",
            paramLabel = "NAME",
            description = "A table of Spark's catalogs in place of --quarantine; with --output only.")
    @Nullable
    String table;

    @Option(
            names = "--max-invalid",
            paramLabel = "N|P%%",
            description = "More rows than that which cannot be scored, or more than that share of all, and nothing is"
                    + " written at all, exit code 7. Default: no limit.")
    @Nullable
    String most;

    @Option(
            names = "--reject-non-finite",
            description = "Takes rows with a NaN or an infinity in a result for such that cannot be scored.")
    boolean rejectNonFinite;

    /** See {@link OnInvalid}. */
    enum Rule {
        FAIL,
        QUARANTINE,
        NULL;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Refuses what does not go together, before anything is read. */
    public void check(OutputArguments output) {
        boolean named = folder != null || table != null;
        if (rule == Rule.QUARANTINE && !named) {
            throw usage(
                    "--on-invalid quarantine: name the folder for rows that cannot be scored with --quarantine, or a"
                            + " table with --quarantine-table");
        }
        if (rule != Rule.QUARANTINE && named) {
            throw usage("--quarantine: rows go there with --on-invalid quarantine alone; give it, too");
        }
        if (folder != null && table != null) {
            throw usage("--quarantine and --quarantine-table: give one of them, not both");
        }
        if (rule == Rule.FAIL && most != null) {
            throw usage(
                    "--max-invalid: without --on-invalid quarantine or null the first row that cannot be scored is one"
                            + " too many; give one of them, too");
        }
        if (table != null && output.folder() == null) {
            throw usage("--quarantine-table: rows that cannot be scored wait beside --output until all are scored, and"
                    + " there is none; give --quarantine with a folder, in which they can");
        }
        if (folder != null && output.folder() != null) {
            checkApart(folder, output.folder());
        }
        limit();
    }

    /** One in the other would be read as a part of it, and be gone where that is replaced. */
    private static void checkApart(String quarantine, String output) {
        OutputFolders folders = OutputFolders.of("--quarantine");
        String aside = folders.qualified(quarantine);
        String scored = folders.qualified(output);
        if (folders.holds(scored, aside) || folders.holds(aside, scored)) {
            throw usage("--quarantine: " + aside + " and --output " + scored
                    + " are one folder, or one is in the other; name one beside it");
        }
    }

    private static JobException usage(String why) {
        return new JobException(ExitCode.USAGE, why);
    }

    /** The folder for rows that cannot be scored; null where it is a table, or there is none. */
    public @Nullable String folder() {
        return folder;
    }

    /** How many rows may be invalid. */
    public InvalidLimit limit() {
        return most == null ? InvalidLimit.NONE : InvalidLimit.parse(most);
    }

    /** Where rows that are set aside go; null when none are. */
    @Nullable
    public Destination destination(OutputArguments output, InputArguments.IoName io) {
        return rule == Rule.QUARANTINE ? output.quarantine(folder, table).destination(io) : null;
    }

    /** Whether a row that cannot be scored ends the run. */
    public boolean endTheRun() {
        return rule == Rule.FAIL;
    }

    /** Whether they stay in the table, without results. */
    public boolean stay() {
        return rule == Rule.NULL;
    }

    /** Whether such rows are told by their results, too. */
    public boolean areOfResults() {
        return rejectNonFinite;
    }

    /** Where rows wait until it is known whether they are to be published; null where none have to. */
    public @Nullable Staging staging(Destination output, @Nullable Destination quarantine) {
        if (quarantine == null) {
            return null;
        }
        Staging beside = quarantine.staging();
        return beside == null ? output.staging() : beside;
    }

    /**
     * The rule that a run needs of the scorer.
     *
     * @param staging as {@link #staging} gave it
     */
    public OnInvalid rule(@Nullable Staging staging) {
        return switch (rule) {
            case FAIL -> OnInvalid.fail();
            case NULL -> OnInvalid.nulls();
            case QUARANTINE ->
                OnInvalid.setAside(Objects.requireNonNull(staging).folder() + "/invalid");
        };
    }

    /** Says it of a scorer. */
    public void apply(ScorerBuilder builder, OnInvalid rows) {
        builder.onInvalid(rows);
        if (rejectNonFinite) {
            builder.rejectNonFinite();
        }
    }
}
