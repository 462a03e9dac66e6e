package io.sparkrnn.engine;

import io.sparkrnn.model.Head;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.model.StateLayout;
import io.sparkrnn.reference.ReferenceNetwork;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The float64 equations, sequence by sequence; takes and gives float32 when that is the precision asked for. */
final class ReferenceEngine implements Engine {
    private final RnnModel model;
    private final ReferenceNetwork network;
    private final @Nullable Head head;
    private final @Nullable GraphEngine nodes;
    private final Precision precision;
    private final List<Sequence> sequences = new ArrayList<>();
    private final List<ReferenceNetwork.Result> results = new ArrayList<>();
    private int steps;

    private record Sequence(double[] x, double[] h0, double[] c0, int length) {}

    /** @param program the nodes of the head; null without one */
    ReferenceEngine(
            RnnModel model,
            ReferenceNetwork network,
            @Nullable Head head,
            @Nullable GraphProgram program,
            Precision precision) {
        this.model = model;
        this.network = network;
        this.head = head;
        // In float64 whatever goes in and out, as the layers are.
        nodes = program == null ? null : new GraphEngine(program, Precision.FLOAT64);
        this.precision = precision;
    }

    @Override
    public String name() {
        return "reference";
    }

    @Override
    public Precision precision() {
        return precision;
    }

    @Override
    public void add(int length, NumberSource x, @Nullable NumberSource h0, @Nullable NumberSource c0) {
        if (length < 1) {
            throw new IllegalArgumentException("a sequence of " + length + " steps");
        }
        double[] values = numbers(x, Math.multiplyExact(length, model.inputSize()));
        double[] hidden = states(h0, model.hiddenStates());
        double[] cell = states(c0, model.cellStates());
        steps = Math.addExact(steps, length);
        sequences.add(new Sequence(values, hidden, cell, length));
    }

    @Override
    public void resume(int length, NumberSource x) {
        if (sequences.size() != 1) {
            throw new IllegalStateException(sequences.size() + " sequences; one can be resumed");
        }
        // In float64 whatever goes in and out: a state that was rounded here would not be that of one run.
        ReferenceNetwork.Result before = results.get(0);
        clear();
        double[] values = numbers(x, Math.multiplyExact(length, model.inputSize()));
        sequences.add(new Sequence(values, before.finalStates(), before.finalCellStates(), length));
        steps = length;
    }

    private double[] states(@Nullable NumberSource given, StateLayout layout) {
        return given == null ? layout.initialStates() : numbers(given, layout.total());
    }

    private double[] numbers(NumberSource given, int count) {
        double[] values = new double[count];
        if (precision == Precision.FLOAT64) {
            given.copyTo(values, 0, count);
            return values;
        }
        float[] floats = new float[count];
        given.copyTo(floats, 0, count);
        for (int i = 0; i < count; i++) {
            values[i] = floats[i];
        }
        return values;
    }

    @Override
    public void run() {
        results.clear();
        for (Sequence sequence : sequences) {
            results.add(network.run(sequence.x(), sequence.h0(), sequence.c0()));
        }
    }

    @Override
    public void clear() {
        sequences.clear();
        results.clear();
        steps = 0;
    }

    @Override
    public int size() {
        return sequences.size();
    }

    @Override
    public int steps() {
        return steps;
    }

    @Override
    public int length(int sequence) {
        return sequences.get(sequence).length();
    }

    @Override
    public void copyHiddenStates(int sequence, ByteBuffer target, int at, int stride) {
        double[] output = results.get(sequence).output();
        copy(output, 0, output.length, model.outputSize(), target, at, stride);
    }

    @Override
    public float @Nullable [] hiddenStates() {
        return null;
    }

    @Override
    public int hiddenStatesAt(int sequence) {
        throw new IllegalStateException("there is no array of hidden states");
    }

    @Override
    public void copyFinalState(int sequence, int state, ByteBuffer target, int at) {
        copy(results.get(sequence).finalStates(), model.hiddenStates(), state, target, at);
    }

    @Override
    public void copyFinalCellState(int sequence, int state, ByteBuffer target, int at) {
        copy(results.get(sequence).finalCellStates(), model.cellStates(), state, target, at);
    }

    @Override
    public void copyScores(int sequence, ByteBuffer target, int at, int stride) {
        if (head == null || nodes == null) {
            throw new IllegalStateException("there is no head");
        }
        ReferenceNetwork.Result result = results.get(sequence);
        double[] states = result.output();
        if (head.source() == Head.Source.H_N) {
            // The last layer's states are the last of all.
            int end = result.finalStates().length;
            states = Arrays.copyOfRange(result.finalStates(), end - model.outputSize(), end);
        }
        double[] scores = scores(nodes, states, states.length / head.inputSize(), head.outputSize());
        copy(scores, 0, scores.length, head.outputSize(), target, at, stride);
    }

    private static double[] scores(GraphEngine nodes, double[] states, int rows, int width) {
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(rows, width * Double.BYTES))
                .order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer given = ByteBuffer.allocate(Math.multiplyExact(states.length, Double.BYTES))
                .order(ByteOrder.LITTLE_ENDIAN);
        given.asDoubleBuffer().put(states);
        HeadScores.run(nodes, NumberSource.of(given, Precision.FLOAT64), rows, bytes, width * Double.BYTES);
        double[] scores = new double[rows * width];
        bytes.asDoubleBuffer().get(scores);
        return scores;
    }

    private void copy(double[] values, StateLayout layout, int state, ByteBuffer target, int at) {
        int width = layout.width(state);
        copy(values, layout.offset(state), width, width, target, at, 0);
    }

    /** Copies {@code count} values in rows of {@code width}. */
    private void copy(double[] values, int from, int count, int width, ByteBuffer target, int at, int stride) {
        ByteBuffer bytes = target.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            int position = at + i / width * stride + i % width * precision.byteSize();
            if (precision == Precision.FLOAT64) {
                bytes.putDouble(position, values[from + i]);
            } else {
                bytes.putFloat(position, (float) values[from + i]);
            }
        }
    }
}
