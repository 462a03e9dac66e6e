package io.sparkrnn.job;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What every command has: a configuration file, which {@link SparkRnn} reads before the options, and help. */
abstract class JobCommand implements Callable<Integer> {
    static final String CONFIG = "--config";

    @Option(
            names = CONFIG,
            paramLabel = "FILE",
            description =
                    "A file with options (HOCON): each option is a key, without the dashes. The command line wins.")
    @Nullable
    String config;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Shows this.")
    boolean help;

    @Spec
    private CommandSpec spec = CommandSpec.create();

    /** Where results are printed. */
    final PrintWriter out() {
        return spec.commandLine().getOut();
    }
}
