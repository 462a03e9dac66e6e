package io.sparkrnn.job.state;

import io.sparkrnn.job.input.SequenceArguments;
import io.sparkrnn.job.run.Run;
import io.sparkrnn.job.session.JobSession;
import io.sparkrnn.job.storage.ReadFiles;
import io.sparkrnn.job.storage.Staging;
import io.sparkrnn.spark.ScoreMetrics;
import io.sparkrnn.spark.ScorerBuilder;
import io.sparkrnn.spark.SequenceScorer;
import io.sparkrnn.spark.result.Output;
import java.io.PrintWriter;
import java.util.List;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/** The states that one run begins with and leaves behind, in the order in which a run comes by them. */
public interface CarriedStates {
    /** Of a run that carries none. */
    CarriedStates NONE = new CarriedStates() {};

    /** Looks at the place for the new states as far as that takes no Spark. */
    default void prepare(ReadFiles read, PrintWriter out) {}

    /** Looks at what else is there of it, and refuses one that holds what is read. */
    default void checkPlace(JobSession job, ReadFiles read, Dataset<Row> table, List<String> roots, PrintWriter out) {}

    /** The table of former states, on which results depend; none before a first night. */
    default List<Dataset<Row>> read(SparkSession session, Dataset<Row> table, SequenceArguments sequences) {
        return List.of();
    }

    /** Refuses former states of a run with other options, or such as have the input behind them already. */
    default void checkFormer(Run run) {}

    /** Whether the place for the new states has those of the run with a key, or there is none. */
    default boolean areThoseOf(@Nullable String key) {
        return true;
    }

    /** Looks at the ids of rows that are sequences and of former states, in a job of Spark's: each may be there once. */
    default void checkIds(Dataset<Row> table) {}

    /** The table, where a row is a sequence with the states that each begins with. */
    default Dataset<Row> join(Dataset<Row> table) {
        return table;
    }

    /** Where tasks put the new states until they are published; null where none are kept. */
    default @Nullable Staging staging() {
        return null;
    }

    /**
     * Says it of a scorer.
     *
     * @param staging as {@link #staging} gave it; null where nothing is written
     * @param apart states that are no columns of the output
     */
    default void apply(ScorerBuilder builder, @Nullable Staging staging, Set<Output> apart) {}

    /** Refuses a kept column of ids that is none. */
    default void check(StructType scored) {}

    /**
     * Publishes the new states, when the output is whole.
     *
     * @param table that was scored
     * @param metrics of the job that did it
     */
    default void publish(SequenceScorer scorer, Dataset<Row> table, ScoreMetrics metrics) {}

    /** Tells of a run that is done, in the place of its states; what to print of it, a line each. */
    default List<String> done(Run run) {
        return List.of();
    }

    /** What a user should know, a sentence each. */
    default List<String> notes() {
        return List.of();
    }

    /** What is carried, for people, before anything is done; null for nothing. */
    default @Nullable String planned() {
        return null;
    }
}
