package io.sparkrnn.model;

import io.sparkrnn.tensor.Tensor;
import java.io.Serializable;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The weights of one direction of one layer, as PyTorch names them. I is the layer's input size, H hidden_size, G the
 * cell's number of gates, P the width of the hidden state: proj_size of an LSTM that has one, else H.
 *
 * @param cell whose weights these are
 * @param weightIh W_ih [G*H, I]
 * @param weightHh W_hh [G*H, P]
 * @param biasIh b_ih [G*H], null in a network without bias
 * @param biasHh b_hh [G*H], null in a network without bias
 * @param weightHr W_hr [P, H], the projection of an LSTM with proj_size, else null
 */
public record LayerWeights(
        CellType cell,
        Tensor weightIh,
        Tensor weightHh,
        @Nullable Tensor biasIh,
        @Nullable Tensor biasHh,
        @Nullable Tensor weightHr)
        implements Serializable {
    public LayerWeights {
        if (weightHh.shape().rank() != 2 || weightIh.shape().rank() != 2) {
            throw new IllegalArgumentException("weights of shapes " + weightIh.shape() + ", " + weightHh.shape());
        }
        long rows = weightIh.shape().size(0);
        long hidden = rows / cell.gates();
        long state = weightHh.shape().size(1);
        boolean fits = rows == hidden * cell.gates()
                && weightHh.shape().is(rows, state)
                && (biasIh == null) == (biasHh == null)
                && (biasIh == null || biasIh.shape().is(rows))
                && (biasHh == null || biasHh.shape().is(rows))
                && (weightHr == null
                        ? state == hidden
                        : cell == CellType.LSTM && weightHr.shape().is(state, hidden));
        if (!fits) {
            throw new IllegalArgumentException("the weights of an " + cell + " do not fit each other: "
                    + weightIh.shape() + ", " + weightHh.shape() + ", " + biasIh + ", " + biasHh + ", " + weightHr);
        }
    }

    /** I: the width of a time step this layer takes. */
    public int inputSize() {
        return Math.toIntExact(weightIh.shape().size(1));
    }

    /** H: the number of hidden units. */
    public int hiddenSize() {
        return Math.toIntExact(weightIh.shape().size(0) / cell.gates());
    }

    /** P: the width of the hidden state: proj_size of an LSTM that has one, else H. */
    public int stateSize() {
        return Math.toIntExact(weightHh.shape().size(1));
    }

    /** The tensors there are. */
    public Stream<Tensor> tensors() {
        return Stream.of(weightIh, weightHh, biasIh, biasHh, weightHr).filter(Objects::nonNull);
    }
}
