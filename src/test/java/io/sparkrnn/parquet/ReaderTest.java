package io.sparkrnn.parquet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkrnn.parquet.read.ScanReport;
import io.sparkrnn.spark.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.column.EncodingStats;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.spark.sql.DataFrameReader;
import org.apache.spark.sql.DataFrameWriter;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What Spark's reader reads of any Parquet file, this format reads too, from the pages where it can. */
class ReaderTest {
    private static final String[] CODECS = {"snappy", "zstd", "gzip", "lz4_raw", "lz4", "none"};

    private final SparkSession spark = LocalSpark.session();

    @TempDir
    Path folder;

    @AfterEach
    void resetSettings() {
        List.of(
                        "spark.sql.parquet.writeLegacyFormat",
                        "spark.sql.parquet.enableVectorizedReader",
                        "spark.sql.files.maxPartitionBytes")
                .forEach(spark.conf()::unset);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10})
    void whatSparkWritesIsReadAsSparkReadsIt(long seed) {
        Random random = new Random(seed);
        Dataset<Row> table = new RandomTable(random).rows(random.nextInt(5) == 0 ? random.nextInt(3) : 90);
        boolean ours = random.nextInt(4) == 0;
        DataFrameWriter<Row> writer = table.repartition(1 + random.nextInt(2))
                .write()
                .format(ours ? SequenceParquetFormat.NAME : "parquet")
                .option("compression", CODECS[random.nextInt(CODECS.length)])
                .option("parquet.writer.version", random.nextBoolean() ? "PARQUET_1_0" : "PARQUET_2_0")
                .option("parquet.enable.dictionary", random.nextBoolean())
                .option("parquet.page.write-checksum.enabled", random.nextBoolean())
                .option("parquet.page.size", new String[] {"200", "5000", "1048576"}[random.nextInt(3)])
                .option("parquet.page.size.row.check.min", "5")
                .option("parquet.block.size", new String[] {"20000", "134217728"}[random.nextInt(2)]);
        String path = folder.resolve("t").toString();
        writer.save(path);
        spark.conf().set("spark.sql.parquet.enableVectorizedReader", random.nextBoolean());
        if (random.nextInt(3) == 0) {
            spark.conf().set("spark.sql.files.maxPartitionBytes", "7000");
        }

        try (ScanReport report = ScanReport.start(spark.sparkContext())) {
            Dataset<Row> read = report.follow(spark.read().format(SequenceParquetFormat.NAME))
                    .option("parquet.page.verify-checksum.enabled", "true")
                    .load(path);
            assertThat(Values.of(read))
                    .as("seed " + seed)
                    .isEqualTo(Values.of(spark.read().parquet(path)));
            assertThat(report.reasons()).isEmpty();
            assertThat(report.directParts()).isPositive();
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void whatSparkWritesInItsLegacyLayoutIsReadDirectly(long seed) {
        Dataset<Row> table = new RandomTable(new Random(seed)).rows(20);
        String path = folder.resolve("t").toString();
        spark.conf().set("spark.sql.parquet.writeLegacyFormat", "true");
        table.write().format(SequenceParquetFormat.NAME).save(path);

        try (ScanReport report = ScanReport.start(spark.sparkContext())) {
            assertThat(Values.of(report.follow(direct()).load(path)))
                    .isEqualTo(Values.of(spark.read().parquet(path)))
                    .isEqualTo(Values.of(table));
            assertThat(report.reasons()).isEmpty();
            assertThat(report.directParts()).isPositive();
        }
    }

    /**
     * As pandas and most others write: by a dictionary until it is full, then plain, within a chunk. The values of a row group
     * begin as few, else there would be no dictionary at all, and become all different.
     */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void dictionaryPagesThenPlainOnes(long seed) throws Exception {
        Random random = new Random(seed);
        String number = "IF(id % 300 < 120, (i + id) % 7, rand(" + seed + ") + i)";
        String element = random.nextBoolean() ? number : "IF(i % 5 = 4, NULL, " + number + ")";
        String lists = "transform(sequence(0, 20 + id % 9), i -> TYPE(" + element + "))";
        String list = random.nextBoolean() ? lists : "IF(id % 11 = 3, NULL, " + lists + ")";
        String floats = list.replace("TYPE", "float");
        String doubles = list.replace("TYPE", "double");
        Dataset<Row> table = spark.range(0, 900, 1, 1)
                .selectExpr(
                        "id",
                        floats + " AS f",
                        doubles + " AS d",
                        "transform(sequence(0, id % 4), j -> " + floats + ") AS ff",
                        "transform(sequence(0, id % 4), j -> " + doubles + ") AS dd");
        String path = folder.resolve("t").toString();
        table.write()
                .option("parquet.writer.version", random.nextBoolean() ? "PARQUET_1_0" : "PARQUET_2_0")
                .option("parquet.dictionary.page.size", "1500")
                .option("parquet.page.size", "2000")
                .option("parquet.page.size.row.check.min", "5")
                .option("parquet.page.size.row.check.max", "10")
                .option("parquet.block.size", random.nextBoolean() ? "200000" : "134217728")
                .option("parquet.block.size.row.check.min", "10")
                .parquet(path);
        assertThat(columnsOfBothKindsOfPages(Path.of(path))).as("seed " + seed).contains("f", "d", "ff", "dd");

        try (ScanReport report = ScanReport.start(spark.sparkContext())) {
            assertThat(Values.of(report.follow(direct()).load(path)))
                    .as("seed " + seed)
                    .isEqualTo(Values.of(spark.read().parquet(path)));
            assertThat(report.reasons()).isEmpty();
            assertThat(report.directParts()).isPositive();
        }
    }

    /** The columns of which a chunk has pages that refer to a dictionary, and others. */
    private static Set<String> columnsOfBothKindsOfPages(Path folder) throws IOException {
        Set<String> columns = new TreeSet<>();
        try (var files = Files.newDirectoryStream(folder, "*.parquet")) {
            for (Path file : files) {
                try (ParquetFileReader reader = ParquetFileReader.open(
                        HadoopInputFile.fromPath(new org.apache.hadoop.fs.Path(file.toUri()), new Configuration()))) {
                    for (BlockMetaData rowGroup : reader.getRowGroups()) {
                        for (ColumnChunkMetaData chunk : rowGroup.getColumns()) {
                            EncodingStats pages = chunk.getEncodingStats();
                            if (pages.hasDictionaryEncodedPages() && pages.hasNonDictionaryEncodedPages()) {
                                columns.add(chunk.getPath().toArray()[0]);
                            }
                        }
                    }
                }
            }
        }
        return columns;
    }

    private DataFrameReader direct() {
        return spark.read().format(SequenceParquetFormat.NAME);
    }

    @Test
    void byteStreamSplitOfEitherWidth() {
        Dataset<Row> table = spark.range(0, 100, 1, 1)
                .selectExpr(
                        "id",
                        "transform(sequence(0, id % 9), i -> float(randn(3) + i)) AS f",
                        "transform(sequence(0, id % 3), j -> transform(sequence(0, id), i -> randn(4) + i)) AS d")
                .cache();
        for (String version : List.of("PARQUET_1_0", "PARQUET_2_0")) {
            String path = folder.resolve(version).toString();
            table.write()
                    .format(SequenceParquetFormat.NAME)
                    .option("floatEncoding", "byte_stream_split")
                    .option("parquet.writer.version", version)
                    .save(path);
            assertThat(Values.of(direct().load(path))).isEqualTo(Values.of(table));
        }
        table.unpersist();
    }

    @Test
    void columnsArePrunedAndPartitionColumnsAppended() {
        String path = folder.resolve("t").toString();
        spark.range(0, 40, 1, 2)
                .selectExpr(
                        "id",
                        "array(float(id), float(1)) AS a",
                        "concat('name', id) AS name",
                        "array(array(double(id))) AS b",
                        "string(id % 3) AS part",
                        "date_add(date'2020-01-01', int(id % 2)) AS day")
                .write()
                .format(SequenceParquetFormat.NAME)
                .partitionBy("part", "day")
                .save(path);
        Dataset<Row> ours = direct().load(path);
        Dataset<Row> sparks = spark.read().parquet(path);
        assertThat(Values.of(ours)).isEqualTo(Values.of(sparks)).hasSize(40);
        for (String[] columns : new String[][] {
            {"id", "a"}, {"b", "id", "part"}, {"a", "name", "id", "day"}, {"id", "name"}, {"part", "a", "b", "id"}
        }) {
            assertThat(Values.of(ours.selectExpr(columns))).isEqualTo(Values.of(sparks.selectExpr(columns)));
        }
        assertThat(ours.select("a").collectAsList())
                .containsExactlyInAnyOrderElementsOf(sparks.select("a").collectAsList());
        assertThat(ours.select("part", "a").collectAsList())
                .containsExactlyInAnyOrderElementsOf(sparks.select("part", "a").collectAsList());
        assertThat(ours.where("part = '1'").count())
                .isEqualTo(sparks.where("part = '1'").count());
        assertThat(ours.count()).isEqualTo(40);
        String[] metadata = {"id", "a", "_metadata.file_name", "_metadata.row_index"};
        assertThat(Values.of(ours.selectExpr(metadata))).isEqualTo(Values.of(sparks.selectExpr(metadata)));
    }

    @Test
    void filesWithoutTheColumnAreSparksAffair() {
        String path = folder.resolve("t").toString();
        Dataset<Row> table = spark.range(0, 40, 1, 1).selectExpr("id", "array(float(id)) AS a");
        table.write().format(SequenceParquetFormat.NAME).save(path);
        table.selectExpr("id + 100 AS id", "array(float(id)) AS other")
                .write()
                .mode("append")
                .format(SequenceParquetFormat.NAME)
                .save(path);
        try (ScanReport report = ScanReport.start(spark.sparkContext())) {
            Dataset<Row> both =
                    report.follow(direct()).option("mergeSchema", "true").load(path);
            assertThat(both.collectAsList())
                    .containsExactlyInAnyOrderElementsOf(spark.read()
                            .option("mergeSchema", "true")
                            .parquet(path)
                            .select(both.columns()[0], both.columns()[1], both.columns()[2])
                            .collectAsList());
            assertThat(report.directParts()).isZero();
            assertThat(report.reasons())
                    .isEqualTo(
                            Map.of("column a is in the file 0 times", 1L, "column other is in the file 0 times", 1L));
        }
        try (ScanReport report = ScanReport.start(spark.sparkContext())) {
            assertThat(report.follow(direct())
                            .schema("id long, a array<float>")
                            .load(path)
                            .where("id > 100 AND id < 110")
                            .count())
                    .isEqualTo(9);
            assertThat(report.reasons()).as("nothing to read directly").isEmpty();
        }
        try (ScanReport report = ScanReport.start(spark.sparkContext())) {
            assertThat(report.follow(direct())
                            .schema("id long, a array<float>")
                            .load(path)
                            .where("id > 10 AND id < 20")
                            .collectAsList())
                    .hasSize(9);
            assertThat(report.reasons()).containsOnlyKeys("column a is in the file 0 times");
            assertThat(report.directParts()).isEqualTo(1);
        }
    }

    @Test
    void overwritingPartitionsDynamicallyLeavesTheOthers() {
        String path = folder.resolve("t").toString();
        Dataset<Row> table = spark.range(0, 30, 1, 1).selectExpr("id", "array(float(id)) AS a", "id % 3 AS part");
        table.write().format(SequenceParquetFormat.NAME).partitionBy("part").save(path);
        table.where("part = 1")
                .selectExpr("id + 100 AS id", "a", "part")
                .write()
                .format(SequenceParquetFormat.NAME)
                .partitionBy("part")
                .option("partitionOverwriteMode", "dynamic")
                .mode("overwrite")
                .save(path);
        assertThat(direct().load(path).where("part = 1 AND id >= 100").count()).isEqualTo(10);
        assertThat(direct().load(path).count()).isEqualTo(30);
    }

    @Test
    void anUnknownEncodingIsRefused() {
        assertThatThrownBy(() -> spark.range(1)
                        .selectExpr("array(1f) AS a")
                        .write()
                        .format(SequenceParquetFormat.NAME)
                        .option("floatEncoding", "delta")
                        .save(folder.resolve("t").toString()))
                .hasMessageContaining("option floatEncoding is 'delta'; expected one of [plain, byte_stream_split]");
    }
}
