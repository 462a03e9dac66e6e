package io.sparkrnn.job.verify;

import io.sparkrnn.engine.KernelChoice;
import io.sparkrnn.format.network.Network;
import io.sparkrnn.job.input.InputArguments;
import io.sparkrnn.job.input.InputTable;
import io.sparkrnn.job.input.SequenceArguments;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.job.options.EngineArguments;
import io.sparkrnn.job.options.JobCommand;
import io.sparkrnn.job.options.ModelArguments;
import io.sparkrnn.job.options.WantedOutputs;
import io.sparkrnn.job.storage.ReadFiles;
import io.sparkrnn.job.storage.Storage;
import io.sparkrnn.model.Precision;
import io.sparkrnn.spark.result.Output;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Proves the numbers before a run: against the training framework's own, or one engine against another. */
@Command(
        name = "verify",
        sortOptions = false,
        customSynopsis = "spark-rnn verify [OPTIONS]",
        description = "Holds the results of the engine that score uses against reference vectors from the training"
                + " framework (--reference), or against the reference engine on rows of a table (--input).")
public final class VerifyCommand extends JobCommand {
    @Mixin
    private ModelArguments model = new ModelArguments();

    @Option(
            names = "--reference",
            paramLabel = "FILE",
            description =
                    "A .safetensors, .npz or .pt file with what the framework took and gave. Of a whole network: a"
                            + " tensor for each input and at least one output, by their names (inspect prints them), and if rows"
                            + " are padded, lengths [B]. Of recurrent layers: x [B,T,I]; output [B,T,D*H], h_n [L*D,B,H], c_n;"
                            + " if there, lengths [B], h0 and c0 [L*D,B,H]; with a head, score [B,O] or [B,T,O]. NAME_f64 is the"
                            + " float64 truth.")
    @Nullable
    String reference;

    @Mixin
    private InputArguments input = new InputArguments();

    @Mixin
    private SequenceArguments sequences = new SequenceArguments();

    @Option(
            names = "--outputs",
            paramLabel = "NAME,...",
            hideParamSyntax = true,
            split = ",",
            description =
                    "What is compared, as score has it: outputs of a whole network, or hidden_states, h_n, c_n and"
                            + " score of recurrent layers. Default: all that there are.")
    @Nullable
    List<String> outputs;

    @Option(
            names = "--rows",
            paramLabel = "N",
            defaultValue = "100",
            description = "With --input: the number of rows to take. Default: 100.")
    int rows = 100;

    @Option(
            names = "--tolerance",
            paramLabel = "X",
            description = "The largest scaled error that passes. Default: 1e-6 in float32, 1e-12 in float64.")
    @Nullable
    Double tolerance;

    @Mixin
    private EngineArguments engine = new EngineArguments();

    /** What it may be, but for a network that is read wrongly. */
    private static String advice(Network network) {
        return network.graph() == null
                ? "if the network is an nn.RNN with relu, give --nonlinearity relu"
                : "if the vectors are of a padded batch, save what the network gives for each row alone, unpadded: one that"
                        + " pools, attends or convolves over the steps, or reads them backwards, gives other numbers for"
                        + " padded rows; a framework's own float32 results have an error, too: compare with float64, or"
                        + " raise --tolerance";
    }

    @Override
    public Integer call() {
        // A configuration for score names an input; a reference on the command line is then what is meant.
        if (reference == null && !input.given()) {
            throw new JobException(
                    ExitCode.USAGE,
                    "--reference or --input: name a file of reference vectors, or a table to compare engines on");
        }
        Storage storage = Storage.configured();
        WantedOutputs wanted = new WantedOutputs(outputs);
        Network whole = reference == null
                ? wanted.read(model, sequences.named(), storage, new ReadFiles())
                : wanted.readForVectors(model, storage, new ReadFiles());
        sequences.readVocabularies(whole, model.sidecarFolder(), storage, new ReadFiles());
        Network network = wanted.of(whole, model, sequences.initialStates());
        Set<Output> ofLayers = wanted.ofLayers(network);
        if (network.graph() == null && ofLayers.isEmpty()) {
            throw new JobException(ExitCode.USAGE, "--outputs: lengths are not computed; name what is to be compared");
        }
        Precision precision = engine.precision(network.naturalPrecision());
        KernelChoice kernel = engine.kernel(network.naturalPrecision());
        double allowed = tolerance == null ? VerifyReport.defaultTolerance(precision) : tolerance;
        PrintWriter out = out();
        out.println("Network: " + network.described() + "; computed in " + precision);
        if (network.head() != null && network.graph() == null) {
            out.println("Head:    " + network.head().prefix() + ": "
                    + network.head().head());
        }
        network.notes().forEach(note -> out.println("Note:    " + note));
        VerifyReport report = new VerifyReport(out, allowed);
        if (reference != null) {
            if (network.graph() != null) {
                sequences.check(network);
            }
            Vectors.read(storage, reference, new Vectors.Asked(whole, network, ofLayers, sequences.named()))
                    .replay(precision, kernel, report);
        } else {
            if (rows < 1) {
                throw new JobException(ExitCode.USAGE, "--rows " + rows + ": expected 1 or more");
            }
            if (precision == Precision.FLOAT64 || kernel == KernelChoice.REFERENCE) {
                throw new JobException(
                        ExitCode.USAGE,
                        "--input compares a kernel with the reference engine, and this run would use the reference"
                                + " engine itself (float64 or --kernel reference); give --reference, or --precision"
                                + " float32");
            }
            input.check();
            sequences.check(network);
            String features = sequences.scales().appliedBy(network);
            if (features != null) {
                out.println(features);
            }
            String forgotten = sequences.scales().forgotten(network);
            if (forgotten != null) {
                out.println("Note:    " + forgotten);
            }
            new TableComparison(
                            new InputTable(input, storage, new ReadFiles()), sequences, rows, network, ofLayers, kernel)
                    .run(report);
        }
        if (!report.passed()) {
            throw new JobException(
                    ExitCode.VERIFICATION_FAILED,
                    String.format(
                            Locale.ROOT,
                            "verification failed: an error above the tolerance %.1e, or NaN or infinity in another"
                                    + " place; %s",
                            allowed,
                            advice(network)));
        }
        out.println("Verified: every error is within the tolerance.");
        return ExitCode.DONE.number();
    }
}
