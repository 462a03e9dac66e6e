package io.sparkrnn.job.input;

import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.spark.ScorerBuilder;
import io.sparkrnn.spark.event.EventLayout;
import java.math.BigDecimal;
import java.time.DateTimeException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Whether a row of the table is a sequence or an event, and how events become sequences: options of score. */
public final class EventArguments {
    private static final String LAYOUT = "--layout";
    private static final Pattern NUMBER = Pattern.compile("\\d+(\\.\\d+)?");
    private static final Pattern DURATION = Pattern.compile("(\\d+(?:\\.\\d+)?)\\s*([a-z]+)");

    /** Units of time, in nanoseconds. */
    private static final Map<String, Duration> UNITS = Map.of(
            "ms", Duration.ofMillis(1),
            "s", Duration.ofSeconds(1),
            "m", Duration.ofMinutes(1),
            "h", Duration.ofHours(1),
            "d", Duration.ofDays(1));

    @Option(
            names = LAYOUT,
            paramLabel = "rows|events",
            defaultValue = "rows",
            description =
                    "What a row of the table is: a sequence, or an event of one. With events those of an --id, ordered by"
                            + " --order-by, are a sequence, and --features are columns with a number each. Default: rows.")
    Layout layout = Layout.ROWS;

    @Option(
            names = "--order-by",
            paramLabel = "COLUMN,...",
            hideParamSyntax = true,
            split = ",",
            description =
                    "With --layout events: the columns that the events of an id are ordered by, such as ts,tie: timestamp,"
                            + " date, integer, decimal or string.")
    @Nullable
    List<String> orderBy;

    @Option(
            names = "--ties",
            paramLabel = "fail|keep",
            defaultValue = "fail",
            description =
                    "What becomes of a sequence with two events that --order-by does not tell apart: it cannot be scored,"
                            + " or it is, such events in the order of their features' values. Default: fail.")
    Ties ties = Ties.FAIL;

    @Option(
            names = "--window",
            paramLabel = "N",
            description = "With --layout events: scores only the last N events of each sequence. Default: all.")
    @Nullable
    Integer window;

    @Option(
            names = "--max-gap",
            paramLabel = "DURATION|NUMBER",
            description =
                    "With --layout events: a longer time between two events begins a new sequence of the id, and the"
                            + " column sequence has its number from 0. 30m, 1.5h, 1d, 500ms, or PT30M; of an order of numbers a number."
                            + " Default: none.")
    @Nullable
    String maxGap;

    @Option(
            names = "--since",
            paramLabel = "VALUE",
            description =
                    "With --layout events: only events at this value of the first order column or behind it, such as"
                            + " '2026-11-01 00:00:00'.")
    @Nullable
    String since;

    @Option(
            names = "--until",
            paramLabel = "VALUE",
            description = "With --layout events: only events before this value.")
    @Nullable
    String until;

    @Option(
            names = "--time-delta",
            paramLabel = "NAME,UNIT",
            hideParamSyntax = true,
            split = ",",
            description =
                    "With --layout events: a feature that no column has, to be named in --features (or --column): the time"
                            + " since the event before, 0 for the first, in ms, s, m, h or d; of an order of numbers NAME alone, their"
                            + " difference.")
    @Nullable
    List<String> timeDelta;

    @Option(
            names = "--step-output",
            description =
                    "With --layout events: a row of the result is an event, with the columns of --keep and what the network"
                            + " gives at it: hidden_states array<float>, a score of each step. Default: a row is a sequence.")
    boolean stepOutput;

    /** What a row is. */
    enum Layout {
        ROWS,
        EVENTS;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** What becomes of ties. */
    enum Ties {
        FAIL,
        KEEP;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** Whether a row is an event. */
    public boolean isAsked() {
        return layout == Layout.EVENTS;
    }

    /** Whether a row of the result is an event. */
    public boolean giveEvents() {
        return isAsked() && stepOutput;
    }

    /** Whether only the last events are scored. */
    boolean limitsSteps() {
        return window != null;
    }

    /**
     * Refuses what does not go together, before anything is read.
     *
     * @throws JobException then
     */
    public void check() {
        if (!isAsked()) {
            refuse("--order-by", orderBy);
            refuse("--window", window);
            refuse("--max-gap", maxGap);
            refuse("--since", since);
            refuse("--until", until);
            refuse("--time-delta", timeDelta);
            refuse("--ties", ties == Ties.FAIL ? null : ties);
            refuse("--step-output", stepOutput ? stepOutput : null);
            return;
        }
        if (orderBy == null || orderBy.isEmpty()) {
            throw usage(LAYOUT
                    + " events: name the columns that the events of an id are ordered by, such as --order-by ts,tie");
        }
        if (window != null && window < 1) {
            throw usage("--window " + window + ": expected a number of events, 1 or more");
        }
        if (stepOutput && window != null) {
            throw usage(
                    "--window: with --step-output a row is an event, and all are given; leave others out of the result, or"
                            + " give --since");
        }
        layout("", 0);
    }

