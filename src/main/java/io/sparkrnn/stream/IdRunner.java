package io.sparkrnn.stream;

import io.sparkrnn.engine.Engine;
import io.sparkrnn.engine.NumberSource;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.model.StateLayout;
import io.sparkrnn.platform.ScalaCollections;
import io.sparkrnn.spark.EventStream;
import io.sparkrnn.spark.event.EventColumns;
import io.sparkrnn.spark.event.EventDefects;
import io.sparkrnn.spark.event.EventLayout;
import io.sparkrnn.spark.event.EventOrder;
import io.sparkrnn.spark.event.EventReader;
import io.sparkrnn.spark.event.LateEvents;
import io.sparkrnn.spark.feature.FeatureLayout.Wanted;
import io.sparkrnn.spark.feature.Features;
import io.sparkrnn.spark.feature.InputFeatures;
import io.sparkrnn.spark.invalid.Defect;
import io.sparkrnn.spark.invalid.Defect.Kind;
import io.sparkrnn.spark.invalid.Defect.Where;
import io.sparkrnn.spark.invalid.ErrorCode;
import io.sparkrnn.spark.invalid.InputException;
import io.sparkrnn.spark.invalid.OnInvalid;
import io.sparkrnn.spark.result.Result;
import io.sparkrnn.spark.row.EventRow;
import io.sparkrnn.spark.row.ScoredRow;
import io.sparkrnn.spark.sequence.LengthLimits;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.stream.IntStream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.CatalystTypeConverters;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.InterpretedOrdering;
import org.apache.spark.sql.catalyst.expressions.JoinedRow;
import org.apache.spark.sql.catalyst.expressions.RowOrdering;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.unsafe.types.UTF8String;
import org.jspecify.annotations.Nullable;

/**
 * Runs the events of one id after another's, each from the state that it has, in one task. The events of an id in a micro-batch are
 * held, since Spark gives them in no order; they are put in theirs, and go through the network in one run.
 */
final class IdRunner {
    private final IdRules rules;
    private final EventColumns columns;
    private final EventStream.Task task;
    private final EventDefects defects;
    private final EventReader reader;
    private final @Nullable Features rowInputs;
    private final UnsafeProjection keeping;
    private final UnsafeProjection ordering;
    private final Comparator<Event> order;
    private final int width;
    private final Result[] results;
    private final ScoredRow row;
    private double[] numbers = new double[0];

    IdRunner(IdRules rules) {
        this.rules = rules;
        columns = rules.program().columns();
        task = rules.program().open();
        defects = new EventDefects(columns, rules.program().request().limits());
        reader = columns.numbers().reader(task.vocabularies());
        width = columns.numbers().width();
        InputFeatures.Layout once = columns.rowInputs();
        rowInputs = once == null
                ? null
                : once.reader(new Wanted(Where.ROW_INPUTS, once.width(), null, task.vocabularies()));
        keeping = UnsafeProjection.create(columns.kept());
        ordering = UnsafeProjection.create(
                columns.orders().stream().map(EventOrder::type).toArray(DataType[]::new));
        order = comparator();
        results = task.results().toArray(Result[]::new);
        row = new ScoredRow(new ArrayData[results.length]);
    }

    /** An event that is held, with what it is ordered by. */
    private record Event(EventRow row, @Nullable Object[] order) {}

    /** One that cannot be scored. */
    private record Bad(Event event, ErrorCode code, int sequence) {}

    /** Events of one sequence behind each other, of those that are run. */
    private record Run(int sequence, int first, int end) {}

    /** What came of the events of an id. */
    record Outcome(@Nullable IdState state, Iterator<ScoredRow> rows) {}

    /** By the order columns; those that these do not tell apart as a table's are, by their numbers and then what is kept. */
    private Comparator<Event> comparator() {
        List<DataType> types = new ArrayList<>();
        for (EventReader.Part part : columns.numbers().parts()) {
            switch (part.form()) {
                case NUMBER -> types.add(part.number());
                case ARRAY -> types.add(new ArrayType(part.number(), true));
                case TOKEN -> types.add(DataTypes.StringType);
                case DELTA -> {
                    // no column
                }
            }
        }
        Comparator<InternalRow> byNumbers = InterpretedOrdering.forSchema(ScalaCollections.seq(types));
        Comparator<Event> all = this::byOrder;
        all = all.thenComparing(event -> event.row().numbers(), byNumbers);
        if (columns.passing() == 0) {
            return all;
        }
        StructField[] fields = columns.kept().fields();
        StructField[] passing = Arrays.copyOfRange(fields, fields.length - columns.passing(), fields.length);
        int[] orderable = IntStream.range(0, passing.length)
                .filter(i -> RowOrdering.isOrderable(passing[i].dataType()))
                .toArray();
        Comparator<InternalRow> byKept = InterpretedOrdering.forSchema(ScalaCollections.seq(
                Arrays.stream(orderable).mapToObj(i -> passing[i].dataType()).toList()));
        return all.thenComparing(
                event -> {
                    InternalRow kept = Objects.requireNonNull(event.row().kept());
                    return new GenericInternalRow(Arrays.stream(orderable)
                            .mapToObj(i -> kept.get(i, passing[i].dataType()))
                            .toArray());
                },
                byKept);
    }

