package io.sparkrnn.spark;

import io.sparkrnn.engine.Engine;
import io.sparkrnn.engine.EngineFactory;
import io.sparkrnn.engine.KernelChoice;
import io.sparkrnn.engine.StateContinuation;
import io.sparkrnn.forward.ForwardPass;
import io.sparkrnn.forward.OutputLayout;
import io.sparkrnn.model.Head;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.model.StateLayout;
import io.sparkrnn.spark.column.ColumnChoice;
import io.sparkrnn.spark.column.ColumnOptions;
import io.sparkrnn.spark.column.FeatureColumns;
import io.sparkrnn.spark.column.InputColumn;
import io.sparkrnn.spark.column.InputColumns;
import io.sparkrnn.spark.event.EventReader;
import io.sparkrnn.spark.feature.FeatureLayout;
import io.sparkrnn.spark.result.ArrayImage;
import io.sparkrnn.spark.result.NestedArray;
import io.sparkrnn.spark.result.Output;
import io.sparkrnn.spark.result.Result;
import io.sparkrnn.spark.result.ResultColumn;
import io.sparkrnn.spark.result.StateResults;
import io.sparkrnn.spark.sequence.LengthLimits;
import io.sparkrnn.spark.sequence.RowColumns;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.apache.spark.SparkContext;
import org.jspecify.annotations.Nullable;

/**
 * Recurrent layers, with a head on them if there is one: their states, and the head's scores.
 *
 * @param outputs the columns
 * @param proof by which an executor shows that it computes as the driver does; null where none is asked for
 */
