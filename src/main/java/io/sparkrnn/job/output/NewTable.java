package io.sparkrnn.job.output;

import io.sparkrnn.job.session.JobSession;
import io.sparkrnn.job.session.SqlNames;
import io.sparkrnn.job.storage.OutputFolders;
import io.sparkrnn.job.storage.ReadFiles;
import io.sparkrnn.parquet.SequenceParquetFormat;
import io.sparkrnn.platform.CatalogPlace;
import io.sparkrnn.platform.ScalaCollections;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.CreateTableWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/** A table that is not there yet. */
final class NewTable implements TableWrite {
    private static final String IN_MEMORY = "in-memory";

    private final CatalogPlace place;
    private final OutputArguments arguments;
    private final WriteOptions options;
    private final TableOutput output;
    private final OutputFolders folders;
    private final @Nullable String format;
    private final @Nullable String location;
    private final boolean hadLocation;

    private NewTable(
            CatalogPlace place,
            OutputArguments arguments,
            WriteOptions options,
            TableOutput output,
            @Nullable String format,
            @Nullable String location) {
        this.place = place;
        this.arguments = arguments;
        this.options = options;
        this.output = output;
        this.format = format;
        this.location = location;
        folders = OutputFolders.of(output.option());
        hadLocation = location != null && folders.exists(location);
    }

    /** One in a catalog that can make it. */
    static NewTable in(
            CatalogPlace place, JobSession job, OutputArguments arguments, WriteOptions options, TableOutput output) {
        SparkSession session = job.session();
        if (!place.hasNamespace()) {
            throw output.refused("there is no namespace " + place.namespace() + "; make it with CREATE NAMESPACE "
                    + place.namespace() + ", or name a table of another");
        }
        if (place.isOfSession() && isForgotten(job)) {
            throw output.refused(
                    "this session keeps its own catalog in memory, so that the table would be gone when the job"
                            + " ends; for a Hive metastore give --conf spark.sql.catalogImplementation=hive before --, and"
                            + " SPARK_HOME to a Spark that has Hive, which the one that Maven fetches has not; or name a table of"
                            + " another catalog (CATALOG.NAMESPACE.TABLE), or a folder with --output");
        }
        // Spark 3.5 would make a Hive table of text where nothing is said
        String format = arguments.outputFormat == null && place.isOfSession()
                ? session.conf().get("spark.sql.sources.default")
                : arguments.outputFormat;
        if (SequenceParquetFormat.NAME.equalsIgnoreCase(format)) {
            throw output.refused("a table of format " + format
                    + " could be read only where this jar is; give --output-format parquet, whose files are the same");
        }
        return new NewTable(place, arguments, options, output, format, location(session, place));
    }

    /** Whether the session is the job's own, and what it knows of tables goes with it. */
    private static boolean isForgotten(JobSession job) {
        var conf = job.session().conf();
        String catalog = conf.get("spark.sql.catalog.spark_catalog", "");
        return job.own()
                && conf.get("spark.sql.catalogImplementation", IN_MEMORY).equals(IN_MEMORY)
                && (catalog.isEmpty() || catalog.equals("org.apache.spark.sql.delta.catalog.DeltaCatalog"));
    }

    /** Where the session's own catalog puts files; null where that is not known. */
    private static @Nullable String location(SparkSession session, CatalogPlace place) {
        if (!place.isOfSession() || place.identifier().namespace().length != 1) {
            return null;
        }
        try {
            String database = session.catalog()
                    .getDatabase(place.identifier().namespace()[0])
                    .locationUri();
            return new Path(database, place.identifier().name().toLowerCase(Locale.ROOT)).toString();
        } catch (AnalysisException e) {
            return null;
        }
    }

    @Override
    public void prepare(ReadFiles read, PrintWriter out) {
        if (location != null) {
            folders.checkWritable(location, false);
        }
    }

    @Override
    public void checkHoldsNot(Dataset<Row> input, List<String> roots) {
        // nothing is overwritten
    }

    @Override
    public void check(StructType result) {
        TableColumns.checkPartitions(arguments.partitionBy, result);
    }

    @Override
    public void write(Dataset<Row> scored, int shown) throws Exception {
        CreateTableWriter<Row> writer = scored.writeTo(output.name()).options(options.all());
        if (format != null) {
            writer = writer.using(format);
        }
        if (arguments.partitionBy != null) {
            // as Scala's own collection: Spark 3.5 has no other way in
            List<Column> columns = List.of(SqlNames.columns(arguments.partitionBy));
            writer = writer.partitionedBy(columns.get(0), ScalaCollections.seq(columns.subList(1, columns.size())));
        }
        writer.create();
    }

    /** What a failed job leaves in the folder would be in the way of the next, which finds no table, and files. */
    @Override
    public void takeBack(SparkSession session) {
        if (location == null || hadLocation) {
            return;
        }
        try {
            if (!session.catalog().tableExists(output.name())) {
                folders.removeEmpty(location);
            }
        } catch (RuntimeException e) {
            // the job's own error is the one to report
            return;
        }
    }

    @Override
    public String folder() {
        return location == null ? "/" + place.identifier().name() : location;
    }

    @Override
    public Supplier<Dataset<Row>> newRows(SparkSession session, StructType result, List<String> notes) {
        return () -> session.table(output.name());
    }
}
