package io.sparkrnn.spark.event;

import io.sparkrnn.graph.Vocabulary;
import io.sparkrnn.spark.column.StepRules;
import io.sparkrnn.spark.count.RowCounts;
import io.sparkrnn.spark.feature.InputFeatures;
import io.sparkrnn.spark.row.EventRow;
import io.sparkrnn.spark.sequence.ScoreRequest;
import io.sparkrnn.spark.sequence.SequenceReading;
import io.sparkrnn.spark.sequence.Sequences;
import java.math.BigDecimal;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * What a task has to know of a table of events to make sequences of them.
 *
 * @param id what messages call the column of ids
 * @param idType its type
 * @param orders what the events of an id are ordered by
 * @param ties what becomes of events that are ordered alike
 * @param gap a larger one begins a new sequence, in the measure of {@link EventOrder#isBeyond}; null for none
 * @param deltaUnit what the time since the event before is told in; null of numbers
 * @param numbers what the network takes of each event
 * @param rowInputs how lies what it takes once for a sequence; null where there is no such thing
 * @param gives what a row of the result is
 * @param kept the columns of a sequence: the id, its number where gaps cut, the first and last order, then those that pass through
 *     of its last event; or those of an event: the id, that number, what it is ordered by, those that pass through
 * @param passing how many of them pass through
 * @param former the columns of former states; null where sequences begin with the network's own
 * @param steps which events of a sequence are scored; its column says nothing here
 */
public record EventColumns(
        String id,
        DataType idType,
        List<EventOrder> orders,
        EventLayout.Ties ties,
        @Nullable BigDecimal gap,
        @Nullable Duration deltaUnit,
        EventReader.Layout numbers,
        InputFeatures.@Nullable Layout rowInputs,
        EventLayout.Gives gives,
        StructType kept,
        int passing,
        FormerState.@Nullable Columns former,
        StepRules steps)
        implements SequenceReading<EventRow> {
    private static final long serialVersionUID = 1;

    /** Before the name of the first order column: its value of the last event of a sequence, or behind a state. */
    public static final String LAST = "last_";

    /** The name of the column of states that has what the last event behind them was ordered by. */
    public String lastColumn() {
        int order = gap == null ? 1 : 2;
        return gives == EventLayout.Gives.EVENTS ? LAST + kept.fields()[order].name() : kept.fields()[order + 1].name();
    }

    @Override
    public Sequences open(
            Iterator<EventRow> rows, ScoreRequest request, RowCounts counts, Map<String, Vocabulary> vocabularies) {
        return new EventInput(rows, this, request, counts, vocabularies);
    }

    @Override
    public Widths widths() {
        return new Widths(
                numbers.width(),
                rowInputs == null ? 0 : rowInputs.width(),
                former == null ? 0 : former.hidden().numbers(),
                former == null || former.cell() == null ? 0 : former.cell().numbers());
    }
}
