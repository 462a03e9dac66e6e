package io.sparkrnn.engine;

import io.sparkrnn.model.Head;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.model.StateLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The scores of a batch in float32: the nodes of a head, run over the states that an engine gives when they are asked for.
 * Rows of states are as the steps of a sequence to them: h_n of some sequences at a time, or the hidden states of one.
 */
final class HeadScores {
    /** Rows that go through the nodes at a time: so many that a node costs nothing, so few that they stay in the cache. */
    private static final int AT_A_TIME = 128;

    private final Head head;
    private final StateLayout layout;
    private final Engine engine;
    private final GraphEngine nodes;
    private final int width;

    /** [rows][W], where an engine can copy to. */
    private ByteBuffer states = ByteBuffer.allocate(0);

    /** [rows][O]. */
    private ByteBuffer scores = ByteBuffer.allocate(0);

    /** The sequences of which {@link #scores} are: from this on, so many. */
    private int first;

    private int count;

    /** Where the rows of each of them begin, and where those of the last one end. */
    private final int[] starts = new int[AT_A_TIME + 1];

    /**
     * Those of an engine.
     *
     * @param program of {@link HeadNodes}
     * @param engine of float32; its states are read after each run
     */
    HeadScores(Head head, GraphProgram program, RnnModel model, Engine engine) {
        this.head = head;
        this.engine = engine;
        layout = model.hiddenStates();
        width = model.outputSize();
        nodes = new GraphEngine(program, Precision.FLOAT32);
    }

    /** Forgets what was computed: the engine ran again. */
    void clear() {
        count = 0;
    }

    /** See {@link Engine#copyScores}. */
    void copy(int sequence, ByteBuffer target, int at, int stride) {
        if (sequence < first || sequence >= first + count) {
            score(sequence);
        }
        int row = starts[sequence - first];
        put(row, starts[sequence - first + 1] - row, target, at, stride);
    }

    /** Scores a sequence, and those behind it as long as they have room beside it. */
    private void score(int sequence) {
        first = sequence;
        count = 0;
        int size = engine.size() - sequence;
        do {
            starts[count + 1] = starts[count] + rows(sequence + count);
            count++;
        } while (count < size && starts[count] + rows(sequence + count) <= AT_A_TIME);
        grow(starts[count]);
        for (int s = 0; s < count; s++) {
            copyStates(sequence + s, starts[s] * width * Float.BYTES);
        }
        run(starts[count]);
    }

    private int rows(int sequence) {
        return head.source() == Head.Source.HIDDEN_STATES ? engine.length(sequence) : 1;
    }

    private void copyStates(int sequence, int at) {
        if (head.source() == Head.Source.HIDDEN_STATES) {
            engine.copyHiddenStates(sequence, states, at, width * Float.BYTES);
            return;
        }
        // The last layer's states are the last of all.
        int start = layout.total() - width;
        for (int state = 0; state < layout.count(); state++) {
            if (layout.offset(state) >= start) {
                engine.copyFinalState(sequence, state, states, at + (layout.offset(state) - start) * Float.BYTES);
            }
        }
    }

    private void grow(int rows) {
        states = room(states, Math.multiplyExact(rows, width * Float.BYTES));
        scores = room(scores, Math.multiplyExact(rows, head.outputSize() * Float.BYTES));
    }

    private static ByteBuffer room(ByteBuffer had, int bytes) {
        return had.capacity() < bytes ? ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN) : had;
    }

    private void run(int rows) {
        NumberSource from = NumberSource.of(states.duplicate().clear(), Precision.FLOAT32);
        run(nodes, from, rows, scores, head.outputSize() * Float.BYTES);
    }

    /**
     * Runs a head's nodes over rows of states, some at a time.
     *
     * @param from the rows, one after the other
     * @param target gets a row of scores each
     * @param rowBytes of a row of scores
     */
    static void run(GraphEngine nodes, NumberSource from, int rows, ByteBuffer target, int rowBytes) {
        for (int row = 0; row < rows; row += AT_A_TIME) {
            nodes.clear();
            nodes.add(Math.min(AT_A_TIME, rows - row), from, null, null);
            nodes.run();
            String problem = nodes.problem(0);
            if (problem != null) {
                // A head takes any row of its width.
                throw new IllegalStateException("the head: " + problem);
            }
            nodes.copyOutput(0, 0, target, row * rowBytes, rowBytes);
        }
        nodes.clear();
    }

    private void put(int row, int rows, ByteBuffer target, int at, int stride) {
        int bytes = head.outputSize() * Float.BYTES;
        if (stride == bytes) {
            target.put(at, scores, row * bytes, rows * bytes);
            return;
        }
        for (int r = 0; r < rows; r++) {
            target.put(at + r * stride, scores, (row + r) * bytes, bytes);
        }
    }
}
