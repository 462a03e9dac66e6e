package io.sparkrnn.spark.event;

import io.sparkrnn.engine.NumberSource;
import io.sparkrnn.graph.Vocabulary;
import io.sparkrnn.spark.column.StepRules;
import io.sparkrnn.spark.count.RowCounts;
import io.sparkrnn.spark.feature.FeatureLayout.Wanted;
import io.sparkrnn.spark.feature.Features;
import io.sparkrnn.spark.feature.InputFeatures;
import io.sparkrnn.spark.invalid.Defect;
import io.sparkrnn.spark.invalid.Defect.Kind;
import io.sparkrnn.spark.invalid.Defect.Where;
import io.sparkrnn.spark.invalid.InputException;
import io.sparkrnn.spark.invalid.InvalidRow;
import io.sparkrnn.spark.row.EventRow;
import io.sparkrnn.spark.row.KeptRows;
import io.sparkrnn.spark.sequence.LengthLimits;
import io.sparkrnn.spark.sequence.Pieces;
import io.sparkrnn.spark.sequence.ScoreRequest;
import io.sparkrnn.spark.sequence.SequenceInput;
import io.sparkrnn.spark.sequence.Sequences;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.Iterator;
import java.util.Map;
import java.util.Objects;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.JoinedRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeRow;
import org.apache.spark.unsafe.types.UTF8String;
import org.jspecify.annotations.Nullable;

/**
 * Sequences of a partition of events, which come ordered by id, and by their order within it. The numbers of a sequence are
 * gathered, no more of them than go at a time where the network can go on ({@link LengthLimits.Pieces#BATCHES}), so that an id with
 * any number of events takes no more memory than one with few. Of a sequence that cannot be scored the rest is passed over: when it
 * is {@linkplain #done done} with, the next event is of another.
 */
public final class EventInput implements Sequences {
    /** Bytes of the columns of events that are held: together with what comes of them they have to be arrays. */
    private static final int MOST_BYTES = 1 << 30;

    private final Iterator<EventRow> rows;
    private final EventColumns columns;
    private final LengthLimits limits;
    private final RowCounts counts;
    private final EventReader reader;
    private final EventDefects defects;
    private final @Nullable Features rowInputs;
    private final UnsafeProjection keeping;
    private final boolean hasDelta;
    private final int width;
    private final int most;
    private final StepRules steps;

    /** What earlier runs left of the id at hand, and of the one that comes; null where sequences begin with the network's own. */
    private @Nullable FormerState former;

    private @Nullable FormerState coming;

    /** The event that was read and is of no sequence yet. */
    private @Nullable EventRow next;

    private boolean atHand;
    private @Nullable Defect defect;

    /** Of the event with the defect its place in the sequence and what it is ordered by. */
    private long badEvent;

    private @Nullable Object @Nullable [] badOrder;

    private boolean hasId;
    private @Nullable Object id;
    private int number;

    /** How many events of the sequence were read. */
    private int total;

    private @Nullable Object[] order;
    private @Nullable Object[] before;
    private @Nullable Object firstOrder;
    private @Nullable Object lastOrder;
    private @Nullable UnsafeRow once;
    private @Nullable UnsafeRow kept;

    /** Numbers of events, step by step; of some steps behind each other, the last of those that were read. */
    private double[] numbers = new double[0];

    private int held;
    private int start;

    /** Whether there are events of the sequence behind those that are held. */
    private boolean goesOn;

    /** Where only the last events are scored: what each held one is ordered by, and which of them have bad numbers. */
    private @Nullable Object[] orders = new Object[0];

    private final Deque<BadNumbers> bad = new ArrayDeque<>();

    /** The columns of the events that are held, where a row of the result is an event. */
    private final KeptRows events = new KeptRows(16 << 20);

    private final UnsafeRow event;

    private final Held pieces = new Held();

    /** Numbers that cannot be taken, of an event that may not be scored at all. */
    private record BadNumbers(
            Defect defect, int event, @Nullable Object[] order) {}

