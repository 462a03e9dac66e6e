package io.sparkrnn.reference;

import io.sparkrnn.model.Activation;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.CellType;
import io.sparkrnn.model.DirectionWeights;
import io.sparkrnn.model.Layer;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.model.StateLayout;
import io.sparkrnn.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.ejml.concurrency.EjmlConcurrency;
import org.ejml.data.DMatrixRMaj;
import org.ejml.simple.SimpleMatrix;
import org.ejml.simple.SimpleOperations;
import org.jspecify.annotations.Nullable;

/**
 * The equations of {@link CellType} and {@link Cell} in float64, one sequence and one step at a time, written as PyTorch's documentation
 * writes them (<a href="https://pytorch.org/docs/stable/generated/torch.nn.RNN.html">nn.RNN</a>, <a
 * href="https://pytorch.org/docs/stable/generated/torch.nn.LSTM.html">nn.LSTM</a>, <a
 * href="https://pytorch.org/docs/stable/generated/torch.nn.GRU.html">nn.GRU</a>). Slow and plain: the float64 engine, and
 * the second opinion for the fast ones. Immutable.
 */
public final class ReferenceNetwork {
    static {
        // A Spark task owns one core: no threads of EJML's own inside it.
        EjmlConcurrency.USE_CONCURRENT = false;
    }

    private final List<Directions> layers;
    private final RnnModel model;

    /** The weights of one direction of a layer: W_ih [G*H,I], W_hh [G*H,P], biases [G*H,1], W_hr [P,H] or null. */
    private record Matrices(
            Cell cell,
            int hiddenSize,
            SimpleMatrix weightIh,
            SimpleMatrix weightHh,
            SimpleMatrix biasIh,
            SimpleMatrix biasHh,
            @Nullable SimpleMatrix weightHr,
            @Nullable SimpleMatrix peepholes) {}

    /** A layer; either direction may be missing. */
    private record Directions(
            @Nullable Matrices forward, @Nullable Matrices reverse) {
        static Directions of(Layer layer) {
            DirectionWeights forward = layer.forward();
            DirectionWeights reverse = layer.reverse();
            return new Directions(
                    forward == null ? null : matrices(forward), reverse == null ? null : matrices(reverse));
        }
    }

    /** The states between two steps: h [P,1], c [H,1], of no rows for a cell without. */
    private record State(SimpleMatrix h, SimpleMatrix c) {}

    /**
     * What a network gives for one sequence.
     *
     * @param output the last layer's hidden states [T*D*P]
     * @param finalStates h_n [L*D*P], laid out as the model says
     * @param finalCellStates c_n [L*D*H], likewise
     */
    public record Result(double[] output, double[] finalStates, double[] finalCellStates) {}

    /** The network with its weights widened to float64. */
    public ReferenceNetwork(RnnModel model) {
        this.model = model;
        layers = model.layers().stream().map(Directions::of).toList();
    }

    private static Matrices matrices(DirectionWeights weights) {
        int rows = weights.cell().type().gates() * weights.hiddenSize();
        Tensor projection = weights.weightHr();
        Tensor peepholes = weights.peepholes();
        return new Matrices(
                weights.cell(),
                weights.hiddenSize(),
                matrix(weights.weightIh()),
                matrix(weights.weightHh()),
                bias(weights.biasIh(), rows),
                bias(weights.biasHh(), rows),
                projection == null ? null : matrix(projection),
                peepholes == null ? null : column(peepholes.toDoubles(), 3 * weights.hiddenSize(), 1));
    }

    private static SimpleMatrix matrix(Tensor tensor) {
        int rows = Math.toIntExact(tensor.shape().size(0));
        int columns = Math.toIntExact(tensor.shape().size(1));
        return column(tensor.toDoubles(), rows, columns);
    }

    private static SimpleMatrix bias(@Nullable Tensor tensor, int rows) {
        return tensor == null ? new SimpleMatrix(rows, 1) : column(tensor.toDoubles(), rows, 1);
    }

    private static SimpleMatrix column(double[] values, int rows, int columns) {
        return SimpleMatrix.wrap(DMatrixRMaj.wrap(rows, columns, values));
    }

