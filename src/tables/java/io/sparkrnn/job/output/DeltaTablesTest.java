package io.sparkrnn.job.output;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.spark.LocalSpark;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.apache.commons.io.FileUtils;
import org.junit.jupiter.api.Test;

/** Tables of Delta in the catalog that every session has. */
class DeltaTablesTest extends TablesTest {
    @Override
    String namespace() {
        return "nightly";
    }

    @Override
    String format() {
        return "delta";
    }

    @Override
    Path place() {
        String warehouse = LocalSpark.session().conf().get("spark.sql.warehouse.dir");
        return Path.of(warehouse.replaceFirst("^file:(//)?", ""), "nightly.db", "scored");
    }

    /** Other files are of no version, in nobody's way, and gone with the next VACUUM. */
    @Override
    List<Path> left() throws IOException {
        return filesIn(place().resolve("_delta_log"));
    }

    @Override
    String version(String table) {
        return String.valueOf(
                sql("DESCRIBE HISTORY " + table + " LIMIT 1").get(0).getLong(0));
    }

    @Override
    String asOf(String version) {
        return "versionAsOf=" + version;
    }

    @Test
    void aTableGrowsWhereThatIsSaid() {
        done(score("days", List.of("score")));
        assertFailed(score("second", "--mode", "append"), 3, "the table has no column h_n ");
        done(score("second", "--mode", "append", "--output-option", "mergeSchema=true"));
        assertThat(scored()).hasSize(4);
    }

    @Test
    void filesWhereTheTableWouldBeAreLeft() throws IOException {
        Path place = place();
        Path file = Files.createDirectories(place).resolve("a.txt");
        Files.writeString(file, "mine");
        try {
            assertFailed(score("days"), 6, "there is no such table, but files where its own would be");
            assertThat(file).hasContent("mine");
        } finally {
            FileUtils.deleteDirectory(place.toFile());
        }
    }
}