    /**
     * Refuses what makes sequences with which states do not go from run to run.
     *
     * @param option that says that they do
     */
    void checkCarries(String option) {
        if (maxGap != null) {
            throw usage(option + ": with --max-gap an id has several sequences, and nobody knows before the next run"
                    + " whether the last one goes on; do without it");
        }
        if (window != null) {
            throw usage(
                    option + ": with --window a part of the events is not scored, and the states behind the others are"
                            + " not those behind all of them; do without it");
        }
    }

    private static void refuse(String option, @Nullable Object value) {
        if (value != null) {
            throw usage(option + ": it is of a table that has an event a row; give " + LAYOUT
                    + " events, too, or do without it");
        }
    }

    private static JobException usage(String why) {
        return new JobException(ExitCode.USAGE, why);
    }

    /** What is to be added to a list of columns where it is told of columns: the name that no column has; null for none. */
    @Nullable
    String madeColumn() {
        return isAsked() && timeDelta != null ? timeDelta.get(0) : null;
    }

    /** The columns that are named here. */
    List<String> columns() {
        return orderBy == null ? List.of() : orderBy;
    }

    /**
     * Has a scorer take events.
     *
     * @param id whose events are a sequence
     * @param partitions into how many the events go; 0 for Spark's own number
     */
    void apply(ScorerBuilder builder, String id, int partitions) {
        builder.events(layout(id, partitions));
        if (window != null) {
            builder.lastSteps(window);
        }
    }

    private EventLayout layout(String id, int partitions) {
        EventLayout.Builder builder = EventLayout.builder(id, new ArrayList<>(columns()).toArray(String[]::new))
                .ties(ties == Ties.KEEP ? EventLayout.Ties.KEPT : EventLayout.Ties.INVALID)
                .gives(stepOutput ? EventLayout.Gives.EVENTS : EventLayout.Gives.SEQUENCES)
                .partitions(partitions);
        if (maxGap != null) {
            if (NUMBER.matcher(maxGap.trim()).matches()) {
                builder.maxGap(new BigDecimal(maxGap.trim()));
            } else {
                builder.maxGap(duration(maxGap));
            }
        }
        if (since != null) {
            builder.since(since);
        }
        if (until != null) {
            builder.until(until);
        }
        if (timeDelta != null) {
            if (timeDelta.size() == 1) {
                builder.timeDelta(timeDelta.get(0));
            } else {
                Duration unit = UNITS.get(timeDelta.get(1).trim().toLowerCase(Locale.ROOT));
                if (timeDelta.size() > 2 || unit == null) {
                    throw usage("--time-delta " + String.join(",", timeDelta)
                            + ": expected a name and the unit that the network was trained with, ms, s, m, h or d, such as"
                            + " pause,h");
                }
                builder.timeDelta(timeDelta.get(0), unit);
            }
        }
        return builder.build();
    }

    private static Duration duration(String text) {
        Matcher parts = DURATION.matcher(text.trim().toLowerCase(Locale.ROOT));
        try {
            if (!parts.matches()) {
                Duration iso = Duration.parse(text.trim());
                if (!iso.isNegative()) {
                    return iso;
                }
            } else if (UNITS.containsKey(parts.group(2))) {
                BigDecimal nanos = new BigDecimal(parts.group(1))
                        .multiply(BigDecimal.valueOf(UNITS.get(parts.group(2)).toNanos()));
                return Duration.ofSeconds(
                        nanos.divideToIntegralValue(BigDecimal.valueOf(1_000_000_000L))
                                .longValueExact(),
                        nanos.remainder(BigDecimal.valueOf(1_000_000_000L)).longValue());
            }
        } catch (DateTimeException | ArithmeticException e) {
            throw new JobException(ExitCode.USAGE, gapUsage(text), e);
        }
        throw usage(gapUsage(text));
    }

    private static String gapUsage(String text) {
        return "--max-gap " + text
                + ": expected a duration such as 30m, 1.5h, 1d, 500ms or PT30M, or a number where the order"
                + " column has numbers";
    }
}
