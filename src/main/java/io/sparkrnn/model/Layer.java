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
public record Layer(LayerWeights forward, @Nullable LayerWeights reverse) implements Serializable {
    public Layer {
        if (reverse != null
                && (reverse.cell() != forward.cell()
                        || reverse.inputSize() != forward.inputSize()
                        || reverse.hiddenSize() != forward.hiddenSize()
                        || reverse.stateSize() != forward.stateSize())) {
            throw new IllegalArgumentException("the two directions of a layer differ in cell or size");
        }
    }

    /** The cell of both directions. */
    public CellType cell() {
        return forward.cell();
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

    /** H: the number of hidden units of one direction. */
    public int hiddenSize() {
        return forward.hiddenSize();
    }

    /** P: the width of the hidden state of one direction. */
    public int stateSize() {
        return forward.stateSize();
    }

    /** D*P: the width of a time step it gives, forward states first. */
    public int outputSize() {
        return numDirections() * stateSize();
    }
}
