package io.sparkrnn.spark;

import io.sparkrnn.engine.Engine;
import io.sparkrnn.engine.GraphEngines;
import io.sparkrnn.engine.KernelChoice;
import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.GraphOutput;
import io.sparkrnn.graph.Outline;
import io.sparkrnn.model.Precision;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

    /** What a step takes: found once, on the driver, which is who asks. */
    private transient @Nullable Sizes sizes;

    /**
     * A network.
     *
     * @param precision of the numbers in and out
     * @param lengths whether the number of steps that were scored is a column, too
     * @param proof by which an executor shows that it computes as the driver does; null where none is asked for
     */
    GraphComputation(Graph graph, Precision precision, ScoreRequest.Lengths lengths, @Nullable Proof proof) {
        this.graph = graph;
        this.precision = precision;
        this.lengths = lengths;
        this.proof = proof;
    }

    @Override
    public int stepWidth() {
        return graph.stepWidth();
    }

    @Override
    public FeatureColumns features(InputColumns input, ColumnChoice choice) {
        return new GraphColumns(graph, precision, input, choice).ofSteps();
    }

    @Override
    public @Nullable FeatureColumns rowInputs(InputColumns input, ColumnChoice choice) {
        return graph.rowInputs().isEmpty() ? null : new GraphColumns(graph, precision, input, choice).ofRow();
    }

    @Override
    public InitialStates initialStates(InputColumns input, ColumnChoice choice) {
        return new InitialStates(null, null);
    }

    @Override
    public List<ResultColumn> columns(Precision of) {
        List<ResultColumn> columns = new ArrayList<>();
        for (GraphOutput output : graph.outputs()) {
            columns.add(
                    output.form() == GraphOutput.Form.NUMBERS_OF_STEP
                            ? ResultColumn.matrix(output.name(), of)
                            : ResultColumn.list(output.name(), of));
        }
        if (lengths == ScoreRequest.Lengths.GIVEN) {
            columns.add(ResultColumn.LENGTHS);
        }
        return columns;
    }

    /**
     * What a step takes, by what a row of some steps does.
     *
     * @param widest the numbers of the widest value
     * @param together the numbers of those that are there at a time
     * @param outputSteps for each output how many steps it has for one of the row's
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
        return new Sizes((int) Math.max(1, widest), (int) Math.max(1, Math.min(AT_A_TIME * widest, all)), outputSteps);
    }

    @Override
    public BatchSize batchSize() {
        Sizes sizes = sizes();
        return new BatchSize(
                BatchSize.usual(sizes.together()), Math.max(1, (1 << 30) / sizes.widest()), sizes.together());
    }

    @Override
    public LengthLimits limits(Precision of, int largestArray) {
        Sizes sizes = sizes();
        double stepBytes = 0;
        long rest = 0;
        for (GraphOutput output : graph.outputs()) {
            double steps = sizes.outputSteps().getOrDefault(output.name(), 0.0);
            switch (output.form()) {
                case OF_ROW -> rest += NestedArray.stride(output.width(), of);
                case NUMBER_OF_STEP -> stepBytes += Math.max(1, steps) * of.byteSize();
                case NUMBERS_OF_STEP ->
                    stepBytes += Math.max(1, steps) * (2 * Long.BYTES + NestedArray.stride(output.width(), of));
            }
            rest += 256;
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
                return proof == null ? null : proof.difference(graph, engines);
            }
        };
    }

    @Override
    public List<Result> results(Engine engine) {
        List<Result> results = new ArrayList<>();
        for (int i = 0; i < graph.outputs().size(); i++) {
            results.add(new GraphResult(engine, graph.outputs().get(i), i));
        }
        return results;
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
                .toList();
        return new ProfiledRows(engine, graph.stepWidth(), outputs, profile);
    }

    @Override
    public String toString() {
        return "a network of " + graph.inputs() + " to " + graph.outputs();
    }
}
