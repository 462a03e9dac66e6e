package io.sparkrnn.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.sparkrnn.RandomNetwork;
import io.sparkrnn.engine.Engine;
import io.sparkrnn.engine.GraphEngines;
import io.sparkrnn.engine.KernelChoice;
import io.sparkrnn.engine.NumberSource;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.GraphInput;
import io.sparkrnn.graph.GraphOutput;
import io.sparkrnn.graph.GraphOutput.Form;
import io.sparkrnn.graph.Node;
import io.sparkrnn.graph.operator.Concat;
import io.sparkrnn.graph.operator.Gather;
import io.sparkrnn.graph.operator.MatMul;
import io.sparkrnn.graph.operator.Recurrent;
import io.sparkrnn.graph.operator.Reduce;
import io.sparkrnn.graph.operator.Slice;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.Precision;
import io.sparkrnn.platform.ScalaCollections;
import io.sparkrnn.spark.invalid.InputException;
import io.sparkrnn.spark.invalid.OnInvalid;
import io.sparkrnn.tensor.Shape;
import io.sparkrnn.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A whole network over a table: amounts and codes of each step, an age and a segment of the row, through an embedding and an
 * LSTM to scores of the row and of each step.
 */
class GraphScorerTest {
    private static final int T = GraphInput.STEPS;
    private static final StructType SCHEMA = StructType.fromDDL(
            "id bigint, amounts array<array<float>>, code array<int>, age double, segment smallint, note string");

    private static final GraphOutput SCORE = new GraphOutput("score", Form.OF_ROW, -1, 3);
    private static final GraphOutput STATES = new GraphOutput("states", Form.NUMBERS_OF_STEP, 0, 4);
    private static final GraphOutput LATER = new GraphOutput("later", Form.NUMBER_OF_STEP, 0, 1);
    private static final GraphOutput PEAK = new GraphOutput("peak", Form.OF_ROW, -1, 4);

    private final SparkSession spark = LocalSpark.session();

    @TempDir
    Path folder;

    private static Tensor tensor(Random random, Precision precision, long... sizes) {
        Shape shape = Shape.of(sizes);
        double[] values = random.doubles(shape.elements(), -1, 1).toArray();
        if (precision == Precision.FLOAT64) {
            return Tensor.ofDoubles(shape, values);
        }
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return Tensor.ofFloats(shape, floats);
    }

    /** Of steps: later has those after the first two, and peak is the largest of them, which needs one. */
    private static Graph graph(Precision precision) {
        Random random = new Random(5);
        Map<String, Tensor> constants = new LinkedHashMap<>();
        constants.put("codes", tensor(random, precision, 7, 3));
        constants.put("segments", tensor(random, precision, 3, 2));
        constants.put("W", tensor(random, precision, 7, 3));
        List<Node> nodes = List.of(
                new Node("embed", new Gather(0), List.of("codes", "code"), List.of("e")),
                new Node("join", new Concat(-1), List.of("amounts", "e"), List.of("x")),
                new Node(
                        "lstm",
                        new Recurrent(RandomNetwork.of(Cell.LSTM, 5, 4).model(random, precision)),
                        List.of("x"),
                        List.of("states", "h", "")),
                new Node("segment", new Gather(0), List.of("segments", "segment"), List.of("s")),
                new Node("all", new Concat(-1), List.of("h", "age", "s"), List.of("joined")),
                new Node("linear", new MatMul(), List.of("joined", "W"), List.of("score")),
                new Node(
                        "cut",
                        new Slice(List.of(2L), List.of(Long.MAX_VALUE), List.of(0L)),
                        List.of("states"),
                        List.of("rest")),
                new Node(
                        "mean",
                        new Reduce(Reduce.Of.MEAN, List.of(-1L), Reduce.Keep.STAY, Reduce.None.ALL),
                        List.of("rest"),
                        List.of("later")),
                new Node(
                        "max",
                        new Reduce(Reduce.Of.MAX, List.of(0L), Reduce.Keep.STAY, Reduce.None.ALL),
                        List.of("rest"),
                        List.of("peak")));
        return new Graph(
                List.of(
                        new GraphInput("amounts", List.of(T, 1, 2), OptionalLong.empty()),
                        new GraphInput("code", List.of(T, 1), OptionalLong.of(7)),
                        new GraphInput("age", List.of(1, 1, 1), OptionalLong.empty()),
                        new GraphInput("segment", List.of(1, 1), OptionalLong.of(3))),
                constants,
                nodes,
                List.of(SCORE, STATES, LATER, PEAK));
    }

