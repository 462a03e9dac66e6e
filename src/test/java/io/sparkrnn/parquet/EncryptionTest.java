package io.sparkrnn.parquet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkrnn.parquet.read.ScanReport;
import io.sparkrnn.spark.LocalSpark;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.crypto.keytools.KmsClient;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Encryption is Spark's and parquet-java's affair, and a file that is encrypted is not taken for another one. */
class EncryptionTest {
    private static final Map<String, String> KEYS = Map.of(
            "parquet.crypto.factory.class", "org.apache.parquet.crypto.keytools.PropertiesDrivenCryptoFactory",
            "parquet.encryption.kms.client.class", ToyKeys.class.getName(),
            "parquet.encryption.footer.key", "footer",
            "parquet.encryption.column.keys", "column:f.list.element");

    @TempDir
    Path folder;

    /** Wraps keys by writing them down: good for a test and nothing else. */
    public static final class ToyKeys implements KmsClient {
        @Override
        public void initialize(Configuration conf, String instance, String url, String token) {}

        @Override
        public String wrapKey(byte[] key, String master) {
            return Base64.getEncoder().encodeToString(key);
        }

        @Override
        public byte[] unwrapKey(String wrapped, String master) {
            return Base64.getDecoder().decode(wrapped);
        }
    }

    @Test
    void encryptedFilesAreWrittenAndReadBySpark() throws Exception {
        SparkSession spark = LocalSpark.session();
        Dataset<Row> table = spark.range(0, 20, 1, 1).selectExpr("id", "array(float(id), 2f) AS f");
        String path = folder.resolve("t").toString();
        table.write().format(SequenceParquetFormat.NAME).options(KEYS).save(path);
        try (var files = Files.list(Path.of(path))) {
            Path file = files.filter(found -> found.toString().endsWith(".parquet"))
                    .findFirst()
                    .orElseThrow();
            assertThat(new String(Files.readAllBytes(file), 0, 4, java.nio.charset.StandardCharsets.US_ASCII))
                    .isEqualTo("PARE");
        }
        try (ScanReport report = ScanReport.start(spark.sparkContext())) {
            assertThat(Values.of(report.follow(spark.read().format(SequenceParquetFormat.NAME))
                            .schema(table.schema())
                            .options(KEYS)
                            .load(path)))
                    .isEqualTo(Values.of(table));
            assertThat(report.reasons()).containsExactly(Map.entry("parquet.crypto.factory.class is set", 1L));
        }
        assertThatThrownBy(() -> spark.read()
                        .format(SequenceParquetFormat.NAME)
                        .schema(table.schema())
                        .load(path)
                        .collectAsList())
                .rootCause()
                .hasMessageContaining("encrypted");
    }
}
