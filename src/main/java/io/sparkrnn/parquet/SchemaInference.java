package io.sparkrnn.parquet;

import io.sparkrnn.parquet.layout.HalfPrecision;
import io.sparkrnn.parquet.layout.ListLayout;
import io.sparkrnn.parquet.layout.PageNumber;
import io.sparkrnn.parquet.read.DamagedFileException;
import io.sparkrnn.parquet.read.ScanReport;
import io.sparkrnn.parquet.read.UnknownAnnotation;
import io.sparkrnn.parquet.read.UnreadColumn;
import java.io.IOException;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.parquet.HadoopReadOptions;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.format.converter.ParquetMetadataConverter;
import org.apache.parquet.hadoop.Footer;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.metadata.FileMetaData;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Types;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.datasources.parquet.ParquetFileFormat;
import org.apache.spark.sql.execution.datasources.parquet.ParquetOptions;
import org.apache.spark.sql.execution.datasources.parquet.ParquetToSparkSchemaConverter;
import org.apache.spark.sql.internal.SQLConf;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Option;

/**
 * The schema of a table. Spark's own inference converts every column of a file and fails at the first one that it has no
 * type for, though nobody may ask for that column: a timestamp in nanoseconds, as pandas writes them, a time of day, a
 * float16. Here such columns are left out, and it is said; of float16 the lists are taken, which {@code ListColumnReader}
 * reads as float.
 *
 * <p>Which files are looked at, and how a field becomes one of Spark's, is decided as Spark decides it, by its converter.
 */
final class SchemaInference {
    private static final Logger LOG = LoggerFactory.getLogger(SchemaInference.class);

    private final SQLConf sqlConf;
    private final Configuration conf;
    private final boolean merge;
    private final ParquetToSparkSchemaConverter converter;
    private final @Nullable ScanReport report;

    /** By column; of several files the first that has such a one. */
    private final Map<String, UnreadColumn> unread;

    private final Map<String, UnreadColumn> onlyDirect;

    SchemaInference(
            SparkSession session, scala.collection.immutable.Map<String, String> options, @Nullable ScanReport report) {
        this.sqlConf = session.sessionState().conf();
        this.conf = session.sessionState().newHadoopConfWithOptions(options);
        this.merge = new ParquetOptions(options, sqlConf).mergeSchema();
        this.converter = new ParquetToSparkSchemaConverter(sqlConf);
        this.report = report;
        Comparator<String> names =
                sqlConf.caseSensitiveAnalysis() ? Comparator.naturalOrder() : String.CASE_INSENSITIVE_ORDER;
        this.unread = new TreeMap<>(names);
        this.onlyDirect = new TreeMap<>(names);
    }

    /**
     * The schema of {@code files}. Of one file it is had here, by what Spark itself calls in a job of its own; of many,
     * Spark is asked where it has a type for each column of the first.
     *
     * @param sparks what Spark says, or fails with
     */
    Option<StructType> schema(List<FileStatus> files, Supplier<Option<StructType>> sparks) {
        List<FileStatus> read = whatSparkReads(files);
        if (read.isEmpty()) {
            return sparks.get();
        }
        StructType schema;
        try {
            schema = schema(read.get(0));
        } catch (DamagedFileException e) {
            throw e;
        } catch (Exception e) { // also Spark's checked ones, unseen by the compiler
            LOG.debug("left to Spark", e);
            return sparks.get();
        }
        if (merge) {
            return merged(schema, read.subList(1, read.size()), sparks);
        }
        tell();
        return Option.apply(schema);
    }

    private boolean isWhole() {
        return unread.isEmpty() && onlyDirect.isEmpty();
    }

    private Option<StructType> merged(StructType first, List<FileStatus> others, Supplier<Option<StructType>> sparks) {
        Exception refused = null;
        if (isWhole()) {
            try {
                return sparks.get();
            } catch (Exception e) { // Spark's checked ones, unseen by the compiler
                refused = e;
            }
        }
        StructType schema = first;
        try {
            for (FileStatus file : others) {
                schema = schema.merge(schema(file), sqlConf.caseSensitiveAnalysis());
            }
        } catch (Exception e) { // Spark's checked ones, unseen by the compiler; all are thrown on
            throw SchemaInference.<RuntimeException>rethrown(refused == null ? e : refused);
        }
        if (refused != null && isWhole()) {
            throw SchemaInference.<RuntimeException>rethrown(refused);
        }
        tell();
        // A column that Spark reads of some files and not of others cannot be read of all.
        List<StructField> fields = new ArrayList<>(List.of(schema.fields()));
        fields.removeIf(field -> unread.containsKey(field.name()));
        return Option.apply(new StructType(fields.toArray(StructField[]::new)));
    }

    @SuppressWarnings({"unchecked", "TypeParameterUnusedInFormals"})
    private static <E extends Exception> E rethrown(Exception e) throws E {
        throw (E) e;
    }

