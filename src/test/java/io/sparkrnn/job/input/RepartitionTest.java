package io.sparkrnn.job.input;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.Golden;
import io.sparkrnn.RandomNetwork;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.GraphInput;
import io.sparkrnn.graph.GraphOutput;
import io.sparkrnn.graph.Node;
import io.sparkrnn.graph.operator.MatMul;
import io.sparkrnn.graph.operator.Recurrent;
import io.sparkrnn.job.Cli;
import io.sparkrnn.job.input.RepartitionArguments.Spread;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.parquet.FileSplits;
import io.sparkrnn.parquet.SequenceParquetFormat;
import io.sparkrnn.spark.LocalSpark;
import io.sparkrnn.tensor.Shape;
import io.sparkrnn.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** However the input is split, it gives the same rows. */
class RepartitionTest {
    private static final String MODEL =
            Golden.named("seed_torch_rnn").file("model.pt").toString();

    private static final String SPLIT_BYTES = "spark.sql.files.maxPartitionBytes";

    private static final RnnModel HEAVY = RandomNetwork.of(Cell.LSTM, 5, 512).model(new Random(1));

    private final SparkSession spark = LocalSpark.session();

    @TempDir
    Path folder;

    /** 200 rows in 4 files, most of them short, every 40th of 500 steps; two cannot be scored. */
    @BeforeEach
    void write() {
        spark.sql(
                        "SELECT id, id % 3 AS day, IF(id IN (7, 150), null, transform(sequence(0, IF(id % 40 = 3, 500, id % 7)), t"
                                + " -> transform(sequence(0, 4), i -> float(sin(t * i + id))))) AS features"
                                + " FROM range(0, 200, 1, 4)")
                .write()
                .parquet(path("in"));
    }

    private String path(String name) {
        return folder.resolve(name).toString();
    }

    private Cli score(String... more) {
        List<String> args = new ArrayList<>(List.of("score", "--model", MODEL, "--mode", "overwrite", "--show", "0"));
        args.addAll(List.of("--output", path("out")));
        args.addAll(List.of(more));
        return Cli.run(args.toArray(String[]::new));
    }

    /** What the run's own file says of its rows. */
    private String checksum() throws IOException {
        try (Stream<Path> files = Files.list(folder.resolve("out/_spark-rnn"))) {
            // the last run's: they are called by the time
            Path file = files.filter(name -> name.toString().endsWith("Z.json"))
                    .max(Comparator.naturalOrder())
                    .orElseThrow();
            MatchResult found = Pattern.compile("\"checksum\" : \"?([^\",\\s]+)")
                    .matcher(Files.readString(file))
                    .results()
                    .findFirst()
                    .orElseThrow();
            return found.group(1);
        }
    }

    private List<String> rows(String name) {
        return spark.read().parquet(path(name)).orderBy("id").collectAsList().stream()
                .map(Row::toString)
                .toList();
    }

    @ParameterizedTest
    @ValueSource(strings = {"1", "16", "auto"})
    void givesTheRowsOfNone(String repartition) throws IOException {
        String[] input = {
            "--input", path("in"), "--where", "id <> 7 AND id <> 150 AND id < 180", "--partition-by", "day"
        };
        Cli none = score(input);
        assertThat(none.code()).as(none.toString()).isZero();
        List<String> expected = rows("out");
        assertThat(expected).hasSize(178);
        String checksum = checksum();
        Cli cli = score(Stream.concat(Stream.of(input), Stream.of("--repartition", repartition))
                .toArray(String[]::new));
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(rows("out")).isEqualTo(expected);
        assertThat(checksum()).isEqualTo(checksum);
        assertThat(cli.out())
                .contains("Scored 178 sequences")
                .contains(
                        repartition.equals("auto")
                                ? "Input:   2 partitions of 4 files left as they are, for 2 cores"
                                : "Input:   dealt out into " + repartition + " partition");
    }

    @ParameterizedTest
    @ValueSource(strings = {"5", "auto"})
    void everyRowEndsInOnePlace(String repartition) {
        Cli cli = score(
                "--input",
                path("in"),
                "--on-invalid",
                "quarantine",
                "--quarantine",
                path("bad"),
                "--repartition",
                repartition);
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(cli.out()).contains("2 of 200 rows (NULL_SEQUENCE 2) cannot be scored");
        assertThat(rows("out")).hasSize(198);
        assertThat(rows("bad")).hasSize(2);
        Cli nulls = score("--input", path("in"), "--on-invalid", "null", "--repartition", repartition);
        assertThat(nulls.code()).as(nulls.toString()).isZero();
        assertThat(spark.read().parquet(path("out")).where("error_code IS NULL").count())
                .isEqualTo(198);
    }

