package io.sparkrnn.stream;

import io.sparkrnn.spark.EventStream;
import io.sparkrnn.spark.row.EventRow;
import io.sparkrnn.spark.row.ScoredRow;
import java.time.Duration;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoder;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.KeyValueGroupedDataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.streaming.OutputMode;
import org.apache.spark.sql.streaming.TimeMode;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/** Streams with a state for each id, which Spark has from 4.0 on. */
final class StatefulStreams {
    private StatefulStreams() {}

    /** Why this Spark has none; null, for it has. */
    static @Nullable String lack() {
        return null;
    }

    /**
     * The rows that come of a stream.
     *
     * @param timeToLive after which a state is forgotten; null for never
     * @param initial states that ids begin with, in the columns of {@link IdState#initial}; null for none
     */
    static Dataset<ScoredRow> run(
            EventStream stream, IdRules rules, @Nullable Duration timeToLive, @Nullable Dataset<Row> initial) {
        Encoder<Row> key = Encoders.row(new StructType().add(IdState.ID, stream.idType()));
        KeyValueGroupedDataset<Row, EventRow> byId =
                stream.rows().groupBy(functions.col(IdState.ID)).as(key, stream.taken());
        TimeMode mode = timeToLive == null ? TimeMode.None() : TimeMode.ProcessingTime();
        IdProcessor processor = new IdProcessor(rules, timeToLive);
        if (initial == null) {
            return byId.transformWithState(processor, mode, OutputMode.Append(), stream.given());
        }
        Encoder<Row> state = Encoders.row(initial.schema());
        KeyValueGroupedDataset<Row, Row> states =
                initial.groupBy(functions.col(IdState.ID)).as(key, state);
        return byId.transformWithState(processor, mode, OutputMode.Append(), states, stream.given(), state);
    }
}
