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
import java.util.Arrays;
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
    void run(Values values, @Nullable String[] problems) {
        engine.clear();
        int size = values.size();
        List<Integer> rows = new ArrayList<>();
        Array all = isStepwise() ? together(values, 0) : null;
        if (all != null && (all.rank() != 3 || all.size(1) != 1)) {
            all = null;
        }
        for (int s = 0; s < size; s++) {
            if (problems[s] != null) {
                continue;
            }
            try {
                @Nullable Array[] inputs = all == null ? inputs(values, s) : inputs(values, s, all);
                Array x = operator.check(inputs);
                int steps = all == null ? x.size(0) : values.length(s);
                if (steps == 0) {
                    put(values, s, unmoved(inputs, x.size(1)));
                } else if (x.size(1) == 1) {
                    int from = all == null ? 0 : values.start(s) * model.inputSize();
                    rows.add(s);
                    engine.add(steps, numbers(x, from), states(inputs, 1), states(inputs, 2));
                } else {
                    for (int n = 0; n < x.size(1); n++) {
                        @Nullable Array[] own = operator.alone(inputs, n);
                        rows.add(s);
                        engine.add(steps, numbers(Operator.need(own, 0), 0), states(own, 1), states(own, 2));
                    }
                }
            } catch (GraphException e) {
                problems[s] = node + ": " + e.getMessage();
            }
        }
        if (engine.size() == 0) {
            return;
        }
        engine.run();
        boolean together = all != null && engine.size() == size && hasSteps(values, 0) && putsTogether(values);
        int hidden = model.hiddenStates().total();
        int cell = model.cellStates().total();
        ByteBuffer bytes =
                ByteBuffer.allocate((hidden + cell) * precision.byteSize()).order(ByteOrder.LITTLE_ENDIAN);
        List<Array[]> ofRow = new ArrayList<>();
        for (int i = 0; i < engine.size(); i++) {
            int steps = engine.length(i);
            if (isTaken(1) || isTaken(2)) {
                for (int state = 0; state < model.numStates(); state++) {
                    engine.copyFinalState(i, state, bytes, model.hiddenStates().offset(state) * precision.byteSize());
                    engine.copyFinalCellState(
                            i, state, bytes, (hidden + model.cellStates().offset(state)) * precision.byteSize());
                }
            }
            boolean given = givesStates && !together;
            Array y = given ? hiddenStates(i, steps) : Array.numbers(precision, 0, model.outputSize());
            Array[] results =
                    operator.results(y, array(bytes, 0, hidden), array(bytes, hidden, cell), given ? steps : 0);
            ofRow.add(results);
            if (i + 1 == engine.size() || !rows.get(i + 1).equals(rows.get(i))) {
                Array[] row = ofRow.size() == 1 ? ofRow.get(0) : operator.together(ofRow);
                for (int output = given ? 0 : 1; output < row.length; output++) {
                    put(values, rows.get(i), output, row[output]);
                }
                ofRow.clear();
            }
        }
    }

    /** Puts the hidden states of all sequences, which are one after the other; whether it could. */
    private boolean putsTogether(Values values) {
        float[] states = engine.hiddenStates();
        long count = (long) values.steps() * model.outputSize();
        if (states == null || count > Array.MOST_ELEMENTS) {
            return false;
        }
        int directions = model.layers().get(model.numLayers() - 1).numDirections();
        putTogether(
                values,
                0,
                Array.of(
                        Arrays.copyOf(states, (int) count),
                        values.steps(),
                        directions,
                        1,
                        model.outputSize() / directions));
        return true;
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
        if (precision == Precision.FLOAT32) {
            float[] floats = new float[count];
            bytes.asFloatBuffer().get(from, floats);
            return Array.of(floats, count);
        }
        double[] doubles = new double[count];
        bytes.asDoubleBuffer().get(from, doubles);
        return Array.of(doubles, count);
    }

    private static @Nullable NumberSource states(@Nullable Array[] inputs, int index) {
        Array given = index < inputs.length ? inputs[index] : null;
        return given == null ? null : numbers(given, 0);
    }

    /** The elements of an array from one on, one after the other. */
    private static NumberSource numbers(Array array, int from) {
        return new NumberSource() {
            private int next = from;

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
