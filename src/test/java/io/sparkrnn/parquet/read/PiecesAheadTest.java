package io.sparkrnn.parquet.read;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.sparkrnn.parquet.SequenceParquetFormat;
import io.sparkrnn.parquet.read.LakeFileSystem.Read;
import io.sparkrnn.platform.BuiltFor;
import io.sparkrnn.spark.LocalSpark;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.BufferedFSInputStream;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ColumnChunkMetaData;
import org.apache.parquet.hadoop.util.HadoopInputFile;
import org.apache.parquet.hadoop.util.HadoopStreams;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** From a storage that takes several requests at once, pieces are asked for ahead; from others they are read in turn. */
class PiecesAheadTest {
    private static final String VECTORED = "parquet.hadoop.vectored.io.enabled";
    private static final int LARGEST_PIECE = 4 * 1024 * 1024 - 1024;

    private final SparkSession spark = LocalSpark.session();

    @TempDir
    Path folder;

    private Path table;

    @BeforeEach
    void writeTwoListsOfSomeTenMegabytes() {
        LakeFileSystem.use(spark.sparkContext().hadoopConfiguration());
        table = folder.resolve("t");
        String list = "transform(sequence(1, 50), t -> transform(sequence(1, 32), i -> float(id * 31 + SEED * t + i)))";
        spark.range(0, 1600, 1, 1)
                .selectExpr("id", list.replace("SEED", "3") + " AS f", list.replace("SEED", "5") + " AS g")
                .write()
                .format(SequenceParquetFormat.NAME)
                .option("compression", "none")
                .option("parquet.enable.dictionary", "false")
                .save(table.toString());
    }

    @AfterEach
    void forget() {
        Configuration conf = spark.sparkContext().hadoopConfiguration();
        conf.unset("fs." + LakeFileSystem.SCHEME + ".impl");
        conf.unset(VECTORED);
    }

    private Dataset<Row> inTheLake() {
        return spark.read().format(SequenceParquetFormat.NAME).load(LakeFileSystem.SCHEME + "://" + table);
    }

    /** Of every row and every number, in whatever order. */
    private static Row sums(Dataset<Row> rows) {
        return rows.selectExpr("count(*)", "bit_xor(xxhash64(id, f))", "bit_xor(xxhash64(id, g))")
                .first();
    }

    private Path listFile() throws IOException {
        try (Stream<Path> files = Files.list(table)) {
            return files.filter(file -> file.toString().endsWith(".parquet"))
                    .findFirst()
                    .orElseThrow();
        }
    }

    private List<ColumnChunkMetaData> listChunks() throws IOException {
        try (ParquetFileReader reader = ParquetFileReader.open(HadoopInputFile.fromPath(
                new org.apache.hadoop.fs.Path(listFile().toUri()), new Configuration()))) {
            List<BlockMetaData> rowGroups = reader.getRowGroups();
            assertThat(rowGroups).hasSize(1);
            return rowGroups.get(0).getColumns().stream()
                    .filter(chunk -> chunk.getPath().size() > 1)
                    .toList();
        }
    }

    /** The reads of the two lists, in the order of asking. */
    private static List<Read> readsOf(List<ColumnChunkMetaData> chunks) {
        return LakeFileSystem.BY_POSITION.stream()
                .filter(read -> chunks.stream().anyMatch(chunk -> isIn(chunk, read)))
                .toList();
    }

    private static boolean isIn(ColumnChunkMetaData chunk, Read read) {
        return read.at() >= chunk.getStartingPos() && read.end() <= chunk.getStartingPos() + chunk.getTotalSize();
    }

