package io.sparkrnn.job.verify;

import io.sparkrnn.engine.Engine;
import io.sparkrnn.engine.GraphEngines;
import io.sparkrnn.engine.KernelChoice;
import io.sparkrnn.engine.NumberSource;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.GraphInput;
import io.sparkrnn.graph.GraphOutput;
import io.sparkrnn.job.message.Counts;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.model.Precision;
import io.sparkrnn.spark.ProofSequence;
import io.sparkrnn.tensor.DType;
import io.sparkrnn.tensor.Shape;
import io.sparkrnn.tensor.Tensor;
import io.sparkrnn.tensor.Tensors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;

/**
 * What a framework gave of a whole network for some rows: a tensor for each of its inputs and for some of its outputs, under
 * their {@linkplain VectorNames names} and in the framework's {@linkplain TensorRows shapes}; lengths [B] where rows are padded,
 * and what is past the length of a row is then looked at neither in inputs nor in outputs. An output's name with _f64 behind is
 * the float64 truth.
 */
final class NetworkVectors implements Vectors {
    /** Steps that are run at a time: what stands between a network's nodes has to be in memory. */
    private static final int MOST_STEPS = 1 << 14;

    private static final int MOST_ROWS = 64;

    private final VectorNames names;
    private final Graph graph;
    private final Map<String, Found> inputs = new LinkedHashMap<>();
    private final Map<String, Tensor> outputs = new LinkedHashMap<>();
    private final int rows;
    private final int steps;
    private final int[] lengths;

    /**
     * A tensor of an input.
     *
     * @param name in the file
     * @param layout of its rows
     */
    private record Found(String name, double[] numbers, TensorRows layout) {}

    private NetworkVectors(VectorNames names, Map<String, Found> inputs, Map<String, Tensor> outputs, int[] lengths) {
        this.names = names;
        this.graph = names.graph();
        this.inputs.putAll(inputs);
        this.outputs.putAll(outputs);
        this.lengths = lengths;
        rows = lengths.length;
        steps = of(graph.stepInputs().get(0)).layout().steps();
        graph.inputs().forEach(this::checkIndices);
    }

    /**
     * Those of a file, which is read here and not again.
     *
     * @throws JobException when a tensor is of nothing that the network has, or of another shape or type
     */
    static NetworkVectors of(Tensors file, VectorNames names) {
        VectorNames.Found found = names.find(file.names());
        Graph graph = names.graph();
        if (graph.stepInputs().isEmpty()) {
            throw names.problem(
                    "the network takes nothing at each time step, only " + graph.inputs() + ": there is no sequence");
        }
        long @Nullable [] lengths = found.lengths() ? lengths(file.get("lengths"), names) : null;
        Map<String, List<TensorRows>> ways = new LinkedHashMap<>();
        for (GraphInput input : graph.inputs()) {
            String name = Objects.requireNonNull(found.tensor(input.name()));
            Shape shape = file.shape(name);
            List<TensorRows> ofInput = TensorRows.of(shape, input.axes());
            if (ofInput.isEmpty()) {
                throw names.problem("size of " + name + " is " + shape + "; expected " + batched(input.axes(), "B")
                        + " for the network's input " + input);
            }
            ways.put(input.name(), ofInput);
        }
        Map<String, TensorRows> layouts = together(ways, lengths, graph, names, found, file);
        Map<String, Found> inputs = new LinkedHashMap<>();
        for (GraphInput input : graph.inputs()) {
            String name = Objects.requireNonNull(found.tensor(input.name()));
            inputs.put(
                    input.name(),
                    new Found(
                            name,
                            numbers(name, file.get(name), names),
                            Objects.requireNonNull(layouts.get(input.name()))));
        }
        Map<String, Tensor> outputs = new LinkedHashMap<>();
        for (GraphOutput output : graph.outputs()) {
            for (String value : List.of(output.name(), output.name() + TRUTH)) {
                String name = found.tensor(value);
                if (name != null) {
                    outputs.put(value, file.get(name));
                }
            }
        }
        TensorRows first =
                Objects.requireNonNull(layouts.get(graph.stepInputs().get(0).name()));
        int[] all = new int[first.rows()];
        for (int row = 0; row < all.length; row++) {
            all[row] = lengths == null ? first.steps() : length(lengths[row], row, first.steps(), names);
        }
        return new NetworkVectors(names, inputs, outputs, all);
    }

    private static long[] lengths(Tensor tensor, VectorNames names) {
        if (tensor.shape().rank() > 1) {
            throw names.problem(
                    "size of lengths is " + tensor.shape() + "; expected [B], the number of steps of each row");
        }
        try {
            return tensor.toLongs();
        } catch (IllegalStateException e) {
            throw names.problem("lengths is of " + tensor.dtype() + "; expected integers");
        }
    }

    private static int length(long given, int row, int steps, VectorNames names) {
        if (given < 1 || given > steps) {
            throw names.problem(
                    "lengths[" + row + "] is " + given + "; expected 1 to " + steps + ", the steps of the inputs");
        }
        return (int) given;
    }