    static Graph scores(Precision precision) {
        return graph(precision).with(List.of(SCORE, STATES, LATER));
    }

    /** Rows of 1 to {@code longest} steps. */
    private static List<Row> rows(Random random, int count, int longest) {
        List<Row> rows = new ArrayList<>();
        for (long id = 0; id < count; id++) {
            Float[][] amounts = new Float[1 + random.nextInt(longest)][];
            Integer[] code = new Integer[amounts.length];
            for (int t = 0; t < amounts.length; t++) {
                amounts[t] = new Float[] {random.nextFloat(), (float) random.nextGaussian()};
                code[t] = random.nextInt(7);
            }
            rows.add(
                    RowFactory.create(id, amounts, code, random.nextDouble(), (short) random.nextInt(3), "note " + id));
        }
        return rows;
    }

    private static Row with(Row row, int field, @Nullable Object value) {
        Object[] values = new Object[row.length()];
        Arrays.setAll(values, i -> i == field ? value : row.get(i));
        return RowFactory.create(values);
    }

    /** What the engine gives for one row by itself. */
    private static String alone(Graph graph, Precision precision, Row row) {
        Float[][] amounts = (Float[][]) row.get(1);
        Integer[] code = (Integer[]) row.get(2);
        int steps = amounts.length;
        double[] x = new double[steps * 3];
        for (int t = 0; t < steps; t++) {
            x[3 * t] = amounts[t][0];
            x[3 * t + 1] = amounts[t][1];
            x[3 * t + 2] = code[t];
        }
        Engine engine = GraphEngines.of(graph, precision, KernelChoice.AUTO).engine();
        engine.add(
                steps,
                NumberSource.of(x),
                NumberSource.of(new double[] {row.getDouble(3), row.getShort(4)}),
                null,
                null);
        engine.run();
        List<Object> results = new ArrayList<>();
        for (int o = 0; o < graph.outputs().size(); o++) {
            GraphOutput output = graph.outputs().get(o);
            int size = precision.byteSize();
            int count = engine.outputSteps(o, 0);
            ByteBuffer bytes =
                    ByteBuffer.allocate(count * output.width() * size).order(ByteOrder.LITTLE_ENDIAN);
            engine.copyOutput(o, 0, bytes, 0, output.width() * size);
            List<List<Number>> matrix = new ArrayList<>();
            for (int r = 0; r < count; r++) {
                List<Number> numbers = new ArrayList<>();
                for (int c = 0; c < output.width(); c++) {
                    numbers.add(
                            precision == Precision.FLOAT32 ? (Number) bytes.getFloat() : (Number) bytes.getDouble());
                }
                matrix.add(numbers);
            }
            results.add(
                    switch (output.form()) {
                        case OF_ROW, LIST_OF_ROW -> matrix.get(0);
                        case NUMBER_OF_STEP ->
                            matrix.stream().map(one -> one.get(0)).toList();
                        case NUMBERS_OF_STEP -> matrix;
                    });
        }
        return results.toString();
    }

    private static @Nullable Object list(@Nullable Object value) {
        return value instanceof scala.collection.Seq<?> sequence
                ? ScalaCollections.list(sequence).stream()
                        .map(GraphScorerTest::list)
                        .toList()
                : value;
    }

    /** The results of rows that have some, by id. */
    private static Map<Long, String> byId(Dataset<Row> scored, String... columns) {
        Map<Long, String> rows = new TreeMap<>();
        for (Row row : scored.collectAsList()) {
            List<Object> results = new ArrayList<>();
            for (String column : columns) {
                results.add(list(row.getAs(column)));
            }
            assertThat(rows.put(row.<Long>getAs("id"), results.toString())).isNull();
        }
        return rows;
    }

    private static final String[] COLUMNS = {"score", "states", "later"};

