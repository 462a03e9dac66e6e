package io.sparkrnn.spark.sequence;

import io.sparkrnn.graph.Vocabulary;
import io.sparkrnn.spark.count.RowCounts;
import java.io.Serializable;
import java.util.Iterator;
import java.util.Map;

/**
 * How a task makes sequences of the rows of its partition.
 *
 * @param <R> what it gets of a row
 */
public interface SequenceReading<R> extends Serializable {
    /**
     * The sequences of a partition.
     *
     * @param request what is asked of all partitions alike
     * @param counts where sequences are counted as they are read, and those that are left out
     * @param vocabularies of the inputs whose indices come as tokens
     */
    Sequences open(Iterator<R> rows, ScoreRequest request, RowCounts counts, Map<String, Vocabulary> vocabularies);

    /** How many numbers a sequence has. */
    Widths widths();

    /**
     * Numbers of a sequence.
     *
     * @param step of a time step
     * @param row of what is taken once for a row
     * @param states of h_0; 0 where there is no column of it
     * @param cellStates of c_0, likewise
     */
    record Widths(int step, int row, int states, int cellStates) implements Serializable {
        private static final long serialVersionUID = 1;
    }
}
