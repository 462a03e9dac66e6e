package io.sparkrnn.job.input;

import io.sparkrnn.job.input.InputArguments.IoName;
import io.sparkrnn.job.message.Counts;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.Failure;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.job.message.Secrets;
import io.sparkrnn.job.storage.ReadFiles;
import io.sparkrnn.job.storage.Storage;
import io.sparkrnn.parquet.CorruptFiles;
import io.sparkrnn.parquet.CorruptFiles.CorruptFile;
import io.sparkrnn.parquet.SequenceParquetFormat;
import io.sparkrnn.parquet.read.DamagedFileException;
import io.sparkrnn.parquet.read.ScanReport;
import io.sparkrnn.spark.invalid.InputException;
import java.io.IOException;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkException;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.jspecify.annotations.Nullable;

/**
 * The table that the options of {@link InputArguments} name: found, and what is wrong with it said in the words of those
 * options.
 */
public final class InputTable {
    /** Formats that are read from files at the paths that are given, and nothing else. */
    private static final Set<String> FILES =
            Set.of("parquet", SequenceParquetFormat.NAME, "orc", "json", "avro", "csv", "text", "xml");

    /** Files that were left out and are named one by one. */
    private static final int MOST_NAMED = 20;

    /** Files that are looked into to explain a failure. */
    private static final int MOST_OPENED = 100;

    private final InputArguments arguments;
    private final CorruptFileArguments onCorrupt;
    private final InputQuery query;
    private CorruptFiles corrupt = new CorruptFiles(List.of(), 0);

    /**
     * One that is not looked at yet.
     *
     * @param read is told of what is read beside the table
     */
    public InputTable(InputArguments arguments, Storage storage, ReadFiles read) {
        this(arguments, new CorruptFileArguments(), storage, read);
    }

    /**
     * One that may leave files out.
     *
     * @param onCorrupt whether it does
     */
    public InputTable(InputArguments arguments, CorruptFileArguments onCorrupt, Storage storage, ReadFiles read) {
        this.arguments = arguments;
        this.onCorrupt = onCorrupt;
        query = InputQuery.of(arguments, storage, read);
    }

    /**
     * The table; nothing but its schema is read.
     *
     * @param report is told later which files were read directly, if any
     */
    public Dataset<Row> read(SparkSession session, ScanReport report) {
        Dataset<Row> input = arguments.readsTable() ? table(session, report) : null;
        try {
            return query.over(session, input);
        } catch (InputException e) {
            throw new UnreadColumns(report).explained(e);
        }
    }

    /** The files that were left out when the table was read. */
    public CorruptFiles leftOut() {
        return corrupt;
    }

    /** What to tell of the files that were left out, a line each; null when there are none. */
    public @Nullable String told() {
        List<CorruptFile> found = corrupt.found();
        if (found.isEmpty()) {
            return null;
        }
        return found.size() + " of " + Counts.counted(corrupt.all(), "file") + " of --input cannot be read, and "
                + (found.size() == 1 ? "is" : "are") + " left out whole (--on-corrupt-file skip):"
                + found.stream()
                        .limit(MOST_NAMED)
                        .map(file -> "\n  " + Secrets.hiddenIn(file.address()) + " " + file.why())
                        .collect(Collectors.joining())
                + (found.size() > MOST_NAMED ? "\n  ... (all of them are named in the run's file)" : "");
    }

    private void lookForCorruptFiles(SparkSession session, List<String> paths) {
        if (session.sparkContext().hadoopConfiguration().get(CorruptFiles.FILTER) != null) {
            throw new JobException(
                    ExitCode.USAGE,
                    "--on-corrupt-file skip: Hadoop's setting " + CorruptFiles.FILTER
                            + " says already which files are left out; give one of them");
        }
        checkPaths(session, paths);
        corrupt = CorruptFiles.in(session, arguments.inputOptions == null ? Map.of() : arguments.inputOptions, paths);
        if (corrupt.isAll()) {
            CorruptFile first = corrupt.found().get(0);
            throw new InputException(
                    arguments.named() + ": no file can be read; the first, " + first.address() + ", " + first.why());
        }
    }

    private Dataset<Row> table(SparkSession session, ScanReport report) {
        Dataset<Row> table;
        try {
            if (onCorrupt.skips() && arguments.input != null) {
                lookForCorruptFiles(session, arguments.input);
            }
            table = arguments.inputTable != null
                    ? session.read()
                            .options(arguments.inputOptions == null ? Map.of() : arguments.inputOptions)
                            .table(arguments.inputTable)
                    : files(session, arguments.io, report, arguments.input == null ? List.of() : arguments.input);
            if (arguments.inputTable != null && arguments.inputOptions != null) {
                // Has the table's format look at its options, which is else left to the end of planning.
                table.inputFiles();
            }
        } catch (InputException | JobException e) { // one of ours, which says where
            throw e;
        } catch (Exception e) { // each source and catalog throws its own, checked ones undeclared: no type is theirs
            String message = Failure.firstLine(innermost(e));
            if (message.contains("UNABLE_TO_INFER_SCHEMA")) {
                throw new InputException(
                        arguments.named()
                                + ": there is no file with rows in it (files whose names begin with _ or . are passed over);"
                                + " name the folder in which the table's files are",
                        e);
            }
            if (message.contains("COLUMN_ALREADY_EXISTS")) {
                message += " Spark tells names that differ in capital letters alone apart with spark-submit --conf"
                        + " spark.sql.caseSensitive=true, and --input-query can then rename one.";
            }
            throw new InputException(
                    arguments.named() + ": " + message + advice(message) + whySparkRefuses(session), e);
        }
        if (arguments.inputTable == null
                && !arguments.inputFormat.equalsIgnoreCase("parquet")
                && Arrays.asList(table.schema().fieldNames()).contains("_corrupt_record")) {
            throw new InputException(arguments.named() + ": some lines are not valid " + arguments.inputFormat
                    + " (Spark gives them a column _corrupt_record); mend them, or for JSON over several lines give"
                    + " --input-option multiLine=true");
        }
        return table;
    }

