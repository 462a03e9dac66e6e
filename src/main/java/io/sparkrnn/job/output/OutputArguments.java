package io.sparkrnn.job.output;

import io.sparkrnn.job.input.InputArguments;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.job.storage.OutputFolders;
import io.sparkrnn.parquet.SequenceParquetFormat;
import io.sparkrnn.parquet.write.FloatEncoding;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the scored table goes, and how it is written: the options of score. */
public final class OutputArguments {
    /** What names the place: messages begin with it. */
    String option = "--output";

    @Option(names = "--output", paramLabel = "PATH", description = "Where the scored table goes: a folder.")
    @Nullable
    String output;

    @Option(
            names = "--output-table",
            paramLabel = "NAME",
            description = "A table of Spark's catalogs in place of --output; made when it is not there.")
    @Nullable
    String outputTable;

    @Option(
            names = "--output-format",
            paramLabel = "NAME",
            description = "parquet, or any other Spark format that takes nested arrays: json, orc, avro, delta, ..."
                    + " Default: parquet; of a new table what its catalog makes.")
    @Nullable
    String outputFormat;

    @Option(
            names = "--output-option",
            paramLabel = "KEY=VALUE",
            hideParamSyntax = true,
            split = ",",
            description = "An option of the Spark format, such as compression=zstd; can be given several times.")
    @Nullable
    Map<String, String> outputOptions;

    @Option(
            names = "--float-encoding",
            paramLabel = "plain|byte_stream_split",
            description = "How Parquet pages of states are laid out: byte_stream_split with --output-option"
                    + " compression=zstd makes the smallest files, which not every reader reads. Default: plain.")
    @Nullable
    FloatEncoding floatEncoding;

    @Option(
            names = "--mode",
            paramLabel = "errorifexists|overwrite|overwrite-partitions|append|ignore",
            defaultValue = "errorifexists",
            description = "What to do when the output exists; overwrite-partitions replaces those that get rows, and no"
                    + " other. Default: errorifexists.")
    ModeName mode = ModeName.ERRORIFEXISTS;

    @Option(
            names = "--partition-by",
            paramLabel = "COLUMN,...",
            hideParamSyntax = true,
            split = ",",
            description = "Kept columns by whose values the output is laid out in folders.")
    @Nullable
    List<String> partitionBy;

    @Option(
            names = "--output-partition",
            paramLabel = "COLUMN=VALUE,...",
            hideParamSyntax = true,
            description =
                    "The one partition of the output that this run owns, such as ds=2026-11-27: it is replaced as a"
                            + " whole, when all rows are written, by those of this run.")
    @Nullable
    String outputPartition;

    /** The partition that a run over many is at; else null. */
    private @Nullable OwnedPartition at;

    /** Whether nothing is to be written, nor put back. */
    private boolean dry;

    /** As Spark spells them, but for one that Spark has only in its writer of tables. */
    enum ModeName {
        ERRORIFEXISTS,
        OVERWRITE,
        OVERWRITE_PARTITIONS,
        APPEND,
        IGNORE;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }

