package io.sparkrnn.engine;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.GraphInput;
import io.sparkrnn.graph.GraphOutput;
import io.sparkrnn.graph.RecurrentStates;
import io.sparkrnn.model.Precision;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A whole network over a batch, node by node: each node for all sequences, before the next. Sequences do not see each other:
 * what is computed for many together has for each the bits that it has alone.
 */
final class GraphEngine implements Engine {
    /** All whole numbers up to this one are floats. */
    private static final int MOST_EXACT = 1 << 24;

    private final GraphProgram program;
    private final Graph graph;
    /** Of the numbers in and out. */
    private final Precision precision;

    /** Of those in between. */
    private final Precision inner;

    private final List<Stage> stages;

    /** Whether the numbers of steps are kept in float64: there are indices that float32 has not. */
    private final boolean wide;

    private final int stepWidth;
    private final int rowWidth;
    private final int[] widths;

    private final Values values;

    /** The numbers of the steps of all sequences as they come, side by side those of a step: in one of the two. */
    private float[] floats = new float[0];

    private double[] doubles = new double[0];

    /** What each sequence has once, by input; null of inputs of steps. */
    private final List<@Nullable Array[]> added = new ArrayList<>();

    private int[] lengths = new int[16];
    private @Nullable String[] problems = new String[16];

    /** Of the layers whose states are given and taken; null where none are. */
    private final @Nullable StateValues states;

    private int size;
    private int steps;

    GraphEngine(GraphProgram program, Precision precision) {
        this.program = program;
        this.precision = precision;
        graph = program.graph();
        inner = program.precision();
        stages = program.stages();
        values = program.values();
        wide = precision == Precision.FLOAT64
                || graph.inputs().stream().anyMatch(input -> input.range().orElse(0) > MOST_EXACT);
        stepWidth = graph.stepWidth();
        rowWidth = graph.rowWidth();
        RecurrentStates found = graph.states();
        states = found == null ? null : new StateValues(program, found, precision);
        widths = graph.inputs().stream().mapToInt(GraphInput::width).toArray();
    }

    @Override
    public String name() {
        return program.kernelName();
    }

    @Override
    public Precision precision() {
        return precision;
    }

    @Override
    public void add(int length, NumberSource x, @Nullable NumberSource h0, @Nullable NumberSource c0) {
        add(length, x, null, h0, c0);
    }

    @Override
    public void add(
            int length,
            NumberSource x,
            @Nullable NumberSource row,
            @Nullable NumberSource h0,
            @Nullable NumberSource c0) {
        if (length < 1) {
            throw new IllegalArgumentException("a sequence of " + length + " steps");
        }
        int longer = Math.addExact(steps, length);
        int from = steps * stepWidth;
        int count = Math.multiplyExact(longer, stepWidth) - from;
        if (wide) {
            if (doubles.length < from + count) {
                doubles = Arrays.copyOf(doubles, grown(from + count));
            }
            x.copyTo(doubles, from, count);
        } else {
            if (floats.length < from + count) {
                floats = Arrays.copyOf(floats, grown(from + count));
            }
            x.copyTo(floats, from, count);
        }
        Array ofRow = row == null || rowWidth == 0 ? Array.numbers(inner, 0) : numbers(row);
        @Nullable Array[] begin = begin(h0, c0);
        @Nullable Array[] inputs = new Array[graph.inputs().size()];
        int place = 0;
        for (int i = 0; i < inputs.length; i++) {
            GraphInput input = graph.inputs().get(i);
            if (!input.isStepByStep()) {
                inputs[i] = part(input, widths[i], ofRow, place);
                place += widths[i];
            }
        }
        added.add(inputs);
        if (states != null && begin != null) {
            states.add(begin);
        }
        if (size == lengths.length) {
            lengths = Arrays.copyOf(lengths, 2 * size);
            problems = Arrays.copyOf(problems, 2 * size);
        }
        lengths[size++] = length;
        steps = longer;
    }

    private @Nullable Array @Nullable [] begin(@Nullable NumberSource h0, @Nullable NumberSource c0) {
        if (states == null && (h0 != null || c0 != null)) {
            throw new IllegalStateException("no layers of the network begin with states of a row");
        }
        return states == null ? null : states.begin(h0, c0);
    }

    /** So much that it seldom has to grow again. */
    private static int grown(int least) {
        return (int) Math.min(Integer.MAX_VALUE - 16, Math.max(1024, 2L * least));
    }

    /** The numbers of a row: in float64, which has all indices. */
    private Array numbers(NumberSource given) {
        double[] numbers = new double[rowWidth];
        given.copyTo(numbers, 0, rowWidth);
        return Array.of(numbers, rowWidth);
    }

