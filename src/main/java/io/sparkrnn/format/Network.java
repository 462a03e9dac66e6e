package io.sparkrnn.format;

import io.sparkrnn.model.RnnModel;
import java.util.List;

/**
 * A network found in a file.
 *
 * @param prefix what stands before {@code weight_ih_l0} in the names of its tensors: empty, or with a dot at its end; of
 *     a graph, the name of its first node
 * @param model the network, its weights read
 * @param otherTensors the names of the tensors in the file that it does not use, in the file's order; unmodifiable
 * @param notes what its user should know, a sentence each: parts of a graph that are not used, what had to be assumed;
 *     unmodifiable
 */
public record Network(String prefix, RnnModel model, List<String> otherTensors, List<String> notes) {
    public Network {
        otherTensors = List.copyOf(otherTensors);
        notes = List.copyOf(notes);
    }
}
