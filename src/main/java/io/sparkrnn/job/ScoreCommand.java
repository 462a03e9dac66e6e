package io.sparkrnn.job;

import io.sparkrnn.engine.KernelChoice;
import io.sparkrnn.format.Network;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.parquet.FloatEncoding;
import io.sparkrnn.parquet.ScanReport;
import io.sparkrnn.parquet.SequenceParquetFormat;
import io.sparkrnn.spark.InputException;
import io.sparkrnn.spark.Output;
import io.sparkrnn.spark.ScoreMetrics;
import io.sparkrnn.spark.SequenceScorer;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.spark.SparkThrowable;
import org.apache.spark.sql.AnalysisException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
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
                + " out for each row in.")
final class ScoreCommand extends JobCommand {
    /** Formats that are files in a folder and nothing more. */
    private static final Set<String> REPLACED_FILE_BY_FILE =
            Set.of("parquet", SequenceParquetFormat.NAME, "orc", "json", "avro", "xml");

    /**
     * Formats whose overwriting deletes no file: a table can be read while it is replaced. What is not one of theirs must
     * not be in their folder all the same, for they clear it up one day.
     */
    private static final Set<String> KEEPING_WHAT_THEY_REPLACE = Set.of("delta", "iceberg", "hudi");

    @Mixin
    private ModelArguments model = new ModelArguments();

    @Mixin
    private InputArguments input = new InputArguments();

    @Option(
            names = "--keep",
            paramLabel = "COLUMN,...",
            hideParamSyntax = true,
            split = ",",
            description = "The columns that pass through. Default: all but the features.")
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

    @Option(names = "--output", paramLabel = "PATH", description = "Where the scored table goes: a folder.")
    @Nullable
    String output;

    @Option(
            names = "--output-format",
            paramLabel = "NAME",
            defaultValue = "parquet",
            description = "parquet, or any other Spark format that takes nested arrays: json, orc, avro, delta, ..."
                    + " Default: parquet.")
    String outputFormat = "parquet";

    @Option(
            names = "--output-option",
            paramLabel = "KEY=VALUE",
            hideParamSyntax = true,
            split = ",",
            description = "An option of the Spark format, such as compression=zstd; can be given several times.")
    @Nullable
    Map<String, String> outputOptions;

    @Option(
            names = "--float-encoding",
            paramLabel = "plain|byte_stream_split",
            description = "How Parquet pages of states are laid out: byte_stream_split with --output-option"
                    + " compression=zstd makes the smallest files, which not every reader reads. Default: plain.")
    @Nullable
    FloatEncoding floatEncoding;

    @Option(
            names = "--mode",
            paramLabel = "errorifexists|overwrite|append|ignore",
            defaultValue = "errorifexists",
            description = "What to do when the output exists. Default: errorifexists.")
    ModeName mode = ModeName.ERRORIFEXISTS;

    @Option(
            names = "--partition-by",
            paramLabel = "COLUMN,...",
            hideParamSyntax = true,
            split = ",",
            description = "Kept columns by whose values the output is laid out in folders.")
    @Nullable
    List<String> partitionBy;

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

