package io.sparkrnn.spark;

import io.sparkrnn.model.Precision;
import io.sparkrnn.spark.column.ColumnChoice;
import io.sparkrnn.spark.column.ColumnOptions;
import io.sparkrnn.spark.column.FeatureColumns;
import io.sparkrnn.spark.column.InputColumn;
import io.sparkrnn.spark.column.InputColumns;
import io.sparkrnn.spark.column.KeptColumns;
import io.sparkrnn.spark.event.EventColumns;
import io.sparkrnn.spark.event.EventLayout;
import io.sparkrnn.spark.event.EventOrder;
import io.sparkrnn.spark.event.EventReader;
import io.sparkrnn.spark.event.EventReader.Form;
import io.sparkrnn.spark.event.EventReader.Part;
import io.sparkrnn.spark.event.FormerState;
import io.sparkrnn.spark.event.LateEvents;
import io.sparkrnn.spark.feature.InputFeatures;
import io.sparkrnn.spark.feature.NumberReader;
import io.sparkrnn.spark.feature.Standardization;
import io.sparkrnn.spark.invalid.InputException;
import io.sparkrnn.spark.row.EventRow;
import io.sparkrnn.spark.row.SequenceEncoders;
import io.sparkrnn.spark.sequence.RowColumns;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.expressions.RowOrdering;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.Metadata;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * Makes of a table of events what tasks take: only the columns that are needed, so that no others are shuffled, all events of an
 * id in one partition, and there one behind the other in their order. Spark's own shuffle and sort do that, the latter on disk where
 * memory does not do; no row of a whole sequence is ever made.
 */
final class EventTable {
    /** The column of a result that tells apart the sequences of an id. */
    static final String SEQUENCE = "sequence";

    static final String ORDER_BY = "order-by";

    /** How messages call the states of an earlier run. */
    static final String FORMER = "initial-state-from";

    /** So many numbers at most are held of the events that may be the last ones. */
    private static final long MOST_HELD = 1L << 29;

    private static final Column NONE = functions.lit(null).cast(new StructType());

    private final InputColumns input;
    private final EventLayout layout;
    private final ColumnChoice choice;
    private final @Nullable Former former;

    private EventTable(InputColumns input, EventLayout layout, ColumnChoice choice, @Nullable Former former) {
        this.input = input;
        this.layout = layout;
        this.choice = choice;
        this.former = former;
    }

    /**
     * States that an earlier run left.
     *
     * @param states the id, h_n, of an LSTM c_n, and what the last event was ordered by, if it tells
     */
    record Former(Dataset<Row> states, LateEvents late) {}

    /**
     * What the network takes of an event for one of its inputs.
     *
     * @param input what the network calls it
     * @param option how messages call what names its columns
     * @param columns one with all its numbers, or one for each
     * @param width how many numbers
     * @param range indices are below it; 0 of numbers
     */
    record Taken(String input, String option, List<String> columns, int width, long range, EventReader.Tokens tokens) {}

    /**
     * A table of events whose columns are found and checked.
     *
     * @param former null where sequences begin with the network's own states
     * @param added the names of all columns that are to be added to those of a sequence
     * @throws InputException when a column is missing or of the wrong type, or is there and is to be added
     */
    static SequenceTable<EventRow> of(
            Dataset<Row> table,
            EventLayout layout,
            ColumnChoice choice,
            @Nullable Former former,
            Computation computation,
            @Nullable Standardization standardization,
            Precision precision,
            List<String> added) {
        return new EventTable(new InputColumns(table), layout, choice, former)
                .found(computation, standardization, precision, added)
                .table(layout);
    }

