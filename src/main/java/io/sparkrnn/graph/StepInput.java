package io.sparkrnn.graph;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an operator takes, where it is asked whether it computes each step by itself: a value whose shape is the same for all
 * rows but for the axis that counts their steps, or a constant.
 *
 * @param shape for some number of steps
 * @param axis which counts the steps; {@link #NONE} of a constant
 * @param constant its value; null of one that is not the same for all rows
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record StepInput(int[] shape, int axis, @Nullable Array constant) {
    /** No axis counts steps. */
    public static final int NONE = -1;

    /** Whether it is the same for all rows. */
    public boolean isConstant() {
        return constant != null;
    }

    /** Whether all inputs from one on are constants or left out. */
    public static boolean areConstant(List<@Nullable StepInput> inputs, int from) {
        return inputs.stream().skip(from).allMatch(input -> input == null || input.isConstant());
    }

    /** The axis of the first input; {@link #NONE} where there is none, or where others are no constants. */
    public static int ofFirst(List<@Nullable StepInput> inputs) {
        StepInput first = inputs.isEmpty() ? null : inputs.get(0);
        return first == null || !areConstant(inputs, 1) ? NONE : first.axis();
    }

    /** As {@link #ofFirst}, of an operator that moves along one axis alone: {@link #NONE} where it is that of the steps. */
    public static int besides(long axis, List<@Nullable StepInput> inputs) {
        int steps = ofFirst(inputs);
        StepInput first = steps < 0 ? null : inputs.get(0);
        return first == null || Array.axis(axis, first.shape().length) == steps ? NONE : steps;
    }

    /** The inputs as an operator takes them, those that are no constants as null. */
    public static @Nullable Array[] constants(List<@Nullable StepInput> inputs) {
        return inputs.stream()
                .map(input -> input == null ? null : input.constant())
                .toArray(Array[]::new);
    }
}
