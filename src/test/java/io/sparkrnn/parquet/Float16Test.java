package io.sparkrnn.parquet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparkrnn.parquet.layout.Float16;
import io.sparkrnn.parquet.read.DamagedFileException;
import io.sparkrnn.parquet.read.ScanReport;
import io.sparkrnn.parquet.read.UnreadColumn;
import io.sparkrnn.spark.LocalSpark;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.lang.reflect.Field;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.column.ParquetProperties.WriterVersion;
import org.apache.parquet.format.FileMetaData;
import org.apache.parquet.format.LogicalType;
import org.apache.parquet.format.UUIDType;
import org.apache.parquet.format.Util;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Lists of float16 become lists of float, of the same numbers. */
class Float16Test {
    private static final String LIST = "optional group f (LIST) { repeated group list { optional"
            + " fixed_len_byte_array(2) element (FLOAT16); } }";
    private static final String NESTED =
            "optional group f (LIST) { repeated group list { optional group element (LIST) {"
                    + " repeated group list { optional fixed_len_byte_array(2) element (FLOAT16); } } } }";
    private static final String BARE = "repeated fixed_len_byte_array(2) f (FLOAT16);";

    private final SparkSession spark = LocalSpark.session();

    @TempDir
    Path folder;

    /** By the definition of IEEE 754, with a double's arithmetic. */
    private static float truth(int bits) {
        int exponent = (bits >> 10) & 31;
        double fraction = bits & 1023;
        double size = exponent == 31
                ? (fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN)
                : exponent == 0 ? Math.scalb(fraction / 1024, -14) : Math.scalb(1 + fraction / 1024, exponent - 15);
        return (float) ((bits & 0x8000) == 0 ? size : -size);
    }

    private static float truth(byte[] bytes) {
        return truth((bytes[0] & 0xff) | ((bytes[1] & 0xff) << 8));
    }