    /**
     * Events whose columns are found and checked, where they stand.
     *
     * @param rows with columns of what a task takes, and the id as {@code id}
     * @param sorted what brings the events of an id together in their order
     * @param taken the arguments of {@link EventRow#of}
     * @param columns what a task has to know of them
     * @param kept the columns of a result that are not the network's
     * @param original what is set aside of a sequence
     */
    record Found(
            Dataset<Row> rows,
            List<Column> sorted,
            List<Column> taken,
            EventColumns columns,
            StructType kept,
            StructType original) {
        private SequenceTable<EventRow> table(EventLayout layout) {
            Column one = functions.col("id");
            Dataset<Row> dealt =
                    layout.partitions() > 0 ? rows.repartition(layout.partitions(), one) : rows.repartition(one);
            return new SequenceTable<>(
                    dealt.sortWithinPartitions(sorted.toArray(Column[]::new)).as(SequenceEncoders.events(taken)),
                    columns,
                    kept,
                    original);
        }
    }

    /** As {@link #of}, of events that are neither brought together nor sorted. */
    static Found unsorted(
            Dataset<Row> table,
            EventLayout layout,
            ColumnChoice choice,
            Computation computation,
            @Nullable Standardization standardization,
            Precision precision,
            List<String> added) {
        return new EventTable(new InputColumns(table), layout, choice, null)
                .found(computation, standardization, precision, added);
    }

    private Found found(
            Computation computation,
            @Nullable Standardization standardization,
            Precision precision,
            List<String> added) {
        InputColumn id = input.find(layout.id(), ColumnOptions.ID);
        checkId(id);
        List<InputColumn> by = layout.orderBy().stream()
                .map(name -> input.find(name, ORDER_BY))
                .toList();
        List<EventOrder> orders =
                by.stream().map(column -> EventOrder.of(column, ORDER_BY)).toList();
        EventOrder order = orders.get(0);
        BigDecimal gap = gap(order);
        checkDelta(order);
        List<Part> parts = new ArrayList<>();
        List<Column> numbers = new ArrayList<>();
        computation.ofEvent(input, choice).forEach(taken -> add(taken, parts, numbers));
        if (layout.timeDelta() != null && parts.stream().noneMatch(part -> part.form() == Form.DELTA)) {
            throw new InputException("time-delta " + layout.timeDelta().column()
                    + ": the network is not given it; name it where it takes it, among the features, or as the column of an"
                    + " input");
        }
        if (numbers.isEmpty()) {
            throw new InputException("the network takes nothing of an event but the time since the one before;"
                    + " expected a column, too");
        }
        EventReader.Layout ofEvent = new EventReader.Layout(List.copyOf(parts), standardization, precision);
        checkWindow(ofEvent.width());
        FeatureColumns once = computation.rowInputs(input, choice);
        KeptColumns passing = KeptColumns.named(
                input,
                choice.keep() == null
                        ? List.of()
                        : choice.keep().stream()
                                .filter(name -> !isThere(input.find(name, ColumnOptions.KEEP), id, by))
                                .toList());
        if (layout.gives() == EventLayout.Gives.EVENTS
                && !computation.notOfSteps().isEmpty()) {
            throw new InputException(
                    "outputs: " + String.join(", ", computation.notOfSteps())
                            + (computation.notOfSteps().size() == 1 ? " is" : " are")
                            + " of a sequence, and with --step-output a row is an event; ask for what the network gives at each step");
        }
        StructType kept = kept(id, by, passing.type(), gap);
        checkNames(kept, added);
        StructType original = new StructType(Stream.concat(Stream.of(id), by.stream())
                .map(column -> field(column.field().name(), column.type()))
                .toArray(StructField[]::new));
        if (Arrays.stream(original.fieldNames())
                        .map(name -> name.toLowerCase(Locale.ROOT))
                        .distinct()
                        .count()
                < original.length()) {
            throw new InputException(ORDER_BY + " " + layout.orderBy()
                    + ": two columns of one name among it and the id; name each once");
        }

        List<Column> selected = new ArrayList<>();
        List<Column> sorted = new ArrayList<>();
        List<Column> key = new ArrayList<>();
        selected.add(id.column().as("id"));
        for (int i = 0; i < by.size(); i++) {
            selected.add(by.get(i).column().as("o" + i));
        }
        // Spark compares eight bytes of the first column before it looks at rows: ids often begin alike, their hashes
        // do not.
        selected.add(functions.xxhash64(id.column()).as("hash"));
        sorted.add(functions.col("hash"));
        for (int i = -1; i < by.size(); i++) {
            Column column = functions.col(i < 0 ? "id" : "o" + i);
            key.add(column);
            sorted.add(column);
        }
        selected.add(functions.struct(numbers.toArray(Column[]::new)).as("numbers"));
        if (once != null) {
            selected.add(once.column().as("once"));
        }
        boolean keeps = !passing.type().isEmpty();
        if (keeps) {
            selected.add(passing.struct().as("kept"));
        }
        Dataset<Row> events = since(by.get(0), order).select(selected.toArray(Column[]::new));
        FormerState.Columns left = null;
        if (former != null) {
            Computation.InitialStates states = computation.initialStates(new InputColumns(former.states()), choice);
            left = new FormerState.Columns(Objects.requireNonNull(states.hidden()), states.cell(), former.late());
            events = withStates(events, left, id, by.get(0));
            // false comes first: an id's state, then its events
            sorted.add(2, functions.col("state").isNull());
        }
        if (layout.ties() == EventLayout.Ties.KEPT) {
            sorted.add(functions.col("numbers"));
            if (keeps) {
                Arrays.stream(passing.type().fields())
                        .filter(field -> RowOrdering.isOrderable(field.dataType()))
                        .forEach(field -> sorted.add(functions.col("kept").getField(field.name())));
            }
        }
        List<Column> taken = List.of(
                functions.struct(key.toArray(Column[]::new)),
                functions.col("numbers"),
                once == null ? NONE : functions.col("once"),
                keeps ? functions.col("kept") : NONE,
                former == null ? NONE : functions.col("state"));
        EventColumns columns = new EventColumns(
                id.name(),
                id.type(),
                orders,
                layout.ties(),
                gap,
                layout.timeDelta() == null ? null : layout.timeDelta().unit(),
                ofEvent,
                once == null ? null : (InputFeatures.Layout) once.layout(),
                layout.gives(),
                kept,
                passing.type().length(),
                left,
                choice.steps(input));
        return new Found(events, sorted, taken, columns, kept, original);
    }

