package io.sparkrnn.parquet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkrnn.spark.LocalSpark;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.mapreduce.Job;
import org.apache.hadoop.mapreduce.TaskAttemptID;
import org.apache.hadoop.mapreduce.task.TaskAttemptContextImpl;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.ParquetReader;
import org.apache.parquet.hadoop.example.GroupReadSupport;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.spark.sql.DataFrameWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.util.GenericArrayData;
import org.apache.spark.sql.execution.datasources.OutputWriter;
import org.apache.spark.sql.execution.datasources.OutputWriterFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What this format writes is what any reader of Parquet reads: Spark's, parquet-java's, DuckDB's. */
class WriterTest {
    private static final String[] CODECS = {"snappy", "zstd", "gzip", "lz4_raw", "none"};

    @TempDir
    Path folder;

    /** A call for each 512 bytes is what Hadoop's own number costs; the file of sums begins with "crc", 0, and the number. */
    @ParameterizedTest
    @ValueSource(strings = {"4096", "1024", "512"})
    void theSumsOfALocalFileAreOfLargerPieces(String bytes) throws Exception {
        DataFrameWriter<Row> writer =
                new RandomTable(new Random(1)).rows(70).coalesce(1).write().format(SequenceParquetFormat.NAME);
        String path = folder.resolve("sums").toString();
        (bytes.equals("4096") ? writer : writer.option("file.bytes-per-checksum", bytes)).save(path);
        List<Path> sums;
        try (Stream<Path> files = Files.list(Path.of(path))) {
            sums = files.filter(file -> file.getFileName().toString().startsWith(".part-"))
                    .toList();
        }
        assertThat(sums).hasSize(1);
        ByteBuffer header = ByteBuffer.wrap(Files.readAllBytes(sums.get(0)));
        assertThat(header.getInt()).isEqualTo(('c' << 24) | ('r' << 16) | ('c' << 8));
        assertThat(header.getInt()).isEqualTo(Integer.parseInt(bytes));

        Path damaged;
        try (Stream<Path> files = Files.list(Path.of(path))) {
            damaged = files.filter(file -> file.getFileName().toString().startsWith("part-"))
                    .findFirst()
                    .orElseThrow();
        }
        byte[] file = Files.readAllBytes(damaged);
        file[file.length / 2] ^= 1;
        Files.write(damaged, file);
        assertThatThrownBy(() -> LocalSpark.session().read().parquet(path).collectAsList())
                .hasStackTraceContaining("ChecksumException");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void randomTablesAreReadBackByAll(long seed) throws Exception {
        Random random = new Random(seed);
        Dataset<Row> table = new RandomTable(random).rows(random.nextInt(4) == 0 ? random.nextInt(3) : 70);
        String version = random.nextBoolean() ? "PARQUET_1_0" : "PARQUET_2_0";
        if (version.equals("PARQUET_2_0")) {
            table = withoutStrings(table);
        }
        boolean split = random.nextInt(4) == 0;
        DataFrameWriter<Row> writer = table.coalesce(1)
                .write()
                .format(SequenceParquetFormat.NAME)
                .option("compression", CODECS[random.nextInt(CODECS.length)])
                .option("floatEncoding", split ? "BYTE_STREAM_SPLIT" : "plain")
                .option("parquet.writer.version", version)
                .option("parquet.page.size", new String[] {"200", "5000", "1048576"}[random.nextInt(3)])
                .option("parquet.block.size", new String[] {"20000", "134217728"}[random.nextInt(2)]);
        String path = folder.resolve("t").toString();
        writer.save(path);
        List<String> expected = Values.of(table);

        assertThat(Values.of(readBySpark(path, split)))
                .as("Spark, seed " + seed)
                .isEqualTo(expected);
        assertThat(readBySpark(path, split).schema()).isEqualTo(table.schema().asNullable());
        List<String> lists = Arrays.stream(table.columns())
                .filter(name -> name.startsWith("list") || name.equals("id"))
                .sorted()
                .toList();
        String[] columns = lists.toArray(String[]::new);
        expected = Values.of(table.select(columns[0], Arrays.copyOfRange(columns, 1, columns.length)));
        assertThat(readByParquetJava(path, lists))
                .as("parquet-java, seed " + seed)
                .isEqualTo(expected);
        assertThat(readByDuckDb(path, lists)).as("DuckDB, seed " + seed).isEqualTo(expected);
    }

    /** Spark 4.1's own writer loses strings in files of version 2 (it hands parquet-java arrays that it reuses). */
    private static Dataset<Row> withoutStrings(Dataset<Row> table) {
        for (StructField field : table.schema().fields()) {
            if (field.dataType().existsRecursively(DataTypes.StringType::equals)) {
                table = table.drop(field.name());
            }
        }
        return table;
    }

    private static Dataset<Row> readBySpark(String path, boolean byteStreamSplit) {
        // Spark 4.1's vectorised reader has no decoder of BYTE_STREAM_SPLIT.
        LocalSpark.session().conf().set("spark.sql.parquet.enableVectorizedReader", !byteStreamSplit);
        return LocalSpark.session().read().parquet(path);
    }

    private static List<String> readByParquetJava(String path, List<String> columns) throws Exception {
        List<String> rows = new ArrayList<>();
        try (ParquetReader<Group> reader = ParquetReader.builder(
                        new GroupReadSupport(),
                        new org.apache.hadoop.fs.Path(onlyFile(path).toUri()))
                .build()) {
            for (Group group = reader.read(); group != null; group = reader.read()) {
                List<String> cells = new ArrayList<>();
                for (String column : columns) {
                    cells.add(column + "=" + Values.text(group, column));
                }
                rows.add(String.join(", ", cells));
            }
        }
        return rows;
    }

    private static List<String> readByDuckDb(String path, List<String> columns) throws Exception {
        List<String> rows = new ArrayList<>();
        try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
                Statement statement = connection.createStatement();
                ResultSet result = statement.executeQuery("SELECT " + String.join(", ", columns)
                        + " FROM read_parquet('" + onlyFile(path) + "') ORDER BY id")) {
            while (result.next()) {
                List<String> cells = new ArrayList<>();
                for (int i = 0; i < columns.size(); i++) {
                    cells.add(columns.get(i) + "=" + Values.text(result.getObject(i + 1)));
                }
                rows.add(String.join(", ", cells));
            }
        }
        return rows;
    }

