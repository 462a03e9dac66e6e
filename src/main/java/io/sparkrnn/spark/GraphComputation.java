package io.sparkrnn.spark;

import io.sparkrnn.engine.Engine;
import io.sparkrnn.engine.GraphEngines;
import io.sparkrnn.engine.KernelChoice;
import io.sparkrnn.engine.StateContinuation;
import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.GraphInput;
import io.sparkrnn.graph.GraphOutput;
import io.sparkrnn.graph.Outline;
import io.sparkrnn.graph.RecurrentStates;
import io.sparkrnn.graph.Vocabulary;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.spark.column.ColumnChoice;
import io.sparkrnn.spark.column.ColumnOptions;
import io.sparkrnn.spark.column.FeatureColumns;
import io.sparkrnn.spark.column.InputColumns;
import io.sparkrnn.spark.feature.Standardization;
import io.sparkrnn.spark.invalid.Defect;
import io.sparkrnn.spark.result.GraphResult;
import io.sparkrnn.spark.result.NestedArray;
import io.sparkrnn.spark.result.Output;
import io.sparkrnn.spark.result.Result;
import io.sparkrnn.spark.result.ResultColumn;
import io.sparkrnn.spark.result.StateResults;
import io.sparkrnn.spark.sequence.LengthLimits;
import io.sparkrnn.spark.sequence.ScoreRequest;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.apache.spark.SparkContext;
import org.jspecify.annotations.Nullable;

/** A whole network: its outputs. */
final class GraphComputation implements Computation {
    private static final long serialVersionUID = 1;

    /** Numbers of steps to look at it with: a window may be longer than the first of them. */
    private static final int[] TRIED = {16, 128, 1024};

    /** So many values of the widest are there at a time, at a guess: what is done with is forgotten. */
    private static final int AT_A_TIME = 4;

    private final Graph graph;
    private final Precision precision;
    private final ScoreRequest.Lengths lengths;
    private final @Nullable Proof proof;
    private final Map<String, Vocabulary> vocabularies;

    /** States of the graph's layers that are no columns. */
    private final Set<Output> apart;

    /** What a step takes: found once, on the driver, which is who asks. */
    private transient @Nullable Sizes sizes;

    /**
     * A network.
     *
     * @param precision of the numbers in and out
     * @param lengths whether the number of steps that were scored is a column, too
     * @param vocabularies of the inputs whose indices come as tokens
     * @param apart states that the graph gives and that are no columns
     * @param proof by which an executor shows that it computes as the driver does; null where none is asked for
     */
    GraphComputation(
            Graph graph,
            Precision precision,
            ScoreRequest.Lengths lengths,
            Map<String, Vocabulary> vocabularies,
            Set<Output> apart,
            @Nullable Proof proof) {
        this.graph = graph;
        this.precision = precision;
        this.lengths = lengths;
        this.vocabularies = Map.copyOf(vocabularies);
        this.apart = Set.copyOf(apart);
        this.proof = proof;
    }

    /**
     * A computation of what fits together.
     *
     * @param columns that are named for the network
     * @param standardization of the features; null for none
     * @param apart states that the graph gives and that are no columns
     * @param shown what executors run before their first row; empty for nothing
     * @throws IllegalArgumentException when something is given that the network does not take
     */
    static GraphComputation of(
            Graph graph,
            Precision precision,
            KernelChoice kernel,
            ColumnChoice columns,
            @Nullable Standardization standardization,
            ScoreRequest.Lengths lengths,
            Map<String, Vocabulary> vocabularies,
            Set<Output> apart,
            List<ProofSequence> shown) {
        checkColumns(graph, columns);
        List<GraphInput> steps = graph.stepInputs();
        if (standardization != null && (steps.size() > 1 || steps.get(0).isIndex())) {
            throw new IllegalArgumentException(
                    "features are standardised where a network has one input of numbers at each time step; this one has "
                            + steps);
        }
        vocabularies.forEach((input, vocabulary) -> checkVocabulary(graph, input, vocabulary));
        GraphComputation whole = new GraphComputation(
                graph,
                precision,
                lengths,
                vocabularies,
                apart,
                shown.isEmpty() ? null : Proof.of(shown, graph, GraphEngines.proving(graph, precision, kernel)));
        Set<String> names = new HashSet<>();
        for (ResultColumn column : whole.columns(precision)) {
            if (!names.add(column.name().toLowerCase(Locale.ROOT))) {
                throw new IllegalArgumentException("two columns named " + column.name() + " would come of it");
            }
        }
        return whole;
    }

