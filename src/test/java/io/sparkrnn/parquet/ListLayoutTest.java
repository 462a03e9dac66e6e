package io.sparkrnn.parquet;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.parquet.read.ScanReport;
import io.sparkrnn.spark.LocalSpark;
import java.nio.file.Path;
import java.util.Random;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.util.HadoopOutputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Lists as writers lay them out, today's and old ones': each is read as Spark's own reader reads it. */
class ListLayoutTest {
    private static final String VECTORIZED = "spark.sql.parquet.enableVectorizedReader";

    private final SparkSession spark = LocalSpark.session();

    @TempDir
    Path folder;

    @AfterEach
    void resetSettings() {
        spark.conf().unset(VECTORIZED);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            Parquet's own           | array<float>         | optional group f (LIST) { repeated group list { optional float element; } }
            none may be null        | array<double>        | required group f (LIST) { repeated group list { required double element; } }
            pyarrow's item          | array<float>         | optional group f (LIST) { repeated group list { optional float item; } }
            pyarrow's item, nested  | array<array<double>> | optional group f (LIST) { repeated group list { optional group item (LIST) { repeated group list { optional double item; } } } }
            pyarrow's, nested       | array<array<float>>  | optional group f (LIST) { repeated group list { required group element (LIST) { repeated group list { required float element; } } } }
            Hive's and Spark's bag  | array<float>         | optional group f (LIST) { repeated group bag { optional float array_element; } }
            bags of bags            | array<array<float>>  | optional group f (LIST) { repeated group bag { optional group array (LIST) { repeated group bag { optional float array; } } } }
            any names               | array<float>         | optional group f (LIST) { repeated group a { optional float b; } }
            two levels              | array<float>         | optional group f (LIST) { repeated float array; }
            two levels, not null    | array<double>        | required group f (LIST) { repeated double array; }
            two levels, element     | array<double>        | optional group f (LIST) { repeated double element; }
            two levels, tuple       | array<float>         | optional group f (LIST) { repeated float f_tuple; }
            Avro's nested           | array<array<float>>  | optional group f (LIST) { repeated group array (LIST) { repeated float array; } }
            Avro's nested, not null | array<array<double>> | required group f (LIST) { repeated group array (LIST) { repeated double array; } }
            Thrift's nested         | array<array<float>>  | optional group f (LIST) { repeated group f_tuple (LIST) { repeated float f_tuple_tuple; } }
            new in an old one       | array<array<float>>  | optional group f (LIST) { repeated group array (LIST) { repeated group list { optional float element; } } }
            old in a new one        | array<array<float>>  | optional group f (LIST) { repeated group list { optional group element (LIST) { repeated float array; } } }
            bare                    | array<float>         | repeated float f;
            bare doubles            | array<double>        | repeated double f;
            """)
    void isReadDirectlyAndAsSparkReadsIt(String name, String type, String field) throws Exception {
        for (int seed = 1; seed <= 4; seed++) {
            Path file = folder.resolve(seed + ".parquet");
            new RandomFile(new Random(seed)).write(file, field, 80);
            try (ScanReport report = ScanReport.start(spark.sparkContext())) {
                Dataset<Row> read = report.follow(spark.read().format(SequenceParquetFormat.NAME))
                        .load(file.toString());
                assertThat(read.schema().apply("f").dataType().catalogString()).isEqualTo(type);
                var values = Values.of(read);
                for (String vectorized : new String[] {"false", "true"}) {
                    spark.conf().set(VECTORIZED, vectorized);
                    assertThat(values)
                            .as("seed " + seed + ", Spark's reader vectorized: " + vectorized)
                            .hasSize(80)
                            .isEqualTo(Values.of(spark.read().parquet(file.toString())));
                }
                assertThat(report.reasons()).isEmpty();
                assertThat(report.directParts()).isPositive();
            }
        }
    }

    /** A bare column of lists. Spark's schema says what it is, and its readers give nulls for it, or an error. */
    @Test
    void aBareColumnOfListsIsRead() throws Exception {
        MessageType schema = MessageTypeParser.parseMessageType("message m { required int64 id;"
                + " repeated group f (LIST) { repeated group list { optional float element; } } }");
        Path file = folder.resolve("f.parquet");
        try (ParquetWriter<Group> writer = ExampleParquetWriter.builder(
                        HadoopOutputFile.fromPath(new org.apache.hadoop.fs.Path(file.toUri()), new Configuration()))
                .withType(schema)
                .build()) {
            Group row = new SimpleGroup(schema).append("id", 1L);
            row.addGroup("f").addGroup("list").append("element", 1f);
            row.addGroup("f");
            Group last = row.addGroup("f");
            last.addGroup("list");
            last.addGroup("list").append("element", 2f);
            writer.write(row);
            writer.write(new SimpleGroup(schema).append("id", 2L));
        }
        assertThat(spark.read()
                        .format(SequenceParquetFormat.NAME)
                        .load(file.toString())
                        .selectExpr("to_json(f)")
                        .as(Encoders.STRING())
                        .collectAsList())
                .containsExactly("[[1.0],[],[null,2.0]]", "[]");
    }

    /** Not lists of numbers, though they look like it: what Spark says of them stands. */
    @ParameterizedTest(name = "{0}")
    @CsvSource(delimiter = '|', textBlock = """
            a group named array   | optional group f (LIST) { repeated group array { optional float element; } }
            a group named tuple   | optional group f (LIST) { repeated group f_tuple { optional float element; } }
            two fields            | optional group f (LIST) { repeated group list { optional float a; optional float b; } }
            no annotation         | optional group f { repeated group list { optional float element; } }
            bare group            | repeated group f { optional float a; }
            bare in a group       | optional group f { repeated float a; }
            """)
    void isLeftToSpark(String name, String field) throws Exception {
        Path file = folder.resolve("f.parquet");
        new RandomFile(new Random(1)).write(file, field + " repeated float g;", 50);
        Dataset<Row> read = spark.read().format(SequenceParquetFormat.NAME).load(file.toString());
        Dataset<Row> sparks = spark.read().parquet(file.toString());
        assertThat(read.schema()).isEqualTo(sparks.schema());
        assertThat(Values.of(read)).isEqualTo(Values.of(sparks));
    }
}
