package io.sparkrnn.model;

import io.sparkrnn.tensor.Tensor;
import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * The weights of one direction of one layer, as PyTorch names them; H is hidden_size, I the layer's input size.
 *
 * @param weightIh W_ih [H, I]
 * @param weightHh W_hh [H, H]
 * @param biasIh b_ih [H], null in a network without bias
 * @param biasHh b_hh [H], null in a network without bias
 */
public record LayerWeights(
        Tensor weightIh,
        Tensor weightHh,
        @Nullable Tensor biasIh,
        @Nullable Tensor biasHh) implements Serializable {
    public LayerWeights {
        if (weightHh.shape().rank() != 2 || weightIh.shape().rank() != 2) {
            throw new IllegalArgumentException("weights of shapes " + weightIh.shape() + ", " + weightHh.shape());
        }
        long hidden = weightHh.shape().size(1);
        boolean fits = weightHh.shape().is(hidden, hidden)
                && weightIh.shape().size(0) == hidden
                && (biasIh == null) == (biasHh == null)
                && (biasIh == null || biasIh.shape().is(hidden))
                && (biasHh == null || biasHh.shape().is(hidden));
        if (!fits) {
            throw new IllegalArgumentException("the weights do not fit each other: " + weightIh.shape() + ", "
                    + weightHh.shape() + ", " + biasIh + ", " + biasHh);
        }
    }

    /** I: the width of a time step this layer takes. */
    public int inputSize() {
        return Math.toIntExact(weightIh.shape().size(1));
    }

    /** H: the width of the state it keeps. */
    public int hiddenSize() {
        return Math.toIntExact(weightHh.shape().size(1));
    }

    /** The number of weights. */
    public long parameters() {
        return weightIh.shape().elements()
                + weightHh.shape().elements()
                + (biasIh == null ? 0 : biasIh.shape().elements())
                + (biasHh == null ? 0 : biasHh.shape().elements());
    }
}