    /** The way of each input in which all have as many rows, and as many steps. */
    private static Map<String, TensorRows> together(
            Map<String, List<TensorRows>> ways,
            long @Nullable [] lengths,
            Graph graph,
            VectorNames names,
            VectorNames.Found found,
            Tensors file) {
        GraphInput leading = graph.stepInputs().get(0);
        for (TensorRows first : Objects.requireNonNull(ways.get(leading.name()))) {
            Map<String, TensorRows> chosen = new LinkedHashMap<>();
            if (lengths != null && lengths.length != first.rows()) {
                continue;
            }
            for (GraphInput input : graph.inputs()) {
                Objects.requireNonNull(ways.get(input.name())).stream()
                        .filter(way ->
                                way.rows() == first.rows() && (!input.isStepByStep() || way.steps() == first.steps()))
                        .findFirst()
                        .ifPresent(way -> chosen.put(input.name(), way));
            }
            if (chosen.size() == graph.inputs().size()) {
                return chosen;
            }
        }
        List<String> shapes = new ArrayList<>();
        for (GraphInput input : graph.inputs()) {
            String name = Objects.requireNonNull(found.tensor(input.name()));
            shapes.add(name + " " + file.shape(name) + " (expected " + batched(input.axes(), "B") + ")");
        }
        throw names.problem("the inputs are not of as many rows B and as many steps T: " + String.join(", ", shapes)
                + (lengths == null ? "" : ", and " + Counts.counted(lengths.length, "length")));
    }

    /** A shape of several rows in words: B where one row has its batch of one. */
    private static String batched(List<Integer> axes, String rows) {
        List<String> sizes = new ArrayList<>();
        boolean given = axes.contains(1);
        if (!given) {
            sizes.add(rows);
        }
        for (int size : axes) {
            if (given && size == 1) {
                sizes.add(rows);
                given = false;
            } else {
                sizes.add(size == GraphInput.STEPS ? "T" : Integer.toString(size));
            }
        }
        return sizes.toString();
    }

    private static double[] numbers(String name, Tensor tensor, VectorNames names) {
        if (tensor.dtype().isWeight()) {
            return tensor.toDoubles();
        }
        if (tensor.dtype() == DType.UINT64
                || tensor.dtype().toString().startsWith("complex")
                || tensor.dtype().toString().startsWith("float8")) {
            throw names.problem(name + " is of " + tensor.dtype() + "; expected floats, or integers of up to 64 bits");
        }
        return Arrays.stream(tensor.toLongs()).asDoubleStream().toArray();
    }

    private void checkIndices(GraphInput input) {
        if (!input.isIndex()) {
            return;
        }
        long range = input.range().getAsLong();
        Found found = of(input);
        for (int row = 0; row < rows; row++) {
            for (int step = 0; step < (input.isStepByStep() ? lengths[row] : 1); step++) {
                for (int column = 0; column < input.width(); column++) {
                    double index = found.numbers[found.layout.at(row, step, column)];
                    if (index != Math.rint(index) || index < 0 || index >= range) {
                        throw names.problem(found.name + " has " + number(index) + " at row " + row
                                + (input.isStepByStep() ? ", step " + step : "") + "; expected an index from 0"
                                + (range == Long.MAX_VALUE ? " on" : " to " + (range - 1)) + ", a whole number");
                    }
                }
            }
        }
    }

    private Found of(GraphInput input) {
        return Objects.requireNonNull(inputs.get(input.name()));
    }

    private static String number(double number) {
        return number == Math.rint(number) ? Long.toString((long) number) : Double.toString(number);
    }

    /** The numbers of all inputs of a step side by side, [T][W]; or of all that a row has once. */
    private double[] side(int row, List<GraphInput> some, int times) {
        int width = some.stream().mapToInt(GraphInput::width).sum();
        double[] all = new double[times * width];
        int place = 0;
        for (GraphInput input : some) {
            Found found = of(input);
            for (int t = 0; t < times; t++) {
                for (int c = 0; c < input.width(); c++) {
                    all[t * width + place + c] = found.numbers[found.layout.at(row, t, c)];
                }
            }
            place += input.width();
        }
        return all;
    }

    private double[] ofSteps(int row) {
        return side(row, graph.stepInputs(), lengths[row]);
    }

    private double[] ofRow(int row) {
        return side(row, graph.rowInputs(), 1);
    }

    @Override
    public List<ProofSequence> sequences(Precision precision) {
        List<ProofSequence> sequences = new ArrayList<>();
        for (int row = 0; row < rows; row++) {
            sequences.add(ProofSequence.ofNetwork(lengths[row], ofSteps(row), ofRow(row)));
        }
        return sequences;
    }

    /**
     * What an output is for the rows.
     *
     * @param axes of one row
     * @param steps of each row
     * @param numbers of each row, [T][C]
     */
    private record Given(List<Integer> axes, int[] steps, double[][] numbers) {}

