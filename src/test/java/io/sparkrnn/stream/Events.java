package io.sparkrnn.stream;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/** Events in files of lines of JSON, each of which is a micro-batch of a stream. */
final class Events {
    static final StructType SCHEMA =
            StructType.fromDDL("client STRING, n BIGINT, a FLOAT, b DOUBLE, age DOUBLE, code INT, country STRING");

    private final SparkSession spark;
    private final Path folder;
    private int files;

    Events(SparkSession spark, Path folder) {
        this.spark = spark;
        this.folder = folder;
    }

    /** Events of clients that take turns at random, in their order: {@code n} rises. */
    static List<String> random(Random random, int clients, int count) {
        List<String> events = new ArrayList<>();
        for (int n = 0; n < count; n++) {
            events.add(event("c" + random.nextInt(clients), n * 10L, random.nextFloat() - 0.5f, random.nextDouble()));
        }
        return events;
    }

    static String event(String client, long n, float a, double b) {
        return "{\"client\": \"" + client + "\", \"n\": " + n + ", \"a\": " + a + ", \"b\": " + b + ", \"age\": "
                + client.length() + ", \"code\": " + n % 3 + ", \"country\": \"x" + n % 7 + "\"}";
    }

    /** Cuts events into micro-batches of random sizes, each in no order. */
    void addCut(Random random, List<String> events) {
        for (int at = 0; at < events.size(); ) {
            int end = Math.min(events.size(), at + 1 + random.nextInt(35));
            List<String> part = new ArrayList<>(events.subList(at, end));
            Collections.shuffle(part, random);
            add(part);
            at = end;
        }
    }

    /** Adds a micro-batch. */
    void add(List<String> events) {
        try {
            Path file = Files.write(folder.resolve(String.format("b%04d.json", files)), events);
            // Spark takes the oldest first
            Files.setLastModifiedTime(file, FileTime.fromMillis(1_700_000_000_000L + 10_000L * files));
            files++;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A file a micro-batch. */
    Dataset<Row> stream() {
        return spark.readStream().schema(SCHEMA).option("maxFilesPerTrigger", 1).json(folder.toString());
    }

    /** All of them. */
    Dataset<Row> table() {
        return spark.read().schema(SCHEMA).json(folder.toString());
    }

    /** Rows as text, each once, in an order of their own. */
    static List<String> texts(List<Row> rows) {
        return rows.stream().map(Row::toString).sorted().collect(Collectors.toList());
    }
}
