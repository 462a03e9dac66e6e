package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Axes that an operator has of its own, or takes as an input. */
final class Axes {
    /** More axes than any array has. */
    static final int MOST = 16;

    private Axes() {}

    /** The axes; null when neither says any. */
    static long @Nullable [] of(List<Long> own, @Nullable Array[] inputs, int index) {
        if (!own.isEmpty()) {
            return own.stream().mapToLong(axis -> axis).toArray();
        }
        Array given = index < inputs.length ? inputs[index] : null;
        return given == null || given.elements() == 0 ? null : given.toWholes();
    }
}
