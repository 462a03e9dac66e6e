package io.sparkrnn.job;

import io.sparkrnn.format.Network;
import io.sparkrnn.format.Sidecar;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.parquet.ScanReport;
import io.sparkrnn.parquet.SequenceParquetFormat;
import io.sparkrnn.spark.InputException;
import io.sparkrnn.spark.SequenceScorer;
import io.sparkrnn.spark.Standardization;
import java.io.IOException;
import java.net.URI;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkException;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which table, and which of its columns are what: the options of score and verify. */
final class InputArguments {
    static final String DEFAULT_ID = "id";
    static final String DEFAULT_FEATURES = "features";

    /** Formats that are read from files at the paths that are given, and nothing else. */
    private static final Set<String> FILES =
            Set.of("parquet", SequenceParquetFormat.NAME, "orc", "json", "avro", "csv", "text", "xml");

    private static final Pattern GLOB = Pattern.compile("[{}\\[\\]*?\\\\]");

    /** Files that are looked into to explain a failure. */
    private static final int MOST_OPENED = 100;

    @Option(
            names = "--input",
            paramLabel = "PATH,...",
            hideParamSyntax = true,
            split = ",",
            description = "The sequences, one a row: files, folders or globs, separated by commas, on any file system"
                    + " Hadoop knows.")
    @Nullable
    List<String> input;

    @Option(
            names = "--input-format",
            paramLabel = "NAME",
            defaultValue = "parquet",
            description = "parquet, or any other Spark source: json, orc, avro, delta, ... Default: parquet.")
    String inputFormat = "parquet";

    @Option(
            names = "--input-option",
            paramLabel = "KEY=VALUE",
            hideParamSyntax = true,
            split = ",",
            description = "An option of the Spark source, such as multiLine=true; can be given several times.")
    @Nullable
    Map<String, String> inputOptions;

    @Option(
            names = "--input-table",
            paramLabel = "NAME",
            description = "A table of Spark's catalog in place of --input.")
    @Nullable
    String inputTable;

    @Option(
            names = "--io",
            paramLabel = "direct|spark",
            defaultValue = "direct",
            description =
                    "How Parquet files are read and written: direct lays out the pages of float lists itself, spark"
                            + " uses Spark's own reader and writer throughout. The files are the same kind. Default: direct.")
    IoName io = IoName.DIRECT;

    @Option(
            names = "--features",
            paramLabel = "COLUMN,...",
            hideParamSyntax = true,
            split = ",",
            description = "The features: a column array<array<number>> [T][input_size], or flat array<number> of"
                    + " T*input_size values; or one column array<number> [T] for each feature. A number is float,"
                    + " double, decimal or an integer type. Default: features, or where the table has no such column, those the"
                    + " model's sidecar names.")
    @Nullable
    List<String> features;

    @Option(
            names = "--standardize",
            negatable = true,
            fallbackValue = "true",
            description =
                    "Takes (x - mean) / std of each feature for x, with the mean and std of the model's sidecar or of"
                            + " the options below. --no-standardize says that the table's features are so already.")
    @Nullable
    Boolean standardize;

    @Option(
            names = "--feature-mean",
            paramLabel = "X,...",
            hideParamSyntax = true,
            split = ",",
            description = "With --standardize: the mean of each feature.")
    @Nullable
    List<Double> featureMean;

    @Option(
            names = "--feature-std",
            paramLabel = "X,...",
            hideParamSyntax = true,
            split = ",",
            description = "With --standardize: the standard deviation of each feature, above 0.")
    @Nullable
    List<Double> featureStd;

    @Option(
            names = "--lengths",
            paramLabel = "COLUMN",
            description = "Where rows are padded: the integer column with the number of steps that count.")
    @Nullable
    String lengths;

    @Option(
            names = "--id",
            paramLabel = "COLUMN",
            description =
                    "The column that names a row in messages, of any type. Default: id if there is one, else a row"
                            + " is named by its file, partition and position.")
    @Nullable
    String id;

