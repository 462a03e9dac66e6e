package io.sparkrnn.spark.event;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Says how a table that has one event a row becomes sequences: the events of one id, in their order, are one sequence. Given to
 * {@link io.sparkrnn.spark.ScorerBuilder#events}; the features are then columns of numbers, a number of each event.
 *
 * <pre>{@code
 * SequenceScorer.builder(model)
 *     .features("amount", "mcc", "pause")
 *     .events(EventLayout.builder("client", "ts").maxGap(Duration.ofDays(1)).timeDelta("pause", Duration.ofHours(1)).build())
 *     .outputs(EnumSet.of(Output.H_N))
 * }</pre>
 *
 * @param id the column whose events are a sequence: of strings, integers, decimals, dates, times, booleans or binary
 * @param orderBy the columns that the events of an id are ordered by, the first before the others: of timestamps, dates, integers,
 *     decimals or strings, which Spark orders by their bytes
 * @param ties what becomes of events that no column of {@code orderBy} tells apart
 * @param maxGap a longer time between two events begins a new sequence, where the first order column has times or dates; null
 *     for none
 * @param maxGapNumber the same where it has numbers
 * @param since only events at that value of the first order column or behind it, as text that Spark casts to its type; null for
 *     all. An event without such a value stays, for it is not known where it belongs
 * @param until only events before that value, likewise
 * @param timeDelta a feature that no column has; null for none
 * @param gives what a row of the result is
 * @param partitions into how many partitions the events go, by their id; 0 for as many as Spark's setting
 *     {@code spark.sql.shuffle.partitions} and its adaptive execution make
 */
public record EventLayout(
        String id,
        List<String> orderBy,
        Ties ties,
        @Nullable Duration maxGap,
        @Nullable BigDecimal maxGapNumber,
        @Nullable String since,
        @Nullable String until,
        @Nullable TimeDelta timeDelta,
        Gives gives,
        int partitions) {
    /** What a row of the result is. */
    public enum Gives {
        /** A sequence. */
        SEQUENCES,
        /**
         * An event: the id, the number of its sequence where gaps cut, what it is ordered by, its columns that are kept, and what
         * the network gives at it. A sequence is given when all of it is known to be right, unless the first that is not ends the
         * job.
         */
        EVENTS
    }

    /** What becomes of events that no order column tells apart. */
    public enum Ties {
        /** Their sequence cannot be scored: nobody knows in which order the network should have them. */
        INVALID,
        /**
         * They are scored, in the order of their features' values and then of the columns that are kept, so that the result is the
         * same each time.
         */
        KEPT
    }

    /**
     * A feature that is made of the order: how far an event is behind the one before it in its sequence, 0 for the first.
     *
     * @param column what it is called among the features
     * @param unit what it is told in, where the first order column has times or dates; of numbers null, and it is their difference
     */
    public record TimeDelta(String column, @Nullable Duration unit) {}

    /**
     * A layout of what fits together.
     *
     * @throws IllegalArgumentException when there is no order column, or something is out of its range
     */
    public EventLayout {
        orderBy = List.copyOf(orderBy);
        if (orderBy.isEmpty()) {
            throw new IllegalArgumentException("no column to order the events of an id by");
        }
        if (maxGap != null && maxGapNumber != null) {
            throw new IllegalArgumentException(
                    "a longest gap of time and one of numbers; an order column has one of them");
        }
        if ((maxGap != null && maxGap.isNegative()) || (maxGapNumber != null && maxGapNumber.signum() < 0)) {
            throw new IllegalArgumentException(
                    "a longest gap of " + (maxGap == null ? maxGapNumber : maxGap) + "; expected 0 or more");
        }
        if (timeDelta != null && timeDelta.unit() != null && timeDelta.unit().compareTo(Duration.ZERO) <= 0) {
            throw new IllegalArgumentException(
                    "a time delta in a unit of " + timeDelta.unit() + "; expected one above 0");
        }
        if (partitions < 0) {
            throw new IllegalArgumentException(partitions + " partitions");
        }
    }

    /** Events of an id, ordered by these columns; all else as it is by default. */
    public static Builder builder(String id, String... orderBy) {
        return new Builder(id, List.of(orderBy));
    }

    /** Collects what a layout is made of; see the components. */
    public static final class Builder {
        private final String id;
        private final List<String> orderBy;
        private Ties ties = Ties.INVALID;
        private @Nullable Duration maxGap;
        private @Nullable BigDecimal maxGapNumber;
        private @Nullable String since;
        private @Nullable String until;
        private @Nullable TimeDelta timeDelta;
        private Gives gives = Gives.SEQUENCES;
        private int partitions;

        private Builder(String id, List<String> orderBy) {
            this.id = id;
            this.orderBy = orderBy;
        }

        /** Without this call, {@link Ties#INVALID}. */
        public Builder ties(Ties rule) {
            ties = rule;
            return this;
        }

        /** A longer time between two events begins a new sequence; the number of each is a column. */
        public Builder maxGap(Duration longest) {
            maxGap = longest;
            return this;
        }

        /** The same of an order column of numbers. */
        public Builder maxGap(BigDecimal largest) {
            maxGapNumber = largest;
            return this;
        }

        /** Only events from there on. */
        public Builder since(String first) {
            since = first;
            return this;
        }

        /** Only events before. */
        public Builder until(String end) {
            until = end;
            return this;
        }

        /** A feature of the time since the event before, in this unit. */
        public Builder timeDelta(String column, Duration unit) {
            timeDelta = new TimeDelta(column, unit);
            return this;
        }

        /** A feature of the difference to the event before, of an order column of numbers. */
        public Builder timeDelta(String column) {
            timeDelta = new TimeDelta(column, null);
            return this;
        }

        /** Without this call, {@link Gives#SEQUENCES}. */
        public Builder gives(Gives rows) {
            gives = rows;
            return this;
        }

        /** Into how many partitions the events go. */
        public Builder partitions(int number) {
            partitions = number;
            return this;
        }

        /**
         * The layout.
         *
         * @throws IllegalArgumentException when there is no order column, or something is out of its range
         */
        public EventLayout build() {
            return new EventLayout(id, orderBy, ties, maxGap, maxGapNumber, since, until, timeDelta, gives, partitions);
        }
    }
}
