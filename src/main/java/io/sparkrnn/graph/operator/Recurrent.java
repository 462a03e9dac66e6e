package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.reference.ReferenceNetwork;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A recurrent layer or a stack of such (<a href="https://onnx.ai/onnx/operators/onnx__LSTM.html">LSTM</a> and its like): X
 * [T, 1, I], h_0 [L*D, 1, P] and c_0 [L*D, 1, H] or none give Y [T, D, 1, P], h_n and c_n; with N sequences of a row, such as
 * the words of each of its sentences, N in the place of the 1. An engine runs it over many rows together, the fast way; here it
 * is the reference, in float64.
 */
public final class Recurrent implements Operator {
    private static final long serialVersionUID = 1;

    private final RnnModel model;
    private transient volatile @Nullable ReferenceNetwork reference;

    /** @param model the layers, all of one width of states */
    public Recurrent(RnnModel model) {
        this.model = model;
    }

    /** The layers. */
    public RnnModel model() {
        return model;
    }

    @Override
    public Array[] run(@Nullable Array[] inputs, Precision precision) {
        Array x = check(inputs);
        if (x.size(1) != 1) {
            List<Array[]> results = new ArrayList<>();
            for (int n = 0; n < x.size(1); n++) {
                results.add(run(alone(inputs, n), precision));
            }
            return together(results);
        }
        if (x.size(0) == 0) {
            return unmoved(inputs, precision);
        }
        ReferenceNetwork network = reference;
        if (network == null) {
            network = new ReferenceNetwork(model);
            reference = network;
        }
        ReferenceNetwork.Result result = network.run(
                numbers(x),
                states(Operator.at(inputs, 1), model.hiddenStates().initialStates()),
                states(Operator.at(inputs, 2), model.cellStates().initialStates()));
        return results(
                array(result.output(), precision),
                array(result.finalStates(), precision),
                array(result.finalCellStates(), precision),
                x.size(0));
    }

    /** What it gives for a sequence of no steps, all of them masked: the states it is given. */
    public Array[] unmoved(@Nullable Array[] inputs, Precision precision) {
        return results(
                Array.numbers(precision, 0, model.outputSize()),
                array(states(Operator.at(inputs, 1), model.hiddenStates().initialStates()), precision),
                array(states(Operator.at(inputs, 2), model.cellStates().initialStates()), precision),
                0);
    }

    @Override
    public Array[] outline(@Nullable Array[] inputs, Precision precision) {
        Array x = check(inputs);
        int steps = x.size(0);
        Array[] one = results(
                Array.numbers(precision, steps, model.outputSize()),
                Array.numbers(precision, model.hiddenStates().total()),
                Array.numbers(precision, model.cellStates().total()),
                steps);
        return x.size(1) == 1 ? one : together(Collections.nCopies(x.size(1), one));
    }

    /** What it is given of one of several sequences. */
    public @Nullable Array[] alone(@Nullable Array[] inputs, int sequence) {
        @Nullable Array[] own = inputs.clone();
        for (int i = 0; i < 3 && i < inputs.length; i++) {
            Array all = inputs[i];
            if (all != null) {
                own[i] = all.part(1, sequence, 1);
            }
        }
        return own;
    }

    /** What several sequences give, beside each other. */
    public Array[] together(List<Array[]> results) {
        Array[] all = new Array[3];
        Precision precision = results.get(0)[0].doubles() != null ? Precision.FLOAT64 : Precision.FLOAT32;
        for (int o = 0; o < all.length; o++) {
            Array[] parts = new Array[results.size()];
            for (int n = 0; n < parts.length; n++) {
                parts[n] = results.get(n)[o];
            }
            all[o] = new Concat(-2).run(parts, precision)[0];
        }
        return all;
    }

    /**
     * What it is given: X.
     *
     * @throws GraphException when the inputs are not of the shapes above
     */
    public Array check(@Nullable Array[] inputs) {
        Array x = Operator.need(inputs, 0);
        if (x.rank() != 3 || x.size(1) == 0 || x.size(2) != model.inputSize() || x.isWhole()) {
            throw new GraphException("it is given " + x + "; expected numbers [steps, 1, " + model.inputSize() + "]");
        }
        Array h = Operator.at(inputs, 1);
        Array c = Operator.at(inputs, 2);
        if (misfits(h, model.hiddenStates().total(), x.size(1))
                || misfits(c, model.cellStates().total(), x.size(1))) {
            throw new GraphException("initial states " + h + " and " + c + "; expected "
                    + model.hiddenStates().total() + " and "
                    + model.cellStates().total() + " numbers");
        }
        return x;
    }

    private static boolean misfits(@Nullable Array states, int each, int sequences) {
        return states != null
                && (states.elements() != (long) each * sequences
                        || (sequences > 1 && (states.rank() != 3 || states.size(1) != sequences)));
    }

    /**
     * What it gives, of one sequence.
     *
     * @param steps T
     */
    public Array[] results(Array y, Array h, Array c, int steps) {
        int directions = model.layers().get(model.numLayers() - 1).numDirections();
        return new Array[] {
            y.reshaped(steps, directions, 1, model.outputSize() / directions),
            h.reshaped(model.numStates(), 1, h.elements() / model.numStates()),
            c.reshaped(model.numStates(), 1, c.elements() / model.numStates())
        };
    }

    private static double[] states(@Nullable Array given, double[] own) {
        return given == null ? own : numbers(given);
    }

    private static double[] numbers(Array x) {
        double[] values = new double[x.elements()];
        for (int i = 0; i < values.length; i++) {
            values[i] = x.get(i);
        }
        return values;
    }

    private static Array array(double[] values, Precision precision) {
        Array array = Array.numbers(precision, values.length);
        for (int i = 0; i < values.length; i++) {
            array.set(i, values[i]);
        }
        return array;
    }

    /**
     * The last layer's state of h_n [L, 1, P], in a shape: what the last step of Y has where all layers go forward.
     *
     * @param shape of as many numbers as a state has
     */
    public record LastState(List<Integer> shape) implements Single {
        public LastState {
            shape = List.copyOf(shape);
        }

        @Override
        public Array result(Array h, @Nullable Array[] inputs, Precision precision) {
            if (h.rank() < 1 || h.size(0) < 1) {
                throw new GraphException("the last state of " + h);
            }
            return h.part(0, h.size(0) - 1, 1)
                    .reshaped(shape.stream().mapToInt(size -> size).toArray());
        }

        @Override
        public String toString() {
            return "last state";
        }
    }

    @Override
    public Precision naturalPrecision() {
        return model.naturalPrecision();
    }

    @Override
    public long effort(@Nullable Array[] inputs) {
        return Math.max(2, 4 * model.parameters() / model.outputSize());
    }

    @Override
    public long parameters() {
        return model.parameters();
    }

    @Override
    public String toString() {
        return Objects.toString(model);
    }
}
