package io.sparkrnn.job;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.parquet.SequenceParquetFormat;
import io.sparkrnn.spark.LocalSpark;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.statistics.IOStatistics;
import org.apache.hadoop.fs.statistics.IOStatisticsSupport;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What a scan asks of S3, and how long it waits for it where a request takes 30 ms: pieces ahead, pieces in turn, and Spark's own
 * reader, of the same table. ("In turn" is a setting of Parquet's, which Spark's reader of the id follows, too.) Writes a table
 * of them to {@code target/clusters/seen-s3-reads.md}; the bytes are asserted, times are not.
 */
@Timeout(900)
class S3ReadsIT {
    private static final Duration A_REQUEST = Duration.ofMillis(30);
    private static final int ROUNDS = 5;
    private static final int ROWS = 4000;
    private static final String VECTORED = "parquet.hadoop.vectored.io.enabled";

    private static final String MIN_PARTITIONS = "spark.sql.files.minPartitionNum";

    private static final String AHEAD = "ahead";
    private static final String IN_TURN = "in turn";
    private static final String SPARKS = "Spark's reader";

    private final SparkSession spark = LocalSpark.session();

    /** What one scan took. */
    private record Scan(long requests, long bytes, long vectored, double seconds) {}

    @Test
    void countsRequests() throws IOException, InterruptedException {
        Path folder = Files.createTempDirectory(Seen.folder(), "s3-reads-");
        try (S3Server server = S3Server.start(folder);
                SlowWay way = SlowWay.to(server.port(), A_REQUEST)) {
            Map<String, String> settings = server.settings(Files.createDirectory(folder.resolve("buffers")));
            settings.put("fs.s3a.endpoint", "http://127.0.0.1:" + way.port());
            Configuration conf = spark.sparkContext().hadoopConfiguration();
            settings.forEach(conf::set);
            String table = "s3a://" + S3Server.BUCKET + "/sequences";
            String list = "transform(sequence(1, 50), t -> transform(sequence(1, 32), i -> float(randn(SEED))))";
            spark.range(0, ROWS, 1, 1)
                    .selectExpr("id", list.replace("SEED", "3") + " AS f", list.replace("SEED", "5") + " AS g")
                    .write()
                    .format(SequenceParquetFormat.NAME)
                    .save(table);
            StringBuilder seen = new StringBuilder("""
                    | columns | reader | GET | bytes | s |
                    |---|---|---|---|---|
                    """);
            // one part, so that the file is opened once
            spark.conf().set(MIN_PARTITIONS, 1);
            for (List<String> columns : List.of(List.of("f"), List.of("f", "g"), List.of("id", "f", "g"))) {
                measure(table, columns, conf, seen);
            }
            spark.conf().unset(MIN_PARTITIONS);
            FileSystem.get(URI.create(table), conf).close();
            settings.keySet().forEach(conf::unset);
            conf.unset(VECTORED);
            Files.writeString(Seen.folder().resolve("seen-s3-reads.md"), seen.toString());
            System.out.print(seen);
        }
    }

    private void measure(String table, List<String> columns, Configuration conf, StringBuilder seen)
            throws IOException {
        Map<String, List<Scan>> scans = new LinkedHashMap<>();
        for (int round = 0; round <= ROUNDS; round++) {
            for (String reader : List.of(AHEAD, IN_TURN, SPARKS)) {
                conf.setBoolean(VECTORED, !reader.equals(IN_TURN));
                String format = reader.equals(SPARKS) ? "parquet" : SequenceParquetFormat.NAME;
                Scan scan = scan(spark.read().format(format).load(table), columns, conf);
                if (round > 0) {
                    scans.computeIfAbsent(reader, name -> new ArrayList<>()).add(scan);
                }
            }
        }
        long lists = columns.stream().filter(column -> !column.equals("id")).count();
        Map<String, Long> requests = new LinkedHashMap<>();
        scans.forEach((reader, of) -> {
            List<Double> seconds = new ArrayList<>();
            of.forEach(scan -> seconds.add(scan.seconds()));
            Collections.sort(seconds);
            Scan last = of.get(of.size() - 1);
            requests.put(reader, last.requests());
            assertThat(last.vectored() > 0)
                    .as("%s, %s: %d vectored reads", columns, reader, last.vectored())
                    .isEqualTo(!reader.equals(IN_TURN));
            assertThat(last.bytes())
                    .as("%s, %s: the lists' bytes, and little else", columns, reader)
                    .isBetween(lists * ROWS * 50 * 32 * 4, lists * ROWS * 50 * 32 * 4 * 101 / 100);
            seen.append(String.format(
                    Locale.ROOT,
                    "| %s | %s | %d | %,d | %.2f |%n",
                    String.join(", ", columns),
                    reader,
                    last.requests(),
                    last.bytes(),
                    seconds.get(seconds.size() / 2)));
        });
        assertThat(requests.get(AHEAD))
                .as("requests: asking ahead asks for nothing twice")
                .isLessThanOrEqualTo(requests.get(IN_TURN));
    }

    /** Reads the columns in one task and throws them away; what is counted is the scan's, not that of finding the schema. */
    private static Scan scan(Dataset<Row> table, List<String> columns, Configuration conf) throws IOException {
        Dataset<Row> read = table.selectExpr(columns.toArray(String[]::new)).coalesce(1);
        FileSystem s3 = FileSystem.get(URI.create("s3a://" + S3Server.BUCKET), conf);
        long requests = count(s3, "action_http_get_request");
        long bytes = count(s3, "stream_read_total_bytes");
        long vectored = count(s3, "stream_read_vectored_operations");
        long began = System.nanoTime();
        read.write().format("noop").mode("overwrite").save();
        double seconds = (System.nanoTime() - began) / 1e9;
        return new Scan(
                count(s3, "action_http_get_request") - requests,
                count(s3, "stream_read_total_bytes") - bytes,
                count(s3, "stream_read_vectored_operations") - vectored,
                seconds);
    }

    private static long count(FileSystem s3, String name) {
        IOStatistics statistics = IOStatisticsSupport.retrieveIOStatistics(s3);
        return statistics.counters().getOrDefault(name, 0L);
    }
}
