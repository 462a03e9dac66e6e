package io.sparkrnn.spark;

import io.sparkrnn.engine.NumberSource;
import io.sparkrnn.model.Precision;
import java.util.Iterator;
import org.apache.spark.api.java.function.ForeachPartitionFunction;
import org.apache.spark.broadcast.Broadcast;
import org.jspecify.annotations.Nullable;

/** Looks at the rows of a partition as a task that scores them does, without scoring them, and counts those that cannot be. */
final class CheckTask implements ForeachPartitionFunction<SequenceRow> {
    private static final long serialVersionUID = 1;

    private final Broadcast<SharedNetwork> network;
    private final ScoreRequest request;
    private final ScoreMetrics metrics;

    CheckTask(Broadcast<SharedNetwork> network, ScoreRequest request, ScoreMetrics metrics) {
        this.network = network;
        this.request = request;
        this.metrics = metrics;
    }

    @Override
    public void call(Iterator<SequenceRow> rows) {
        SharedNetwork shared = network.value();
        RowColumns columns = request.columns();
        RowCounts counts = metrics.open();
        SequenceInput input = new SequenceInput(
                rows, columns, request.limits(), counts, shared.computation().vocabularies());
        RowDefects defects = new RowDefects(columns, request.limits());
        Scratch scratch = new Scratch(shared.precision(), columns, request.batchSteps());
        while (input.hasRow()) {
            Defect defect = input.addTo(scratch);
            if (defect != null) {
                counts.countInvalid(defects.row(defect, input.id(), counts.read));
            }
            input.done();
        }
    }

    /** Takes numbers, for nulls are found when they are copied, and forgets them. */
    private static final class Scratch implements SequenceInput.Sink {
        private final boolean single;
        private final int width;
        private final int most;
        private final int rowInputs;
        private final int states;
        private final int cellStates;
        private float[] floats = new float[0];
        private double[] doubles = new double[0];

        /** Of at most so many steps at a time. */
        Scratch(Precision precision, RowColumns columns, int most) {
            single = precision == Precision.FLOAT32;
            width = columns.stepWidth();
            this.most = most;
            rowInputs = columns.rowInputs() == null ? 0 : columns.rowInputs().width();
            states = numbers(columns.initialState());
            cellStates = numbers(columns.initialCellState());
        }

        private static int numbers(RowColumns.@Nullable States column) {
            return column == null ? 0 : column.count() * column.width();
        }

        @Override
        public void add(
                int length,
                NumberSource x,
                @Nullable NumberSource row,
                @Nullable NumberSource h0,
                @Nullable NumberSource c0) {
            for (int left = length; left > 0; left -= most) {
                take(x, Math.min(most, left) * width);
            }
            if (row != null) {
                take(row, rowInputs);
            }
            if (h0 != null) {
                take(h0, states);
            }
            if (c0 != null) {
                take(c0, cellStates);
            }
        }

        private void take(NumberSource numbers, int count) {
            if (single) {
                floats = floats.length < count ? new float[count] : floats;
                numbers.copyTo(floats, 0, count);
            } else {
                doubles = doubles.length < count ? new double[count] : doubles;
                numbers.copyTo(doubles, 0, count);
            }
        }
    }
}
