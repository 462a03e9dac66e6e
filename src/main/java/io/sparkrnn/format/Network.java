package io.sparkrnn.format;

import io.sparkrnn.model.RnnModel;
import java.util.List;

/**
 * A network found in a file.
 *
 * @param prefix what stands before {@code weight_ih_l0} in the names of its tensors: empty, or with a dot at its end
 * @param model the network, its weights read
 * @param otherTensors the names of the tensors in the file that it does not use, in the file's order; unmodifiable
 */
public record Network(String prefix, RnnModel model, List<String> otherTensors) {
    public Network {
        otherTensors = List.copyOf(otherTensors);
    }
}
