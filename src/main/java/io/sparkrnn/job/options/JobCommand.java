package io.sparkrnn.job.options;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
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

    /** Where results are printed. */
    protected final PrintWriter out() {
        return spec.commandLine().getOut();
    }
}
