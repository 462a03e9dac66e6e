package io.sparkrnn.parquet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparkrnn.parquet.read.ScanReport;
import io.sparkrnn.spark.LocalSpark;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Columns that Spark has no type for are left out, and told of; the others are as Spark has them. */
class SchemaInferenceTest {
    private static final String NANOS_AS_LONG = "spark.sql.legacy.parquet.nanosAsLong";
    private static final String FEATURES =
            "optional group f (LIST) { repeated group list { optional float element; } }";
    private static final String NANOS = "optional int64 ts (TIMESTAMP(NANOS,false));";

    private final SparkSession spark = LocalSpark.session();

    @TempDir
    Path folder;

    private ScanReport report;

    @BeforeEach
    void startReport() {
        report = ScanReport.start(spark.sparkContext());
    }

    @AfterEach
    void endReport() {
        report.close();
        spark.conf().unset(NANOS_AS_LONG);
    }

    private void write(String name, String fields) throws Exception {
        new RandomFile(new Random(1)).write(folder.resolve(name), fields, 20);
    }

    private Dataset<Row> load() {
        return report.follow(spark.read().format(SequenceParquetFormat.NAME)).load(folder.toString());
    }

    private Dataset<Row> merged() {
        return report.follow(spark.read().format(SequenceParquetFormat.NAME))
                .option("mergeSchema", "true")
                .load(folder.toString());
    }

    private List<String> told() {
        return report.unread().stream()
                .map(column -> column.description() + ": " + column.cure())
                .toList();
    }

    @Test
    void whatSparkDoesNotReadIsLeftOut() throws Exception {
        write(
                "a.parquet",
                FEATURES + NANOS + "optional binary name (STRING);"
                        + "optional group s { optional int32 n; optional group l (LIST) { repeated group list {"
                        + " optional int64 at (TIMESTAMP(NANOS,true)); } } }"
                        + "optional fixed_len_byte_array(12) span (INTERVAL);");
        Dataset<Row> read = load();
        assertThat(read.schema().catalogString()).isEqualTo("struct<id:bigint,f:array<float>,name:string>");
        assertThat(told())
                .containsExactly(
                        "column s (in which s.l.list.at is timestamp in nanoseconds): give --conf " + NANOS_AS_LONG
                                + "=true to keep it as bigint",
                        "column span (FIXED_LEN_BYTE_ARRAY INTERVAL): write it anew as another type",
                        "column ts (timestamp in nanoseconds): give --conf " + NANOS_AS_LONG
                                + "=true to keep it as bigint");
        assertThat(report.unread()).allMatch(column -> column.file().endsWith("/a.parquet"));
        assertThat(Values.of(read))
                .hasSize(20)
                .isEqualTo(Values.of(spark.read().schema(read.schema()).parquet(folder.toString())));
        assertThat(report.reasons()).isEmpty();
    }

    @Test
    void asNumbersTheyAreKept() throws Exception {
        write("a.parquet", FEATURES + NANOS);
        spark.conf().set(NANOS_AS_LONG, "true");
        assertThat(load().schema().catalogString()).isEqualTo("struct<id:bigint,f:array<float>,ts:bigint>");
        assertThat(Values.of(load())).isEqualTo(Values.of(spark.read().parquet(folder.toString())));
        assertThat(told()).isEmpty();
    }

    /** A time of day, which Spark knows from 4.1 on. */
    @Test
    void aTimeOfDayIsReadOrLeftOut() throws Exception {
        write("a.parquet", FEATURES + "optional int64 t (TIME(MICROS,true)); optional int64 n (TIME(NANOS,true));");
        List<String> columns = List.of(load().columns());
        assertThat(columns).contains("id", "f");
        assertThat(told()).hasSize(4 - columns.size());
        for (String column : new String[] {"t", "n"}) {
            assertThat(told().stream().anyMatch(note -> note.startsWith("column " + column + " (time of day in ")))
                    .isNotEqualTo(columns.contains(column));
        }
        assertThat(Values.of(load().select("id", "f"))).hasSize(20);
    }

