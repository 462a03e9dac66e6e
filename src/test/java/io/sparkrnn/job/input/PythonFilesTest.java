package io.sparkrnn.job.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.sparkrnn.Golden;
import io.sparkrnn.job.Cli;
import io.sparkrnn.parquet.RandomFile;
import io.sparkrnn.spark.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.util.HadoopOutputFile;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files with columns as pandas and pyarrow write them, and Spark has no type for. */
class PythonFilesTest {
    private static final String MODEL =
            Golden.named("seed_torch_rnn").file("model.pt").toString();

    private static final String NANOS_AS_LONG = "spark.sql.legacy.parquet.nanosAsLong";
    private static final String TIME = "optional int64 ts (TIMESTAMP(NANOS,false));";
    private static final String HALF = "fixed_len_byte_array(2) element (FLOAT16)";

    @TempDir
    Path folder;

    /** Rows of 3 steps of 5 numbers that a float16 has, too, with a number in each other column. */
    private String table(String name, String element, String others) throws IOException {
        MessageType schema = MessageTypeParser.parseMessageType("message m { required int64 id;"
                + " optional group features (LIST) { repeated group list { optional group element (LIST) {"
                + " repeated group list { optional " + element + "; } } } } " + others + " }");
        Path file = folder.resolve(name + ".parquet");
        try (ParquetWriter<Group> writer = ExampleParquetWriter.builder(
                        HadoopOutputFile.fromPath(new org.apache.hadoop.fs.Path(file.toUri()), new Configuration()))
                .withType(schema)
                .build()) {
            for (int id = 0; id < 4; id++) {
                Group row = new SimpleGroup(schema).append("id", (long) id);
                Group features = row.addGroup("features");
                for (int step = 0; step < 3; step++) {
                    Group list = features.addGroup("list").addGroup("element");
                    for (int i = 0; i < 5; i++) {
                        Group number = list.addGroup("list");
                        // 1 + k/1024
                        int k = id * 100 + step * 10 + i;
                        if (element.equals(HALF)) {
                            int bits = (15 << 10) | k;
                            number.append(
                                    "element",
                                    Binary.fromConstantByteArray(new byte[] {(byte) bits, (byte) (bits >> 8)}));
                        } else {
                            number.append("element", 1 + k / 1024f);
                        }
                    }
                }
                boolean ofDay = others.contains("(TIME(");
                if (!others.isEmpty()) {
                    row.append("ts", ofDay ? 1_000_000L * id : 1_700_000_000_000_000_000L + id);
                }
                writer.write(row);
            }
        }
        return file.toString();
    }

    private Cli score(String input, String... more) {
        return Cli.run(Stream.concat(
                        Stream.of(
                                "score",
                                "--model",
                                MODEL,
                                "--input",
                                input,
                                "--output",
                                folder.resolve("out").toString(),
                                "--mode",
                                "overwrite"),
                        Arrays.stream(more))
                .toArray(String[]::new));
    }

    private static void assertRefused(Cli cli, String message) {
        assertThat(cli.code()).as(cli.toString()).isEqualTo(3);
        assertThat(cli.err()).startsWith("spark-rnn: ").contains(message).doesNotContain("\tat ");
        assertThat(cli.err().strip().lines()).hasSize(1);
    }

    @Test
    void aTimestampInNanosecondsThatNobodyAsksForDoesNotMatter() throws IOException {
        Cli cli = score(table("nanos", "float element", TIME));
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(cli.out())
                .contains("Note:    column ts (timestamp in nanoseconds) was left out, for Spark does not read it: give"
                        + " --conf " + NANOS_AS_LONG + "=true to keep it as bigint");
        assertThat(LocalSpark.session()
                        .read()
                        .parquet(folder.resolve("out").toString())
                        .columns())
                .containsExactly("id", "hidden_states", "h_n");
        Cli verified = Cli.run(
                "verify",
                "--model",
                MODEL,
                "--input",
                folder.resolve("nanos.parquet").toString());
        assertThat(verified.code()).as(verified.toString()).isZero();
    }

    @Test
    void aFileWithoutTheFeaturesIsNamedBesideOneWithSuchATimestamp() throws IOException {
        table("days/a", "float element", TIME);
        String input = folder.resolve("days").toString();
        LocalSpark.session().sql("SELECT 9L AS id").write().mode("append").parquet(input);
        Cli cli = score(input);
        assertRefused(cli, "row with id = 9: its features are null");
        assertThat(cli.err()).contains("/part-", "has no column 'features'");
    }

    @Test
    void aTimeOfDayThatNobodyAsksForDoesNotMatter() throws IOException {
        Cli cli = score(table("times", "float element", "optional int64 ts (TIME(MICROS,true));"));
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(cli.out())
                .containsPattern("Note:    column ts \\(time of day in microseconds\\) was left out|Scored 4");
    }

    @Test
    void whereItIsNamedItIsRefused() throws IOException {
        String input = table("nanos", "float element", TIME);
        for (String option : new String[] {"--keep", "--features", "--id", "--lengths", "--initial-state"}) {
            assertRefused(
                    score(input, option, "ts"),
                    option + ": Spark does not read column ts (timestamp in nanoseconds) of ");
        }
        Cli cli = score(input, "--keep", "id,TS");
        assertRefused(cli, "nanos.parquet: give --conf " + NANOS_AS_LONG + "=true to keep it as bigint");
        assertThat(Files.exists(folder.resolve("out"))).isFalse();
    }

    @Test
    void asBigintItPasses() throws IOException {
        LocalSpark.session().conf().set(NANOS_AS_LONG, "true");
        try {
            Cli cli = score(table("nanos", "float element", TIME), "--keep", "ts");
            assertThat(cli.code()).as(cli.toString()).isZero();
            assertThat(cli.out()).doesNotContain("Note:");
            assertThat(LocalSpark.session()
                            .read()
                            .parquet(folder.resolve("out").toString())
                            .selectExpr("max(ts)")
                            .head()
                            .getLong(0))
                    .isEqualTo(1_700_000_000_000_000_003L);
        } finally {
            LocalSpark.session().conf().unset(NANOS_AS_LONG);
        }
    }

    @Test
    void sparksOwnReaderIsNotTheOneForIt() throws IOException {
        assertRefused(
                score(table("nanos", "float element", TIME), "--io", "spark"),
                "; it does not read column ts (timestamp in nanoseconds), which --io direct leaves out; or give --conf "
                        + NANOS_AS_LONG + "=true to keep it as bigint");
    }

    @Test
    void float16FeaturesAreFloats() throws IOException {
        assumeTrue(RandomFile.knowsFloat16(), "this parquet-java has no float16, and cannot write it");
        Cli floats = score(table("floats", "float element", ""));
        assertThat(floats.code()).as(floats.toString()).isZero();
        var truth = LocalSpark.session()
                .read()
                .parquet(folder.resolve("out").toString())
                .orderBy("id")
                .collectAsList();
        String input = table("halves", HALF, "");
        Cli halves = score(input);
        assertThat(halves.code()).as(halves.toString()).isZero();
        assertThat(halves.out()).doesNotContain("Note:").doesNotContain("Spark's own reader");
        assertThat(LocalSpark.session()
                        .read()
                        .parquet(folder.resolve("out").toString())
                        .orderBy("id")
                        .collectAsList())
                .isEqualTo(truth);
        assertRefused(
                score(input, "--io", "spark"),
                "; it does not read column features (in which features.list.element.list.element is float16), which --io"
                        + " direct reads as float");
    }
}
