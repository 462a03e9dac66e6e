package io.sparkrnn.spark;

import org.apache.spark.sql.catalyst.expressions.UnsafeArrayData;
import org.jspecify.annotations.Nullable;

/** A column of results in a task: what puts those of a sequence that the engine has run into an array of Spark's. */
abstract class Result {
    final String column;
    final ArrayImage image;

    Result(String column, ArrayImage image) {
        this.column = column;
        this.image = image;
    }

    /** Makes {@link #image} that of a sequence of the engine's batch. */
    abstract void put(int sequence);

    /** The numbers at a step of the sequence that was put, of a result that has some at each; valid until the next is put. */
    UnsafeArrayData ofStep(int step) {
        return image.array().getArray(step);
    }

    /** What counts the numbers as they are put; null where nothing does. */
    @Nullable
    ScoreSpread spread() {
        return null;
    }
}
