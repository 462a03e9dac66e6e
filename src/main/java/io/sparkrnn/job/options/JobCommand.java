package io.sparkrnn.job.options;

import io.sparkrnn.job.message.Secrets;
import java.io.PrintWriter;
import java.util.Collection;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What every command has: a configuration file, which is read before the options, and help. */
public abstract class JobCommand implements Callable<Integer> {
    public static final String CONFIG = "--config";

    @Option(
            names = CONFIG,
            paramLabel = "FILE",
            description =
                    "A file with options (HOCON): each option is a key, without the dashes. The command line wins.")
    @Nullable
    protected String config;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Shows this.")
    boolean help;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    /**
     * The options as this run takes them, those by default too, without the dashes and without secrets; none that says
     * nothing. In the order of their names.
     */
    protected final SortedMap<String, String> effective() {
        SortedMap<String, String> effective = new TreeMap<>();
        for (OptionSpec option : spec.options()) {
            Object value = option.getValue();
            if (value != null && !option.usageHelp() && !Boolean.FALSE.equals(value)) {
                effective.put(OptionValues.key(option), text(value));
            }
        }
        return effective;
    }

    private static String text(Object value) {
        if (value instanceof Map<?, ?> map) {
            return map.entrySet().stream()
                    .map(entry -> entry.getKey() + "="
                            + (Secrets.isNameOfOne(String.valueOf(entry.getKey()))
                                    ? Secrets.HIDDEN
                                    : text(String.valueOf(entry.getValue()))))
                    .sorted()
                    .collect(Collectors.joining(","));
        }
        if (value instanceof Collection<?> list) {
            return list.stream().map(element -> text(String.valueOf(element))).collect(Collectors.joining(","));
        }
        return Secrets.hiddenIn(String.valueOf(value));
    }

    /** Where results are printed. */
    protected final PrintWriter out() {
        return spec.commandLine().getOut();
    }
}