    /**
     * Runs one sequence; nothing is modified.
     *
     * @param x the features [T*I], T at least 1
     * @param initialStates h_0 [L*D*P], laid out as the model says
     * @param initialCellStates c_0 [L*D*H], likewise
     */
    public Result run(double[] x, double[] initialStates, double[] initialCellStates) {
        int steps = x.length / model.inputSize();
        StateLayout hidden = model.hiddenStates();
        StateLayout cells = model.cellStates();
        List<SimpleMatrix> input = new ArrayList<>(steps);
        for (int t = 0; t < steps; t++) {
            input.add(vector(x, t * model.inputSize(), model.inputSize()));
        }
        double[] finalStates = initialStates.clone();
        double[] finalCellStates = initialCellStates.clone();
        int index = 0;
        for (Directions layer : layers) {
            List<SimpleMatrix> output = null;
            for (int direction = 0; direction < 2; direction++) {
                Matrices weights = direction == 0 ? layer.forward : layer.reverse;
                if (weights == null) {
                    continue;
                }
                State state = new State(
                        vector(finalStates, hidden.offset(index), hidden.width(index)),
                        vector(finalCellStates, cells.offset(index), cells.width(index)));
                SimpleMatrix[] states = new SimpleMatrix[steps];
                for (int i = 0; i < steps; i++) {
                    // Backward, a sequence starts at its own last step.
                    int t = direction == 1 ? steps - 1 - i : i;
                    state = step(weights, input.get(t), state);
                    states[t] = state.h();
                }
                output = output == null ? List.of(states) : joined(output, states);
                System.arraycopy(state.h().getDDRM().data, 0, finalStates, hidden.offset(index), hidden.width(index));
                System.arraycopy(state.c().getDDRM().data, 0, finalCellStates, cells.offset(index), cells.width(index));
                index++;
            }
            input = Objects.requireNonNull(output, "a layer has a direction");
        }
        int width = model.outputSize();
        double[] output = new double[Math.multiplyExact(steps, width)];
        for (int t = 0; t < steps; t++) {
            System.arraycopy(input.get(t).getDDRM().data, 0, output, t * width, width);
        }
        return new Result(output, finalStates, finalCellStates);
    }

    private static List<SimpleMatrix> joined(List<SimpleMatrix> forward, SimpleMatrix[] reverse) {
        List<SimpleMatrix> both = new ArrayList<>(reverse.length);
        for (int t = 0; t < reverse.length; t++) {
            both.add(forward.get(t).concatRows(reverse[t]));
        }
        return both;
    }

    private static SimpleMatrix vector(double[] values, int from, int count) {
        return column(Arrays.copyOfRange(values, from, from + count), count, 1);
    }

    private static State step(Matrices w, SimpleMatrix x, State before) {
        SimpleMatrix fromInput = w.weightIh().mult(x).plus(w.biasIh());
        SimpleMatrix fromState = w.weightHh().mult(before.h()).plus(w.biasHh());
        SimpleMatrix sum = fromInput.plus(fromState);
        return switch (w.cell().type()) {
            case RNN -> new State(apply(w, w.cell().newActivation(), sum), before.c());
            case LSTM -> lstm(w, sum, before);
            case GRU -> gru(w, fromInput, fromState, before);
        };
    }

    private static State lstm(Matrices w, SimpleMatrix sum, State before) {
        Activation gate = w.cell().gateActivation();
        SimpleMatrix i = apply(w, gate, peeping(w, sum, 0, before.c(), 0));
        SimpleMatrix f = w.cell().forgetGate() == Cell.ForgetGate.COUPLED
                ? i.scale(-1).plus(1)
                : apply(w, gate, peeping(w, sum, 1, before.c(), 1));
        SimpleMatrix g = apply(w, w.cell().newActivation(), gate(w, sum, 2));
        SimpleMatrix c = f.elementMult(before.c()).plus(i.elementMult(g));
        SimpleMatrix o = apply(w, gate, peeping(w, sum, 3, c, 2));
        // c is no sum: it is not clipped.
        SimpleMatrix h = o.elementMult(apply(w.cell().outputActivation(), Double.POSITIVE_INFINITY, c));
        return new State(w.weightHr() == null ? h : w.weightHr().mult(h), c);
    }

    /** The sums of a gate, with what it sees of the cell state. */
    private static SimpleMatrix peeping(Matrices w, SimpleMatrix sum, int gate, SimpleMatrix c, int peephole) {
        SimpleMatrix own = gate(w, sum, gate);
        return w.peepholes() == null
                ? own
                : own.plus(gate(w, w.peepholes(), peephole).elementMult(c));
    }

    private static State gru(Matrices w, SimpleMatrix fromInput, SimpleMatrix fromState, State before) {
        Activation gate = w.cell().gateActivation();
        SimpleMatrix r = apply(w, gate, gate(w, fromInput, 0).plus(gate(w, fromState, 0)));
        SimpleMatrix z = apply(w, gate, gate(w, fromInput, 1).plus(gate(w, fromState, 1)));
        SimpleMatrix recurrent = w.cell().resetGate() == Cell.ResetGate.AFTER_PRODUCT
                ? r.elementMult(gate(w, fromState, 2))
                : gate(w, w.weightHh(), 2).mult(r.elementMult(before.h())).plus(gate(w, w.biasHh(), 2));
        SimpleMatrix n =
                apply(w, w.cell().newActivation(), gate(w, fromInput, 2).plus(recurrent));
        SimpleMatrix h = n.minus(z.elementMult(n)).plus(z.elementMult(before.h()));
        return new State(h, before.c());
    }

    /** The rows of one gate. */
    private static SimpleMatrix gate(Matrices w, SimpleMatrix rows, int gate) {
        return rows.rows(gate * w.hiddenSize(), (gate + 1) * w.hiddenSize());
    }

    private static SimpleMatrix apply(Matrices w, Activation activation, SimpleMatrix matrix) {
        return apply(activation, w.cell().clip(), matrix);
    }

    private static SimpleMatrix apply(Activation activation, double clip, SimpleMatrix matrix) {
        SimpleOperations.ElementOpReal operation =
                (row, column, value) -> activation.apply(Math.min(Math.max(value, -clip), clip));
        return matrix.elementOp(operation);
    }
}