    @Test
    void whatSparkReadsIsAsSparkHasIt() throws Exception {
        write(
                "a.parquet",
                FEATURES + "required double d; repeated int32 r; optional fixed_len_byte_array(2) h;"
                        + "optional group m (MAP) { repeated group key_value { required binary key (STRING); optional float value; } }");
        assertThat(load().schema())
                .isEqualTo(spark.read().parquet(folder.toString()).schema());
        spark.range(5)
                .selectExpr("id", "named_struct('a', 1S, 'v', char(65)) AS s")
                .write()
                .mode("append")
                .parquet(folder.toString());
        Files.delete(folder.resolve("a.parquet"));
        assertThat(load().schema())
                .isEqualTo(spark.read().parquet(folder.toString()).schema());
        assertThat(told()).isEmpty();
    }

    @Test
    void filesAreMergedWhereSparkIsToldTo() throws Exception {
        write("a.parquet", FEATURES);
        write("b.parquet", FEATURES + NANOS + "optional int32 b;");
        write("c.parquet", FEATURES + "optional int64 ts (TIMESTAMP(MICROS,true)); optional double c;");
        assertThat(load().columns()).containsExactly("id", "f");
        assertThat(told()).isEmpty();
        Dataset<Row> read = merged();
        assertThat(read.columns()).containsExactly("id", "f", "b", "c");
        assertThat(told()).singleElement().asString().startsWith("column ts (timestamp in nanoseconds)");
        assertThat(report.unread().get(0).file()).endsWith("/b.parquet");
        assertThat(read.count()).isEqualTo(60);
        assertThat(read.where("c IS NOT NULL").count()).isPositive();
    }

    @Test
    void filesThatContradictEachOtherAreSparksAffair() throws Exception {
        write("a.parquet", NANOS + "optional int32 n;");
        write("b.parquet", NANOS + "optional binary n (STRING);");
        assertThatThrownBy(this::merged).hasStackTraceContaining("n");
    }

    @Test
    void float16OfAnotherShapeIsLeftOut() throws Exception {
        assumeTrue(RandomFile.knowsFloat16(), "this parquet-java has no float16, and cannot write it");
        write(
                "a.parquet",
                FEATURES + "optional fixed_len_byte_array(2) h (FLOAT16);"
                        + "optional group s { optional fixed_len_byte_array(2) h (FLOAT16); }");
        assertThat(load().columns()).containsExactly("id", "f");
        assertThat(told())
                .containsExactly(
                        "column h (float16): write it anew as float",
                        "column s (in which s.h is float16): write it anew as float");
    }

    /** A file of each, in one table: the numbers are the same whatever they are written as. */
    @Test
    void float16AndFloatAreOneColumn() throws Exception {
        assumeTrue(RandomFile.knowsFloat16(), "this parquet-java has no float16, and cannot write it");
        String halves = FEATURES.replace("float element", "fixed_len_byte_array(2) element (FLOAT16)");
        for (String[] order : new String[][] {{FEATURES, halves}, {halves, FEATURES}}) {
            // By version 1, for version 2 may encode bytes by their differences.
            for (int i = 0; i < 2; i++) {
                Files.deleteIfExists(folder.resolve(i + ".parquet"));
                Files.deleteIfExists(folder.resolve("." + i + ".parquet.crc"));
                new RandomFile(new Random(1))
                        .write(
                                folder.resolve(i + ".parquet"),
                                RandomFile.schema(order[i]),
                                20,
                                writer -> writer.withWriterVersion(
                                        org.apache.parquet.column.ParquetProperties.WriterVersion.PARQUET_1_0));
            }
            for (Dataset<Row> read : List.of(load(), merged())) {
                assertThat(read.schema().catalogString()).isEqualTo("struct<id:bigint,f:array<float>>");
                assertThat(Values.of(read)).hasSize(40);
            }
        }
        assertThat(told()).isEmpty();
        assertThat(report.reasons()).isEmpty();
    }
}
