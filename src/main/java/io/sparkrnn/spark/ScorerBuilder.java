package io.sparkrnn.spark;

import io.sparkrnn.engine.KernelChoice;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.Vocabulary;
import io.sparkrnn.model.Head;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.spark.column.ColumnChoice;
import io.sparkrnn.spark.column.ColumnOptions;
import io.sparkrnn.spark.column.RowName;
import io.sparkrnn.spark.column.StepRules;
import io.sparkrnn.spark.event.EventLayout;
import io.sparkrnn.spark.event.LateEvents;
import io.sparkrnn.spark.feature.Standardization;
import io.sparkrnn.spark.invalid.ErrorCode;
import io.sparkrnn.spark.invalid.OnInvalid;
import io.sparkrnn.spark.result.Output;
import io.sparkrnn.spark.sequence.LengthLimits;
import io.sparkrnn.spark.sequence.ScoreRequest;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.jspecify.annotations.Nullable;

/** Collects what a {@link SequenceScorer} is made of; {@link SequenceScorer#builder} begins one. */
public final class ScorerBuilder {
    final @Nullable RnnModel model;
    final @Nullable Graph graph;

    @Nullable
    List<String> features;

    final Map<String, String> inputs = new LinkedHashMap<>();
    final Map<String, Vocabulary> vocabularies = new LinkedHashMap<>();
    ScoreRequest.Lengths lengthsColumn = ScoreRequest.Lengths.LEFT_OUT;

    @Nullable
    String lengths;

    @Nullable
    String valid;

    @Nullable
    String padding;

    int fewestSteps;
    int mostSteps = Integer.MAX_VALUE;
    StepRules.End end = StepRules.End.LAST;

    @Nullable
    String initialState;

    @Nullable
    String initialCellState;

    @Nullable
    String id;

    RowName.NullIds nullIds = RowName.NullIds.SCORED;

    @Nullable
    List<String> keep;

    List<String> hidden = List.of();

    @Nullable
    String statesFolder;

    Set<Output> apart = Set.of();

    @Nullable
    Set<Output> outputs;

    @Nullable
    Head head;

    @Nullable
    EventLayout events;

    @Nullable
    Dataset<Row> former;

    LateEvents late = LateEvents.INVALID;

    @Nullable
    Standardization standardization;

    int batchSteps;

    @Nullable
    Precision precision;

    KernelChoice kernel = KernelChoice.AUTO;
    OnInvalid onInvalid = OnInvalid.fail();
    ScoreRequest.NonFinite nonFinite = ScoreRequest.NonFinite.SCORED;
    List<ProofSequence> proof = List.of();
    int largestArray = LengthLimits.LARGEST_ARRAY;

    ScorerBuilder(RnnModel model) {
        this.model = model;
        this.graph = null;
    }

    ScorerBuilder(Graph graph) {
        this.model = null;
        this.graph = graph;
    }

