package io.sparkrnn.graph.operator;

import io.sparkrnn.graph.Array;
import io.sparkrnn.graph.GraphException;
import io.sparkrnn.graph.Operator;
import io.sparkrnn.model.Precision;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.reference.ReferenceNetwork;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A recurrent layer or a stack of such: X [T, 1, I], h_0 [L*D, 1, P] and c_0 [L*D, 1, H] or none, and T, if it is said, give
 * Y [T, D, 1, P], h_n and c_n (<a href="https://onnx.ai/onnx/operators/onnx__LSTM.html">LSTM</a> and its like). An engine
 * runs it over many rows together, the fast way; here it is the reference, in float64.
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
        int steps = check(inputs).size(0);
        return results(
                Array.numbers(precision, steps, model.outputSize()),
                Array.numbers(precision, model.hiddenStates().total()),
                Array.numbers(precision, model.cellStates().total()),
                steps);
    }

    /**
     * What it is given: X.
     *
     * @throws GraphException when the inputs are not of the shapes above
     */
    public Array check(@Nullable Array[] inputs) {
        Array x = Operator.need(inputs, 0);
        if (x.rank() != 3 || x.size(1) != 1 || x.size(2) != model.inputSize() || x.isWhole()) {
            throw new GraphException("it is given " + x + "; expected numbers [steps, 1, " + model.inputSize() + "]");
        }
        Array lengths = Operator.at(inputs, 3);
        if (lengths != null && (lengths.elements() != 1 || lengths.whole(0) != x.size(0))) {
            throw new GraphException("it is told to stop before the end of the sequence, which is not computed: "
                    + x.size(0) + (x.size(0) == 1 ? " step, and " : " steps, and ")
                    + (lengths.elements() == 1 ? "a length of " + lengths.whole(0) : "lengths " + lengths));
        }
        Array h = Operator.at(inputs, 1);
        Array c = Operator.at(inputs, 2);
        if ((h != null && h.elements() != model.hiddenStates().total())
                || (c != null && c.elements() != model.cellStates().total())) {
            throw new GraphException("initial states " + h + " and " + c + "; expected "
                    + model.hiddenStates().total() + " and "
                    + model.cellStates().total() + " numbers");
        }
        return x;
    }

    /**
     * What it gives.
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