    private int byOrder(Event one, Event other) {
        return byOrder(one.order(), other.order(), columns.orders().size());
    }

    /** By the first {@code count} order columns. */
    private int byOrder(@Nullable Object[] one, @Nullable Object[] other, int count) {
        int found = 0;
        for (int i = 0; found == 0 && i < count; i++) {
            found = columns.orders().get(i).compare(Objects.requireNonNull(one[i]), Objects.requireNonNull(other[i]));
        }
        return found;
    }

    /** The state that a row of initial states gives an id. */
    IdState initial(Row given) {
        byte[] last = null;
        String name = columns.id() + " = " + given.get(0);
        if (!given.isNullAt(1)) {
            // Of several order columns the others are not told: null, which no event is ordered by.
            @Nullable Object[] values = new Object[columns.orders().size()];
            values[0] = CatalystTypeConverters.createToCatalystConverter(
                            columns.orders().get(0).type())
                    .apply(given.get(1));
            last = IdState.bytes(ordering, values);
        }
        return IdState.of(given, rules.program(), task, last, name);
    }

    /**
     * Runs the events of an id.
     *
     * @param before its state; null for none
     * @return the new state, null where it is as it was, and the rows, which are to be taken before the next call
     */
    Outcome run(Iterator<EventRow> rows, @Nullable IdState before) {
        List<Bad> bad = new ArrayList<>();
        int sequence = before == null ? 0 : before.sequence();
        List<Event> events = held(rows, sequence, bad);
        if (before != null && !events.isEmpty()) {
            before.check(rules.program(), name(events.get(0), sequence));
        }
        events.sort(order);
        List<Event> taken = new ArrayList<>();
        List<Run> runs = new ArrayList<>();
        @Nullable Object[] last = before == null ? null : last(before);
        byte[] once = before == null ? null : before.once();
        boolean begins = before == null;
        int first = 0;
        numbers =
                numbers.length < events.size() * width ? new double[Math.multiplyExact(events.size(), width)] : numbers;
        for (Event event : events) {
            boolean cuts = last != null && isBehindAGap(last, event.order());
            int of = cuts ? sequence + 1 : sequence;
            Defect defect = last == null ? null : misplaced(last, event);
            byte[] its = bytes(event.row().once());
            if (defect == null) {
                defect = take(event, last == null || cuts ? null : last, cuts ? null : once, its, taken.size());
            }
            if (defect != null) {
                bad.add(bad(defect, event, of));
                continue;
            }
            if (cuts) {
                if (taken.size() > first) {
                    runs.add(new Run(sequence, first, taken.size()));
                }
                first = taken.size();
                begins = begins || first == 0;
                sequence = of;
            }
            once = its;
            last = event.order();
            taken.add(event);
        }
        if (taken.isEmpty()) {
            return new Outcome(null, new Rows(bad, taken, runs));
        }
        runs.add(new Run(sequence, first, taken.size()));
        boolean goesOn = before != null && !begins;
        compute(taken, runs, goesOn ? before : null);
        return new Outcome(
                state(runs.size() - 1, sequence, Objects.requireNonNull(last), once), new Rows(bad, taken, runs));
    }

    private List<Event> held(Iterator<EventRow> rows, int sequence, List<Bad> bad) {
        List<Event> events = new ArrayList<>();
        while (rows.hasNext()) {
            // what Spark gives lies in memory that the next one takes over
            EventRow own = rows.next().copy();
            @Nullable Object[] values = new Object[columns.orders().size()];
            Defect defect = own.key().isNullAt(0) ? new Defect(Where.FEATURES, Kind.NULL_ID, 0, 0) : null;
            for (int i = 0; i < values.length; i++) {
                values[i] = columns.orders().get(i).value(own.key(), 1 + i);
                if (values[i] == null && defect == null) {
                    defect = new Defect(Where.FEATURES, Kind.NULL_ORDER, 0, i);
                }
            }
            Event event = new Event(own, values);
            if (defect == null) {
                events.add(event);
            } else {
                bad.add(bad(defect, event, sequence));
            }
        }
        return events;
    }