    private static void checkColumns(Graph graph, ColumnChoice columns) {
        RecurrentStates states = graph.states();
        if ((columns.initialState() != null && (states == null || !states.takesInitialStates()))
                || (columns.initialCellState() != null && (states == null || !states.takesInitialCellStates()))) {
            throw new IllegalArgumentException(ColumnOptions.INITIAL_STATE + ", " + ColumnOptions.INITIAL_CELL_STATE
                    + ": the network takes none of a row; say so when it is made (RecurrentStack.within)");
        }
        if (graph.stepInputs().isEmpty()) {
            throw new IllegalArgumentException(
                    "the network takes nothing at each time step, only " + graph.inputs() + ": there is no sequence");
        }
        if (columns.featuresAre() == ColumnChoice.Features.GIVEN
                && graph.inputs().size() > 1) {
            throw new IllegalArgumentException(ColumnOptions.FEATURES + ": the network has "
                    + graph.inputs().size() + " inputs ("
                    + graph.inputs()
                    + "); each has the column of its name, or the one named for it with column");
        }
        columns.inputs().forEach((input, column) -> {
            if (graph.inputs().stream().noneMatch(one -> one.name().equals(input))) {
                throw new IllegalArgumentException(
                        "column " + input + "=" + column + ": the network has no such input; it has " + graph.inputs());
            }
        });
    }

    private static void checkVocabulary(Graph graph, String input, Vocabulary vocabulary) {
        GraphInput taken = graph.inputs().stream()
                .filter(one -> one.name().equals(input) && one.isIndex())
                .findFirst()
                .orElseThrow(() -> new IllegalArgumentException("a vocabulary of " + input
                        + ": the network has no such input of indices; it has " + graph.inputs()));
        String problem = vocabulary.misfit(taken);
        if (problem != null) {
            throw new IllegalArgumentException("the vocabulary of " + input + ": " + problem);
        }
    }

    @Override
    public Map<String, Vocabulary> vocabularies() {
        return vocabularies;
    }

    @Override
    public int stepWidth() {
        return graph.stepWidth();
    }

    @Override
    public List<String> inputs() {
        return graph.inputs().stream().map(GraphInput::name).toList();
    }

    @Override
    public FeatureColumns features(InputColumns input, ColumnChoice choice) {
        return new GraphColumns(graph, precision, vocabularies.keySet(), input, choice).ofSteps();
    }

    @Override
    public List<EventTable.Taken> ofEvent(InputColumns input, ColumnChoice choice) {
        return new GraphColumns(graph, precision, vocabularies.keySet(), input, choice).ofEvent();
    }

    @Override
    public @Nullable FeatureColumns rowInputs(InputColumns input, ColumnChoice choice) {
        return graph.rowInputs().isEmpty()
                ? null
                : new GraphColumns(graph, precision, vocabularies.keySet(), input, choice).ofRow();
    }

    @Override
    public InitialStates initialStates(InputColumns input, ColumnChoice choice) {
        RecurrentStates states = graph.states();
        return states == null
                ? new InitialStates(null, null)
                : RecurrentComputation.initialStates(states.layers(), input, choice);
    }

    @Override
    public List<ResultColumn> columns(Precision of) {
        List<ResultColumn> columns = new ArrayList<>();
        for (GraphOutput output : graph.outputs()) {
            columns.add(ResultColumn.of(output, of));
        }
        states().forEach(output -> columns.add(ResultColumn.matrix(output.column(), of)));
        if (lengths == ScoreRequest.Lengths.GIVEN) {
            columns.add(ResultColumn.LENGTHS);
        }
        return columns;
    }

