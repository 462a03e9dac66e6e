package io.sparkrnn.job.output;

import io.sparkrnn.job.message.DiskFull;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.Failure;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.job.message.SparkErrors;
import io.sparkrnn.job.output.OutputArguments.ModeName;
import io.sparkrnn.job.session.JobSession;
import io.sparkrnn.job.session.RunningTasks;
import io.sparkrnn.job.session.SqlNames;
import io.sparkrnn.job.storage.NewFiles;
import io.sparkrnn.job.storage.OutputFolders;
import io.sparkrnn.job.storage.Partitions;
import io.sparkrnn.job.storage.ReadFiles;
import io.sparkrnn.job.storage.RunFolder;
import io.sparkrnn.job.storage.Staging;
import io.sparkrnn.parquet.SequenceParquetFormat;
import io.sparkrnn.parquet.write.FloatEncoding;
import io.sparkrnn.spark.invalid.InputException;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.BooleanSupplier;
import org.apache.spark.SparkThrowable;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/** Files in a folder, or what else a format makes of a path. */
final class FolderOutput implements Destination {
    /** Formats that are files in a folder and nothing more. */
    private static final Set<String> REPLACED_FILE_BY_FILE =
            Set.of("parquet", SequenceParquetFormat.NAME, "orc", "json", "avro", "xml");

    /**
     * Formats whose overwriting deletes no file: a table can be read while it is replaced. What is not one of theirs must
     * not be in their folder all the same, for they clear it up one day.
     */
    private static final Set<String> KEEPING_WHAT_THEY_REPLACE = Set.of("delta", "iceberg", "hudi");

    /** What Spark's protocol for S3A's committers says. */
    private static final String NOT_DYNAMIC = "does not support dynamicPartitionOverwrite";

    private final OutputArguments arguments;
    private final OutputFolders folders;
    private final String format;
    private final String source;
    private final ModeName mode;

    /** As the user names it. */
    private final String base;

    /** The partition of it that is written; null where it is the whole. */
    private final @Nullable OwnedPartition owned;

    /** What is written: {@link #base}, or the partition in it. */
    private final String output;

    private final WriteOptions options;
    private String address;
    private boolean exists;

    /**
     * One that is not looked at yet.
     *
     * @param format by whose name it is read
     * @param source the name of Spark's format that writes it
     * @param output as the user names it
     */
    FolderOutput(OutputArguments arguments, OutputFolders folders, String format, String source, String output) {
        this.arguments = arguments;
        this.folders = folders;
        this.format = format;
        this.source = source;
        base = output;
        owned = arguments.owned();
        this.output = owned == null ? output : output.replaceFirst("/+$", "") + "/" + owned.path();
        mode = arguments.mode();
        address = this.output;
        options = new WriteOptions(arguments.outputOptions);
    }

    void checkOptions() {
        options.check();
        if (owned != null) {
            checkOwns();
        }
        if (overwrites() && isFiles()) {
            options.checkPartitions(arguments.partitionBy != null);
        }
        if (mode == ModeName.OVERWRITE_PARTITIONS) {
            checkOverwritesPartitions();
        }
    }

    private void checkOwns() {
        if (!isFiles()) {
            throw new JobException(
                    ExitCode.USAGE,
                    "--output-partition: a folder of format " + format
                            + " keeps account of its partitions itself; give --partition-by with --mode"
                            + " overwrite-partitions, or name a table of a catalog with --output-table");
        }
        if (!folders.renames(base)) {
            throw new JobException(
                    ExitCode.USAGE,
                    "--output-partition: on " + base
                            + " there are no folders to rename, so that a reader would see half of a partition while it is"
                            + " replaced. Write a table that has versions (--output-table, of Iceberg or Delta), or a new"
                            + " --output for each run");
        }
    }

    private void checkOverwritesPartitions() {
        if (arguments.partitionBy == null) {
            throw new JobException(
                    ExitCode.USAGE,
                    "--mode overwrite-partitions: there are none without --partition-by; name the columns, or give --mode"
                            + " overwrite to replace the whole output");
        }
        if (!isFiles() && !lower(format).equals("delta")) {
            throw new JobException(
                    ExitCode.USAGE,
                    "--mode overwrite-partitions: whether the format " + format
                            + " does that in a folder is not known; write a table of a catalog with --output-table, or"
                            + " parquet, orc, json, avro, xml or delta");
        }
        options.checkSaysNotStatic();
    }

    /** The format by whose name it is read. */
    private String readBy() {
        return arguments.floatEncoding == FloatEncoding.BYTE_STREAM_SPLIT ? SequenceParquetFormat.NAME : format;
    }

    @Override
    public String address() {
        return folders.qualified(base);
    }

    @Override
    public @Nullable String partition() {
        return owned == null ? null : owned.path();
    }

    @Override
    public String mode() {
        return mode.toString();
    }

    @Override
    public @Nullable String runFolder() {
        return isFiles() || KEEPING_WHAT_THEY_REPLACE.contains(lower(format)) ? address() + "/" + RunFolder.NAME : null;
    }

