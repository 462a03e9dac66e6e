package io.sparkrnn.stream;

import io.sparkrnn.spark.EventStream;
import io.sparkrnn.spark.row.ScoredRow;
import java.time.Duration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;

/** Streams with a state for each id: Spark 3.5 has none that a network's state can be kept in. */
final class StatefulStreams {
    private StatefulStreams() {}

    /** Why this Spark has none. */
    static @Nullable String lack() {
        return "streams that keep the states of a network need transformWithState, which Spark has from 4.0"
                + " on; this is Spark 3.5. Take the jar for a newer Spark, or carry states from run to run"
                + " (--initial-state-from)";
    }

    /** See the class of the same name for Spark 4. */
    @SuppressWarnings("DoNotCallSuggester") // of another Spark it is called
    static Dataset<ScoredRow> run(
            EventStream stream, IdRules rules, @Nullable Duration timeToLive, @Nullable Dataset<Row> initial) {
        throw new IllegalStateException("it lacks them");
    }
}
