package io.sparkrnn.job.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.sparkrnn.Golden;
import io.sparkrnn.job.Cli;
import io.sparkrnn.spark.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A table of a hundred rows of three days, to be scored by runs. */
abstract class RunCase {
    static final String MODEL = Golden.named("seed_torch_rnn").file("model.pt").toString();

    final SparkSession spark = LocalSpark.session();

    @TempDir
    Path folder;

    @BeforeEach
    void write() {
        write(0, 100);
    }

    void write(int from, int to) {
        spark.sql("SELECT id, concat('2026-11-0', id % 3 + 1) AS day, array(array(1F, 2F, 3F, 4F, float(id)),"
                        + " array(0F, 0F, 1F, 0F, 1F)) AS features FROM range(" + from + ", " + to + ", 1, 2)")
                .write()
                .mode("append")
                .partitionBy("day")
                .parquet(path("in"));
    }

    String path(String name) {
        return folder.resolve(name).toString();
    }

    Cli score(String... more) {
        return scoreBy(MODEL, more);
    }

    Cli scoreBy(String model, String... more) {
        List<String> args = new ArrayList<>(
                List.of("score", "--model", model, "--input", path("in"), "--output", path("out"), "--show", "0"));
        args.addAll(List.of(more));
        return Cli.run(args.toArray(String[]::new));
    }

    Cli done(String... more) {
        Cli cli = score(more);
        assertThat(cli.code()).as(cli.toString()).isZero();
        return cli;
    }

    JsonNode file(String id) throws IOException {
        return new ObjectMapper()
                .readTree(folder.resolve("out/_spark-rnn/" + id + ".json").toFile());
    }

    List<Long> ids(String table) {
        return spark.read().parquet(path(table)).select("id").orderBy("id").collectAsList().stream()
                .map(row -> row.getLong(0))
                .toList();
    }

    List<String> tree(String name) throws IOException {
        try (Stream<Path> files = Files.walk(folder.resolve(name))) {
            return files.filter(Files::isRegularFile)
                    .map(file -> folder.relativize(file).toString())
                    .sorted()
                    .toList();
        }
    }
}
