package io.sparkrnn.job.output;

import io.sparkrnn.job.session.SessionSettings;
import io.sparkrnn.job.storage.NewFiles;
import io.sparkrnn.job.storage.OutputFolders;
import io.sparkrnn.job.storage.ReadFiles;
import java.io.PrintWriter;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.DataFrameWriterV2;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.connector.catalog.TableCapability;
import org.apache.spark.sql.connector.catalog.TableCatalog;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/** A table whose format takes rows in one step, as Iceberg and Delta do: all of them when the job is done, or none. */
final class VersionedTable implements TableWrite {
    private final Table table;
    private final OutputArguments arguments;
    private final WriteOptions options;
    private final TableOutput output;
    private final @Nullable String location;
    private final @Nullable OwnedPartition owned;

    private VersionedTable(Table table, OutputArguments arguments, WriteOptions options, TableOutput output) {
        this.table = table;
        this.arguments = arguments;
        this.options = options;
        this.output = output;
        location = table.properties().get(TableCatalog.PROP_LOCATION);
        owned = arguments.owned();
    }

    static VersionedTable of(Table table, OutputArguments arguments, WriteOptions options, TableOutput output) {
        return new VersionedTable(table, arguments, options, output);
    }

    @Override
    public void prepare(ReadFiles read, PrintWriter out) {
        Set<TableCapability> can = table.capabilities();
        boolean able = can.contains(TableCapability.BATCH_WRITE) || can.contains(TableCapability.V1_BATCH_WRITE);
        able &= owned == null || can.contains(TableCapability.OVERWRITE_BY_FILTER);
        able &= switch (arguments.mode()) {
            case OVERWRITE ->
                can.contains(TableCapability.TRUNCATE) || can.contains(TableCapability.OVERWRITE_BY_FILTER);
            case OVERWRITE_PARTITIONS -> can.contains(TableCapability.OVERWRITE_DYNAMIC);
            case ERRORIFEXISTS, APPEND, IGNORE -> true;
        };
        if (!able) {
            throw output.refused("a table of this kind (" + table.name() + ") cannot take rows with --mode "
                    + arguments.mode() + "; give another mode, or name another table");
        }
        if (location != null && arguments.mode().overwrites()) {
            read.checkNotIn(location, OutputFolders.of(output.option()));
        }
    }

    @Override
    public void checkHoldsNot(Dataset<Row> input, List<String> roots) {
        // what is replaced is kept until nobody reads it
    }

    @Override
    public void check(StructType result) {
        // those that the result lacks may have a default, of which the table's format knows
        StructType columns = TableColumns.of(table);
        TableColumns.check(
                output, columns, owned == null ? result : owned.filled(result, columns), options.growsTable());
    }

    @Override
    public void write(Dataset<Row> rows, int shown) throws Exception {
        StructType columns = TableColumns.of(table);
        Dataset<Row> scored = owned == null ? rows : owned.filled(rows, columns);
        Column replaced = owned == null ? functions.lit(true) : owned.condition(columns);
        DataFrameWriterV2<Row> writer = scored.writeTo(output.name()).options(options.all());
        SparkSession session = scored.sparkSession();
        switch (arguments.mode()) {
            // Delta asks the session, too, whether a whole overwrite is one of partitions
            case OVERWRITE ->
                SessionSettings.with(
                        session,
                        Map.of(WriteOptions.PARTITIONS_OF_SESSION, WriteOptions.STATIC),
                        () -> writer.overwrite(replaced));
            case OVERWRITE_PARTITIONS -> writer.overwritePartitions();
            case ERRORIFEXISTS, APPEND, IGNORE -> writer.append();
        }
    }

    @Override
    public void takeBack(SparkSession session) {
        // files of no version are in nobody's way; the format's own cleaning up removes them
    }

    @Override
    public String folder() {
        return location == null ? "/" + table.name() : location;
    }

    @Override
    public @Nullable Supplier<Dataset<Row>> newRows(SparkSession session, StructType result, List<String> notes) {
        if (owned != null) {
            return () -> session.table(output.name()).where(owned.condition(TableColumns.of(table)));
        }
        if (arguments.mode == OutputArguments.ModeName.OVERWRITE) {
            return () -> session.table(output.name());
        }
        notes.add(NewFiles.UNKNOWN);
        return null;
    }
}
