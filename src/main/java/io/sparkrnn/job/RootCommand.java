package io.sparkrnn.job;

import io.sparkrnn.job.inspect.InspectCommand;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.Failure;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.job.message.Secrets;
import io.sparkrnn.job.options.JobCommand;
import io.sparkrnn.job.options.ModelArguments;
import io.sparkrnn.job.options.OptionValues;
import io.sparkrnn.job.report.ReportCommand;
import io.sparkrnn.job.storage.Storage;
import io.sparkrnn.job.verify.VerifyCommand;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/** The command line. */
@Command(
        name = "spark-rnn",
        mixinStandardHelpOptions = true,
        versionProvider = RootCommand.Version.class,
        description = "Scores recurrent networks trained in PyTorch over sequences in a lake.",
        subcommands = {
            ScoreCommand.class,
            BackfillCommand.class,
            InspectCommand.class,
            VerifyCommand.class,
            ReportCommand.class
        },
        footer = {
            "",
            "Exit codes: 0 done, 2 usage, 3 input or schema, 4 model, 5 verification failed, 6 output exists,"
                    + " 7 too many rows cannot be scored, 1 anything else."
        })
final class RootCommand {
    /** Those that people give in the wrong place. */
    private static final Set<String> SPARK_SUBMIT_OPTIONS = Set.of(
            "master",
            "conf",
            "c",
            "deploy-mode",
            "name",
            "jars",
            "packages",
            "files",
            "properties-file",
            "driver-memory",
            "driver-cores",
            "driver-java-options",
            "driver-class-path",
            "executor-memory",
            "executor-cores",
            "num-executors",
            "total-executor-cores",
            "queue",
            "principal",
            "keytab");

    /** A list of values in a message of picocli's. */
    private static final Pattern VALUES = Pattern.compile("expected one of \\[[A-Za-z0-9_, -]+]");

    private RootCommand() {}

    /** The version of the jar this runs from. */
    static final class Version implements CommandLine.IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = RootCommand.class.getPackage().getImplementationVersion();
            return new String[] {"spark-rnn " + (version == null ? "(not from a jar)" : version)};
        }
    }

    /** All commands with their options. */
    static CommandLine commandLine() {
        return new CommandLine(new RootCommand());
    }

    /**
     * Runs a command with the process's own streams. Gives the exit code.
     *
     * @throws FailedDriverException in place of a code other than 0, where YARN runs the driver
     */
    static int run(String[] args) {
        PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        if (!FailedDriverException.isYarns()) {
            return run(out, err, args);
        }
        StringWriter told = new StringWriter();
        int code = run(out, new PrintWriter(told, true), args);
        err.print(told);
        err.flush();
        if (code != ExitCode.DONE.number()) {
            throw new FailedDriverException(code, told.toString());
        }
        return code;
    }

    /** Runs a command; its results go to the one, what went wrong to the other. Gives the exit code. */
    static int run(PrintWriter results, PrintWriter errors, String... args) {
        PrintWriter out = Secrets.hiding(results);
        PrintWriter err = Secrets.hiding(errors);
        CommandLine commandLine = commandLine()
                // @FILE is the value of an option here, and no file of options: for those there is --config
                .setExpandAtFiles(false)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpAutoWidth(true)
                .setOut(out)
                .setErr(err);
        // what stands behind a command's own words is of the command that it runs
        Objects.requireNonNull(commandLine.getSubcommands().get("backfill")).setStopAtPositional(true);
        commandLine.setParameterExceptionHandler(RootCommand::usageError);
        commandLine.setExecutionExceptionHandler((thrown, command, parsed) -> report(thrown, err));
        commandLine.setExecutionStrategy(RootCommand::execute);
        try {
            String config = config(args);
            if (config != null) {
                String text = Storage.configured().text(config, JobCommand.CONFIG, ExitCode.USAGE);
                OptionValues values = OptionValues.parse(text, config, knownKeys(commandLine));
                commandLine.getSubcommands().values().forEach(command -> command.setDefaultValueProvider(values));
            }
        } catch (JobException e) {
            return report(e, err);
        }
        return commandLine.execute(args);
    }

    private static int execute(ParseResult parsed) {
        if (!parsed.hasSubcommand() && !parsed.isUsageHelpRequested() && !parsed.isVersionHelpRequested()) {
            CommandLine command = parsed.commandSpec().commandLine();
            throw new ParameterException(command, "name a command: score, backfill, inspect, verify or report");
        }
        return new CommandLine.RunLast().execute(parsed);
    }

    /** The file that --config names, if any: it has to be read before the options, whose defaults are in it. */
    private static @Nullable String config(String[] args) {
        String name = JobCommand.CONFIG;
        for (int i = 0; i < args.length; i++) {
            if (args[i].equals(name) && i + 1 < args.length) {
                return args[i + 1];
            } else if (args[i].startsWith(name + "=")) {
                return args[i].substring(name.length() + 1);
            }
        }
        return null;
    }

    private static Set<String> knownKeys(CommandLine commandLine) {
        return commandLine.getSubcommands().values().stream()
                .flatMap(command -> OptionValues.keys(command).stream())
                .collect(Collectors.toCollection(TreeSet::new));
    }

    private static int usageError(ParameterException e, String[] args) {
        PrintWriter err = e.getCommandLine().getErr();
        err.println("spark-rnn: " + withValues(String.valueOf(e.getMessage()), e.getArgSpec()));
        if (e instanceof CommandLine.UnmatchedArgumentException unmatched) {
            suggest(err, unmatched.getUnmatched().get(0), e.getCommandLine());
        }
        if (e.getArgSpec() instanceof CommandLine.Model.OptionSpec option
                && option.longestName().equals(ModelArguments.HEAD_LAYERS)
                && String.valueOf(e.getMessage()).toLowerCase(Locale.ROOT).contains("'softmax'")) {
            err.println("A softmax at the end is none of the layers: leave it out and give --head-activation softmax.");
        }
        err.println("Try '" + e.getCommandLine().getCommandSpec().qualifiedName() + " --help'.");
        return ExitCode.USAGE.number();
    }

    private static void suggest(PrintWriter err, String unknown, CommandLine command) {
        String key = unknown.replaceFirst("^-+", "").replaceFirst("=.*", "");
        if (unknown.startsWith("-") && SPARK_SUBMIT_OPTIONS.contains(key)) {
            err.println("Options of spark-submit stand before --: ./submit.sh --" + key + " ... -- score ...");
            return;
        }
        boolean option = unknown.startsWith("-");
        Collection<String> known = !option
                ? command.getSubcommands().keySet()
                : command.getParent() == null ? List.of() : OptionValues.keys(command);
        String nearest = OptionValues.nearest(key, known);
        if (nearest != null) {
            err.println("Did you mean " + (option ? "--" : "") + nearest + "?");
        }
    }

    /** With the values as help and the documentation have them: picocli lists the constants' names. */
    private static String withValues(String message, @Nullable ArgSpec argument) {
        return VALUES.matcher(message)
                .replaceAll(names ->
                        Matcher.quoteReplacement(values(argument, names.group()).toLowerCase(Locale.ROOT)));
    }

    private static String values(@Nullable ArgSpec argument, String names) {
        return argument != null && argument.type().isEnum()
                ? "expected one of " + Arrays.toString(argument.type().getEnumConstants())
                : names;
    }

    private static int report(Throwable thrown, PrintWriter err) {
        Failure failure = Failure.of(thrown);
        err.println("spark-rnn: " + failure.message());
        if (!failure.known()) {
            thrown.printStackTrace(err);
        }
        return failure.code().number();
    }
}