    @Test
    void everyByteIsAskedForOnceAndTheFirstPiecesTogether() throws IOException {
        assumeFalse(BuiltFor.spark().equals("3.5"), "its parquet-java has no vectored reads");
        assertThat(sums(inTheLake())).isEqualTo(sums(spark.read().parquet(table.toString())));

        List<ColumnChunkMetaData> chunks = listChunks();
        assertThat(chunks).hasSize(2);
        List<Read> reads = readsOf(chunks);
        assertThat(reads.subList(0, 4).stream().filter(read -> isIn(chunks.get(1), read)))
                .as("of the first four on their way two are the second column's")
                .hasSize(2);
        for (ColumnChunkMetaData chunk : chunks) {
            List<Read> ofChunk = reads.stream()
                    .filter(read -> isIn(chunk, read))
                    .sorted(Comparator.comparingLong(Read::at))
                    .toList();
            assertThat(ofChunk).hasSizeGreaterThan(2);
            long at = chunk.getStartingPos();
            for (Read read : ofChunk) {
                assertThat(read.at()).isEqualTo(at);
                assertThat(read.length()).isLessThanOrEqualTo(LARGEST_PIECE);
                at = read.end();
            }
            assertThat(at).isEqualTo(chunk.getStartingPos() + chunk.getTotalSize());
        }
    }

    @Test
    void parquetsSettingSwitchesItOff() throws IOException {
        spark.sparkContext().hadoopConfiguration().setBoolean(VECTORED, false);
        assertThat(sums(inTheLake())).isEqualTo(sums(spark.read().parquet(table.toString())));
        assertThat(readsOf(listChunks())).isEmpty();
    }

    /** A connection that breaks is nobody's fault: clients begin again by themselves where a file is read in turn. */
    @Test
    void aPieceThatIsLostOnItsWayIsReadAgainInTurn() throws IOException {
        Row expected = sums(spark.read().parquet(table.toString()));
        LakeFileSystem.fault = LakeFileSystem.Fault.ON_ITS_WAY;
        for (ColumnChunkMetaData chunk : listChunks()) {
            for (long place : new long[] {0, LARGEST_PIECE + 1L, chunk.getTotalSize() - 1}) {
                LakeFileSystem.failingByte = chunk.getStartingPos() + place;
                assertThat(sums(inTheLake())).as("byte %d of the chunk", place).isEqualTo(expected);
            }
        }
    }

    /** What cannot be read is told as what it is: the storage's word, and no damaged file. */
    @Test
    void anErrorOfTheStorageIsNotTheFiles() throws IOException {
        ColumnChunkMetaData chunk = listChunks().get(1);
        for (long place : new long[] {0, LARGEST_PIECE + 1L, chunk.getTotalSize() - 1}) {
            LakeFileSystem.failingByte = chunk.getStartingPos() + place;
            assertThatThrownBy(() -> inTheLake().selectExpr("count(g)").collectAsList())
                    .as("byte %d of the chunk", place)
                    .hasStackTraceContaining("the lake is frozen")
                    // which Spark says from 4.0 on
                    .hasStackTraceContaining(BuiltFor.spark().equals("3.5") ? "" : "part-00000")
                    .satisfies(e -> assertThat(stackTrace(e)).doesNotContain("damaged"));
        }
    }

    /** Hadoop offers vectored reads of every stream; where they are one read after the other, nobody gains by them. */
    @Test
    void streamsWithoutAWayOfTheirOwnAreReadInTurn() throws IOException {
        Configuration conf = new Configuration();
        org.apache.hadoop.fs.Path file =
                new org.apache.hadoop.fs.Path(listFile().toUri());
        try (FSDataInputStream local = file.getFileSystem(conf).open(file);
                FSDataInputStream lake = new FSDataInputStream(new LakeFileSystem.Plain(local));
                BufferedFSInputStream buffered = new BufferedFSInputStream(new LakeFileSystem.Plain(local), 4096)) {
            assertThat(pieces(lake, conf)).isInstanceOf(PiecesInTurn.class);
            assertThat(pieces(new FSDataInputStream(buffered), conf)).isInstanceOf(PiecesInTurn.class);
            assertThat(pieces(new FSDataInputStream(lake), conf)).isInstanceOf(PiecesInTurn.class);
        }
    }

    private static Pieces pieces(FSDataInputStream stream, Configuration conf) {
        return FilePieces.of(HadoopStreams.wrap(stream), "lake:///t/part-00000.parquet", conf);
    }

    private static String stackTrace(Throwable e) {
        StringWriter text = new StringWriter();
        e.printStackTrace(new PrintWriter(text));
        return text.toString();
    }
}
