package io.sparkrnn.spark;

import io.sparkrnn.engine.EngineFactory;
import io.sparkrnn.engine.KernelChoice;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.platform.BuiltFor;
import io.sparkrnn.spark.column.ColumnChoice;
import io.sparkrnn.spark.column.ColumnOptions;
import io.sparkrnn.spark.column.FeatureColumns;
import io.sparkrnn.spark.column.InputColumns;
import io.sparkrnn.spark.event.EventLayout;
import io.sparkrnn.spark.feature.Standardization;
import io.sparkrnn.spark.file.RowsFileReader;
import io.sparkrnn.spark.file.SetAsideFile;
import io.sparkrnn.spark.invalid.InputException;
import io.sparkrnn.spark.invalid.OnInvalid;
import io.sparkrnn.spark.result.Output;
import io.sparkrnn.spark.result.ResultColumn;
import io.sparkrnn.spark.row.SequenceEncoders;
import io.sparkrnn.spark.sequence.LengthLimits;
import io.sparkrnn.spark.sequence.ScoreRequest;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.spark.SparkContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;
import org.jspecify.annotations.Nullable;

/**
 * Runs a network over a table of sequences, one a row: {@code Dataset<Row>} in, {@code Dataset<Row>} out. One row out for
 * each row in unless some are {@linkplain ScorerBuilder#minSteps left out}, in the order of its partition; a partition is a
 * stream, of which a task holds one batch. Immutable, so that one scorer serves any number of tables.
 *
 * <pre>{@code
 * Dataset<Row> states = SequenceScorer.builder(model).features("features").build().transform(sequences);
 * }</pre>
 */
public final class SequenceScorer {
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
    private final EventTable.@Nullable Former former;