    @Override
    public boolean holdsRows() {
        return folders.exists(output) && (!isFiles() || folders.hasData(output));
    }

    @Override
    public boolean prepare(ReadFiles read, PrintWriter out) {
        address = folders.qualified(output);
        if (isFiles() && !arguments.isDry() && folders.putBack(address)) {
            out.println("Note:    a run was killed while it put its result in the place of " + address
                    + "; what was there before is put back");
        }
        exists = folders.exists(output);
        if (exists && mode == ModeName.ERRORIFEXISTS) {
            throw new JobException(
                    ExitCode.OUTPUT_EXISTS,
                    arguments.option + ": " + address
                            + " exists; nothing was written. Name another folder, or say what to do with"
                            + " --mode overwrite, append or ignore");
        }
        if (exists && mode == ModeName.IGNORE) {
            out.println(address + " exists; nothing was written (--mode ignore)");
            return false;
        }
        if (exists && overwrites()) {
            read.checkNotIn(address, folders);
        }
        if (exists && folders.isFile(output)) {
            throw new JobException(
                    ExitCode.USAGE,
                    arguments.option + ": " + address
                            + " is a file, and a scored table is a folder; nothing was written. Name" + " another");
        }
        if (isFiles()) {
            // partitions may be replaced within the output; what is put beside it says itself what it may not do
            folders.checkWritable(
                    address, exists && (mode == ModeName.APPEND || (overwrites() && arguments.partitionBy != null)));
        }
        return true;
    }

    @Override
    public boolean prepare(JobSession job, ReadFiles read, PrintWriter out) {
        return true;
    }

    /** Spark deletes what is to be overwritten before it reads a row. */
    @Override
    public void checkHoldsNot(Dataset<Row> table, List<String> roots) {
        if (!exists || !overwrites() || KEEPING_WHAT_THEY_REPLACE.contains(lower(format))) {
            return;
        }
        folders.checkHoldsNot(address, table, roots);
    }

