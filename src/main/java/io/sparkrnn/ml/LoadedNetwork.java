package io.sparkrnn.ml;

import io.sparkrnn.engine.KernelChoice;
import io.sparkrnn.format.network.Network;
import io.sparkrnn.job.input.SequenceArguments;
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
import io.sparkrnn.spark.invalid.OnInvalid;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** A network that was read, with what was said of it and of its columns in options of the command score. */
@Command
final class LoadedNetwork {
    @Mixin
    private ModelArguments model = new ModelArguments();

    @Mixin
    private SequenceArguments sequences = new SequenceArguments();

    @Mixin
    private EngineArguments engine = new EngineArguments();

    @Option(names = "--outputs", split = ",")
    @Nullable
    List<String> outputs;

    @Option(names = "--keep", split = ",")
    @Nullable
    List<String> keep;

    @Option(names = "--batch-steps")
    @Nullable
    Integer batchSteps;

    @Option(names = "--reject-non-finite")
    boolean rejectNonFinite;

    private final List<String> line;
    private final SortedMap<String, String> digests = new TreeMap<>();
    private @Nullable Network network;
    private Precision precision = Precision.FLOAT32;
    private KernelChoice kernel = KernelChoice.AUTO;

    private LoadedNetwork(List<String> line) {
        this.line = line;
    }

    /**
     * Reads it.
     *
     * @param line options as on the command line
     * @throws JobException when there is no such value or file, or an option is of another network
     */
    static LoadedNetwork read(List<String> line, Storage storage) {
        LoadedNetwork loaded = new LoadedNetwork(List.copyOf(line));
        try {
            new CommandLine(loaded).setCaseInsensitiveEnumValuesAllowed(true).parseArgs(line.toArray(String[]::new));
        } catch (ParameterException e) {
            throw new JobException(ExitCode.USAGE, String.valueOf(e.getMessage()));
        }
        loaded.read(storage);
        return loaded;
    }

    private void read(Storage storage) {
        ReadFiles read = new ReadFiles();
        WantedOutputs wanted = new WantedOutputs(outputs);
        Network whole = wanted.read(model, sequences.named(), storage, read);
        sequences.readVocabularies(whole, model.sidecarFolder(), storage, read);
        Network chosen = wanted.of(whole, model, sequences.initialStates());
        sequences.check(chosen);
        if (sequences.scales().forgotten(chosen) != null) {
            throw new JobException(
                    ExitCode.USAGE,
                    chosen.sidecar().file()
                            + " has the mean or std of the features; say --standardize if the features are"
                            + " raw numbers, --no-standardize if they are standardised already");
        }
        Precision natural = chosen.naturalPrecision();
        precision = engine.precision(natural);
        kernel = engine.kernel(natural);
        network = chosen;
        digests.putAll(read.digests());
    }

    /** Whether it was read by these options. */
    boolean isOf(List<String> options) {
        return line.equals(options);
    }

    /** The SHA-256 of each file that was read, by their paths. */
    SortedMap<String, String> digests() {
        return digests;
    }

    /** The folder that files are relative to which a sidecar names. */
    String sidecarFolder() {
        return model.sidecarFolder();
    }

    /**
     * A scorer of tables of this schema.
     *
     * @param rule what becomes of rows that cannot be scored
     */
    SequenceScorer scorer(Dataset<Row> table, OnInvalid rule) {
        Network read = Objects.requireNonNull(network);
        ScorerBuilder builder = sequences
                .scorer(read, table)
                .precision(precision)
                .kernel(kernel)
                .onInvalid(rule);
        new WantedOutputs(outputs).apply(read, builder);
        if (keep != null) {
            builder.keep(keep.stream().filter(name -> !name.isEmpty()).toArray(String[]::new));
        }
        if (batchSteps != null) {
            builder.batchSteps(batchSteps);
        }
        if (rejectNonFinite) {
            builder.rejectNonFinite();
        }
        return builder.build();
    }
}