    SequenceScorer(ScorerBuilder builder) {
        if (ByteOrder.nativeOrder() != ByteOrder.LITTLE_ENDIAN) {
            throw new IllegalStateException("spark-rnn runs on little-endian machines only");
        }
        standardization = builder.standardization;
        columns = new ColumnChoice(
                builder.features == null ? List.of(ColumnOptions.FEATURES) : List.copyOf(builder.features),
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
        former = builder.former == null ? null : new EventTable.Former(builder.former, builder.late);
        onInvalid = builder.onInvalid;
        nonFinite = builder.nonFinite;
        kernel = builder.kernel;
        if (Stream.of(builder.lengths, builder.valid, builder.padding)
                        .filter(Objects::nonNull)
                        .count()
                > 1) {
            throw new IllegalArgumentException(ColumnOptions.LENGTHS + ", " + ColumnOptions.VALID + ", "
                    + ColumnOptions.PADDING + ": each says which steps count; give one of them, not several");
        }
        checkEvents();
        precision = builder.naturalPrecision();
        if (!EngineFactory.canCompute(kernel, precision)) {
            throw new IllegalArgumentException("the " + kernel + " kernel does not compute in " + precision);
        }
        computation = builder.computation(precision, columns);
        if (former != null && computation.obstacle() != null) {
            throw new IllegalArgumentException("the network cannot be gone on with: " + computation.obstacle());
        }
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

    /** Refuses what does not go with tables of events, or with their states. */
    private void checkEvents() {
        if (events == null) {
            if (former != null) {
                throw new IllegalArgumentException(
                        "former states are gone on from by events; of a row that is a sequence, name its columns");
            }
            return;
        }
        if (columns.named().anyMatch(named -> !named.option().equals(ColumnOptions.ID) && !isOfFormerStates(named))) {
            throw new IllegalArgumentException(
                    ColumnOptions.LENGTHS + ", " + ColumnOptions.VALID + ", " + ColumnOptions.PADDING + ", "
                            + ColumnOptions.INITIAL_STATE + ", " + ColumnOptions.INITIAL_CELL_STATE
                            + ": they are of rows that are sequences, and here a row is an event");
        }
        if (events.gives() == EventLayout.Gives.EVENTS) {
            if (onInvalid instanceof OnInvalid.Nulls) {
                throw new IllegalArgumentException(
                        "a sequence that cannot be scored has no row to stay in, where a row of the result is an event");
            }
            if (columns.mostSteps() < Integer.MAX_VALUE) {
                throw new IllegalArgumentException(
                        "the first or last steps alone, where a row of the result is an event; leave out others of the result");
            }
        }
        boolean carries = former != null || statesFolder != null;
        if (carries && (events.maxGap() != null || events.maxGapNumber() != null)) {
            throw new IllegalArgumentException(
                    "max-gap: states go on with one sequence of an id, and gaps make several");
        }
        if (carries && columns.mostSteps() < Integer.MAX_VALUE) {
            throw new IllegalArgumentException(
                    "the first or last steps alone: the state behind them is not that behind all");
        }
    }

    private boolean isOfFormerStates(ColumnChoice.Named named) {
        return former != null
                && (named.option().equals(ColumnOptions.INITIAL_STATE)
                        || named.option().equals(ColumnOptions.INITIAL_CELL_STATE));
    }

    /**
     * A scorer for {@code model}, everything else by default: column {@code features}, hidden states and h_n.
     *
     * @throws io.sparkrnn.platform.PlatformException when the jar is for another Spark or Scala than the one that runs
     */
    public static ScorerBuilder builder(RnnModel model) {
        BuiltFor.check();
        return new ScorerBuilder(model);
    }

    /**
     * A scorer for a whole network, everything else by default: the outputs of the graph, of columns with the names of its
     * inputs. Of one that has one input alone the column is {@code features} where there is none of the input's name.
     *
     * @throws io.sparkrnn.platform.PlatformException when the jar is for another Spark or Scala than the one that runs
     */
    public static ScorerBuilder builder(Graph graph) {
        BuiltFor.check();
        return new ScorerBuilder(graph);
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
     *     runs this, with an InputException among the causes that names the row, unless {@link ScorerBuilder#onInvalid} says
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

    /**
     * The schema of what {@link #transform(Dataset)} gives, of the schema of {@code input} alone: nothing is read or broadcast.
     *
     * @throws InputException when a column is missing or of the wrong type
     */
    public StructType schema(Dataset<Row> input) {
        return SequenceEncoders.schema(table(input).kept(), added(), onInvalid);
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
     * The final states of the rows that a job over {@code input} scored, by {@link ScorerBuilder#finalStates}: the id, of events {@code
     * last_} and the order column, h_n, and c_n of an LSTM. To be read when that job is done, before its folder is deleted.
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
        if (events != null) {
            StructType rows = new StructType();
            for (StructField field : EventTable.ofStates(events, kept)) {
                rows = rows.add(field);
            }
            return new ScoreRequest.FinalStates(statesFolder, EventTable.placesOfStates(events), withStates(rows));
        }
        String id = columns.id();
        if (id == null) {
            throw new InputException(ColumnOptions.ID + ": states are told apart by their rows' ids; name the column");
        }
        for (int i = 0; i < kept.length(); i++) {
            if (InputColumns.same(kept.fields()[i].name(), id)) {
                return new ScoreRequest.FinalStates(
                        statesFolder, List.of(i), withStates(new StructType().add(kept.fields()[i])));
            }
        }
        throw new InputException(ColumnOptions.KEEP + ": states are told apart by " + id
                + ", which has to be a column of its own that passes through; name it, too");
    }

    private StructType withStates(StructType rows) {
        StructType all = rows;
        for (ResultColumn state : computation.finalStateColumns(precision)) {
            all = all.add(state.name(), state.type(), false);
        }
        return all;
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
            return EventTable.of(input, events, columns, former, computation, standardization, precision, added);
        }
        return SequenceTable.of(
                input,
                columns,
                computation,
                standardization,
                added,
                onInvalid instanceof OnInvalid.SetAside ? SequenceTable.Original.TAKEN : SequenceTable.Original.NONE);
    }

    /**
     * The same network over a stream of events, for {@code io.sparkrnn.stream}, which keeps the states.
     *
     * @param rule what becomes of events that cannot be scored, in place of the scorer's own rule for sequences
     * @throws InputException when a column is missing or of the wrong type
     * @throws IllegalArgumentException when the scorer is not of events, or does what needs all events of an id
     */
    public EventStream stream(Dataset<Row> input, OnInvalid rule) {
        checkStreams();
        List<String> added =
                new ArrayList<>(added().stream().map(ResultColumn::name).toList());
        if (rule instanceof OnInvalid.Nulls) {
            added.add(OnInvalid.ERROR_CODE);
        }
        EventTable.Found found = EventTable.unsorted(
                input, Objects.requireNonNull(events), columns, computation, standardization, precision, added);
        return new EventStream(
                found.rows(),
                SequenceEncoders.events(found.taken()),
                SequenceEncoders.scored(found.kept(), added(), rule),
                found.columns().idType(),
                new EventStream.Program(
                        network(input.sparkSession()),
                        found.columns(),
                        request(found.kept(), found.original()),
                        digest(),
                        computation));
    }

    /**
     * Refuses what a stream cannot have.
     *
     * @throws IllegalArgumentException saying what, and why
     */
    public void checkStreams() {
        if (events == null) {
            throw new IllegalArgumentException("a stream that keeps states is one of events: give the scorer its events"
                    + " (ScorerBuilder.events)");
        }
        String obstacle = computation.obstacle();
        if (obstacle != null) {
            throw new IllegalArgumentException("the network cannot be gone on with event by event: " + obstacle);
        }
        if (columns.fewestSteps() > 0 || columns.mostSteps() < Integer.MAX_VALUE) {
            throw new IllegalArgumentException("the first or last steps alone, or a least number of them: of a stream"
                    + " nobody knows how many events an id will have");
        }
        if (events.partitions() > 0) {
            throw new IllegalArgumentException(
                    "partitions of a layout: those of a stream are fixed by its checkpoint, as"
                            + " many as spark.sql.shuffle.partitions said when it began");
        }
        if (nonFinite == ScoreRequest.NonFinite.INVALID) {
            throw new IllegalArgumentException(
                    "rejectNonFinite: a result is known when the state has the event behind it"
                            + " already; filter the events' numbers, or the results");
        }
        if (former != null) {
            throw new IllegalArgumentException("goOnFrom: a stream begins with the states that it is given itself"
                    + " (StreamScorer.Builder.initialStates)");
        }
        if (statesFolder != null) {
            throw new IllegalArgumentException("finalStates: those of a stream are in its checkpoint");
        }
    }

    private byte[] digest() {
        WeightsDigest digest = new WeightsDigest();
        digest.add(precision.toString());
        computation.digest(digest);
        if (standardization != null) {
            digest.add(standardization.pairs());
        }
        return digest.end();
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
