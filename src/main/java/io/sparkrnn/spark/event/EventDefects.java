package io.sparkrnn.spark.event;

import io.sparkrnn.spark.column.ColumnOptions;
import io.sparkrnn.spark.column.InputColumns;
import io.sparkrnn.spark.feature.InputFeatures;
import io.sparkrnn.spark.invalid.Defect;
import io.sparkrnn.spark.invalid.Defect.Kind;
import io.sparkrnn.spark.invalid.Defect.Where;
import io.sparkrnn.spark.sequence.LengthLimits;
import io.sparkrnn.spark.sequence.RowDefects;
import java.util.Objects;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.unsafe.types.UTF8String;
import org.jspecify.annotations.Nullable;

/** Says what is wrong with a sequence of events: whose, which event, what was found, what was expected, what would do. */
public final class EventDefects {
    private final EventColumns columns;
    private final LengthLimits limits;

    /** Of these columns. */
    public EventDefects(EventColumns columns, LengthLimits limits) {
        this.columns = columns;
        this.limits = limits;
    }

    /**
     * What messages call a sequence.
     *
     * @param number which of those that gaps make of an id
     */
    public String name(@Nullable Object id, int number) {
        String text;
        if (id == null) {
            text = "null";
        } else if (columns.idType() instanceof BinaryType) {
            text = java.util.HexFormat.of().withUpperCase().formatHex((byte[]) id);
        } else {
            DataType type = columns.idType();
            text = new EventOrder(columns.id(), type).text(id);
        }
        return "events with " + columns.id() + " = " + text + (columns.gap() == null ? "" : ", sequence " + number);
    }

    /**
     * A defect in words.
     *
     * @param sequence as {@link #name} gives it
     * @param order what the event is ordered by; null where it is of the whole sequence
     * @param event its place in the sequence, from 0
     * @param total how many events the sequence has
     */
    public String message(Defect defect, String sequence, @Nullable Object @Nullable [] order, long event, int total) {
        if (defect.where() == Where.ROW_INPUTS && defect.kind() != Kind.CHANGED) {
            return sequence + ": " + RowDefects.ofInput(defect, Objects.requireNonNull(columns.rowInputs()));
        }
        FormerState.Columns former = columns.former();
        if (former != null && defect.where() == Where.INITIAL_STATE) {
            return RowDefects.states(defect, sequence + ": its former state ", former.hidden());
        } else if (former != null && defect.where() == Where.INITIAL_CELL_STATE) {
            return RowDefects.states(defect, sequence + ": its former cell state ", former.cell());
        }
        return switch (defect.kind()) {
            case NULL_ID ->
                sequence + ": " + total + (total == 1 ? " event has" : " events have") + " no " + columns.id()
                        + ", the first " + place(order)
                        + "; nobody knows whose they are. Fill it in, or leave them out (--where '" + columns.id()
                        + " IS NOT NULL')";
            case NULL_ORDER -> {
                String column = columns.orders().get((int) defect.found()).name();
                yield sequence + ": an event has no " + column
                        + ", so that nobody knows where it belongs; fill it in, or leave the event out (--where '"
                        + column + " IS NOT NULL')";
            }
            case TIED ->
                sequence + ": two events " + place(order)
                        + "; nobody knows which is first. Name a column that tells them apart behind the others of"
                        + " --order-by, or take them in the order of their features with --ties keep";
            case LATE ->
                sequence + ": its first event, " + place(order) + ", is not behind "
                        + columns.orders().get(0).name() + " = " + defect.token()
                        + ", the last one that its state has behind it: it was applied before, or came too late. Leave"
                        + " such events out (--since), or score all events of this id anew, without a former state";
            case TOO_LONG, TOO_LONG_STATES, TOO_LONG_SCORES, TOO_LONG_RESULTS ->
                sequence + ": " + RowDefects.tooLong(defect, total, limits);
            case CHANGED -> {
                InputFeatures.Part part =
                        Objects.requireNonNull(columns.rowInputs()).parts().get(defect.input());
                yield sequence + ", event " + place(order) + ": column " + part.column()
                        + " is not what it is in the first event; the network takes it once for a sequence. Make it the"
                        + " same in all events in the query (--input-query)";
            }
            default -> sequence + ", event " + place(order) + ": " + ofNumbers(defect);
        };
    }

    /** The place of an event in words, such as {@code at ts = 2026-11-27T10:00:05Z}. */
    public String place(@Nullable Object @Nullable [] order) {
        StringBuilder place = new StringBuilder("at ");
        for (int i = 0; i < columns.orders().size(); i++) {
            EventOrder one = columns.orders().get(i);
            place.append(i == 0 ? "" : ", ")
                    .append(one.name())
                    .append(" = ")
                    .append(one.text(order == null ? null : order[i]));
        }
        return place.toString();
    }

    private String ofNumbers(Defect defect) {
        EventReader.Part part = columns.numbers().parts().get(defect.input());
        String column = "column " + part.column()
                + (InputColumns.same(part.column(), part.input())
                                || part.input().equals(ColumnOptions.FEATURES)
                        ? ""
                        : " (input " + part.input() + ")");
        return switch (defect.kind()) {
            case NULL_NUMBER ->
                column
                        + (part.form() == EventReader.Form.ARRAY ? " is null, or has a null in it" : " is null")
                        + "; fill it in, or leave the event out"
                        + (part.range() > 0 ? "" : " (NaN is a number, null is not)");
            case WIDTH -> column + " has " + defect.found() + " numbers; expected " + part.width();
            case BAD_INDEX ->
                column + " is " + defect.found() + "; expected an index "
                        + (part.range() == Long.MAX_VALUE ? "of 0 or more" : "from 0 to " + (part.range() - 1));
            case UNKNOWN_TOKEN ->
                column + " is " + defect.token()
                        + ", which is not in its vocabulary; expected one of its tokens, or an index for all others"
                        + " (--unknown-token " + part.input() + "=INDEX)";
            default -> throw new IllegalArgumentException("not of an event", defect);
        };
    }

    /** What a whole network takes once for a sequence is not the same in two events: which of it. */
    public Defect changed(UnsafeRow first, UnsafeRow other) {
        InputFeatures.Layout layout = Objects.requireNonNull(columns.rowInputs());
        int part = 0;
        for (int i = 0; i < layout.parts().size(); i++) {
            boolean same = first.isNullAt(i)
                    ? other.isNullAt(i)
                    : !other.isNullAt(i)
                            && UTF8String.fromBytes(first.getBinary(i))
                                    .equals(UTF8String.fromBytes(other.getBinary(i)));
            if (!same) {
                part = i;
                break;
            }
        }
        return new Defect(Where.ROW_INPUTS, Kind.CHANGED, 0, 0).of(part);
    }
}
