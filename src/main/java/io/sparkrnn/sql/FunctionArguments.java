package io.sparkrnn.sql;

import io.sparkrnn.engine.KernelChoice;
import io.sparkrnn.format.network.Network;
import io.sparkrnn.job.input.SequenceArguments;
import io.sparkrnn.job.input.StandardizationArguments;
import io.sparkrnn.job.input.VocabularyArguments;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.job.options.EngineArguments;
import io.sparkrnn.job.options.ModelArguments;
import io.sparkrnn.job.options.WantedOutputs;
import io.sparkrnn.job.storage.ReadFiles;
import io.sparkrnn.job.storage.Storage;
import io.sparkrnn.model.Precision;
import io.sparkrnn.spark.ScorerBuilder;
import io.sparkrnn.spark.SequenceScorer;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** What is said of a function: those of score's options that are of the network, by their names without the dashes. */
@Command
final class FunctionArguments {
    private static final String STANDARDIZE = "standardize";

    @Mixin
    private ModelArguments model = new ModelArguments();

    @Mixin
    private StandardizationArguments scales = new StandardizationArguments();

    @Mixin
    private EngineArguments engine = new EngineArguments();

    @Mixin
    private VocabularyArguments vocabularies = new VocabularyArguments();

    @Option(names = "--outputs", split = ",")
    @Nullable
    List<String> outputs;

    /**
     * Those of one function.
     *
     * @param said values by the options' names
     * @param place what messages call where they were said
     * @throws JobException when there is no such option, or no such value
     */
    static FunctionArguments of(Map<String, String> said, String place) {
        FunctionArguments arguments = new FunctionArguments();
        String[] line = said.entrySet().stream()
                .map(option -> option.getKey().equals(STANDARDIZE)
                        ? (isTrue(option.getValue(), place) ? "--" : "--no-") + STANDARDIZE
                        : "--" + option.getKey() + "=" + option.getValue())
                .toArray(String[]::new);
        try {
            new CommandLine(arguments).setCaseInsensitiveEnumValuesAllowed(true).parseArgs(line);
        } catch (ParameterException e) {
            throw new JobException(
                    ExitCode.USAGE,
                    place + ": " + e.getMessage()
                            + "; expected options of score that are of the network, such as model, outputs, head, sidecar,"
                            + " node, precision or standardize, without the dashes");
        }
        return arguments;
    }

    private static boolean isTrue(String said, String place) {
        return switch (said.toLowerCase(Locale.ROOT)) {
            case "true" -> true;
            case "false" -> false;
            default ->
                throw new JobException(
                        ExitCode.USAGE,
                        place + "." + STANDARDIZE + "=" + said + ": expected true if the function is given raw numbers,"
                                + " false if they are standardised already");
        };
    }

    /** A scorer of the network. */
    SequenceScorer scorer(ReadFiles read, String place) {
        WantedOutputs wanted = new WantedOutputs(outputs);
        Storage storage = Storage.configured();
        Network whole = wanted.read(model, Map.of(), storage, read);
        Map<String, String> inputs = new TreeMap<>();
        if (whole.graph() != null) {
            whole.graph().inputs().forEach(input -> inputs.put(input.name(), input.name()));
        }
        vocabularies.read(whole.graph(), whole.sidecar(), inputs, model.sidecarFolder(), storage, read);
        Network network = wanted.of(whole, model, Set.of());
        if (scales.forgotten(network) != null) {
            throw new JobException(
                    ExitCode.USAGE,
                    place + ": " + network.sidecar().file() + " has the mean or std of the features; say " + place
                            + ".standardize=true if the function is given raw numbers, false if they are standardised"
                            + " already");
        }
        Precision natural = network.naturalPrecision();
        KernelChoice kernel = engine.kernel(natural);
        ScorerBuilder builder = SequenceArguments.scorer(network, scales, vocabularies);
        wanted.apply(network, builder);
        return builder.precision(engine.precision(natural)).kernel(kernel).build();
    }
}
