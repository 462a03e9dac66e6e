package io.sparkrnn.graph;

import io.sparkrnn.model.RnnModel;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * The states of recurrent layers in a graph, given and taken beside its outputs and inputs as a network of nothing but these
 * layers has them. Immutable.
 *
 * @param layers the layers, for the shapes of their states alone
 * @param parts the nodes that are these layers, first to last
 * @param last the values [T, D, 1, P] with the last layer's states at each step: of one node, or of two, each of which is a
 *     direction
 * @param wanted what the graph gives of them
 */
public record RecurrentStates(RnnModel layers, List<Part> parts, List<String> last, Set<Kind> wanted)
        implements Serializable {
    private static final long serialVersionUID = 1;

    /** What there is of states. */
    public enum Kind {
        /** The last layer's states at each step, [T][D*P]. */
        HIDDEN_STATES,
        /** Each layer's and direction's last state, [L*D][P]. */
        H_N,
        /** The same of cell states, [L*D][H]. */
        C_N
    }

    /**
     * A node with one or more of the layers.
     *
     * @param h the value [N, 1, P] with its states in h_n
     * @param c the value [N, 1, H] with its states in c_n
     * @param h0 the value that is put in the place of the states it begins with, where a row has such; empty where none is
     * @param c0 likewise of its cell states
     * @param first the place of its first state among those of all layers
     * @param count N
     */
    public record Part(String h, String c, String h0, String c0, int first, int count) implements Serializable {
        private static final long serialVersionUID = 1;
    }

    public RecurrentStates {
        parts = List.copyOf(parts);
        last = List.copyOf(last);
        wanted = Set.copyOf(wanted);
    }

    /** The values that are to be kept for what is wanted. */
    public List<String> needed() {
        List<String> needed = new ArrayList<>();
        if (wanted.contains(Kind.HIDDEN_STATES)) {
            needed.addAll(last);
        }
        for (Part part : parts) {
            if (wanted.contains(Kind.H_N)) {
                needed.add(part.h);
            }
            if (wanted.contains(Kind.C_N)) {
                needed.add(part.c);
            }
        }
        return needed;
    }

    /** The values that are put in by whoever runs the graph. */
    List<String> given() {
        List<String> given = new ArrayList<>();
        for (Part part : parts) {
            given.add(part.h0);
            given.add(part.c0);
        }
        given.removeIf(String::isEmpty);
        return given;
    }

    /** The same in a graph whose values are called otherwise. */
    public RecurrentStates renamed(UnaryOperator<String> names) {
        return new RecurrentStates(
                layers,
                parts.stream()
                        .map(part -> new Part(
                                names.apply(part.h),
                                names.apply(part.c),
                                names.apply(part.h0),
                                names.apply(part.c0),
                                part.first,
                                part.count))
                        .toList(),
                last.stream().map(names).toList(),
                wanted);
    }

    /** Whether rows may have states that the layers begin with. */
    public boolean takesInitialStates() {
        return parts.stream().anyMatch(part -> !part.h0.isEmpty());
    }

    /** Whether rows may have cell states that the layers begin with. */
    public boolean takesInitialCellStates() {
        return parts.stream().anyMatch(part -> !part.c0.isEmpty());
    }
}