        /** Whether rows that were there are replaced. */
        boolean overwrites() {
            return this == OVERWRITE || this == OVERWRITE_PARTITIONS;
        }
    }

    /**
     * The same for rows that cannot be scored: in the same format and mode, but without partitions, whose columns may be
     * what is wrong. What replaces or skips partitions of the output has none to replace here: the place must be new.
     */
    public OutputArguments quarantine(@Nullable String folder, @Nullable String table) {
        OutputArguments aside = new OutputArguments();
        aside.option = "--quarantine";
        aside.output = folder;
        aside.outputTable = table;
        aside.outputFormat = outputFormat;
        aside.outputOptions = outputOptions;
        aside.outputPartition = outputPartition;
        aside.at = at;
        aside.dry = dry;
        aside.mode = mode == ModeName.OVERWRITE || mode == ModeName.APPEND ? mode : ModeName.ERRORIFEXISTS;
        return aside;
    }

    /**
     * The same for states that are carried to a later run, in Parquet: where the output replaces what is there, they do, and else
     * their place must be new.
     */
    public OutputArguments states(String folder) {
        OutputArguments states = states();
        states.output = folder;
        return states;
    }

    /** The same in a table of a catalog, of the output's format where that is a table, too, or else of the catalog's own. */
    public OutputArguments statesInTable(String table) {
        OutputArguments states = states();
        states.outputTable = table;
        states.outputFormat = outputTable == null ? null : outputFormat;
        return states;
    }

    private OutputArguments states() {
        OutputArguments states = new OutputArguments();
        states.option = "--state-output";
        states.dry = dry;
        states.mode = mode().overwrites() ? ModeName.OVERWRITE : ModeName.ERRORIFEXISTS;
        return states;
    }

    /** The format of a table that is not there yet; null for what its catalog makes. */
    public @Nullable String newFormat() {
        return outputFormat;
    }

    /** The same in the place of the rows that the table has. */
    public OutputArguments statesReplaced(String table) {
        OutputArguments states = statesInTable(table);
        states.mode = ModeName.OVERWRITE;
        return states;
    }

    /** The columns by whose values the output is laid out in folders; none where it is not. */
    public List<String> partitionColumns() {
        return partitionBy == null ? List.of() : partitionBy;
    }

    /** The same for one partition alone, which is replaced as a whole. */
    public OutputArguments only(OwnedPartition partition) {
        OutputArguments one = new OutputArguments();
        one.option = option;
        one.output = output;
        one.outputFormat = outputFormat;
        one.outputOptions = outputOptions;
        one.floatEncoding = floatEncoding;
        one.at = partition;
        one.dry = dry;
        return one;
    }

    /** Refuses what does not go with a run that makes the output partition by partition. */
    public void checkResumes() {
        if (output == null || outputPartition != null || partitionBy == null) {
            throw new JobException(
                    ExitCode.USAGE,
                    "--resume: the output is made partition by partition; it takes --output and --partition-by, and neither"
                            + " --output-table nor --output-partition");
        }
        if (mode != ModeName.ERRORIFEXISTS && mode != ModeName.OVERWRITE_PARTITIONS) {
            throw new JobException(
                    ExitCode.USAGE,
                    "--resume replaces the partitions that are not complete and no other, and --mode " + mode
                            + " says otherwise; give one of them, not both");
        }
    }

    /** Says that nothing is to be written. */
    public void writeNothing() {
        dry = true;
    }

    boolean isDry() {
        return dry;
    }

    /** The partition that the run owns; null where it owns none. */
    @Nullable
    OwnedPartition owned() {
        return at != null ? at : outputPartition == null ? null : OwnedPartition.parse(outputPartition);
    }

    /** How rows are written: a run that owns a partition replaces it. */
    ModeName mode() {
        return owned() == null ? mode : ModeName.OVERWRITE;
    }

    /** The folder; null where it is a table, or nothing is named. */
    public @Nullable String folder() {
        return output;
    }

    /** What they name. */
    public Destination destination(InputArguments.IoName io) {
        if (output == null && outputTable == null) {
            throw new JobException(
                    ExitCode.USAGE,
                    "--output or --output-table: name the folder or the table that the scored rows go to");
        }
        if (output != null && outputTable != null) {
            throw new JobException(ExitCode.USAGE, "--output and --output-table: give one of them, not both");
        }
        if (outputPartition != null && mode != ModeName.ERRORIFEXISTS && mode != ModeName.OVERWRITE) {
            throw new JobException(
                    ExitCode.USAGE,
                    "--output-partition replaces its partition, and --mode " + mode
                            + " says otherwise; give one of them, not both");
        }
        return output == null ? new TableOutput(this, String.valueOf(outputTable), io) : folder(output, io);
    }

    private FolderOutput folder(String path, InputArguments.IoName io) {
        String format = outputFormat == null ? "parquet" : outputFormat;
        if (floatEncoding != null && !io.source(format).equals(SequenceParquetFormat.NAME)) {
            throw new JobException(
                    ExitCode.USAGE,
                    "--float-encoding: only what writes Parquet directly knows of it; do without it, or use --io direct and"
                            + " --output-format parquet");
        }
        FolderOutput folder = new FolderOutput(this, OutputFolders.of(option), format, io.source(format), path);
        folder.checkOptions();
        return folder;
    }
}
