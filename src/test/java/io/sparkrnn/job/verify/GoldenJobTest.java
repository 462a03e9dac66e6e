package io.sparkrnn.job.verify;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.Golden;
import io.sparkrnn.format.ModelFile;
import io.sparkrnn.job.Cli;
import io.sparkrnn.job.GoldenTable;
import io.sparkrnn.spark.LocalSpark;
import io.sparkrnn.spark.Rows;
import io.sparkrnn.tensor.Tensors;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** PyTorch's vectors through a whole job: a Parquet table in, a Parquet table out. */
class GoldenJobTest {
    private final SparkSession spark = LocalSpark.session();

    @TempDir
    Path folder;

    static Stream<Golden.Case> cases() {
        return Golden.cases().stream();
    }

    private Path table(String name, List<Row> rows) {
        Path path = folder.resolve(name);
        GoldenTable.of(spark, rows).repartition(2).write().parquet(path.toString());
        return path;
    }

    private List<Row> score(Golden.Case golden, Path input, String name, String... more) {
        return score(golden, "model.pt", input, name, more);
    }

    private List<Row> score(Golden.Case golden, String model, Path input, String name, String... more) {
        Path output = folder.resolve(name);
        List<String> args = new ArrayList<>(List.of("--input", input.toString(), "--output", output.toString()));
        if (golden.hasH0()) {
            args.addAll(List.of("--initial-state", "h"));
        }
        if (golden.cell().equals("lstm")) {
            args.addAll(List.of("--outputs", "hidden_states,h_n,c_n"));
            if (golden.hasH0()) {
                args.addAll(List.of("--initial-cell-state", "c"));
            }
        }
        args.addAll(List.of(more));
        Cli cli = Cli.run(Cli.golden(golden, "score", model, args.toArray(String[]::new)));
        assertThat(cli.code()).as(cli.toString()).isZero();
        assertThat(cli.out())
                .contains("Scored " + golden.batch() + (golden.batch() == 1 ? " sequence, " : " sequences, "));
        List<Row> rows = new ArrayList<>(spark.read().parquet(output.toString()).collectAsList());
        rows.sort(Comparator.comparingInt(row -> row.getInt(row.fieldIndex("id"))));
        assertThat(rows).hasSize(golden.batch());
        return rows;
    }

    @ParameterizedTest
    @MethodSource("cases")
    void agreesWithPyTorch(Golden.Case golden) {
        Tensors io =
                ModelFile.open(golden.file("io.safetensors"), golden.name()).tensors();
        Path input = table("in", GoldenTable.rows(golden, io));
        Double float32 = golden.tolF32Scaled();
        if (float32 != null) {
            compare(golden, io, score(golden, input, "out32", "--precision", "float32"), float32);
        }
        Double float64 = golden.tolF64Scaled();
        if (float64 != null) {
            compare(golden, io, score(golden, input, "out64", "--precision", "float64"), float64);
        }
    }

    /** Those whose graph is of the less usual sort: weights in pieces; initial states as an input, cut layer by layer. */
    static Stream<Golden.Case> graphs() {
        return Golden.cases().stream()
                .filter(golden -> golden.files().containsKey("model_nofold.onnx")
                        || (golden.hasH0()
                                && golden.numLayers() == 3
                                && !golden.graphs().isEmpty()));
    }

    @ParameterizedTest
    @MethodSource("graphs")
    void givesTheSameBitsFromTheGraph(Golden.Case golden) {
        Tensors io =
                ModelFile.open(golden.file("io.safetensors"), golden.name()).tensors();
        Path input = table("in", GoldenTable.rows(golden, io));
        List<Row> expected = score(golden, input, "out");
        for (String file : golden.graphs()) {
            assertThat(score(golden, file, input, "out-" + file)).hasToString(expected.toString());
        }
    }

    /** Those whose order and batches can differ. */
    static Stream<Golden.Case> batches() {
        return Golden.cases().stream().filter(golden -> golden.batch() > 3 && golden.tolF32Scaled() != null);
    }