    @Override
    public List<String> notOfSteps() {
        Set<String> ofSteps = new HashSet<>(List.of(Output.HIDDEN_STATES.column()));
        for (GraphOutput output : graph.outputs()) {
            switch (output.form()) {
                case NUMBER_OF_STEP, NUMBERS_OF_STEP -> ofSteps.add(output.name());
                case OF_ROW, LIST_OF_ROW -> {
                    // of the sequence
                }
            }
        }
        return columns(precision).stream()
                .map(ResultColumn::name)
                .filter(name -> !ofSteps.contains(name))
                .toList();
    }

    /** The columns of recurrent layers that are wanted, in their order. */
    private List<Output> states() {
        RecurrentStates states = graph.states();
        List<Output> wanted = new ArrayList<>();
        if (states != null) {
            for (Output output : Output.values()) {
                boolean isWanted =
                        states.wanted().stream().anyMatch(kind -> kind.name().equals(output.name()));
                if (isWanted && !apart.contains(output)) {
                    wanted.add(output);
                }
            }
        }
        return wanted;
    }

    /**
     * What a step takes, by what a row of some steps does.
     *
     * @param widest the numbers of the widest value
     * @param together the numbers of those that are there at a time
     * @param outputSteps for each output, and the last layer's states, how many steps it has for one of the row's
     */
    private record Sizes(int widest, int together, Map<String, Double> outputSteps) {}

    private Sizes sizes() {
        Sizes found = sizes;
        if (found == null) {
            found = measured();
            sizes = found;
        }
        return found;
    }

    private Sizes measured() {
        GraphException last = null;
        for (int steps : TRIED) {
            try {
                return sizes(Outline.of(graph, steps), steps);
            } catch (GraphException e) {
                last = e;
            }
        }
        throw new IllegalArgumentException(
                "the network cannot be run over rows of " + TRIED[TRIED.length - 1] + " steps, nor shorter ones", last);
    }

    private Sizes sizes(Outline outline, int steps) {
        long widest = graph.stepWidth();
        long all = 0;
        for (Map.Entry<String, int[]> value : outline.shapes().entrySet()) {
            if (!graph.constants().containsKey(value.getKey())) {
                long numbers = (Array.count(value.getValue()) + steps - 1L) / steps;
                widest = Math.max(widest, numbers);
                all += numbers;
            }
        }
        Map<String, Double> outputSteps = new HashMap<>();
        for (GraphOutput output : graph.outputs()) {
            int[] shape = outline.shapes().get(output.name());
            outputSteps.put(
                    output.name(),
                    output.stepsAxis() < 0 || shape == null ? 0 : (double) shape[output.stepsAxis()] / steps);
        }
        RecurrentStates states = graph.states();
        int[] last = states == null ? null : outline.shapes().get(states.last().get(0));
        if (last != null) {
            outputSteps.put(Output.HIDDEN_STATES.column(), (double) last[0] / steps);
        }
        return new Sizes((int) Math.max(1, widest), (int) Math.max(1, Math.min(AT_A_TIME * widest, all)), outputSteps);
    }

    @Override
    public @Nullable String obstacle() {
        RecurrentStates states = graph.states();
        if (states != null && !states.takesInitialStates()) {
            return "it takes no initial states of a row; say so when it is made (RecurrentStack.within)";
        }
        return StateContinuation.obstacle(graph);
    }

    @Override
    public void digest(WeightsDigest digest) {
        digest.add(graph);
    }

    @Override
    public BatchSize batchSize() {
        Sizes sizes = sizes();
        return new BatchSize(
                BatchSize.byWidth(sizes.together()), Math.max(1, (1 << 30) / sizes.widest()), sizes.together());
    }

