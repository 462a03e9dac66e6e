package io.sparkrnn.job;

import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.job.session.JobSession;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.time.LocalDate;
import java.time.format.DateTimeParseException;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/**
 * Runs score for one day after the other: what a scheduler does night after night, made up for. Each day is a run as any other, with
 * its own file and report; what they share is the session, which takes longer to start than a day of few rows takes to score.
 */
@Command(
        name = "backfill",
        sortOptions = false,
        customSynopsis = "spark-rnn backfill --first DAY --last DAY score OPTIONS",
        description =
                "Runs score once for each day, in their order and in one session. In its options {day} stands for the day"
                        + " (2026-11-27), {before} for the one before and {next} for the one behind it. The first day that"
                        + " fails ends it, with that run's exit code; the days before are whole.")
final class BackfillCommand implements Callable<Integer> {
    private static final String FIRST = "--first";
    private static final String LAST = "--last";

    /** A word in braces: what a name of a file, a pattern of such, or a query has is longer than one. */
    private static final Pattern WORD = Pattern.compile("\\{([A-Za-z]+)}");

    /** Lines of a run that are told of each day, by what they begin with, beside its first one. */
    private static final List<String> TOLD = List.of("Note:", "Report:");

    @Option(
            names = FIRST,
            required = true,
            paramLabel = "DAY",
            converter = Day.class,
            description = "The first day, such as 2026-11-01.")
    LocalDate first = LocalDate.EPOCH;

    @Option(names = LAST, required = true, paramLabel = "DAY", converter = Day.class, description = "The last day.")
    LocalDate last = LocalDate.EPOCH;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Shows this.")
    boolean help;

    @Parameters(arity = "1..*", paramLabel = "score OPTIONS", description = "What is run for each day.")
    List<String> run = List.of();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    /** A day from what stands on the command line: picocli's own message names a class. */
    static final class Day implements ITypeConverter<LocalDate> {
        @Override
        public LocalDate convert(String value) {
            try {
                return LocalDate.parse(value.trim());
            } catch (DateTimeParseException e) {
                throw new TypeConversionException("expected a day, such as 2026-11-01, but was '" + value + "'");
            }
        }
    }

    @Override
    public Integer call() {
        check();
        PrintWriter out = spec.commandLine().getOut();
        PrintWriter err = spec.commandLine().getErr();
        try (JobSession job = JobSession.open("spark-rnn backfill")) {
            job.describe("backfill " + first + " to " + last);
            for (LocalDate day = first; !day.isAfter(last); day = day.plusDays(1)) {
                StringWriter told = new StringWriter();
                int code = RootCommand.run(new PrintWriter(told, true), err, of(day));
                if (code != ExitCode.DONE.number()) {
                    out.print(told);
                    err.println("spark-rnn: backfill: " + day + " failed, as said above; "
                            + (day.equals(first)
                                    ? "no day was done"
                                    : "the days from " + first + " to " + day.minusDays(1) + " are done")
                            + ". When it is mended, go on with " + FIRST + " " + day);
                    return code;
                }
                out.println(told(day, told.toString()));
            }
        }
        return ExitCode.DONE.number();
    }

    private void check() {
        if (!run.get(0).equals("score")) {
            throw usage(
                    "'" + run.get(0) + "': it runs score for each day, and that is what stands behind its own options,"
                            + " with the options of the runs: backfill " + FIRST + " 2026-11-01 " + LAST
                            + " 2026-11-30 score --model ...");
        }
        if (last.isBefore(first)) {
            throw usage(LAST + " " + last + " is before " + FIRST + " " + first + "; expected a day that is not");
        }
        boolean differs = false;
        Map<String, LocalDate> words = words(first);
        for (String argument : run) {
            for (Matcher word = WORD.matcher(argument); word.find(); ) {
                if (!words.containsKey(word.group(1))) {
                    throw usage(
                            argument + ": " + word.group() + " stands for nothing; expected {day}, {before} or {next}");
                }
                differs = true;
            }
        }
        if (!differs && last.isAfter(first)) {
            throw usage(
                    "no option of score says a day, so that all runs would be one; name it where they differ: {day},"
                            + " {before}, {next}, such as --output scored/{day}");
        }
    }

    private static JobException usage(String why) {
        return new JobException(ExitCode.USAGE, "backfill: " + why);
    }

    private static Map<String, LocalDate> words(LocalDate day) {
        return new TreeMap<>(Map.of("day", day, "before", day.minusDays(1), "next", day.plusDays(1)));
    }

    private String[] of(LocalDate day) {
        Map<String, LocalDate> words = words(day);
        return run.stream()
                .map(argument -> WORD.matcher(argument).replaceAll(word -> String.valueOf(words.get(word.group(1)))))
                .toArray(String[]::new);
    }

    /** What a run printed, in a line or two. */
    private static String told(LocalDate day, String text) {
        List<String> lines = text.lines().toList();
        return Stream.concat(
                        lines.stream().limit(1).map(line -> day + "  " + line),
                        lines.stream()
                                .skip(1)
                                .filter(line -> TOLD.stream().anyMatch(line::startsWith))
                                .map(line -> "            " + line))
                .reduce((one, other) -> one + System.lineSeparator() + other)
                .orElse(day + "  done");
    }
}
