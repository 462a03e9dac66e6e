package io.sparkrnn.endtoend;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.util.TaskCompletionListener;

/**
 * Scoring as people write it by hand: {@code mapPartitions} over rows, 64 at a time, padded to the longest of them. Takes rows
 * of an id and features; gives id, hidden_states if wanted, and h_n.
 */
abstract class PaddedBatches implements MapPartitionsFunction<Row, Row> {
    private static final long serialVersionUID = 1;
    private static final int ROWS = 64;

    final int inputSize;
    final int hiddenSize;
    final boolean ragged;
    private final boolean hiddenStates;

    PaddedBatches(DataSet data) {
        inputSize = data.inputSize();
        hiddenSize = data.hiddenSize();
        ragged = data.ragged();
        hiddenStates = data.outputs().contains("hidden_states");
    }

    /** The type of the rows it gives. */
    static StructType type(DataSet data) {
        StructType type = new StructType().add("id", DataTypes.LongType);
        for (String output : data.outputs()) {
            type = type.add(output, DataTypes.createArrayType(DataTypes.createArrayType(DataTypes.FloatType)));
        }
        return type;
    }

    /**
     * What a library made of a batch.
     *
     * @param hiddenStates [B][T][H]; empty if not wanted
     * @param finalStates [B][H]
     */
    record States(float[] hiddenStates, float[] finalStates) {}

    /** Runs the library. */
    interface Session extends AutoCloseable {
        /**
         * The states of a batch.
         *
         * @param x [B][T][I], zeros behind the end of a sequence
         * @param lengths the length of each
         * @param steps T, the longest
         */
        States run(float[] x, int[] lengths, int steps);

        @Override
        void close();
    }

    /** A session for one task. */
    abstract Session open();

    final boolean wantsHiddenStates() {
        return hiddenStates;
    }

    @Override
    public Iterator<Row> call(Iterator<Row> rows) {
        Session session = open();
        org.apache.spark.TaskContext.get().addTaskCompletionListener((TaskCompletionListener) context -> session.close());
        return new Iterator<>() {
            private Iterator<Row> batch = List.<Row>of().iterator();

            @Override
            public boolean hasNext() {
                return batch.hasNext() || rows.hasNext();
            }

            @Override
            public Row next() {
                if (!hasNext()) {
                    throw new NoSuchElementException();
                }
                if (!batch.hasNext()) {
                    List<Row> taken = new ArrayList<>();
                    while (taken.size() < ROWS && rows.hasNext()) {
                        taken.add(rows.next());
                    }
                    batch = score(session, taken).iterator();
                }
                return batch.next();
            }
        };
    }

    private List<Row> score(Session session, List<Row> rows) {
        int[] lengths = new int[rows.size()];
        List<List<scala.collection.Seq<Float>>> features = new ArrayList<>();
        int longest = 0;
        for (int s = 0; s < lengths.length; s++) {
            features.add(rows.get(s).getList(1));
            lengths[s] = features.get(s).size();
            longest = Math.max(longest, lengths[s]);
        }
        float[] x = new float[lengths.length * longest * inputSize];
        for (int s = 0; s < lengths.length; s++) {
            int at = s * longest * inputSize;
            for (scala.collection.Seq<Float> step : features.get(s)) {
                for (int i = 0; i < inputSize; i++) {
                    x[at++] = step.apply(i);
                }
            }
        }
        States states = session.run(x, lengths, longest);
        List<Row> scored = new ArrayList<>();
        for (int s = 0; s < lengths.length; s++) {
            Object id = rows.get(s).get(0);
            float[][] last = rows(states.finalStates(), s, 1);
            scored.add(
                    hiddenStates
                            ? RowFactory.create(id, rows(states.hiddenStates(), s * longest, lengths[s]), last)
                            : RowFactory.create(id, last));
        }
        return scored;
    }

    private float[][] rows(float[] values, int from, int count) {
        float[][] rows = new float[count][];
        for (int r = 0; r < count; r++) {
            rows[r] = java.util.Arrays.copyOfRange(values, (from + r) * hiddenSize, (from + r + 1) * hiddenSize);
        }
        return rows;
    }
}