    private @Nullable Object @Nullable [] last(IdState state) {
        byte[] last = state.last();
        if (last == null) {
            return null;
        }
        int count = columns.orders().size();
        UnsafeRow values = IdState.row(last, count);
        @Nullable Object[] order = new Object[count];
        for (int i = 0; i < count; i++) {
            order[i] = columns.orders().get(i).value(values, i);
        }
        return order;
    }

    private boolean isBehindAGap(@Nullable Object[] last, @Nullable Object[] order) {
        return columns.gap() != null
                && byOrder(last, order, 1) < 0
                && columns.orders()
                        .get(0)
                        .isBeyond(Objects.requireNonNull(last[0]), Objects.requireNonNull(order[0]), columns.gap());
    }

    /** What is wrong with the place of an event; null when nothing is. */
    private @Nullable Defect misplaced(@Nullable Object[] last, Event event) {
        if (rules.late() == LateEvents.TAKEN) {
            return null;
        }
        // An initial state tells the first order column alone, and then it alone is looked at.
        boolean isWhole = Arrays.stream(last).allMatch(Objects::nonNull);
        int found = byOrder(last, event.order(), isWhole ? last.length : 1);
        if (found > 0 || (found == 0 && !isWhole)) {
            return new Defect(Where.FEATURES, Kind.LATE, 0, 0).with(defects.place(last));
        }
        return found == 0 && columns.ties() == EventLayout.Ties.INVALID
                ? new Defect(Where.FEATURES, Kind.TIED, 0, 0)
                : null;
    }

    /** Takes the numbers of an event, if nothing is wrong with them. */
    private @Nullable Defect take(
            Event event, @Nullable Object @Nullable [] last, byte @Nullable [] once, byte @Nullable [] its, int place) {
        if (once != null && its != null && !Arrays.equals(once, its)) {
            int fields = Objects.requireNonNull(columns.rowInputs()).parts().size();
            return defects.changed(IdState.row(once, fields), IdState.row(its, fields));
        }
        double delta = !columns.numbers().hasDelta() || last == null
                ? 0
                : columns.orders()
                        .get(0)
                        .distance(
                                Objects.requireNonNull(last[0]),
                                Objects.requireNonNull(event.order()[0]),
                                columns.deltaUnit());
        try {
            reader.read(event.row().numbers(), delta, numbers, place * width);
            if (rowInputs != null) {
                rowInputs.take(event.row().once());
                double[] all =
                        new double[Objects.requireNonNull(columns.rowInputs()).width()];
                rowInputs.copyTo(all, 0, all.length);
            }
        } catch (Defect found) {
            return found;
        }
        return null;
    }

    private static byte @Nullable [] bytes(@Nullable InternalRow once) {
        return once == null ? null : ((UnsafeRow) once).getBytes();
    }

    private String name(Event event, int sequence) {
        Object id = event.row().key().isNullAt(0) ? null : event.row().key().get(0, columns.idType());
        return defects.name(id instanceof UTF8String text ? text.clone() : id, sequence);
    }

    private Bad bad(Defect defect, Event event, int sequence) {
        if (rules.onInvalid() instanceof OnInvalid.Nulls) {
            return new Bad(event, defect.code(), sequence);
        }
        String name = name(event, sequence);
        throw new InputException(
                switch (defect.kind()) {
                    case LATE ->
                        name + ", event " + defects.place(event.order()) + ": the state of its id has an event "
                                + defect.token()
                                + " behind it already; keep such events (OnInvalid.nulls()), take them as they"
                                + " come (LateEvents.TAKEN), or leave them out of the stream";
                    case TIED ->
                        name + ", event " + defects.place(event.order())
                                + ": the one before it is ordered alike; nobody knows which is first. Name a column that tells them"
                                + " apart behind the other order columns, take them all (Ties.KEPT), or drop duplicates";
                    default -> defects.message(defect, name, event.order(), 0, 1);
                });
    }