    @ParameterizedTest
    @CsvSource({"FLOAT32, 1, 1", "FLOAT32, 3, 50", "FLOAT32, 2, 4096", "FLOAT64, 2, 100"})
    void aRowHasTheBitsOfItAlone(Precision precision, int partitions, int batchSteps) {
        List<Row> rows = rows(new Random(batchSteps), 200, 12);
        Graph graph = scores(precision);
        Map<Long, String> expected = new TreeMap<>();
        rows.forEach(row -> expected.put(row.getLong(0), alone(graph, precision, row)));
        List<Row> shuffled = new ArrayList<>(rows);
        Collections.shuffle(shuffled, new Random(1));
        ScoreMetrics metrics = new ScoreMetrics(spark.sparkContext());
        SequenceScorer scorer = SequenceScorer.builder(graph)
                .batchSteps(batchSteps)
                .addLengths()
                .build();
        assertThat(scorer.precision()).isEqualTo(precision);
        Dataset<Row> scored =
                scorer.transform(spark.createDataFrame(shuffled, SCHEMA).repartition(partitions), metrics);
        String number = precision == Precision.FLOAT32 ? "FLOAT" : "DOUBLE";
        assertThat(scored.schema().toDDL())
                .isEqualTo("id BIGINT,age DOUBLE,segment SMALLINT,note STRING,score ARRAY<" + number
                        + "> NOT NULL,states ARRAY<ARRAY<" + number + ">> NOT NULL,later ARRAY<" + number
                        + "> NOT NULL,lengths INT NOT NULL");
        assertThat(byId(scored, COLUMNS)).isEqualTo(expected);
        for (Row row : scored.collectAsList()) {
            assertThat(row.<Integer>getAs("lengths"))
                    .isEqualTo(row.getList(row.fieldIndex("states")).size());
        }
    }

    @Test
    void theChecksumIsThatOfTheRowsInAnyOrder() {
        List<Row> rows = rows(new Random(3), 100, 9);
        List<String> sums = new ArrayList<>();
        for (int partitions : new int[] {1, 4}) {
            ScoreMetrics metrics = new ScoreMetrics(spark.sparkContext());
            SequenceScorer.builder(scores(Precision.FLOAT32))
                    .batchSteps(partitions * 10)
                    .build()
                    .transform(spark.createDataFrame(rows, SCHEMA).repartition(partitions), metrics)
                    .write()
                    .format("noop")
                    .mode("overwrite")
                    .save();
            assertThat(metrics.sequences()).isEqualTo(100);
            sums.add(metrics.checksum());
        }
        assertThat(sums.get(0)).isEqualTo(sums.get(1));
    }

    @Test
    void columnsOfOtherNamesKindsAndTypesGiveTheSame() {
        Dataset<Row> table = spark.createDataFrame(rows(new Random(4), 60, 9), SCHEMA);
        ScorerBuilder builder = SequenceScorer.builder(scores(Precision.FLOAT32));
        Map<Long, String> expected = byId(builder.build().transform(table), COLUMNS);
        Dataset<Row> other = table.selectExpr(
                "id",
                "struct(flatten(amounts) AS flat, transform(code, c -> CAST(c AS BIGINT)) AS codes) AS p",
                "array(age) AS years",
                "CAST(segment AS BIGINT) AS Segment");
        Dataset<Row> scored = builder.column("amounts", "p.flat")
                .column("code", "p.codes")
                .column("age", "years")
                .build()
                .transform(other);
        assertThat(scored.columns()).containsExactly("id", "years", "Segment", "score", "states", "later");
        assertThat(byId(scored, COLUMNS)).isEqualTo(expected);
        Dataset<Row> records = table.selectExpr(
                "id",
                "transform(amounts, a -> struct(a[0] AS a, a[1] AS b)) AS amounts",
                "transform(code, c -> array(CAST(c AS TINYINT))) AS code",
                "CAST(age AS FLOAT) AS age",
                "segment");
        Dataset<Row> exact = table.withColumn("age", table.col("age").cast("float"));
        SequenceScorer plain = SequenceScorer.builder(scores(Precision.FLOAT32)).build();
        assertThat(byId(plain.transform(records), COLUMNS)).isEqualTo(byId(plain.transform(exact), COLUMNS));
    }

