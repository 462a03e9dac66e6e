package io.sparkrnn.spark;

import io.sparkrnn.engine.NumberSource;
import io.sparkrnn.model.Precision;
import io.sparkrnn.spark.count.RowCounts;
import io.sparkrnn.spark.invalid.Defect;
import io.sparkrnn.spark.sequence.Pieces;
import io.sparkrnn.spark.sequence.ScoreRequest;
import io.sparkrnn.spark.sequence.SequenceInput;
import io.sparkrnn.spark.sequence.SequenceReading;
import io.sparkrnn.spark.sequence.Sequences;
import java.util.Iterator;
import org.apache.spark.api.java.function.ForeachPartitionFunction;
import org.apache.spark.broadcast.Broadcast;
import org.jspecify.annotations.Nullable;

/**
 * Looks at the rows of a partition as a task that scores them does, without scoring them, and counts those that cannot be.
 *
 * @param <R> what it gets of a row
 */
final class CheckTask<R> implements ForeachPartitionFunction<R> {
    private static final long serialVersionUID = 1;

    private final Broadcast<SharedNetwork> network;
    private final SequenceReading<R> reading;
    private final ScoreRequest request;
    private final ScoreMetrics metrics;

    CheckTask(
            Broadcast<SharedNetwork> network, SequenceReading<R> reading, ScoreRequest request, ScoreMetrics metrics) {
        this.network = network;
        this.reading = reading;
        this.request = request;
        this.metrics = metrics;
    }

    @Override
    public void call(Iterator<R> rows) {
        SharedNetwork shared = network.value();
        RowCounts counts = metrics.open();
        Sequences input =
                reading.open(rows, request, counts, shared.computation().vocabularies());
        Scratch scratch = new Scratch(shared.precision(), reading.widths(), request.batchSteps());
        while (input.hasRow()) {
            Defect defect = input.addTo(scratch);
            if (defect != null) {
                counts.countInvalid(input.invalid(defect));
            }
            input.done();
        }
    }

    /** Takes numbers, for nulls are found when they are copied, and forgets them. */
    private static final class Scratch implements SequenceInput.Sink {
        private final boolean single;
        private final SequenceReading.Widths widths;
        private final int most;
        private float[] floats = new float[0];
        private double[] doubles = new double[0];

        /** Of at most so many steps at a time. */
        Scratch(Precision precision, SequenceReading.Widths widths, int most) {
            single = precision == Precision.FLOAT32;
            this.widths = widths;
            this.most = most;
        }

        @Override
        public void add(
                int length,
                NumberSource x,
                @Nullable NumberSource row,
                @Nullable NumberSource h0,
                @Nullable NumberSource c0) {
            for (int left = length; left > 0; left -= most) {
                take(x, Math.min(most, left) * widths.step());
            }
            take(row, h0, c0);
        }

        @Override
        public void add(Pieces x, @Nullable NumberSource row, @Nullable NumberSource h0, @Nullable NumberSource c0) {
            take(row, h0, c0);
            do {
                take(x, x.steps() * widths.step());
            } while (x.next());
        }

        private void take(@Nullable NumberSource row, @Nullable NumberSource h0, @Nullable NumberSource c0) {
            if (row != null) {
                take(row, widths.row());
            }
            if (h0 != null) {
                take(h0, widths.states());
            }
            if (c0 != null) {
                take(c0, widths.cellStates());
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