    @Option(
            names = "--initial-state",
            paramLabel = "COLUMN",
            description = "h_0 of each sequence: array<array<number>> [num_layers * num_directions][hidden_size, or"
                    + " proj_size]; null means zeros. Default: zeros.")
    @Nullable
    String initialState;

    @Option(
            names = "--initial-cell-state",
            paramLabel = "COLUMN",
            description = "c_0 of each sequence, for an LSTM: array<array<number>> [num_layers * num_directions]"
                    + "[hidden_size]; null means zeros. Default: zeros.")
    @Nullable
    String initialCellState;

    /** Who reads and writes Parquet files. */
    enum IoName {
        DIRECT,
        SPARK;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Spark's name of what reads or writes {@code format}. */
        String source(String format) {
            return this == DIRECT && format.equalsIgnoreCase("parquet") ? SequenceParquetFormat.NAME : format;
        }
    }

    /** What is read from, as far as paths say: of a glob the folder above what it may match. */
    List<String> roots() {
        return input == null
                ? List.of()
                : input.stream().map(InputArguments::aboveGlob).toList();
    }

    private static String aboveGlob(String path) {
        Matcher glob = GLOB.matcher(path);
        return glob.find() ? path.substring(0, path.lastIndexOf('/', glob.start()) + 1) : path;
    }

    boolean given() {
        return input != null || inputTable != null;
    }

    void check() {
        if (input == null && inputTable == null) {
            throw new JobException(ExitCode.USAGE, "--input or --input-table: name the sequences to score");
        }
        if (input != null && inputTable != null) {
            throw new JobException(ExitCode.USAGE, "--input and --input-table: give one of them, not both");
        }
    }

    /** Refuses what the network cannot take. */
    void check(Network network) {
        RnnModel model = network.model();
        checkOrder(network.sidecar());
        standardization(network);
        if (initialCellState != null && !model.hasCellState()) {
            throw new JobException(
                    ExitCode.USAGE, "--initial-cell-state: a network of " + model.cell() + " has no cell state");
        }
        if ((initialState != null && !model.hiddenStates().isUniform())
                || (initialCellState != null && !model.cellStates().isUniform())) {
            throw new JobException(
                    ExitCode.USAGE,
                    "--initial-state, --initial-cell-state: they cannot be given to a network whose layers have states"
                            + " of different widths (" + model + ")");
        }
    }

    /** Names that the sidecar has too must stand where it has them; columns of other names are the user's own. */
    private void checkOrder(Sidecar sidecar) {
        List<String> trained = lowerCase(sidecar.features());
        if (features == null || features.size() < 2 || trained.isEmpty()) {
            return;
        }
        List<String> given = lowerCase(features);
        for (int i = 0; i < given.size(); i++) {
            int place = trained.indexOf(given.get(i));
            if (place >= 0 && place != i) {
                throw new JobException(
                        ExitCode.USAGE,
                        "--features " + String.join(",", features) + ": by " + sidecar.file()
                                + " beside the model, it was" + " trained with " + String.join(",", sidecar.features())
                                + ", in this order");
            }
        }
    }

    private static List<String> lowerCase(List<String> names) {
        return names.stream().map(name -> name.toLowerCase(Locale.ROOT)).toList();
    }

    private boolean standardizes() {
        return Boolean.TRUE.equals(standardize);
    }

    /** The line of a summary that says how features were standardised; null when they were not. */
    @Nullable
    String standardizedBy(Network network) {
        if (!standardizes()) {
            return null;
        }
        String file = network.sidecar().file();
        String mean = featureMean == null ? file : "--feature-mean";
        String std = featureStd == null ? file : "--feature-std";
        return "Features: standardised by "
                + (mean.equals(std) ? "mean and std of " + file : "mean of " + mean + " and std of " + std);
    }

    /** What a user should know who may have forgotten to standardise; null when that was said, either way. */
    @Nullable
    String forgottenStandardization(Network network) {
        Sidecar sidecar = network.sidecar();
        if (standardize != null || (sidecar.mean().isEmpty() && sidecar.std().isEmpty())) {
            return null;
        }
        String known = sidecar.std().isEmpty() ? "mean" : sidecar.mean().isEmpty() ? "std" : "mean and std";
        return "features were taken as they are, although " + sidecar.file() + " has " + known
                + "; give --standardize if the table has raw numbers, or --no-standardize if they are standardised"
                + " already";
    }