    @Override
    public void replay(Precision precision, KernelChoice kernel, VerifyReport report) {
        Engine engine = GraphEngines.proving(graph, precision, kernel).engine();
        Map<GraphOutput, Given> all = new LinkedHashMap<>();
        for (int from = 0; from < rows; from += engine.size()) {
            engine.clear();
            for (int row = from; row < rows && engine.size() < MOST_ROWS; row++) {
                if (engine.size() > 0 && engine.steps() + lengths[row] > MOST_STEPS) {
                    break;
                }
                engine.add(lengths[row], NumberSource.of(ofSteps(row)), NumberSource.of(ofRow(row)), null, null);
            }
            run(engine);
            for (int s = 0; s < engine.size(); s++) {
                take(engine, s, from + s, all);
            }
        }
        for (Map.Entry<GraphOutput, Given> output : all.entrySet()) {
            compare(output.getKey(), output.getValue(), report);
        }
    }

    private void run(Engine engine) {
        try {
            engine.run();
        } catch (GraphException e) {
            throw names.problem("the network cannot be run over these rows: " + e.getMessage());
        }
    }

    private void take(Engine engine, int sequence, int row, Map<GraphOutput, Given> all) {
        String problem = engine.problem(sequence);
        if (problem != null) {
            throw names.problem(
                    "row " + row + ", of " + Counts.counted(lengths[row], "step") + ", cannot be scored: " + problem);
        }
        for (int o = 0; o < graph.outputs().size(); o++) {
            GraphOutput output = graph.outputs().get(o);
            List<Integer> axes = new ArrayList<>();
            int[] shape = engine.outputShape(o, sequence);
            for (int axis = 0; axis < shape.length; axis++) {
                axes.add(axis == output.stepsAxis() ? GraphInput.STEPS : shape[axis]);
            }
            Given given = all.computeIfAbsent(output, any -> new Given(axes, new int[rows], new double[rows][]));
            given.steps[row] = engine.outputSteps(o, sequence);
            given.numbers[row] = engine.output(o, sequence);
        }
    }

    private void compare(GraphOutput output, Given given, VerifyReport report) {
        Tensor plain = outputs.get(output.name());
        Tensor exact = outputs.get(output.name() + TRUTH);
        Tensor truth = exact == null ? plain : exact;
        if (truth == null) {
            return;
        }
        double[][] truths = rows(output, exact == null ? output.name() : output.name() + TRUTH, truth, given);
        ErrorMeasure error = measure(output, given.numbers, truths);
        Double framework = exact == null || plain == null
                ? null
                : measure(output, rows(output, output.name(), plain, given), truths)
                        .largestScaled();
        report.line(output.name(), truth.shape().toString(), error, framework);
    }

    private static ErrorMeasure measure(GraphOutput output, double[][] got, double[][] truths) {
        double largest =
                Arrays.stream(truths).mapToDouble(ErrorMeasure::largest).max().orElse(0);
        ErrorMeasure error = ErrorMeasure.of(output, largest);
        for (int row = 0; row < truths.length; row++) {
            IntFunction<String> place = place(output, row);
            for (int from = 0; from < truths[row].length; from += output.numbersEach()) {
                error.block(got[row], truths[row], from, output.numbersEach(), place);
            }
        }
        return error;
    }

    /** Where a number of an output of a row is, in words. */
    static IntFunction<String> place(GraphOutput output, int row) {
        int width = output.width();
        return index -> "row " + row
                + (output.form() == GraphOutput.Form.OF_ROW ? "" : ", step " + index / width)
                + (output.form() == GraphOutput.Form.NUMBER_OF_STEP ? "" : ", column " + index % width);
    }

    /** The numbers of each row of a tensor, as the engine gives them. */
    private double[][] rows(GraphOutput output, String name, Tensor tensor, Given given) {
        TensorRows layout = TensorRows.of(tensor.shape(), given.axes).stream()
                .filter(way -> way.rows() == rows && isLongEnough(way.steps(), given))
                .findFirst()
                .orElseThrow(() -> {
                    int most = Arrays.stream(given.steps).max().orElse(0);
                    String expected = batched(given.axes, Integer.toString(rows));
                    return names.problem("size of " + name + " is " + tensor.shape() + "; expected "
                            + expected.replace("T", Integer.toString(most)) + " for the network's output " + output
                            + " of these rows");
                });
        double[] all = numbers(name, tensor, names);
        int width = output.numbersEach();
        double[][] numbers = new double[rows][];
        for (int row = 0; row < rows; row++) {
            numbers[row] = new double[given.steps[row] * width];
            for (int i = 0; i < numbers[row].length; i++) {
                numbers[row][i] = all[layout.at(row, i / width, i % width)];
            }
        }
        return numbers;
    }

    /** Whether all steps of the rows are there, and no others of a row that is not padded. */
    private boolean isLongEnough(int there, Given given) {
        if (!given.axes.contains(GraphInput.STEPS)) {
            return true;
        }
        for (int row = 0; row < rows; row++) {
            if (there < given.steps[row] || (lengths[row] == steps && there != given.steps[row])) {
                return false;
            }
        }
        return true;
    }
}