    @Override
    public LengthLimits limits(Precision of, int largestArray) {
        Sizes sizes = sizes();
        double stepBytes = 0;
        long rest = 0;
        for (GraphOutput output : graph.outputs()) {
            double steps = sizes.outputSteps().getOrDefault(output.name(), 0.0);
            Precision size = output.size(of);
            switch (output.form()) {
                case OF_ROW, LIST_OF_ROW -> rest += NestedArray.stride(output.width(), size);
                case NUMBER_OF_STEP -> stepBytes += Math.max(1, steps) * size.byteSize();
                case NUMBERS_OF_STEP ->
                    stepBytes += Math.max(1, steps) * (2 * Long.BYTES + NestedArray.stride(output.width(), size));
            }
            rest += 256;
        }
        RecurrentStates states = graph.states();
        if (states != null) {
            RnnModel layers = states.layers();
            if (states().contains(Output.HIDDEN_STATES)) {
                double steps = sizes.outputSteps().getOrDefault(Output.HIDDEN_STATES.column(), 0.0);
                stepBytes += Math.max(1, steps) * (2 * Long.BYTES + NestedArray.stride(layers.outputSize(), of));
            }
            int numbers = layers.hiddenStates().total() + layers.cellStates().total();
            rest += 256L * (layers.numStates() + 1) + (long) numbers * Double.BYTES;
        }
        int largest = Math.min(Array.MOST_ELEMENTS, largestArray / Double.BYTES);
        return new LengthLimits(
                LengthLimits.Pieces.ONE,
                Math.max(1, largest / sizes.widest()),
                (int) Math.ceil(stepBytes),
                largestArray - rest,
                Defect.Kind.TOO_LONG_RESULTS,
                "");
    }

    @Override
    public boolean mayFailLate() {
        return true;
    }

    @Override
    public Engines engines(Precision of, KernelChoice kernel) {
        GraphEngines engines = GraphEngines.of(graph, of, kernel);
        return new Engines() {
            @Override
            public Engine engine() {
                return engines.engine();
            }

            @Override
            public @Nullable String difference() {
                return proof == null ? null : proof.difference(graph, GraphEngines.proving(graph, of, kernel));
            }
        };
    }

    @Override
    public List<Result> results(Engine engine) {
        List<Result> results = new ArrayList<>();
        for (int i = 0; i < graph.outputs().size(); i++) {
            results.add(new GraphResult(engine, graph.outputs().get(i), i));
        }
        RecurrentStates states = graph.states();
        if (states != null) {
            RnnModel layers = states.layers();
            for (Output output : states()) {
                switch (output) {
                    case HIDDEN_STATES -> results.add(new StateResults.HiddenStates(engine, layers.outputSize()));
                    case H_N ->
                        results.add(new StateResults.FinalStates(
                                output, engine, layers.hiddenStates(), engine::copyFinalState));
                    default ->
                        results.add(new StateResults.FinalStates(
                                output, engine, layers.cellStates(), engine::copyFinalCellState));
                }
            }
        }
        return results;
    }

    @Override
    public List<Result> finalStates(Engine engine) {
        return StateResults.finalStates(layers(), engine);
    }

    @Override
    public List<ResultColumn> finalStateColumns(Precision of) {
        return StateResults.finalStateColumns(layers(), of);
    }

    @Override
    public RnnModel layers() {
        RecurrentStates states = graph.states();
        if (states == null) {
            throw new IllegalStateException("a graph without states");
        }
        return states.layers();
    }

    @Override
    public ScoreProfile profile(SparkContext context) {
        return new ScoreProfile(context, graph);
    }

    @Override
    public ProfiledRows profiled(Engine engine, List<Result> results, ScoreProfile profile) {
        List<GraphResult> outputs = results.stream()
                .filter(GraphResult.class::isInstance)
                .map(GraphResult.class::cast)
                .filter(output -> !output.isWhole())
                .toList();
        return new ProfiledRows(engine, graph.stepWidth(), outputs, profile);
    }

    @Override
    public String toString() {
        return "a network of " + graph.inputs() + " to "
                + columns(precision).stream().map(ResultColumn::name).toList();
    }
}
