package io.sparkrnn.format.onnx;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxValue;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import ai.onnxruntime.platform.Fp16Conversions;
import io.sparkrnn.engine.Engine;
import io.sparkrnn.engine.GraphEngines;
import io.sparkrnn.engine.KernelChoice;
import io.sparkrnn.engine.NumberSource;
import io.sparkrnn.format.ModelFile;
import io.sparkrnn.format.TestFiles;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.GraphInput;
import io.sparkrnn.graph.GraphOutput;
import io.sparkrnn.model.Precision;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.IntBuffer;
import java.nio.LongBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Holds whole networks against ONNX Runtime, which is given each row by itself: in float32 on both kernels, whose bits have to
 * be the same, alone and in any batch; in float64 against ONNX Runtime's float64 where it has such, and against its float32.
 */
final class GraphCheck {
    private static final double[] ODD = {
        Double.NaN, Double.POSITIVE_INFINITY, Double.NEGATIVE_INFINITY, -0.0, 0, 0x1p60, -0x1p60, 0x1p-60
    };

    private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
    private final Path folder;
    private int doubles;
    private int problems;

    GraphCheck(Path folder) {
        this.folder = folder;
    }

    /** How many graphs ONNX Runtime ran in float64. */
    int doubles() {
        return doubles;
    }

    /** How many rows could not be computed, by anybody. */
    int problems() {
        return problems;
    }

    /**
     * What a row gives, by output.
     *
     * @param refusal why it cannot be computed; null where it can
     */
    private record Expected(
            double[][] values, long[][] shapes, @Nullable String refusal) {
        /** Whether an output has no numbers, such as one of windows of which none fits: here there is none of the row. */
        boolean isEmpty() {
            return Arrays.stream(values).anyMatch(numbers -> numbers.length == 0);
        }
    }

    /** A row: its number of steps, and its inputs as ONNX Runtime takes them. */
    private record Row(int steps, Map<String, double[]> inputs) {}

    /** Draws a graph and rows from a seed, and compares. */
    void check(String what, long seed, Consumer<GraphCase> maker) {
        check(what, seed, maker, 1, 1, 2, between(seed, 3, 9), between(seed + 1, 3, 9), 13);
    }

    private static int between(long seed, int least, int most) {
        return least + new Random(seed).nextInt(most - least + 1);
    }

    void check(String what, long seed, Consumer<GraphCase> maker, int... steps) {
        String name = what + ", seed " + seed;
        try {
            GraphCase floats = new GraphCase(new Random(seed), OnnxWriter.FLOAT);
            maker.accept(floats);
            List<Row> rows = rows(floats, seed, steps);
            Graph graph = read(floats, name);
            List<Expected> expected =
                    Objects.requireNonNull(expected(floats, rows), name + ": ONNX Runtime does not take it");
            problems +=
                    (int) expected.stream().filter(row -> row.refusal() != null).count();
            compare(name + ", portable", floats, graph, Precision.FLOAT32, KernelChoice.PORTABLE, rows, expected, 0);
            compare(name + ", float64", floats, graph, Precision.FLOAT64, KernelChoice.AUTO, rows, expected, 0);
            sameBits(name, floats, graph, rows);

            GraphCase wide = new GraphCase(new Random(seed), OnnxWriter.DOUBLE);
            maker.accept(wide);
            List<Expected> exact = expected(wide, rows);
            if (exact != null) {
                doubles++;
                compare(
                        name + ", of doubles",
                        wide,
                        read(wide, name),
                        Precision.FLOAT64,
                        KernelChoice.REFERENCE,
                        rows,
                        exact,
                        wide.exact);
            }
        } catch (RuntimeException e) {
            throw new AssertionError(name + ": " + e, e);
        }
    }

    /** Draws two graphs and rows from a seed: one gives the bits of the other. */
    void same(String what, long seed, Consumer<GraphCase> one, Consumer<GraphCase> other) {
        String name = what + ", seed " + seed;
        List<List<double[][]>> results = new ArrayList<>();
        for (Consumer<GraphCase> maker : List.of(one, other)) {
            GraphCase drawn = new GraphCase(new Random(seed), OnnxWriter.FLOAT);
            maker.accept(drawn);
            List<Row> rows = rows(drawn, seed, 1, 4, 9);
            results.add(results(read(drawn, name), KernelChoice.PORTABLE, rows, rows.size()));
        }
        assertThat(results.get(1))
                .as(name)
                .isNotEmpty()
                .usingRecursiveComparison()
                .isEqualTo(results.get(0));
    }