    @ParameterizedTest
    @MethodSource("batches")
    void givesTheSameBitsForEveryBudgetAndOrder(Golden.Case golden) {
        Tensors io =
                ModelFile.open(golden.file("io.safetensors"), golden.name()).tensors();
        List<Row> sequences = GoldenTable.rows(golden, io);
        List<Row> expected = score(golden, table("in", sequences), "out", "--precision", "float32");
        java.util.Collections.shuffle(sequences, new java.util.Random(3));
        Path shuffled = table("shuffled", sequences);
        for (String budget : new String[] {"1", "1000000"}) {
            List<Row> rows = score(golden, shuffled, "out" + budget, "--precision", "float32", "--batch-steps", budget);
            assertThat(rows.toString()).isEqualTo(expected.toString());
        }
    }

    /** As compare.py of the vectors does it: a block is one direction of a step, or one state. */
    private static void compare(Golden.Case golden, Tensors io, List<Row> rows, double tolerance) {
        double[] output = io.get("output_f64").toDoubles();
        double[] finalStates = io.get("h_n_f64").toDoubles();
        double[] finalCellStates = io.has("c_n_f64") ? io.get("c_n_f64").toDoubles() : new double[0];
        double floor = Math.max(
                ErrorMeasure.largest(finalCellStates),
                Math.max(ErrorMeasure.largest(output), ErrorMeasure.largest(finalStates)));
        int directions = golden.bidirectional() ? 2 : 1;
        int hidden = GoldenTable.stateSize(golden);
        for (int b = 0; b < golden.batch(); b++) {
            List<List<Number>> states = Rows.floats(rows.get(b), "hidden_states");
            assertThat(states).hasSize(golden.lengths().get(b));
            for (int t = 0; t < states.size(); t++) {
                int at = (b * golden.time() + t) * directions * hidden;
                assertThat(states.get(t)).hasSize(directions * hidden);
                assertBlocks(states.get(t), output, at, hidden, floor, tolerance, golden + " row " + b + " step " + t);
            }
            List<List<Number>> last = Rows.floats(rows.get(b), "h_n");
            assertThat(last).hasSize(golden.numLayers() * directions);
            for (int s = 0; s < last.size(); s++) {
                int at = (s * golden.batch() + b) * hidden;
                assertThat(last.get(s)).hasSize(hidden);
                assertBlocks(
                        last.get(s), finalStates, at, hidden, floor, tolerance, golden + " row " + b + " h_n " + s);
            }
            for (int s = 0; finalCellStates.length > 0 && s < last.size(); s++) {
                List<Number> cell = Rows.floats(rows.get(b), "c_n").get(s);
                int at = (s * golden.batch() + b) * golden.hiddenSize();
                assertThat(cell).hasSize(golden.hiddenSize());
                assertBlocks(
                        cell, finalCellStates, at, cell.size(), floor, tolerance, golden + " row " + b + " c_n " + s);
            }
        }
    }

    private static void assertBlocks(
            List<Number> got, double[] truth, int at, int block, double floor, double tolerance, String where) {
        double[] expected = java.util.Arrays.copyOfRange(truth, at, at + got.size());
        double[] values = got.stream().mapToDouble(Number::doubleValue).toArray();
        for (int from = 0; from < values.length; from += block) {
            ErrorMeasure error = new ErrorMeasure(floor);
            error.block(values, expected, from, block, Integer::toString);
            assertThat(error.within(tolerance))
                    .as("%s: scaled error %s, tolerance %s", where, error.largestScaled(), tolerance)
                    .isTrue();
        }
    }

    @org.junit.jupiter.api.Test
    void readsTheCasesAsJsonToo() {
        int read = 0;
        for (Golden.Case golden : Golden.cases()) {
            if (!golden.files().containsKey("sequences.jsonl") || golden.tolF32Scaled() == null) {
                continue;
            }
            Path output = folder.resolve(golden.name());
            List<String> args = new ArrayList<>(List.of(
                    "--input",
                    golden.file("sequences.jsonl").toString(),
                    "--input-format",
                    "json",
                    "--output",
                    output.toString()));
            if (golden.hasH0()) {
                args.addAll(List.of("--initial-state", "h0"));
                if (golden.cell().equals("lstm")) {
                    args.addAll(List.of("--initial-cell-state", "c0"));
                }
            }
            Cli cli = Cli.run(Cli.golden(golden, "score", "model.safetensors", args.toArray(String[]::new)));
            assertThat(cli.code()).as(golden + ": " + cli).isZero();
            assertThat(spark.read().parquet(output.toString()).count())
                    .as(golden.name().toLowerCase(Locale.ROOT))
                    .isEqualTo(golden.batch());
            read++;
        }
        assertThat(read).as("cases with JSON").isPositive();
    }
}
