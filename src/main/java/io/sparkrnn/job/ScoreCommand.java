package io.sparkrnn.job;

import io.sparkrnn.engine.KernelChoice;
import io.sparkrnn.format.network.Network;
import io.sparkrnn.job.input.CorruptFileArguments;
import io.sparkrnn.job.input.EventArguments;
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
import io.sparkrnn.job.options.WantedOutputs;
import io.sparkrnn.job.output.Destination;
import io.sparkrnn.job.output.OutputArguments;
import io.sparkrnn.job.output.Written;
import io.sparkrnn.job.report.ReportArguments;
import io.sparkrnn.job.report.RunReport;
import io.sparkrnn.job.run.Run;
import io.sparkrnn.job.run.RunArguments;
import io.sparkrnn.job.run.RunFile;
import io.sparkrnn.job.session.JobSession;
import io.sparkrnn.job.session.Progress;
import io.sparkrnn.job.state.CarriedStates;
import io.sparkrnn.job.state.StateArguments;
import io.sparkrnn.job.storage.ReadFiles;
import io.sparkrnn.job.storage.Storage;
import io.sparkrnn.job.verify.ProofArguments;
import io.sparkrnn.job.verify.Vectors;
import io.sparkrnn.model.Precision;
import io.sparkrnn.parquet.EmptyFiles;
import io.sparkrnn.parquet.FooterEstimate;
import io.sparkrnn.parquet.InputSources;
import io.sparkrnn.parquet.read.ScanReport;
import io.sparkrnn.spark.ProofSequence;
import io.sparkrnn.spark.ScorerBuilder;
import io.sparkrnn.spark.invalid.InputException;
import io.sparkrnn.spark.invalid.OnInvalid;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.SortedMap;
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

    @Mixin
    private EventArguments events = new EventArguments();

    @Option(
            names = "--keep",
            paramLabel = "COLUMN,...",
            hideParamSyntax = true,
            split = ",",
            description =
                    "The columns that pass through. Default: all but the features; of a struct with features in it,"
                            + " the rest. Of events as the last one of a sequence has them; default none.")
    @Nullable
    List<String> keep;

    @Option(
            names = "--outputs",
            paramLabel = "NAME,...",
            hideParamSyntax = true,
            split = ",",
            description = "The columns to add. Of recurrent layers: hidden_states [T][D*H], h_n and, of an LSTM, c_n"
                    + " [L*D][H], of a network with a head, score, and lengths; default hidden_states,h_n, and score if"
                    + " there is a head. Of a whole network: its outputs, the states of its recurrent"
                    + " layers, and lengths; default all its outputs.")
    @Nullable
    List<String> outputs;

    @Mixin
    private TopKArguments best = new TopKArguments();

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
    private StateArguments states = new StateArguments();

    @Mixin
    private ProofArguments proof = new ProofArguments();

    @Mixin
    private RunArguments runs = new RunArguments();

    @Mixin
    private ReportArguments reports = new ReportArguments();

    /**
     * What is known before there is a session.
     *
     * @param read what is read beside the table
     * @param proved sequences that executors run first
     */
    private record Asked(
            InputTable source,
            ReadFiles read,
            Network network,
            KernelChoice kernel,
            Precision precision,
            List<ProofSequence> proved,
            Destination output,
            @Nullable Destination quarantine,
            CarriedStates carried,
            Run run) {}

    @Override
    public Integer call() throws Exception {
        Asked asked = asked();
        // Whether the same was done is known when there is a table. Else what may not be written is refused before
        // there is
        // a session, which is long in starting.
        boolean later = runs.maySkip() || runs.resumes();
        if (!later && !prepare(asked)) {
            return ExitCode.DONE.number();
        }
        EarlyKernel.begin(asked.network, asked.precision, asked.kernel);
        try (JobSession job = JobSession.open("spark-rnn score");
                ScanReport scan = ScanReport.start(job.session().sparkContext());
                RunReport report = reports.begin(job.session().sparkContext(), asked.run.folder(), asked.run.id())) {
            if (later || asked.output.prepare(job, asked.read, out())) {
                score(asked, job, scan, report);
            }
        }
        return ExitCode.DONE.number();
    }

    private Asked asked() {
        input.check();
        corrupt.check(input);
        runs.check();
        proof.check();
        repartition.check();
        reports.check();
        sequences.ofEvents(events, repartition);
        checkEvents();
        if (batchSteps != null && batchSteps < 1) {
            throw new JobException(ExitCode.USAGE, "--batch-steps " + batchSteps + ": expected 1 or more");
        }
        Storage storage = Storage.configured();
        invalid.check(target);
        states.check(
                runs,
                sequences,
                List.of(
                        new StateArguments.Place("--output", target.folder()),
                        new StateArguments.Place("--quarantine", invalid.folder())));
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
        WantedOutputs wanted = new WantedOutputs(outputs);
        Network whole = wanted.read(model, sequences.named(), storage, read);
        sequences.readVocabularies(whole, model.sidecarFolder(), storage, read);
        Network chosen = wanted.of(whole, model, sequences.initialStates(), states.carried());
        Network network = best.of(chosen, whole.graph());
        sequences.check(network);
        KernelChoice kernel = engine.kernel(network.naturalPrecision());
        Precision precision = engine.precision(network.naturalPrecision());
        CarriedStates carried = states.begin(network, precision, target, input.io(), read, runs.named());
        List<ProofSequence> proved = proof.prove(
                storage,
                new Vectors.Asked(
                        whole,
                        takeTheSame(chosen, network) ? chosen : network,
                        new WantedOutputs(null).ofLayers(network),
                        sequences.named()),
                precision,
                kernel,
                out());
        Run run = runs.begin(output.runFolder());
        return new Asked(source, read, network, kernel, precision, proved, output, quarantine, carried, run);
    }

    /** Refuses what does not go with tables of events, and is of several classes of options. */
    private void checkEvents() {
        if (events.giveEvents() && invalid.stay()) {
            throw new JobException(
                    ExitCode.USAGE,
                    "--on-invalid null: with --step-output a row is an event, and a sequence that cannot be scored has no row"
                            + " to stay in; give --on-invalid quarantine");
        }
        if (events.isAsked() && runs.resumes()) {
            throw new JobException(
                    ExitCode.USAGE,
                    "--resume: with --layout events the events of an id may lie in several partitions of the input, and each"
                            + " would be scored alone; do without it");
        }
    }

    /**
     * Whether a network and that which takes the best of its scores have the same inputs, as long as what was seen is left out by
     * one that is used: then rows for the one are rows for the other, and a framework's scores are held against all scores.
     */
    private static boolean takeTheSame(Network chosen, Network scored) {
        return chosen.graph() != null
                && scored.graph() != null
                && chosen.graph().inputs().equals(scored.graph().inputs());
    }

    private boolean prepare(Asked asked) {
        if (!asked.output.prepare(asked.read, out())) {
            return false;
        }
        if (asked.quarantine != null) {
            asked.quarantine.prepare(asked.read, out());
        }
        asked.carried.prepare(asked.read, out());
        return true;
    }

    private void score(Asked asked, JobSession job, ScanReport scan, RunReport report) throws Exception {
        Network network = asked.network;
        job.describe("score " + lastName(model.path()) + " over " + lastName(input.shortly()));
        Dataset<Row> table = asked.source.read(job.session(), scan);
        checkWhole(table);
        SortedMap<String, String> options = effective();
        sequences.vocabularies().identify(options);
        asked.run.reads(table, asked.read, options, asked.carried.read(job.session(), table, sequences));
        asked.run.leavesOut(asked.source.leftOut());
        if (runs.maySkip() && (isDone(asked) || !prepare(asked) || !asked.output.prepare(job, asked.read, out()))) {
            return;
        }
        asked.carried.checkFormer(asked.run);
        if (!runs.resumes()) {
            checkPlaces(asked, job, table);
        }
        UnreadColumns unread = new UnreadColumns(scan);
        unread.refuse("--keep", keep, table);
        sequences.refuse(unread, network, table);
        ScoreJob scoring = new ScoreJob(
                network,
                asked.precision,
                (of, rule, staging) -> {
                    ScorerBuilder builder = scorer(network, of, asked.precision, asked.kernel, rule)
                            .prove(asked.proved);
                    asked.carried.apply(builder, staging, new WantedOutputs(outputs).apart());
                    return builder.build();
                },
                asked.carried,
                invalid,
                repartition,
                of -> without(asked.source, of, network),
                show);
        Dataset<Row> begun = asked.carried.join(table);
        if (runs.resumes()) {
            scorePartitions(asked, job, table, scoring, report);
        } else if (runs.isDry()) {
            StructType schema = scoring.check(begun, asked.output, asked.quarantine);
            new DryRun(
                            network,
                            asked.precision,
                            asked.run.sources(),
                            features(network, table),
                            sequences.areOfEvents() ? DryRun.Rows.EVENTS : DryRun.Rows.SEQUENCES,
                            asked.output,
                            asked.quarantine,
                            schema)
                    .print(table, out());
            if (asked.carried.planned() != null) {
                out().println(asked.carried.planned());
            }
            tellVocabularies(network);
            noteLeftOut(asked);
        } else {
            Scored scored;
            try {
                scored = Progress.during(job, () -> expectedSteps(asked, table), () -> {
                    asked.carried.checkIds(table);
                    return scoring.run(
                            begun, asked.output, asked.quarantine, report, () -> asked.run.publishes(asked.output));
                });
            } catch (Exception e) { // whatever a job throws, checked too: it is noted in the run's file and thrown on
                asked.run.failed(asked.output, e);
                throw e;
            }
            tell(asked, table, scored, unread, scan, report);
        }
    }

    /** Whether the same was done; says so then. */
    private boolean isDone(Asked asked) {
        String done = asked.run.doneBefore(asked.output);
        if (done != null && !asked.carried.areThoseOf(asked.run.key())) {
            done = null;
        }
        if (done != null) {
            out().println("Nothing to do: " + asked.output.address() + " has what this run would write, of run " + done
                    + " (--if-done skip)");
        }
        return done != null;
    }

    /** Refuses places that may not be written, as far as that takes a table. */
    private void checkPlaces(Asked asked, JobSession job, Dataset<Row> table) {
        asked.run.checkNotDone(asked.output);
        asked.output.checkHoldsNot(table, input.roots());
        reports.checkNotIn(asked.output);
        if (asked.quarantine != null) {
            asked.quarantine.prepare(job, asked.read, out());
            asked.quarantine.checkHoldsNot(table, input.roots());
        }
        asked.carried.checkPlace(job, asked.read, table, input.roots(), out());
    }

    private void scorePartitions(Asked asked, JobSession job, Dataset<Row> table, ScoreJob scoring, RunReport report)
            throws Exception {
        noteLeftOut(asked);
        reports.checkNotIn(asked.output);
        PartitionRuns parts = new PartitionRuns(scoring, asked.run, target, invalid, input, asked.read, report, out());
        if (runs.isDry()) {
            parts.plan(asked.output);
            return;
        }
        PartitionRuns.Made made =
                Progress.during(job, () -> expectedSteps(asked, table), () -> parts.make(job, table, asked.output));
        if (made.count() > 0) {
            tellReport(
                    asked,
                    report,
                    new Written(made.seconds(), List.of(), asked.output.address(), made.format(), List.of(), null),
                    made.setAside(),
                    made.engines());
        }
    }

    private void noteLeftOut(Asked asked) {
        if (asked.source.told() != null) {
            out().println("Note:    " + asked.source.told());
        }
    }

    /** Tells of a run whose output is whole: on the terminal, in its file, and in its report. */
    private void tell(
            Asked asked, Dataset<Row> table, Scored scored, UnreadColumns unread, ScanReport scan, RunReport report) {
        Network network = asked.network;
        List<String> notes = notes(network, table, scored);
        notes.addAll(unread.notes());
        notes.addAll(asked.carried.notes());
        if (runs.maySkip() && asked.run.cannotTell() != null) {
            notes.add(asked.run.cannotTell());
        }
        if (asked.source.told() != null) {
            notes.add(asked.source.told());
        }
        new ScoreSummary(
                        out(),
                        network,
                        sequences.scales().appliedBy(network),
                        notes,
                        asked.precision,
                        asked.kernel,
                        scored.metrics())
                .print(scored.written(), scored.schema(), show);
        tellVocabularies(network);
        if (scored.spread() != null) {
            out().println("Input:   " + scored.spread());
        }
        scan.reasons()
                .forEach((reason, parts) -> out().println("Input:   " + parts + " part" + (parts == 1 ? "" : "s")
                        + " of its files read by Spark's own reader: " + reason));
        // before the run's own file, by which a later run knows that all is there
        asked.carried.done(asked.run).forEach(out()::println);
        String told = asked.run.done(new RunFile(
                network,
                asked.precision,
                scored.metrics(),
                asked.output,
                scored.written(),
                scored.schema(),
                scored.setAside(),
                scored.spread()));
        if (told != null) {
            out().println(told);
        }
        tellReport(
                asked,
                report,
                scored.written(),
                scored.setAside(),
                scored.metrics().engines());
    }

    private void tellReport(
            Asked asked, RunReport report, Written written, @Nullable Written setAside, Map<String, Integer> engines) {
        String page = report.write(new RunReport.Of(
                asked.run.id(),
                asked.run.started(),
                model.path(),
                asked.network,
                input.told(),
                written,
                asked.output.runFolder() == null ? null : asked.output.address(),
                setAside,
                new EngineSummary(engines, asked.kernel).names()));
        if (page != null) {
            out().println(page);
        }
    }

    private void tellVocabularies(Network network) {
        if (network.graph() != null) {
            sequences
                    .vocabularies()
                    .told(network.graph())
                    .forEach((input, told) -> out().println("Input:   " + input + " " + told));
        }
    }

    /** The first column with features. */
    private String features(Network network, Dataset<Row> table) {
        return sequences.features(network, table).get(0);
    }

    private static String lastName(String path) {
        String name = path.replaceFirst("[/\\s]+$", "");
        return Secrets.hiddenIn(name.substring(name.lastIndexOf('/') + 1));
    }

    /** How many time steps the input has, by its footers; empty where they do not tell. */
    private OptionalLong expectedSteps(Asked asked, Dataset<Row> table) {
        if (input.isQueried()) {
            return OptionalLong.empty();
        }
        List<InputSources.Source> sources = asked.run.sources();
        if (sources.size() != 1 || sources.get(0).files().isEmpty()) {
            return OptionalLong.empty();
        }
        try {
            FooterEstimate found = FooterEstimate.of(
                    sources.get(0).files(),
                    features(asked.network, table),
                    table.sparkSession().sparkContext().hadoopConfiguration());
            return found == null || found.values() == 0
                    ? OptionalLong.empty()
                    : OptionalLong.of(found.values() / sequences.firstWidth(asked.network));
        } catch (IOException e) {
            return OptionalLong.empty();
        }
    }

    private static void checkWhole(Dataset<Row> table) {
        String empty = EmptyFiles.first(table);
        if (empty != null) {
            throw new InputException(
                    empty + ": the file has no bytes, and even one without rows has some: it was cut off, or is"
                            + " still being written. Write or copy it again, or take it away; nothing was written");
        }
    }

    private ScorerBuilder scorer(
            Network network, Dataset<Row> table, Precision precision, KernelChoice kernel, OnInvalid rule) {
        ScorerBuilder builder =
                sequences.scorer(network, table).precision(precision).kernel(kernel);
        invalid.apply(builder, rule);
        new WantedOutputs(outputs).apply(network, builder);
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
        return source.fileWithout(sequences.features(network, table), table);
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
        if (best.excludeSeen() && sequences.limitsSteps()) {
            notes.add("--exclude-seen left out what is in the steps that were scored, and nothing of those that"
                    + " --limit-sequence cut off");
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
