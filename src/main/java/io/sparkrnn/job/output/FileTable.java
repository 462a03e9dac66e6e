package io.sparkrnn.job.output;

import io.sparkrnn.job.input.InputArguments;
import io.sparkrnn.job.output.OutputArguments.ModeName;
import io.sparkrnn.job.session.SessionSettings;
import io.sparkrnn.job.session.SqlNames;
import io.sparkrnn.job.storage.NewFiles;
import io.sparkrnn.job.storage.OutputFolders;
import io.sparkrnn.job.storage.ReadFiles;
import io.sparkrnn.job.storage.Staging;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.connector.catalog.TableCatalog;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * A table of files in the session's own catalog, such as parquet, orc or Hive's. Spark adds to it, and replaces partitions
 * of it, when all rows are written. To replace the whole it deletes first, so here the new files are written beside the
 * old ones and take their place, as those of a folder do.
 */
final class FileTable implements TableWrite {
    /** Formats whose tables are their files and nothing more. */
    private static final Set<String> SWAPPED = Set.of("parquet", "orc", "json", "avro");

    private final Table table;
    private final OutputArguments arguments;
    private final InputArguments.IoName io;
    private final TableOutput output;
    private final OutputFolders folders;
    private final String format;
    private final @Nullable String location;
    private @Nullable NewFiles newFiles;

    private FileTable(Table table, OutputArguments arguments, InputArguments.IoName io, TableOutput output) {
        this.table = table;
        this.arguments = arguments;
        this.io = io;
        this.output = output;
        folders = OutputFolders.of(output.option());
        format = table.properties()
                .getOrDefault(TableCatalog.PROP_PROVIDER, "hive")
                .toLowerCase(Locale.ROOT);
        location = table.properties().get(TableCatalog.PROP_LOCATION);
    }

    static FileTable of(
            Table table,
            OutputArguments arguments,
            WriteOptions options,
            InputArguments.IoName io,
            TableOutput output) {
        if (!options.all().isEmpty()) {
            throw output.refused(
                    "--output-option does nothing to a table of files that is there, for its definition says how"
                            + " they are written; leave it out, or change the table (ALTER TABLE)");
        }
        return new FileTable(table, arguments, io, output);
    }

    /** Whether Spark's own way of committing files is what publishes its rows, not Hive's. */
    boolean isCommittedBySpark() {
        return SWAPPED.contains(format);
    }

    private boolean replacesAll() {
        return arguments.mode == ModeName.OVERWRITE;
    }

    @Override
    public void prepare(ReadFiles read, PrintWriter out) {
        if (replacesAll()) {
            checkCanBeSwapped();
        }
        if (location == null) {
            return;
        }
        if (folders.putBack(location)) {
            out.println("Note:    a run was killed while it put its result in the place of " + location
                    + "; what was there before is put back");
        }
        if (arguments.mode.overwrites()) {
            read.checkNotIn(location, folders);
        }
        folders.checkWritable(location, !replacesAll());
    }

    private void checkCanBeSwapped() {
        String otherwise =
                "; Spark would delete them before the first row is written, and a failed job would leave none. "
                        + "Give --mode overwrite-partitions or append, or score into a table of a format that keeps what it replaces,"
                        + " such as iceberg or delta";
        if (table.partitioning().length > 0) {
            throw output.refused("--mode overwrite would replace all partitions of a table of files" + otherwise);
        }
        if (!SWAPPED.contains(format)) {
            throw output.refused("--mode overwrite would replace the files of a table of format " + format + otherwise);
        }
        if (location == null || !folders.renames(location)) {
            throw output.refused("--mode overwrite would replace files where a folder cannot be renamed (" + location
                    + ")" + otherwise);
        }
    }

    @Override
    public void checkHoldsNot(Dataset<Row> input, List<String> roots) {
        if (location != null && arguments.mode.overwrites()) {
            folders.checkHoldsNot(location, input, roots);
        }
    }