    private static String lower(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    private boolean overwrites() {
        return mode.overwrites();
    }

    /** Whether it is files in folders, and overwriting deletes them. */
    private boolean isFiles() {
        return REPLACED_FILE_BY_FILE.contains(lower(format));
    }

    @Override
    public boolean commitsFiles() {
        return isFiles();
    }

    @Override
    public Staging staging() {
        return folders.stagingFor(address);
    }

    @Override
    public void check(StructType result) {
        List<String> columns = List.of((owned == null ? result : owned.taken(result)).fieldNames());
        for (String name : arguments.partitionBy == null ? List.<String>of() : arguments.partitionBy) {
            if (columns.stream().noneMatch(name::equalsIgnoreCase)) {
                throw new InputException("--partition-by: the output has no column '" + name + "'; it has: "
                        + String.join(", ", columns));
            }
        }
    }

    @Override
    public Written write(Dataset<Row> rows, int shown, BooleanSupplier noRows) {
        Dataset<Row> scored = owned == null ? rows : owned.taken(rows);
        SparkSession session = scored.sparkSession();
        boolean replaces = overwrites() && isFiles();
        boolean dynamic = replaces
                && arguments.partitionBy != null
                && (mode == ModeName.OVERWRITE_PARTITIONS || options.dynamicPartitions(session));
        Partitions former = exists && replaces && !dynamic
                ? Partitions.in(folders, address, arguments.partitionBy == null ? 1 : arguments.partitionBy.size())
                : Partitions.NONE;
        boolean adds = exists && isFiles() && (mode == ModeName.APPEND || dynamic) && shown > 0;
        NewFiles newFiles = adds ? NewFiles.since(folders, address, NewFiles.MOST) : null;
        long start = System.nanoTime();
        if (owned != null || (exists && replaces && !dynamic && folders.renames(address))) {
            writeBeside(scored);
        } else {
            // what was not there when it was asked may be now, and is not guarded
            write(scored, address, !exists && replaces && !dynamic ? ModeName.ERRORIFEXISTS : mode);
        }
        if (dynamic && options.marksSuccess(session)) {
            // Spark leaves its own in a folder that it takes away
            folders.markSuccess(address);
        }
        return told(scored, (System.nanoTime() - start) / 1e9, former, newFiles, noRows.getAsBoolean());
    }

    /** Whether there are rows from before, and no files that tell them from the new ones. */
    private boolean mixes() {
        return exists && !isFiles() && (mode == ModeName.APPEND || mode == ModeName.OVERWRITE_PARTITIONS);
    }

    private Written told(
            Dataset<Row> scored, double seconds, Partitions former, @Nullable NewFiles newFiles, boolean noRows) {
        List<String> notes = new ArrayList<>();
        List<String> added = null;
        boolean nothing = false;
        try {
            String gone = former.gone(folders, address);
            if (gone != null) {
                notes.add("--mode overwrite replaced the whole output: " + gone
                        + "; to replace only partitions that get rows, give --mode overwrite-partitions");
            }
            if (newFiles != null) {
                added = newFiles.found();
                if (added == null) {
                    added = List.of();
                    notes.add(newFiles.tooMany());
                }
            }
            if (mixes()) {
                notes.add(NewFiles.UNKNOWN);
            }
            nothing = noRows && isFiles() && !folders.hasData(address);
        } catch (JobException e) {
            // the job is done: a run that is told it failed may be run again, and append its rows twice
            notes.add(String.valueOf(e.getMessage()));
        }
        if (nothing) {
            notes.add("no row was scored, and Spark writes no file for none into an output that is laid out in"
                    + " folders: nothing there tells a schema, and reading it fails until there are rows");
        }
        List<String> files = added;
        return new Written(
                seconds,
                notes,
                address,
                readBy(),
                nothing ? List.of() : readers(),
                nothing || mixes() || (files != null && files.isEmpty()) ? null : () -> rows(scored, files));
    }

    private List<String> readers() {
        String whole = address();
        return List.of(
                "spark.read.format(\"" + readBy() + "\").load(\""
                        + whole.replace("\\", "\\\\").replace("\"", "\\\"") + "\")",
                "SELECT * FROM " + SqlNames.identifier(readBy()) + "." + SqlNames.quoted(whole));
    }

    private Dataset<Row> rows(Dataset<Row> scored, @Nullable List<String> added) {
        DataFrameReader reader = scored.sparkSession().read().format(readBy()).schema(scored.schema());
        return added == null ? reader.load(address) : NewFiles.read(reader, address, added);
    }

    /**
     * Spark by itself deletes first, so that a bad row would cost the former output. Where only some partitions are
     * replaced, or where a rename is a copy of every byte, as on object stores, it is left to Spark.
     */
    private void writeBeside(Dataset<Row> scored) {
        boolean existed = folders.exists(base);
        try {
            writeStaged(scored);
        } catch (RuntimeException e) {
            if (!existed) {
                folders.removeEmpty(base);
            }
            throw e;
        }
    }

    private void writeStaged(Dataset<Row> scored) {
        try (Staging staging = folders.stagingFor(address)) {
            write(scored, staging.folder(), ModeName.APPEND);
            if (owned == null) {
                staging.replace();
            } else {
                staging.place();
            }
        }
    }

    private void write(Dataset<Row> scored, String path, ModeName how) {
        boolean existed = folders.exists(path);
        try (RunningTasks tasks = RunningTasks.of(scored.sparkSession().sparkContext())) {
            write(scored, path, how, existed, tasks);
        }
    }

    private void write(Dataset<Row> scored, String path, ModeName how, boolean existed, RunningTasks tasks) {
        try {
            var writer = scored.write().format(source).options(options.all());
            writer = how == ModeName.OVERWRITE_PARTITIONS
                    ? writer.mode(SaveMode.Overwrite).option(WriteOptions.PARTITIONS, WriteOptions.DYNAMIC)
                    : writer.mode(how.toString());
            if (arguments.floatEncoding != null) {
                writer = writer.option(SequenceParquetFormat.FLOAT_ENCODING, arguments.floatEncoding.toString());
            }
            if (arguments.partitionBy != null) {
                writer = writer.partitionBy(arguments.partitionBy.toArray(String[]::new));
            }
            writer.save(path);
        } catch (Exception e) { // each source and committer throws its own, checked ones undeclared; all are thrown on
            String name = e instanceof SparkThrowable known ? SparkErrors.name(known) : null;
            if ("PATH_ALREADY_EXISTS".equals(name)) {
                throw new JobException(
                        ExitCode.OUTPUT_EXISTS,
                        arguments.option + ": " + path
                                + " exists now, and did not when this run began; nothing was written. See what"
                                + " else writes there, then run this again",
                        e);
            }
            tasks.awaitEnd();
            if (!existed) {
                folders.removeEmpty(path);
            }
            if (e instanceof AnalysisException || "DATA_SOURCE_NOT_FOUND".equals(name)) {
                throw new JobException(ExitCode.USAGE, arguments.option + " " + path + ": " + e.getMessage(), e);
            }
            String notDynamic = Failure.lineSaying(NOT_DYNAMIC, e);
            if (notDynamic != null) {
                throw new JobException(
                        ExitCode.USAGE,
                        "--mode overwrite-partitions: the committer of this output cannot replace partitions ("
                                + notDynamic.replaceFirst(": .*", "")
                                + "); nothing was written. Name a table of Iceberg or Delta (--output-table), or take Spark's"
                                + " usual committer: leave S3A's out of the settings, and spark-hadoop-cloud off the driver's"
                                + " class path, where Spark 4.1 takes them by itself",
                        e);
            }
            DiskFull full = DiskFull.in(e);
            if (full != null && Failure.of(e).code() == ExitCode.OTHER) {
                throw full.error(arguments.option, address, e);
            }
            String denied = Failure.denied(e, path);
            if (denied != null) {
                throw folders.unwritable(path, denied, e);
            }
            throw e;
        }
    }
}