    @Test
    void namesABadRowByItsFileStill() {
        spark.sql("SELECT IF(id = 5, null, array(array(1F, 2F, 3F, 4F, 5F))) AS features FROM range(0, 20, 1, 2)")
                .write()
                .parquet(path("nameless"));
        Cli cli = score("--input", path("nameless"), "--repartition", "3");
        assertThat(cli.code()).as(cli.toString()).isEqualTo(ExitCode.INPUT.number());
        assertThat(cli.err()).contains("row 6 of ").contains("/nameless/part-00000-");
    }

    @Test
    void takesTablesAndQueries() {
        spark.sql("CREATE TABLE repartitioned USING parquet LOCATION '" + path("in") + "'");
        try {
            for (String repartition : List.of("none", "3", "auto")) {
                Cli table =
                        score("--input-table", "repartitioned", "--where", "id > 150", "--repartition", repartition);
                assertThat(table.code()).as(table.toString()).isZero();
                assertThat(rows("out")).hasSize(49);
                Cli query = score(
                        "--input",
                        path("in"),
                        "--input-query",
                        "SELECT a.* FROM input a JOIN repartitioned b ON a.id = b.id WHERE a.id > 150",
                        "--repartition",
                        repartition);
                assertThat(query.code()).as(query.toString()).isZero();
                assertThat(rows("out")).hasSize(49);
                if (repartition.equals("auto")) {
                    assertThat(table.out()).contains("left as they are");
                    assertThat(query.out()).contains("left as Spark has split it: it is not read from files alone");
                }
            }
        } finally {
            spark.sql("DROP TABLE repartitioned");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "many", "", "99999999999"})
    void refusesWhatIsNoNumber(String repartition) {
        Cli cli = score("--input", path("in"), "--repartition=" + repartition);
        assertThat(cli.code()).as(cli.toString()).isEqualTo(ExitCode.USAGE.number());
        assertThat(cli.err())
                .contains("--repartition " + repartition
                        + ": expected auto, none, or the number of partitions, 1 or more");
    }

    @Test
    void mergesManySmallFilesAndLeavesTheSessionAsItWas() {
        spark.range(0, 60, 1, 60)
                .selectExpr("id", "array(array(1F, 2F, 3F, 4F, float(id))) AS features")
                .write()
                .parquet(path("small"));
        String before = spark.conf().get(SPLIT_BYTES);
        spark.conf().set(SPLIT_BYTES, "1000");
        try {
            Cli none = score("--input", path("small"));
            assertThat(none.code()).as(none.toString()).isZero();
            List<String> expected = rows("out");
            int files = spark.read().parquet(path("out")).inputFiles().length;
            Cli cli = score("--input", path("small"), "--repartition", "auto");
            assertThat(cli.code()).as(cli.toString()).isZero();
            assertThat(rows("out")).hasSize(60).isEqualTo(expected);
            assertThat(cli.out()).contains(" of 60 files merged into about 8, for 2 cores");
            assertThat(spark.read().parquet(path("out")).inputFiles().length)
                    .isLessThanOrEqualTo(9)
                    .isLessThan(files);
            assertThat(spark.conf().getOption("spark.sql.files.maxPartitionNum").isEmpty())
                    .isTrue();
        } finally {
            spark.conf().set(SPLIT_BYTES, before);
        }
    }

    /** A file of so many row groups. */
    private Dataset<Row> file(String name, int rows, int rowsOfAGroup) {
        spark.range(0, rows, 1, 1)
                .selectExpr(
                        "id",
                        "transform(sequence(0, 19), t -> transform(sequence(0, 4), i -> float(hash(id, t, i)))) AS features")
                .write()
                .option("parquet.block.size", Integer.toString(rowsOfAGroup * 400))
                .parquet(path(name));
        return spark.read().format(SequenceParquetFormat.NAME).load(path(name));
    }

