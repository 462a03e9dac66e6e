package io.sparkrnn.spark.file;

import io.sparkrnn.spark.result.Result;
import java.util.Arrays;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/** The ids of the rows that one task scored, and the states that their layers end with, in a {@link RowsFile}. */
public final class FinalStatesFile {
    private final RowsFile file;
    private final List<Result> states;
    private final int[] kept;
    private final DataType[] types;
    private final UnsafeProjection projection;
    private final GenericInternalRow row;

    /**
     * Of the task at hand.
     *
     * @param states h_n, and c_n of an LSTM
     * @param kept the places of the id, and what else goes with it, among the kept columns
     * @param rows these, then the states
     */
    public FinalStatesFile(
            String folder, Configuration configuration, List<Result> states, List<Integer> kept, StructType rows) {
        file = new RowsFile(folder, "states", configuration);
        this.states = List.copyOf(states);
        this.kept = kept.stream().mapToInt(Integer::intValue).toArray();
        types = Arrays.stream(rows.fields()).map(StructField::dataType).toArray(DataType[]::new);
        projection = UnsafeProjection.create(rows);
        row = new GenericInternalRow(rows.length());
    }

    /**
     * Takes a row that was scored.
     *
     * @param image its columns that pass through
     * @param sequence which of the engine's it is
     */
    public void add(UnsafeRow image, int sequence) {
        for (int i = 0; i < kept.length; i++) {
            row.update(i, image.get(kept[i], types[i]));
        }
        for (int i = 0; i < states.size(); i++) {
            Result state = states.get(i);
            state.put(sequence);
            row.update(kept.length + i, state.image.array());
        }
        file.add(projection.apply(row));
    }

    /** Finishes the file; its address, or null when there was no row. */
    public @Nullable String end() {
        return file.end();
    }
}