    @Test
    void stepsThatDoNotCountAreLeftOutOfAllColumns() {
        List<Row> rows = rows(new Random(6), 50, 9);
        List<Row> padded = new ArrayList<>();
        for (Row row : rows) {
            Float[][] amounts = Arrays.copyOf((Float[][]) row.get(1), 12);
            Integer[] code = Arrays.copyOf((Integer[]) row.get(2), 12);
            Arrays.fill(code, ((Float[][]) row.get(1)).length, 12, -1);
            padded.add(with(with(with(row, 1, amounts), 2, code), 5, "" + ((Float[][]) row.get(1)).length));
        }
        Graph graph = scores(Precision.FLOAT32);
        assertThat(byId(
                        SequenceScorer.builder(graph)
                                .lengths("n")
                                .build()
                                .transform(spark.createDataFrame(padded, SCHEMA)
                                        .selectExpr("*", "CAST(note AS INT) AS n")),
                        COLUMNS))
                .isEqualTo(byId(
                        SequenceScorer.builder(graph).build().transform(spark.createDataFrame(rows, SCHEMA)), COLUMNS));
    }

    /** A row of each kind of wrong, what it is and what is said of it. */
    private static Map<Row, String> wrong(Row good) {
        Integer[] code = ((Integer[]) good.get(2)).clone();
        code[1] = 7;
        Integer[] negative = ((Integer[]) good.get(2)).clone();
        negative[0] = -1;
        Float[][] gap = ((Float[][]) good.get(1)).clone();
        gap[2] = new Float[] {1f, null};
        Float[][] wide = ((Float[][]) good.get(1)).clone();
        wide[1] = new Float[] {1f, 2f, 3f};
        Map<Row, String> wrong = new LinkedHashMap<>();
        wrong.put(with(good, 2, code), "BAD_INDEX step 1 of column code is 7; expected an index from 0 to 6");
        wrong.put(with(good, 2, negative), "BAD_INDEX step 0 of column code is -1; expected an index from 0 to 6");
        wrong.put(with(good, 4, (short) 3), "BAD_INDEX column segment is 3; expected an index from 0 to 2");
        wrong.put(
                with(good, 2, Arrays.copyOf(code, 3)),
                "WRONG_WIDTH column code has 3 steps, but column amounts has 5; expected as many");
        wrong.put(with(good, 1, gap), "NULL_VALUE step 2 of column amounts has a null, number 1 (from 0)");
        wrong.put(with(good, 1, wide), "WRONG_WIDTH step 1 of column amounts has 3 numbers; expected 2");
        wrong.put(with(good, 3, null), "NULL_VALUE column age is null; fill it in");
        wrong.put(with(good, 2, null), "NULL_SEQUENCE column code is null; expected a number for each step");
        wrong.put(
                with(with(good, 1, new Float[0][]), 2, new Integer[0]),
                "EMPTY_SEQUENCE it has no step; expected sequence length to be larger than 0");
        return wrong;
    }

    @Test
    void aRowThatCannotBeTakenSaysWhereAndWhy() {
        Row good = with(longRow(), 0, 41L);
        Graph graph = scores(Precision.FLOAT32);
        wrong(good).forEach((row, what) -> {
            String message = what.substring(what.indexOf(' ') + 1);
            Dataset<Row> table = spark.createDataFrame(List.of(good, row), SCHEMA);
            assertThatThrownBy(() -> SequenceScorer.builder(graph)
                            .id("id")
                            .build()
                            .transform(table)
                            .collectAsList())
                    .rootCause()
                    .isInstanceOf(InputException.class)
                    .hasMessageStartingWith("row with id = 41: " + message);
            ScoreMetrics metrics = new ScoreMetrics(spark.sparkContext());
            SequenceScorer.builder(graph).id("id").build().check(table, metrics);
            assertThat(metrics.invalid().toString()).isEqualTo("{" + what.substring(0, what.indexOf(' ')) + "=1}");
        });
    }

    /** One of five steps. */
    private static Row longRow() {
        return rows(new Random(8), 100, 9).stream()
                .filter(row -> ((Float[][]) row.get(1)).length == 5)
                .findFirst()
                .orElseThrow();
    }

