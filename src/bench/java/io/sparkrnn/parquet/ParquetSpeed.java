package io.sparkrnn.parquet;

import static io.sparkrnn.parquet.SequenceParquetFormat.VERIFY_CHECKSUMS;

import io.sparkrnn.platform.ScalaCollections;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import java.io.Closeable;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.mapreduce.Job;
import org.apache.hadoop.mapreduce.TaskAttemptID;
import org.apache.hadoop.mapreduce.task.TaskAttemptContextImpl;
import org.apache.parquet.hadoop.util.ContextUtil;
import org.apache.spark.paths.SparkPath;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.catalyst.util.GenericArrayData;
import org.apache.spark.sql.execution.datasources.FileFormat;
import org.apache.spark.sql.execution.datasources.OutputWriter;
import org.apache.spark.sql.execution.datasources.OutputWriterFactory;
import org.apache.spark.sql.execution.datasources.PartitionedFile;
import org.apache.spark.sql.execution.datasources.parquet.ParquetFileFormat;
import org.apache.spark.sql.sources.Filter;
import org.apache.spark.sql.types.StructType;
import org.xerial.snappy.Snappy;
import scala.Function1;
import scala.collection.Iterator;

/**
 * How fast lists of floats go to and from Parquet files on one thread, with no job around: this format, Spark's own, and as
 * the floor a plain copy of the same bytes through the same codec, into and out of a file of the same file system in
 * pieces of 1 MiB. In rounds one
 * after the other; prints medians of thread CPU time and of elapsed time.
 *
 * <pre>mvn -B -q -Pbench test-compile exec:exec -Dbench=io.sparkrnn.parquet.ParquetSpeed</pre>
 */
final class ParquetSpeed {
    private static final int ROWS = Integer.getInteger("rows", 20_000);
    private static final int STEPS = Integer.getInteger("steps", 50);
    private static final int WIDTH = Integer.getInteger("width", 64);
    private static final int ROUNDS = Integer.getInteger("rounds", 5);
    private static final String CODEC = System.getProperty("codec", "snappy");
    private static final String ENCODING = System.getProperty("encoding", "plain");
    private static final String ONLY = System.getProperty("only", ".*");
    private static final int WARM_UP = 4;
    private static final int PIECE = 1 << 20;

    /** So many rows that the copy's numbers are a few pieces, and others than those of the piece before. */
    private static final int DISTINCT = Math.max(500, 4 * PIECE / (STEPS * WIDTH * Float.BYTES));
    private static final StructType SCHEMA = StructType.fromDDL("id BIGINT, states ARRAY<ARRAY<FLOAT>>");
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private ParquetSpeed() {}

    private interface Work {
        void run() throws IOException;
    }

