package io.sparkrnn.spark.result;

import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.jspecify.annotations.Nullable;

/** A column of results in a task: what puts those of a sequence that the engine has run into an array of Spark's. */
public abstract class Result {
    /** The column's name. */
    public final String column;

    /** Where it puts the numbers of one sequence after the other. */
    public final ArrayImage image;

    Result(String column, ArrayImage image) {
        this.column = column;
        this.image = image;
    }

    /** Makes {@link #image} that of a sequence of the engine's batch. */
    public abstract void put(int sequence);

    /** The numbers at a step of the sequence that was put, of a result that has some at each; valid until the next is put. */
    public UnsafeArrayData ofStep(int step) {
        return image.array().getArray(step);
    }

    /** What counts the numbers as they are put; null where nothing does. */
    public @Nullable ScoreSpread spread() {
        return null;
    }
}
