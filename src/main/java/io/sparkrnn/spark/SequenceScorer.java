package io.sparkrnn.spark;

import io.sparkrnn.engine.EngineFactory;
import io.sparkrnn.engine.KernelChoice;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.Vocabulary;
import io.sparkrnn.model.Head;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.platform.BuiltFor;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * Runs a network over a table of sequences, one a row: {@code Dataset<Row>} in, {@code Dataset<Row>} out. One row out for
 * each row in unless some are {@linkplain Builder#minSteps left out}, in the order of its partition; a partition is a
 * stream, of which a task holds one batch. Immutable, so that one scorer serves any number of tables.
 *
 * <pre>{@code
 * Dataset<Row> states = SequenceScorer.builder(model).features("features").build().transform(sequences);
 * }</pre>
 */
public final class SequenceScorer {
    // How messages call what names a column: the options of the command line, which are the builder's methods too.
    static final String FEATURES = "features";
    static final String LENGTHS = "lengths";
    static final String VALID = "valid";
    static final String PADDING = "padding";
    static final String INITIAL_STATE = "initial-state";
    static final String INITIAL_CELL_STATE = "initial-cell-state";
    static final String ID = "id";
    static final String KEEP = "keep";

    private final Computation computation;
    private final @Nullable Standardization standardization;
    private final ColumnChoice columns;
    private final Computation.BatchSize batchSize;
    private final int batchSteps;
    private final Precision precision;
    private final KernelChoice kernel;
    private final OnInvalid onInvalid;
    private final ScoreRequest.NonFinite nonFinite;
    private final LengthLimits limits;
    private final @Nullable String statesFolder;
    private final @Nullable EventLayout events;

    private SequenceScorer(Builder builder) {
        if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
            throw new IllegalStateException("spark-rnn runs on little-endian machines only");
        }
        standardization = builder.standardization;
        columns = new ColumnChoice(
                builder.features == null ? List.of(FEATURES) : List.copyOf(builder.features),
                builder.features == null ? ColumnChoice.Features.DEFAULT : ColumnChoice.Features.GIVEN,
                Map.copyOf(builder.inputs),
                builder.lengths,
                builder.valid,
                builder.padding,
                builder.fewestSteps,
                builder.mostSteps,
                builder.end,
                builder.initialState,
                builder.initialCellState,
                builder.id,
                builder.nullIds,
                builder.keep == null ? null : List.copyOf(builder.keep),
                List.copyOf(builder.hidden));
        statesFolder = builder.statesFolder;
        events = builder.events;
        onInvalid = builder.onInvalid;
        nonFinite = builder.nonFinite;
        kernel = builder.kernel;
        if (Stream.of(builder.lengths, builder.valid, builder.padding)
                        .filter(Objects::nonNull)
                        .count()
                > 1) {
            throw new IllegalArgumentException(LENGTHS + ", " + VALID + ", " + PADDING
                    + ": each says which steps count; give one of them, not several");
        }
        if (events != null && columns.named().anyMatch(named -> !named.option().equals(ID))) {
            throw new IllegalArgumentException(LENGTHS + ", " + VALID + ", " + PADDING + ", " + INITIAL_STATE + ", "
                    + INITIAL_CELL_STATE + ": they are of rows that are sequences, and here a row is an event");
        }
        if (events != null && events.gives() == EventLayout.Gives.EVENTS) {
            if (onInvalid instanceof OnInvalid.Nulls) {
                throw new IllegalArgumentException(
                        "a sequence that cannot be scored has no row to stay in, where a row of the result is an event");
            }
            if (columns.mostSteps() < Integer.MAX_VALUE) {
                throw new IllegalArgumentException(
                        "the first or last steps alone, where a row of the result is an event; leave out others of the result");
            }
        }
        precision = builder.naturalPrecision();
        if (!EngineFactory.canCompute(kernel, precision)) {
            throw new IllegalArgumentException("the " + kernel + " kernel does not compute in " + precision);
        }
        computation = builder.computation(precision, columns);
        if (standardization != null && standardization.mean().size() != computation.stepWidth()) {
            throw new IllegalArgumentException(standardization.mean().size()
                    + " means and deviations for the network's input_size of " + computation.stepWidth());
        }
        batchSize = computation.batchSize();
        batchSteps = Math.min(builder.batchSteps > 0 ? builder.batchSteps : batchSize.byDefault(), batchSize.most());
        LengthLimits ofRows = computation.limits(precision, builder.largestArray);
        limits = builder.givesEvents() && onInvalid instanceof OnInvalid.Fail && computation.goesOn()
                ? ofRows.inPieces()
                : ofRows;
    }

    /**
     * A scorer for {@code model}, everything else by default: column {@code features}, hidden states and h_n.
     *
     * @throws io.sparkrnn.platform.PlatformException when the jar is for another Spark or Scala than the one that runs
     */
    public static Builder builder(RnnModel model) {
        BuiltFor.check();
        return new Builder(model);
    }

    /**
     * A scorer for a whole network, everything else by default: the outputs of the graph, of columns with the names of its
     * inputs. Of one that has one input alone the column is {@code features} where there is none of the input's name.
     *
     * @throws io.sparkrnn.platform.PlatformException when the jar is for another Spark or Scala than the one that runs
     */
    public static Builder builder(Graph graph) {
        BuiltFor.check();
        return new Builder(graph);
    }

    /** Collects what a scorer is made of. */
    public static final class Builder {
        private final @Nullable RnnModel model;
        private final @Nullable Graph graph;
        private @Nullable List<String> features;
        private final Map<String, String> inputs = new LinkedHashMap<>();
        private final Map<String, Vocabulary> vocabularies = new LinkedHashMap<>();
        private ScoreRequest.Lengths lengthsColumn = ScoreRequest.Lengths.LEFT_OUT;
        private @Nullable String lengths;
        private @Nullable String valid;
        private @Nullable String padding;
        private int fewestSteps;
        private int mostSteps = Integer.MAX_VALUE;
        private StepRules.End end = StepRules.End.LAST;
        private @Nullable String initialState;
        private @Nullable String initialCellState;
        private @Nullable String id;
        private RowName.NullIds nullIds = RowName.NullIds.SCORED;
        private @Nullable List<String> keep;
        private List<String> hidden = List.of();
        private @Nullable String statesFolder;
        private Set<Output> apart = Set.of();
        private @Nullable Set<Output> outputs;
        private @Nullable Head head;
        private @Nullable EventLayout events;
        private @Nullable Standardization standardization;
        private int batchSteps;
        private @Nullable Precision precision;
        private KernelChoice kernel = KernelChoice.AUTO;
        private OnInvalid onInvalid = OnInvalid.fail();
        private ScoreRequest.NonFinite nonFinite = ScoreRequest.NonFinite.SCORED;
        private List<ProofSequence> proof = List.of();
        private int largestArray = LengthLimits.LARGEST_ARRAY;

        private Builder(RnnModel model) {
            this.model = model;
            this.graph = null;
        }

        private Builder(Graph graph) {
            this.model = null;
            this.graph = graph;
        }

        /**
         * The column with the features [T][I] or [T*I]: arrays, an array of structs of I numbers, or vectors of Spark's ml;
         * or one column [T] for each feature, or one field each of the structs of an array. A name is a column's own or else
         * a path into structs such as {@code payload.x.features}, with backticks around a name that has a dot.
         */
        public Builder features(String... columns) {
            if (columns.length == 0) {
                throw new IllegalArgumentException("no feature column");
            }
            features = List.of(columns);
            return this;
        }

        /**
         * The column of an input of a whole network, as {@link #features} names one; without this call that of the input's
         * name. Of each time step: {@code array<number>} [T], or what features can be of W numbers a step; indices are
         * integers. Of the row: a number, or W of them in an array.
         */
        public Builder column(String input, String column) {
            inputs.put(input, column);
            return this;
        }

        /**
         * What finds the indices of an input of a whole network, whose column then has strings: {@code array<string>} [T] of each
         * time step, or a string of the row.
         */
        public Builder vocabulary(String input, Vocabulary tokens) {
            vocabularies.put(input, tokens);
            return this;
        }

        /** The integer column with the number of steps that count, where rows are padded. */
        public Builder lengths(String column) {
            lengths = column;
            return this;
        }

        /**
         * The column with the steps that count, wherever they stand: {@code array<boolean>}, or an array of integers that are
         * 0 or 1, an element for each step [T]. The others are as if they were not there.
         */
        public Builder valid(String column) {
            valid = column;
            return this;
        }

        /** The opposite of {@link #valid}: true or 1 at the steps that do not count, as PyTorch's src_key_padding_mask. */
        public Builder padding(String column) {
            padding = column;
            return this;
        }

        /** Scores only the first {@code most} of a row's steps that count, 1 or more; without this call all. */
        public Builder firstSteps(int most) {
            return limit(most, StepRules.End.FIRST);
        }

        /** Scores only the last {@code most} of a row's steps that count, 1 or more; without this call all. */
        public Builder lastSteps(int most) {
            return limit(most, StepRules.End.LAST);
        }

        private Builder limit(int most, StepRules.End of) {
            if (most < 1) {
                throw new IllegalArgumentException("a sequence of at most " + most + " steps");
            }
            mostSteps = most;
            end = of;
            return this;
        }

        /**
         * Leaves out of the result the rows with fewer steps that count than {@code fewest}, before {@link #firstSteps} or
         * {@link #lastSteps}; {@link ScoreMetrics#leftOut} counts them. An empty sequence is then left out, too, which
         * otherwise fails; a null one fails. Without this call there is one row for each row.
         */
        public Builder minSteps(int fewest) {
            if (fewest < 1) {
                throw new IllegalArgumentException("rows of fewer than " + fewest + " steps cannot be left out");
            }
            fewestSteps = fewest;
            return this;
        }

        /** The column with h_0 [L*D][P] of each sequence; null in a row means the network's own,
         * which are mostly zeros. */
        public Builder initialState(String column) {
            initialState = column;
            return this;
        }

        /** The column with c_0 [L*D][H] of each sequence, for an LSTM; null in a row means the network's own,
         * which are mostly zeros. */
        public Builder initialCellState(String column) {
            initialCellState = column;
            return this;
        }

        /**
         * The column that names a row in messages; without one, a row is named by its file and its place there, or by its
         * place in its partition.
         */
        public Builder id(String column) {
            id = column;
            return this;
        }

        /** Takes rows whose id is null for invalid; without this call they are scored as any. */
        public Builder requireIds() {
            nullIds = RowName.NullIds.INVALID;
            return this;
        }

        /**
         * Columns of the input that are read at most: they do not pass through, and are not set aside with a row. Without this
         * call there is none.
         */
        public Builder hide(List<String> columns) {
            hidden = List.copyOf(columns);
            return this;
        }

        /**
         * Has tasks put the id of each row that is scored, and the states that its layers end with, into files, which {@link
         * SequenceScorer#finalStates} reads when the job is done. The column of ids has to be one that passes through.
         *
         * @param folder where to, on a file system that all executors and the driver reach; of one job alone
         */
        public Builder finalStates(String folder) {
            statesFolder = folder;
            return this;
        }

        /**
         * States of the layers of a whole network, {@link Output#H_N} or {@link Output#C_N}, that the graph gives for {@link
         * #finalStates} and that are no columns.
         */
        public Builder apart(Set<Output> states) {
            apart = Set.copyOf(states);
            return this;
        }

        /**
         * Takes tables that have one event a row, whose events of an id are a sequence: see {@link EventLayout}. The result has
         * one row for each sequence: the id, the number of the sequence where gaps cut ({@code sequence}), the value that its
         * first and its last scored event are ordered by ({@code first_} and {@code last_} before the column's name), the columns
         * of {@link #keep} as its last event has them, the outputs, and {@code lengths}. {@link #firstSteps}, {@link #lastSteps}
         * and {@link #minSteps} count events. {@link #features} names columns with a number each, or one with an array of
         * all, or the {@linkplain EventLayout.TimeDelta time} since the event before. Without this call a row is a sequence.
         */
        public Builder events(EventLayout layout) {
            events = layout;
            return this;
        }

        /** The columns that pass through; without this call, all but the features; of events none. */
        public Builder keep(String... columns) {
            keep = List.of(columns);
            return this;
        }

        /** What makes scores of the states; without this call, there are none. */
        public Builder head(Head scoring) {
            head = scoring;
            return this;
        }

        /** Standardises the features as they are read; without this call, they are taken as they are. */
        public Builder standardize(Standardization scales) {
            standardization = scales;
            return this;
        }

        /** The columns to add, at least one; without this call hidden states and h_n, and scores if there is a head. */
        public Builder outputs(Set<Output> wanted) {
            if (wanted.isEmpty()) {
                throw new IllegalArgumentException("no output");
            }
            outputs = EnumSet.copyOf(wanted);
            return this;
        }

        /** Adds the column {@code lengths}, behind the others: the number of time steps that were scored. */
        public Builder addLengths() {
            lengthsColumn = ScoreRequest.Lengths.GIVEN;
            return this;
        }

        /**
         * The most time steps in a batch. No result depends on it. A longer sequence is a batch of its own; of a network that
         * runs forward only, and without hidden states and scores of each step, it is run in pieces of so many steps.
         */
        public Builder batchSteps(int steps) {
            if (steps < 1) {
                throw new IllegalArgumentException("a batch of " + steps + " steps");
            }
            batchSteps = steps;
            return this;
        }

        /** The arithmetic, and the type of the results; without this call, what the weights ask for. */
        public Builder precision(Precision wanted) {
            precision = wanted;
            return this;
        }

        /** What does the arithmetic. */
        public Builder kernel(KernelChoice choice) {
            kernel = choice;
            return this;
        }

        /** What becomes of rows that cannot be scored; without this call the first one ends the job. */
        public Builder onInvalid(OnInvalid rule) {
            onInvalid = rule;
            return this;
        }

        /** Takes rows with a NaN or an infinity in a result for invalid; without this call they are scored as any. */
        public Builder rejectNonFinite() {
            nonFinite = ScoreRequest.NonFinite.INVALID;
            return this;
        }

        /** What an array and a row hold, in bytes: for tests, which have no gigabytes. */
        Builder largestArray(int bytes) {
            largestArray = bytes;
            return this;
        }

        /**
         * Has each executor run these sequences before its first row, and fail the task with an {@link UnprovenException}
         * where it gives another bit than this driver; without this call none does.
         */
        public Builder prove(List<ProofSequence> sequences) {
            proof = List.copyOf(sequences);
            return this;
        }

        private Precision naturalPrecision() {
            if (precision != null) {
                return precision;
            }
            return graph == null ? Objects.requireNonNull(model).naturalPrecision() : graph.naturalPrecision();
        }

        private Computation computation(Precision chosen, ColumnChoice columns) {
            if (graph != null) {
                String kind = "recurrent layers, and this is a whole network";
                refuse("a head", head == null, kind);
                refuse("a choice of outputs", outputs == null, kind);
                return GraphComputation.of(
                        graph,
                        chosen,
                        kernel,
                        columns,
                        standardization,
                        events == null || givesEvents() ? lengthsColumn : ScoreRequest.Lengths.GIVEN,
                        vocabularies,
                        apart,
                        proof);
            }
            String kind = "a whole network, and this is recurrent layers";
            refuse("a vocabulary", vocabularies.isEmpty(), kind);
            refuse("a column for an input (that of the layers is named by " + FEATURES + ")", inputs.isEmpty(), kind);
            Set<Output> wanted = outputs == null
                    ? givesEvents() ? outputsOfSteps(head) : defaultOutputs(head)
                    : EnumSet.copyOf(outputs);
            if (lengthsColumn == ScoreRequest.Lengths.GIVEN || (events != null && !givesEvents())) {
                wanted.add(Output.LENGTHS);
            }
            return RecurrentComputation.of(Objects.requireNonNull(model), head, wanted, chosen, kernel, columns, proof);
        }

        private boolean givesEvents() {
            return events != null && events.gives() == EventLayout.Gives.EVENTS;
        }

        private static void refuse(String what, boolean isLeftOut, String kind) {
            if (!isLeftOut) {
                throw new IllegalArgumentException(what + " is of " + kind);
            }
        }

        /**
         * The scorer.
         *
         * @throws IllegalArgumentException when the kernel does not compute in the precision; when a cell state is asked
         *     for or given and the network has none, or a score and there is no head; when more
         *     than one column says which steps count; when the head or the standardisation
         *     is not as wide as the network; when initial states are given to a network whose layers have states of
         *     different widths; when a whole network has several inputs and features are named, or something is given that
         *     recurrent layers alone have
         */
        public SequenceScorer build() {
            return new SequenceScorer(this);
        }
    }

    private static Set<Output> defaultOutputs(@Nullable Head head) {
        Set<Output> defaults = EnumSet.of(Output.HIDDEN_STATES, Output.H_N);
        if (head != null) {
            defaults.add(Output.SCORE);
        }
        return defaults;
    }

    private static Set<Output> outputsOfSteps(@Nullable Head head) {
        Set<Output> defaults = EnumSet.of(Output.HIDDEN_STATES);
        if (head != null && head.source() == Head.Source.HIDDEN_STATES) {
            defaults.add(Output.SCORE);
        }
        return defaults;
    }

    /** The columns of results. */
    private List<ResultColumn> added() {
        List<ResultColumn> all = computation.columns(precision);
        return events != null && events.gives() == EventLayout.Gives.EVENTS
                ? all.stream().map(ResultColumn::ofStep).toList()
                : all;
    }

    /** The arithmetic, and the type of the results. */
    public Precision precision() {
        return precision;
    }

    /**
     * The table with the network's states: the kept columns, then the outputs in the order of {@link Output}. Lazy, as
     * every transformation; {@code input} is not modified.
     *
     * @throws InputException when a column is missing or of the wrong type; a row that cannot be scored fails the job that
     *     runs this, with an InputException among the causes that names the row, unless {@link Builder#onInvalid} says
     *     otherwise
     */
    public Dataset<Row> transform(Dataset<Row> input) {
        return transform(input, new ScoreMetrics(input.sparkSession().sparkContext()));
    }

    /** As {@link #transform(Dataset)}, counting into {@code metrics} what a job does. */
    public Dataset<Row> transform(Dataset<Row> input, ScoreMetrics metrics) {
        return transformed(input, metrics, null);
    }

    /**
     * As {@link #transform(Dataset, ScoreMetrics)}, gathering into {@code profile} besides what the rows are like, which costs
     * a small part of the time, the more the shorter the job.
     *
     * @param profile of this scorer, by {@link #profile}
     */
    public Dataset<Row> transform(Dataset<Row> input, ScoreMetrics metrics, ScoreProfile profile) {
        return transformed(input, metrics, profile);
    }

    /** What a job of this scorer may gather into; for one job. */
    public ScoreProfile profile(SparkContext context) {
        return computation.profile(context);
    }

    private Dataset<Row> transformed(Dataset<Row> input, ScoreMetrics metrics, @Nullable ScoreProfile profile) {
        return transformed(table(input), metrics, profile, input);
    }

    private <R> Dataset<Row> transformed(
            SequenceTable<R> table, ScoreMetrics metrics, @Nullable ScoreProfile profile, Dataset<Row> input) {
        return table.rows()
                .mapPartitions(
                        new ScoreTask<>(
                                network(input.sparkSession()),
                                onInvalid instanceof OnInvalid.SetAside || statesFolder != null
                                        ? RowsFileReader.configuration(input)
                                        : null,
                                table.reading(),
                                request(table.kept(), table.original()),
                                metrics,
                                profile),
                        SequenceEncoders.scored(table.kept(), added(), onInvalid))
                .toDF();
    }

    /**
     * Looks at all rows without scoring them, and counts into {@code metrics} those that cannot be scored, with the first
     * of them: of the whole input, where a job that fails tells of one. Runs a job of Spark's. Results that are not finite
     * are found by scoring alone.
     */
    public void check(Dataset<Row> input, ScoreMetrics metrics) {
        check(table(input), input, metrics);
    }

    private <R> void check(SequenceTable<R> table, Dataset<Row> input, ScoreMetrics metrics) {
        ScoreRequest request = request(table.kept(), table.original());
        table.rows()
                .foreachPartition(new CheckTask<>(network(input.sparkSession()), table.reading(), request, metrics));
    }

    /**
     * The rows that a job over {@code input} set aside, by {@link OnInvalid#setAside}: their columns that are kept or read,
     * as they came, then {@code error_code} and {@code error_message}. To be read when that job is done, before its folder
     * is deleted.
     *
     * @param metrics of that job
     */
    public Dataset<Row> setAside(Dataset<Row> input, ScoreMetrics metrics) {
        StructType schema = SetAsideFile.schema(table(input).original());
        return input.sparkSession()
                .createDataset(metrics.setAside(), Encoders.STRING())
                .mapPartitions(
                        new RowsFileReader(RowsFileReader.configuration(input), schema.length()),
                        SequenceEncoders.kept(schema))
                .toDF();
    }

    /**
     * The final states of the rows that a job over {@code input} scored, by {@link Builder#finalStates}: the id, h_n, and
     * c_n of an LSTM. To be read when that job is done, before its folder is deleted.
     *
     * @param metrics of that job
     */
    public Dataset<Row> finalStates(Dataset<Row> input, ScoreMetrics metrics) {
        StructType schema = Objects.requireNonNull(states(table(input).kept())).rows();
        return input.sparkSession()
                .createDataset(metrics.finalStates(), Encoders.STRING())
                .mapPartitions(
                        new RowsFileReader(RowsFileReader.configuration(input), schema.length()),
                        SequenceEncoders.kept(schema))
                .toDF();
    }

    private ScoreRequest.@Nullable FinalStates states(StructType kept) {
        if (statesFolder == null) {
            return null;
        }
        String id = columns.id();
        if (id == null) {
            throw new InputException(ID + ": states are told apart by their rows' ids; name the column");
        }
        for (int i = 0; i < kept.length(); i++) {
            if (InputColumns.same(kept.fields()[i].name(), id)) {
                StructType rows = new StructType().add(kept.fields()[i]);
                for (ResultColumn state : computation.finalStateColumns(precision)) {
                    rows = rows.add(state.name(), state.type(), false);
                }
                return new ScoreRequest.FinalStates(statesFolder, i, rows);
            }
        }
        throw new InputException(KEEP + ": states are told apart by " + id
                + ", which has to be a column of its own that passes through; name it, too");
    }

    /**
     * The network as a function of the values of one row, for expressions of SQL: of recurrent layers of the features, of a
     * whole network of its inputs in their order. Rows that cannot be scored are the function's to refuse, whatever the
     * scorer's rule for them; what says which steps of a padded row count is of tables.
     *
     * @param name what messages call it
     * @param arguments the types of what it is given
     * @throws InputException when these are not what the network takes
     */
    public RowFunction function(SparkSession session, String name, List<DataType> arguments) {
        if (columns.named().findAny().isPresent() || columns.fewestSteps() > 0 || events != null) {
            throw new IllegalArgumentException("a function of one row has no columns beside what the network takes");
        }
        RowArguments.Read read = RowArguments.read(name, arguments, computation, columns, standardization);
        return new RowFunction(
                network(session),
                request(read.columns().kept(), read.columns().original()),
                read,
                computation.columns(precision));
    }

    private SequenceTable<?> table(Dataset<Row> input) {
        List<String> added = new ArrayList<>(
                computation.columns(precision).stream().map(ResultColumn::name).toList());
        if (onInvalid instanceof OnInvalid.Nulls) {
            added.add(OnInvalid.ERROR_CODE);
        }
        if (events != null) {
            return EventTable.of(input, events, columns, computation, standardization, precision, added);
        }
        return SequenceTable.of(
                input,
                columns,
                computation,
                standardization,
                added,
                onInvalid instanceof OnInvalid.SetAside ? SequenceTable.Original.TAKEN : SequenceTable.Original.NONE);
    }

    private ScoreRequest request(StructType kept, StructType original) {
        return new ScoreRequest(
                kept,
                original,
                computation.givesLengths() ? ScoreRequest.Lengths.GIVEN : ScoreRequest.Lengths.LEFT_OUT,
                batchSteps,
                batchSize.stepNumbers(),
                limits,
                onInvalid,
                computation.mayFailLate() || nonFinite == ScoreRequest.NonFinite.INVALID
                        ? ScoreRequest.Late.POSSIBLE
                        : ScoreRequest.Late.NEVER,
                nonFinite,
                states(kept));
    }

    private Broadcast<SharedNetwork> network(SparkSession session) {
        return JavaSparkContext.fromSparkContext(session.sparkContext())
                .broadcast(new SharedNetwork(computation, precision, kernel));
    }

    /**
     * The names of the features, in the order in which the network gets them, as far as the names or types of columns tell them:
     * of the fields of structs, or of one column a feature. Else empty.
     *
     * @throws InputException when a column is missing or of the wrong type
     */
    public List<String> featureNames(Dataset<Row> input) {
        if (events != null) {
            List<String> named = computation.ofEvent(new InputColumns(input), columns).stream()
                    .flatMap(taken -> taken.columns().stream())
                    .toList();
            return named.size() == computation.stepWidth() ? named : List.of();
        }
        return List.copyOf(features(input).layout().names());
    }

    /**
     * The column whose steps only the network's input_size tells apart: a flat array, or a vector. Empty when the input
     * shows its steps.
     *
     * @throws InputException when a column is missing or of the wrong type
     */
    public Optional<String> flatColumn(Dataset<Row> input) {
        if (events != null) {
            return Optional.empty();
        }
        FeatureColumns found = features(input);
        return found.layout().isFlat() ? Optional.of(found.parts().get(0).name()) : Optional.empty();
    }

    private FeatureColumns features(Dataset<Row> input) {
        return computation.features(new InputColumns(input), columns);
    }

    @Override
    public String toString() {
        return "SequenceScorer of " + computation + " over " + columns.features();
    }
}
