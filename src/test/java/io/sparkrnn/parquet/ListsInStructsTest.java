package io.sparkrnn.parquet;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.parquet.read.ScanReport;
import io.sparkrnn.spark.LocalSpark;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Float lists in structs are read from the pages as those that are columns are. */
class ListsInStructsTest {
    private final SparkSession spark = LocalSpark.session();

    @TempDir
    Path folder;

    private String path;

    /** Structs that may be null and such that may not, with lists alone, with other fields, and with structs in them. */
    @BeforeEach
    void write() {
        path = folder.resolve("t").toString();
        spark.range(0, 300, 1, 1)
                .selectExpr(
                        "id",
                        "transform(sequence(0, id % 9), i -> float(i + id)) AS f",
                        "transform(sequence(0, id % 3), j -> if(j = 1, null, array(double(id), null, double(j)))) AS d")
                .selectExpr(
                        "id",
                        "if(id % 7 = 0, null, named_struct('user', concat('u', id), 'x', if(id % 5 = 0, null, "
                                + "named_struct('f', if(id % 11 = 0, null, f), 'd', d)), 'n', id)) AS payload",
                        "named_struct('f', f, 'empty', CAST(array() AS array<float>)) AS always",
                        "if(id % 2 = 0, null, named_struct('inner', named_struct('d', d, 'tag', id))) AS other",
                        "named_struct('a', id, 'b', string(id)) AS plain",
                        "f",
                        "id % 2 AS part")
                .write()
                .option("parquet.block.size", "20000")
                .option("parquet.page.size", "700")
                .option("parquet.page.size.row.check.min", "5")
                .partitionBy("part")
                .parquet(path);
    }

    @AfterEach
    void resetSettings() {
        List.of("spark.sql.optimizer.nestedSchemaPruning.enabled", "spark.sql.caseSensitive")
                .forEach(spark.conf()::unset);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "id,payload,always,other,plain,f,part",
                "id,payload.x.f AS f",
                "id,payload.x.f AS f,payload.user AS u",
                "id,always.f AS f",
                "id,always,part",
                "id,other.inner.d AS d",
                "id,other.inner AS i",
                "id,payload.x.d AS d,f,part",
                "id,payload IS NULL AS p,payload.x IS NULL AS x,payload.x.f IS NULL AS f",
                "id,other IS NULL AS o,other.inner.d AS d",
                "id,plain"
            })
    void asSparksReaderReadsThem(String columns) {
        Dataset<Row> expected = spark.read().parquet(path).selectExpr(columns.split(",", -1));
        for (String pruning : new String[] {"true", "false"}) {
            spark.conf().set("spark.sql.optimizer.nestedSchemaPruning.enabled", pruning);
            try (ScanReport report = ScanReport.start(spark.sparkContext())) {
                Dataset<Row> direct = report.follow(SequenceParquetFormat.read(spark))
                        .load(path)
                        .selectExpr(columns.split(",", -1));
                assertThat(Values.of(direct)).isEqualTo(Values.of(expected)).hasSize(300);
                if (!columns.endsWith("plain")) {
                    assertThat(report.reasons()).isEmpty();
                    assertThat(report.directParts()).isPositive();
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"payload IS NOT NULL", "payload.x IS NULL", "payload.n > 200", "other.inner.tag = 33"})
    void filtersOnWhatStandsBesideThem(String filter) {
        try (ScanReport report = ScanReport.start(spark.sparkContext())) {
            Dataset<Row> direct = report.follow(SequenceParquetFormat.read(spark))
                    .load(path)
                    .where(filter)
                    .selectExpr("id", "payload.x.f", "other");
            assertThat(Values.of(direct))
                    .isEqualTo(Values.of(
                            spark.read().parquet(path).where(filter).selectExpr("id", "payload.x.f", "other")))
                    .isNotEmpty();
            assertThat(report.directParts()).isPositive();
        }
    }

    @Test
    void fieldsThatAreNotAskedForAreNotRead() {
        Dataset<Row> table = SequenceParquetFormat.read(spark)
                .load(path)
                .where("payload.n < 100")
                .selectExpr("id", "payload.x.f");
        assertThat(table.queryExecution().executedPlan().toString())
                .contains("ReadSchema: struct<id:bigint,payload:struct<x:struct<f:array<float>>,n:bigint>>")
                .contains("sequence-parquet");
        spark.conf().set("spark.sql.optimizer.nestedSchemaPruning.enabled", "false");
        assertThat(SequenceParquetFormat.read(spark)
                        .load(path)
                        .selectExpr("payload.n")
                        .queryExecution()
                        .executedPlan()
                        .toString())
                .contains("user:string");
    }

    @Test
    void namesInAnyCase() {
        Dataset<Row> direct = spark.read()
                .format(SequenceParquetFormat.NAME)
                .schema("ID long, Payload struct<X: struct<F: array<float>>, USER: string>")
                .load(path);
        assertThat(Values.of(direct.selectExpr("id", "payload")))
                .isEqualTo(Values.of(spark.read()
                        .parquet(path)
                        .selectExpr(
                                "id",
                                "if(payload IS NULL, null, named_struct('X', if(payload.x IS NULL, null,"
                                        + " named_struct('F', payload.x.f)), 'USER', payload.user)) AS payload")));
    }

    @Test
    void aStructWithoutTheListIsSparksAffair() {
        try (ScanReport report = ScanReport.start(spark.sparkContext())) {
            Dataset<Row> direct = report.follow(SequenceParquetFormat.read(spark))
                    .schema("id long, plain struct<b: string, f: array<float>>")
                    .load(path);
            assertThat(direct.where("plain.f IS NULL AND plain.b = string(id)").count())
                    .isEqualTo(300);
            assertThat(report.reasons()).isEqualTo(Map.of("column plain.f is in the file 0 times", 2L));
        }
    }
}
