package io.sparkrnn.parquet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.sparkrnn.parquet.read.ChecksumPolicy;
import io.sparkrnn.parquet.read.DamagedFileException;
import io.sparkrnn.platform.BuiltFor;
import io.sparkrnn.platform.ScalaCollections;
import io.sparkrnn.spark.LocalSpark;
import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.spark.paths.SparkPath;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.execution.datasources.FileFormat;
import org.apache.spark.sql.execution.datasources.PartitionedFile;
import org.apache.spark.sql.execution.datasources.parquet.ParquetFileFormat;
import org.apache.spark.sql.sources.Filter;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import scala.Function1;
import scala.collection.Iterator;

/** A damaged file is an error that says where, or the same numbers; it is never other numbers, and it always ends. */
class HostileParquetTest {
    private static final StructType SCHEMA = StructType.fromDDL("f ARRAY<ARRAY<FLOAT>>, g ARRAY<DOUBLE>");

    private final SparkSession spark = LocalSpark.session();

    @TempDir
    Path folder;

    private byte[] file(String codec, String version, String format) throws IOException {
        Path path = folder.resolve("t");
        spark.range(0, 60, 1, 1)
                .selectExpr(
                        "if(id % 11 = 3, null, transform(sequence(1, id % 4 + 1), t -> transform(sequence(0, id % 6),"
                                + " i -> float(if(i = 4, null, randn(7)))))) AS f",
                        "transform(sequence(1, 20), i -> double(i % 5)) AS g")
                .write()
                .format(format)
                .option("compression", codec)
                .option("parquet.writer.version", version)
                .option("parquet.page.size", 600)
                .option("parquet.page.size.row.check.min", 5)
                .option("parquet.block.size", 1000)
                .save(path.toString());
        try (var files = Files.list(path)) {
            return Files.readAllBytes(files.filter(file -> file.toString().endsWith(".parquet"))
                    .findFirst()
                    .orElseThrow());
        }
    }

    private Function1<PartitionedFile, Iterator<InternalRow>> reader(FileFormat format, ChecksumPolicy checksums) {
        Configuration conf = new Configuration(spark.sparkContext().hadoopConfiguration());
        conf.setBoolean(SequenceParquetFormat.VERIFY_CHECKSUMS, checksums == ChecksumPolicy.VERIFY);
        return reader(format, conf);
    }

    private Function1<PartitionedFile, Iterator<InternalRow>> reader(FileFormat format, Configuration conf) {
        return format.buildReaderWithPartitionValues(
                spark,
                SCHEMA,
                new StructType(),
                SCHEMA,
                ScalaCollections.seq(List.<Filter>of()),
                ScalaCollections.map(Map.of(FileFormat.OPTION_RETURNING_BATCH(), "false")),
                conf);
    }

    /** The rows as text. */
    private List<String> read(byte[] bytes, Function1<PartitionedFile, Iterator<InternalRow>> reader)
            throws IOException {
        Path path = folder.resolve("damaged.parquet");
        Files.write(path, bytes);
        Iterator<InternalRow> rows = reader.apply(new PartitionedFile(
                InternalRow.empty(),
                SparkPath.fromPathString(path.toUri().toString()),
                0,
                bytes.length,
                new String[0],
                0,
                bytes.length,
                ScalaCollections.map(Map.<String, Object>of())));
        List<String> texts = new ArrayList<>();
        try {
            while (rows.hasNext()) {
                texts.add(text(rows.next()));
            }
        } finally {
            ((Closeable) rows).close();
        }
        return texts;
    }

    private static String text(InternalRow row) {
        StringBuilder text = new StringBuilder();
        if (row.isNullAt(0)) {
            text.append("null");
        } else {
            for (int t = 0; t < row.getArray(0).numElements(); t++) {
                var step = row.getArray(0).getArray(t);
                for (int i = 0; i < step.numElements(); i++) {
                    text.append(step.isNullAt(i) ? "null" : Float.floatToRawIntBits(step.getFloat(i)))
                            .append(',');
                }
                text.append(';');
            }
        }
        for (int i = 0; i < row.getArray(1).numElements(); i++) {
            text.append(row.getArray(1).getDouble(i)).append(',');
        }
        return text.toString();
    }

    @ParameterizedTest
    @CsvSource({
        "snappy, PARQUET_1_0, sequence-parquet, 1",
        "zstd, PARQUET_2_0, sequence-parquet, 2",
        "gzip, PARQUET_1_0, parquet, 3",
        "none, PARQUET_2_0, parquet, 4",
        "lz4_raw, PARQUET_1_0, parquet, 5"
    })
    void flippedBitsInPagesAreFoundByTheirChecksums(String codec, String version, String format, long seed)
            throws IOException {
        assumeFalse(
                version.equals("PARQUET_2_0") && BuiltFor.spark().equals("3.5"),
                "the parquet-java of Spark 3.5 writes no checksums of pages of version 2");
        byte[] whole = file(codec, version, format);
        var reader = reader(new SequenceParquetFormat(), ChecksumPolicy.VERIFY);
        List<String> expected = read(whole, reader);
        assertThat(expected).hasSize(60);
        Random random = new Random(seed);
        List<ColumnChunkMetaData> chunks = chunks(whole);
        Set<String> places = new HashSet<>();
        for (int i = 0; i < 60; i++) {
            ColumnChunkMetaData chunk = chunks.get(random.nextInt(chunks.size()));
            int at = (int) (chunk.getStartingPos() + random.nextInt((int) chunk.getTotalSize()));
            byte[] damaged = whole.clone();
            damaged[at] ^= (byte) (1 << random.nextInt(8));
            try {
                assertThat(read(damaged, reader))
                        .as("byte " + at + ", seed " + seed)
                        .isEqualTo(expected);
            } catch (DamagedFileException e) {
                assertThat(e)
                        .hasMessageContaining("damaged.parquet, column ")
                        .hasMessageContaining(String.join(".", chunk.getPath().toArray()))
                        .hasMessageContaining("row group " + chunk.getRowGroupOrdinal());
                places.add(chunk.getPath() + " " + chunk.getRowGroupOrdinal());
            }
        }
        assertThat(places).hasSizeGreaterThan(3);
    }

