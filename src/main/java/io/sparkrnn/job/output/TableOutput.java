package io.sparkrnn.job.output;

import io.sparkrnn.job.input.InputArguments;
import io.sparkrnn.job.message.DiskFull;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.Failure;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.job.message.SparkErrors;
import io.sparkrnn.job.output.OutputArguments.ModeName;
import io.sparkrnn.job.session.JobSession;
import io.sparkrnn.job.session.RunningTasks;
import io.sparkrnn.job.storage.ReadFiles;
import io.sparkrnn.job.storage.Staging;
import io.sparkrnn.platform.CatalogPlace;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.apache.spark.SparkThrowable;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.connector.catalog.TableCatalog;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/** A table of one of Spark's catalogs. */
final class TableOutput implements Destination {
    /** What catalogs say of a table that was made since it was asked for. */
    private static final Set<String> EXISTS_NOW = Set.of("TABLE_OR_VIEW_ALREADY_EXISTS", "DELTA_TABLE_ALREADY_EXISTS");

    /** What they say of files where a new table's would be. */
    private static final Set<String> FILES_IN_ITS_PLACE =
            Set.of("LOCATION_ALREADY_EXISTS", "DELTA_CREATE_TABLE_WITH_NON_EMPTY_LOCATION");

    private final OutputArguments arguments;
    private final String name;
    private final String option;
    private final InputArguments.IoName io;
    private final WriteOptions options;
    private @Nullable TableWrite way;

    /**
     * One that is not looked at yet.
     *
     * @param name as the user gives it
     */
    TableOutput(OutputArguments arguments, String name, InputArguments.IoName io) {
        this.arguments = arguments;
        this.name = name;
        this.io = io;
        option = arguments.option + "-table " + name;
        options = new WriteOptions(arguments.outputOptions);
        options.checkForTable();
        if (arguments.floatEncoding != null) {
            throw new JobException(
                    ExitCode.USAGE,
                    "--float-encoding: a table's own format says how its pages are laid out; do without it, or score into a"
                            + " folder (--output)");
        }
    }

    @Override
    public String address() {
        return name;
    }

    @Override
    public @Nullable String partition() {
        OwnedPartition owned = arguments.owned();
        return owned == null ? null : owned.path();
    }

    @Override
    public String mode() {
        return arguments.mode().toString();
    }

    @Override
    public @Nullable String runFolder() {
        return null;
    }

    /** A table that was emptied or dropped is another version, of which the files of runs know nothing. */
    @Override
    public boolean holdsRows() {
        return SparkSession.active().catalog().tableExists(name);
    }

    @Override
    public boolean prepare(ReadFiles read, PrintWriter out) {
        return true;
    }

    @Override
    public boolean prepare(JobSession job, ReadFiles read, PrintWriter out) {
        SparkSession session = job.session();
        CatalogPlace place;
        Table table;
        try {
            place = CatalogPlace.of(session, name);
            if (place.unknownCatalog() != null) {
                throw refused(place.unknownCatalog());
            }
            if (isView(session)) {
                throw refused("this is a view, and rows can only go into a table; name another");
            }
            table = place.table();
        } catch (JobException e) {
            throw e;
        } catch (Exception e) { // catalogs throw errors of their own, checked ones too, unseen by the compiler
            throw new JobException(ExitCode.USAGE, option + ": " + Failure.firstLine(e) + "; nothing was written", e);
        }
        checkOwns(table);
        if (table == null) {
            way = NewTable.in(place, job, arguments, options, this);
            way.prepare(read, out);
            return true;
        }
        if (arguments.mode() == ModeName.ERRORIFEXISTS) {
            throw new JobException(
                    ExitCode.OUTPUT_EXISTS,
                    option + ": it exists; nothing was written. Name another table, or say what to do with --mode"
                            + " overwrite, overwrite-partitions, append or ignore");
        }
        if (arguments.mode == ModeName.IGNORE) {
            out.println("The table " + name + " exists; nothing was written (--mode ignore)");
            return false;
        }
        checkDefinition(table);
        way = CatalogPlace.isOfFiles(table)
                ? FileTable.of(table, arguments, options, io, this)
                : VersionedTable.of(table, arguments, options, this);
        way.prepare(read, out);
        return true;
    }

    private void checkOwns(@Nullable Table table) {
        if (arguments.owned() == null) {
            return;
        }
        if (table == null) {
            throw refused("there is no such table, and what its partitions are --output-partition does not say; make it"
                    + " first, or by a run with --partition-by");
        }
        if (CatalogPlace.isOfFiles(table)) {
            throw refused("a table of files is not replaced in one step; give --mode overwrite-partitions in place of"
                    + " --output-partition, or write a table of Iceberg or Delta");
        }
    }

    private boolean isView(SparkSession session) {
        try {
            var found = session.catalog().getTable(name);
            return found.isTemporary() || "VIEW".equals(found.tableType());
        } catch (Exception e) { // a checked one, unseen by the compiler: no such table, which the catalog will say, too
            return false;
        }
    }