    private Dataset<Row> files(SparkSession session, IoName reader, ScanReport report, List<String> paths) {
        if (FILES.contains(arguments.inputFormat.toLowerCase(Locale.ROOT))) {
            checkPaths(session, paths);
        }
        String source = reader.source(arguments.inputFormat);
        DataFrameReader files = report.follow(
                        source.equals(SequenceParquetFormat.NAME)
                                ? SequenceParquetFormat.read(session)
                                : session.read().format(source))
                .options(arguments.inputOptions == null ? Map.of() : arguments.inputOptions);
        return (onCorrupt.skips() ? corrupt.leftOutBy(files) : files).load(paths.toArray(String[]::new));
    }

    /** What to do about what Spark says in words of its own. */
    private String advice(String message) {
        if (message.contains("REQUIRES_SINGLE_PART_NAMESPACE")) {
            return "; if its first name is a catalog's, this Spark does not know of that catalog: give --conf"
                    + " spark.sql.catalog.NAME=CLASS before --";
        }
        return message.contains("is not a Parquet file") || message.contains("no Parquet file")
                ? "; if it is a file of another kind, name that with --input-format, such as json"
                : "";
    }

    /** What this format knows of files that Spark's own has refused. */
    private String whySparkRefuses(SparkSession session) {
        if (arguments.io == IoName.DIRECT
                || arguments.input == null
                || !arguments.inputFormat.equalsIgnoreCase("parquet")) {
            return "";
        }
        try (ScanReport scan = ScanReport.start(session.sparkContext())) {
            files(session, IoName.DIRECT, scan, arguments.input);
            return new UnreadColumns(scan).whySparkRefuses();
        } catch (DamagedFileException e) {
            return "; " + e.getMessage();
        } catch (Exception e) { // whatever reading throws: only words are added here, to an error that is told already
            return "";
        }
    }

    /** Refuses a path where nothing is, of which Spark tells at length before it says so. */
    private void checkPaths(SparkSession session, List<String> paths) {
        Configuration configuration = new Configuration(session.sparkContext().hadoopConfiguration());
        if (arguments.inputOptions != null) {
            arguments.inputOptions.forEach(configuration::set);
        }
        for (String path : paths) {
            Path asked = null;
            FileStatus[] found = null;
            try {
                asked = new Path(path);
                FileSystem fileSystem = asked.getFileSystem(configuration);
                asked = fileSystem.makeQualified(asked);
                found = fileSystem.globStatus(asked);
            } catch (IOException | RuntimeException e) {
                // what is wrong with it Spark will say: it may know of settings of the session's
                continue;
            }
            if (found == null) {
                throw new InputException(arguments.named() + ": " + asked + " does not exist");
            }
            if (found.length == 0) {
                throw new InputException(arguments.named() + ": nothing that is there matches " + asked);
            }
        }
    }

    /**
     * What to tell of a row without features beside that: the first file that lacks one of the columns, of which Spark makes
     * nulls; empty when each has them. Looked for only when a row has failed the job, since every file is opened.
     */
    public String fileWithout(List<String> columns, Dataset<Row> table) {
        if (query.makesColumns()
                || arguments.inputTable != null
                || !arguments.inputFormat.equalsIgnoreCase("parquet")) {
            return "";
        }
        String[] files = table.inputFiles();
        for (int i = 0; i < Math.min(files.length, MOST_OPENED); i++) {
            String file = new Path(URI.create(files[i])).toString();
            List<String> there = columns(table.sparkSession(), file);
            for (String name : columns) {
                if (!there.isEmpty() && there.stream().noneMatch(column -> leadsTo(column, name))) {
                    return "; " + file + " has no column '" + name
                            + "', unlike other files of --input: leave it out, or write it anew with the column";
                }
            }
        }
        return "";
    }

    /** The columns of a file, read as the table is; none where that fails, for it is another failure that is explained. */
    private List<String> columns(SparkSession session, String file) {
        try (ScanReport scan = ScanReport.start(session.sparkContext())) {
            return List.of(
                    files(session, arguments.io, scan, List.of(file)).schema().fieldNames());
        } catch (Exception e) { // whatever reading throws: only words are added here, to an error that is told already
            return List.of();
        }
    }

    /** Whether a name can be that column's, or a path into it. */
    private static boolean leadsTo(String column, String name) {
        return name.equalsIgnoreCase(column)
                || name.regionMatches(true, 0, column + ".", 0, column.length() + 1)
                || name.regionMatches(true, 0, "`" + column + "`.", 0, column.length() + 3);
    }

    /** What lies below the failure of a job of Spark's own, one that reads a schema, whose words say nothing of it. */
    private static Throwable innermost(Throwable thrown) {
        Throwable inner = thrown;
        while (thrown instanceof SparkException && inner.getCause() != null) {
            inner = inner.getCause();
        }
        return inner;
    }
}
