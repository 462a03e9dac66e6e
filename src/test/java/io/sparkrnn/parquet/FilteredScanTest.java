package io.sparkrnn.parquet;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.parquet.read.ScanReport;
import io.sparkrnn.spark.LocalSpark;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A filter leaves out row groups, and the rest of the scan is as direct as without one. */
class FilteredScanTest {
    private static final int ROWS = 1600;

    private final SparkSession spark = LocalSpark.session();

    @TempDir
    Path folder;

    private String path;

    /** Rows in the order of id, in more than eight row groups of one file. */
    @BeforeEach
    void write() {
        path = folder.resolve("t").toString();
        spark.range(0, ROWS, 1, 1)
                .selectExpr(
                        "id",
                        "concat('name', id % 7) AS name",
                        "if(id % 5 = 0, null, id / 3) AS third",
                        "date_add(date'2020-01-01', int(id)) AS day",
                        "CAST(id AS decimal(10, 2)) AS price",
                        "transform(sequence(0, id % 9), i -> float(i + id)) AS f",
                        "transform(sequence(0, id % 3), j -> array(double(id), double(j))) AS d")
                .write()
                .option("parquet.block.size", "4000")
                .option("parquet.page.size", "500")
                .option("parquet.page.size.row.check.min", "5")
                .option("parquet.page.write-checksum.enabled", "true")
                .parquet(path);
    }

    @AfterEach
    void resetSettings() {
        List.of("spark.sql.files.maxPartitionBytes", "spark.sql.parquet.filterPushdown")
                .forEach(spark.conf()::unset);
    }

    private Path file() throws IOException {
        try (Stream<Path> files = Files.list(Path.of(path))) {
            return files.filter(file -> file.toString().endsWith(".parquet"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private List<BlockMetaData> rowGroups() throws IOException {
        try (ParquetFileReader reader = ParquetFileReader.open(
                HadoopInputFile.fromPath(new org.apache.hadoop.fs.Path(file().toUri()), new Configuration()))) {
            return reader.getRowGroups();
        }
    }

    private Dataset<Row> direct(ScanReport report) {
        return report.follow(spark.read().format(SequenceParquetFormat.NAME)).load(path);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void filteredRowsAreThoseOfSparksReader(long seed) throws IOException {
        assertThat(rowGroups()).hasSizeGreaterThan(8);
        Random random = new Random(seed);
        int from = random.nextInt(ROWS);
        String[] filters = {
            "id >= " + from + " AND id < " + (from + random.nextInt(200)),
            "id IN (" + random.nextInt(ROWS) + ", " + random.nextInt(ROWS) + ") OR id > " + (ROWS - random.nextInt(30)),
            "name = 'name" + random.nextInt(9) + "'",
            "third IS NULL AND id < 200",
            "day > date'202" + random.nextInt(4) + "-05-10' AND price < " + random.nextInt(ROWS),
            "NOT (id > " + from + ") AND f[0] > 3",
            "name LIKE 'name3%' AND size(d) = 2",
            "id < 0"
        };
        if (random.nextBoolean()) {
            spark.conf().set("spark.sql.files.maxPartitionBytes", "20000");
        }
        for (String filter : filters) {
            for (String[] columns : new String[][] {
                {"id", "name", "third", "day", "price", "f", "d"},
                {"CAST(f[0] AS long) AS id", "f", "d"},
                {"id", "d", "_metadata.row_index"}
            }) {
                try (ScanReport report = ScanReport.start(spark.sparkContext())) {
                    assertThat(Values.of(direct(report).where(filter).selectExpr(columns)))
                            .as("seed " + seed + ", " + filter)
                            .isEqualTo(Values.of(
                                    spark.read().parquet(path).where(filter).selectExpr(columns)));
                    assertThat(report.reasons()).isEmpty();
                    assertThat(report.directParts()).isPositive();
                }
            }
        }
    }

    /** Damages every page of float lists in all row groups but the one that holds the row. */
    private void damageAllBut(long row) throws IOException {
        long first = 0;
        try (RandomAccessFile bytes = new RandomAccessFile(file().toFile(), "rw")) {
            for (BlockMetaData rowGroup : rowGroups()) {
                boolean holds = first <= row && row < first + rowGroup.getRowCount();
                for (ColumnChunkMetaData chunk : rowGroup.getColumns()) {
                    if (!holds && chunk.getPath().size() > 1) {
                        bytes.seek(chunk.getStartingPos());
                        bytes.write(new byte[(int) chunk.getTotalSize()]);
                    }
                }
                first += rowGroup.getRowCount();
            }
        }
        Files.deleteIfExists(Path.of(path, "." + file().getFileName() + ".crc"));
    }

    @Test
    void rowGroupsThatAreLeftOutAreNotRead() throws IOException {
        damageAllBut(201);
        try (ScanReport report = ScanReport.start(spark.sparkContext())) {
            List<Row> rows = direct(report).where("id = 201").collectAsList();
            assertThat(rows).singleElement().extracting(row -> row.getLong(0)).isEqualTo(201L);
            assertThat(report.directParts()).isEqualTo(1);
        }
    }

    @Test
    void aSessionThatPushesNoFiltersReadsAll() throws IOException {
        damageAllBut(201);
        spark.conf().set("spark.sql.parquet.filterPushdown", "false");
        try (ScanReport report = ScanReport.start(spark.sparkContext())) {
            assertThat(org.assertj.core.api.Assertions.catchThrowable(
                            () -> direct(report).where("id = 201").collectAsList()))
                    .hasStackTraceContaining("DamagedFileException");
        }
    }
}
