package io.sparkrnn.model;

import io.sparkrnn.tensor.Tensor;
import java.io.Serializable;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * How the states of one sequence lie in an array, one for each layer and direction, in PyTorch's order: l0, l0_reverse,
 * l1, l1_reverse, ... In a network whose layers are alike all have one width: [L*D][P]. Immutable.
 */
public final class StateLayout implements Serializable {
    private static final long serialVersionUID = 1;

    private final int[] offsets;
    private final @Nullable Tensor[] initial;

    private StateLayout(int[] offsets, @Nullable Tensor[] initial) {
        this.offsets = offsets;
        this.initial = initial;
    }

    static StateLayout of(
            List<DirectionWeights> directions,
            ToIntFunction<DirectionWeights> width,
            Function<DirectionWeights, @Nullable Tensor> initial) {
        int[] offsets = new int[directions.size() + 1];
        Tensor[] tensors = new Tensor[directions.size()];
        for (int s = 0; s < tensors.length; s++) {
            offsets[s + 1] = Math.addExact(offsets[s], width.applyAsInt(directions.get(s)));
            tensors[s] = initial.apply(directions.get(s));
        }
        return new StateLayout(offsets, tensors);
    }

    /** The number of states: the sum of the layers' directions. */
    public int count() {
        return initial.length;
    }

    /** The width of a state; 0 where a layer has none of this kind. */
    public int width(int state) {
        return offsets[state + 1] - offsets[state];
    }

    /** Where a state begins. */
    public int offset(int state) {
        return offsets[state];
    }

    /** The width of all states together. */
    public int total() {
        return offsets[count()];
    }

    /** Whether all states have the same width. */
    public boolean isUniform() {
        for (int s = 1; s < count(); s++) {
            if (width(s) != width(0)) {
                return false;
            }
        }
        return true;
    }

    /** The states at the start where a table gives none, [{@link #total}] in a new array: the network's own, mostly zeros. */
    public double[] initialStates() {
        double[] values = new double[total()];
        for (int s = 0; s < count(); s++) {
            Tensor tensor = initial[s];
            if (tensor != null) {
                System.arraycopy(tensor.toDoubles(), 0, values, offset(s), width(s));
            }
        }
        return values;
    }
}