    private void tell() {
        unread.values().forEach(column -> {
            if (report == null) {
                LOG.warn(
                        "{}: {} is left out, for Spark does not read it: {}",
                        column.file(),
                        column.description(),
                        column.cure());
            } else {
                report.addUnread(column);
            }
        });
        if (report != null) {
            onlyDirect.values().forEach(report::addOnlyDirect);
        }
    }

    /** All files where schemas are merged, else a summary if there is one, else the first file by name. */
    private List<FileStatus> whatSparkReads(List<FileStatus> files) {
        List<FileStatus> sorted = files.stream()
                .sorted(Comparator.comparing(file -> file.getPath().toString()))
                .toList();
        List<FileStatus> summaries = new ArrayList<>();
        for (String name :
                List.of(ParquetFileWriter.PARQUET_COMMON_METADATA_FILE, ParquetFileWriter.PARQUET_METADATA_FILE)) {
            sorted.stream()
                    .filter(file -> file.getPath().getName().equals(name))
                    .forEach(summaries::add);
        }
        List<FileStatus> data =
                sorted.stream().filter(file -> !summaries.contains(file)).toList();
        if (merge) {
            List<FileStatus> all = new ArrayList<>(sqlConf.isParquetSchemaRespectSummaries() ? List.of() : data);
            all.addAll(summaries);
            return all;
        }
        List<FileStatus> first = summaries.isEmpty() ? data : summaries;
        return first.isEmpty() ? List.of() : first.subList(0, 1);
    }

    /** What of the file's columns can be read. */
    private StructType schema(FileStatus file) throws IOException {
        FileMetaData metadata = metadata(file);
        MessageType schema = metadata.getSchema();
        try {
            return convert(file, metadata, schema);
        } catch (Exception e) { // Spark's checked ones, unseen by the compiler
            LOG.debug("left to Spark, which refuses the whole of {}", file.getPath(), e);
        }
        List<Type> fields = new ArrayList<>();
        for (Type field : schema.getFields()) {
            if (converts(field)) {
                fields.add(field);
                continue;
            }
            Type widened = widened(field);
            if (isListOfHalves(schema, field, widened)) {
                fields.add(widened);
                onlyDirect.putIfAbsent(field.getName(), culprit(file, field));
            } else {
                unread.putIfAbsent(field.getName(), culprit(file, field));
            }
        }
        return convert(file, metadata, new MessageType(schema.getName(), fields));
    }

    private FileMetaData metadata(FileStatus file) throws IOException {
        ParquetReadOptions options = HadoopReadOptions.builder(conf, file.getPath())
                .withMetadataFilter(ParquetMetadataConverter.SKIP_ROW_GROUPS)
                .build();
        HadoopInputFile input = HadoopInputFile.fromStatus(file, conf);
        try (ParquetFileReader reader = ParquetFileReader.open(input, options)) {
            return reader.getFileMetaData();
        } catch (RuntimeException e) {
            DamagedFileException unknown = UnknownAnnotation.in(input);
            throw unknown == null ? e : unknown;
        }
    }

    /** As Spark does it, which goes by its own schema in the footer where there is one. */
    private StructType convert(FileStatus file, FileMetaData metadata, MessageType schema) {
        FileMetaData asked = new FileMetaData(schema, metadata.getKeyValueMetaData(), metadata.getCreatedBy());
        return ParquetFileFormat.readSchemaFromFooter(
                new Footer(file.getPath(), new ParquetMetadata(asked, List.of())), converter);
    }

    private boolean converts(Type field) {
        try {
            return converter.convert(new MessageType("field", field)).length() == 1;
        } catch (Exception e) { // Spark's checked ones, unseen by the compiler
            return false;
        }
    }

    /** Whether {@code field} is a list that Spark takes as {@code widened}, and that can be read directly. */
    private boolean isListOfHalves(MessageType schema, Type field, Type widened) {
        if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN
                || conf.get("parquet.crypto.factory.class") != null
                || !converts(widened)) {
            return false;
        }
        ListLayout layout = ListLayout.of(
                schema,
                field,
                converter.convert(new MessageType("field", widened)).fields()[0].dataType());
        return layout != null && layout.number() == PageNumber.FLOAT16;
    }

    /** The same with float for float16. */
    private static Type widened(Type type) {
        if (!type.isPrimitive()) {
            GroupType group = type.asGroupType();
            return group.withNewFields(
                    group.getFields().stream().map(SchemaInference::widened).toList());
        }
        return HalfPrecision.isFloat16(type.asPrimitiveType())
                ? Types.primitive(PrimitiveTypeName.FLOAT, type.getRepetition()).named(type.getName())
                : type;
    }

    /** The first leaf of {@code field} that Spark has no type for. */
    private UnreadColumn culprit(FileStatus file, Type field) {
        String path = file.getPath().toString();
        MessageType alone = new MessageType("field", field);
        for (String[] leaf : alone.getPaths()) {
            PrimitiveType type = alone.getType(leaf).asPrimitiveType();
            if (!converts(type)) {
                return UnreadColumn.of(path, field.getName(), String.join(".", leaf), type);
            }
        }
        return UnreadColumn.ofLayout(path, field.getName());
    }
}
