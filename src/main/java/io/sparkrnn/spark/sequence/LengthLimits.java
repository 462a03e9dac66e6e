package io.sparkrnn.spark.sequence;

import io.sparkrnn.engine.Engine;
import io.sparkrnn.model.Head;
import io.sparkrnn.model.Layer;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.spark.invalid.Defect;
import io.sparkrnn.spark.invalid.Defect.Kind;
import io.sparkrnn.spark.invalid.Defect.Where;
import io.sparkrnn.spark.result.NestedArray;
import io.sparkrnn.spark.result.Output;
import java.io.Serializable;
import java.util.List;
import java.util.Set;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * How long a sequence may be. Of a network that runs forward only, of whose states the final ones alone are asked for, it may be
 * of any length: it is run a batch of steps at a time. Else it is run as one, and then its features, what goes from layer to layer
 * and its results are arrays of the JVM, and the results have to fit a row.
 *
 * @param pieces how a sequence longer than a batch is run
 * @param mostAtOnce the most steps whose numbers fit the arrays of one run
 * @param stepBytes of a row, for each step; 0 when the results do not grow with the steps
 * @param rowBytes what a row has room for, beside the columns that pass through
 * @param results what grows with the steps
 * @param alternative what a message has before "score a part of it": what else would do; empty for nothing
 */
public record LengthLimits(
        Pieces pieces, int mostAtOnce, int stepBytes, long rowBytes, Kind results, String alternative)
        implements Serializable {
    private static final long serialVersionUID = 1;

    /** The bytes of the largest array that every JVM makes, less some for the headers of what lies in it. */
    public static final int LARGEST_ARRAY = Integer.MAX_VALUE - 1024;

    /** How a sequence longer than a batch is run. */
    public enum Pieces {
        ONE,
        BATCHES
    }

    /**
     * Those of a job.
     *
     * @param head what makes scores; null when there are none
     * @param largestArray {@link #LARGEST_ARRAY}
     */
    public static LengthLimits of(
            RnnModel model, @Nullable Head head, Set<Output> outputs, Precision precision, int largestArray) {
        boolean states = outputs.contains(Output.HIDDEN_STATES);
        Head scoring = head != null && outputs.contains(Output.SCORE) && head.source() == Head.Source.HIDDEN_STATES
                ? head
                : null;
        int width = model.outputSize();
        // the features' bytes, and the numbers between two layers
        long mostAtOnce = largestArray / ((long) model.inputSize() * precision.byteSize());
        List<Layer> layers = model.layers();
        // The reference engine keeps the last layer's states whether they are asked for or not.
        for (Layer layer : precision == Precision.FLOAT64 ? layers : layers.subList(0, layers.size() - 1)) {
            mostAtOnce = Math.min(mostAtOnce, largestArray / layer.outputSize());
        }
        int stepBytes = states ? resultBytes(width, precision) : 0;
        if (scoring != null) {
            mostAtOnce = Math.min(mostAtOnce, largestArray / ((long) width * precision.byteSize()));
            stepBytes += resultBytes(scoring.outputSize(), precision);
        }
        int numbers =
                model.hiddenStates().total() + model.cellStates().total() + (head == null ? 0 : head.outputSize());
        long rest = 256L * (model.numStates() + 1) + (long) numbers * Double.BYTES;
        return new LengthLimits(
                stepBytes == 0 && model.runsForwardOnly() ? Pieces.BATCHES : Pieces.ONE,
                (int) mostAtOnce,
                stepBytes,
                largestArray - rest,
                states ? Kind.TOO_LONG_STATES : Kind.TOO_LONG_SCORES,
                model.runsForwardOnly()
                        ? "ask for " + Output.H_N.column() + " alone, which any number of steps has, or "
                        : "");
    }

    /** What a step of a {@link NestedArray} takes, with its share of the headers. */
    private static int resultBytes(int columns, Precision precision) {
        return 2 * Long.BYTES + NestedArray.stride(columns, precision);
    }

    /** The same of a sequence whose results are given piece by piece, of a network that can go on. */
    public LengthLimits inPieces() {
        return new LengthLimits(Pieces.BATCHES, mostAtOnce, stepBytes, rowBytes, results, alternative);
    }

    /**
     * What is wrong with a row of so many steps; null when nothing is.
     *
     * @param keptBytes the bytes of its columns that pass through
     */
    public @Nullable Defect excess(int steps, int keptBytes) {
        if (pieces == Pieces.BATCHES) {
            return null;
        }
        long mostInRow = stepBytes == 0 ? Integer.MAX_VALUE : Math.max(0, (rowBytes - keptBytes) / stepBytes);
        if (steps <= Math.min(mostAtOnce, mostInRow)) {
            return null;
        }
        return mostInRow < mostAtOnce
                ? new Defect(Where.FEATURES, results, (int) mostInRow, steps)
                : new Defect(Where.FEATURES, Kind.TOO_LONG, mostAtOnce, steps);
    }

    /**
     * What puts sequences into an engine's batch.
     *
     * @param batchSteps the most steps of a batch
     * @param ran is told how long each run of a piece took, in nanoseconds
     */
    public SequenceInput.Sink sink(Engine engine, int batchSteps, LongConsumer ran) {
        return pieces == Pieces.BATCHES ? new LongSequences(engine, batchSteps, ran) : engine::add;
    }
}
