package io.sparkrnn.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.RandomNetwork;
import io.sparkrnn.engine.Engine;
import io.sparkrnn.engine.EngineFactory;
import io.sparkrnn.engine.KernelChoice;
import io.sparkrnn.forward.ForwardPass;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.Objects;
import java.util.Random;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.junit.jupiter.api.Test;

/** A partition is a stream. */
class ScoredRowsTest {
    private static final RnnModel MODEL = RandomNetwork.of(Cell.RNN_TANH, 2, 3).model(new Random(1));

    /** Sequences of 1 to 9 steps, made when they are asked for. */
    private static final class Source implements Iterator<Row> {
        private final Random random = new Random(4);
        private final int rows;
        private int given;

        Source(int rows) {
            this.rows = rows;
        }

        @Override
        public boolean hasNext() {
            return given < rows;
        }

        @Override
        public Row next() {
            given++;
            int steps = 1 + random.nextInt(9);
            ByteBuffer packed = Objects.requireNonNull(PackedSequence.allocate(steps, 2, Precision.FLOAT32));
            while (packed.hasRemaining()) {
                packed.putFloat(random.nextFloat());
            }
            return RowFactory.create(new byte[] {(byte) given}, "row " + given, packed.array(), null, null);
        }
    }

    private static ScoredRows scored(Iterator<Row> rows, int batchSteps) {
        Engine engine =
                EngineFactory.of(MODEL, Precision.FLOAT32, KernelChoice.AUTO).engine(ForwardPass.Wanted.FINAL_STATES);
        ScoreMetrics metrics = new ScoreMetrics(LocalSpark.session().sparkContext());
        return new ScoredRows(
                rows,
                engine,
                MODEL,
                null,
                new RowDefects(MODEL, "id", null, null),
                EnumSet.of(Output.H_N, Output.LENGTHS),
                batchSteps,
                metrics);
    }

    @Test
    void holdsFewRowsWhereTheKeptColumnsAreLarge() {
        int mebibyte = 1 << 20;
        Source source = new Source(100);
        Iterator<Row> large = new Iterator<>() {
            @Override
            public boolean hasNext() {
                return source.hasNext();
            }

            @Override
            public Row next() {
                Row row = source.next();
                return RowFactory.create(new byte[mebibyte], row.get(1), row.get(2), row.get(3), row.get(4));
            }
        };
        ScoredRows rows = scored(large, 65_536);
        int taken = 0;
        while (rows.hasNext()) {
            assertThat((byte[]) rows.next().get(0)).hasSize(mebibyte);
            taken++;
            assertThat(source.given - taken).isLessThanOrEqualTo(17);
        }
        assertThat(taken).isEqualTo(100);
    }

    @Test
    void holdsNoMoreThanABatchOfItsPartition() {
        int budget = 100;
        Source source = new Source(200_000);
        ScoredRows rows = scored(source, budget);
        int taken = 0;
        while (rows.hasNext()) {
            Row row = rows.next();
            taken++;
            assertThat(((byte[]) row.get(0))[0]).isEqualTo((byte) taken);
            // A sequence has a step at least, and one that did not fit waits.
            assertThat(source.given - taken).isLessThanOrEqualTo(budget);
        }
        assertThat(taken).isEqualTo(200_000);
    }

    @Test
    void readsNothingBeforeItIsAsked() {
        Source source = new Source(10);
        ScoredRows rows = scored(source, 5);
        assertThat(source.given).isZero();
        assertThat(rows.hasNext()).isTrue();
        assertThat(source.given).isBetween(1, 6);
    }

    @Test
    void givesNothingForAnEmptyPartition() {
        assertThat(scored(new Source(0), 5).hasNext()).isFalse();
    }
}
