package io.sparkrnn.job.input;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkrnn.Golden;
import io.sparkrnn.job.Cli;
import io.sparkrnn.spark.LocalSpark;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files of six that cannot be read end the job, or are left out whole and named; never is a part of one scored. */
class CorruptFilesTest {
    private static final String MODEL =
            Golden.named("seed_torch_rnn").file("model.pt").toString();
    private static final int FILES = 6;
    private static final int ROWS_OF_A_FILE = 60;

    private final SparkSession spark = LocalSpark.session();

    @TempDir
    Path folder;

    private Path in;
    private Path out;

    CorruptFilesTest() {
        in = Path.of("");
        out = Path.of("");
    }

    @BeforeEach
    void write() {
        in = folder.resolve("in put=%20"); // a name that is another one as a URI
        out = folder.resolve("out");
        spark.sql("SELECT id, id % 2 AS half, transform(sequence(1, 4), t -> transform(sequence(0, 4), i ->"
                        + " float(sin(t * i + id)))) AS features FROM range(0, " + FILES * ROWS_OF_A_FILE + ", 1, "
                        + FILES
                        + ")")
                .write()
                .option("compression", "none")
                .parquet(in.toString());
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.walk(in)) {
            return files.filter(path -> path.getFileName().toString().matches("part-.*parquet"))
                    .sorted()
                    .toList();
        }
    }

    /** Puts other bytes in the place of a file's, without a word to the file system's own checksum. */
    private static void replace(Path file, byte[] bytes) throws IOException {
        Files.deleteIfExists(file.resolveSibling("." + file.getFileName() + ".crc"));
        Files.write(file, bytes);
    }

    private static byte[] text() {
        return "this is no Parquet\n".repeat(100).getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] without(byte[] bytes, int from, int to) {
        byte[] left = new byte[bytes.length - (to - from)];
        System.arraycopy(bytes, 0, left, 0, from);
        System.arraycopy(bytes, to, left, from, bytes.length - to);
        return left;
    }

    private Cli score(String... more) {
        List<String> args = new ArrayList<>(List.of(
                "score",
                "--model",
                MODEL,
                "--input",
                in.toString(),
                "--output",
                out.toString(),
                "--run-id",
                "one",
                "--show",
                "0"));
        args.addAll(Arrays.asList(more));
        return Cli.run(args.toArray(String[]::new));
    }

    private List<Long> ids() {
        return spark.read().parquet(out.toString()).select("id").collectAsList().stream()
                .map((Row row) -> row.getLong(0))
                .sorted()
                .toList();
    }

    private static List<Long> idsOfFiles(Integer... numbers) {
        return Arrays.stream(numbers)
                .flatMap(file -> Stream.iterate((long) file * ROWS_OF_A_FILE, id -> id + 1)
                        .limit(ROWS_OF_A_FILE))
                .sorted()
                .toList();
    }

    private JsonNode runFile() throws IOException {
        return new ObjectMapper()
                .readTree(out.resolve("_spark-rnn").resolve("one.json").toFile());
    }

    @ParameterizedTest
    @ValueSource(strings = {"direct", "spark"})
    void filesThatCannotBeReadAreLeftOutWhole(String io) throws IOException {
        List<Path> files = files();
        // the first is the one whose schema would be the table's
        replace(files.get(0), text());
        byte[] whole = Files.readAllBytes(files.get(2));
        replace(files.get(2), Arrays.copyOf(whole, whole.length / 2));
        replace(files.get(3), new byte[0]);
        byte[] other = Files.readAllBytes(files.get(5));
        replace(files.get(5), without(other, 200, 1000));
        Cli cli = score("--io", io, "--on-corrupt-file", "skip");
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(ids()).isEqualTo(idsOfFiles(1, 4));
        assertThat(cli.out())
                .contains("Scored 120 sequences")
                .contains("4 of 6 files of --input cannot be read, and are left out whole (--on-corrupt-file skip):")
                .contains("\n  file:" + files.get(0) + " has no footer that can be read (")
                .contains("\n  file:" + files.get(2) + " has no footer that can be read (")
                .contains("\n  file:" + files.get(3) + " has no bytes")
                .contains("\n  file:" + files.get(5) + " is shorter than its footer says: column features.");
        JsonNode said = runFile().path("corrupt_files");
        assertThat(said.path("left_out").asInt()).isEqualTo(4);
        assertThat(said.path("of").asInt()).isEqualTo(6);
        assertThat(said.path("list").findValuesAsText("path"))
                .containsExactly(
                        "file:" + files.get(0), "file:" + files.get(2), "file:" + files.get(3), "file:" + files.get(5));
        assertThat(runFile().path("input").path(0).path("files").asInt()).isEqualTo(2);
    }

    @Test
    void aFileThatTheFileSystemItselfKnowsToBeDamagedIsLeftOut() throws IOException {
        Path file = files().get(4);
        // its checksum stays beside it, and is of other bytes
        Files.write(file, text());
        Cli cli = score("--on-corrupt-file", "skip");
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(ids()).isEqualTo(idsOfFiles(0, 1, 2, 3, 5));
        assertThat(cli.out()).contains("1 of 6 files of --input cannot be read, and is left out");
    }

    @Test
    void partitionsStayWhatTheyAre() throws IOException {
        Path days = folder.resolve("days");
        spark.read()
                .parquet(in.toString())
                .repartition(1)
                .write()
                .partitionBy("half")
                .parquet(days.toString());
        in = days;
        List<Path> files = files();
        assertThat(files).hasSize(2);
        replace(files.get(0), text());
        Cli cli = score("--on-corrupt-file", "skip", "--where", "half = 1");
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(ids()).hasSize(FILES * ROWS_OF_A_FILE / 2).allMatch(id -> id % 2 == 1);
        assertThat(spark.read().parquet(out.toString()).columns()).contains("half");
    }

    @Test
    void withoutTheOptionTheJobEnds() throws IOException {
        replace(files().get(3), text());
        Cli cli = score();
        assertThat(cli.code()).as(cli.toString()).isEqualTo(3);
        assertThat(cli.err()).contains(files().get(3).getFileName().toString());
        assertThat(out).doesNotExist();
    }

    /** The footer is whole, and so nothing is known before a task meets the page: then no part of the file may be scored. */
    @Test
    void aDamagedPageEndsTheJobWhateverTheSessionSays() throws IOException {
        Path file = files().get(3);
        byte[] bytes = Files.readAllBytes(file);
        Arrays.fill(bytes, 300, 1500, (byte) 0x5a);
        replace(file, bytes);
        spark.conf().set("spark.sql.files.ignoreCorruptFiles", "true");
        try {
            for (String io : List.of("direct", "spark")) {
                Cli cli = score("--io", io, "--on-corrupt-file", "skip");
                assertThat(cli.code()).as(cli.toString()).isEqualTo(3);
                assertThat(cli.err()).contains(file.getFileName().toString());
                assertThat(out).doesNotExist();
            }
        } finally {
            spark.conf().unset("spark.sql.files.ignoreCorruptFiles");
        }
    }

    @Test
    void whereNoFileCanBeReadTheJobEnds() throws IOException {
        for (Path file : files()) {
            replace(file, text());
        }
        Cli cli = score("--on-corrupt-file", "skip");
        assertThat(cli.code()).as(cli.toString()).isEqualTo(3);
        assertThat(cli.err()).contains("no file can be read; the first, file:" + files().get(0));
    }

    @Test
    void aWholeInputIsReadAsEver() throws IOException {
        Cli cli = score("--on-corrupt-file", "skip");
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(ids()).isEqualTo(idsOfFiles(0, 1, 2, 3, 4, 5));
        assertThat(cli.out()).doesNotContain("left out");
        assertThat(runFile().has("corrupt_files")).isFalse();
    }

    @Test
    void otherFormatsAreRefused() {
        Cli cli = score("--on-corrupt-file", "skip", "--input-format", "json");
        assertThat(cli.code()).as(cli.toString()).isEqualTo(2);
        assertThat(cli.err()).contains("--on-corrupt-file skip: only the Parquet files of --input");
    }
}
