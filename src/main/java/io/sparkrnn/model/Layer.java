package io.sparkrnn.model;

import java.io.Serializable;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One layer of a stack: a cell run over the time steps forward, and in a bidirectional layer also backward.
 *
 * @param forward the weights of the direction that starts at step 0
 * @param reverse the weights of the direction that starts at a sequence's own last step; null in a layer of one
 *     direction
 */
public record Layer(
        CellType cell, LayerWeights forward, @Nullable LayerWeights reverse) implements Serializable {
    public Layer {
        if (reverse != null
                && (reverse.inputSize() != forward.inputSize() || reverse.hiddenSize() != forward.hiddenSize())) {
            throw new IllegalArgumentException("the two directions of a layer differ in size");
        }
    }

    /** D: 1, or 2 for a bidirectional layer. */
    public int numDirections() {
        return reverse == null ? 1 : 2;
    }

    /** The weights of each direction: forward, then reverse if there is one. */
    public List<LayerWeights> directions() {
        return reverse == null ? List.of(forward) : List.of(forward, reverse);
    }

    /** I: the width of a time step it takes. */
    public int inputSize() {
        return forward.inputSize();
    }

    /** H: the width of the state of one direction. */
    public int hiddenSize() {
        return forward.hiddenSize();
    }

    /** D*H: the width of a time step it gives, forward states first. */
    public int outputSize() {
        return numDirections() * hiddenSize();
    }
}