    /**
     * The column with the features [T][I] or [T*I]: arrays, an array of structs of I numbers, or vectors of Spark's ml;
     * or one column [T] for each feature, or one field each of the structs of an array. A name is a column's own or else
     * a path into structs such as {@code payload.x.features}, with backticks around a name that has a dot.
     */
    public ScorerBuilder features(String... columns) {
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
    public ScorerBuilder column(String input, String column) {
        inputs.put(input, column);
        return this;
    }

    /**
     * What finds the indices of an input of a whole network, whose column then has strings: {@code array<string>} [T] of each
     * time step, or a string of the row.
     */
    public ScorerBuilder vocabulary(String input, Vocabulary tokens) {
        vocabularies.put(input, tokens);
        return this;
    }

    /** The integer column with the number of steps that count, where rows are padded. */
    public ScorerBuilder lengths(String column) {
        lengths = column;
        return this;
    }

    /**
     * The column with the steps that count, wherever they stand: {@code array<boolean>}, or an array of integers that are
     * 0 or 1, an element for each step [T]. The others are as if they were not there.
     */
    public ScorerBuilder valid(String column) {
        valid = column;
        return this;
    }

    /** The opposite of {@link #valid}: true or 1 at the steps that do not count, as PyTorch's src_key_padding_mask. */
    public ScorerBuilder padding(String column) {
        padding = column;
        return this;
    }

    /** Scores only the first {@code most} of a row's steps that count, 1 or more; without this call all. */
    public ScorerBuilder firstSteps(int most) {
        return limit(most, StepRules.End.FIRST);
    }

    /** Scores only the last {@code most} of a row's steps that count, 1 or more; without this call all. */
    public ScorerBuilder lastSteps(int most) {
        return limit(most, StepRules.End.LAST);
    }

    private ScorerBuilder limit(int most, StepRules.End of) {
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
    public ScorerBuilder minSteps(int fewest) {
        if (fewest < 1) {
            throw new IllegalArgumentException("rows of fewer than " + fewest + " steps cannot be left out");
        }
        fewestSteps = fewest;
        return this;
    }

    /** The column with h_0 [L*D][P] of each sequence; null in a row means the network's own,
     * which are mostly zeros. */
    public ScorerBuilder initialState(String column) {
        initialState = column;
        return this;
    }

    /** The column with c_0 [L*D][H] of each sequence, for an LSTM; null in a row means the network's own,
     * which are mostly zeros. */
    public ScorerBuilder initialCellState(String column) {
        initialCellState = column;
        return this;
    }

    /**
     * The column that names a row in messages; without one, a row is named by its file and its place there, or by its
     * place in its partition.
     */
    public ScorerBuilder id(String column) {
        id = column;
        return this;
    }

    /** Takes rows whose id is null for invalid; without this call they are scored as any. */
    public ScorerBuilder requireIds() {
        nullIds = RowName.NullIds.INVALID;
        return this;
    }

    /**
     * Columns of the input that are read at most: they do not pass through, and are not set aside with a row. Without this
     * call there is none.
     */
    public ScorerBuilder hide(List<String> columns) {
        hidden = List.copyOf(columns);
        return this;
    }

    /**
     * Has tasks put the id of each row that is scored, and the states that its layers end with, into files, which {@link
     * SequenceScorer#finalStates} reads when the job is done. The column of ids has to be one that passes through.
     *
     * @param folder where to, on a file system that all executors and the driver reach; of one job alone
     */
    public ScorerBuilder finalStates(String folder) {
        statesFolder = folder;
        return this;
    }

    /**
     * States of the layers of a whole network, {@link Output#H_N} or {@link Output#C_N}, that the graph gives for {@link
     * #finalStates} and that are no columns.
     */
    public ScorerBuilder apart(Set<Output> states) {
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
    public ScorerBuilder events(EventLayout layout) {
        events = layout;
        return this;
    }

    /**
     * Has the events of an id go on from the states that an earlier run left behind its events, so that what comes of them is
     * what would come of all events, to the bit; ids without one begin with the network's own. An event that is not behind the
     * last one that the state has behind it makes its sequence one that cannot be scored, {@link ErrorCode#LATE_EVENT}. Of events
     * only, without gaps, and of networks that can be gone on with ({@link io.sparkrnn.engine.StateContinuation}).
     *
     * @param states one row an id, as {@link SequenceScorer#finalStates} gives them: the id, by the name that events have it,
     *     {@code h_n} and of an LSTM {@code c_n}, array&lt;array&lt;number&gt;&gt; [L*D][width], and, if it is told, {@code last_}
     *     and the name of the order column; not modified
     */
    public ScorerBuilder goOnFrom(Dataset<Row> states) {
        former = states;
        initialState = Output.H_N.column();
        return this;
    }

    /** What becomes of events that are not behind the last one of their state ({@link #goOnFrom}); without this call they are invalid. */
    public ScorerBuilder late(LateEvents rule) {
        late = rule;
        return this;
    }

    /** The columns that pass through; without this call, all but the features; of events none. */
    public ScorerBuilder keep(String... columns) {
        keep = List.of(columns);
        return this;
    }

    /** What makes scores of the states; without this call, there are none. */
    public ScorerBuilder head(Head scoring) {
        head = scoring;
        return this;
    }

    /** Standardises the features as they are read; without this call, they are taken as they are. */
    public ScorerBuilder standardize(Standardization scales) {
        standardization = scales;
        return this;
    }

    /** The columns to add, at least one; without this call hidden states and h_n, and scores if there is a head. */
    public ScorerBuilder outputs(Set<Output> wanted) {
        if (wanted.isEmpty()) {
            throw new IllegalArgumentException("no output");
        }
        outputs = EnumSet.copyOf(wanted);
        return this;
    }

    /** Adds the column {@code lengths}, behind the others: the number of time steps that were scored. */
    public ScorerBuilder addLengths() {
        lengthsColumn = ScoreRequest.Lengths.GIVEN;
        return this;
    }

    /**
     * The most time steps in a batch. No result depends on it. A longer sequence is a batch of its own; of a network that
     * runs forward only, and without hidden states and scores of each step, it is run in pieces of so many steps.
     */
    public ScorerBuilder batchSteps(int steps) {
        if (steps < 1) {
            throw new IllegalArgumentException("a batch of " + steps + " steps");
        }
        batchSteps = steps;
        return this;
    }

    /** The arithmetic, and the type of the results; without this call, what the weights ask for. */
    public ScorerBuilder precision(Precision wanted) {
        precision = wanted;
        return this;
    }

    /** What does the arithmetic. */
    public ScorerBuilder kernel(KernelChoice choice) {
        kernel = choice;
        return this;
    }

    /** What becomes of rows that cannot be scored; without this call the first one ends the job. */
    public ScorerBuilder onInvalid(OnInvalid rule) {
        onInvalid = rule;
        return this;
    }

    /** Takes rows with a NaN or an infinity in a result for invalid; without this call they are scored as any. */
    public ScorerBuilder rejectNonFinite() {
        nonFinite = ScoreRequest.NonFinite.INVALID;
        return this;
    }

    /** What an array and a row hold, in bytes: for tests, which have no gigabytes. */
    ScorerBuilder largestArray(int bytes) {
        largestArray = bytes;
        return this;
    }

    /**
     * Has each executor run these sequences before its first row, and fail the task with an {@link UnprovenException}
     * where it gives another bit than this driver; without this call none does.
     */
    public ScorerBuilder prove(List<ProofSequence> sequences) {
        proof = List.copyOf(sequences);
        return this;
    }

    Precision naturalPrecision() {
        if (precision != null) {
            return precision;
        }
        return graph == null ? Objects.requireNonNull(model).naturalPrecision() : graph.naturalPrecision();
    }

    Computation computation(Precision chosen, ColumnChoice columns) {
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
        refuse(
                "a column for an input (that of the layers is named by " + ColumnOptions.FEATURES + ")",
                inputs.isEmpty(),
                kind);
        Set<Output> wanted =
                outputs == null ? givesEvents() ? outputsOfSteps(head) : defaultOutputs(head) : EnumSet.copyOf(outputs);
        if (lengthsColumn == ScoreRequest.Lengths.GIVEN || (events != null && !givesEvents())) {
            wanted.add(Output.LENGTHS);
        }
        return RecurrentComputation.of(Objects.requireNonNull(model), head, wanted, chosen, kernel, columns, proof);
    }

    boolean givesEvents() {
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
     *     different widths; when former states are to be gone on from and the network cannot be; when a whole network has
     *     several inputs and features are named, or something is given that recurrent layers alone have
     */
    public SequenceScorer build() {
        RnnModel layers = graph == null
                ? model
                : graph.states() == null ? null : graph.states().layers();
        if (former != null && layers != null && layers.hasCellState()) {
            initialCellState = Output.C_N.column();
        }
        return new SequenceScorer(this);
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
}
