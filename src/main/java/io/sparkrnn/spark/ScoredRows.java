package io.sparkrnn.spark;

import io.sparkrnn.engine.Engine;
import io.sparkrnn.model.Head;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.model.StateLayout;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.Set;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.jspecify.annotations.Nullable;

/**
 * The scored rows of a partition, in its order. Reads rows until the budget of steps is full, or that of kept columns,
 * runs the batch, gives its rows one at a time, and reads on: what is held at any time is one batch.
 */
final class ScoredRows implements Iterator<Row> {
    private static final int KEPT = 0;
    private static final int ID = 1;
    private static final int X = 2;
    private static final int H_0 = 3;
    private static final int C_0 = 4;

    /** The most bytes of kept columns in a batch: beside a short sequence may stand a document or an image. */
    private static final long MOST_KEPT = 16 << 20;

    private final Iterator<Row> rows;
    private final Engine engine;
    private final RnnModel model;
    private final @Nullable Head head;
    private final RowDefects defects;
    private final Set<Output> outputs;
    private final int batchSteps;
    private final ScoreMetrics metrics;

    /** The kept columns of the batch's rows: the engine has the numbers. */
    private final List<byte @Nullable []> kept = new ArrayList<>();

    private int next;
    private long rowsRead;
    private @Nullable Row waiting;

    ScoredRows(
            Iterator<Row> rows,
            Engine engine,
            RnnModel model,
            @Nullable Head head,
            RowDefects defects,
            Set<Output> outputs,
            int batchSteps,
            ScoreMetrics metrics) {
        this.rows = rows;
        this.engine = engine;
        this.model = model;
        this.head = head;
        this.defects = defects;
        this.outputs = outputs;
        this.batchSteps = batchSteps;
        this.metrics = metrics;
    }

    @Override
    public boolean hasNext() {
        if (next == kept.size()) {
            runBatch();
        }
        return next < kept.size();
    }

    private void runBatch() {
        engine.clear();
        kept.clear();
        next = 0;
        long keptBytes = 0;
        while (waiting != null || rows.hasNext()) {
            Row row = waiting;
            if (row == null) {
                row = rows.next();
                rowsRead++;
                checkNumbers(row);
            }
            waiting = null;
            byte[] x = (byte[]) row.get(X);
            int length = PackedSequence.steps(x);
            byte[] image = row.isNullAt(KEPT) ? null : (byte[]) row.get(KEPT);
            keptBytes += image == null ? 0 : image.length;
            if (engine.size() > 0 && ((long) engine.steps() + length > batchSteps || keptBytes > MOST_KEPT)) {
                waiting = row;
                break;
            }
            engine.add(PackedSequence.numbers(x), length, states(row, H_0), states(row, C_0));
            kept.add(image);
        }
        if (engine.size() > 0) {
            long start = System.nanoTime();
            engine.run();
            metrics.count(engine.size(), engine.steps(), System.nanoTime() - start);
        }
    }

    private void checkNumbers(Row row) {
        byte[] x = (byte[]) row.get(X);
        if (PackedSequence.defect(x) != PackedSequence.Defect.NONE) {
            throw defects.features(x, row.getString(ID), rowsRead);
        }
        int steps = PackedSequence.steps(x);
        if (outputs.contains(Output.HIDDEN_STATES)
                && !NestedArray.fits(steps, model.outputSize(), engine.precision())) {
            throw defects.tooLong(steps, "hidden states", row.getString(ID), rowsRead);
        }
        if (head != null
                && head.source() == Head.Source.HIDDEN_STATES
                && !NestedArray.fits(steps, head.outputSize(), engine.precision())) {
            throw defects.tooLong(steps, "scores", row.getString(ID), rowsRead);
        }
        checkStates(row, H_0);
        checkStates(row, C_0);
    }

    /** Null means the network's own. All else must be [L*D][width]; an empty array is not. */
    private void checkStates(Row row, int column) {
        if (row.isNullAt(column)) {
            return;
        }
        byte[] states = (byte[]) row.get(column);
        PackedSequence.Defect defect = PackedSequence.defect(states);
        boolean fits = defect == PackedSequence.Defect.NONE && PackedSequence.steps(states) == model.numStates();
        if (!fits && defect != PackedSequence.Defect.NULL_VALUE) {
            throw column == H_0
                    ? defects.initialState(states, row.getString(ID), rowsRead)
                    : defects.initialCellState(states, row.getString(ID), rowsRead);
        }
    }

    private static @Nullable ByteBuffer states(Row row, int column) {
        if (row.isNullAt(column)) {
            return null;
        }
        byte[] states = (byte[]) row.get(column);
        return PackedSequence.defect(states) == PackedSequence.Defect.NONE ? PackedSequence.numbers(states) : null;
    }

    @Override
    public Row next() {
        if (!hasNext()) {
            throw new NoSuchElementException();
        }
        int sequence = next++;
        Object[] values = new Object[1 + outputs.size()];
        values[0] = kept.get(sequence);
        int column = 1;
        for (Output output : outputs) {
            values[column++] = switch (output) {
                case HIDDEN_STATES -> hiddenStates(sequence);
                case H_N -> states(sequence, model.hiddenStates(), engine::copyFinalState);
                case C_N -> states(sequence, model.cellStates(), engine::copyFinalCellState);
                case SCORE -> score(sequence);
                case LENGTHS -> engine.length(sequence);
            };
        }
        return RowFactory.create(values);
    }

    private byte[] hiddenStates(int sequence) {
        int steps = engine.length(sequence);
        int width = model.outputSize();
        Precision precision = engine.precision();
        ByteBuffer image = NestedArray.allocate(steps, width, precision);
        engine.copyHiddenStates(
                sequence, image, NestedArray.firstNumber(steps, width), NestedArray.stride(width, precision));
        return image.array();
    }

    private byte[] score(int sequence) {
        Head scoring = Objects.requireNonNull(head, "scores without a head");
        int width = scoring.outputSize();
        Precision precision = engine.precision();
        if (scoring.source() == Head.Source.H_N) {
            ByteBuffer image = NestedArray.allocateRow(width, precision);
            engine.copyScores(sequence, image, NestedArray.firstNumber(width), 0);
            return image.array();
        }
        int steps = engine.length(sequence);
        ByteBuffer image = NestedArray.allocate(steps, width, precision);
        engine.copyScores(sequence, image, NestedArray.firstNumber(steps, width), NestedArray.stride(width, precision));
        return image.array();
    }

    /** How an engine gives a state of a sequence. */
    private interface StateCopy {
        void copy(int sequence, int state, ByteBuffer target, int at);
    }

    private byte[] states(int sequence, StateLayout layout, StateCopy copy) {
        int[] at = new int[layout.count()];
        ByteBuffer image = NestedArray.allocate(layout, engine.precision(), at);
        for (int state = 0; state < at.length; state++) {
            copy.copy(sequence, state, image, at[state]);
        }
        return image.array();
    }
}
