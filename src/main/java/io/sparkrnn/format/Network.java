package io.sparkrnn.format;

import io.sparkrnn.model.RnnModel;
import java.util.List;
import java.util.Set;
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
 */
public record Network(
        String prefix,
        RnnModel model,
        List<String> otherTensors,
        List<String> notes,
        @Nullable NamedHead head,
        Sidecar sidecar) {
    public Network {
        otherTensors = List.copyOf(otherTensors);
        notes = List.copyOf(notes);
    }

    /** A network without a head, of a file with nothing beside it. */
    public Network(String prefix, RnnModel model, List<String> otherTensors, List<String> notes) {
        this(prefix, model, otherTensors, notes, null, Sidecar.NONE);
    }

    /**
     * This network with a head.
     *
     * @param names the tensors it is made of, which are then no others
     */
    Network with(NamedHead found, Set<String> names) {
        List<String> left =
                otherTensors.stream().filter(name -> !names.contains(name)).toList();
        return new Network(prefix, model, left, notes, found, sidecar);
    }

    /** This network with what stood beside its file. */
    Network with(Sidecar beside) {
        return new Network(prefix, model, otherTensors, notes, head, beside);
    }
}