    /** The events, and as rows of their own the states that go before them. */
    private Dataset<Row> withStates(
            Dataset<Row> events, FormerState.Columns columns, InputColumn id, InputColumn order) {
        InputColumns states = new InputColumns(Objects.requireNonNull(former).states());
        InputColumn of = sameType(states.find(id.field().name(), FORMER), id);
        InputColumn last = states.column(EventColumns.LAST + order.field().name())
                .map(column -> sameType(column, order))
                .orElse(null);
        if (last == null && layout.timeDelta() != null) {
            throw new InputException(FORMER + ": the states have no column " + EventColumns.LAST
                    + order.field().name()
                    + ", by which the time since the event before is known of an id's first event"
                    + " (time-delta " + layout.timeDelta().column()
                    + "); name states that an earlier run over events wrote");
        }
        List<Column> state = new ArrayList<>();
        state.add(states.find(columns.hidden().name(), FORMER).column().as("h"));
        state.add((last == null ? functions.lit(null).cast(order.type()) : last.column()).as("last"));
        RowColumns.States cell = columns.cell();
        if (cell != null) {
            state.add(states.find(cell.name(), FORMER).column().as("c"));
        }
        List<Column> selected = new ArrayList<>();
        for (StructField field : events.schema().fields()) {
            Column value = switch (field.name()) {
                case "id" -> of.column();
                case "hash" -> functions.xxhash64(of.column());
                default -> functions.lit(null).cast(field.dataType());
            };
            selected.add(value.as(field.name()));
        }
        selected.add(functions.struct(state.toArray(Column[]::new)).as("state"));
        Dataset<Row> before = states.input().select(selected.toArray(Column[]::new));
        DataType type = before.schema().apply("state").dataType();
        return events.withColumn("state", functions.lit(null).cast(type)).unionAll(before);
    }

    private static InputColumn sameType(InputColumn ofStates, InputColumn ofEvents) {
        if (!ofStates.type().equals(ofEvents.type())) {
            throw new InputException(FORMER + ": column " + ofStates.name() + " of the states is "
                    + ofStates.type().catalogString() + ", and column " + ofEvents.name() + " of the events is "
                    + ofEvents.type().catalogString() + "; give both one type (--input-query)");
        }
        return ofStates;
    }

