package io.sparkrnn.job;

import io.sparkrnn.engine.KernelChoice;
import io.sparkrnn.format.Network;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.parquet.ScanReport;
import io.sparkrnn.spark.InputException;
import io.sparkrnn.spark.Output;
import io.sparkrnn.spark.ScoreMetrics;
import io.sparkrnn.spark.SequenceScorer;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.function.Supplier;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Runs a network over a table and writes its states. */
@Command(
        name = "score",
        sortOptions = false,
        customSynopsis = "spark-rnn score [OPTIONS]",
        description = "Runs a network over a table of sequences and writes its hidden states, h_n and scores, one row"
                + " out for each row in, unless --min-steps leaves some out.")
final class ScoreCommand extends JobCommand {
    @Mixin
    private ModelArguments model = new ModelArguments();

    @Mixin
    private InputArguments input = new InputArguments();

    @Mixin
    private SequenceArguments sequences = new SequenceArguments();

    @Option(
            names = "--keep",
            paramLabel = "COLUMN,...",
            hideParamSyntax = true,
            split = ",",
            description =
                    "The columns that pass through. Default: all but the features; of a struct with features in it,"
                            + " the rest.")
    @Nullable
    List<String> keep;

    @Option(
            names = "--outputs",
            paramLabel = "NAME,...",
            hideParamSyntax = true,
            split = ",",
            description = "The columns to add: hidden_states [T][D*H], h_n and, of an LSTM, c_n [L*D][H], of a network"
                    + " with a head, score, and lengths. Default: hidden_states,h_n, and score if there is a head.")
    @Nullable
    List<Output> outputs;

    @Mixin
    private OutputArguments target = new OutputArguments();

    @Option(
            names = "--batch-steps",
            paramLabel = "N",
            description =
                    "The most time steps in a batch; a longer sequence is a batch of its own. No result depends on"
                            + " it, memory does. Default: by the network's size, 1,024 to 65,536.")
    @Nullable
    Integer batchSteps;

    @Option(
            names = "--show",
            paramLabel = "N",
            defaultValue = "3",
            description = "The number of result rows to show at the end. Default: 3.")
    int show = 3;

    @Mixin
    private EngineArguments engine = new EngineArguments();

    @Override
    public Integer call() throws Exception {
        input.check();
        if (batchSteps != null && batchSteps < 1) {
            throw new JobException(ExitCode.USAGE, "--batch-steps " + batchSteps + ": expected 1 or more");
        }
        Storage storage = Storage.configured();
        Destination output = target.destination(input.io);
        ReadFiles read = new ReadFiles();
        if (config != null) {
            read.add("the " + CONFIG + " file", config);
        }
        InputTable source = new InputTable(input, storage, read);
        Network network = model.read(storage, read);
        sequences.check(network);
        checkOutputs(network);
        KernelChoice kernel = engine.kernel(network.model());
        Precision precision = engine.precision(network.model());
        if (!output.prepare(read, out())) {
            return ExitCode.DONE.number();
        }
        try (JobSession job = JobSession.open("spark-rnn score");
                ScanReport scan = ScanReport.start(job.session().sparkContext())) {
            if (!output.prepare(job, read, out())) {
                return ExitCode.DONE.number();
            }
            Dataset<Row> table = source.read(job.session(), scan);
            output.checkHoldsNot(table, input.roots());
            UnreadColumns unread = new UnreadColumns(scan);
            unread.refuse("--keep", keep, table);
            sequences.refuse(unread, network, table);
            ScoreMetrics metrics = new ScoreMetrics(job.session().sparkContext());
            Dataset<Row> scored = scorer(network, table, precision, kernel).transform(table, metrics);
            output.check(scored.schema());
            Written written = write(scored, output, metrics, () -> without(source, table, network));
            List<String> notes = notes(network, table, metrics);
            notes.addAll(unread.notes());
            new ScoreSummary(out(), network, sequences.scales.appliedBy(network), notes, precision, kernel, metrics)
                    .print(written, scored.schema(), show);
            scan.reasons()
                    .forEach((reason, parts) -> out().println("Input:   " + parts + " part" + (parts == 1 ? "" : "s")
                            + " of its files read by Spark's own reader: " + reason));
        }
        return ExitCode.DONE.number();
    }

    private void checkOutputs(Network network) {
        if (outputs == null) {
            return;
        }
        RnnModel rnn = network.model();
        if (outputs.contains(Output.C_N) && !rnn.hasCellState()) {
            throw new JobException(ExitCode.USAGE, "--outputs c_n: a network of " + rnn.cell() + " has no cell state");
        }
        if (outputs.contains(Output.SCORE) && network.head() == null) {
            throw new JobException(
                    ExitCode.USAGE,
                    "--outputs score: there is no head to score with; name it with --head (inspect shows what looks like"
                            + " one)");
        }
    }

    private SequenceScorer scorer(Network network, Dataset<Row> table, Precision precision, KernelChoice kernel) {
        SequenceScorer.Builder builder =
                sequences.scorer(network, table).precision(precision).kernel(kernel);
        if (outputs != null) {
            builder.outputs(EnumSet.copyOf(outputs));
        }
        if (keep != null) {
            // --keep= and keep = [] keep nothing
            builder.keep(keep.stream().filter(name -> !name.isEmpty()).toArray(String[]::new));
        }
        if (batchSteps != null) {
            builder.batchSteps(batchSteps);
        }
        return builder.build();
    }

    private Written write(
            Dataset<Row> scored, Destination output, ScoreMetrics metrics, Supplier<String> withoutFeatures)
            throws Exception {
        try {
            return output.write(scored, show, () -> metrics.sequences() == 0);
        } catch (Exception e) { // of any kind, for what is asked is the message; all are thrown on
            Failure failure = Failure.of(e);
            if (failure.message().contains("its features are null")) {
                throw new InputException(failure.message() + withoutFeatures.get(), e);
            }
            throw e;
        }
    }

    private String without(InputTable source, Dataset<Row> table, Network network) {
        return source.fileWithout(sequences.features(network.sidecar(), table), table);
    }

    /** What the user should know of how the network and the table were taken, a sentence each. */
    private List<String> notes(Network network, Dataset<Row> table, ScoreMetrics metrics) {
        List<String> notes = new ArrayList<>(network.notes());
        String forgotten = sequences.scales.forgotten(network);
        if (forgotten != null) {
            notes.add(forgotten);
        }
        String flat = sequences.flatFeatures(table, network);
        if (flat != null) {
            notes.add(flat);
        }
        String order = sequences.orderOfFields(table, network);
        if (order != null) {
            notes.add(order);
        }
        String leftOut = sequences.leftOut(metrics);
        if (leftOut != null) {
            notes.add(leftOut);
        }
        return notes;
    }
}
