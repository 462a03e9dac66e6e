package io.sparkrnn.spark;

import io.sparkrnn.engine.Engine;
import io.sparkrnn.engine.KernelChoice;
import io.sparkrnn.graph.Vocabulary;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.spark.column.ColumnChoice;
import io.sparkrnn.spark.column.FeatureColumns;
import io.sparkrnn.spark.column.InputColumns;
import io.sparkrnn.spark.result.Result;
import io.sparkrnn.spark.result.ResultColumn;
import io.sparkrnn.spark.sequence.LengthLimits;
import io.sparkrnn.spark.sequence.RowColumns;
import java.io.Serializable;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkContext;
import org.jspecify.annotations.Nullable;

/**
 * What is computed of each row of a table: a network, what it takes of the row, and the columns that come of it. The driver
 * asks it which columns of a table it takes, then it goes to the executors, whose tasks share it.
 */
interface Computation extends Serializable {
    /** How many numbers of a time step it takes. */
    int stepWidth();

    /** What it takes of a row by name, in its order: inputs of a whole network; of recurrent layers features. */
    List<String> inputs();

    /** What it takes at each time step. */
    FeatureColumns features(InputColumns input, ColumnChoice choice);

    /** What it takes of each event, where a row is an event: the columns for each of its inputs. */
    List<EventTable.Taken> ofEvent(InputColumns input, ColumnChoice choice);

    /** What it takes once for a row; null for nothing. */
    default @Nullable FeatureColumns rowInputs(InputColumns input, ColumnChoice choice) {
        return null;
    }

    /** The columns with states that its layers begin with. */
    InitialStates initialStates(InputColumns input, ColumnChoice choice);

    /** The columns that come of it, in their order. */
    List<ResultColumn> columns(Precision precision);

    /** Those of them that have nothing at each step, by name. */
    List<String> notOfSteps();

    /** Whether it gives the same where a sequence goes on with the states that its steps before have left. */
    default boolean goesOn() {
        return false;
    }

    /** Whether one of them has the number of steps that were scored. */
    default boolean givesLengths() {
        return columns(Precision.FLOAT32).stream().anyMatch(ResultColumn::isLength);
    }

    /** Of the inputs whose indices come as tokens the vocabularies, by the inputs' names. */
    default Map<String, Vocabulary> vocabularies() {
        return Map.of();
    }

    /**
     * What keeps it from going on with a sequence in a later run, from the states that its layers ended with; null when nothing
     * does.
     */
    @Nullable
    String obstacle();

    /** The layers whose states these are; only where there is no {@link #obstacle}. */
    RnnModel layers();

    /** Takes in all that makes the states what they are: weights and shapes, in an order that is always the same. */
    void digest(WeightsDigest digest);

    /** How many time steps a batch has. */
    BatchSize batchSize();

    /**
     * How long a sequence may be.
     *
     * @param largestArray {@link LengthLimits#LARGEST_ARRAY}
     */
    LengthLimits limits(Precision precision, int largestArray);

    /** Whether a row that was run may turn out to have no results: {@link Engine#problem}. */
    default boolean mayFailLate() {
        return false;
    }

    /** The network laid out for a kernel. */
    Engines engines(Precision precision, KernelChoice kernel);

    /** What puts the columns together for one task, in their order, but for the lengths. */
    List<Result> results(Engine engine);

    /** What puts together the states that its layers end with, for one task: h_n, and c_n of an LSTM. */
    List<Result> finalStates(Engine engine);

    /** The columns of {@link #finalStates}. */
    List<ResultColumn> finalStateColumns(Precision precision);

    /** What a job may gather of its rows, for a report. */
    ScoreProfile profile(SparkContext context);

    /** What looks at the rows of one task for a report, whose results are those of {@link #results}. */
    ProfiledRows profiled(Engine engine, List<Result> results, ScoreProfile profile);

    /** Makes engines; shared by the tasks of an executor. */
    interface Engines {
        /** A new engine, for one task. */
        Engine engine();

        /** How what they compute differs from what the driver's do; null when it does not, or nobody asked for a proof. */
        default @Nullable String difference() {
            return null;
        }
    }

    /**
     * How many time steps a batch has.
     *
     * @param byDefault when nobody says
     * @param most what the arrays of a batch hold
     * @param stepNumbers the numbers that a step takes on its way, for the budget of a cache
     */
    record BatchSize(int byDefault, int most, int stepNumbers) {
        /** As many as keep the widest that a batch has within 16 MiB of float32, but no fewer than fill some blocks of
         * sequences and no more than a task's share of time. */
        static int byWidth(int width) {
            return Math.max(1024, Math.min(65_536, (4 << 20) / width));
        }
    }

    /** Columns of initial states; null where there is none. */
    record InitialStates(RowColumns.@Nullable States hidden, RowColumns.@Nullable States cell) {}
}
