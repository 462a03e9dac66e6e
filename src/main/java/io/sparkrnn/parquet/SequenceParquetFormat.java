package io.sparkrnn.parquet;

import io.sparkrnn.parquet.layout.ListLayout;
import io.sparkrnn.parquet.read.ChecksumPolicy;
import io.sparkrnn.parquet.read.ScanReport;
import io.sparkrnn.parquet.read.SparkReaders;
import io.sparkrnn.parquet.write.FloatEncoding;
import io.sparkrnn.parquet.write.SequenceWriterFactory;
import io.sparkrnn.parquet.write.WriterSettings;
import io.sparkrnn.platform.BuiltFor;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.mapreduce.Job;
import org.apache.parquet.hadoop.util.ContextUtil;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.execution.datasources.FileFormat;
import org.apache.spark.sql.execution.datasources.OutputWriterFactory;
import org.apache.spark.sql.execution.datasources.PartitionedFile;
import org.apache.spark.sql.internal.SQLConf;
import org.apache.spark.sql.sources.DataSourceRegister;
import org.apache.spark.sql.sources.Filter;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Function1;
import scala.Option;
import scala.collection.Iterator;
import scala.collection.immutable.Map;

/**
 * The Spark file format {@code sequence-parquet}: ordinary Parquet files, whose columns of {@code array<float|double>} and
 * {@code array<array<float|double>>} are read and written a page at a time. It is a room of its own in front of Spark's
 * format {@code parquet}, which does all else: schema inference, the other columns, the commit protocol.
 *
 * <pre>
 *   table.write().format("sequence-parquet").option("compression", "zstd").save(path);
 *   spark.read().format("sequence-parquet").load(path);
 * </pre>
 *
 * <p>Options of a write, besides those of Spark's {@code parquet}: {@value #FLOAT_ENCODING}, {@code plain} (the default) or
 * {@code byte_stream_split}. Checksums of pages are verified, {@value #VERIFY_CHECKSUMS}.
 *
 * <p>Spark's writer takes over where {@code spark.sql.parquet.writeLegacyFormat} is on, where the settings ask for
 * encryption, Bloom filters or anything for single columns, and where the table has no list of floats.
 */
public final class SequenceParquetFormat extends SparkFileFormat implements DataSourceRegister {
    private static final long serialVersionUID = 1;

    private static final Logger LOG = LoggerFactory.getLogger(SequenceParquetFormat.class);

    /** The format's name, for {@code format(...)}. */
    public static final String NAME = "sequence-parquet";

    /** The write option that chooses a {@link FloatEncoding} by name. */
    public static final String FLOAT_ENCODING = FloatEncoding.OPTION;

    /**
     * The setting, also a read option, that has each page held against its checksum, where it has one. The name is
     * parquet-java's; unlike there it is true where it is not given, because damaged floats are floats, too.
     */
    public static final String VERIFY_CHECKSUMS = ChecksumPolicy.SETTING;

    /** For Spark, which makes formats by name. */
    public SequenceParquetFormat() {}

    /**
     * A reader of this format that asks files for those fields of structs alone that a query asks for. Spark's optimizer does
     * that for its own formats only; this adds a rule to the session's optimizations, where it is not there yet, which does it
     * for this one. With {@code session.read().format(...)} results are the same, and structs are read whole.
     */
    public static DataFrameReader read(SparkSession session) {
        StructPruning.in(session);
        return session.read().format(NAME);
    }

    @Override
    public String shortName() {
        return NAME;
    }

    /** Spark's own, without the columns that it does not read, and with those that only this format reads. */
    @Override
    Option<StructType> schema(
            SparkSession session,
            Map<String, String> options,
            List<FileStatus> files,
            Supplier<Option<StructType>> sparks) {
        ScanReport report = ScanReport.started(options.get(ScanReport.OPTION).getOrElse(() -> null));
        return new SchemaInference(session, options, report).schema(files, sparks);
    }

    @Override
    public OutputWriterFactory prepareWrite(
            SparkSession session, Job job, Map<String, String> options, StructType dataSchema) {
        BuiltFor.check();
        FloatEncoding encoding = FloatEncoding.PLAIN;
        Option<String> name = options.get(FLOAT_ENCODING);
        if (name.isDefined()) {
            encoding = FloatEncoding.named(name.get());
        }
        OutputWriterFactory factory = spark.prepareWrite(session, job, options, dataSchema);
        String reason = whyNotWritten(ContextUtil.getConfiguration(job), dataSchema);
        if (reason != null) {
            LOG.info("Spark's own Parquet writer writes this table: {}", reason);
            return factory;
        }
        return new SequenceWriterFactory(factory, encoding);
    }

    private static @Nullable String whyNotWritten(Configuration conf, StructType schema) {
        if (!hasLists(schema)) {
            return "it has no column of float lists";
        }
        if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
            return "this machine is not little-endian";
        }
        if (conf.getBoolean(SQLConf.PARQUET_WRITE_LEGACY_FORMAT().key(), false)) {
            return SQLConf.PARQUET_WRITE_LEGACY_FORMAT().key() + " is on";
        }
        if (schema.existsRecursively(type -> type.typeName().equals("variant"))) {
            return "it has a variant, which may have to be shredded";
        }
        String setting = WriterSettings.unsupported(conf);
        return setting == null ? null : "the setting " + setting;
    }

    private static boolean hasLists(StructType schema) {
        return Arrays.stream(schema.fields()).map(StructField::dataType).anyMatch(ListLayout::isList);
    }

    /** Whole batches of Spark's own reader, where there is nothing to be read directly. */
    @Override
    public boolean supportBatch(SparkSession session, StructType schema) {
        return !ListLayout.isIn(schema) && spark.supportBatch(session, schema);
    }

    @Override
    Function1<PartitionedFile, Iterator<InternalRow>> reader(
            SparkSession session,
            StructType dataSchema,
            StructType partitionSchema,
            StructType requiredSchema,
            List<Filter> filters,
            Map<String, String> options,
            Configuration hadoopConf) {
        ScanReport report = ScanReport.started(options.get(ScanReport.OPTION).getOrElse(() -> null));
        boolean batches = options.get(FileFormat.OPTION_RETURNING_BATCH()).exists("true"::equals);
        // For Spark's own readers too, which read what is no float list.
        hadoopConf.setIfUnset(VERIFY_CHECKSUMS, "true");
        SparkReaders readers =
                new SparkReaders(spark, session, dataSchema, partitionSchema, filters, options, hadoopConf);
        if (batches) {
            return readers.batches(requiredSchema);
        }
        return readers.rows(requiredSchema, report == null ? null : report.counts());
    }

    @Override
    public boolean isSplitable(SparkSession session, Map<String, String> options, Path path) {
        return spark.isSplitable(session, options, path);
    }

    @Override
    public boolean supportDataType(DataType dataType) {
        return spark.supportDataType(dataType);
    }

    @Override
    public boolean supportFieldName(String name) {
        return spark.supportFieldName(name);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return other instanceof SequenceParquetFormat;
    }

    @Override
    public int hashCode() {
        return SequenceParquetFormat.class.hashCode();
    }

    @Override
    public String toString() {
        return NAME;
    }
}
