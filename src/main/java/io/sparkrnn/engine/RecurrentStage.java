package io.sparkrnn.engine;

import io.sparkrnn.forward.ForwardPass.Wanted;
import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.graph.operator.Recurrent;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** A recurrent node: all sequences in one batch of an engine of its own. */
final class RecurrentStage extends Stage {
    private final Recurrent operator;
    private final RnnModel model;
    private final Engine engine;
    private final boolean givesStates;

    RecurrentStage(Wiring wiring, Recurrent operator, EngineFactory engines, Precision precision) {
        super(wiring, precision);
        this.operator = operator;
        model = operator.model();
        givesStates = isTaken(0);
        engine = engines.engine(givesStates ? Wanted.HIDDEN_STATES : Wanted.FINAL_STATES);
    }

    @Override
    void run(@Nullable Array[] @Nullable [] values, int size, @Nullable String[] problems) {
        engine.clear();
        List<Integer> rows = new ArrayList<>();
        for (int s = 0; s < size; s++) {
            if (problems[s] != null) {
                continue;
            }
            try {
                @Nullable Array[] inputs = inputs(values, s);
                Array x = operator.check(inputs);
                if (x.size(0) == 0) {
                    put(values, size, s, unmoved(inputs, x.size(1)));
                    continue;
                }
                for (int n = 0; n < x.size(1); n++) {
                    @Nullable Array[] own = x.size(1) == 1 ? inputs : operator.alone(inputs, n);
                    rows.add(s);
                    engine.add(x.size(0), numbers(Operator.need(own, 0)), states(own, 1), states(own, 2));
                }
            } catch (GraphException e) {
                problems[s] = node + ": " + e.getMessage();
            }
        }
        if (engine.size() == 0) {
            return;
        }
        engine.run();
        int hidden = model.hiddenStates().total();
        int cell = model.cellStates().total();
        List<Array[]> ofRow = new ArrayList<>();
        for (int i = 0; i < engine.size(); i++) {
            int steps = engine.length(i);
            Array y = givesStates ? hiddenStates(i, steps) : Array.numbers(precision, steps, model.outputSize());
            ByteBuffer bytes =
                    ByteBuffer.allocate((hidden + cell) * precision.byteSize()).order(ByteOrder.LITTLE_ENDIAN);
            for (int state = 0; state < model.numStates(); state++) {
                engine.copyFinalState(i, state, bytes, model.hiddenStates().offset(state) * precision.byteSize());
                engine.copyFinalCellState(
                        i, state, bytes, (hidden + model.cellStates().offset(state)) * precision.byteSize());
            }
            ofRow.add(operator.results(y, array(bytes, 0, hidden), array(bytes, hidden, cell), steps));
            if (i + 1 == engine.size() || !rows.get(i + 1).equals(rows.get(i))) {
                put(values, size, rows.get(i), ofRow.size() == 1 ? ofRow.get(0) : operator.together(ofRow));
                ofRow.clear();
            }
        }
    }

    private Array[] unmoved(@Nullable Array[] inputs, int sequences) {
        if (sequences == 1) {
            return operator.unmoved(inputs, precision);
        }
        List<Array[]> all = new ArrayList<>();
        for (int n = 0; n < sequences; n++) {
            all.add(operator.unmoved(operator.alone(inputs, n), precision));
        }
        return operator.together(all);
    }

    private Array hiddenStates(int sequence, int steps) {
        int count = Math.multiplyExact(steps, model.outputSize());
        float[] states = engine.hiddenStates();
        if (states != null) {
            Array y = Array.numbers(precision, steps, model.outputSize());
            System.arraycopy(states, engine.hiddenStatesAt(sequence), Objects.requireNonNull(y.floats()), 0, count);
            return y;
        }
        ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(count, precision.byteSize()))
                .order(ByteOrder.LITTLE_ENDIAN);
        engine.copyHiddenStates(sequence, bytes, 0, model.outputSize() * precision.byteSize());
        return array(bytes, 0, count);
    }

    private Array array(ByteBuffer bytes, int from, int count) {
        Array array = Array.numbers(precision, count);
        for (int i = 0; i < count; i++) {
            array.set(
                    i,
                    precision == Precision.FLOAT32
                            ? bytes.getFloat((from + i) * Float.BYTES)
                            : bytes.getDouble((from + i) * Double.BYTES));
        }
        return array;
    }

    private static @Nullable Numbers states(@Nullable Array[] inputs, int index) {
        Array given = index < inputs.length ? inputs[index] : null;
        return given == null ? null : numbers(given);
    }

    /** The elements of an array, one after the other. */
    private static Numbers numbers(Array array) {
        return new Numbers() {
            private int next;

            @Override
            public void copyTo(float[] target, int at, int count) {
                float[] floats = array.floats();
                if (floats != null) {
                    System.arraycopy(floats, next, target, at, count);
                } else {
                    for (int i = 0; i < count; i++) {
                        target[at + i] = (float) array.get(next + i);
                    }
                }
                next += count;
            }

            @Override
            public void copyTo(double[] target, int at, int count) {
                for (int i = 0; i < count; i++) {
                    target[at + i] = array.get(next + i);
                }
                next += count;
            }
        };
    }
}