record RecurrentComputation(
        RnnModel model,
        @Nullable Head head,
        Set<Output> outputs,
        @Nullable Proof proof) implements Computation {
    private static final long serialVersionUID = 1;

    /**
     * A computation of what fits together.
     *
     * @param columns that are named for the layers
     * @param shown what executors run before their first row; empty for nothing
     * @throws IllegalArgumentException when something is asked for or given that the layers or their head have not
     */
    static RecurrentComputation of(
            RnnModel model,
            @Nullable Head head,
            Set<Output> outputs,
            Precision precision,
            KernelChoice kernel,
            ColumnChoice columns,
            List<ProofSequence> shown) {
        if (!model.hasCellState() && (columns.initialCellState() != null || outputs.contains(Output.C_N))) {
            throw new IllegalArgumentException("no cell state in a network of " + model.cell() + ": do without "
                    + Output.C_N.column() + " and " + ColumnOptions.INITIAL_CELL_STATE);
        }
        if (head == null && outputs.contains(Output.SCORE)) {
            throw new IllegalArgumentException(
                    "no head to score with: give one, or do without " + Output.SCORE.column());
        }
        if (head != null && head.inputSize() != model.outputSize()) {
            throw new IllegalArgumentException("the head takes " + head.inputSize()
                    + " numbers, the network's last layer gives " + model.outputSize());
        }
        if ((columns.initialState() != null && !model.hiddenStates().isUniform())
                || (columns.initialCellState() != null && !model.cellStates().isUniform())) {
            throw new IllegalArgumentException("initial states cannot be given to a network whose layers have states"
                    + " of different widths: " + model);
        }
        return new RecurrentComputation(
                model,
                head,
                outputs,
                shown.isEmpty()
                        ? null
                        : Proof.of(shown, model, head, EngineFactory.proving(model, head, precision, kernel)));
    }

    /** The head, if anyone asks for its scores. */
    private @Nullable Head scoring() {
        return outputs.contains(Output.SCORE) ? head : null;
    }

    private boolean scoresSteps() {
        Head scoring = scoring();
        return scoring != null && scoring.source() == Head.Source.HIDDEN_STATES;
    }

    @Override
    public int stepWidth() {
        return model.inputSize();
    }

    @Override
    public List<String> inputs() {
        return List.of(ColumnOptions.FEATURES);
    }

    @Override
    public FeatureColumns features(InputColumns input, ColumnChoice choice) {
        return FeatureColumns.find(input, choice.features(), model.inputSize(), choice.id());
    }

    @Override
    public List<EventTable.Taken> ofEvent(InputColumns input, ColumnChoice choice) {
        return List.of(new EventTable.Taken(
                ColumnOptions.FEATURES,
                ColumnOptions.FEATURES,
                choice.features(),
                model.inputSize(),
                0,
                EventReader.Tokens.NONE));
    }

    @Override
    public InitialStates initialStates(InputColumns input, ColumnChoice choice) {
        return initialStates(model, input, choice);
    }

    /** The columns with states that some layers begin with. */
    static InitialStates initialStates(RnnModel model, InputColumns input, ColumnChoice choice) {
        String widthName = model.stateSize() < model.hiddenSize() ? "proj_size" : "hidden_size";
        return new InitialStates(
                states(input, choice.initialState(), ColumnOptions.INITIAL_STATE, model.hiddenStates(), widthName),
                states(
                        input,
                        choice.initialCellState(),
                        ColumnOptions.INITIAL_CELL_STATE,
                        model.cellStates(),
                        "hidden_size"));
    }

    private static RowColumns.@Nullable States states(
            InputColumns input, @Nullable String name, String option, StateLayout states, String widthName) {
        if (name == null) {
            return null;
        }
        InputColumn column = input.find(name, option);
        return new RowColumns.States(
                column.name(),
                FeatureLayout.of(column.type()).orElseThrow(),
                states.count(),
                states.width(0),
                widthName);
    }

    @Override
    public List<ResultColumn> columns(Precision precision) {
        List<ResultColumn> columns = new ArrayList<>();
        for (Output output : outputs) {
            columns.add(
                    switch (output) {
                        case LENGTHS -> ResultColumn.LENGTHS;
                        case SCORE ->
                            scoresSteps()
                                    ? ResultColumn.matrix(output.column(), precision)
                                    : ResultColumn.list(output.column(), precision);
                        case HIDDEN_STATES, H_N, C_N -> ResultColumn.matrix(output.column(), precision);
                    });
        }
        return columns;
    }

    @Override
    public List<String> notOfSteps() {
        return outputs.stream()
                .filter(output -> output != Output.HIDDEN_STATES && !(output == Output.SCORE && scoresSteps()))
                .map(Output::column)
                .toList();
    }

    @Override
    public boolean goesOn() {
        return model.runsForwardOnly();
    }

    @Override
    public @Nullable String obstacle() {
        return StateContinuation.obstacle(model);
    }

    @Override
    public RnnModel layers() {
        return model;
    }

    @Override
    public void digest(WeightsDigest digest) {
        digest.add(model);
    }

    @Override
    public BatchSize batchSize() {
        // No more than the arrays of a batch can hold, beside each step's states their headers; the last row may be
        // longer by itself.
        int outputSize = NestedArray.stride(model.outputSize(), Precision.FLOAT32) / Float.BYTES + 4;
        return new BatchSize(
                BatchSize.byWidth(Math.max(model.inputSize(), model.outputSize())),
                (1 << 30) / Math.max(model.inputSize(), outputSize),
                model.inputSize() + model.outputSize());
    }

    @Override
    public LengthLimits limits(Precision precision, int largestArray) {
        return LengthLimits.of(model, head, outputs, precision, largestArray);
    }

    private boolean makesStates() {
        return outputs.contains(Output.HIDDEN_STATES) || scoresSteps();
    }

    /** How an engine lays hidden states out: as Spark's arrays, where they are results. */
    private OutputLayout layout() {
        return outputs.contains(Output.HIDDEN_STATES)
                ? NestedArray.layout(model.outputSize())
                : OutputLayout.dense(model.outputSize());
    }

    @Override
    public Engines engines(Precision precision, KernelChoice kernel) {
        EngineFactory factory = EngineFactory.of(model, head, precision, kernel);
        ForwardPass.Wanted wanted = makesStates() ? ForwardPass.Wanted.HIDDEN_STATES : ForwardPass.Wanted.FINAL_STATES;
        return new Engines() {
            @Override
            public Engine engine() {
                return factory.engine(wanted, layout());
            }

            @Override
            public @Nullable String difference() {
                return proof == null
                        ? null
                        : proof.difference(model, head, EngineFactory.proving(model, head, precision, kernel));
            }
        };
    }

    @Override
    public List<Result> results(Engine engine) {
        List<Result> results = new ArrayList<>();
        for (Output output : outputs) {
            switch (output) {
                case HIDDEN_STATES -> results.add(new StateResults.HiddenStates(engine, model.outputSize()));
                case H_N ->
                    results.add(
                            new StateResults.FinalStates(output, engine, model.hiddenStates(), engine::copyFinalState));
                case C_N ->
                    results.add(new StateResults.FinalStates(
                            output, engine, model.cellStates(), engine::copyFinalCellState));
                case SCORE -> {
                    if (head == null) {
                        throw new IllegalStateException("scores without a head");
                    }
                    results.add(new StateResults.Scores(engine, head));
                }
                case LENGTHS -> {
                    // no array
                }
            }
        }
        return results;
    }

    @Override
    public List<Result> finalStates(Engine engine) {
        return StateResults.finalStates(model, engine);
    }

    @Override
    public List<ResultColumn> finalStateColumns(Precision of) {
        return StateResults.finalStateColumns(model, of);
    }

    @Override
    public ScoreProfile profile(SparkContext context) {
        return new ScoreProfile(context, model, scoring());
    }

    @Override
    public ProfiledRows profiled(Engine engine, List<Result> results, ScoreProfile profile) {
        ArrayImage scores = results.stream()
                .filter(result -> result instanceof StateResults.Scores)
                .map(result -> result.image)
                .findFirst()
                .orElse(null);
        return new ProfiledRows(engine, model, scoring(), scores, makesStates() ? layout() : null, profile);
    }

    @Override
    public String toString() {
        return model.toString();
    }
}
