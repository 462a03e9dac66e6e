package io.sparkrnn.stream;

import io.sparkrnn.spark.invalid.InputException;
import io.sparkrnn.spark.row.EventRow;
import io.sparkrnn.spark.row.ScoredRow;
import java.time.Duration;
import java.util.Objects;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.streaming.OutputMode;
import org.apache.spark.sql.streaming.StatefulProcessorWithInitialState;
import org.apache.spark.sql.streaming.TTLConfig;
import org.apache.spark.sql.streaming.TimeMode;
import org.apache.spark.sql.streaming.TimerValues;
import org.apache.spark.sql.streaming.ValueState;
import org.jspecify.annotations.Nullable;
import scala.collection.AbstractIterator;
import scala.collection.Iterator;

/** What Spark calls in a task for each id that has events, with the id's state at hand. */
final class IdProcessor extends StatefulProcessorWithInitialState<Row, EventRow, ScoredRow, Row> {
    private static final long serialVersionUID = 1;

    private final IdRules rules;
    private final @Nullable Duration timeToLive;
    private transient @Nullable ValueState<Row> state;
    private transient @Nullable IdRunner runner;

    IdProcessor(IdRules rules, @Nullable Duration timeToLive) {
        this.rules = rules;
        this.timeToLive = timeToLive;
    }

    @Override
    public void init(OutputMode outputMode, TimeMode timeMode) {
        state = getHandle()
                .getValueState(
                        "rnn",
                        Encoders.row(IdState.SCHEMA),
                        timeToLive == null ? TTLConfig.NONE() : new TTLConfig(timeToLive));
    }

    /** Made when the first event comes: most micro-batches have none for some partitions. */
    private IdRunner runner() {
        IdRunner made = runner;
        if (made == null) {
            made = new IdRunner(rules);
            runner = made;
        }
        return made;
    }

    @Override
    public void handleInitialState(Row key, Row initial, TimerValues timers) {
        ValueState<Row> kept = Objects.requireNonNull(state);
        if (kept.exists()) {
            throw new InputException(
                    "initialStates: " + key.get(0) + " has more than one row; expected one state for each id");
        }
        kept.update(runner().initial(initial).row());
    }

    @Override
    public Iterator<ScoredRow> handleInputRows(Row key, Iterator<EventRow> rows, TimerValues timers) {
        ValueState<Row> kept = Objects.requireNonNull(state);
        Row before = kept.exists() ? kept.get() : null;
        IdRunner.Outcome outcome = runner().run(new Events(rows), before == null ? null : IdState.of(before));
        IdState after = outcome.state();
        if (after != null) {
            kept.update(after.row());
        }
        java.util.Iterator<ScoredRow> given = outcome.rows();
        return new AbstractIterator<>() {
            @Override
            public boolean hasNext() {
                return given.hasNext();
            }

            @Override
            public ScoredRow next() {
                return given.next();
            }
        };
    }

    /** Spark's iterator as one of Java's. */
    private record Events(Iterator<EventRow> rows) implements java.util.Iterator<EventRow> {
        @Override
        public boolean hasNext() {
            return rows.hasNext();
        }

        @Override
        public EventRow next() {
            return rows.next();
        }
    }
}
