package io.sparkrnn.engine;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.Node;
import io.sparkrnn.graph.operator.Gather;
import io.sparkrnn.graph.operator.Recurrent;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The last step of what a recurrent layer gives, taken from its final state: where the layer goes forward the two are the same
 * numbers, and the hidden states of all other steps need not be kept. Exporters of PyTorch write {@code output[:, -1]} so.
 */
final class LastSteps {
    private final Graph graph;
    private final StepAxes steps;
    private final Map<String, Node> givers = new HashMap<>();

    private LastSteps(List<Node> nodes, Graph graph, StepAxes steps) {
        this.graph = graph;
        this.steps = steps;
        nodes.forEach(node -> node.outputs().forEach(output -> givers.put(output, node)));
    }

    /** The nodes, with last steps taken from final states, and without those that nobody takes anything of after that. */
    static List<Node> taken(List<Node> nodes, Graph graph, StepAxes steps) {
        LastSteps last = new LastSteps(nodes, graph, steps);
        Map<Node, Node> changed = new HashMap<>();
        for (Node node : nodes) {
            last.change(node, changed);
        }
        if (changed.isEmpty()) {
            return nodes;
        }
        List<Node> all = new ArrayList<>();
        nodes.forEach(node -> all.add(changed.getOrDefault(node, node)));
        return last.needed(all);
    }

    private void change(Node node, Map<Node, Node> changed) {
        int[] shape = node.outputs().isEmpty()
                ? null
                : steps.fixedShape(node.outputs().get(0));
        if (!(node.operator() instanceof Gather gather) || node.inputs().size() != 2 || shape == null) {
            return;
        }
        Array index = steps.constant(node.inputs().get(1));
        String taken = node.inputs().get(0);
        int rank = steps.shape(taken).length;
        if (index == null
                || index.elements() != 1
                || index.whole(0) != -1
                || rank == 0
                || steps.axis(taken) != Array.axis(gather.axis(), rank)) {
            return;
        }
        Node giver = recurrent(taken);
        if (giver == null) {
            return;
        }
        Node known = changed.getOrDefault(giver, giver);
        List<String> outputs = new ArrayList<>(known.outputs());
        if (outputs.size() < 2 || outputs.get(1).isEmpty()) {
            String name = "h_n of " + outputs.get(0);
            if (givers.containsKey(name) || graph.constants().containsKey(name)) {
                return;
            }
            outputs = new ArrayList<>(List.of(outputs.get(0), name));
            outputs.addAll(known.outputs()
                    .subList(
                            Math.min(2, known.outputs().size()), known.outputs().size()));
            Node more = new Node(known.name(), known.operator(), known.inputs(), outputs);
            steps.replaced(giver, more);
            changed.put(giver, more);
        }
        changed.put(
                node,
                new Node(
                        node.name(),
                        new Recurrent.LastState(Arrays.stream(shape).boxed().toList()),
                        List.of(outputs.get(1)),
                        node.outputs()));
    }

    /** The recurrent node whose hidden states a value is, in whatever shape; null when it is none that goes forward. */
    private @Nullable Node recurrent(String value) {
        String name = value;
        while (true) {
            Node giver = givers.get(name);
            if (giver == null || !giver.outputs().get(0).equals(name) || !steps.isStepwise(giver)) {
                return null;
            }
            if (giver.operator() instanceof Recurrent recurrent) {
                boolean forward = recurrent
                                .model()
                                .layers()
                                .get(recurrent.model().numLayers() - 1)
                                .directions()
                                .size()
                        == 1;
                return forward && recurrent.model().runsForwardOnly() ? giver : null;
            }
            if (!steps.movesNothing(giver)) {
                return null;
            }
            name = giver.inputs().get(0);
        }
    }

    private List<Node> needed(List<Node> nodes) {
        Map<String, Node> by = new HashMap<>();
        nodes.forEach(node -> node.outputs().forEach(output -> by.put(output, node)));
        Set<Node> kept = Collections.newSetFromMap(new IdentityHashMap<>());
        Set<String> seen = new HashSet<>();
        Deque<String> open = new ArrayDeque<>(graph.results());
        while (!open.isEmpty()) {
            String name = open.remove();
            Node giver = seen.add(name) ? by.get(name) : null;
            if (giver != null && kept.add(giver)) {
                open.addAll(giver.inputs());
            }
        }
        return nodes.stream().filter(kept::contains).toList();
    }
}
