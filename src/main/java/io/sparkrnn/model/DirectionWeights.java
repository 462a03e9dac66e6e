package io.sparkrnn.model;

import io.sparkrnn.tensor.Tensor;
import java.io.Serializable;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The weights of one direction of one layer, as PyTorch names them, its gates in PyTorch's order. I is the layer's input
 * size, H hidden_size, G the cell's number of gates, P the width of the hidden state: proj_size of an LSTM that has one,
 * else H.
 *
 * @param cell whose weights these are
 * @param weightIh W_ih [G*H, I]
 * @param weightHh W_hh [G*H, P]
 * @param biasIh b_ih [G*H], null where there is none
 * @param biasHh b_hh [G*H], null where there is none: in a network without bias, or with one bias a gate
 * @param weightHr W_hr [P, H], the projection of an LSTM with proj_size, else null
 * @param peepholes P [3*H] of an LSTM whose gates i, f and o, in this order, also see the cell state: i and f that before
 *     the step, o that after it; null without
 * @param initialState h_0 [P] where the table gives none; null for zeros
 * @param initialCellState c_0 [H] where the table gives none; null for zeros
 */
public record DirectionWeights(
        Cell cell,
        Tensor weightIh,
        Tensor weightHh,
        @Nullable Tensor biasIh,
        @Nullable Tensor biasHh,
        @Nullable Tensor weightHr,
        @Nullable Tensor peepholes,
        @Nullable Tensor initialState,
        @Nullable Tensor initialCellState)
        implements Serializable {
    public DirectionWeights {
        if (weightHh.shape().rank() != 2 || weightIh.shape().rank() != 2) {
            throw new IllegalArgumentException("weights of shapes " + weightIh.shape() + ", " + weightHh.shape());
        }
        CellType type = cell.type();
        long rows = weightIh.shape().size(0);
        long hidden = rows / type.gates();
        long state = weightHh.shape().size(1);
        boolean lstm = type == CellType.LSTM;
        boolean fits = rows > 0
                && rows == hidden * type.gates()
                && weightHh.shape().is(rows, state)
                && is(biasIh, rows)
                && is(biasHh, rows)
                && (weightHr == null
                        ? state == hidden
                        : lstm && weightHr.shape().is(state, hidden))
                && is(peepholes, 3 * hidden)
                && is(initialState, state)
                && is(initialCellState, hidden)
                && (lstm || (peepholes == null && initialCellState == null));
        if (!fits) {
            throw new IllegalArgumentException("the weights of an " + cell + " do not fit each other: "
                    + weightIh.shape() + ", " + weightHh.shape() + ", " + biasIh + ", " + biasHh + ", " + weightHr
                    + ", " + peepholes + ", " + initialState + ", " + initialCellState);
        }
    }

    private static boolean is(@Nullable Tensor tensor, long size) {
        return tensor == null || tensor.shape().is(size);
    }

    /** Weights of a cell as PyTorch has it: two biases or none, no peepholes, initial states of zero. */
    public static DirectionWeights of(
            Cell cell,
            Tensor weightIh,
            Tensor weightHh,
            @Nullable Tensor biasIh,
            @Nullable Tensor biasHh,
            @Nullable Tensor weightHr) {
        return new DirectionWeights(cell, weightIh, weightHh, biasIh, biasHh, weightHr, null, null, null);
    }

    /** I: the width of a time step this layer takes. */
    public int inputSize() {
        return Math.toIntExact(weightIh.shape().size(1));
    }

    /** H: the number of hidden units. */
    public int hiddenSize() {
        return Math.toIntExact(weightIh.shape().size(0) / cell.type().gates());
    }

    /** P: the width of the hidden state: proj_size of an LSTM that has one, else H. */
    public int stateSize() {
        return Math.toIntExact(weightHh.shape().size(1));
    }

    /** The width of the cell state: H of an LSTM, 0 of a cell without. */
    public int cellStateSize() {
        return cell.type().hasCellState() ? hiddenSize() : 0;
    }

    /** Whether PyTorch has such a layer: its cell no variant, no peepholes. */
    public boolean isOfPyTorch() {
        return cell.isOfPyTorch() && peepholes == null;
    }

    /** The trained tensors there are. */
    public Stream<Tensor> tensors() {
        return Stream.of(weightIh, weightHh, biasIh, biasHh, weightHr, peepholes)
                .filter(Objects::nonNull);
    }
}