    /** What tells apart and orders the states that sequences end with, among the columns of {@link #kept} without gaps. */
    static List<StructField> ofStates(EventLayout layout, StructType kept) {
        StructField id = kept.fields()[0];
        StructField last = kept.fields()[placesOfStates(layout).get(1)];
        return List.of(
                id,
                layout.gives() == EventLayout.Gives.EVENTS
                        ? field(EventColumns.LAST + last.name(), last.dataType())
                        : last);
    }

    /** Where these are. */
    static List<Integer> placesOfStates(EventLayout layout) {
        return List.of(0, layout.gives() == EventLayout.Gives.EVENTS ? 1 : 2);
    }

    private static void checkId(InputColumn id) {
        DataType type = id.type();
        boolean known = NumberReader.isInteger(type)
                || type instanceof BinaryType
                || type instanceof BooleanType
                || type.equals(DataTypes.StringType)
                || type.equals(DataTypes.DateType)
                || type.equals(DataTypes.TimestampType)
                || type.equals(DataTypes.TimestampNTZType)
                || type instanceof org.apache.spark.sql.types.DecimalType;
        if (!known) {
            throw new InputException(ColumnOptions.ID + ": column " + id.name() + " is " + type.catalogString()
                    + "; events are put together by a string, tinyint, smallint, int, bigint, decimal, date, timestamp,"
                    + " timestamp_ntz, boolean or binary; cast it in the query (--input-query)");
        }
    }

    private @Nullable BigDecimal gap(EventOrder order) {
        if (layout.maxGap() == null && layout.maxGapNumber() == null) {
            return null;
        }
        if (!order.hasDistances() || order.isTime() != (layout.maxGap() != null)) {
            throw new InputException(
                    "max-gap: column " + order.name() + " is "
                            + order.type().catalogString() + "; expected "
                            + (order.isTime()
                                    ? "a duration, such as 30m or 1d"
                                    : order.hasDistances()
                                            ? "a number in its own measure"
                                            : "to do without it, or to cast the column to timestamp in the query (--input-query)"));
        }
        return layout.maxGap() == null ? layout.maxGapNumber() : EventOrder.measure(layout.maxGap());
    }

    private void checkDelta(EventOrder order) {
        EventLayout.TimeDelta delta = layout.timeDelta();
        if (delta == null) {
            return;
        }
        if (input.column(delta.column()).isPresent()) {
            throw new InputException(
                    "time-delta " + delta.column() + ": the input has a column of that name; give it another name");
        }
        if (!order.hasDistances() || (delta.unit() != null && !order.isTime())) {
            throw new InputException("time-delta: column " + order.name() + " is "
                    + order.type().catalogString()
                    + (order.hasDistances()
                            ? "; the difference of numbers has no unit of time: do without one"
                            : "; expected to do without it, or to cast the column to timestamp in the query"
                                    + " (--input-query)"));
        }
        if (delta.unit() == null && order.isTime()) {
            throw new InputException("time-delta: column " + order.name() + " is "
                    + order.type().catalogString() + "; expected the unit that the network was trained with");
        }
    }

    private void checkWindow(int width) {
        long most = Math.max(choice.mostSteps() == Integer.MAX_VALUE ? 0 : choice.mostSteps(), choice.fewestSteps());
        if (most * width > MOST_HELD) {
            throw new InputException("a window, a limit or a least number of " + most + " events of " + width
                    + " numbers: a task holds at most " + MOST_HELD + " numbers of a sequence");
        }
    }