    private void compute(List<Event> taken, List<Run> runs, @Nullable IdState before) {
        Engine engine = task.engine();
        LengthLimits limits = rules.program().request().limits();
        if (taken.size() > limits.mostAtOnce() || (!givesEvents() && limits.excess(taken.size(), 0) != null)) {
            throw new InputException(name(taken.get(0), runs.get(0).sequence()) + ": " + taken.size()
                    + " events in one micro-batch are more than a task has room for; have the source give fewer at a time,"
                    + " such as by maxFilesPerTrigger or maxOffsetsPerTrigger");
        }
        engine.clear();
        NumberSource all = NumberSource.of(numbers);
        for (Run run : runs) {
            IdState from = run.first() == 0 ? before : null;
            byte[] c = from == null ? null : from.c();
            if (rowInputs != null) {
                rowInputs.take(taken.get(run.first()).row().once());
            }
            engine.add(
                    run.end() - run.first(),
                    all,
                    rowInputs,
                    from == null ? null : NumberSource.of(ByteBuffer.wrap(from.h()), task.precision()),
                    c == null ? null : NumberSource.of(ByteBuffer.wrap(c), task.precision()));
        }
        engine.run();
        for (int i = 0; i < runs.size(); i++) {
            String problem = engine.problem(i);
            if (problem != null) {
                throw new InputException(
                        name(taken.get(runs.get(i).first()), runs.get(i).sequence())
                                + ": the network gives nothing for it: " + problem);
            }
        }
    }

    private IdState state(int run, int sequence, @Nullable Object[] last, byte @Nullable [] once) {
        RnnModel layers = task.layers();
        return new IdState(
                rules.program().digest(),
                sequence,
                IdState.bytes(ordering, last),
                once,
                states(run, layers.hiddenStates(), task.engine()::copyFinalState),
                layers.hasCellState() ? states(run, layers.cellStates(), task.engine()::copyFinalCellState) : null);
    }

    private byte[] states(int run, StateLayout layout, Engine.StateCopy copy) {
        int size = task.precision().byteSize();
        ByteBuffer bytes = ByteBuffer.allocate(layout.total() * size).order(ByteOrder.LITTLE_ENDIAN);
        for (int state = 0; state < layout.count(); state++) {
            copy.copy(run, state, bytes, layout.offset(state) * size);
        }
        return bytes.array();
    }

    private boolean givesEvents() {
        return columns.gives() == EventLayout.Gives.EVENTS;
    }

    private UnsafeRow kept(Event first, Event last, int sequence) {
        @Nullable Object[] own = new Object[columns.kept().length() - columns.passing()];
        int at = 0;
        InternalRow key = last.row().key();
        own[at++] = key.isNullAt(0) ? null : key.get(0, columns.idType());
        if (columns.gap() != null) {
            own[at++] = sequence;
        }
        if (givesEvents()) {
            System.arraycopy(last.order(), 0, own, at, last.order().length);
        } else {
            own[at++] = first.order()[0];
            own[at] = last.order()[0];
        }
        InternalRow all = new GenericInternalRow(own);
        return keeping.apply(
                columns.passing() == 0
                        ? all
                        : new JoinedRow(all, Objects.requireNonNull(last.row().kept())));
    }

    /** The rows of a result: those that cannot be scored first. It is always the same object that is given. */
    private final class Rows implements Iterator<ScoredRow> {
        private final List<Bad> bad;
        private final List<Event> taken;
        private final List<Run> runs;
        private int nextBad;
        private int nextRun;
        private int step;

        Rows(List<Bad> bad, List<Event> taken, List<Run> runs) {
            this.bad = bad;
            this.taken = taken;
            this.runs = runs;
        }

        @Override
        public boolean hasNext() {
            return nextBad < bad.size() || nextRun < runs.size();
        }

        @Override
        public ScoredRow next() {
            if (nextBad < bad.size()) {
                Bad one = bad.get(nextBad++);
                row.setKept(kept(one.event(), one.event(), one.sequence()));
                row.setError(one.code());
                return row;
            }
            if (nextRun == runs.size()) {
                throw new NoSuchElementException();
            }
            row.setError(null);
            Run run = runs.get(nextRun);
            if (step == 0) {
                put(run);
            }
            if (!givesEvents()) {
                row.setKept(kept(taken.get(run.first()), taken.get(run.end() - 1), run.sequence()));
                for (int i = 0; i < results.length; i++) {
                    row.setArray(i, results[i].image.array());
                }
                row.setLength(run.end() - run.first());
                nextRun++;
                return row;
            }
            Event event = taken.get(run.first() + step);
            row.setKept(kept(event, event, run.sequence()));
            for (int i = 0; i < results.length; i++) {
                row.setArray(i, results[i].ofStep(step));
            }
            step++;
            if (run.first() + step == run.end()) {
                step = 0;
                nextRun++;
            }
            return row;
        }

        private void put(Run run) {
            int length = run.end() - run.first();
            for (Result result : results) {
                result.put(nextRun);
                int elements = result.image.array().numElements();
                if (givesEvents() && elements != length) {
                    throw new InputException(name(taken.get(run.first()), run.sequence()) + ": its output "
                            + result.column + " has " + elements + " steps for " + length
                            + " events, so that nobody knows which is whose");
                }
            }
        }
    }
}