    private Graph read(GraphCase drawn, String name) {
        Path file = TestFiles.write(folder, drawn.bytes());
        return ModelFile.open(file, name)
                .whole()
                .orElseThrow(() -> new AssertionError(name + ": no whole graph"))
                .graph();
    }

    private static List<Row> rows(GraphCase drawn, long seed, int... steps) {
        Random random = new Random(seed * 31 + 7);
        List<Row> rows = new ArrayList<>();
        for (int count : steps) {
            Map<String, double[]> inputs = new LinkedHashMap<>();
            drawn.inputs().forEach((name, input) -> {
                double[] values =
                        new double[(int) Arrays.stream(input.shape(count)).reduce(1, (a, b) -> a * b)];
                for (int i = 0; i < values.length; i++) {
                    values[i] = input.below() == GraphCase.LENGTH
                            ? count
                            : input.below() > 0
                                    ? random.nextInt(input.below())
                                    : drawn.anyNumbers && random.nextInt(3) == 0
                                            ? ODD[random.nextInt(ODD.length)]
                                            : Math.rint((random.nextDouble() * 2 - 1) * 64) / 16;
                }
                inputs.put(name, values);
            });
            rows.add(new Row(count, inputs));
        }
        return rows;
    }

    // ---- ONNX Runtime ----