    /** A recurrent layer whose states go through a matrix at each step. */
    private static Graph whole(RnnModel model, int columns) {
        return new Graph(
                List.of(new GraphInput("x", List.of(GraphInput.STEPS, 1, 5), OptionalLong.empty())),
                Map.of("W", Tensor.ofFloats(Shape.of(8, columns), new float[8 * columns])),
                List.of(
                        new Node("rnn", new Recurrent(model), List.of("x"), List.of("y", "", "")),
                        new Node("linear", new MatMul(), List.of("y", "W"), List.of("z"))),
                List.of(new GraphOutput("z", GraphOutput.Form.NUMBERS_OF_STEP, 0, columns)));
    }

    @Test
    void aWholeNetworkWeighsAllThatItComputes() {
        RnnModel model = RandomNetwork.of(Cell.GRU, 5, 8).model(new Random(1));
        double layers = Cost.of(model, Precision.FLOAT32).products();
        assertThat(layers).isEqualTo(3 * 8 * (5 + 8));
        Cost narrow = Cost.of(whole(model, 10), Precision.FLOAT32);
        Cost wide = Cost.of(whole(model, 1000), Precision.FLOAT32);
        assertThat(narrow.products()).isBetween(layers, 1.5 * layers);
        assertThat(wide.products() - narrow.products()).isEqualTo(8.0 * 990);
        FileSplits splits = new FileSplits(1, 1000, 1, 1, 10, 4000, 16_000);
        assertThat(wide.forward(splits)).isEqualTo(4000 / 5.0 * wide.products() / 40e9);
    }

    private static Spread spread(FileSplits splits, int cores, Dataset<Row> table) {
        return new Balance(splits, cores, Cost.of(HEAVY, Precision.FLOAT64)).spread(table);
    }

    @Test
    void dealsOutAFileOfOneRowGroupWhereTheNetworkIsWorthIt() {
        Dataset<Row> table = file("one", 3_000, 1_000_000);
        FileSplits splits =
                FileSplits.of(table.where("id >= 0").select("features"), 2).orElseThrow();
        assertThat(splits.files()).isOne();
        assertThat(splits.largestShare()).isEqualTo(1);
        assertThat(splits.rows()).isEqualTo(3_000);
        assertThat(splits.listNumbers()).isEqualTo(3_000 * 100);
        Spread spread = spread(splits, 2, table);
        assertThat(spread.settings()).isEmpty();
        assertThat(spread.what())
                .contains("of 1 file, of which one has 100 % of the bytes, dealt out into 8 for 2 cores");
        assertThat(spread.table().javaRDD().getNumPartitions()).isEqualTo(8);
        assertThat(spread.table().exceptAll(table).isEmpty()).isTrue();

        RnnModel light = RandomNetwork.of(Cell.GRU, 5, 2).model(new Random(1));
        assertThat(new Balance(splits, 2, Cost.of(light, Precision.FLOAT32)).spread(table))
                .isEqualTo(new Spread(table, Map.of(), "1 partition of 1 file left as they are, for 2 cores"));
    }

    @Test
    void cutsAFileOfSeveralRowGroupsWithoutAShuffle() {
        Dataset<Row> table = file("several", 3_000, 250);
        FileSplits splits = FileSplits.of(table, 4).orElseThrow();
        assertThat(splits.partitions()).isOne();
        Spread spread = spread(splits, 4, table);
        assertThat(spread.table()).isSameAs(table);
        assertThat(spread.settings()).containsKeys(SPLIT_BYTES, "spark.sql.files.openCostInBytes");
        assertThat(spread.what()).contains("by their row groups, for 4 cores");
        assertThat(FileSplits.of(table, 4)).as("the session is as it was").contains(splits);
    }

    @Test
    void looksIntoNothingButFiles() {
        assertThat(FileSplits.of(spark.range(10).toDF(), 2)).isEmpty();
        Dataset<Row> table = spark.read().parquet(path("in"));
        assertThat(FileSplits.of(table.groupBy("day").count(), 2)).isEmpty();
        assertThat(FileSplits.of(table.union(table), 2)).isEmpty();
        table.write().json(path("json"));
        FileSplits json = FileSplits.of(spark.read().json(path("json")), 2).orElseThrow();
        assertThat(json.files()).isEqualTo(2);
        assertThat(json.rows()).isZero();
        assertThat(json.largestShare()).isBetween(0.5, 1.0);
    }
}
