package io.sparkrnn.job.input;

import io.sparkrnn.format.network.Network;
import io.sparkrnn.format.network.Sidecar;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.GraphInput;
import io.sparkrnn.graph.RecurrentStates;
import io.sparkrnn.job.message.Counts;
import io.sparkrnn.job.message.ExitCode;
import io.sparkrnn.job.message.JobException;
import io.sparkrnn.job.storage.ReadFiles;
import io.sparkrnn.job.storage.Storage;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.spark.ScoreMetrics;
import io.sparkrnn.spark.ScorerBuilder;
import io.sparkrnn.spark.SequenceScorer;
import io.sparkrnn.spark.feature.Standardization;
import io.sparkrnn.spark.invalid.InputException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which columns of the table are what, and how they are taken: the options of score and verify. */
public final class SequenceArguments {
    static final String DEFAULT_ID = "id";
    static final String DEFAULT_FEATURES = "features";
    private static final String COLUMN = "--column";

    @Option(
            names = "--features",
            paramLabel = "COLUMN,...",
            hideParamSyntax = true,
            split = ",",
            description = "The features: a column array<array<number>> [T][input_size], flat array<number> of"
                    + " T*input_size values, array<struct> of input_size numbers, or vectors of Spark's ml; or one column"
                    + " array<number> [T], or one field of the structs of an array, for each feature. payload.x names a"
                    + " field of a struct. A number is float, double, decimal, boolean or an integer type. Default:"
                    + " features, or where the table has no such column, those the model's sidecar names.")
    @Nullable
    List<String> features;

    @Option(
            names = COLUMN,
            paramLabel = "INPUT=COLUMN,...",
            hideParamSyntax = true,
            split = ",",
            description =
                    "Of a whole network: the column of an input, where it is not of the input's name. Of each step:"
                            + " array<number> [T], or what --features can be; indices are integers. Of the row: a number, or an array"
                            + " of such. inspect prints the inputs.")
    @Nullable
    Map<String, String> columns;

    @Mixin
    VocabularyArguments vocabularies = new VocabularyArguments();

    @Mixin
    StandardizationArguments scales = new StandardizationArguments();

    @Option(
            names = "--lengths",
            paramLabel = "COLUMN",
            description = "Where rows are padded: the integer column with the number of steps that count.")
    @Nullable
    String lengths;

    @Option(
            names = "--valid",
            paramLabel = "COLUMN",
            description =
                    "Which steps count, wherever they stand: the column array<boolean>, or array of integers 0 and 1,"
                            + " with an element for each step.")
    @Nullable
    String valid;

    @Option(
            names = "--padding",
            paramLabel = "COLUMN",
            description = "The opposite of --valid: true or 1 at the steps that do not count, as PyTorch's"
                    + " src_key_padding_mask.")
    @Nullable
    String padding;

    @Option(
            names = "--limit-sequence",
            paramLabel = "N,first|last",
            converter = SequenceLimit.Converter.class,
            description = "Scores only the first or the last N steps that count of each row; N alone means the last."
                    + " Default: all.")
    @Nullable
    SequenceLimit limit;

    @Option(
            names = "--min-steps",
            paramLabel = "N",
            description =
                    "Leaves out rows with fewer than N steps that count, before --limit-sequence, and says how many."
                            + " Default: none is left out, and an empty sequence is an error.")
    @Nullable
    Integer minSteps;

    @Option(
            names = "--id",
            paramLabel = "COLUMN",
            description =
                    "The column that names a row in messages, of any type. Default: id if there is one, else a row"
                            + " is named by its file and its place there, or by its place in its partition.")
    @Nullable
    String id;

    @Option(
            names = "--initial-state",
            paramLabel = "COLUMN",
            description = "h_0 of each sequence: array<array<number>> [num_layers * num_directions][hidden_size, or"
                    + " proj_size]; null means the network's own. Default: the network's own, mostly zeros.")
    @Nullable
    String initialState;

    @Option(
            names = "--initial-cell-state",
            paramLabel = "COLUMN",
            description = "c_0 of each sequence, for an LSTM: array<array<number>> [num_layers * num_directions]"
                    + "[hidden_size]; null means the network's own. Default: the network's own, mostly zeros.")
    @Nullable
    String initialCellState;

    private EventArguments events = new EventArguments();
    private RepartitionArguments dealing = new RepartitionArguments();

