package io.sparkrnn.job;

import io.sparkrnn.engine.KernelChoice;
import io.sparkrnn.format.Network;
import io.sparkrnn.job.input.CorruptFileArguments;
import io.sparkrnn.job.input.InputArguments;
import io.sparkrnn.job.input.InputTable;
import io.sparkrnn.job.input.RepartitionArguments;
import io.sparkrnn.job.input.SequenceArguments;
import io.sparkrnn.job.input.UnreadColumns;
import io.sparkrnn.job.invalid.InvalidArguments;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.job.message.Secrets;
import io.sparkrnn.job.options.EngineArguments;
import io.sparkrnn.job.options.JobCommand;
import io.sparkrnn.job.options.ModelArguments;
import io.sparkrnn.job.output.Destination;
import io.sparkrnn.job.output.OutputArguments;
import io.sparkrnn.job.report.ReportArguments;
import io.sparkrnn.job.report.RunReport;
import io.sparkrnn.job.run.Run;
import io.sparkrnn.job.run.RunArguments;
import io.sparkrnn.job.run.RunFile;
import io.sparkrnn.job.session.JobSession;
import io.sparkrnn.job.session.Progress;
import io.sparkrnn.job.storage.ReadFiles;
import io.sparkrnn.job.storage.Storage;
import io.sparkrnn.job.verify.ProofArguments;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.parquet.EmptyFiles;
import io.sparkrnn.parquet.FooterEstimate;
import io.sparkrnn.parquet.InputSources;
import io.sparkrnn.parquet.ScanReport;
import io.sparkrnn.spark.InputException;
import io.sparkrnn.spark.OnInvalid;
import io.sparkrnn.spark.Output;
import io.sparkrnn.spark.ProofSequence;
import io.sparkrnn.spark.SequenceScorer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.OptionalLong;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Runs a network over a table and writes its states. */
@Command(
        name = "score",
        sortOptions = false,
        customSynopsis = "spark-rnn score [OPTIONS]",
        description =
                "Runs a network over a table of sequences and writes its hidden states, h_n and scores, one row"
                        + " out for each row in, unless --min-steps leaves some out or --on-invalid quarantine sets them aside.")
final class ScoreCommand extends JobCommand {
    @Mixin
    private ModelArguments model = new ModelArguments();

    @Mixin
    private InputArguments input = new InputArguments();

    @Mixin
    private CorruptFileArguments corrupt = new CorruptFileArguments();

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

    @Mixin
    private RepartitionArguments repartition = new RepartitionArguments();

    @Mixin
    private InvalidArguments invalid = new InvalidArguments();

    @Option(
            names = "--batch-steps",
            paramLabel = "N",
            description =
                    "The most time steps in a batch; a longer sequence is a batch of its own, or goes in pieces of so many"
                            + " steps. No result depends on it, memory does. Default: by the network's size, 1,024 to 65,536.")
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

    @Mixin
    private ProofArguments proof = new ProofArguments();

    @Mixin
    private RunArguments runs = new RunArguments();

    @Mixin
    private ReportArguments reports = new ReportArguments();