    /** As Spark spells them. */
    enum ModeName {
        ERRORIFEXISTS,
        OVERWRITE,
        APPEND,
        IGNORE;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    @Override
    public Integer call() {
        input.check();
        if (output == null) {
            throw new JobException(ExitCode.USAGE, "--output: name the folder the scored table goes to");
        }
        if (batchSteps != null && batchSteps < 1) {
            throw new JobException(ExitCode.USAGE, "--batch-steps " + batchSteps + ": expected 1 or more");
        }
        if (floatEncoding != null && !input.io.source(outputFormat).equals(SequenceParquetFormat.NAME)) {
            throw new JobException(
                    ExitCode.USAGE,
                    "--float-encoding: only what writes Parquet directly knows of it; do without it, or use --io direct and"
                            + " --output-format parquet");
        }
        WriteOptions options = new WriteOptions(outputOptions);
        options.check();
        if (mode == ModeName.OVERWRITE && writesFiles()) {
            options.checkPartitions(partitionBy != null);
        }
        PrintWriter out = out();
        Storage storage = Storage.configured();
        ReadFiles read = new ReadFiles();
        if (config != null) {
            read.add("the " + CONFIG + " file", config);
        }
        Network network = model.read(storage, read);
        RnnModel rnn = network.model();
        input.check(network);
        checkOutputs(network);
        KernelChoice kernel = engine.kernel(rnn);
        Precision precision = engine.precision(rnn);
        String address = storage.qualified(output);
        if (writesFiles() && storage.putBack(address)) {
            out.println("Note:    a run was killed while it put its result in the place of " + address
                    + "; what was there before is put back");
        }
        boolean exists = storage.exists(output);
        if (exists && mode == ModeName.ERRORIFEXISTS) {
            throw new JobException(
                    ExitCode.OUTPUT_EXISTS,
                    "--output: " + address + " exists; nothing was written. Name another folder, or say what to do with"
                            + " --mode overwrite, append or ignore");
        }
        if (exists && mode == ModeName.IGNORE) {
            out.println(address + " exists; nothing was written (--mode ignore)");
            return ExitCode.DONE.number();
        }
        if (exists && mode == ModeName.OVERWRITE) {
            read.checkNotIn(address, storage);
        }
        if (exists && storage.isFile(output)) {
            throw new JobException(
                    ExitCode.USAGE,
                    "--output: " + address + " is a file, and a scored table is a folder; nothing was written. Name"
                            + " another");
        }
        if (writesFiles()) {
            // partitions may be replaced within the output; what is put beside it says itself what it may not do
            storage.checkWritable(
                    address,
                    exists && (mode == ModeName.APPEND || (mode == ModeName.OVERWRITE && partitionBy != null)));
        }

        try (JobSession job = JobSession.open("spark-rnn score");
                ScanReport scan = ScanReport.start(job.session().sparkContext())) {
            SparkSession session = job.session();
            Dataset<Row> table = input.read(session, scan);
            if (exists && mode == ModeName.OVERWRITE && !KEEPING_WHAT_THEY_REPLACE.contains(lower(outputFormat))) {
                checkNotItsOwnInput(table, storage, address);
            }
            SequenceScorer.Builder builder =
                    input.scorer(network, table).precision(precision).kernel(kernel);
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
            SequenceScorer scorer = builder.build();
            ScoreMetrics metrics = new ScoreMetrics(session.sparkContext());
            Dataset<Row> scored = scorer.transform(table, metrics);
            checkPartitionColumns(List.of(scored.columns()));
            boolean replaces = mode == ModeName.OVERWRITE && writesFiles();
            boolean dynamic = replaces && partitionBy != null && options.dynamicPartitions(session);
            Partitions former = exists && replaces && !dynamic
                    ? Partitions.in(storage, address, partitionBy == null ? 1 : partitionBy.size())
                    : Partitions.NONE;
            boolean adds = exists && writesFiles() && (mode == ModeName.APPEND || dynamic) && show > 0;
            NewFiles newFiles = adds ? NewFiles.since(storage, address, NewFiles.MOST) : null;
            long start = System.nanoTime();
            try {
                if (exists && replaces && !dynamic && storage.renames(address)) {
                    writeBeside(scored, options, storage, address);
                } else {
                    // what was not there when it was asked may be now, and is not guarded
                    ModeName how = !exists && replaces && !dynamic ? ModeName.ERRORIFEXISTS : mode;
                    write(scored, options, storage, address, how);
                }
            } catch (Exception e) { // Spark's are checked ones, unseen by the compiler; all are thrown on
                Failure failure = Failure.of(e);
                if (failure.message().contains("its features are null")) {
                    throw new InputException(failure.message() + input.fileWithoutFeatures(table, network), e);
                }
                throw e;
            }
            if (dynamic && options.marksSuccess(session)) {
                // Spark leaves its own in a folder that it takes away
                storage.markSuccess(address);
            }
            double seconds = (System.nanoTime() - start) / 1e9;
            String readBy =
                    floatEncoding == FloatEncoding.BYTE_STREAM_SPLIT ? SequenceParquetFormat.NAME : outputFormat;
            List<String> notes = new ArrayList<>(network.notes());
            String forgotten = input.forgottenStandardization(network);
            if (forgotten != null) {
                notes.add(forgotten);
            }
            String flat = input.flatFeatures(table, network);
            if (flat != null) {
                notes.add(flat);
            }
            List<String> added = null;
            boolean nothing = false;
            try {
                String gone = former.gone(storage, address);
                if (gone != null) {
                    notes.add("--mode overwrite replaced the whole output: " + gone
                            + "; to replace only partitions that get rows, give --output-option"
                            + " partitionOverwriteMode=dynamic");
                }
                if (newFiles != null) {
                    added = newFiles.found();
                    if (added == null) {
                        added = List.of();
                        notes.add(newFiles.tooMany());
                    }
                }
                nothing = metrics.sequences() == 0 && writesFiles() && !storage.hasData(address);
            } catch (JobException e) {
                // the job is done: a run that is told it failed may be run again, and append its rows twice
                notes.add(String.valueOf(e.getMessage()));
            }
            if (nothing) {
                notes.add("the input had no rows, and Spark writes no file for none into an output that is laid out in"
                        + " folders: nothing there tells a schema, and reading it fails until there are rows");
            }
            new ScoreSummary(out, network, input.standardizedBy(network), notes, precision, kernel, metrics, seconds)
                    .print(session, address, readBy, scored.schema(), show, added, nothing);
            scan.reasons()
                    .forEach((reason, parts) -> out.println("Input:   " + parts + " part" + (parts == 1 ? "" : "s")
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

    /** Spark deletes what is to be overwritten before it reads a row. */
    private void checkNotItsOwnInput(Dataset<Row> table, Storage storage, String address) {
        String held = storage.firstHeld(address, table.inputFiles());
        if (held != null) {
            throw ReadFiles.held(address, "the input", held);
        }
        // not every source tells its files: Iceberg's does not
        ReadFiles roots = new ReadFiles();
        for (String root : input.roots()) {
            // of a glob without a folder before it, where it is looked for
            roots.add("the input", root.isEmpty() ? "." : root);
        }
        roots.checkNotIn(address, storage);
    }

    private static String lower(String name) {
        return name.toLowerCase(Locale.ROOT);
    }

    /** Whether the output is files in folders, and overwriting deletes them. */
    private boolean writesFiles() {
        return REPLACED_FILE_BY_FILE.contains(lower(outputFormat));
    }

    private void checkPartitionColumns(List<String> columns) {
        for (String name : partitionBy == null ? List.<String>of() : partitionBy) {
            if (columns.stream().noneMatch(name::equalsIgnoreCase)) {
                throw new InputException("--partition-by: the output has no column '" + name + "'; it has: "
                        + String.join(", ", columns));
            }
        }
    }

    /**
     * Spark by itself deletes first, so that a bad row would cost the former output. Where only some partitions are
     * replaced, or where a rename is a copy of every byte, as on object stores, it is left to Spark.
     */
    private void writeBeside(Dataset<Row> scored, WriteOptions options, Storage storage, String path) {
        try (Staging staging = storage.stagingFor(path)) {
            write(scored, options, storage, staging.folder(), ModeName.APPEND);
            staging.replace();
        }
    }

    private void write(Dataset<Row> scored, WriteOptions options, Storage storage, String path, ModeName how) {
        boolean existed = storage.exists(path);
        try (RunningTasks tasks = RunningTasks.of(scored.sparkSession().sparkContext())) {
            write(scored, options, storage, path, how, existed, tasks);
        }
    }

    private void write(
            Dataset<Row> scored,
            WriteOptions options,
            Storage storage,
            String path,
            ModeName how,
            boolean existed,
            RunningTasks tasks) {
        try {
            var writer = scored.write()
                    .format(input.io.source(outputFormat))
                    .mode(how.toString())
                    .options(options.all());
            if (floatEncoding != null) {
                writer = writer.option(SequenceParquetFormat.FLOAT_ENCODING, floatEncoding.toString());
            }
            if (partitionBy != null) {
                writer = writer.partitionBy(partitionBy.toArray(String[]::new));
            }
            writer.save(path);
        } catch (Exception e) { // AnalysisException is a checked one, unseen by the compiler; all are thrown on
            String name = e instanceof SparkThrowable known ? SparkErrors.name(known) : null;
            if ("PATH_ALREADY_EXISTS".equals(name)) {
                throw new JobException(
                        ExitCode.OUTPUT_EXISTS,
                        "--output: " + path
                                + " exists now, and did not when this run began; nothing was written. See what"
                                + " else writes there, then run this again",
                        e);
            }
            tasks.awaitEnd();
            if (!existed) {
                storage.removeEmpty(path);
            }
            if (e instanceof AnalysisException || "DATA_SOURCE_NOT_FOUND".equals(name)) {
                throw new JobException(ExitCode.USAGE, "--output " + path + ": " + e.getMessage(), e);
            }
            String denied = Failure.denied(e, path);
            if (denied != null) {
                throw Storage.unwritable(path, denied, e);
            }
            throw e;
        }
    }
}
