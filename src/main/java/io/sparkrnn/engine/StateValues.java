package io.sparkrnn.engine;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.RecurrentStates;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.StateLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The states of recurrent layers in a whole network: those that the rows of a batch begin with, and those that come of it, as
 * an engine of nothing but these layers takes and gives them. Has the memory of one engine.
 */
final class StateValues {
    private final GraphProgram program;
    private final RecurrentStates states;
    private final Precision precision;
    private final StateLayout hidden;
    private final StateLayout cell;

    /** By row: what it begins with, of each part h_0 and c_0; null where it begins with the network's own. */
    private final List<@Nullable Array[]> begun = new ArrayList<>();

    /** @param precision of the numbers in and out */
    StateValues(GraphProgram program, RecurrentStates states, Precision precision) {
        this.program = program;
        this.states = states;
        this.precision = precision;
        hidden = states.layers().hiddenStates();
        cell = states.layers().cellStates();
    }

    /** What a row begins with, for {@link #add}; its numbers are taken before this returns. */
    @Nullable
    Array[] begin(@Nullable NumberSource h0, @Nullable NumberSource c0) {
        @Nullable Array[] begin = new Array[2 * states.parts().size()];
        split(h0, hidden, begin, 0);
        split(c0, cell, begin, 1);
        return begin;
    }

    private void split(@Nullable NumberSource given, StateLayout layout, @Nullable Array[] begin, int place) {
        if (given == null) {
            return;
        }
        double[] all = new double[layout.total()];
        if (precision == Precision.FLOAT32) {
            float[] floats = new float[all.length];
            given.copyTo(floats, 0, floats.length);
            for (int i = 0; i < floats.length; i++) {
                all[i] = floats[i];
            }
        } else {
            given.copyTo(all, 0, all.length);
        }
        for (int p = 0; p < states.parts().size(); p++) {
            RecurrentStates.Part part = states.parts().get(p);
            int from = layout.offset(part.first());
            Array numbers = Array.numbers(program.precision(), end(layout, part) - from);
            for (int i = 0; i < numbers.elements(); i++) {
                numbers.set(i, all[from + i]);
            }
            begin[2 * p + place] = numbers;
        }
    }

    private static int end(StateLayout layout, RecurrentStates.Part part) {
        int after = part.first() + part.count();
        return after == layout.count() ? layout.total() : layout.offset(after);
    }

    /** Adds a row to the batch. */
    void add(@Nullable Array[] begin) {
        begun.add(begin);
    }

    /** Takes all rows out of the batch. */
    void clear() {
        begun.clear();
    }

    /** Puts what the rows begin with among the values of the graph, by slot and then by sequence. */
    void put(Values values) {
        for (int p = 0; p < states.parts().size(); p++) {
            RecurrentStates.Part part = states.parts().get(p);
            put(values, part.h0(), 2 * p);
            put(values, part.c0(), 2 * p + 1);
        }
    }

    private void put(Values values, String name, int place) {
        if (!name.isEmpty()) {
            int slot = program.known(name);
            for (int s = 0; s < begun.size(); s++) {
                Array begin = Objects.requireNonNull(begun.get(s))[place];
                if (begin != null) {
                    values.put(slot, s, begin);
                }
            }
        }
    }

    /** How many steps the hidden states of a sequence have. */
    int steps(Values values, int sequence) {
        return value(values, states.last().get(0), sequence).size(0);
    }

    /** See {@link Engine#copyHiddenStates}. */
    void copyHiddenStates(Values values, int sequence, ByteBuffer target, int at, int stride) {
        int column = 0;
        for (String name : states.last()) {
            Array y = value(values, name, sequence);
            int width = y.size(1) * y.size(3);
            for (int t = 0; t < y.size(0); t++) {
                copy(y, t * width, width, target, at + t * stride + column * precision.byteSize());
            }
            column += width;
        }
    }

    /** See {@link Engine#copyFinalState}. */
    void copyFinalState(Values values, int sequence, int state, ByteBuffer target, int at) {
        RecurrentStates.Part part = part(state);
        copy(value(values, part.h(), sequence), hidden, part, state, target, at);
    }

    /** See {@link Engine#copyFinalCellState}. */
    void copyFinalCellState(Values values, int sequence, int state, ByteBuffer target, int at) {
        RecurrentStates.Part part = part(state);
        copy(value(values, part.c(), sequence), cell, part, state, target, at);
    }

    private RecurrentStates.Part part(int state) {
        return states.parts().stream()
                .filter(part -> state >= part.first() && state < part.first() + part.count())
                .findFirst()
                .orElseThrow();
    }

    private void copy(Array all, StateLayout layout, RecurrentStates.Part part, int state, ByteBuffer target, int at) {
        copy(all, layout.offset(state) - layout.offset(part.first()), layout.width(state), target, at);
    }

    private void copy(Array from, int first, int count, ByteBuffer target, int at) {
        ByteBuffer bytes = target.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < count; i++) {
            if (precision == Precision.FLOAT64) {
                bytes.putDouble(at + i * Double.BYTES, from.get(first + i));
            } else {
                bytes.putFloat(at + i * Float.BYTES, (float) from.get(first + i));
            }
        }
    }

    private Array value(Values values, String name, int sequence) {
        int slot = program.known(name);
        Array constant = program.constant(slot);
        return Objects.requireNonNull(constant != null ? constant : values.get(slot, sequence));
    }
}