    @Test
    void checksumsAreVerifiedUnlessTheSettingSaysOtherwise() throws IOException {
        byte[] damaged = file("none", "PARQUET_1_0", "sequence-parquet");
        ColumnChunkMetaData chunk = chunks(damaged).get(0);
        // The last value's lowest byte: nothing but its checksum shows that it is another number.
        damaged[(int) (chunk.getStartingPos() + chunk.getTotalSize() - Float.BYTES)] ^= 1;
        Configuration conf = new Configuration(spark.sparkContext().hadoopConfiguration());
        conf.unset(SequenceParquetFormat.VERIFY_CHECKSUMS);
        assertThatThrownBy(() -> read(damaged, reader(new SequenceParquetFormat(), conf)))
                .isInstanceOf(DamagedFileException.class)
                .hasMessageContaining("a page's checksum is ");
        assertThat(read(damaged, reader(new SequenceParquetFormat(), ChecksumPolicy.IGNORE)))
                .hasSize(60);
    }

    /** Without checksums other numbers are possible where a value itself is hit; all else is an error, and it ends. */
    @ParameterizedTest
    @CsvSource({
        "snappy, PARQUET_1_0, sequence-parquet, 6",
        "none, PARQUET_1_0, parquet, 7",
        "none, PARQUET_2_0, sequence-parquet, 8"
    })
    void damagedPagesAlwaysEnd(String codec, String version, String format, long seed) throws IOException {
        byte[] whole = file(codec, version, format);
        var reader = reader(new SequenceParquetFormat(), ChecksumPolicy.IGNORE);
        Random random = new Random(seed);
        List<ColumnChunkMetaData> chunks = chunks(whole);
        int errors = 0;
        for (int i = 0; i < 80; i++) {
            ColumnChunkMetaData chunk = chunks.get(random.nextInt(chunks.size()));
            byte[] damaged = whole.clone();
            int at = (int) (chunk.getStartingPos() + random.nextInt((int) chunk.getTotalSize() - 8));
            for (int b = random.nextInt(8); b >= 0; b--) {
                damaged[at + b] = (byte) (random.nextBoolean() ? random.nextInt() : 0xff);
            }
            try {
                assertThat(read(damaged, reader)).hasSize(60);
            } catch (DamagedFileException e) {
                errors++;
                assertThat(e)
                        .hasMessageContaining("damaged.parquet, column "
                                + String.join(".", chunk.getPath().toArray()));
            }
        }
        assertThat(errors).isBetween(5, 79);
    }

    @Test
    void flippedBitsInTheFooterGiveNoOtherNumbers() throws IOException {
        byte[] whole = file("snappy", "PARQUET_1_0", "sequence-parquet");
        var reader = reader(new SequenceParquetFormat(), ChecksumPolicy.VERIFY);
        var sparks = reader(new ParquetFileFormat(), ChecksumPolicy.IGNORE);
        List<String> expected = read(whole, reader);
        int footer = footerStart(whole);
        Random random = new Random(9);
        int errors = 0;
        int left = 0;
        for (int i = 0; i < 150; i++) {
            byte[] damaged = whole.clone();
            int at = footer + random.nextInt(whole.length - footer);
            damaged[at] ^= (byte) (1 << random.nextInt(8));
            try {
                List<String> found = read(damaged, reader);
                if (found.equals(expected)) {
                    left++;
                } else {
                    // A column of another name, or of another row group, is another table to any reader.
                    assertThat(found).as("byte " + at).isEqualTo(read(damaged, sparks));
                }
            } catch (DamagedFileException e) {
                errors++;
                assertThat(e).hasMessageContaining("damaged.parquet");
            } catch (Exception e) { // whatever Spark's reader says of a column that the footer calls otherwise
                assertThat(e.getClass().getName()).startsWith("org.apache.");
            }
        }
        assertThat(errors).isPositive();
        assertThat(left).isPositive();
    }

    @Test
    void cutFilesAreErrors() throws IOException {
        byte[] whole = file("snappy", "PARQUET_1_0", "sequence-parquet");
        var reader = reader(new SequenceParquetFormat(), ChecksumPolicy.IGNORE);
        Random random = new Random(10);
        for (int i = 0; i < 15; i++) {
            byte[] cut = java.util.Arrays.copyOf(whole, i == 0 ? 0 : random.nextInt(whole.length));
            try {
                read(cut, reader);
                throw new AssertionError(cut.length + " of " + whole.length + " bytes were read as a file");
            } catch (DamagedFileException e) {
                assertThat(e).hasMessageContaining("damaged.parquet: its footer cannot be read");
            }
        }
    }

    private List<ColumnChunkMetaData> chunks(byte[] whole) throws IOException {
        Path path = folder.resolve("whole.parquet");
        Files.write(path, whole);
        try (ParquetFileReader reader = ParquetFileReader.open(
                HadoopInputFile.fromPath(new org.apache.hadoop.fs.Path(path.toUri()), new Configuration()))) {
            return reader.getRowGroups().stream()
                    .flatMap(rowGroup -> rowGroup.getColumns().stream())
                    .toList();
        }
    }

    private static int footerStart(byte[] file) {
        int length = java.nio.ByteBuffer.wrap(file)
                .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                .getInt(file.length - 8);
        return file.length - 8 - length;
    }
}