    /** The numbers of one input of a row, in the shape that the graph takes. */
    private Array part(GraphInput input, int columns, Array all, int from) {
        int[] shape = input.shape(1);
        Array part = input.isIndex() ? Array.wholes(shape) : Array.numbers(inner, shape);
        for (int c = 0; c < columns; c++) {
            double number = all.get(from + c);
            // Of float32 whatever computes, so that the reference is given the same numbers.
            part.set(c, precision == Precision.FLOAT32 && !input.isIndex() ? (float) number : number);
        }
        return part;
    }

    /**
     * The numbers of one input of steps, in the shape that the graph takes.
     *
     * @param first the first step, of those of all sequences
     * @param rows how many steps
     * @param from where its numbers begin in a step
     */
    private Array part(GraphInput input, int columns, int first, int rows, int from) {
        int[] shape = input.shape(rows);
        Array part = input.isIndex() ? Array.wholes(shape) : Array.numbers(inner, shape);
        // Sizes behind the axis of steps vary fastest, those before it slowest.
        int behind = part.product(input.axes().indexOf(GraphInput.STEPS) + 1, shape.length);
        float[] target = part.floats();
        if (!wide && target != null && columns == stepWidth && behind == columns) {
            // The only input, as it lies.
            System.arraycopy(floats, first * stepWidth, target, 0, rows * columns);
            return part;
        }
        for (int c = 0; c < columns; c++) {
            int at = c / behind * rows * behind + c % behind;
            int source = first * stepWidth + from + c;
            if (!wide && target != null) {
                for (int r = 0; r < rows; r++) {
                    target[at + r * behind] = floats[source + r * stepWidth];
                }
            } else if (!wide && input.isIndex()) {
                for (int r = 0; r < rows; r++) {
                    part.setWhole(at + r * behind, (long) floats[source + r * stepWidth]);
                }
            } else {
                for (int r = 0; r < rows; r++) {
                    double number = wide ? doubles[source + r * stepWidth] : floats[source + r * stepWidth];
                    // As above.
                    part.set(
                            at + r * behind,
                            precision == Precision.FLOAT32 && !input.isIndex() ? (float) number : number);
                }
            }
        }
        return part;
    }

    @Override
    public void resume(int length, NumberSource x) {
        throw new IllegalStateException("a whole network is run over whole sequences");
    }

    @Override
    public void run() {
        Arrays.fill(problems, 0, size, null);
        values.begin(lengths, size);
        int from = 0;
        for (int i = 0; i < graph.inputs().size(); i++) {
            GraphInput input = graph.inputs().get(i);
            if (input.isStepByStep()) {
                put(input, i, from);
                from += widths[i];
            } else {
                for (int s = 0; s < size; s++) {
                    values.put(program.inputSlot(i), s, Objects.requireNonNull(added.get(s)[i]));
                }
            }
        }
        if (states != null) {
            states.put(values);
        }
        for (Stage stage : stages) {
            stage.run(values, problems);
            for (int slot : stage.done()) {
                values.forget(slot);
            }
        }
        for (int s = 0; s < size; s++) {
            for (int output = 0; output < graph.outputs().size() && problems[s] == null; output++) {
                problems[s] = misfit(output, s);
            }
        }
    }

    /** Puts an input of steps, of all sequences together if one array can have so many numbers. */
    private void put(GraphInput input, int index, int from) {
        int slot = program.inputSlot(index);
        if (values.axis(slot) >= 0 && (long) steps * widths[index] <= Array.MOST_ELEMENTS) {
            values.putTogether(slot, part(input, widths[index], 0, steps, from));
            return;
        }
        for (int s = 0; s < size; s++) {
            values.put(slot, s, part(input, widths[index], values.start(s), lengths[s], from));
        }
    }

    /** Why an output of a sequence is none for its column, such as the last 3 steps of a sequence of 2; null if it is one. */
    private @Nullable String misfit(int output, int sequence) {
        GraphOutput form = graph.outputs().get(output);
        if (together(output) != null) {
            return null;
        }
        Array value = found(output, sequence);
        if (value == null) {
            return "the output '" + form.name() + "' is not given";
        }
        boolean fits = form.stepsAxis() < value.rank()
                && (long) outputSteps(output, sequence) * form.numbersEach() == value.elements();
        return fits
                ? null
                : "the output '" + form.name() + "' has shape " + Arrays.toString(value.shape()) + "; expected " + form
                        + ": a sequence of " + lengths[sequence] + (lengths[sequence] == 1 ? " step" : " steps")
                        + " is too short or too long for it";
    }

    @Override
    public void clear() {
        added.clear();
        if (states != null) {
            states.clear();
        }
        values.clear();
        size = 0;
        steps = 0;
    }

    @Override
    public int size() {
        return size;
    }

    @Override
    public int steps() {
        return steps;
    }

    @Override
    public int length(int sequence) {
        return lengths[sequence];
    }