    @Override
    public void check(StructType result) {
        TableColumns.check(output, TableColumns.of(table), result, false);
        TableColumns.checkNoneIsMissing(output, TableColumns.of(table), result);
    }

    @Override
    public void write(Dataset<Row> scored, int shown) throws Exception {
        SparkSession session = scored.sparkSession();
        Dataset<Row> rows = scored.select(inOrder(scored.schema()));
        if (shown > 0 && location != null && !replacesAll()) {
            newFiles = NewFiles.since(folders, location, NewFiles.MOST);
        }
        switch (arguments.mode) {
            case OVERWRITE -> replaceAll(rows);
            case OVERWRITE_PARTITIONS ->
                SessionSettings.with(
                        session,
                        Map.of(
                                WriteOptions.PARTITIONS_OF_SESSION,
                                WriteOptions.DYNAMIC,
                                "hive.exec.dynamic.partition.mode",
                                "nonstrict"),
                        () -> rows.write().mode(SaveMode.Overwrite).insertInto(output.name()));
            case ERRORIFEXISTS, APPEND, IGNORE -> append(rows);
        }
        session.catalog().refreshTable(output.name());
    }

    /** Spark inserts by place, whatever the columns are called. */
    private Column[] inOrder(StructType result) {
        List<Column> columns = new ArrayList<>();
        for (StructField field : TableColumns.of(table).fields()) {
            StructField found = TableColumns.find(result, field.name());
            if (found != null) {
                Column column = SqlNames.columns(List.of(found.name()))[0];
                columns.add((TableColumns.isTakenAsIs(found.dataType(), field.dataType())
                                ? column
                                : column.cast(field.dataType()))
                        .as(field.name()));
            }
        }
        return columns.toArray(Column[]::new);
    }

    private void append(Dataset<Row> rows) throws Exception {
        SessionSettings.with(
                rows.sparkSession(),
                Map.of("hive.exec.dynamic.partition.mode", "nonstrict"),
                () -> rows.write().mode(SaveMode.Append).insertInto(output.name()));
    }

    private void replaceAll(Dataset<Row> rows) throws Exception {
        if (location == null || !folders.exists(location)) {
            // a table that never had a row may have no folder
            append(rows);
        } else {
            swap(rows, location);
        }
    }

    private void swap(Dataset<Row> rows, String folder) {
        try (Staging staging = folders.stagingFor(folder)) {
            rows.write()
                    .format(io.source(format))
                    .options(storedOptions())
                    .mode(SaveMode.Append)
                    .save(staging.folder());
            staging.replace();
        }
    }

    /** The options in its definition, which say how its files are written. */
    private Map<String, String> storedOptions() {
        Map<String, String> stored = new HashMap<>();
        table.properties().forEach((key, value) -> {
            if (key.startsWith(TableCatalog.OPTION_PREFIX)) {
                stored.put(key.substring(TableCatalog.OPTION_PREFIX.length()), value);
            }
        });
        stored.keySet().removeIf(key -> key.equalsIgnoreCase("path") || key.equals("serialization.format"));
        return stored;
    }

    @Override
    public void takeBack(SparkSession session) {
        // nothing is there that was not before
    }

    @Override
    public String folder() {
        return location == null ? "/" + output.name() : location;
    }

    @Override
    public @Nullable Supplier<Dataset<Row>> newRows(SparkSession session, StructType result, List<String> notes) {
        if (replacesAll()) {
            return () -> session.table(output.name());
        }
        if (newFiles == null || location == null || !SWAPPED.contains(format)) {
            notes.add(NewFiles.UNKNOWN);
            return null;
        }
        List<String> found = newFiles.found();
        if (found == null) {
            notes.add(newFiles.tooMany());
            return null;
        }
        return found.isEmpty()
                ? null
                : () -> NewFiles.read(session.read().format(format).schema(TableColumns.of(table)), location, found);
    }
}
