package io.sparkrnn.graph;

import io.sparkrnn.model.Precision;
import io.sparkrnn.tensor.Tensor;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * How much is computed, at most, while a graph that nobody knows is looked at: a small file must not take all memory, nor the
 * whole night. What is allocated counts, and what is gone through, in numbers; all that is done with one budget together.
 */
public final class Budget {
    /** What a graph without weights gets: 256 MiB, if all were float64 and kept. */
    private static final long LEAST = 1L << 25;

    /** What it gets for each weight. */
    private static final long FOR_A_WEIGHT = 16;

    private static final ThreadLocal<@Nullable Budget> CURRENT = new ThreadLocal<>();

    private final long all;
    private long left;

    private Budget(long all) {
        this.all = all;
        left = all;
    }

    /** As much as a graph with these constants can ask for. */
    public static Budget of(Iterable<Tensor> constants, long otherWeights) {
        long weights = otherWeights;
        for (Tensor tensor : constants) {
            weights += tensor.shape().elements();
        }
        return new Budget(LEAST + FOR_A_WEIGHT * Math.min(weights, 1L << 40));
    }

    /**
     * Takes from it.
     *
     * @throws GraphException when nothing is left
     */
    public void spend(long numbers) {
        left -= Math.min(numbers, Long.MAX_VALUE >> 1);
        if (left < 0) {
            left = -1;
            throw new GraphException("the graph's values have more than " + all
                    + " numbers, for a row of a few dozen steps:" + " for a graph of its size that is refused");
        }
    }

    /** Whether nothing is left. */
    public boolean isSpent() {
        return left < 0;
    }

    /** Does something on this thread whose arrays are taken from it. */
    <T> T within(Supplier<T> work) {
        Budget outer = CURRENT.get();
        CURRENT.set(this);
        try {
            return work.get();
        } finally {
            CURRENT.set(outer);
        }
    }

    /** Takes what a new array has from the budget of this thread, if it has one. */
    static void allocate(int elements) {
        take(elements);
    }

    /**
     * Takes what an operator computes, beyond what it allocates, from the budget of this thread, if it has one: before it does.
     *
     * @throws GraphException when nothing is left, or the inputs do not fit it
     */
    public static void takeEffort(Operator operator, @Nullable Array[] inputs, Precision precision) {
        long effort = CURRENT.get() == null ? 1 : operator.effort(inputs);
        if (effort > 1) {
            long elements = 1;
            for (Array result : operator.outline(inputs, precision)) {
                elements += result.elements();
            }
            take(Math.multiplyExact(elements, Math.min(effort, 1L << 31)));
        }
    }

    /** Takes from the budget of this thread, if it has one. */
    public static void take(long numbers) {
        Budget budget = CURRENT.get();
        if (budget != null) {
            budget.spend(numbers);
        }
    }
}