    /**
     * Of the events of a partition.
     *
     * @param request what is asked of all partitions alike
     * @param counts where sequences are counted as they are read, and those that are left out
     * @param vocabularies of the inputs whose indices come as tokens
     */
    EventInput(
            Iterator<EventRow> rows,
            EventColumns columns,
            ScoreRequest request,
            RowCounts counts,
            Map<String, Vocabulary> vocabularies) {
        this.rows = rows;
        this.columns = columns;
        this.counts = counts;
        limits = request.limits();
        steps = columns.steps();
        most = request.batchSteps();
        reader = columns.numbers().reader(vocabularies);
        width = columns.numbers().width();
        hasDelta = columns.numbers().hasDelta();
        defects = new EventDefects(columns, limits);
        InputFeatures.Layout once = columns.rowInputs();
        rowInputs = once == null ? null : once.reader(new Wanted(Where.ROW_INPUTS, once.width(), null, vocabularies));
        keeping = UnsafeProjection.create(columns.kept());
        event = new UnsafeRow(columns.kept().length());
        order = new Object[columns.orders().size()];
        before = new Object[columns.orders().size()];
        FormerState.Columns states = columns.former();
        if (states != null) {
            former = new FormerState(states, columns.orders().get(0));
            coming = new FormerState(states, columns.orders().get(0));
        }
    }

    @Override
    public boolean hasRow() {
        while (!atHand && peek() != null) {
            begin();
            gather();
            if (defect == null) {
                defect = limits.excess(
                        length(),
                        limits.pieces() == LengthLimits.Pieces.ONE && !givesEvents() ? kept().getSizeInBytes() : 0);
            }
            if (total < steps.fewest() && !isOfTheOrder(defect)) {
                counts.leftOut++;
                continue;
            }
            atHand = true;
        }
        return atHand;
    }

    private @Nullable EventRow peek() {
        while (next == null && rows.hasNext()) {
            EventRow row = rows.next();
            InternalRow state = row.state();
            if (state == null) {
                next = row;
            } else {
                Object of = id(row.key());
                Objects.requireNonNull(coming).take(of, defects.name(of, 0), (UnsafeRow) state);
            }
        }
        return next;
    }

    private @Nullable Object id(InternalRow key) {
        Object found = key.isNullAt(0) ? null : key.get(0, columns.idType());
        return found instanceof UTF8String text ? text.clone() : found;
    }

    private void begin() {
        InternalRow key = Objects.requireNonNull(next).key();
        if (hasId && isOf(key)) {
            number++;
        } else {
            id = id(key);
            hasId = true;
            number = 0;
            goOn();
        }
        counts.read++;
        total = 0;
        defect = null;
        badOrder = null;
        badEvent = 0;
        firstOrder = null;
        lastOrder = null;
        held = 0;
        start = 0;
        bad.clear();
        events.clear();
        pieces.copied = 0;
    }

    /** Makes what an earlier run left of the id at hand what it begins with, if it did. */
    private void goOn() {
        FormerState one = former;
        FormerState other = coming;
        if (one == null || other == null) {
            return;
        }
        one.clear();
        if (other.isOf(id)) {
            former = other;
            coming = one;
        }
    }

    private boolean isOf(InternalRow key) {
        return same(id, key.isNullAt(0) ? null : key.get(0, columns.idType()));
    }

    /** Whether two ids are one. */
    static boolean same(@Nullable Object id, @Nullable Object other) {
        return (id instanceof byte[] bytes && other instanceof byte[] others)
                ? Arrays.equals(bytes, others)
                : Objects.equals(id, other);
    }

    /** Reads events until the sequence ends, or so many are held as go at a time. */
    private void gather() {
        goesOn = false;
        EventRow event = peek();
        while (event != null && isOf(event.key())) {
            readOrder(event.key());
            if (total > 0 && isBehindAGap()) {
                break;
            }
            if (held >= most && mayGoOn() && !isPassedOver(total)) {
                goesOn = true;
                return;
            }
            take(event);
            next = null;
            event = peek();
        }
        if (steps.end() == StepRules.End.LAST) {
            start = Math.max(0, held - steps.most());
            if (limited()) {
                firstOrder = held > start ? orders[start] : null;
            }
        }
        BadNumbers first = firstBad();
        if (defect == null && first != null) {
            setDefect(first.defect, first.event, first.order);
        }
    }

    /** Whether further events may take the place of those that are held, once these are run. */
    private boolean mayGoOn() {
        return limits.pieces() == LengthLimits.Pieces.BATCHES
                && defect == null
                && !limited()
                && total >= steps.fewest();
    }

    /** Whether an event stands behind the first ones, which alone are scored. */
    private boolean isPassedOver(int place) {
        return steps.end() == StepRules.End.FIRST && place >= steps.most();
    }

    /** Whether only some of the last events are scored, so that nobody knows which before the last one is there. */
    private boolean limited() {
        return steps.end() == StepRules.End.LAST && steps.most() < Integer.MAX_VALUE;
    }

    private @Nullable BadNumbers firstBad() {
        while (!bad.isEmpty() && bad.peekFirst().event < total - (held - start)) {
            bad.removeFirst();
        }
        return bad.peekFirst();
    }

