package io.sparkrnn.model;

import java.io.Serializable;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * One layer of a stack: a cell run over the time steps forward, backward, or both ways, which is a bidirectional layer.
 *
 * @param forward the weights of the direction that starts at step 0; null in a layer that only runs backward
 * @param reverse the weights of the direction that starts at a sequence's own last step; null in a layer that only runs
 *     forward
 */
public record Layer(
        @Nullable DirectionWeights forward, @Nullable DirectionWeights reverse) implements Serializable {
    public Layer {
        if (forward == null && reverse == null) {
            throw new IllegalArgumentException("a layer without weights");
        }
        if (forward != null
                && reverse != null
                && (reverse.cell().type() != forward.cell().type()
                        || reverse.inputSize() != forward.inputSize()
                        || reverse.hiddenSize() != forward.hiddenSize()
                        || reverse.stateSize() != forward.stateSize())) {
            throw new IllegalArgumentException("the two directions of a layer differ in cell or size");
        }
    }

    /** D: 1, or 2 for a bidirectional layer. */
    public int numDirections() {
        return forward == null || reverse == null ? 1 : 2;
    }

    /** The weights of each direction: forward if there is one, then reverse if there is one. */
    public List<DirectionWeights> directions() {
        return Stream.of(forward, reverse).filter(Objects::nonNull).toList();
    }

    private DirectionWeights first() {
        return Objects.requireNonNull(forward != null ? forward : reverse);
    }

    /** The cell; in a bidirectional layer the forward one, from which the other may differ in its functions. */
    public Cell cell() {
        return first().cell();
    }

    /** I: the width of a time step it takes. */
    public int inputSize() {
        return first().inputSize();
    }

    /** H: the number of hidden units of one direction. */
    public int hiddenSize() {
        return first().hiddenSize();
    }

    /** P: the width of the hidden state of one direction. */
    public int stateSize() {
        return first().stateSize();
    }

    /** The width of the cell state of one direction: H of an LSTM, 0 of a cell without. */
    public int cellStateSize() {
        return first().cellStateSize();
    }

    /** D*P: the width of a time step it gives, forward states first. */
    public int outputSize() {
        return numDirections() * stateSize();
    }
}
