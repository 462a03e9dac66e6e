package io.sparkrnn.parquet;

import io.sparkrnn.platform.BuiltFor;
import io.sparkrnn.platform.ScalaCollections;
import java.io.Serializable;
import java.util.List;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.execution.datasources.FileFormat;
import org.apache.spark.sql.execution.datasources.PartitionedFile;
import org.apache.spark.sql.execution.datasources.parquet.ParquetFileFormat;
import org.apache.spark.sql.internal.SQLConf;
import org.apache.spark.sql.sources.Filter;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import scala.Function1;
import scala.Option;
import scala.collection.Iterator;
import scala.collection.immutable.Map;

/**
 * The methods of a file format in front of Spark's own {@code parquet} that have a {@code Seq} in their signature. There is one
 * such class for each Scala: what Spark's sources call {@code Seq} is the immutable one in 2.13, and in 2.12 the one that may
 * be mutable.
 */
abstract class SparkFileFormat implements FileFormat, Serializable {
    private static final long serialVersionUID = 1;

    /** Spark's own format. */
    final ParquetFileFormat spark = new ParquetFileFormat();

    /**
     * As {@link FileFormat#inferSchema}.
     *
     * @param sparks what Spark's own format says
     */
    abstract Option<StructType> schema(
            SparkSession session,
            Map<String, String> options,
            List<FileStatus> files,
            Supplier<Option<StructType>> sparks);

    /** As {@link FileFormat#buildReaderWithPartitionValues}. */
    abstract Function1<PartitionedFile, Iterator<InternalRow>> reader(
            SparkSession session,
            StructType dataSchema,
            StructType partitionSchema,
            StructType requiredSchema,
            List<Filter> filters,
            Map<String, String> options,
            Configuration hadoopConf);

    @Override
    public final Function1<PartitionedFile, Iterator<InternalRow>> buildReaderWithPartitionValues(
            SparkSession session,
            StructType dataSchema,
            StructType partitionSchema,
            StructType requiredSchema,
            scala.collection.Seq<Filter> filters,
            Map<String, String> options,
            Configuration hadoopConf) {
        BuiltFor.check();
        return reader(
                session,
                dataSchema,
                partitionSchema,
                requiredSchema,
                ScalaCollections.list(filters),
                options,
                hadoopConf);
    }

    /** What a Spark of Scala 2.13 calls in place of the method above, and would not find: it is told which jar it needs. */
    @SuppressWarnings("DoNotCallSuggester") // it is Spark that calls it
    public final Function1<PartitionedFile, Iterator<InternalRow>> buildReaderWithPartitionValues(
            SparkSession session,
            StructType dataSchema,
            StructType partitionSchema,
            StructType requiredSchema,
            scala.collection.immutable.Seq<Filter> filters,
            Map<String, String> options,
            Configuration hadoopConf) {
        throw BuiltFor.refusal();
    }

    @Override
    public final Option<StructType> inferSchema(
            SparkSession session, Map<String, String> options, scala.collection.Seq<FileStatus> files) {
        BuiltFor.check();
        return schema(session, options, ScalaCollections.list(files), () -> spark.inferSchema(session, options, files));
    }

    /** The same for a Spark of Scala 2.13. */
    @SuppressWarnings("DoNotCallSuggester") // it is Spark that calls it
    public final Option<StructType> inferSchema(
            SparkSession session, Map<String, String> options, scala.collection.immutable.Seq<FileStatus> files) {
        throw BuiltFor.refusal();
    }

    @Override
    public Option<scala.collection.Seq<String>> vectorTypes(
            StructType requiredSchema, StructType partitionSchema, SQLConf conf) {
        return spark.vectorTypes(requiredSchema, partitionSchema, conf);
    }

    @Override
    public scala.collection.Seq<StructField> metadataSchemaFields() {
        return spark.metadataSchemaFields();
    }
}