    /** What ONNX Runtime gives for each row by itself; null when it has no kernels for the graph. */
    private @Nullable List<Expected> expected(GraphCase drawn, List<Row> rows) {
        List<Expected> results = new ArrayList<>();
        try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
            options.setIntraOpNumThreads(1);
            options.setInterOpNumThreads(1);
            options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.NO_OPT);
            options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
            try (OrtSession session = environment.createSession(drawn.bytes(), options)) {
                for (Row row : rows) {
                    Expected result = expected(session, drawn, row);
                    if (String.valueOf(result.refusal()).contains("does not support double yet")) {
                        return null;
                    }
                    results.add(result);
                }
            }
        } catch (OrtException e) {
            if (String.valueOf(e.getMessage()).contains("Could not find an implementation")
                    && drawn.type == OnnxWriter.DOUBLE) {
                return null;
            }
            throw new IllegalStateException("ONNX Runtime: " + e.getMessage(), e);
        }
        return results;
    }

    private Expected expected(OrtSession session, GraphCase drawn, Row row) throws OrtException {
        Map<String, OnnxTensor> tensors = new LinkedHashMap<>();
        try {
            for (GraphCase.Input input : drawn.inputs().values()) {
                tensors.put(input.name(), tensor(input, row));
            }
            try (OrtSession.Result result = session.run(tensors)) {
                int count = drawn.outputs().size();
                double[][] values = new double[count][];
                long[][] shapes = new long[count][];
                for (int o = 0; o < count; o++) {
                    OnnxValue value = result.get(drawn.outputs().get(o)).orElseThrow();
                    OnnxTensor tensor = (OnnxTensor) value;
                    shapes[o] = tensor.getInfo().getShape();
                    values[o] = numbers(tensor, drawn.type);
                }
                return new Expected(values, shapes, null);
            } catch (OrtException e) {
                return new Expected(new double[0][], new long[0][], String.valueOf(e.getMessage()));
            }
        } finally {
            tensors.values().forEach(OnnxTensor::close);
        }
    }

    private static double[] numbers(OnnxTensor tensor, int type) {
        if (type == OnnxWriter.DOUBLE) {
            DoubleBuffer buffer = tensor.getDoubleBuffer();
            double[] values = new double[buffer.remaining()];
            buffer.get(values);
            return values;
        }
        FloatBuffer buffer = tensor.getFloatBuffer();
        double[] values = new double[buffer.remaining()];
        for (int i = 0; i < values.length; i++) {
            values[i] = buffer.get(i);
        }
        return values;
    }

    private OnnxTensor tensor(GraphCase.Input input, Row row) throws OrtException {
        double[] values = Objects.requireNonNull(row.inputs().get(input.name()));
        long[] shape = input.shape(row.steps());
        if (input.type() == OnnxWriter.INT64) {
            return OnnxTensor.createTensor(
                    environment,
                    LongBuffer.wrap(Arrays.stream(values)
                            .mapToLong(value -> (long) value)
                            .toArray()),
                    shape);
        }
        if (input.type() == OnnxWriter.INT32) {
            return OnnxTensor.createTensor(
                    environment,
                    IntBuffer.wrap(
                            Arrays.stream(values).mapToInt(value -> (int) value).toArray()),
                    shape);
        }
        if (input.type() == OnnxWriter.FLOAT16) {
            ByteBuffer halves = ByteBuffer.allocateDirect(2 * values.length).order(ByteOrder.nativeOrder());
            for (double value : values) {
                halves.putShort(Fp16Conversions.floatToFp16((float) value));
            }
            return OnnxTensor.createTensor(environment, halves.rewind(), shape, OnnxJavaType.FLOAT16);
        }
        if (input.type() == OnnxWriter.DOUBLE) {
            return OnnxTensor.createTensor(environment, DoubleBuffer.wrap(values), shape);
        }
        float[] floats = new float[values.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) values[i];
        }
        return OnnxTensor.createTensor(environment, FloatBuffer.wrap(floats), shape);
    }

    // ---- ours ----

    /** Gives a row to an engine as a table does: the numbers of a step side by side. */
    private static void add(Engine engine, Graph graph, Row row) {
        double[] ofSteps = new double[row.steps() * graph.stepWidth()];
        double[] ofRow = new double[graph.rowWidth()];
        int step = 0;
        int once = 0;
        for (GraphInput input : graph.inputs()) {
            double[] values = Objects.requireNonNull(row.inputs().get(input.name()));
            int width = input.width();
            if (!input.isStepByStep()) {
                System.arraycopy(values, 0, ofRow, once, width);
                once += width;
                continue;
            }
            int inner = 1;
            for (int d = input.axes().indexOf(GraphInput.STEPS) + 1;
                    d < input.axes().size();
                    d++) {
                inner *= input.axes().get(d);
            }
            for (int t = 0; t < row.steps(); t++) {
                for (int c = 0; c < width; c++) {
                    ofSteps[t * graph.stepWidth() + step + c] =
                            values[(c / inner * row.steps() + t) * inner + c % inner];
                }
            }
            step += width;
        }
        engine.add(
                row.steps(), NumberSource.of(ofSteps), ofRow.length == 0 ? null : NumberSource.of(ofRow), null, null);
    }

    /** What an output is for a row, [steps][width] one after the other. */
    private static double[] output(Engine engine, Graph graph, int output, int row) {
        int rows = engine.outputSteps(output, row);
        int columns = graph.outputs().get(output).width();
        boolean whole = graph.outputs().get(output).isWhole();
        int size = whole ? Long.BYTES : engine.precision().byteSize();
        ByteBuffer bytes = ByteBuffer.allocate(rows * columns * size).order(ByteOrder.LITTLE_ENDIAN);
        engine.copyOutput(output, row, bytes, 0, columns * size);
        double[] values = new double[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = whole
                    ? bytes.getLong(i * size)
                    : engine.precision() == Precision.FLOAT32 ? bytes.getFloat(i * size) : bytes.getDouble(i * size);
        }
        return values;
    }

    private static void compare(
            String name,
            GraphCase drawn,
            Graph graph,
            Precision precision,
            KernelChoice kernel,
            List<Row> rows,
            List<Expected> expected,
            double exact) {
        Engine engine = GraphEngines.of(graph, precision, kernel).engine();
        rows.forEach(row -> add(engine, graph, row));
        engine.run();
        for (int r = 0; r < rows.size(); r++) {
            Expected row = expected.get(r);
            String where = name + ", a row of " + rows.get(r).steps() + " steps";
            if (rows.get(r).steps() < drawn.least) {
                assertThat(engine.problem(r)).as(where).isNotNull();
                continue;
            }
            if (row.refusal() != null || (row.isEmpty() && engine.problem(r) != null)) {
                assertThat(engine.problem(r))
                        .as(where + ", which ONNX Runtime does not compute: " + row.refusal() + ", " + graph.nodes())
                        .isNotNull();
                continue;
            }
            assertThat(engine.problem(r))
                    .as(where + ", which gives " + Arrays.deepToString(row.shapes()))
                    .isNull();
            assertThat(graph.outputs()).as(name).hasSameSizeAs(drawn.outputs());
            for (int o = 0; o < graph.outputs().size(); o++) {
                GraphOutput form = graph.outputs().get(o);
                assertThat(form.name()).isEqualTo(drawn.outputs().get(o));
                double[] theirs = inRows(row.values()[o], row.shapes()[o], form, where);
                double[] ours = output(engine, graph, o, r);
                double scale = Math.max(
                        1,
                        Arrays.stream(theirs)
                                .map(Math::abs)
                                .filter(Double::isFinite)
                                .max()
                                .orElse(1));
                double most = (exact == 0 ? drawn.tolerance : exact) * scale;
                assertThat(ours).as(where + ", " + form).hasSameSizeAs(theirs);
                for (int i = 0; i < ours.length; i++) {
                    boolean close = Double.compare(ours[i], theirs[i]) == 0 || Math.abs(ours[i] - theirs[i]) <= most;
                    if (!close) {
                        throw new AssertionError(where + ", " + form + ": number " + i + " is " + ours[i]
                                + ", ONNX Runtime's " + theirs[i] + "\nours   " + Arrays.toString(ours) + "\ntheirs "
                                + Arrays.toString(theirs) + "\n" + graph.nodes());
                    }
                }
            }
        }
    }

    /** ONNX Runtime's array as an output of ours: step after step. */
    private static double[] inRows(double[] values, long[] shape, GraphOutput form, String where) {
        if (form.stepsAxis() < 0) {
            return values;
        }
        assertThat(shape.length).as(where + ", " + form).isGreaterThan(form.stepsAxis());
        int rows = (int) shape[form.stepsAxis()];
        int inner = 1;
        for (int d = form.stepsAxis() + 1; d < shape.length; d++) {
            inner *= (int) shape[d];
        }
        double[] turned = new double[values.length];
        int columns = form.width();
        for (int i = 0; i < values.length; i++) {
            int r = i / columns;
            int c = i % columns;
            turned[i] = values[(c / inner * rows + r) * inner + c % inner];
        }
        return turned;
    }

    /** Both kernels, alone and in batches of any order: the same bits. */
    private static void sameBits(String name, GraphCase drawn, Graph graph, List<Row> rows) {
        List<double[][]> first = results(graph, KernelChoice.PORTABLE, rows, 1);
        List<Row> turned = new ArrayList<>(rows);
        Collections.reverse(turned);
        List<double[][]> second = results(graph, KernelChoice.SIMD, turned, rows.size());
        Collections.reverse(second);
        List<double[][]> third = results(graph, KernelChoice.PORTABLE, rows, rows.size());
        for (int r = 0; r < rows.size(); r++) {
            for (List<double[][]> other : List.of(second, third)) {
                if (!Arrays.deepEquals(first.get(r), other.get(r))) {
                    throw new AssertionError(name + ", a row of " + rows.get(r).steps() + " steps: "
                            + (other == second ? "the simd kernel" : "a batch") + " gives\n"
                            + Arrays.deepToString(other.get(r)) + ", the portable kernel for the row alone\n"
                            + Arrays.deepToString(first.get(r)) + "\n" + graph.nodes());
                }
            }
        }
        assertThat(drawn.outputs()).isNotEmpty();
    }

    /** For each row each output; no output where it cannot be computed. */
    private static List<double[][]> results(Graph graph, KernelChoice kernel, List<Row> rows, int batch) {
        Engine engine = GraphEngines.of(graph, Precision.FLOAT32, kernel).engine();
        List<double[][]> results = new ArrayList<>();
        for (int from = 0; from < rows.size(); from += batch) {
            List<Row> together = rows.subList(from, Math.min(rows.size(), from + batch));
            engine.clear();
            together.forEach(row -> add(engine, graph, row));
            engine.run();
            for (int r = 0; r < together.size(); r++) {
                double[][] outputs =
                        new double[engine.problem(r) == null ? graph.outputs().size() : 0][];
                for (int o = 0; o < outputs.length; o++) {
                    outputs[o] = output(engine, graph, o, r);
                }
                results.add(outputs);
            }
        }
        return results;
    }
}
