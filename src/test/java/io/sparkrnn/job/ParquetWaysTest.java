package io.sparkrnn.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.Golden;
import io.sparkrnn.spark.LocalSpark;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code --io} and {@code --float-encoding}: whoever reads and writes the pages, a job's numbers are the same. */
class ParquetWaysTest {
    private static final String MODEL =
            Golden.named("seed_torch_rnn").file("model.pt").toString();

    @TempDir
    private Path folder;

    private String input;

    @BeforeEach
    void makeInput() {
        input = folder.resolve("in").toString();
        table().write().parquet(input);
    }

    /** Its arrays have no nulls, by their type, too: of such lists the legacy layout has two levels. */
    private static Dataset<Row> table() {
        return LocalSpark.session()
                .sql("SELECT id, transform(sequence(0, id), t -> transform(sequence(0, 4), i -> float(t * i - id / 7)))"
                        + " AS features FROM range(40)");
    }

    private Cli score(String output, String... more) {
        return Cli.run(Stream.concat(
                        Stream.of("score", "--model", MODEL, "--input", input, "--output", path(output)),
                        Arrays.stream(more))
                .toArray(String[]::new));
    }

    private String path(String output) {
        return folder.resolve(output).toString();
    }

    private static List<Row> rows(String format, String path) {
        return LocalSpark.session()
                .read()
                .format(format)
                .load(path)
                .orderBy("id")
                .collectAsList();
    }

    @Test
    void bothWaysAndBothEncodingsGiveTheSameRows() {
        assertThat(score("direct").code()).isZero();
        assertThat(score("spark", "--io", "spark").code()).isZero();
        Cli compact = score("compact", "--float-encoding", "byte_stream_split", "--output-option", "compression=zstd");
        assertThat(compact.code()).as(compact.toString()).isZero();
        assertThat(compact.out()).contains("format(\"sequence-parquet\")");
        List<Row> truth = rows("parquet", path("spark"));
        assertThat(truth).hasSize(40);
        assertThat(rows("parquet", path("direct"))).isEqualTo(truth);
        assertThat(rows("sequence-parquet", path("compact"))).isEqualTo(truth);
    }

    @Test
    void theSqlThatIsPrintedReadsTheResult() {
        Cli plain = score("o`u\"t");
        Cli compact = score("co`mpact", "--float-encoding", "byte_stream_split");
        for (Cli cli : new Cli[] {plain, compact}) {
            assertThat(cli.code()).as(cli.toString()).isZero();
            String sql = cli.out()
                    .lines()
                    .map(String::strip)
                    .filter(line -> line.startsWith("SELECT"))
                    .findFirst()
                    .orElseThrow();
            assertThat(LocalSpark.session().sql(sql).count()).isEqualTo(40);
        }
        assertThat(plain.out()).contains("SELECT * FROM parquet.`file:").contains("o`u\\\"t\")");
        assertThat(compact.out()).contains("SELECT * FROM `sequence-parquet`.`file:");
    }

    @Test
    void saysWhatSparkHadToRead() {
        String mixed = path("mixed");
        table().selectExpr("*", "array(1f) AS weights").write().parquet(mixed);
        table().limit(0).write().mode("append").parquet(mixed);
        Cli plain = score("plain");
        assertThat(plain.out()).doesNotContain("Spark's own reader");
        Cli cli = Cli.run(
                "score",
                "--model",
                MODEL,
                "--input",
                mixed,
                "--input-option",
                "mergeSchema=true",
                "--output",
                path("of_mixed"));
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(cli.out())
                .contains(
                        "Input:   1 part of its files read by Spark's own reader: column weights is in the file 0 times");
        assertThat(LocalSpark.session()
                        .read()
                        .parquet(path("of_mixed"))
                        .drop("weights")
                        .orderBy("id")
                        .collectAsList())
                .isEqualTo(rows("parquet", path("plain")));
    }

    @Test
    void readsTheLegacyLayoutDirectly() {
        String legacy = path("legacy");
        LocalSpark.session().conf().set("spark.sql.parquet.writeLegacyFormat", "true");
        try {
            table().coalesce(1).write().parquet(legacy);
        } finally {
            LocalSpark.session().conf().unset("spark.sql.parquet.writeLegacyFormat");
        }
        Cli plain = score("plain");
        Cli cli = Cli.run("score", "--model", MODEL, "--input", legacy, "--output", path("of_legacy"));
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(plain.out() + cli.out()).doesNotContain("Spark's own reader");
        assertThat(rows("parquet", path("of_legacy"))).isEqualTo(rows("parquet", path("plain")));
    }

    @Test
    void refusesAnEncodingThatNobodyWouldWrite() {
        Cli spark = score("x", "--float-encoding", "byte_stream_split", "--io", "spark");
        assertThat(spark.code()).as(spark.toString()).isEqualTo(2);
        assertThat(spark.err()).contains("--float-encoding: only what writes Parquet directly knows of it");
        Cli json = score("x", "--float-encoding", "plain", "--output-format", "json");
        assertThat(json.code()).as(json.toString()).isEqualTo(2);
        assertThat(json.err()).contains("--float-encoding: only what writes Parquet directly knows of it");
        assertThat(Files.exists(Path.of(path("x")))).isFalse();
    }
}