    /**
     * Runs the rounds; system properties: rows, steps, width, rounds, codec (snappy, zstd, none), encoding, only (a pattern
     * of names).
     */
    public static void main(String[] args) throws IOException {
        SparkSession spark = SparkSession.builder()
                .master("local[1]")
                .config("spark.ui.enabled", "false")
                .config("spark.driver.host", "127.0.0.1")
                .config("spark.driver.bindAddress", "127.0.0.1")
                .getOrCreate();
        spark.sparkContext().setLogLevel("ERROR");
        Path folder = Files.createTempDirectory("parquet-speed");
        UnsafeRow[] rows = rows();
        byte[] numbers = numbers(rows);
        FileFormat direct = new SequenceParquetFormat();
        FileFormat sparks = new ParquetFileFormat();
        Path ours = folder.resolve("ours.parquet");
        Path theirs = folder.resolve("theirs.parquet");
        Path plain = folder.resolve("plain");

        Map<String, Work> works = new LinkedHashMap<>();
        works.put("write: a copy through the codec", () -> writeCopy(spark, numbers, plain));
        works.put("write: this format", () -> write(spark, direct, rows, ours));
        works.put("write: Spark's format", () -> write(spark, sparks, rows, theirs));
        works.put("read: a copy through the codec", () -> readCopy(spark, plain));
        works.put("read: this format, its own file", reading(spark, direct, ours, Map.of()));
        Map<String, String> unverified = Map.of(VERIFY_CHECKSUMS, "false");
        works.put("read: this format, no checksums verified", reading(spark, direct, ours, unverified));
        works.put("read: this format, Spark's file", reading(spark, direct, theirs, Map.of()));
        if (ENCODING.equals("plain")) {
            works.put("read: Spark's format, this one's file", reading(spark, sparks, ours, Map.of()));
        }
        works.put("read: Spark's format, its own file", reading(spark, sparks, theirs, Map.of()));

        Map<String, List<Double>> cpu = new LinkedHashMap<>();
        Map<String, List<Double>> elapsed = new LinkedHashMap<>();
        for (int round = -WARM_UP; round < ROUNDS; round++) {
            for (Map.Entry<String, Work> work : works.entrySet()) {
                boolean makesFile = round == -WARM_UP && work.getKey().startsWith("write");
                if (!makesFile && !work.getKey().matches(ONLY)) {
                    continue;
                }
                long before = THREADS.getCurrentThreadCpuTime();
                long start = System.nanoTime();
                work.getValue().run();
                double took = (System.nanoTime() - start) / 1e9;
                double worked = (THREADS.getCurrentThreadCpuTime() - before) / 1e9;
                if (round >= 0) {
                    cpu.computeIfAbsent(work.getKey(), key -> new ArrayList<>()).add(worked);
                    elapsed.computeIfAbsent(work.getKey(), key -> new ArrayList<>())
                            .add(took);
                }
            }
        }
        double megabytes = (double) ROWS * STEPS * WIDTH * Float.BYTES / 1e6;
        System.out.printf(
                Locale.ROOT,
                "%d rows x %d x %d floats (%.0f MB), %s, %s; medians of %d rounds%n",
                ROWS,
                STEPS,
                WIDTH,
                megabytes,
                CODEC,
                ENCODING,
                ROUNDS);
        for (Map.Entry<String, List<Double>> work : cpu.entrySet()) {
            double worked = median(work.getValue());
            System.out.printf(
                    Locale.ROOT,
                    "| %-40s | %6.3f s CPU | %6.3f s | %6.0f MB/s |%n",
                    work.getKey(),
                    worked,
                    median(elapsed.getOrDefault(work.getKey(), List.of())),
                    megabytes / worked);
        }
        System.out.printf(
                Locale.ROOT,
                "files: ours %d, Spark's %d, the copy %d bytes%n",
                Files.size(ours),
                Files.size(theirs),
                Files.size(plain));
        spark.stop();
    }

    private static UnsafeRow[] rows() {
        Random random = new Random(1);
        UnsafeProjection projection = UnsafeProjection.create(SCHEMA);
        UnsafeRow[] rows = new UnsafeRow[DISTINCT];
        for (int r = 0; r < DISTINCT; r++) {
            ArrayData[] steps = new ArrayData[STEPS];
            for (int t = 0; t < STEPS; t++) {
                float[] step = new float[WIDTH];
                for (int i = 0; i < WIDTH; i++) {
                    step[i] = (float) Math.tanh(random.nextGaussian());
                }
                steps[t] = UnsafeArrayData.fromPrimitiveArray(step);
            }
            rows[r] = projection
                    .apply(new GenericInternalRow(new Object[] {(long) r, new GenericArrayData(steps)}))
                    .copy();
        }
        return rows;
    }

    private static byte[] numbers(UnsafeRow[] rows) {
        byte[] numbers = new byte[rows.length * STEPS * WIDTH * Float.BYTES];
        int at = 0;
        for (UnsafeRow row : rows) {
            for (int t = 0; t < STEPS; t++) {
                float[] step = row.getArray(1).getArray(t).toFloatArray();
                java.nio.ByteBuffer.wrap(numbers, at, WIDTH * Float.BYTES)
                        .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                        .asFloatBuffer()
                        .put(step);
                at += WIDTH * Float.BYTES;
            }
        }
        return numbers;
    }

    private static void write(SparkSession spark, FileFormat format, UnsafeRow[] rows, Path path) throws IOException {
        Files.deleteIfExists(path);
        Job job = Job.getInstance(new Configuration(spark.sparkContext().hadoopConfiguration()));
        OutputWriterFactory factory = format.prepareWrite(
                spark, job, ScalaCollections.map(Map.of("compression", CODEC, "floatEncoding", ENCODING)), SCHEMA);
        OutputWriter writer = factory.newInstance(
                path.toString(),
                SCHEMA,
                new TaskAttemptContextImpl(ContextUtil.getConfiguration(job), new TaskAttemptID()));
        for (int i = 0; i < ROWS; i++) {
            writer.write(rows[i % rows.length]);
        }
        writer.close();
    }