    private void readOrder(InternalRow key) {
        for (int i = 0; i < order.length; i++) {
            order[i] = columns.orders().get(i).value(key, i + 1);
        }
    }

    private boolean isBehindAGap() {
        return columns.gap() != null
                && id != null
                && before[0] != null
                && order[0] != null
                && columns.orders().get(0).isBeyond(before[0], order[0], columns.gap());
    }

    /** Takes an event whose order was read. */
    private void take(EventRow event) {
        int place = total++;
        checkOrder(place);
        InternalRow ofOnce = event.once();
        if (ofOnce != null) {
            UnsafeRow image = (UnsafeRow) ofOnce;
            if (place == 0) {
                once = image.copy();
            } else if (!image.equals(once)) {
                setDefect(defects.changed(Objects.requireNonNull(once), image), place, order.clone());
            }
        }
        if (columns.passing() > 0) {
            keep((UnsafeRow) Objects.requireNonNull(event.kept()));
        }
        if (!isPassedOver(place)) {
            firstOrder = place == 0 ? order[0] : firstOrder;
            lastOrder = order[0];
        }
        if (defect == null && !isPassedOver(place)) {
            hold(event.numbers(), hasDelta ? delta(place) : 0, place);
        }
        @Nullable Object[] former = before;
        before = order;
        order = former;
    }

    /** The time since the event before, which may be of an earlier run; 0 where there is none. */
    private double delta(int place) {
        Object since = place > 0 ? before[0] : null;
        if (place == 0 && former != null && former.isThere()) {
            since = former.last();
            if (since == null) {
                throw new InputException("the former state of " + defects.name(id, number)
                        + " does not tell at what time its last event was, and the network takes the time since the event"
                        + " before; name states that an earlier run over events wrote");
            }
        }
        return since == null
                ? 0
                : columns.orders().get(0).distance(since, Objects.requireNonNull(order[0]), columns.deltaUnit());
    }

    private void checkOrder(int place) {
        if (id == null) {
            setDefect(new Defect(Where.FEATURES, Kind.NULL_ID, 0, 0), place, order.clone());
        }
        boolean tied = place > 0 && columns.ties() == EventLayout.Ties.INVALID;
        for (int i = 0; i < order.length; i++) {
            if (order[i] == null) {
                setDefect(new Defect(Where.FEATURES, Kind.NULL_ORDER, 0, i), place, order.clone());
            }
            tied &= Objects.equals(order[i], before[i]);
        }
        if (place == 0 && former != null && former.isLate(order[0])) {
            setDefect(
                    new Defect(Where.FEATURES, Kind.LATE, 0, 0)
                            .with(columns.orders().get(0).text(former.last())),
                    place,
                    order.clone());
        }
        if (tied) {
            setDefect(new Defect(Where.FEATURES, Kind.TIED, 0, 0), place, order.clone());
        }
    }

    private void setDefect(Defect found, long event, @Nullable Object[] itsOrder) {
        if (defect == null) {
            defect = found;
            badEvent = event;
            badOrder = itsOrder;
        }
    }

    /** Whether it is one of the order, which makes a sequence of any length bad. */
    private static boolean isOfTheOrder(@Nullable Defect found) {
        return found != null
                && (found.kind() == Kind.NULL_ID
                        || found.kind() == Kind.NULL_ORDER
                        || found.kind() == Kind.TIED
                        || found.kind() == Kind.LATE);
    }

    private void keep(UnsafeRow row) {
        if (kept == null) {
            kept = row.copy();
        } else {
            kept.copyFrom(row);
        }
    }

    private void hold(InternalRow event, double delta, int place) {
        if (limited() && held == 2L * steps.most()) {
            System.arraycopy(numbers, steps.most() * width, numbers, 0, steps.most() * width);
            System.arraycopy(orders, steps.most(), orders, 0, steps.most());
            held = steps.most();
            while (!bad.isEmpty() && bad.peekFirst().event < place - held) {
                bad.removeFirst();
            }
        }
        if (!limited()) {
            Defect tooLong = limits.excess(held + 1, 0);
            if (tooLong != null) {
                // Of how many steps, is known when it ends.
                setDefect(tooLong, place, order.clone());
                return;
            }
        }
        grow();
        try {
            reader.read(event, delta, numbers, held * width);
        } catch (Defect found) {
            if (!limited()) {
                setDefect(found, place, order.clone());
                return;
            }
            bad.addLast(new BadNumbers(found, place, order.clone()));
        }
        if (limited()) {
            orders[held] = order[0];
        }
        if (givesEvents()) {
            UnsafeRow own = ofEvent();
            if ((long) events.bytes() + own.getSizeInBytes() > MOST_BYTES) {
                setDefect(new Defect(Where.FEATURES, Kind.TOO_LONG_RESULTS, held, place), place, order.clone());
                return;
            }
            events.add(own);
        }
        held++;
    }