    @Override
    public @Nullable String problem(int sequence) {
        return problems[sequence];
    }

    @Override
    public int outputSteps(int output, int sequence) {
        GraphOutput form = graph.outputs().get(output);
        return form.stepsAxis() < 0
                ? 1
                : together(output) != null
                        ? lengths[sequence]
                        : value(output, sequence).size(form.stepsAxis());
    }

    @Override
    public int[] outputShape(int output, int sequence) {
        return value(output, sequence).shape();
    }

    @Override
    public void copyOutput(int output, int sequence, ByteBuffer target, int at, int stride) {
        GraphOutput form = graph.outputs().get(output);
        Array all = together(output);
        if (all != null && precision == Precision.FLOAT32 && !form.isWhole()) {
            float[] numbers = Objects.requireNonNull(all.floats());
            FloatBuffer floats = target.duplicate()
                    .position(at)
                    .slice()
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer();
            int each = form.numbersEach();
            int start = values.start(sequence) * each;
            if (stride == each * Float.BYTES) {
                floats.put(numbers, start, lengths[sequence] * each);
                return;
            }
            for (int r = 0; r < lengths[sequence]; r++) {
                floats.put(r * (stride / Float.BYTES), numbers, start + r * each, each);
            }
            return;
        }
        Array value = value(output, sequence);
        int rows = outputSteps(output, sequence);
        int columns = form.numbersEach();
        int inner = form.stepsAxis() < 0 ? columns : value.product(form.stepsAxis() + 1, value.rank());
        int size = form.size(precision).byteSize();
        ByteBuffer bytes = target.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < columns; c++) {
                int from = (c / inner * rows + r) * inner + c % inner;
                int place = at + r * stride + c * size;
                if (form.isWhole()) {
                    bytes.putLong(place, value.whole(from));
                    continue;
                }
                double number = value.get(from);
                if (precision == Precision.FLOAT64) {
                    bytes.putDouble(place, number);
                } else {
                    bytes.putFloat(place, (float) number);
                }
            }
        }
    }

    /** What an output is for a sequence. */
    @Override
    public double[] output(int output, int sequence) {
        GraphOutput form = graph.outputs().get(output);
        int size = form.size(precision).byteSize();
        int row = form.numbersEach() * size;
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(outputSteps(output, sequence), row))
                .order(ByteOrder.LITTLE_ENDIAN);
        copyOutput(output, sequence, bytes, 0, row);
        double[] numbers = new double[bytes.capacity() / size];
        for (int i = 0; i < numbers.length; i++) {
            if (form.isWhole()) {
                numbers[i] = bytes.getLong(i * size);
            } else {
                numbers[i] = precision == Precision.FLOAT64 ? bytes.getDouble(i * size) : bytes.getFloat(i * size);
            }
        }
        return numbers;
    }

    private Array value(int output, int sequence) {
        return Objects.requireNonNull(found(output, sequence));
    }

    private @Nullable Array found(int output, int sequence) {
        int slot = program.outputSlot(output);
        Array constant = program.constant(slot);
        return constant != null ? constant : values.get(slot, sequence);
    }

    /** What an output of steps is for all sequences, [steps][C] of float32; null when it is not there so. */
    private @Nullable Array together(int output) {
        GraphOutput form = graph.outputs().get(output);
        int slot = program.outputSlot(output);
        Array all = form.stepsAxis() < 0 || values.axis(slot) != form.stepsAxis() ? null : values.togetherNow(slot);
        return all != null
                        && all.floats() != null
                        && all.product(0, form.stepsAxis()) == 1
                        && all.product(form.stepsAxis() + 1, all.rank()) == form.numbersEach()
                ? all
                : null;
    }

    @Override
    public void copyHiddenStates(int sequence, ByteBuffer target, int at, int stride) {
        states().copyHiddenStates(values, sequence, target, at, stride);
    }

    @Override
    public int hiddenSteps(int sequence) {
        return states().steps(values, sequence);
    }

    @Override
    public float @Nullable [] hiddenStates() {
        return null;
    }

    @Override
    public int hiddenStatesAt(int sequence) {
        throw noStates();
    }

    @Override
    public void copyFinalState(int sequence, int state, ByteBuffer target, int at) {
        states().copyFinalState(values, sequence, state, target, at);
    }

    @Override
    public void copyFinalCellState(int sequence, int state, ByteBuffer target, int at) {
        states().copyFinalCellState(values, sequence, state, target, at);
    }

    @Override
    public void copyScores(int sequence, ByteBuffer target, int at, int stride) {
        throw noStates();
    }

    private StateValues states() {
        if (states == null) {
            throw noStates();
        }
        return states;
    }

    private static IllegalStateException noStates() {
        return new IllegalStateException("the network gives its outputs alone");
    }
}
