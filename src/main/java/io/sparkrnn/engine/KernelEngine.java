package io.sparkrnn.engine;

import io.sparkrnn.forward.ForwardPass;
import io.sparkrnn.forward.NetworkWeights;
import io.sparkrnn.forward.OutputLayout;
import io.sparkrnn.forward.SequenceBatch;
import io.sparkrnn.kernel.Kernel;
import io.sparkrnn.model.Head;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.model.StateLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import org.jspecify.annotations.Nullable;

/** The float32 forward pass on a kernel. */
final class KernelEngine implements Engine {
    private final Kernel kernel;
    private final RnnModel model;
    private final SequenceBatch batch;
    private final ForwardPass pass;
    private final ForwardPass.Wanted wanted;
    private final OutputLayout layout;
    private final @Nullable HeadScores scores;

    /** @param nodes of the head; null without one */
    KernelEngine(
            NetworkWeights weights,
            @Nullable Head head,
            @Nullable GraphProgram nodes,
            ForwardPass.Wanted wanted,
            OutputLayout layout) {
        kernel = weights.kernel();
        this.wanted = wanted;
        model = weights.model();
        batch = new SequenceBatch(model);
        this.layout = layout;
        pass = new ForwardPass(weights, layout);
        scores = head == null || nodes == null ? null : new HeadScores(head, nodes, model, this);
    }

    @Override
    public String name() {
        return kernel.name();
    }

    @Override
    public Precision precision() {
        return Precision.FLOAT32;
    }

    @Override
    public void add(int length, NumberSource x, @Nullable NumberSource h0, @Nullable NumberSource c0) {
        batch.add(length, x, h0, c0);
    }

    @Override
    public void resume(int length, NumberSource x) {
        if (batch.size() != 1) {
            throw new IllegalStateException(batch.size() + " sequences; one can be resumed");
        }
        float[] states = pass.finalStates();
        float[] cellStates = pass.finalCellStates();
        batch.clear();
        batch.add(
                length,
                x,
                (target, at, count) -> System.arraycopy(states, 0, target, at, count),
                (target, at, count) -> System.arraycopy(cellStates, 0, target, at, count));
    }

    @Override
    public void run() {
        pass.run(batch, wanted);
        if (scores != null) {
            scores.clear();
        }
    }

    @Override
    public void clear() {
        batch.clear();
    }

    @Override
    public int size() {
        return batch.size();
    }

    @Override
    public int steps() {
        return batch.steps();
    }

    @Override
    public int length(int sequence) {
        return batch.length(sequence);
    }

    @Override
    public void copyHiddenStates(int sequence, ByteBuffer target, int at, int stride) {
        if (wanted != ForwardPass.Wanted.HIDDEN_STATES) {
            throw new IllegalStateException("hidden states were not asked for");
        }
        int steps = batch.length(sequence);
        int from = pass.hiddenStatesAt(sequence) + layout.first(steps);
        copy(pass.hiddenStates(), from, layout.stride(), steps, model.outputSize(), target, at, stride);
    }

    @Override
    public float[] hiddenStates() {
        return pass.hiddenStates();
    }

    @Override
    public int hiddenStatesAt(int sequence) {
        return pass.hiddenStatesAt(sequence);
    }

    @Override
    public void copyFinalState(int sequence, int state, ByteBuffer target, int at) {
        copy(pass.finalStates(), sequence, model.hiddenStates(), state, target, at);
    }

    @Override
    public void copyFinalCellState(int sequence, int state, ByteBuffer target, int at) {
        copy(pass.finalCellStates(), sequence, model.cellStates(), state, target, at);
    }

    @Override
    public void copyScores(int sequence, ByteBuffer target, int at, int stride) {
        if (scores == null) {
            throw new IllegalStateException("there is no head");
        }
        scores.copy(sequence, target, at, stride);
    }

    private static void copy(float[] values, int sequence, StateLayout layout, int state, ByteBuffer target, int at) {
        int from = sequence * layout.total() + layout.offset(state);
        copy(values, from, 0, 1, layout.width(state), target, at, 0);
    }

    private static void copy(
            float[] values, int from, int step, int rows, int width, ByteBuffer target, int at, int stride) {
        FloatBuffer floats = target.duplicate()
                .order(ByteOrder.LITTLE_ENDIAN)
                .position(at)
                .slice()
                .order(ByteOrder.LITTLE_ENDIAN)
                .asFloatBuffer();
        for (int row = 0; row < rows; row++) {
            floats.put(row * (stride / Float.BYTES), values, from + row * step, width);
        }
    }
}
