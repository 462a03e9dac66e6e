package io.sparkrnn.spark;

import io.sparkrnn.engine.Engine;
import io.sparkrnn.model.Head;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.model.StateLayout;
import java.nio.ByteBuffer;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Set;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.jspecify.annotations.Nullable;

/**
 * The scored rows of a partition, in its order. Reads rows until the budget of steps is full, or that of kept columns,
 * runs the batch, gives its rows one at a time, and reads on: what is held at any time is one batch. It is always the same
 * object that is given, with the values of the next row.
 */
final class ScoredRows implements Iterator<ScoredRow> {
    /** The most bytes of kept columns in a batch: beside a short sequence may stand a document or an image. */
    private static final int MOST_KEPT = 16 << 20;

    /** A whole number of blocks of lanes, on every kernel. */
    private static final int WHOLE_BLOCKS = 128;

    /** Bytes of features and states that a core's own cache, of 1 or 2 MiB, still holds the most of. */
    private static final int CACHED = 1 << 20;

    private final SequenceInput input;
    /** Makes hidden states, if it can, in the layout of {@link NestedArray#layout}. */
    private final Engine engine;

    private final @Nullable Head head;
    private final Set<Output> outputs;
    private final int width;
    private final int batchSteps;
    private final ScoreMetrics metrics;

    /** The kept columns of the batch's rows: the engine has the numbers. */
    private final KeptRows kept = new KeptRows(MOST_KEPT);

    private final @Nullable UnsafeRow keptRow;
    private final ScoredRow row = new ScoredRow();
    private final ArrayImage hiddenStates;
    private final ArrayImage scores;
    private final States finalStates;
    private final States finalCellStates;
    /** The arrays by the output that each is of. */
    private final Map<Output, ArrayImage> images = new EnumMap<>(Output.class);

    /** The bytes of a step's features and states. */
    private final long stepBytes;

    /** Whether all sequences of the batch are of one length. */
    private boolean alike;

    private int next;

    /**
     * Of the rows of {@code input}.
     *
     * @param kept how many columns pass through
     */
    ScoredRows(
            SequenceInput input,
            int kept,
            Engine engine,
            RnnModel model,
            @Nullable Head head,
            Set<Output> outputs,
            int batchSteps,
            ScoreMetrics metrics) {
        this.input = input;
        this.engine = engine;
        this.head = head;
        this.outputs = outputs;
        this.batchSteps = batchSteps;
        this.metrics = metrics;
        width = model.outputSize();
        stepBytes = (long) (model.inputSize() + width) * engine.precision().byteSize();
        keptRow = kept == 0 ? null : new UnsafeRow(kept);
        row.setKept(keptRow);
        hiddenStates = new ArrayImage(engine.precision());
        scores = new ArrayImage(engine.precision());
        if (head != null && head.source() == Head.Source.H_N) {
            scores.toRow(head.outputSize());
        }
        finalStates = new States(engine, model.hiddenStates(), engine::copyFinalState);
        finalCellStates = new States(engine, model.cellStates(), engine::copyFinalCellState);
        images.put(Output.HIDDEN_STATES, hiddenStates);
        images.put(Output.H_N, finalStates.image);
        images.put(Output.C_N, finalCellStates.image);
        images.put(Output.SCORE, scores);
        images.forEach((output, image) -> row.setArray(output, image.array()));
    }

    @Override
    public boolean hasNext() {
        if (next == engine.size()) {
            runBatch();
        }
        return next < engine.size();
    }

    private void runBatch() {
        engine.clear();
        kept.clear();
        next = 0;
        alike = true;
        while (input.hasRow()) {
            if (engine.size() > 0) {
                if (isFull() || !fits()) {
                    break;
                }
                alike &= input.length() == engine.length(0);
            }
            input.addTo(engine, kept);
        }
        if (engine.size() > 0) {
            long start = System.nanoTime();
            engine.run();
            metrics.count(engine.size(), engine.steps(), System.nanoTime() - start);
        }
    }

    /**
     * Whether the batch gains nothing by more sequences. It gains as long as lengths differ, because sequences of nearly one
     * length are put side by side. Where all are of one length, a small batch is better: one that stays in the cache on
     * its way took a sixth less of a task's time than one of 65,536 steps (I=32, H=64, 50 steps, all hidden states).
     */
    private boolean isFull() {
        return alike && engine.size() % WHOLE_BLOCKS == 0 && engine.steps() * stepBytes >= CACHED;
    }

    private boolean fits() {
        return (long) engine.steps() + input.length() <= batchSteps
                && (long) kept.bytes() + input.keptBytes() <= MOST_KEPT;
    }

    @Override
    public ScoredRow next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        int sequence = next++;
        if (keptRow != null) {
            kept.point(keptRow, sequence);
        }
        boolean finite = true;
        for (Output output : outputs) {
            switch (output) {
                case HIDDEN_STATES -> putHiddenStates(sequence);
                case H_N -> finalStates.copy(sequence);
                case C_N -> finalCellStates.copy(sequence);
                case SCORE -> copyScores(sequence);
                case LENGTHS -> row.setLength(engine.length(sequence));
            }
            // Not after the pass: Spark reads the numbers next, from the cache that this brings them to.
            ArrayImage image = images.get(output);
            if (image != null && image.hasNonFinite()) {
                metrics.countNonFinite(output);
                finite = false;
            }
        }
        if (!finite) {
            metrics.countNonFiniteSequence();
        }
        return row;
    }

    private void putHiddenStates(int sequence) {
        int steps = engine.length(sequence);
        float[] states = engine.hiddenStates();
        if (states != null) {
            hiddenStates.toMatrix(states, engine.hiddenStatesAt(sequence), steps, width);
            return;
        }
        hiddenStates.toMatrix(steps, width);
        engine.copyHiddenStates(
                sequence,
                hiddenStates.bytes(),
                NestedArray.firstNumber(steps, width),
                NestedArray.stride(width, engine.precision()));
    }

    private void copyScores(int sequence) {
        Head scoring = Objects.requireNonNull(head, "scores without a head");
        int columns = scoring.outputSize();
        if (scoring.source() == Head.Source.H_N) {
            engine.copyScores(sequence, scores.bytes(), NestedArray.rowHeader(columns), 0);
            return;
        }
        int steps = engine.length(sequence);
        scores.toMatrix(steps, columns);
        engine.copyScores(
                sequence,
                scores.bytes(),
                NestedArray.firstNumber(steps, columns),
                NestedArray.stride(columns, engine.precision()));
    }

    /** h_n or c_n of a sequence. */
    private static final class States {
        private final ArrayImage image;
        private final int[] at;
        private final StateCopy copy;

        /** How an engine gives a state of a sequence. */
        private interface StateCopy {
            void copy(int sequence, int state, ByteBuffer target, int at);
        }

        States(Engine engine, StateLayout layout, StateCopy copy) {
            image = new ArrayImage(engine.precision());
            at = image.toStates(layout);
            this.copy = copy;
        }

        void copy(int sequence) {
            for (int state = 0; state < at.length; state++) {
                copy.copy(sequence, state, image.bytes(), at[state]);
            }
        }
    }
}