    @Override
    public Integer call() throws Exception {
        input.check();
        corrupt.check(input);
        runs.check();
        proof.check();
        repartition.check();
        reports.check(runs.resumes() ? ReportArguments.Of.MANY_PARTITIONS : ReportArguments.Of.ONE_PASS);
        if (batchSteps != null && batchSteps < 1) {
            throw new JobException(ExitCode.USAGE, "--batch-steps " + batchSteps + ": expected 1 or more");
        }
        Storage storage = Storage.configured();
        invalid.check(target);
        if (runs.resumes()) {
            target.checkResumes();
        }
        if (runs.isDry()) {
            target.writeNothing();
        }
        Destination output = target.destination(input.io());
        Destination quarantine = invalid.destination(target, input.io());
        ReadFiles read = new ReadFiles();
        if (config != null) {
            read.add("the " + CONFIG + " file", config);
        }
        InputTable source = new InputTable(input, corrupt, storage, read);
        Network network = model.read(storage, read);
        sequences.check(network);
        checkOutputs(network);
        KernelChoice kernel = engine.kernel(network.model());
        Precision precision = engine.precision(network.model());
        List<ProofSequence> proved = proof.prove(storage, network, precision, kernel, out());
        Run run = runs.begin(output.runFolder());
        // Whether the same was done is known when there is a table. Else what may not be written is refused before
        // there
        // is a session, which is long in starting.
        boolean later = runs.maySkip() || runs.resumes();
        if (!later && !prepare(output, quarantine, read)) {
            return ExitCode.DONE.number();
        }
        try (JobSession job = JobSession.open("spark-rnn score");
                ScanReport scan = ScanReport.start(job.session().sparkContext());
                RunReport report = reports.begin(job.session().sparkContext(), run.folder(), run.id())) {
            if (!later && !output.prepare(job, read, out())) {
                return ExitCode.DONE.number();
            }
            job.describe("score " + lastName(model.path()) + " over " + lastName(input.shortly()));
            Dataset<Row> table = source.read(job.session(), scan);
            checkWhole(table);
            run.reads(table, read, effective());
            run.leavesOut(source.leftOut());
            if (runs.maySkip()) {
                String done = run.doneBefore(output);
                if (done != null) {
                    out().println("Nothing to do: " + output.address() + " has what this run would write, of run "
                            + done + " (--if-done skip)");
                    return ExitCode.DONE.number();
                }
                if (!prepare(output, quarantine, read) || !output.prepare(job, read, out())) {
                    return ExitCode.DONE.number();
                }
            }
            if (!runs.resumes()) {
                run.checkNotDone(output);
                output.checkHoldsNot(table, input.roots());
                reports.checkNotIn(output);
                if (quarantine != null) {
                    quarantine.prepare(job, read, out());
                    quarantine.checkHoldsNot(table, input.roots());
                }
            }
            UnreadColumns unread = new UnreadColumns(scan);
            unread.refuse("--keep", keep, table);
            sequences.refuse(unread, network, table);
            ScoreJob scoring = new ScoreJob(
                    network,
                    precision,
                    (of, rule) -> scorer(network, of, precision, kernel, rule)
                            .prove(proved)
                            .build(),
                    invalid,
                    repartition,
                    of -> without(source, of, network),
                    show);
            String features = sequences.features(network.sidecar(), table).get(0);
            if (runs.resumes()) {
                if (source.told() != null) {
                    out().println("Note:    " + source.told());
                }
                PartitionRuns parts = new PartitionRuns(scoring, run, target, invalid, input, read, out());
                if (runs.isDry()) {
                    parts.plan(output);
                } else {
                    Progress.during(job, () -> expectedSteps(table, features, network), () -> {
                        parts.make(job, table, output);
                        return ExitCode.DONE;
                    });
                }
                return ExitCode.DONE.number();
            }
            if (runs.isDry()) {
                StructType schema = scoring.check(table, output, quarantine);
                new DryRun(network, precision, InputSources.of(table), features, output, quarantine, schema)
                        .print(table, out());
                if (source.told() != null) {
                    out().println("Note:    " + source.told());
                }
                return ExitCode.DONE.number();
            }
            Scored scored;
            try {
                scored = Progress.during(
                        job,
                        () -> expectedSteps(table, features, network),
                        () -> scoring.run(table, output, quarantine, report));
            } catch (Exception e) { // of any kind: all are thrown on
                run.failed(output, e);
                throw e;
            }
            List<String> notes = notes(network, table, scored);
            notes.addAll(unread.notes());
            if (runs.maySkip() && run.cannotTell() != null) {
                notes.add(run.cannotTell());
            }
            if (source.told() != null) {
                notes.add(source.told());
            }
            new ScoreSummary(
                            out(),
                            network,
                            sequences.scales().appliedBy(network),
                            notes,
                            precision,
                            kernel,
                            scored.metrics())
                    .print(scored.written(), scored.schema(), show);
            if (scored.spread() != null) {
                out().println("Input:   " + scored.spread());
            }
            scan.reasons()
                    .forEach((reason, parts) -> out().println("Input:   " + parts + " part" + (parts == 1 ? "" : "s")
                            + " of its files read by Spark's own reader: " + reason));
            String told = run.done(new RunFile(
                    network,
                    precision,
                    scored.metrics(),
                    output,
                    scored.written(),
                    scored.schema(),
                    scored.setAside()));
            if (told != null) {
                out().println(told);
            }
            String page = report.write(new RunReport.Of(
                    run.id(),
                    run.started(),
                    model.path(),
                    network,
                    input.told(),
                    scored.written(),
                    output.runFolder() == null ? null : output.address(),
                    scored.setAside(),
                    new EngineSummary(scored.metrics().engines(), kernel).names(),
                    scored.metrics()));
            if (page != null) {
                out().println(page);
            }
        }
        return ExitCode.DONE.number();
    }

    private static String lastName(String path) {
        String name = path.replaceFirst("[/\\s]+$", "");
        return Secrets.hiddenIn(name.substring(name.lastIndexOf('/') + 1));
    }

    /** How many time steps the input has, by its footers; empty where they do not tell. */
    private OptionalLong expectedSteps(Dataset<Row> table, String features, Network network) {
        if (input.isQueried()) {
            return OptionalLong.empty();
        }
        List<InputSources.Source> sources = InputSources.of(table);
        if (sources.size() != 1 || sources.get(0).files().isEmpty()) {
            return OptionalLong.empty();
        }
        try {
            FooterEstimate found = FooterEstimate.of(
                    sources.get(0).files(),
                    features,
                    table.sparkSession().sparkContext().hadoopConfiguration());
            return found == null || found.values() == 0
                    ? OptionalLong.empty()
                    : OptionalLong.of(found.values() / network.model().inputSize());
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    private boolean prepare(Destination output, @Nullable Destination quarantine, ReadFiles read) {
        if (!output.prepare(read, out())) {
            return false;
        }
        if (quarantine != null) {
            quarantine.prepare(read, out());
        }
        return true;
    }

    private static void checkWhole(Dataset<Row> table) {
        String empty = EmptyFiles.first(table);
        if (empty != null) {
            throw new InputException(
                    empty + ": the file has no bytes, and even one without rows has some: it was cut off, or is"
                            + " still being written. Write or copy it again, or take it away; nothing was written");
        }
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

    private SequenceScorer.Builder scorer(
            Network network, Dataset<Row> table, Precision precision, KernelChoice kernel, OnInvalid rule) {
        SequenceScorer.Builder builder =
                sequences.scorer(network, table).precision(precision).kernel(kernel);
        invalid.apply(builder, rule);
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
        return builder;
    }

    private String without(InputTable source, Dataset<Row> table, Network network) {
        return source.fileWithout(sequences.features(network.sidecar(), table), table);
    }

    /** What the user should know of how the network and the table were taken, a sentence each. */
    private List<String> notes(Network network, Dataset<Row> table, Scored scored) {
        List<String> notes = new ArrayList<>(network.notes());
        String forgotten = sequences.scales().forgotten(network);
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
        String leftOut = sequences.leftOut(scored.metrics());
        if (leftOut != null) {
            notes.add(leftOut);
        }
        String invalid = scored.invalid();
        if (invalid != null) {
            notes.add(invalid);
        }
        return notes;
    }
}