    /** Refuses what is said of a table that is there and is otherwise: else it would be passed over without a word. */
    private void checkDefinition(Table table) {
        String format = table.properties().get(TableCatalog.PROP_PROVIDER);
        if (arguments.outputFormat != null && format != null && !format.equalsIgnoreCase(arguments.outputFormat)) {
            throw refused("the table's format is " + format + ", not " + arguments.outputFormat
                    + "; leave out --output-format, or name another table");
        }
        List<String> partitions = TableColumns.partitions(table);
        if (arguments.partitionBy != null
                && !String.join(",", partitions).equalsIgnoreCase(String.join(",", arguments.partitionBy))) {
            throw refused((partitions.isEmpty()
                            ? "the table has no partitions"
                            : "the table is partitioned by " + String.join(", ", partitions))
                    + ", not by " + String.join(", ", arguments.partitionBy)
                    + "; leave out --partition-by, or name another table");
        }
        if (arguments.mode == ModeName.OVERWRITE_PARTITIONS && partitions.isEmpty()) {
            throw refused(
                    "the table has no partitions for --mode overwrite-partitions to replace; give --mode overwrite to"
                            + " replace all its rows");
        }
    }

    /** The error of a run that may not do what it was told to. */
    JobException refused(String why) {
        return new JobException(ExitCode.USAGE, option + ": nothing was written: " + why);
    }

    /** The error of rows that do not fit. */
    JobException unfit(String why) {
        return new JobException(ExitCode.INPUT, option + ": nothing was written: " + why);
    }

    String name() {
        return name;
    }

    String option() {
        return option;
    }

    private TableWrite way() {
        if (way == null) {
            throw new IllegalStateException("not prepared");
        }
        return way;
    }

    @Override
    public void checkHoldsNot(Dataset<Row> input, List<String> roots) {
        way().checkHoldsNot(input, roots);
    }

    @Override
    public boolean commitsFiles() {
        return way() instanceof FileTable files && files.isCommittedBySpark();
    }

    @Override
    public @Nullable Staging staging() {
        return null;
    }

    @Override
    public void check(StructType result) {
        way().check(result);
    }

    @Override
    public Written write(Dataset<Row> scored, int shown, BooleanSupplier noRows) throws Exception {
        SparkSession session = scored.sparkSession();
        long start = System.nanoTime();
        try (RunningTasks tasks = RunningTasks.of(session.sparkContext())) {
            write(scored, shown, tasks);
        }
        double seconds = (System.nanoTime() - start) / 1e9;
        List<String> notes = new ArrayList<>();
        Supplier<Dataset<Row>> rows = null;
        if (shown > 0) {
            try {
                rows = way().newRows(session, scored.schema(), notes);
            } catch (JobException e) {
                // the job is done: a run that is told it failed may be run again, and append its rows twice
                notes.add(String.valueOf(e.getMessage()));
            }
        }
        return new Written(
                seconds,
                notes,
                name,
                format(session),
                List.of(
                        "spark.table(\"" + name.replace("\\", "\\\\").replace("\"", "\\\"") + "\")",
                        "SELECT * FROM " + name),
                rows);
    }

    private void write(Dataset<Row> scored, int shown, RunningTasks tasks) throws Exception {
        try {
            way().write(scored, shown);
        } catch (Exception e) { // AnalysisException is a checked one, unseen by the compiler; all are thrown on
            String known = e instanceof SparkThrowable spark ? SparkErrors.name(spark) : null;
            if (known != null && EXISTS_NOW.contains(known)) {
                throw new JobException(
                        ExitCode.OUTPUT_EXISTS,
                        option + ": it exists now, and did not when this run began; nothing was written. See what else"
                                + " writes there, then run this again",
                        e);
            }
            if (known != null && FILES_IN_ITS_PLACE.contains(known)) {
                throw new JobException(
                        ExitCode.OUTPUT_EXISTS,
                        option + ": there is no such table, but files where its own would be (" + Failure.firstLine(e)
                                + "); nothing was written. Move them away, or name another table",
                        e);
            }
            tasks.awaitEnd();
            way().takeBack(scored.sparkSession());
            if (e instanceof AnalysisException || "DATA_SOURCE_NOT_FOUND".equals(known)) {
                throw new JobException(ExitCode.USAGE, option + ": " + Failure.firstLine(e), e);
            }
            DiskFull full = DiskFull.in(e);
            if (full != null && Failure.of(e).code() == ExitCode.OTHER) {
                throw full.error(option, way().folder(), e);
            }
            String denied = Failure.denied(e, way().folder());
            if (denied != null) {
                throw new JobException(
                        ExitCode.OTHER,
                        option + ": cannot write " + way().folder() + ": " + denied
                                + ". Name a table that this user may write to",
                        e);
            }
            throw e;
        }
    }

    private String format(SparkSession session) {
        try {
            Table table = CatalogPlace.of(session, name).table();
            Map<String, String> properties = table == null ? Map.of() : table.properties();
            return properties.getOrDefault(TableCatalog.PROP_PROVIDER, "table");
        } catch (Exception e) { // the job is done, whatever a catalog says now
            return "table";
        }
    }
}