    private UnsafeRow ofEvent() {
        int first = columns.gap() == null ? 1 : 2;
        @Nullable Object[] own = new Object[first + order.length];
        own[0] = id;
        if (first > 1) {
            own[1] = number;
        }
        System.arraycopy(order, 0, own, first, order.length);
        InternalRow all = new GenericInternalRow(own);
        return keeping.apply(columns.passing() == 0 ? all : new JoinedRow(all, Objects.requireNonNull(kept)));
    }

    /** Whether a row of the result is an event. */
    public boolean givesEvents() {
        return columns.gives() == EventLayout.Gives.EVENTS;
    }

    /** Adds the columns of the events at hand to others, in their order. */
    public void copyEvents(KeptRows target) {
        for (int i = 0; i < held; i++) {
            events.point(event, i);
            target.add(event);
        }
    }

    /** The numbers of the events at hand. */
    public Pieces pieces() {
        return pieces;
    }

    /** Whether there are events of the sequence behind those at hand. */
    public boolean goesOn() {
        return goesOn;
    }

    private void grow() {
        if ((held + 1) * (long) width > numbers.length) {
            numbers = Arrays.copyOf(
                    numbers, (int) Math.min(Integer.MAX_VALUE - 16L, Math.max(1024L * width, 2L * numbers.length)));
        }
        if (limited() && held >= orders.length) {
            orders = Arrays.copyOf(orders, Math.max(64, 2 * orders.length));
        }
    }

    @Override
    public int length() {
        if (defect != null) {
            return 0;
        } else if (goesOn) {
            return Math.max(held, most) + 1;
        }
        return scored();
    }

    /** How many events of the sequence are scored. */
    private int scored() {
        return Math.min(total, steps.most());
    }

    @Override
    public String name() {
        return defects.name(id, number);
    }

    @Override
    public InvalidRow invalid(Defect found) {
        return new InvalidRow(
                found.code(), defects.message(found, defects.name(id, number), badOrder, badEvent, total));
    }

    @Override
    public UnsafeRow kept() {
        @Nullable Object[] own = new Object[columns.kept().length() - columns.passing()];
        int at = 0;
        own[at++] = id;
        if (columns.gap() != null) {
            own[at++] = number;
        }
        own[at++] = firstOrder;
        own[at] = lastOrder;
        InternalRow all = new GenericInternalRow(own);
        return keeping.apply(columns.passing() == 0 ? all : new JoinedRow(all, Objects.requireNonNull(kept)));
    }

    @Override
    public InternalRow original() {
        @Nullable Object[] values = new Object[1 + before.length];
        values[0] = id;
        System.arraycopy(badOrder == null ? before : badOrder, 0, values, 1, before.length);
        return new GenericInternalRow(values);
    }

    @Override
    public @Nullable Defect addTo(SequenceInput.Sink sink) {
        if (defect != null) {
            return defect;
        }
        try {
            NumberSource row = null;
            if (rowInputs != null) {
                rowInputs.take(once);
                row = rowInputs;
            }
            NumberSource h0 = former == null ? null : former.hidden();
            NumberSource c0 = former == null ? null : former.cell();
            if (goesOn) {
                sink.add(pieces, row, h0, c0);
            } else {
                sink.add(scored(), pieces, row, h0, c0);
            }
        } catch (Defect found) {
            setDefect(found, 0, before.clone());
            // The rest of the sequence is no sequence.
            while (goesOn) {
                gather();
            }
        }
        return defect;
    }

    @Override
    public void done() {
        atHand = false;
    }

    /** The numbers that are held. */
    private final class Held implements Pieces {
        private int copied;

        @Override
        public int steps() {
            return held - start;
        }

        @Override
        public boolean next() {
            if (!goesOn) {
                return false;
            }
            held = 0;
            copied = 0;
            events.clear();
            gather();
            if (defect != null) {
                throw defect;
            }
            return true;
        }

        @Override
        public void copyTo(float[] target, int at, int count) {
            int from = start * width + copied;
            for (int i = 0; i < count; i++) {
                target[at + i] = (float) numbers[from + i];
            }
            copied += count;
        }

        @Override
        public void copyTo(double[] target, int at, int count) {
            System.arraycopy(numbers, start * width + copied, target, at, count);
            copied += count;
        }
    }
}
