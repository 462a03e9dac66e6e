package io.sparkrnn.job;

import io.sparkrnn.parquet.SequenceParquetFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which table is read, and how: the options of score and verify. */
final class InputArguments {
    private static final Pattern GLOB = Pattern.compile("[{}\\[\\]*?\\\\]");

    @Option(
            names = "--input",
            paramLabel = "PATH,...",
            hideParamSyntax = true,
            split = ",",
            description = "The sequences, one a row: files, folders or globs, separated by commas, on any file system"
                    + " Hadoop knows.")
    @Nullable
    List<String> input;

    @Option(
            names = "--input-format",
            paramLabel = "NAME",
            defaultValue = "parquet",
            description = "parquet, or any other Spark source: json, orc, avro, delta, ... Default: parquet.")
    String inputFormat = "parquet";

    @Option(
            names = "--input-option",
            paramLabel = "KEY=VALUE",
            hideParamSyntax = true,
            split = ",",
            description = "An option of the Spark source, such as multiLine=true; can be given several times.")
    @Nullable
    Map<String, String> inputOptions;

    @Option(
            names = "--input-table",
            paramLabel = "NAME",
            description = "A table of Spark's catalog in place of --input.")
    @Nullable
    String inputTable;

    @Option(
            names = "--io",
            paramLabel = "direct|spark",
            defaultValue = "direct",
            description =
                    "How Parquet files are read and written: direct lays out the pages of float lists itself, spark"
                            + " uses Spark's own reader and writer throughout. The files are the same kind. Default: direct.")
    IoName io = IoName.DIRECT;

    /** Who reads and writes Parquet files. */
    enum IoName {
        DIRECT,
        SPARK;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Spark's name of what reads or writes {@code format}. */
        String source(String format) {
            return this == DIRECT && format.equalsIgnoreCase("parquet") ? SequenceParquetFormat.NAME : format;
        }
    }

    /** What is read from, as far as paths say: of a glob the folder above what it may match. */
    List<String> roots() {
        return input == null
                ? List.of()
                : input.stream().map(InputArguments::aboveGlob).toList();
    }

    private static String aboveGlob(String path) {
        Matcher glob = GLOB.matcher(path);
        return glob.find() ? path.substring(0, path.lastIndexOf('/', glob.start()) + 1) : path;
    }

    boolean given() {
        return input != null || inputTable != null;
    }

    void check() {
        if (input == null && inputTable == null) {
            throw new JobException(ExitCode.USAGE, "--input or --input-table: name the sequences to score");
        }
        if (input != null && inputTable != null) {
            throw new JobException(ExitCode.USAGE, "--input and --input-table: give one of them, not both");
        }
    }
}
