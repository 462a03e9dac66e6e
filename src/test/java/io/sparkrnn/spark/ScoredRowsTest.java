package io.sparkrnn.spark;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.RandomNetwork;
import io.sparkrnn.engine.Engine;
import io.sparkrnn.engine.KernelChoice;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.spark.column.RowName;
import io.sparkrnn.spark.column.StepRules;
import io.sparkrnn.spark.count.RowCounts;
import io.sparkrnn.spark.feature.FeatureLayout;
import io.sparkrnn.spark.invalid.OnInvalid;
import io.sparkrnn.spark.result.Output;
import io.sparkrnn.spark.row.ScoredRow;
import io.sparkrnn.spark.row.SequenceRow;
import io.sparkrnn.spark.sequence.LengthLimits;
import io.sparkrnn.spark.sequence.RowColumns;
import io.sparkrnn.spark.sequence.ScoreRequest;
import io.sparkrnn.spark.sequence.SequenceInput;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;
import org.junit.jupiter.api.Test;

/** A partition is a stream. */
class ScoredRowsTest {
    private static final RnnModel MODEL = RandomNetwork.of(Cell.RNN_TANH, 2, 3).model(new Random(1));

    private static final StructType KEPT = new StructType().add("bytes", DataTypes.BinaryType);

    /** Sequences of a few steps beside so many bytes, made when they are asked for; a row's memory is the next one's. */
    private static final class Source implements Iterator<SequenceRow> {
        private final Random random = new Random(4);
        private final int rows;
        private final int fewest;
        private final byte[] bytes;
        private final GenericInternalRow kept = new GenericInternalRow(1);
        private final float[] values = new float[18];
        private int given;

        Source(int rows, int bytes) {
            this(rows, bytes, 1);
        }

        /** Of {@code fewest} to 9 steps. */
        Source(int rows, int bytes, int fewest) {
            this.rows = rows;
            this.fewest = fewest;
            this.bytes = new byte[bytes];
        }

        @Override
        public boolean hasNext() {
            return given < rows;
        }

        @Override
        public SequenceRow next() {
            given++;
            int steps = fewest + random.nextInt(10 - fewest);
            for (int i = 0; i < values.length; i++) {
                values[i] = random.nextFloat();
            }
            bytes[0] = (byte) given;
            kept.update(0, bytes);
            ArrayData flat = UnsafeArrayData.fromPrimitiveArray(Arrays.copyOf(values, 2 * steps));
            return SequenceRow.of(kept, null, UTF8String.fromString("row " + given), flat, 0, null, null, null, null);
        }
    }

    private static ScoredRows scored(Iterator<SequenceRow> rows, int batchSteps) {
        ScoreMetrics metrics = new ScoreMetrics(LocalSpark.session().sparkContext());
        Set<Output> outputs = EnumSet.of(Output.H_N, Output.LENGTHS);
        RowColumns columns = new RowColumns(
                KEPT,
                new StructType(),
                FeatureLayout.of(DataTypes.createArrayType(DataTypes.FloatType)).orElseThrow(),
                2,
                null,
                StepRules.ALL,
                null,
                null,
                null,
                new RowName.ById("id", RowName.NullIds.SCORED));
        RowCounts counts = metrics.open();
        Computation computation = new RecurrentComputation(MODEL, null, outputs, null);
        Engine engine =
                computation.engines(Precision.FLOAT32, KernelChoice.AUTO).engine();
        LengthLimits limits = computation.limits(Precision.FLOAT32, LengthLimits.LARGEST_ARRAY);
        SequenceInput input = new SequenceInput(rows, columns, limits, counts, Map.of());
        ScoreRequest request = new ScoreRequest(
                columns.kept(),
                columns.original(),
                ScoreRequest.Lengths.GIVEN,
                batchSteps,
                computation.batchSize().stepNumbers(),
                limits,
                OnInvalid.fail(),
                ScoreRequest.Late.NEVER,
                ScoreRequest.NonFinite.SCORED,
                null);
        return new ScoredRows(
                input,
                engine,
                computation.results(engine),
                request,
                new InvalidRows(OnInvalid.fail(), counts, null),
                null,
                metrics,
                counts,
                null);
    }

    @Test
    void holdsFewRowsWhereTheKeptColumnsAreLarge() {
        int mebibyte = 1 << 20;
        Source source = new Source(100, mebibyte);
        ScoredRows rows = scored(source, 65_536);
        int taken = 0;
        while (rows.hasNext()) {
            byte[] bytes = rows.next().kept().getBinary(0);
            taken++;
            assertThat(bytes).hasSize(mebibyte);
            assertThat(bytes[0]).isEqualTo((byte) taken);
            assertThat(source.given - taken).isLessThanOrEqualTo(17);
        }
        assertThat(taken).isEqualTo(100);
    }

    @Test
    void holdsNoMoreThanABatchOfItsPartition() {
        int budget = 100;
        Source source = new Source(200_000, 1);
        ScoredRows rows = scored(source, budget);
        int taken = 0;
        while (rows.hasNext()) {
            ScoredRow row = rows.next();
            taken++;
            assertThat(row.kept().getBinary(0)[0]).isEqualTo((byte) taken);
            // A sequence has a step at least, and one that did not fit waits.
            assertThat(source.given - taken).isLessThanOrEqualTo(budget);
        }
        assertThat(taken).isEqualTo(200_000);
    }

    @Test
    void holdsNoMoreThanTheCacheDoesWhereLengthsAreAlike() {
        Source source = new Source(20_000, 1, 9);
        ScoredRows rows = scored(source, 1_000_000);
        int most = 0;
        for (int taken = 0; rows.hasNext(); taken++) {
            rows.next();
            most = Math.max(most, source.given - taken);
        }
        // 9 steps of 2 features and 3 states take 180 bytes; a MiB of them in whole blocks, and one that waits.
        assertThat(most).isEqualTo(46 * 128 + 1);

        Source ragged = new Source(20_000, 1);
        assertThat(scored(ragged, 1_000_000).hasNext()).isTrue();
        assertThat(ragged.given).isEqualTo(20_000);
    }

    @Test
    void readsNothingBeforeItIsAsked() {
        Source source = new Source(10, 1);
        ScoredRows rows = scored(source, 5);
        assertThat(source.given).isZero();
        assertThat(rows.hasNext()).isTrue();
        assertThat(source.given).isBetween(1, 6);
    }

    @Test
    void givesNothingForAnEmptyPartition() {
        assertThat(scored(new Source(0, 1), 5).hasNext()).isFalse();
    }
}