    /** How features are standardised; null when they are not. */
    private @Nullable Standardization standardization(Network network) {
        Sidecar sidecar = network.sidecar();
        if (!standardizes()) {
            if (featureMean != null || featureStd != null) {
                throw new JobException(
                        ExitCode.USAGE,
                        "--feature-mean, --feature-std: they do nothing without --standardize; give that, too");
            }
            return null;
        }
        return new Standardization(
                values("--feature-mean", featureMean, "mean", sidecar.mean(), network),
                values("--feature-std", featureStd, "std", sidecar.std(), network));
    }

    private static List<Double> values(
            String option, @Nullable List<Double> given, String key, List<Double> known, Network network) {
        List<Double> values = given == null ? known : given;
        int inputSize = network.model().inputSize();
        if (values.isEmpty()) {
            throw new JobException(
                    ExitCode.USAGE,
                    "--standardize: give " + option + ", or \"" + key + "\" in a file MODEL.json beside the model: "
                            + inputSize + " numbers, one for each feature");
        }
        if (values.size() != inputSize) {
            throw new JobException(
                    ExitCode.USAGE,
                    option + ": " + values.size() + " numbers, but the network's input_size is " + inputSize
                            + "; expected one for each feature");
        }
        for (double value : values) {
            if (!Double.isFinite(value) || (key.equals("std") && !(value > 0))) {
                throw new JobException(
                        ExitCode.USAGE,
                        option + " has " + value + "; expected numbers"
                                + (key.equals("std") ? " above 0, for features are divided by them" : ""));
            }
        }
        return values;
    }

    /** The columns that are meant. */
    private List<String> features(Sidecar sidecar, Dataset<Row> table) {
        if (features != null) {
            return features;
        }
        List<String> columns = lowerCase(Arrays.asList(table.schema().fieldNames()));
        boolean named = !sidecar.features().isEmpty() && columns.containsAll(lowerCase(sidecar.features()));
        return named && !columns.contains(DEFAULT_FEATURES) ? sidecar.features() : List.of(DEFAULT_FEATURES);
    }

    /**
     * The table; nothing but its schema is read.
     *
     * @param report is told later which files were read directly, if any
     */
    Dataset<Row> read(SparkSession session, ScanReport report) {
        Dataset<Row> table;
        try {
            table = inputTable != null
                    ? session.table(inputTable)
                    : files(session, report, input == null ? List.of() : input);
        } catch (InputException e) { // one of ours, which says where
            throw e;
        } catch (Exception e) { // sources throw errors of their own, checked ones too, unseen by the compiler
            String message = firstLine(innermost(e));
            if (message.contains("UNABLE_TO_INFER_SCHEMA")) {
                throw new InputException(
                        where()
                                + ": there is no file with rows in it (files whose names begin with _ or . are passed over);"
                                + " name the folder in which the table's files are",
                        e);
            }
            throw new InputException(where() + ": " + message, e);
        }
        if (inputTable == null
                && !inputFormat.equalsIgnoreCase("parquet")
                && Arrays.asList(table.schema().fieldNames()).contains("_corrupt_record")) {
            throw new InputException(where() + ": some lines are not valid " + inputFormat
                    + " (Spark gives them a column _corrupt_record); mend them, or for JSON over several lines give"
                    + " --input-option multiLine=true");
        }
        return table;
    }

    private Dataset<Row> files(SparkSession session, ScanReport report, List<String> paths) {
        if (FILES.contains(inputFormat.toLowerCase(Locale.ROOT))) {
            checkPaths(session, paths);
        }
        return report.follow(session.read().format(io.source(inputFormat)))
                .options(inputOptions == null ? Map.of() : inputOptions)
                .load(paths.toArray(String[]::new));
    }

