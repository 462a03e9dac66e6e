package io.sparkrnn.job.input;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.Golden;
import io.sparkrnn.job.Cli;
import io.sparkrnn.spark.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A damaged page of one file of six ends the job, whoever wrote it and whoever reads it; its bytes become no scores. */
class DamagedPagesTest {
    private static final String MODEL =
            Golden.named("seed_torch_rnn").file("model.pt").toString();
    private static final String VERIFY = "parquet.page.verify-checksum.enabled";
    private static final String VECTORIZED = "spark.sql.parquet.enableVectorizedReader";
    private static final String LEGACY = "spark.sql.parquet.writeLegacyFormat";

    private final SparkSession spark = LocalSpark.session();

    @TempDir
    Path folder;

    private int runs;
    private Path out = Path.of("");

    @AfterEach
    void unset() {
        spark.conf().unset(VECTORIZED);
        spark.conf().unset(LEGACY);
    }

    private enum Page {
        DICTIONARY,
        DATA
    }

    /** Six files of 60 sequences, the features of few values or of as many as there are numbers. */
    private void write(String format, String number) {
        spark.sql("SELECT id, transform(sequence(1, 4), t -> transform(sequence(0, 4), i -> float(" + number
                        + "))) AS features FROM range(0, 360, 1, 6)")
                .write()
                .format(format)
                .option("compression", "none")
                .save(in());
    }

    private String in() {
        return folder.resolve("in").toString();
    }

    /** Overwrites up to 400 bytes of a column in the third file, and gives the file's name. */
    private String damage(String column, Page page) throws IOException {
        Path file;
        try (Stream<Path> files = Files.list(Path.of(in()))) {
            file = files.filter(path -> path.toString().endsWith(".parquet"))
                    .sorted()
                    .toList()
                    .get(2);
        }
        ColumnChunkMetaData chunk;
        try (ParquetFileReader reader = ParquetFileReader.open(
                HadoopInputFile.fromPath(new org.apache.hadoop.fs.Path(file.toUri()), new Configuration()))) {
            chunk = reader.getRowGroups().get(0).getColumns().stream()
                    .filter(one -> one.getPath().toArray()[0].equals(column))
                    .findFirst()
                    .orElseThrow();
        }
        byte[] bytes = Files.readAllBytes(file);
        assertThat(chunk.hasDictionaryPage()).isEqualTo(page == Page.DICTIONARY);
        long end = page == Page.DICTIONARY
                ? chunk.getFirstDataPageOffset()
                : chunk.getStartingPos() + chunk.getTotalSize();
        int size = page == Page.DICTIONARY ? 8 : 400;
        assertThat(end - size).as("bytes without a page's header").isGreaterThan(chunk.getStartingPos() + 60);
        Arrays.fill(bytes, (int) end - size, (int) end, (byte) 0xff);
        Files.write(file, bytes);
        // Hadoop's own checksum of the local file, which is not what is tested, and which no object store has.
        Files.delete(file.resolveSibling("." + file.getFileName() + ".crc"));
        return file.getFileName().toString();
    }

    private Cli score(String... more) {
        return scoreOf("--input", in(), more);
    }

    /** To a folder of its own each time. */
    private Cli scoreOf(String kind, String table, String... more) {
        out = folder.resolve("out-" + runs++);
        List<String> arguments = new ArrayList<>(List.of("score", "--model", MODEL, kind, table));
        arguments.addAll(List.of("--output", out.toString()));
        arguments.addAll(List.of(more));
        return Cli.run(arguments.toArray(String[]::new));
    }

    private void assertEnds(Cli cli, String file, String... messages) {
        assertThat(cli.code()).as(cli.toString()).isEqualTo(3);
        assertThat(cli.err().lines()).as(cli.toString()).hasSize(1);
        assertThat(cli.err())
                .startsWith("spark-rnn: ")
                .contains(file)
                .contains("The file is damaged: write or copy it again, or leave it out")
                .contains(messages);
        assertThat(out.resolve("_SUCCESS")).doesNotExist();
    }

    @ParameterizedTest
    @CsvSource({
        "parquet, features, rand() + i, DATA",
        "sequence-parquet, features, rand() + i, DATA",
        "parquet, features, i + id % 20, DICTIONARY",
        "parquet, id, i, DATA",
        "sequence-parquet, id, i, DATA"
    })
    void endTheJob(String format, String column, String number, Page page) throws IOException {
        write(format, number);
        String file = damage(column, page);
        String found = "a page's checksum is ";
        if (column.equals("features")) {
            assertEnds(score(), file, "column features.list.element.list.element, row group 0: ", found, "header says");
        } else {
            assertEnds(score(), file, found);
        }
        assertEnds(score("--io", "spark"), file, found);
        spark.conf().set(VECTORIZED, "false");
        assertEnds(score(), file, found);
        assertEnds(score("--io", "spark"), file, found);
    }

    @Test
    void endTheJobWhereSparksReaderTakesOver() throws IOException {
        spark.conf().set(LEGACY, "true");
        write("parquet", "rand() + i");
        String file = damage("features", Page.DATA);
        assertEnds(score(), file, "a page's checksum is ");
    }

    @Test
    void endTheJobOverATableOfTheCatalog() throws IOException {
        write("parquet", "rand() + i");
        String file = damage("features", Page.DATA);
        spark.read().parquet(in()).createOrReplaceTempView("damaged_pages");
        assertEnds(scoreOf("--input-table", "damaged_pages"), file, "a page's checksum is ");
    }

    @ParameterizedTest
    @CsvSource({"direct", "spark"})
    void areReadAsTheyAreWhenTheUserSaysSo(String io) throws IOException {
        write("parquet", "rand() + i");
        damage("features", Page.DATA);
        Cli cli = score("--io", io, "--input-option", VERIFY + "=false");
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(spark.read()
                        .parquet(out.toString())
                        .filter("exists(h_n[0], x -> isnan(x))")
                        .count())
                .isEqualTo(5);
    }

    @ParameterizedTest
    @CsvSource({"true", "false"})
    void wholeFilesWithAndWithoutChecksumsAreScored(String checksums) {
        spark.sql("SELECT id, array(array(1F, 2F, 3F, 4F, 5F)) AS features FROM range(30)")
                .write()
                .option("parquet.page.write-checksum.enabled", checksums)
                .parquet(in());
        Cli cli = score();
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(spark.read().parquet(out.toString()).count()).isEqualTo(30);
    }
}
