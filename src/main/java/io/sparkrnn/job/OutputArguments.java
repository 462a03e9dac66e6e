package io.sparkrnn.job;

import io.sparkrnn.parquet.FloatEncoding;
import io.sparkrnn.parquet.SequenceParquetFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where the scored table goes, and how it is written: the options of score. */
final class OutputArguments {
    @Option(names = "--output", paramLabel = "PATH", description = "Where the scored table goes: a folder.")
    @Nullable
    String output;

    @Option(
            names = "--output-format",
            paramLabel = "NAME",
            defaultValue = "parquet",
            description = "parquet, or any other Spark format that takes nested arrays: json, orc, avro, delta, ..."
                    + " Default: parquet.")
    String outputFormat = "parquet";

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
            paramLabel = "errorifexists|overwrite|append|ignore",
            defaultValue = "errorifexists",
            description = "What to do when the output exists. Default: errorifexists.")
    ModeName mode = ModeName.ERRORIFEXISTS;

    @Option(
            names = "--partition-by",
            paramLabel = "COLUMN,...",
            hideParamSyntax = true,
            split = ",",
            description = "Kept columns by whose values the output is laid out in folders.")
    @Nullable
    List<String> partitionBy;

    /** As Spark spells them. */
    enum ModeName {
        ERRORIFEXISTS,
        OVERWRITE,
        APPEND,
        IGNORE;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** What they name. */
    Destination destination(InputArguments.IoName io) {
        if (output == null) {
            throw new JobException(ExitCode.USAGE, "--output: name the folder the scored table goes to");
        }
        if (floatEncoding != null && !io.source(outputFormat).equals(SequenceParquetFormat.NAME)) {
            throw new JobException(
                    ExitCode.USAGE,
                    "--float-encoding: only what writes Parquet directly knows of it; do without it, or use --io direct and"
                            + " --output-format parquet");
        }
        FolderOutput folder = new FolderOutput(this, OutputFolders.of("--output"), io.source(outputFormat), output);
        folder.checkOptions();
        return folder;
    }
}