    /** More levels than there is room for before the values, and rows that are larger than a page. */
    @Test
    void longRowsWithManyNulls() {
        Dataset<Row> table = LocalSpark.session()
                .range(0, 2, 1, 1)
                .selectExpr(
                        "id",
                        "transform(sequence(1, 150000 + id), i -> if(i % 2 = 0 or i % 7 = 3, null, float(i))) AS f",
                        "transform(sequence(1, 20000), i -> if(i % 3 = 0, null, array(double(i)))) AS d");
        for (String pageSize : List.of("5000", "1048576")) {
            String path = folder.resolve(pageSize).toString();
            table.write()
                    .format(SequenceParquetFormat.NAME)
                    .option("parquet.page.size", pageSize)
                    .save(path);
            assertThat(Values.of(LocalSpark.session().read().parquet(path))).isEqualTo(Values.of(table));
            assertThat(Values.of(LocalSpark.session()
                            .read()
                            .format(SequenceParquetFormat.NAME)
                            .load(path)))
                    .isEqualTo(Values.of(table));
        }
    }

    /** Not all rows are Spark's unsafe ones. */
    @Test
    void rowsOfAnyKindAreWritten() throws Exception {
        SparkSession spark = LocalSpark.session();
        StructType schema = StructType.fromDDL("id BIGINT, f ARRAY<ARRAY<FLOAT>>, d ARRAY<DOUBLE>");
        Job job = Job.getInstance(new Configuration(spark.sparkContext().hadoopConfiguration()));
        OutputWriterFactory factory = new SequenceParquetFormat()
                .prepareWrite(spark, job, scala.collection.immutable.Map$.MODULE$.empty(), schema);
        Path file = folder.resolve("rows.parquet");
        OutputWriter writer = factory.newInstance(
                file.toString(), schema, new TaskAttemptContextImpl(job.getConfiguration(), new TaskAttemptID()));
        Object floats = new GenericArrayData(new Object[] {1f, null, -0.0f});
        Object doubles = UnsafeArrayData.fromPrimitiveArray(new double[] {1, 2, Double.MIN_VALUE});
        writer.write(new GenericInternalRow(
                new @Nullable Object[] {0L, new GenericArrayData(new @Nullable Object[] {floats, null}), doubles}));
        writer.write(new GenericInternalRow(new @Nullable Object[] {1L, null, new GenericArrayData(new Object[0])}));
        writer.close();

        assertThat(Values.of(spark.read().parquet(file.toString())))
                .containsExactly(
                        "d=" + Values.text(List.of(1d, 2d, Double.MIN_VALUE))
                                + ", f=[[3f800000,null,80000000],null], id=0",
                        "d=[], f=null, id=1");
    }

