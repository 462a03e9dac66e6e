package io.sparkrnn.parquet.read;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.parquet.SequenceParquetFormat;
import io.sparkrnn.parquet.Values;
import io.sparkrnn.parquet.layout.LevelEncoder;
import io.sparkrnn.spark.LocalSpark;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.apache.hadoop.conf.Configuration;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.column.statistics.Statistics;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.hadoop.util.HadoopOutputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Levels: as they are written they are read, and rows may begin and end anywhere in the pages. */
class LevelsTest {
    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void whatIsEncodedIsDecoded(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 50; round++) {
            int max = 1 + random.nextInt(6);
            LevelEncoder encoder = new LevelEncoder(max);
            List<Integer> levels = new ArrayList<>();
            for (int run = random.nextInt(200); run >= 0; run--) {
                int level = random.nextInt(max + 1);
                int[] lengths = {1, 1, 2, 7, 8, 9, 15, 31, 63, 64, 600};
                int length = lengths[random.nextInt(round % 2 == 0 ? lengths.length : 3)];
                encoder.put(level, length);
                levels.addAll(java.util.Collections.nCopies(length, level));
            }
            int size = encoder.finish();
            byte[] bytes = Arrays.copyOf(encoder.bytes(), size + ColumnPages.SLACK);
            Place place = new Place("f", "c", 0);
            HybridRuns runs = new HybridRuns(place);
            int bits = ColumnPages.bits(max);
            runs.start(bytes, 0, size, bits, levels.size(), place);
            List<Integer> decoded = new ArrayList<>();
            while (runs.next()) {
                for (int i = 0; i < runs.length(); i++) {
                    decoded.add(runs.isPacked() ? runs.packed(i) : runs.value());
                }
                for (int i = 0; runs.isPacked() && i < runs.length(); i += 8) {
                    for (int k = 0; k < Math.min(Long.SIZE / bits, runs.length() - i); k++) {
                        assertThat(runs.packedBits(i) >>> (k * bits) & ((1 << bits) - 1))
                                .as("seed " + seed)
                                .isEqualTo(runs.packed(i + k));
                    }
                }
            }
            assertThat(decoded).as("seed " + seed).isEqualTo(levels);
            assertThat(runs.bytesLeft()).isZero();
        }
    }

    /** Lists of one length are appended many at a time; the bytes are those of one level after the other. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4})
    void listsTogetherAreTheSameBytes(long seed) {
        Random random = new Random(seed);
        for (int round = 0; round < 300; round++) {
            int deepest = 2 + random.nextInt(4);
            LevelEncoder together = new LevelEncoder(deepest);
            LevelEncoder oneByOne = new LevelEncoder(deepest);
            for (int row = random.nextInt(30); row >= 0; row--) {
                int usual = 1 + random.nextInt(random.nextBoolean() ? 10 : 80);
                together.put(0, 1);
                oneByOne.put(0, 1);
                for (int piece = random.nextInt(4); piece >= 0; piece--) {
                    int length = random.nextInt(4) == 0 ? 1 + random.nextInt(70) : usual;
                    int lists = 1 + random.nextInt(random.nextBoolean() ? 4 : 200);
                    together.putLists(1, deepest, length, lists);
                    for (int list = 0; list < lists; list++) {
                        oneByOne.put(1, 1);
                        for (int i = 1; i < length; i++) {
                            oneByOne.put(deepest, 1);
                        }
                    }
                }
            }
            assertThat(written(together))
                    .as("seed " + seed + ", round " + round)
                    .isEqualTo(written(oneByOne));
        }
    }

    private static byte[] written(LevelEncoder encoder) {
        int size = encoder.finish();
        return Arrays.copyOf(encoder.bytes(), size);
    }

    /** As parquet-java wrote pages until 2018: cut wherever they were full. */
    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9})
    void rowsGoOnInTheNextPage(long seed) throws Exception {
        Random random = new Random(seed);
        MessageType schema = MessageTypeParser.parseMessageType("""
                message spark_schema {
                  optional group f (LIST) { repeated group list {
                    optional group element (LIST) { repeated group list { optional float element; } } } }
                }""");
        List<int[]> levels = new ArrayList<>();
        List<String> expected = new ArrayList<>();
        boolean nulls = random.nextBoolean();
        // Steps of one width, with another one here and there, are found many at a time.
        int usual = seed % 3 == 0 ? 2 + random.nextInt(30) : 0;
        int longest = usual > 0 ? 900 : 60;
        for (int row = 0; row < 40; row++) {
            expected.add(row(random, nulls, usual, levels));
        }
        ColumnDescriptor column = schema.getColumns().get(0);
        Path file = folder.resolve("cut.parquet");
        ParquetProperties properties = ParquetProperties.builder().build();
        ParquetFileWriter writer = new ParquetFileWriter(
                HadoopOutputFile.fromPath(new org.apache.hadoop.fs.Path(file.toUri()), new Configuration()),
                schema,
                ParquetFileWriter.Mode.CREATE,
                1 << 20,
                0,
                properties.getColumnIndexTruncateLength(),
                properties.getStatisticsTruncateLength(),
                properties.getPageWriteChecksumEnabled());
        writer.start();
        writer.startBlock(expected.size());
        writer.startColumn(column, levels.size(), CompressionCodecName.UNCOMPRESSED);
        for (int from = 0, to; from < levels.size(); from = to) {
            to = Math.min(levels.size(), from + 1 + random.nextInt(longest));
            writePage(writer, column, levels.subList(from, to));
        }
        writer.endColumn();
        writer.endBlock();
        writer.end(java.util.Map.of());
        assertThat(Files.size(file)).isPositive();
        try (ScanReport report = ScanReport.start(LocalSpark.session().sparkContext())) {
            Dataset<Row> read = report.follow(LocalSpark.session().read().format(SequenceParquetFormat.NAME))
                    .load(file.toString());
            assertThat(read.collectAsList().stream()
                            .map(row -> Values.text(row.get(0)))
                            .toList())
                    .as("seed " + seed)
                    .isEqualTo(expected);
            assertThat(report.directParts()).isEqualTo(1);
        }
    }

    /**
     * A row's text; its levels (repetition, definition, bits of the value) go to {@code levels}.
     *
     * @param usual how long nearly all lists are; 0 for any length
     */
    private static String row(Random random, boolean nulls, int usual, List<int[]> levels) {
        int kind = nulls ? random.nextInt(8) : 7;
        if (kind < 2) {
            levels.add(new int[] {0, kind, 0});
            return kind == 0 ? "null" : "[]";
        }
        List<String> lists = new ArrayList<>();
        for (int list = random.nextInt(usual > 0 ? 40 : 5); list >= 0; list--) {
            int repetition = lists.isEmpty() ? 0 : 1;
            int listKind = nulls ? random.nextInt(8) : 7;
            if (listKind < 2) {
                levels.add(new int[] {repetition, 2 + listKind, 0});
                lists.add(listKind == 0 ? "null" : "[]");
                continue;
            }
            List<String> elements = new ArrayList<>();
            int length = usual > 0 && random.nextInt(9) > 0 ? usual : 1 + random.nextInt(40);
            for (int i = 0; i < length; i++) {
                float value = random.nextFloat();
                boolean isNull = nulls && random.nextInt(5) == 0;
                levels.add(
                        new int[] {elements.isEmpty() ? repetition : 2, isNull ? 4 : 5, Float.floatToRawIntBits(value)
                        });
                elements.add(isNull ? "null" : Values.text(value));
            }
            lists.add("[" + String.join(",", elements) + "]");
        }
        return "[" + String.join(",", lists) + "]";
    }

    @SuppressWarnings("deprecation") // without the number of rows, as old writers did
    private static void writePage(ParquetFileWriter writer, ColumnDescriptor column, List<int[]> levels)
            throws Exception {
        LevelEncoder repetition = new LevelEncoder(2);
        LevelEncoder definition = new LevelEncoder(5);
        ByteBuffer values = ByteBuffer.allocate(levels.size() * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
        for (int[] level : levels) {
            repetition.put(level[0], 1);
            definition.put(level[1], 1);
            if (level[1] == 5) {
                values.putInt(level[2]);
            }
        }
        int repetitionBytes = repetition.finish();
        int definitionBytes = definition.finish();
        BytesInput page = BytesInput.concat(
                BytesInput.fromInt(repetitionBytes),
                BytesInput.from(repetition.bytes(), 0, repetitionBytes),
                BytesInput.fromInt(definitionBytes),
                BytesInput.from(definition.bytes(), 0, definitionBytes),
                BytesInput.from(values.array(), 0, values.position()));
        writer.writeDataPage(
                levels.size(),
                (int) page.size(),
                page,
                Statistics.createStats(column.getPrimitiveType()),
                Encoding.RLE,
                Encoding.RLE,
                Encoding.PLAIN);
    }
}