    @Test
    void everyNumberIsWidenedExactly() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            float truth = truth(bits);
            int widened = Float16.floatBits(bits);
            if (Float.isNaN(truth)) {
                assertThat(Float.intBitsToFloat(widened)).isNaN();
                assertThat(widened >>> 13)
                        .as("the bits of a NaN stay")
                        .isEqualTo(((bits & 0x8000) << 3) | 0x3fc00 | (bits & 1023));
            } else {
                assertThat(widened).isEqualTo(Float.floatToRawIntBits(truth));
            }
        }
    }

    /** Spark reads the same values in the same lists where they are not said to be numbers. */
    @ParameterizedTest
    @CsvSource({
        "list, plain",
        "nested, plain",
        "bare, plain",
        "list, dictionary",
        "nested, dictionary",
        "list, split",
        "nested, split"
    })
    void listsAreReadAsFloats(String layout, String encoding) throws Exception {
        assumeTrue(RandomFile.knowsFloat16(), "this parquet-java has no float16, and cannot write it");
        String field = layout.equals("list") ? LIST : layout.equals("nested") ? NESTED : BARE;
        Set<String> encodings = new HashSet<>();
        for (int seed = 1; seed <= 4; seed++) {
            Path file = folder.resolve(seed + ".parquet");
            Path raw = folder.resolve(seed + "-raw.parquet");
            write(seed, file, field, encoding);
            // Spark reads no split bytes.
            write(seed, raw, field.replace(" (FLOAT16)", ""), encoding.equals("split") ? "plain" : encoding);
            encodings.addAll(encodings(file));
            try (ScanReport report = ScanReport.start(spark.sparkContext())) {
                Dataset<Row> read = report.follow(spark.read().format(SequenceParquetFormat.NAME))
                        .load(file.toString());
                assertThat(read.schema().apply("f").dataType().catalogString())
                        .isEqualTo(layout.equals("nested") ? "array<array<float>>" : "array<float>");
                List<String> expected = Values.of(spark.read().parquet(raw.toString()), Float16Test::truth);
                assertThat(Values.of(read))
                        .as("seed " + seed)
                        .isEqualTo(expected)
                        .hasSize(80);
                assertThat(report.reasons()).isEmpty();
                assertThat(report.directParts()).isPositive();
                assertThat(report.unread()).isEmpty();
                assertThat(report.onlyDirect())
                        .extracting(UnreadColumn::name, UnreadColumn::type)
                        .containsExactly(org.assertj.core.groups.Tuple.tuple("f", "float16"));
                // A filter is Spark's reader's affair where it reads the columns.
                assertThat(Values.of(read.where("id < 50"))).hasSize(50).isSubsetOf(expected);
                assertThat(report.reasons()).isEmpty();
            }
        }
        assertThat(encodings)
                .contains(
                        switch (encoding) {
                            case "dictionary" -> "RLE_DICTIONARY";
                            case "split" -> "BYTE_STREAM_SPLIT";
                            default -> "PLAIN";
                        });
    }

    private static Set<String> encodings(Path file) throws Exception {
        Set<String> encodings = new HashSet<>();
        try (ParquetFileReader reader = ParquetFileReader.open(
                HadoopInputFile.fromPath(new org.apache.hadoop.fs.Path(file.toUri()), new Configuration()))) {
            reader.getRowGroups()
                    .forEach(rowGroup -> rowGroup.getColumns()
                            .get(1)
                            .getEncodings()
                            .forEach(encoding -> encodings.add(encoding.name())));
        }
        return encodings;
    }

    /** The annotation put into a footer by its bytes: what becomes of it with a parquet-java that does not know it. */
    @Test
    void whereTheAnnotationIsNotKnownTheFileIsRefused() throws Exception {
        Path raw = folder.resolve("raw.parquet");
        write(1, raw, LIST.replace(" (FLOAT16)", ""), "plain");
        byte[] bytes = Files.readAllBytes(raw);
        int length = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(bytes.length - 8);
        int start = bytes.length - 8 - length;
        FileMetaData footer = Util.readFileMetaData(new ByteArrayInputStream(bytes, start, length));
        footer.getSchema().get(footer.getSchemaSize() - 1).setLogicalType(LogicalType.UUID(new UUIDType()));
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        Util.writeFileMetaData(footer, written);
        byte[] annotated = written.toByteArray();
        // In Thrift's compact protocol a union's field 14 is UUID, and 15 is FLOAT16; each has a struct without fields.
        int found = 0;
        for (int i = 0; i + 2 < annotated.length; i++) {
            if (annotated[i] == (byte) 0xec && annotated[i + 1] == 0 && annotated[i + 2] == 0) {
                annotated[i] = (byte) 0xfc;
                found++;
            }
        }
        assertThat(found).isEqualTo(1);
        Path file = folder.resolve("annotated.parquet");
        try (OutputStream out = Files.newOutputStream(file)) {
            out.write(bytes, 0, start);
            out.write(annotated);
            out.write(ByteBuffer.allocate(4)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .putInt(annotated.length)
                    .array());
            out.write(bytes, bytes.length - 4, 4);
        }
        if (RandomFile.knowsFloat16()) {
            Dataset<Row> read = spark.read().format(SequenceParquetFormat.NAME).load(file.toString());
            assertThat(Values.of(read)).isEqualTo(Values.of(spark.read().parquet(raw.toString()), Float16Test::truth));
            return;
        }
        String refusal =
                "annotated.parquet, column f: it has a type (such as float16) that is younger than the parquet-java"
                        + " of this Spark, which can read nothing of a file with it. Write the file anew with another type, or"
                        + " without the column; or use Spark 4";
        assertThatThrownBy(() -> spark.read().format(SequenceParquetFormat.NAME).load(file.toString()))
                .hasMessageEndingWith(refusal);
        assertThatThrownBy(() -> spark.read()
                        .format(SequenceParquetFormat.NAME)
                        .schema("id long, f array<float>")
                        .load(file.toString())
                        .collectAsList())
                .rootCause()
                .hasMessageEndingWith(refusal);
    }

    private static void write(int seed, Path file, String field, String encoding) throws Exception {
        Random random = new Random(seed);
        boolean dictionary = encoding.equals("dictionary");
        MessageType schema = RandomFile.schema(field);
        RandomFile rows = dictionary ? RandomFile.ofFewValues(random) : new RandomFile(random);
        rows.write(file, schema, 80, writer -> {
            // parquet-java has dictionaries of such values in version 2 alone, and no plain ones there.
            writer.withWriterVersion(dictionary ? WriterVersion.PARQUET_2_0 : WriterVersion.PARQUET_1_0)
                    .withDictionaryEncoding(dictionary)
                    .withPageSize(dictionary ? 1 << 20 : 500);
            if (encoding.equals("split")) {
                split(writer, String.join(".", schema.getPaths().get(1)));
            }
        });
    }

    /** By reflection: the writer's builder has no method for it, and the parquet-java of Spark 3.5 no such encoding. */
    private static void split(ExampleParquetWriter.Builder writer, String column) {
        try {
            Field field = ParquetWriter.Builder.class.getDeclaredField("encodingPropsBuilder");
            field.setAccessible(true);
            Object properties = field.get(writer);
            properties
                    .getClass()
                    .getMethod("withByteStreamSplitEncoding", String.class, boolean.class)
                    .invoke(properties, column, true);
        } catch (ReflectiveOperationException e) {
            throw new LinkageError(e.getMessage(), e);
        }
    }

    @Test
    void whatCannotBeReadDirectlyIsRefused() throws Exception {
        assumeTrue(RandomFile.knowsFloat16(), "this parquet-java has no float16, and cannot write it");
        Path file = folder.resolve("f.parquet");
        new RandomFile(new Random(1))
                .write(
                        file,
                        RandomFile.schema(LIST),
                        20,
                        writer -> writer.withWriterVersion(WriterVersion.PARQUET_2_0)
                                .withDictionaryEncoding(false));
        assertThatThrownBy(() -> spark.read()
                        .format(SequenceParquetFormat.NAME)
                        .load(file.toString())
                        .collectAsList())
                .rootCause()
                .isInstanceOf(DamagedFileException.class)
                .hasMessage(
                        file.toUri().toString().replace("file:///", "file:/")
                                + ", column f.list.element: Spark has no float16, and this file cannot be read without Spark's"
                                + " reader: column f.list.element is encoded as DELTA_BYTE_ARRAY. Write the column anew as float");
    }
}