    @Test
    void aNullWhereTheSchemaHasNoneIsRefused() throws Exception {
        SparkSession spark = LocalSpark.session();
        StructType schema = new StructType().add("f", DataTypes.createArrayType(DataTypes.FloatType, false), false);
        Job job = Job.getInstance(new Configuration(spark.sparkContext().hadoopConfiguration()));
        OutputWriter writer = new SequenceParquetFormat()
                .prepareWrite(spark, job, scala.collection.immutable.Map$.MODULE$.empty(), schema)
                .newInstance(
                        folder.resolve("x.parquet").toString(),
                        schema,
                        new TaskAttemptContextImpl(job.getConfiguration(), new TaskAttemptID()));
        assertThatThrownBy(() -> writer.write(
                        new GenericInternalRow(new Object[] {new GenericArrayData(new @Nullable Object[] {1f, null})})))
                .hasMessageContaining("column f.list.element: element 1 is null, but the table's schema says");
        writer.close();
        assertThatThrownBy(() -> footer(folder.toString()))
                .as("a file that is not whole")
                .isNotNull();
    }

    @Test
    void footerIsTheOneSparkWrites() throws Exception {
        Dataset<Row> table = new RandomTable(new Random(5)).rows(50).coalesce(1);
        String ours = folder.resolve("ours").toString();
        String sparks = folder.resolve("sparks").toString();
        table.write().format(SequenceParquetFormat.NAME).save(ours);
        table.write().parquet(sparks);

        ParquetMetadata our = footer(ours);
        ParquetMetadata theirs = footer(sparks);
        assertThat(our.getFileMetaData().getSchema())
                .isEqualTo(theirs.getFileMetaData().getSchema());
        assertThat(our.getFileMetaData().getKeyValueMetaData())
                .isEqualTo(theirs.getFileMetaData().getKeyValueMetaData());
        assertThat(our.getBlocks()).hasSameSizeAs(theirs.getBlocks());
        assertThat(our.getBlocks().get(0).getColumns())
                .hasSameSizeAs(theirs.getBlocks().get(0).getColumns());
        for (int i = 0; i < our.getBlocks().get(0).getColumns().size(); i++) {
            assertThat(our.getBlocks().get(0).getColumns().get(i).getStatistics())
                    .as(our.getBlocks().get(0).getColumns().get(i).toString())
                    .isEqualTo(theirs.getBlocks().get(0).getColumns().get(i).getStatistics());
        }
    }

    private static ParquetMetadata footer(String folder) throws Exception {
        try (ParquetFileReader reader = ParquetFileReader.open(HadoopInputFile.fromPath(
                new org.apache.hadoop.fs.Path(onlyFile(folder).toUri()), new Configuration()))) {
            return reader.getFooter();
        }
    }

    private static Path onlyFile(String folder) throws Exception {
        try (Stream<Path> files = Files.list(Path.of(folder))) {
            List<Path> found =
                    files.filter(file -> file.toString().endsWith(".parquet")).toList();
            assertThat(found).hasSize(1);
            return found.get(0);
        }
    }
}