    /** Good rows, and ones that cannot be taken or computed: those of at most two steps have no peak. */
    private record Mixed(List<Row> rows, Map<Long, String> codes) {
        static Mixed of() {
            List<Row> rows = new ArrayList<>(GraphScorerTest.rows(new Random(10), 150, 9));
            Map<Long, String> codes = new TreeMap<>();
            for (Row row : rows) {
                if (((Float[][]) row.get(1)).length < 3) {
                    codes.put(row.getLong(0), "NOT_COMPUTED");
                }
            }
            long id = 1000;
            for (Map.Entry<Row, String> wrong : wrong(longRow()).entrySet()) {
                rows.add(with(wrong.getKey(), 0, id));
                codes.put(id++, wrong.getValue().substring(0, wrong.getValue().indexOf(' ')));
            }
            Collections.shuffle(rows, new Random(2));
            return new Mixed(rows, codes);
        }

        List<Row> good() {
            return rows.stream()
                    .filter(row -> !codes.containsKey(row.getLong(0)))
                    .toList();
        }
    }

    @ParameterizedTest
    @EnumSource(Precision.class)
    void badRowsGoWhereTheyAreToldTo(Precision precision) {
        Mixed mixed = Mixed.of();
        assertThat(mixed.codes()).containsValue("NOT_COMPUTED");
        Graph graph = graph(precision);
        String[] columns = {"score", "states", "later", "peak", "note"};
        Map<Long, String> expected = byId(
                SequenceScorer.builder(graph).build().transform(spark.createDataFrame(mixed.good(), SCHEMA)), columns);
        Dataset<Row> table = spark.createDataFrame(mixed.rows(), SCHEMA).repartition(3);

        SequenceScorer aside = SequenceScorer.builder(graph)
                .id("id")
                .batchSteps(40)
                .onInvalid(OnInvalid.setAside(folder.resolve("aside").toUri().toString()))
                .build();
        ScoreMetrics metrics = new ScoreMetrics(spark.sparkContext());
        assertThat(byId(aside.transform(table, metrics), columns)).isEqualTo(expected);
        Dataset<Row> set = aside.setAside(table, metrics);
        Map<Long, String> found = new TreeMap<>();
        for (Row row : set.collectAsList()) {
            found.put(row.getLong(0), row.getAs("error_code"));
            assertThat(row.<String>getAs("error_message")).startsWith("row with id = " + row.getLong(0) + ": ");
            if (row.<String>getAs("error_code").equals("NOT_COMPUTED")) {
                assertThat(row.<String>getAs("error_message"))
                        .contains("the network gives nothing for it: max")
                        .contains("'max': the max of no numbers");
            }
        }
        assertThat(found).isEqualTo(mixed.codes());
        assertThat(set.drop("error_code", "error_message").exceptAll(table).count())
                .isZero();

        Dataset<Row> nulls = SequenceScorer.builder(graph)
                .id("id")
                .onInvalid(OnInvalid.nulls())
                .build()
                .transform(table)
                .persist();
        assertThat(byId(nulls.where("error_code IS NULL"), columns)).isEqualTo(expected);
        Map<Long, String> codes = new TreeMap<>();
        for (Row row : nulls.where("error_code IS NOT NULL").collectAsList()) {
            codes.put(row.getLong(0), row.getAs("error_code"));
            assertThat(row.<Object>getAs("score")).isNull();
        }
        nulls.unpersist();
        assertThat(codes).isEqualTo(mixed.codes());
    }

    @Test
    void aRowThatCannotBeComputedFailsTheJobByItsId() {
        Row row = with(with(with(longRow(), 1, new Float[][] {{1f, 2f}}), 2, new Integer[] {3}), 0, 77L);
        assertThatThrownBy(() -> SequenceScorer.builder(graph(Precision.FLOAT32))
                        .id("id")
                        .build()
                        .transform(spark.createDataFrame(List.of(longRow(), row), SCHEMA))
                        .collectAsList())
                .rootCause()
                .isInstanceOf(InputException.class)
                .hasMessageStartingWith("row with id = 77: the network gives nothing for it: ");
    }

