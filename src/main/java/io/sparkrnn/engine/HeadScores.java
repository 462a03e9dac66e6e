package io.sparkrnn.engine;

import io.sparkrnn.forward.HeadPass;
import io.sparkrnn.model.Head;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.model.StateLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The scores of a batch in float32, computed from the states that an engine gives when they are asked for: those on h_n
 * for some sequences at a time, those on hidden states for one.
 */
final class HeadScores {
    private final Head head;
    private final StateLayout layout;
    private final Engine engine;
    private final HeadPass pass;
    private final int width;

    /** [rows][W], where an engine can copy to. */
    private ByteBuffer states = ByteBuffer.allocate(0);

    private final float[] input;

    /** [rows][O]. */
    private float[] scores = new float[0];

    /** The sequences on whose h_n {@link #scores} are: from this on, so many. */
    private int first;

    private int count;

    /** @param engine of float32; its states are read after each run */
    HeadScores(Head head, RnnModel model, Engine engine) {
        this.head = head;
        this.engine = engine;
        layout = model.hiddenStates();
        width = model.outputSize();
        pass = new HeadPass(head);
        input = new float[HeadPass.LANES * width];
    }

    /** Forgets what was computed: the engine ran again. */
    void clear() {
        count = 0;
    }

    /** See {@link Engine#copyScores}. */
    void copy(int sequence, ByteBuffer target, int at, int stride) {
        if (head.source() == Head.Source.HIDDEN_STATES) {
            scoreSteps(sequence);
            put(0, engine.length(sequence), target, at, stride);
            return;
        }
        if (sequence < first || sequence >= first + count) {
            scoreLast(sequence);
        }
        put(sequence - first, 1, target, at, stride);
    }

    private void scoreLast(int sequence) {
        first = sequence;
        count = Math.min(HeadPass.LANES, engine.size() - sequence);
        grow(count);
        for (int s = 0; s < count; s++) {
            // The last layer's states are the last of all.
            int row = s * width * Float.BYTES;
            int start = layout.total() - width;
            for (int state = 0; state < layout.count(); state++) {
                if (layout.offset(state) >= start) {
                    engine.copyFinalState(
                            sequence + s, state, states, row + (layout.offset(state) - start) * Float.BYTES);
                }
            }
        }
        run(count);
    }

    private void scoreSteps(int sequence) {
        int steps = engine.length(sequence);
        grow(steps);
        engine.copyHiddenStates(sequence, states, 0, width * Float.BYTES);
        run(steps);
    }

    private void grow(int rows) {
        int bytes = Math.multiplyExact(rows, width * Float.BYTES);
        if (states.capacity() < bytes) {
            states = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
        }
        int numbers = Math.multiplyExact(rows, head.outputSize());
        if (scores.length < numbers) {
            scores = new float[numbers];
        }
    }

    private void run(int rows) {
        for (int row = 0; row < rows; row += HeadPass.LANES) {
            int lanes = Math.min(HeadPass.LANES, rows - row);
            states.asFloatBuffer().get(row * width, input, 0, lanes * width);
            pass.run(input, 0, lanes, scores, row * head.outputSize());
        }
    }

    private void put(int row, int rows, ByteBuffer target, int at, int stride) {
        int out = head.outputSize();
        ByteBuffer bytes = target.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        for (int r = 0; r < rows; r++) {
            bytes.slice(at + r * stride, out * Float.BYTES)
                    .order(ByteOrder.LITTLE_ENDIAN)
                    .asFloatBuffer()
                    .put(scores, (row + r) * out, out);
        }
    }
}
