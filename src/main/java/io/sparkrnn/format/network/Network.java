package io.sparkrnn.format.network;

import io.sparkrnn.graph.Graph;
import io.sparkrnn.graph.RecurrentStates;
import io.sparkrnn.graph.operator.RecurrentStack;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A network found in a file.
 *
 * @param prefix what stands before {@code weight_ih_l0} in the names of its tensors: empty, or with a dot at its end; of
 *     a graph, the name of its first node
 * @param model the network, its weights read
 * @param otherTensors the names of the tensors in the file that it does not use, in the file's order; unmodifiable
 * @param notes what its user should know, a sentence each: parts of a graph that are not used, what had to be assumed;
 *     unmodifiable
 * @param head what makes predictions of its states; null when none was asked for
 * @param sidecar what stood beside the file
 * @param graph the whole network, of which the layers are a part; null when there is nothing but them, or nobody asked
 * @param stacks the recurrent layers of the graph; empty without one. Unmodifiable
 */
public record Network(
        String prefix,
        RnnModel model,
        List<String> otherTensors,
        List<String> notes,
        @Nullable NamedHead head,
        Sidecar sidecar,
        @Nullable Graph graph,
        List<RecurrentStack> stacks) {
    public Network {
        otherTensors = List.copyOf(otherTensors);
        notes = List.copyOf(notes);
        stacks = List.copyOf(stacks);
    }

    /** A network without a head, of a file with nothing beside it. */
    public Network(String prefix, RnnModel model, List<String> otherTensors, List<String> notes) {
        this(prefix, model, otherTensors, notes, null, Sidecar.NONE, null, List.of());
    }

    /**
     * This network with a head.
     *
     * @param names the tensors it is made of, which are then no others
     */
    public Network with(NamedHead found, Set<String> names) {
        List<String> left =
                otherTensors.stream().filter(name -> !names.contains(name)).toList();
        return new Network(prefix, model, left, notes, found, sidecar, graph, stacks);
    }

    /** This network with what stood beside its file. */
    public Network with(Sidecar beside) {
        return new Network(prefix, model, otherTensors, notes, head, beside, graph, stacks);
    }

    /** The whole of this network: what is to be known of its layers alone is not of it. */
    public Network with(WholeNetwork whole) {
        return new Network(prefix, model, otherTensors, whole.notes(), head, sidecar, whole.graph(), whole.stacks());
    }

    /** This network with other notes. */
    public Network withNotes(List<String> others) {
        return new Network(prefix, model, otherTensors, others, head, sidecar, graph, stacks);
    }

    /** This network with other outputs of the whole. */
    public Network with(Graph less) {
        return new Network(prefix, model, otherTensors, notes, head, sidecar, less, stacks);
    }

    /** The arithmetic that the weights ask for, of the whole network if there is one. */
    public Precision naturalPrecision() {
        return graph == null ? model.naturalPrecision() : graph.naturalPrecision();
    }

    /** What is run, in words: the layers, or the whole network's inputs and outputs. */
    public String described() {
        return graph == null
                ? model.toString()
                : counted(graph.nodes().size(), "node") + ", " + counted(graph.parameters(), "parameter") + ": "
                        + listed(graph.inputs()) + " to " + given(graph);
    }

    private static String given(Graph graph) {
        RecurrentStates states = graph.states();
        List<String> given = new ArrayList<>();
        graph.outputs().forEach(output -> given.add(output.toString()));
        if (states != null) {
            states.wanted().stream()
                    .sorted()
                    .forEach(kind -> given.add(kind.name().toLowerCase(Locale.ROOT)));
        }
        return listed(given);
    }

    private static String counted(long count, String what) {
        return String.format(Locale.ROOT, "%,d %s", count, count == 1 ? what : what + "s");
    }

    private static String listed(List<?> values) {
        return values.stream().map(Object::toString).collect(Collectors.joining(", "));
    }
}