    private void add(Taken taken, List<Part> parts, List<Column> numbers) {
        List<String> names = taken.columns();
        if (names.size() > 1 && names.size() != taken.width()) {
            throw new InputException(taken.option() + " names " + names.size() + " columns (" + names
                    + "), but the network takes " + taken.width()
                    + (taken.width() == 1 ? " number" : " numbers")
                    + " of each event: name a column for each, in the order the network was trained with");
        }
        int width = names.size() > 1 ? 1 : taken.width();
        for (String name : names) {
            EventLayout.TimeDelta delta = layout.timeDelta();
            if (delta != null && InputColumns.same(delta.column(), name)) {
                if (width != 1 || taken.range() > 0) {
                    throw new InputException(taken.option() + ": " + name + " is the time since the event before, one"
                            + " number; the network takes "
                            + (taken.range() > 0 ? "an index" : taken.width() + " numbers"));
                }
                parts.add(new Part(taken.input(), name, Form.DELTA, DataTypes.DoubleType, 1, 0));
                continue;
            }
            InputColumn column = input.find(name, taken.option());
            Form form = EventReader.form(column.type(), width, taken.range(), taken.tokens());
            if (form == null) {
                throw new InputException(taken.option() + ": column " + column.name() + " is "
                        + column.type().catalogString() + "; of an event the network takes "
                        + expected(taken, width));
            }
            parts.add(new Part(
                    taken.input(), column.name(), form, EventReader.number(column.type()), width, taken.range()));
            numbers.add(column.column().as("n" + numbers.size()));
        }
    }

    private static String expected(Taken taken, int width) {
        if (taken.tokens() == EventReader.Tokens.IN_VOCABULARY) {
            return "a string, for " + taken.input() + " has a vocabulary; cast the column in the query (--input-query)";
        }
        String number = taken.range() > 0
                ? "an integer (tinyint, smallint, int or bigint)"
                : "a number (" + FeatureColumns.NUMBERS + ")";
        return width == 1
                ? number + (taken.range() > 0 ? "; strings are found in a vocabulary (--vocabulary)" : "")
                : width
                        + " numbers: name as many columns with a number each, in the order the network was trained with,"
                        + " or one array of " + width;
    }

    /** Those of the events that are asked for, and those that have no order. */
    private Dataset<Row> since(InputColumn column, EventOrder order) {
        if (layout.since() == null && layout.until() == null) {
            return input.input();
        }
        Column wanted = functions.lit(true);
        if (layout.since() != null) {
            wanted = column.column().geq(order.literal(input.input(), layout.since(), "since"));
        }
        if (layout.until() != null) {
            Column before = column.column().lt(order.literal(input.input(), layout.until(), "until"));
            wanted = layout.since() == null ? before : wanted.and(before);
        }
        return input.input().where(column.column().isNull().or(wanted));
    }

    /** Whether a column is one of the result in any case. */
    private boolean isThere(InputColumn column, InputColumn id, List<InputColumn> by) {
        return column.equals(id) || (layout.gives() == EventLayout.Gives.EVENTS && by.contains(column));
    }

    private StructType kept(InputColumn id, List<InputColumn> by, StructType passing, @Nullable BigDecimal gap) {
        List<StructField> fields = new ArrayList<>();
        fields.add(field(id.field().name(), id.type()));
        if (gap != null) {
            fields.add(field(SEQUENCE, DataTypes.IntegerType));
        }
        if (layout.gives() == EventLayout.Gives.EVENTS) {
            by.forEach(order -> fields.add(field(order.field().name(), order.type())));
        } else {
            InputColumn order = by.get(0);
            fields.add(field("first_" + order.field().name(), order.type()));
            fields.add(field(EventColumns.LAST + order.field().name(), order.type()));
        }
        fields.addAll(List.of(passing.fields()));
        return new StructType(fields.toArray(StructField[]::new));
    }

    private static StructField field(String name, DataType type) {
        return new StructField(name, type, true, Metadata.empty());
    }

    private static void checkNames(StructType kept, List<String> added) {
        List<String> names = new ArrayList<>(added);
        for (String name : kept.fieldNames()) {
            if (names.stream().anyMatch(other -> InputColumns.same(other, name))) {
                throw new InputException("two columns of the result would be named " + Objects.requireNonNull(name)
                        + "; name the id, the order column or those of " + ColumnOptions.KEEP
                        + " otherwise in the query (--input-query), or do without that output");
            }
            names.add(name);
        }
    }
}
