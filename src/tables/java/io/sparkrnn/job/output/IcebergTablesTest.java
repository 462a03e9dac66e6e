package io.sparkrnn.job.output;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.job.Cli;
import io.sparkrnn.platform.BuiltFor;
import io.sparkrnn.spark.LocalSpark;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledIf;

/** Tables of Iceberg in a catalog of its own. */
@EnabledIf(value = "hasRuntime", disabledReason = "there is no Iceberg for this Spark")
class IcebergTablesTest extends TablesTest {
    static boolean hasRuntime() {
        return BuiltFor.spark().equals(System.getProperty("iceberg.spark"));
    }

    @Override
    String namespace() {
        return "ice.lake";
    }

    @Override
    String format() {
        return "iceberg";
    }

    @Override
    Path place() {
        return Path.of(LocalSpark.session().conf().get("spark.sql.catalog.ice.warehouse"), "lake", "scored");
    }

    @Override
    List<Path> left() throws IOException {
        return filesIn(place());
    }

    @Override
    String version(String table) {
        return sql("SELECT snapshot_id FROM " + table + ".refs WHERE name = 'main'")
                .get(0)
                .get(0)
                .toString();
    }

    @Override
    String asOf(String version) {
        // Spark's own way, which Spark 3.5 has not
        return (BuiltFor.spark().equals("3.5") ? "snapshot-id=" : "versionAsOf=") + version;
    }

    @Test
    void rowsAreAuditedBeforeTheyArePublished() {
        done(score("days", "--partition-by", "day"));
        String before = version(in("scored"));
        sql("ALTER TABLE " + in("scored") + " SET TBLPROPERTIES ('write.wap.enabled' = 'true')");
        sql("ALTER TABLE " + in("scored") + " CREATE BRANCH audit");
        LocalSpark.session().conf().set("spark.wap.branch", "audit");
        try {
            done(score("second", "--mode", "overwrite-partitions"));
            assertThat(scored()).as("what the session that audits sees").isEqualTo(SECOND_REPLACED);
        } finally {
            LocalSpark.session().conf().unset("spark.wap.branch");
        }
        assertThat(version(in("scored"))).isEqualTo(before);
        assertThat(scored()).isEqualTo(ALL);
        assertThat(ids(in("scored") + ".branch_audit")).isEqualTo(SECOND_REPLACED);
        sql("CALL ice.system.fast_forward('lake.scored', 'main', 'audit')");
        assertThat(scored()).isEqualTo(SECOND_REPLACED);
    }

    @Test
    void aNamespaceThatIsNotThereIsNamed() {
        assertFailed(
                Cli.run(
                        "score",
                        "--model",
                        "data/weather_rnn.pt",
                        "--no-standardize",
                        "--input-table",
                        in("days"),
                        "--output-table",
                        "ice.nowhere.scored"),
                2,
                "there is no namespace ice.nowhere; make it with CREATE NAMESPACE ice.nowhere");
    }

    @Test
    void withoutAFormatTheCatalogMakesItsOwn() {
        Cli cli = done(Cli.run(
                "score",
                "--model",
                "data/weather_rnn.pt",
                "--no-standardize",
                "--input-table",
                in("days"),
                "--output-table",
                in("scored"),
                "--output-option",
                "write-format=orc"));
        assertThat(cli.out()).contains("(iceberg: id, day, hidden_states, h_n, score)");
        assertThat(sql("SELECT file_format FROM " + in("scored") + ".files")
                        .get(0)
                        .getString(0))
                .as("an option of the writer")
                .isEqualTo("ORC");
    }
}
