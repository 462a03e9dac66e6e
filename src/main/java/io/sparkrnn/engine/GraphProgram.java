package io.sparkrnn.engine;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.Node;
import io.sparkrnn.graph.operator.Conv;
import io.sparkrnn.graph.operator.Gemm;
import io.sparkrnn.graph.operator.MatMul;
import io.sparkrnn.graph.operator.Recurrent;
import io.sparkrnn.graph.operator.Transpose;
import io.sparkrnn.kernel.Kernel;
import io.sparkrnn.model.Precision;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A graph laid out to be run: its values numbered, what is the same for all rows computed once, recurrent layers and products
 * in the layout of a kernel. Made once, shared by all tasks of an executor; {@link #stages} have the memory of one.
 */
final class GraphProgram {
    private final Graph graph;
    private final Precision precision;
    private final String kernelName;
    private final Map<String, Integer> slots = new HashMap<>();
    private final Map<Integer, Array> constants = new HashMap<>();
    private final List<Supplier<Stage>> makers = new ArrayList<>();
    private final int[] axes;

    /**
     * A program.
     *
     * @param kernel null for float64 throughout
     * @param choice of the engines of recurrent nodes
     * @throws GraphException when a node of constants alone cannot be run
     */
    GraphProgram(Graph graph, KernelChoice choice, @Nullable Kernel kernel) {
        this.graph = graph;
        precision = kernel == null ? Precision.FLOAT64 : Precision.FLOAT32;
        kernelName = kernel == null ? "reference" : kernel.name();
        Folded folded = Folded.of(graph, precision);
        graph.constants().keySet().forEach(this::slot);
        graph.inputs().forEach(input -> slot(input.name()));
        for (Node node : graph.nodes()) {
            node.outputs().forEach(output -> {
                if (!output.isEmpty()) {
                    slot(output);
                }
            });
        }
        folded.constants().forEach((name, constant) -> constants.put(slot(name), constant));
        StepAxes steps = new StepAxes(graph, folded.constants());
        List<Node> left = LastSteps.taken(folded.left(), graph, steps);
        Map<Node, int[]> done = done(left);
        Set<String> taken = new HashSet<>();
        left.forEach(each -> taken.addAll(each.inputs()));
        taken.addAll(graph.results());
        for (Node node : left) {
            makers.add(maker(wiring(node, done, taken, steps), choice, kernel));
        }
        axes = new int[slots.size()];
        slots.forEach((name, slot) -> axes[slot] = steps.axis(name));
    }

    private int slot(String name) {
        return slots.computeIfAbsent(name, any -> slots.size());
    }

    /** For each node the slots that nobody takes after it. */
    private Map<Node, int[]> done(List<Node> nodes) {
        Set<Integer> kept = new HashSet<>(constants.keySet());
        graph.results().forEach(result -> kept.add(slot(result)));
        Map<Node, int[]> done = new LinkedHashMap<>();
        for (int n = nodes.size() - 1; n >= 0; n--) {
            Node node = nodes.get(n);
            List<Integer> last = new ArrayList<>();
            for (List<String> names : List.of(node.inputs(), node.outputs())) {
                for (String name : names) {
                    if (!name.isEmpty() && kept.add(slot(name))) {
                        last.add(slot(name));
                    }
                }
            }
            done.put(node, last.stream().mapToInt(slot -> slot).toArray());
        }
        return done;
    }

    private Stage.Wiring wiring(Node node, Map<Node, int[]> done, Set<String> taken, StepAxes steps) {
        int[] inputs = node.inputs().stream()
                .mapToInt(name -> name.isEmpty() ? -1 : slot(name))
                .toArray();
        int[] outputs = node.outputs().stream()
                .mapToInt(name -> name.isEmpty() || !taken.contains(name) ? -1 : slot(name))
                .toArray();
        @Nullable Array[] same = new Array[inputs.length];
        Arrays.setAll(same, i -> inputs[i] < 0 ? null : constants.get(inputs[i]));
        return new Stage.Wiring(
                node, inputs, outputs, done.getOrDefault(node, new int[0]), same, steps.isStepwise(node));
    }

    private Supplier<Stage> maker(Stage.Wiring wiring, KernelChoice choice, @Nullable Kernel kernel) {
        if (wiring.node().operator() instanceof Recurrent recurrent) {
            EngineFactory engines = EngineFactory.of(recurrent.model(), precision, choice);
            return () -> new RecurrentStage(wiring, recurrent, engines, precision);
        }
        Linear linear = kernel == null ? null : linear(wiring);
        if (kernel != null && linear != null) {
            return () -> new LinearStage(wiring, kernel, linear.conv(), linear.weights(), linear.bias());
        }
        return () -> new Stage(wiring, precision);
    }

    /** A node that is a product of a sequence's rows and constants; W [depth, columns], b [columns]. */
    private record Linear(
            @Nullable Conv conv, Array weights, @Nullable Array bias) {}

    private @Nullable Linear linear(Stage.Wiring wiring) {
        @Nullable Array[] same = wiring.constants();
        if (same.length < 2 || same[0] != null) {
            return null;
        }
        Array weights = same[1];
        Array bias = same.length > 2 ? same[2] : null;
        boolean noBias = same.length < 3 || wiring.inputs()[2] < 0;
        if (weights == null || weights.isWhole() || weights.elements() == 0 || (bias == null && !noBias)) {
            return null;
        }
        if (wiring.node().operator() instanceof MatMul && weights.rank() == 2) {
            return new Linear(null, weights, null);
        }
        if (wiring.node().operator() instanceof Gemm gemm
                && gemm.a() == Gemm.Turn.NONE
                && gemm.alpha() == 1
                && gemm.beta() == 1
                && weights.rank() == 2) {
            Array turned = Gemm.turned(weights, gemm.b(), precision);
            int columns = turned.size(1);
            if (bias == null) {
                return new Linear(null, turned, null);
            }
            boolean ofColumns = bias.elements() == columns && bias.rank() > 0 && bias.size(-1) == columns;
            return ofColumns ? new Linear(null, turned, bias) : null;
        }
        if (wiring.node().operator() instanceof Conv conv && conv.groups() == 1 && weights.rank() >= 3) {
            int depth = weights.product(1, weights.rank());
            Array matrix = weights.reshaped(weights.size(0), depth);
            Array turned = Transpose.of(1, 0).result(matrix, new Array[] {matrix}, precision);
            return bias == null || bias.elements() == weights.size(0) ? new Linear(conv, turned, bias) : null;
        }
        return null;
    }

    Graph graph() {
        return graph;
    }

    /** Of the numbers in between: float64 without a kernel. */
    Precision precision() {
        return precision;
    }

    String kernelName() {
        return kernelName;
    }

    /** The values of a batch, for one engine. */
    Values values() {
        return new Values(axes);
    }

    /** The slot of a value of the graph. */
    int known(String name) {
        return Objects.requireNonNull(slots.get(name));
    }

    /** The slot of an input, by its place among {@link Graph#inputs}. */
    int inputSlot(int input) {
        return known(graph.inputs().get(input).name());
    }

    /** The slot of an output, by its place among {@link Graph#outputs}. */
    int outputSlot(int output) {
        return known(graph.outputs().get(output).name());
    }

    /** A value that is the same for all rows; null when it is not. */
    @Nullable
    Array constant(int slot) {
        return constants.get(slot);
    }

    /** New stages, for one engine. */
    List<Stage> stages() {
        return makers.stream().map(Supplier::get).toList();
    }
}