    private static void writeCopy(SparkSession spark, byte[] numbers, Path path) throws IOException {
        byte[] piece = new byte[PIECE];
        byte[] compressed = new byte[2 * PIECE];
        long left = (long) ROWS * STEPS * WIDTH * Float.BYTES;
        try (FSDataOutputStream out = fileSystem(spark).create(new org.apache.hadoop.fs.Path(path.toUri()));
                ZstdCompressCtx zstd = new ZstdCompressCtx()) {
            for (int at = 0; left > 0; left -= PIECE, at = (at + PIECE) % (numbers.length - PIECE)) {
                int size = (int) Math.min(left, PIECE);
                System.arraycopy(numbers, at, piece, 0, size);
                int length =
                        switch (CODEC) {
                            case "snappy" -> Snappy.compress(piece, 0, size, compressed, 0);
                            case "zstd" -> zstd.compressByteArray(compressed, 0, compressed.length, piece, 0, size);
                            default -> size;
                        };
                out.writeInt(size);
                out.writeInt(length);
                out.write(CODEC.equals("none") ? piece : compressed, 0, length);
            }
        }
    }

    private static void readCopy(SparkSession spark, Path path) throws IOException {
        byte[] piece = new byte[PIECE];
        byte[] compressed = new byte[2 * PIECE];
        byte[] copy = new byte[PIECE];
        try (FSDataInputStream in = fileSystem(spark).open(new org.apache.hadoop.fs.Path(path.toUri()));
                ZstdDecompressCtx zstd = new ZstdDecompressCtx()) {
            for (long left = (long) ROWS * STEPS * WIDTH * Float.BYTES; left > 0; left -= PIECE) {
                int size = in.readInt();
                int length = in.readInt();
                in.readFully(compressed, 0, length);
                switch (CODEC) {
                    case "snappy" -> Snappy.uncompress(compressed, 0, length, piece, 0);
                    case "zstd" -> zstd.decompressByteArray(piece, 0, size, compressed, 0, length);
                    default -> System.arraycopy(compressed, 0, piece, 0, length);
                }
                System.arraycopy(piece, 0, copy, 0, size);
            }
        }
    }

    /** Reads a file. What the driver does for a scan is done here, once, and is not part of it. */
    private static Work reading(SparkSession spark, FileFormat format, Path path, Map<String, String> settings) {
        Configuration conf = new Configuration(spark.sparkContext().hadoopConfiguration());
        settings.forEach(conf::set);
        Function1<PartitionedFile, Iterator<InternalRow>> reader = format.buildReaderWithPartitionValues(
                spark,
                SCHEMA,
                new StructType(),
                SCHEMA,
                ScalaCollections.seq(List.<Filter>of()),
                ScalaCollections.map(Map.of(FileFormat.OPTION_RETURNING_BATCH(), "false")),
                conf);
        return () -> read(reader, path);
    }

    private static void read(Function1<PartitionedFile, Iterator<InternalRow>> reader, Path path) throws IOException {
        long size = Files.size(path);
        Iterator<InternalRow> rows = reader.apply(new PartitionedFile(
                InternalRow.empty(),
                SparkPath.fromPathString(path.toUri().toString()),
                0,
                size,
                new String[0],
                0,
                size,
                ScalaCollections.map(Map.<String, Object>of())));
        UnsafeProjection projection = UnsafeProjection.create(SCHEMA);
        int count = 0;
        while (rows.hasNext()) {
            InternalRow row = rows.next();
            // What a scan does with the rows of Spark's own format.
            InternalRow unsafe = row instanceof UnsafeRow ? row : projection.apply(row);
            count += unsafe.isNullAt(1) ? 0 : 1;
        }
        if (rows instanceof Closeable closeable) {
            closeable.close();
        }
        if (count != ROWS) {
            throw new IllegalStateException(count + " rows");
        }
    }

    private static FileSystem fileSystem(SparkSession spark) throws IOException {
        return FileSystem.getLocal(spark.sparkContext().hadoopConfiguration());
    }

    private static double median(List<Double> values) {
        List<Double> sorted = new ArrayList<>(values);
        Collections.sort(sorted);
        return sorted.get(sorted.size() / 2);
    }
}
