package io.sparkrnn.job.inspect;

import io.sparkrnn.format.network.WholeNetwork;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.GraphInput;
import io.sparkrnn.graph.GraphOutput;
import io.sparkrnn.graph.Node;
import io.sparkrnn.graph.Outlines;
import io.sparkrnn.graph.operator.Recurrent;
import io.sparkrnn.job.inspect.NetworkDescription.Given;
import io.sparkrnn.job.inspect.NetworkDescription.Input;
import io.sparkrnn.job.inspect.NetworkDescription.Kind;
import io.sparkrnn.job.inspect.NetworkDescription.Output;
import io.sparkrnn.job.inspect.NetworkDescription.Part;
import io.sparkrnn.job.inspect.NetworkDescription.Step;
import io.sparkrnn.job.inspect.NetworkDescription.Taken;
import io.sparkrnn.job.inspect.NetworkDescription.Value;
import io.sparkrnn.job.inspect.NetworkDescription.Values;
import io.sparkrnn.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Describes a whole network: its graph. */
final class GraphDescription {
    private static final String STEPS = "T";

    private final Graph graph;
    private final Set<String> counted = new HashSet<>();

    private final Map<String, String> vocabularies;

    private GraphDescription(Graph graph, Map<String, String> vocabularies) {
        this.graph = graph;
        this.vocabularies = vocabularies;
    }

    /** @param vocabularies what is told of those that the sidecar names, by inputs */
    static NetworkDescription of(WholeNetwork whole, Map<String, String> vocabularies) {
        GraphDescription description = new GraphDescription(whole.graph(), vocabularies);
        return new NetworkDescription(
                Part.WHOLE,
                whole.graph().naturalPrecision(),
                whole.graph().parameters(),
                description.inputs(),
                description.nodes(),
                description.outputs(),
                whole.notes());
    }

    private List<Input> inputs() {
        Taken taken = graph.inputs().size() == 1 ? Taken.BY_NAME_OR_AS_FEATURES : Taken.BY_NAME;
        List<Input> inputs = new ArrayList<>();
        for (GraphInput input : graph.inputs()) {
            String strings = vocabularies.getOrDefault(input.name(), "");
            String number = !strings.isEmpty() ? "string" : input.isIndex() ? "integer" : "number";
            List<String> shape = new ArrayList<>();
            if (input.isStepByStep()) {
                shape.add(STEPS);
            }
            if (!input.isStepByStep() || input.width() != 1) {
                shape.add(Integer.toString(input.width()));
            }
            long range = input.range().orElse(Long.MAX_VALUE);
            inputs.add(new Input(
                    input.name(),
                    input.isStepByStep()
                            ? arrays(number, shape.size())
                            : arrays(number, input.width() == 1 ? 0 : shape.size()),
                    shape,
                    input.isIndex() ? Values.INDICES : Values.NUMBERS,
                    range == Long.MAX_VALUE ? 0 : range,
                    taken,
                    strings));
        }
        return inputs;
    }

    private static String arrays(String number, int depth) {
        return "array<".repeat(depth) + number + ">".repeat(depth);
    }

    private List<Step> nodes() {
        Outlines outlines = outlines();
        List<Step> steps = new ArrayList<>();
        for (Node node : graph.nodes()) {
            List<Value> values = new ArrayList<>();
            for (String output : node.outputs()) {
                if (!output.isEmpty()) {
                    values.add(new Value(
                            output,
                            outlines == null ? null : outlines.sizes(output).orElse(null)));
                }
            }
            steps.add(new Step(
                    node.name(),
                    node.operator().toString(),
                    node.inputs().stream()
                            .filter(name ->
                                    !name.isEmpty() && !graph.constants().containsKey(name))
                            .toList(),
                    values,
                    parameters(node),
                    node.operator() instanceof Recurrent ? Kind.RECURRENT : Kind.OTHER));
        }
        return steps;
    }

    /** A constant that several nodes take is the first one's, so that the sum is the network's. */
    private long parameters(Node node) {
        long sum = node.operator().parameters();
        for (String name : node.inputs()) {
            Tensor constant = graph.constants().get(name);
            if (constant != null && constant.dtype().isWeight() && counted.add(name)) {
                sum += constant.shape().elements();
            }
        }
        return sum;
    }

    private List<Output> outputs() {
        List<Output> outputs = new ArrayList<>();
        for (GraphOutput output : graph.outputs()) {
            String width = Integer.toString(output.width());
            List<String> shape = switch (output.form()) {
                case OF_ROW -> List.of(width);
                case LIST_OF_ROW -> List.of("up to " + width);
                case NUMBER_OF_STEP -> List.of(STEPS);
                case NUMBERS_OF_STEP -> List.of(STEPS, width);
            };
            outputs.add(new Output(
                    output.name(),
                    arrays(output.isWhole() ? "bigint" : "number", shape.size()),
                    shape,
                    List.of(output.name()),
                    Given.BY_DEFAULT));
        }
        return outputs;
    }

    /** Null where it can be run over no number of steps that is tried. */
    private @Nullable Outlines outlines() {
        try {
            return Outlines.of(graph, List.of());
        } catch (GraphException e) {
            // its shapes are not known then; its nodes are
            return null;
        }
    }
}