    /** One input: numbers [T, 2], or indices. */
    private static Graph one(boolean index) {
        Random random = new Random(12);
        Graph whole = scores(Precision.FLOAT32);
        Recurrent lstm =
                new Recurrent(RandomNetwork.of(Cell.GRU, index ? 3 : 2, 4).model(random));
        List<Node> nodes = new ArrayList<>();
        if (index) {
            nodes.add(new Node("embed", new Gather(0), List.of("codes", "x"), List.of("e")));
        }
        nodes.add(new Node("gru", lstm, List.of(index ? "e" : "x"), List.of("states", "h")));
        return new Graph(
                List.of(
                        index
                                ? new GraphInput("x", List.of(T, 1), OptionalLong.of(7))
                                : new GraphInput("x", List.of(T, 1, 2), OptionalLong.empty())),
                whole.constants(),
                nodes,
                List.of(STATES));
    }

    @Test
    void theOnlyInputIsItsOwnColumnOrTheFeatures() {
        Dataset<Row> table = spark.createDataFrame(rows(new Random(4), 20, 9), SCHEMA);
        for (boolean index : new boolean[] {false, true}) {
            Graph graph = one(index);
            String column = index ? "code" : "amounts";
            Map<Long, String> expected =
                    byId(SequenceScorer.builder(graph).features(column).build().transform(table), "states");
            assertThat(expected).hasSize(20);
            SequenceScorer plain = SequenceScorer.builder(graph).build();
            assertThat(byId(plain.transform(table.withColumnRenamed(column, "features")), "states"))
                    .isEqualTo(expected);
            assertThat(byId(plain.transform(table.withColumnRenamed(column, "x")), "states"))
                    .isEqualTo(expected);
            assertThat(byId(
                            SequenceScorer.builder(graph)
                                    .column("x", column)
                                    .build()
                                    .transform(table),
                            "states"))
                    .isEqualTo(expected);
        }
        Dataset<Row> each =
                table.selectExpr("id", "transform(amounts, a -> a[0]) AS a", "transform(amounts, a -> a[1]) AS b");
        assertThat(byId(
                        SequenceScorer.builder(one(false))
                                .features("a", "b")
                                .build()
                                .transform(each),
                        "states"))
                .isEqualTo(byId(
                        SequenceScorer.builder(one(false))
                                .features("amounts")
                                .build()
                                .transform(table),
                        "states"));
    }

    @Test
    void columnsThatCannotBeTakenAreRefusedBeforeAnyTask() {
        Dataset<Row> table = spark.createDataFrame(rows(new Random(4), 2, 9), SCHEMA);
        Graph graph = scores(Precision.FLOAT32);
        SequenceScorer plain = SequenceScorer.builder(graph).build();
        assertThatThrownBy(() -> plain.transform(table.drop("segment")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("the network's input segment: the input has no column 'segment'")
                .hasMessageContaining("column segment=COLUMN");
        assertThatThrownBy(() -> plain.transform(table.selectExpr(
                        "id", "amounts", "transform(code, c -> CAST(c AS DOUBLE)) AS code", "age", "segment")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("the network's input code: column code is array<double>; the network takes code"
                        + " [T] of indices below 7: expected array<integer> [T], where an integer is tinyint");
        assertThatThrownBy(() -> plain.transform(
                        table.selectExpr("id", "amounts", "code", "age", "CAST(segment AS STRING) AS segment")))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("column segment is string")
                .hasMessageContaining("expected an integer");
        assertThatThrownBy(
                        () -> SequenceScorer.builder(graph).features("amounts").build())
                .hasMessageContaining("features: the network has 4 inputs");
        assertThatThrownBy(() ->
                        SequenceScorer.builder(graph).column("codes", "code").build())
                .hasMessageContaining("column codes=code: the network has no such input; it has [amounts [T, 2]");
        assertThatThrownBy(() -> SequenceScorer.builder(graph).initialState("h").build())
                .hasMessageContaining("initial-state, initial-cell-state: the network takes none of a row");
        assertThatThrownBy(() -> plain.transform(table.withColumnRenamed("note", "Score")))
                .hasMessageContaining("already has a column score");
    }
}
