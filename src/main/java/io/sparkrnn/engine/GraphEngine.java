package io.sparkrnn.engine;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.GraphInput;
import io.sparkrnn.graph.GraphOutput;
import io.sparkrnn.graph.RecurrentStates;
import io.sparkrnn.model.Precision;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A whole network over a batch, node by node: each node for all sequences, before the next. Sequences do not see each other:
 * what is computed for many together has for each the bits that it has alone.
 *
 * <p>{@link #add(int, Numbers, Numbers, Numbers)} takes as x the numbers of all inputs of a step side by side, and as h0 those
 * of all inputs of a row.
 */
final class GraphEngine implements Engine {
    private final GraphProgram program;
    private final Graph graph;
    /** Of the numbers in and out. */
    private final Precision precision;

    /** Of those in between. */
    private final Precision inner;

    private final List<Stage> stages;
    private final boolean hasIndices;
    private final int stepWidth;
    private final int rowWidth;
    private final int[] widths;

    /** The values by slot, then by sequence; null where a value is not there yet, not any more, or of no sequence. */
    private final @Nullable Array[][] values;

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
        values = new Array[program.slots()][];
        hasIndices = graph.inputs().stream().anyMatch(GraphInput::isIndex);
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
    public void add(int length, Numbers x, @Nullable Numbers h0, @Nullable Numbers c0) {
        add(length, x, h0, null, null);
    }

    @Override
    public void add(int length, Numbers x, @Nullable Numbers row, @Nullable Numbers h0, @Nullable Numbers c0) {
        if (length < 1) {
            throw new IllegalArgumentException("a sequence of " + length + " steps");
        }
        Array ofSteps = numbers(x, length, stepWidth);
        Array ofRow = row == null ? Array.numbers(inner, 0) : numbers(row, 1, rowWidth);
        @Nullable Array[] begin = begin(h0, c0);
        @Nullable Array[] inputs = new Array[graph.inputs().size()];
        int step = 0;
        int once = 0;
        for (int i = 0; i < inputs.length; i++) {
            GraphInput input = graph.inputs().get(i);
            if (input.isStepByStep()) {
                inputs[i] = part(input, widths[i], ofSteps, length, stepWidth, step);
                step += widths[i];
            } else {
                inputs[i] = part(input, widths[i], ofRow, 1, rowWidth, once);
                once += widths[i];
            }
        }
        int longer = Math.addExact(steps, length);
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

    private @Nullable Array @Nullable [] begin(@Nullable Numbers h0, @Nullable Numbers c0) {
        if (states == null && (h0 != null || c0 != null)) {
            throw new IllegalStateException("no layers of the network begin with states of a row");
        }
        return states == null ? null : states.begin(h0, c0);
    }

    /** Numbers as they come: of indices in float64, which has all of them. */
    private Array numbers(Numbers given, int rows, int width) {
        int count = Math.multiplyExact(rows, width);
        if (precision == Precision.FLOAT32 && !hasIndices) {
            float[] floats = new float[count];
            given.copyTo(floats, 0, count);
            return Array.of(floats, rows, width);
        }
        double[] doubles = new double[count];
        given.copyTo(doubles, 0, count);
        return Array.of(doubles, rows, width);
    }

    /** The numbers of one input, in the shape that the graph takes. */
    private Array part(GraphInput input, int columns, Array all, int rows, int width, int from) {
        int axis = input.axes().indexOf(GraphInput.STEPS);
        int[] shape = input.shape(rows);
        Array part = input.isIndex() ? Array.wholes(shape) : Array.numbers(inner, shape);
        // Sizes behind the axis of steps vary fastest, those before it slowest.
        int inner = axis < 0 ? columns : part.product(axis + 1, shape.length);
        if (inner == columns && all.floats() != null && part.floats() != null) {
            for (int r = 0; r < rows; r++) {
                part.copyFrom(all, r * width + from, r * columns, columns);
            }
            return part;
        }
        for (int r = 0; r < rows; r++) {
            for (int c = 0; c < columns; c++) {
                int at = axis < 0 ? c : (c / inner * rows + r) * inner + c % inner;
                double number = all.get(r * width + from + c);
                // Of float32 whatever computes, so that the reference is given the same numbers.
                part.set(at, precision == Precision.FLOAT32 && !input.isIndex() ? (float) number : number);
            }
        }
        return part;
    }

    @Override
    public void resume(int length, Numbers x) {
        throw new IllegalStateException("a whole network is run over whole sequences");
    }

    @Override
    public void run() {
        Arrays.fill(problems, 0, size, null);
        for (int i = 0; i < graph.inputs().size(); i++) {
            Array[] column = new Array[size];
            for (int s = 0; s < size; s++) {
                column[s] = Objects.requireNonNull(added.get(s)[i]);
            }
            values[program.inputSlot(i)] = column;
        }
        if (states != null) {
            states.put(values);
        }
        for (Stage stage : stages) {
            stage.run(values, size, problems);
            for (int slot : stage.done()) {
                values[slot] = null;
            }
        }
        for (int s = 0; s < size; s++) {
            for (int output = 0; output < graph.outputs().size() && problems[s] == null; output++) {
                problems[s] = misfit(output, s);
            }
        }
    }

    /** Why an output of a sequence is none for its column, such as the last 3 steps of a sequence of 2; null if it is one. */
    private @Nullable String misfit(int output, int sequence) {
        GraphOutput form = graph.outputs().get(output);
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
        Arrays.fill(values, null);
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
        return form.stepsAxis() < 0 ? 1 : value(output, sequence).size(form.stepsAxis());
    }

    @Override
    public int[] outputShape(int output, int sequence) {
        return value(output, sequence).shape();
    }

    @Override
    public void copyOutput(int output, int sequence, ByteBuffer target, int at, int stride) {
        GraphOutput form = graph.outputs().get(output);
        Array value = value(output, sequence);
        int rows = outputSteps(output, sequence);
        int columns = form.numbersEach();
        int inner = form.stepsAxis() < 0 ? columns : value.product(form.stepsAxis() + 1, value.rank());
        int size = form.isWhole() ? Long.BYTES : precision.byteSize();
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
    private Array value(int output, int sequence) {
        return Objects.requireNonNull(found(output, sequence));
    }

    private @Nullable Array found(int output, int sequence) {
        int slot = program.outputSlot(output);
        Array constant = program.constant(slot);
        if (constant != null) {
            return constant;
        }
        @Nullable Array[] column = values[slot];
        return column == null ? null : column[sequence];
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
