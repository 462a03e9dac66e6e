package io.sparkrnn.job.input;

import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.parquet.SequenceParquetFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which table is read, and how: the options of score and verify. */
public final class InputArguments {
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
            names = "--input-query",
            paramLabel = "SQL|@FILE",
            description =
                    "Scores what a query of Spark SQL gives. What --input or --input-table names stands in it as the"
                            + " view input, as in 'SELECT user AS id, payload.x AS features FROM input'; without those it reads"
                            + " tables of the catalog. @FILE: the query is in a file.")
    @Nullable
    String inputQuery;

    @Option(
            names = "--where",
            paramLabel = "CONDITION",
            description =
                    "Scores only the rows for which this is true, such as 'ds = \"2026-11-27\"'. Partitions, files"
                            + " and row groups in which there can be none are not read.")
    @Nullable
    String where;

    @Option(
            names = "--io",
            paramLabel = "direct|spark",
            defaultValue = "direct",
            description =
                    "How Parquet files are read and written: direct lays out the pages of float lists itself, spark"
                            + " uses Spark's own reader and writer throughout. The files are the same kind. Default: direct.")
    IoName io = IoName.DIRECT;

    /** Who reads and writes Parquet files. */
    public enum IoName {
        DIRECT,
        SPARK;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Spark's name of what reads or writes {@code format}. */
        public String source(String format) {
            return this == DIRECT && format.equalsIgnoreCase("parquet") ? SequenceParquetFormat.NAME : format;
        }
    }

    /** Who reads and writes Parquet files of this run. */
    public IoName io() {
        return io;
    }

    /** What is read from, as far as paths say: of a glob the folder above what it may match. */
    public List<String> roots() {
        return input == null
                ? List.of()
                : input.stream().map(InputArguments::aboveGlob).toList();
    }

    private static String aboveGlob(String path) {
        Matcher glob = GLOB.matcher(path);
        return glob.find() ? path.substring(0, path.lastIndexOf('/', glob.start()) + 1) : path;
    }

    /** Whether what is scored is what a query makes of the table. */
    public boolean isQueried() {
        return inputQuery != null;
    }

    public boolean given() {
        return readsTable() || inputQuery != null;
    }

    /** Whether paths or a table are named, rather than a query alone. */
    boolean readsTable() {
        return input != null || inputTable != null;
    }

    /** What is read, in a word: the first path, the table, or that it is a query. */
    public String shortly() {
        return inputTable != null ? inputTable : input == null ? "a query" : input.get(0);
    }

    /** What is read, in the words of the options. */
    String named() {
        return inputTable != null
                ? "--input-table " + inputTable
                : input == null ? "--input-query" : "--input " + String.join(",", input) + " (" + inputFormat + ")";
    }

    /** What is read, for people. */
    public String told() {
        String from = inputTable != null
                ? "table " + inputTable
                : input != null ? String.join(", ", input) + " (" + inputFormat + ")" : "";
        String all = inputQuery == null ? from : from.isEmpty() ? "a query" : "a query of " + from;
        return where == null ? all : all + " where " + where;
    }

    public void check() {
        if (!given()) {
            throw new JobException(
                    ExitCode.USAGE, "--input, --input-table or --input-query: name the sequences to score");
        }
        if (input != null && inputTable != null) {
            throw new JobException(ExitCode.USAGE, "--input and --input-table: give one of them, not both");
        }
        if (input == null && !inputFormat.equalsIgnoreCase("parquet")) {
            throw new JobException(
                    ExitCode.USAGE,
                    "--input-format " + inputFormat
                            + ": it is that of the files of --input, and there is none; do without" + " it");
        }
        if (!readsTable() && inputOptions != null) {
            throw new JobException(
                    ExitCode.USAGE,
                    "--input-option: it is one of --input or --input-table, and there is none; a query alone takes no"
                            + " options");
        }
    }
}
