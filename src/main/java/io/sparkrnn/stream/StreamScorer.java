package io.sparkrnn.stream;

import io.sparkrnn.spark.EventStream;
import io.sparkrnn.spark.SequenceScorer;
import io.sparkrnn.spark.event.EventColumns;
import io.sparkrnn.spark.event.LateEvents;
import io.sparkrnn.spark.invalid.InputException;
import io.sparkrnn.spark.invalid.OnInvalid;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * Runs a network over a stream of events, one a row, and keeps the state of each id: an event costs one step, whatever was before it.
 * What comes of an event has the bits that the scorer gives over a table of the same events. Immutable; made of a {@link
 * SequenceScorer} of events, whose columns, network and outputs it has:
 *
 * <pre>{@code
 * Dataset<Row> scored = StreamScorer.builder(scorer).onInvalid(OnInvalid.nulls()).build().transform(stream);
 * }</pre>
 *
 * A row of the result is an event, or, where the layout gives sequences, an id in a micro-batch that had events of it: its first and
 * last order, and the outputs behind its last event of that micro-batch.
 */
public final class StreamScorer {
    private static final String PROVIDER = "spark.sql.streaming.stateStore.providerClass";
    private static final String ROCKS = "org.apache.spark.sql.execution.streaming.state.RocksDBStateStoreProvider";
    private static final String INITIAL = "initialStates";

    private final SequenceScorer scorer;
    private final OnInvalid onInvalid;
    private final LateEvents late;
    private final @Nullable Duration timeToLive;
    private final @Nullable Dataset<Row> initialStates;

    private StreamScorer(Builder builder) {
        scorer = builder.scorer;
        onInvalid = builder.onInvalid;
        late = builder.late;
        timeToLive = builder.timeToLive;
        initialStates = builder.initialStates;
    }

    /**
     * A stream of what {@code scorer} scores, everything else by default.
     *
     * @throws IllegalArgumentException when the scorer is not of events, when its network cannot be gone on with, or when it does
     *     what needs all events of an id
     */
    public static Builder builder(SequenceScorer scorer) {
        scorer.checkStreams();
        return new Builder(scorer);
    }

    /** Collects what a {@link StreamScorer} is made of. */
    public static final class Builder {
        private final SequenceScorer scorer;
        private OnInvalid onInvalid = OnInvalid.fail();
        private LateEvents late = LateEvents.INVALID;
        private @Nullable Duration timeToLive;
        private @Nullable Dataset<Row> initialStates;

        private Builder(SequenceScorer scorer) {
            this.scorer = scorer;
        }

        /**
         * What becomes of an event that cannot be scored: {@link OnInvalid#fail} ends the query, without this call, too; {@link
         * OnInvalid#nulls} gives a row with null results and an {@code error_code}, and passes the event over: the state of its id
         * is as if it had not come.
         */
        public Builder onInvalid(OnInvalid rule) {
            if (rule instanceof OnInvalid.SetAside) {
                throw new IllegalArgumentException("a stream has no end at which what was set aside could be read; take"
                        + " OnInvalid.nulls(), and filter by " + OnInvalid.ERROR_CODE);
            }
            onInvalid = rule;
            return this;
        }

        /** What becomes of late events; without this call {@link LateEvents#INVALID}. */
        public Builder late(LateEvents rule) {
            late = rule;
            return this;
        }

        /**
         * Forgets the state of an id that had no event for so long, by the clock of the machine; its next event begins as that of a
         * new id. Without this call states are kept for ever.
         */
        public Builder timeToLive(Duration longest) {
            if (longest.toMillis() < 1) {
                throw new IllegalArgumentException("a time to live of " + longest + "; expected 1 ms or more");
            }
            timeToLive = longest;
            return this;
        }

        /**
         * What ids begin with when the stream begins, such as what {@code --state-output} wrote: a row an id, with the scorer's column
         * of ids, {@code h_n}, of an LSTM {@code c_n}, and, if it is there, {@code last_} before the name of the first order column,
         * by which late events are known. Spark reads it in the stream's first micro-batch alone. Nobody checks which network it is
         * of, but for the shapes.
         */
        public Builder initialStates(Dataset<Row> states) {
            initialStates = states;
            return this;
        }

        /** The scorer. */
        public StreamScorer build() {
            return new StreamScorer(this);
        }
    }

    /**
     * The stream with what the network gives: the id, the sequence where gaps cut, the order columns (or {@code first_} and {@code
     * last_} of it), those that are kept, the outputs, and {@code error_code} with {@link OnInvalid#nulls}. To be written in append
     * mode. {@code events} is not modified.
     *
     * @throws InputException when a column is missing or of the wrong type, when the session has no store of states that this needs,
     *     or on Spark 3.5, which has no such streams
     */
    public Dataset<Row> transform(Dataset<Row> events) {
        String lack = StatefulStreams.lack();
        if (lack != null) {
            throw new InputException(lack);
        }
        String provider = events.sparkSession().conf().get(PROVIDER, "");
        if (events.isStreaming() && !provider.contains("RocksDB")) {
            throw new InputException("states of a stream are kept in Spark's store in RocksDB; set " + PROVIDER + " to "
                    + ROCKS + " in the session before the query starts (it is "
                    + (provider.isEmpty() ? "not set" : provider) + ")");
        }
        EventStream stream = scorer.stream(events, onInvalid);
        EventColumns columns = stream.program().columns();
        if (late == LateEvents.TAKEN
                && (columns.gap() != null || columns.numbers().hasDelta())) {
            throw new IllegalArgumentException(
                    "late events that are taken, and a time between events: such a time would be below 0");
        }
        IdRules rules = new IdRules(stream.program(), onInvalid, late);
        Dataset<Row> states = initialStates;
        return StatefulStreams.run(
                        stream,
                        rules,
                        timeToLive,
                        states == null ? null : selected(states, columns, IdState.initial(stream.program(), columns)))
                .toDF();
    }

    /** The columns of initial states, found by their names and checked. */
    private static Dataset<Row> selected(Dataset<Row> states, EventColumns columns, StructType wanted) {
        List<Column> selected = new ArrayList<>();
        for (StructField field : wanted.fields()) {
            String name = field.name().equals(IdState.ID) ? columns.id() : field.name();
            boolean isThere = Arrays.asList(states.columns()).contains(name);
            if (!isThere && name.equals(columns.lastColumn())) {
                selected.add(functions.lit(null).cast(field.dataType()).as(name));
                continue;
            }
            if (!isThere) {
                throw new InputException(INITIAL + ": no column " + name + "; expected " + columns.id() + ", "
                        + String.join(", ", Arrays.asList(wanted.fieldNames()).subList(1, wanted.length()))
                        + ", such as --state-output writes");
            }
            boolean fits = states.schema()
                    .apply(name)
                    .dataType()
                    .catalogString()
                    .equals(field.dataType().catalogString());
            if (!fits) {
                throw new InputException(INITIAL + ": column " + name + " is "
                        + states.schema().apply(name).dataType().catalogString() + "; expected "
                        + field.dataType().catalogString());
            }
            selected.add(states.col("`" + name + "`").as(field.name()));
        }
        return states.select(selected.toArray(Column[]::new));
    }
}