    /** Refuses a path where nothing is, of which Spark tells at length before it says so. */
    private void checkPaths(SparkSession session, List<String> paths) {
        Configuration configuration = new Configuration(session.sparkContext().hadoopConfiguration());
        if (inputOptions != null) {
            inputOptions.forEach(configuration::set);
        }
        for (String path : paths) {
            Path asked = null;
            FileStatus[] found = null;
            try {
                asked = new Path(path);
                FileSystem fileSystem = asked.getFileSystem(configuration);
                asked = fileSystem.makeQualified(asked);
                found = fileSystem.globStatus(asked);
            } catch (IOException | RuntimeException e) {
                // what is wrong with it Spark will say: it may know of settings of the session's
                continue;
            }
            if (found == null) {
                throw new InputException(where() + ": " + asked + " does not exist");
            }
            if (found.length == 0) {
                throw new InputException(where() + ": nothing that is there matches " + asked);
            }
        }
    }

    /** What a user should know of features whose steps the table does not show; null when it does. */
    @Nullable
    String flatFeatures(Dataset<Row> table, Network network) {
        List<String> names = features(network.sidecar(), table);
        if (names.size() > 1) {
            return null;
        }
        for (StructField field : table.schema().fields()) {
            if (field.name().equalsIgnoreCase(names.get(0))
                    && field.dataType() instanceof ArrayType array
                    && !(array.elementType() instanceof ArrayType)) {
                return "the flat column " + field.name() + " was read as T steps of "
                        + network.model().inputSize()
                        + " numbers, the network's input_size; a table of another width whose rows can be cut so would be"
                        + " read so, too";
            }
        }
        return null;
    }

    /**
     * What to tell of a row without features beside that: the first file that has no such column, of which Spark makes
     * nulls. Looked for only when a row has failed the job, since every file is opened.
     */
    String fileWithoutFeatures(Dataset<Row> table, Network network) {
        if (inputTable != null || !inputFormat.equalsIgnoreCase("parquet")) {
            return "";
        }
        String[] files = table.inputFiles();
        for (int i = 0; i < Math.min(files.length, MOST_OPENED); i++) {
            String file = new Path(URI.create(files[i])).toString();
            StructType schema = table.sparkSession().read().parquet(file).schema();
            List<String> columns = lowerCase(Arrays.asList(schema.fieldNames()));
            for (String name : features(network.sidecar(), table)) {
                if (!columns.contains(name.toLowerCase(Locale.ROOT))) {
                    return "; " + file + " has no column '" + name
                            + "', unlike other files of --input: leave it out, or" + " write it anew with the column";
                }
            }
        }
        return "";
    }

    private String where() {
        return inputTable != null
                ? "--input-table " + inputTable
                : "--input " + String.join(",", input == null ? List.of() : input) + " (" + inputFormat + ")";
    }

    /** What lies below the failure of a job of Spark's own, one that reads a schema, whose words say nothing of it. */
    private static Throwable innermost(Throwable thrown) {
        Throwable inner = thrown;
        while (thrown instanceof SparkException && inner.getCause() != null) {
            inner = inner.getCause();
        }
        return inner;
    }

    private static String firstLine(Throwable e) {
        String message = e.getMessage();
        return message == null
                ? e.getClass().getSimpleName()
                : message.lines().findFirst().orElse("");
    }

    /** A scorer for the network and its head over the table's columns. */
    SequenceScorer.Builder scorer(Network network, Dataset<Row> table) {
        SequenceScorer.Builder builder = SequenceScorer.builder(network.model())
                .features(features(network.sidecar(), table).toArray(String[]::new));
        if (network.head() != null) {
            builder.head(network.head().head());
        }
        Standardization scales = standardization(network);
        if (scales != null) {
            builder.standardize(scales);
        }
        if (lengths != null) {
            builder.lengths(lengths);
        }
        if (initialState != null) {
            builder.initialState(initialState);
        }
        if (initialCellState != null) {
            builder.initialCellState(initialCellState);
        }
        if (id != null) {
            builder.id(id);
        } else {
            // As the table spells it, for where Spark is told to tell ID from id.
            Arrays.stream(table.schema().fieldNames())
                    .filter(DEFAULT_ID::equalsIgnoreCase)
                    .findFirst()
                    .ifPresent(builder::id);
        }
        return builder;
    }
}