    /**
     * Has these be of a table whose rows may be events.
     *
     * @param of whether they are, and how they become sequences
     * @param partitions into how many partitions they go
     * @throws JobException when something was given that such a table has not
     */
    public void ofEvents(EventArguments of, RepartitionArguments partitions) {
        events = of;
        dealing = partitions;
        of.check();
        if (!of.isAsked()) {
            return;
        }
        boolean isOfRows = Stream.of(lengths, valid, padding, initialState, initialCellState)
                .anyMatch(Objects::nonNull);
        if (isOfRows) {
            throw new JobException(
                    ExitCode.USAGE,
                    "--lengths, --valid, --padding, --initial-state, --initial-cell-state: they are of rows that are"
                            + " sequences; with --layout events a row is an event. Leave events out with --where");
        }
        if (limit != null && of.giveEvents()) {
            throw new JobException(
                    ExitCode.USAGE,
                    "--limit-sequence: with --step-output a row is an event, and all are given; leave others out of the"
                            + " result, or give --since");
        }
        if (limit != null && of.limitsSteps()) {
            throw new JobException(
                    ExitCode.USAGE,
                    "--window and --limit-sequence: both say which events of a sequence are scored; give one of them");
        }
        partitions.dealOutById();
    }

    /** Refuses what the network cannot take. */
    public void check(Network network) {
        if (network.graph() != null) {
            checkWhole(network, network.graph());
            return;
        }
        if (columns != null) {
            throw new JobException(
                    ExitCode.USAGE,
                    COLUMN + ": it is of a network with several inputs; the column of recurrent layers is named by"
                            + " --features");
        }
        RnnModel model = network.model();
        checkOrder(network.sidecar(), features == null ? List.of() : features);
        scales.check(network);
        checkSteps();
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

    private void checkWhole(Network network, Graph graph) {
        List<GraphInput> steps = graph.stepInputs();
        if (features != null && graph.inputs().size() > 1) {
            throw new JobException(
                    ExitCode.USAGE,
                    "--features: the network has " + graph.inputs().size() + " inputs, " + graph.inputs()
                            + "; each takes the column of its name, or the one that " + COLUMN
                            + " INPUT=COLUMN names; do without --features");
        }
        for (String input : columns == null ? List.<String>of() : List.copyOf(columns.keySet())) {
            if (graph.inputs().stream().noneMatch(one -> one.name().equals(input))) {
                throw new JobException(
                        ExitCode.USAGE,
                        COLUMN + " " + input + "=...: the network has no such input; it has " + graph.inputs());
            }
        }
        if (scales.isAsked() && (steps.size() != 1 || steps.get(0).isIndex())) {
            throw new JobException(
                    ExitCode.USAGE,
                    "--standardize: it is for a network that takes one input of numbers at each step; this one takes "
                            + steps + "; standardise the columns in the query (--input-query)");
        }
        scales.check(network);
        checkSteps();
    }

    private void checkSteps() {
        if (Stream.of(lengths, valid, padding).filter(Objects::nonNull).count() > 1) {
            throw new JobException(
                    ExitCode.USAGE,
                    "--lengths, --valid, --padding: each says which steps count; give one of them, not several");
        }
        if (minSteps != null && minSteps < 1) {
            throw new JobException(
                    ExitCode.USAGE, "--min-steps " + minSteps + ": expected 1 or more, or to do without it");
        }
    }

    /**
     * Names that the sidecar has too must stand where it has them; columns of other names are the user's own.
     *
     * @param names the features' in the order in which the network gets them: columns, or fields at the end of a path
     */
    private static void checkOrder(Sidecar sidecar, List<String> names) {
        List<String> trained = lowerCase(sidecar.features());
        if (names.size() < 2 || trained.isEmpty()) {
            return;
        }
        List<String> given = lowerCase(names);
        for (int i = 0; i < given.size(); i++) {
            String name = given.get(i);
            int place = trained.indexOf(name);
            if (place < 0) {
                place = trained.indexOf(name.substring(name.lastIndexOf('.') + 1));
            }
            if (place >= 0 && place != i) {
                throw new JobException(
                        ExitCode.USAGE,
                        "--features " + String.join(",", names) + ": by " + sidecar.file()
                                + " beside the model, it was" + " trained with " + String.join(",", sidecar.features())
                                + ", in this order");
            }
        }
    }

    private static List<String> lowerCase(List<String> names) {
        return names.stream().map(name -> name.toLowerCase(Locale.ROOT)).toList();
    }

    /** What {@link #COLUMN} names, by the network's inputs; of reference vectors the tensors. */
    public Map<String, String> named() {
        return columns == null ? Map.of() : columns;
    }

    /** The states of recurrent layers that rows may begin with. */
    public Set<RecurrentStates.Kind> initialStates() {
        Set<RecurrentStates.Kind> given = EnumSet.noneOf(RecurrentStates.Kind.class);
        if (initialState != null) {
            given.add(RecurrentStates.Kind.H_N);
        }
        if (initialCellState != null) {
            given.add(RecurrentStates.Kind.C_N);
        }
        return given;
    }

    /** Refuses columns of initial states, beside an option that says where these come from. */
    public void checkNoInitialStates(String option) {
        if (initialState != null || initialCellState != null) {
            throw new JobException(
                    ExitCode.USAGE,
                    option
                            + ": what rows begin with is said by --initial-state and --initial-cell-state already; give one"
                            + " or the other");
        }
    }

    /**
     * Refuses what does not go with states that are carried from run to run.
     *
     * @param option that says so
     */
    public void checkCarries(String option) {
        events.checkCarries(option);
        if (limit != null) {
            throw new JobException(
                    ExitCode.USAGE,
                    option
                            + ": with --limit-sequence a part of the steps is not scored, and the states behind the others"
                            + " are not those behind all of them; do without it");
        }
    }

    /**
     * The column of ids as the table spells it, by which states go from run to run.
     *
     * @param option that says that they do
     * @throws InputException when there is none, or it is a field of another one
     */
    public String idColumn(Dataset<Row> table, String option) {
        String wanted = id == null ? DEFAULT_ID : id;
        return Arrays.stream(table.schema().fieldNames())
                .filter(wanted::equalsIgnoreCase)
                // of two that Spark is told to tell apart the one that is meant
                .sorted(Comparator.comparing(name -> !name.equals(wanted)))
                .findFirst()
                .orElseThrow(() -> new InputException(option + ": states go from run to run by the ids of rows, and the"
                        + " table has no column '" + wanted + "' of its own; it has: "
                        + String.join(", ", table.schema().fieldNames())
                        + ". Name one with --id, or make one in a query"
                        + " (--input-query)"));
    }

    /** Refuses columns that are named here, or meant, and that the table has not, for Spark does not read them. */
    public void refuse(UnreadColumns unread, Network network, Dataset<Row> table) {
        unread.refuse(network.graph() == null ? "--features" : COLUMN, features(network, table), table);
        refuse("--lengths", lengths, unread, table);
        refuse("--valid", valid, unread, table);
        refuse("--padding", padding, unread, table);
        refuse("--id", id, unread, table);
        refuse("--initial-state", initialState, unread, table);
        refuse("--initial-cell-state", initialCellState, unread, table);
        unread.refuse("--order-by", events.columns(), table);
    }

    private static void refuse(String option, @Nullable String name, UnreadColumns unread, Dataset<Row> table) {
        unread.refuse(option, name == null ? null : List.of(name), table);
    }

    /** The columns that are meant. */
    public List<String> features(Sidecar sidecar, Dataset<Row> table) {
        if (features != null) {
            return features;
        }
        List<String> columns =
                new ArrayList<>(lowerCase(Arrays.asList(table.schema().fieldNames())));
        if (events.madeColumn() != null) {
            columns.add(events.madeColumn().toLowerCase(Locale.ROOT));
        }
        boolean named = !sidecar.features().isEmpty() && columns.containsAll(lowerCase(sidecar.features()));
        return named && !columns.contains(DEFAULT_FEATURES) ? sidecar.features() : List.of(DEFAULT_FEATURES);
    }

    /** The columns that are meant, of a whole network those of each step, in the order of its inputs. */
    public List<String> features(Network network, Dataset<Row> table) {
        List<String> names = new ArrayList<>(named(network, table));
        if (names.size() > 1) {
            // no column has it
            names.removeIf(name -> name.equalsIgnoreCase(events.madeColumn()));
        }
        return names;
    }

    private List<String> named(Network network, Dataset<Row> table) {
        Graph graph = network.graph();
        if (graph == null) {
            return features(network.sidecar(), table);
        }
        List<String> there = lowerCase(Arrays.asList(table.schema().fieldNames()));
        List<String> names = new ArrayList<>();
        for (GraphInput input : graph.stepInputs()) {
            String column = columns == null ? null : columns.get(input.name());
            if (column != null) {
                names.add(column);
            } else if (graph.inputs().size() == 1
                    && (features != null || !there.contains(input.name().toLowerCase(Locale.ROOT)))) {
                names.addAll(features == null ? List.of(DEFAULT_FEATURES) : features);
            } else {
                names.add(input.name());
            }
        }
        return names;
    }

    /** Whether a row is an event. */
    public boolean areOfEvents() {
        return events.isAsked();
    }

    /** How many numbers a step has in the first of these columns. */
    public int firstWidth(Network network) {
        boolean isOfOne = events.isAsked()
                && (features == null ? network.sidecar().features().size() > 1 : features.size() > 1);
        if (isOfOne) {
            return 1;
        }
        return network.graph() == null
                ? network.model().inputSize()
                : network.graph().stepInputs().get(0).width();
    }

    /** What a user should know of features whose steps the table does not show; null when it does. */
    @Nullable
    public String flatFeatures(Dataset<Row> table, Network network) {
        return scorer(network, table)
                .build()
                .flatColumn(table)
                .filter(column -> firstWidth(network) > 1 || network.graph() == null)
                .map(column -> "the flat column " + column + " was read as T steps of "
                        + Counts.counted(firstWidth(network), "number")
                        + ", the network's input_size; a table of another width whose rows can be cut so would be"
                        + " read so, too")
                .orElse(null);
    }

    /** What a user should know of the fields of structs that were taken in the table's order; null for nothing. */
    @Nullable
    public String orderOfFields(Dataset<Row> table, Network network) {
        List<String> names = features(network, table);
        List<String> fields = scorer(network, table).build().featureNames(table);
        return names.size() > 1
                        || fields.size() < 2
                        || !network.sidecar().features().isEmpty()
                ? null
                : "the fields of " + names.get(0) + " were taken in the order in which the table has them: "
                        + String.join(", ", fields) + "; if the network was trained with another, name them in that one"
                        + " (--features " + names.get(0) + "." + fields.get(1) + ",...)";
    }

    /** What a user should know of rows that were left out; null when there were none. */
    @Nullable
    public String leftOut(ScoreMetrics metrics) {
        long rows = metrics.leftOut();
        return minSteps == null || rows == 0
                ? null
                : Counts.counted(rows, "row") + " of fewer than " + Counts.counted(minSteps, "step")
                        + (rows == 1 ? " was" : " were") + " left out (--min-steps " + minSteps + ")";
    }

    /** The vocabularies of columns of strings. */
    public VocabularyArguments vocabularies() {
        return vocabularies;
    }

    /**
     * Reads the vocabularies of columns of strings.
     *
     * @param network whole, with all of its inputs
     * @param folder what the sidecar's files are relative to
     * @param read is told of all files that are read
     */
    public void readVocabularies(Network network, String folder, Storage storage, ReadFiles read) {
        Map<String, String> named = new LinkedHashMap<>();
        Graph graph = network.graph();
        if (graph != null && graph.inputs().size() == 1) {
            named.put(
                    graph.inputs().get(0).name(),
                    features == null || features.size() != 1 ? DEFAULT_FEATURES : features.get(0));
        }
        if (columns != null) {
            named.putAll(columns);
        }
        vocabularies.read(graph, network.sidecar(), named, folder, storage, read);
    }

    /** Whether only some of the steps that count are scored. */
    public boolean limitsSteps() {
        return limit != null || events.limitsSteps();
    }

    /** How features are standardised. */
    public StandardizationArguments scales() {
        return scales;
    }

    /** A scorer for the network and its head, with what finds its indices and standardises its features, over no columns yet. */
    public static ScorerBuilder scorer(
            Network network, StandardizationArguments scales, VocabularyArguments vocabularies) {
        Graph graph = network.graph();
        ScorerBuilder builder;
        if (graph == null) {
            builder = SequenceScorer.builder(network.model());
            if (network.head() != null) {
                builder.head(network.head().head());
            }
        } else {
            builder = SequenceScorer.builder(graph);
            vocabularies.apply(graph, builder);
        }
        Standardization standardization = scales.of(network);
        if (standardization != null) {
            builder.standardize(standardization);
        }
        return builder;
    }

    /** As the table spells it, for where Spark is told to tell ID from id. */
    private static String idOf(Dataset<Row> table) {
        return Arrays.stream(table.schema().fieldNames())
                .filter(DEFAULT_ID::equalsIgnoreCase)
                .findFirst()
                .orElse(DEFAULT_ID);
    }

    /** A scorer for the network and its head over the table's columns. */
    public ScorerBuilder scorer(Network network, Dataset<Row> table) {
        ScorerBuilder builder = scorer(network, scales, vocabularies);
        if (network.graph() == null) {
            builder.features(features(network.sidecar(), table).toArray(String[]::new));
        } else if (features != null) {
            builder.features(features.toArray(String[]::new));
        }
        if (columns != null) {
            columns.forEach(builder::column);
        }
        if (lengths != null) {
            builder.lengths(lengths);
        }
        if (valid != null) {
            builder.valid(valid);
        }
        if (padding != null) {
            builder.padding(padding);
        }
        if (limit != null) {
            limit.of(builder);
        }
        if (minSteps != null) {
            builder.minSteps(minSteps);
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
            String usual = idOf(table);
            if (Arrays.asList(table.schema().fieldNames()).contains(usual)) {
                builder.id(usual);
            }
        }
        if (events.isAsked()) {
            events.apply(builder, id == null ? idOf(table) : id, dealing.byId());
        }
        // The fields of structs are features by their place, which only the table tells.
        checkOrder(network.sidecar(), builder.build().featureNames(table));
        return builder;
    }
}
