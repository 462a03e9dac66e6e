package io.sparkrnn.reference;

import io.sparkrnn.model.CellType;
import io.sparkrnn.model.LayerWeights;
import io.sparkrnn.model.RnnModel;
import io.sparkrnn.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import org.ejml.concurrency.EjmlConcurrency;
import org.ejml.data.DMatrixRMaj;
import org.ejml.simple.SimpleMatrix;
import org.ejml.simple.SimpleOperations;
import org.jspecify.annotations.Nullable;

/**
 * The equations of {@link CellType} in float64, one sequence and one step at a time, written as PyTorch's documentation
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

    private final List<List<Matrices>> layers;
    private final RnnModel model;

    /** The weights of one direction of a layer: W_ih [G*H,I], W_hh [G*H,P], biases [G*H,1], W_hr [P,H] or null. */
    private record Matrices(
            CellType cell,
            int hiddenSize,
            SimpleMatrix weightIh,
            SimpleMatrix weightHh,
            SimpleMatrix biasIh,
            SimpleMatrix biasHh,
            @Nullable SimpleMatrix weightHr) {}

    /** The states between two steps: h [P,1], c [H,1], of no rows for a cell without. */
    private record State(SimpleMatrix h, SimpleMatrix c) {}

    /**
     * What a network gives for one sequence.
     *
     * @param output the last layer's hidden states [T*D*P]
     * @param finalStates h_n [L*D*P]
     * @param finalCellStates c_n [L*D*H]; empty for a cell without
     */
    public record Result(double[] output, double[] finalStates, double[] finalCellStates) {}

    /** The network with its weights widened to float64. */
    public ReferenceNetwork(RnnModel model) {
        this.model = model;
        layers = model.layers().stream()
                .map(layer -> layer.directions().stream()
                        .map(ReferenceNetwork::matrices)
                        .toList())
                .toList();
    }

    private static Matrices matrices(LayerWeights weights) {
        int rows = weights.cell().gates() * weights.hiddenSize();
        Tensor projection = weights.weightHr();
        return new Matrices(
                weights.cell(),
                weights.hiddenSize(),
                matrix(weights.weightIh()),
                matrix(weights.weightHh()),
                bias(weights.biasIh(), rows),
                bias(weights.biasHh(), rows),
                projection == null ? null : matrix(projection));
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
     * @param initialStates h_0 [L*D*P]
     * @param initialCellStates c_0 [L*D*H]; not read for a cell without
     */
    public Result run(double[] x, double[] initialStates, double[] initialCellStates) {
        int steps = x.length / model.inputSize();
        int stateSize = model.stateSize();
        int cellSize = model.cellStateSize();
        List<SimpleMatrix> input = new ArrayList<>(steps);
        for (int t = 0; t < steps; t++) {
            input.add(vector(x, t * model.inputSize(), model.inputSize()));
        }
        double[] finalStates = new double[model.numStates() * stateSize];
        double[] finalCellStates = new double[model.numStates() * cellSize];
        int index = 0;
        for (List<Matrices> directions : layers) {
            List<SimpleMatrix> output = new ArrayList<>(steps);
            for (int d = 0; d < directions.size(); d++, index++) {
                State state = new State(
                        vector(initialStates, index * stateSize, stateSize),
                        vector(initialCellStates, index * cellSize, cellSize));
                for (int i = 0; i < steps; i++) {
                    // The second direction starts at the sequence's own last step.
                    int t = d == 0 ? i : steps - 1 - i;
                    state = step(directions.get(d), input.get(t), state);
                    if (d == 0) {
                        output.add(state.h());
                    } else {
                        output.set(t, output.get(t).concatRows(state.h()));
                    }
                }
                System.arraycopy(state.h().getDDRM().data, 0, finalStates, index * stateSize, stateSize);
                System.arraycopy(state.c().getDDRM().data, 0, finalCellStates, index * cellSize, cellSize);
            }
            input = output;
        }
        int width = model.outputSize();
        double[] output = new double[Math.multiplyExact(steps, width)];
        for (int t = 0; t < steps; t++) {
            System.arraycopy(input.get(t).getDDRM().data, 0, output, t * width, width);
        }
        return new Result(output, finalStates, finalCellStates);
    }

    private static SimpleMatrix vector(double[] values, int from, int count) {
        return column(Arrays.copyOfRange(values, from, from + count), count, 1);
    }

    private static State step(Matrices w, SimpleMatrix x, State before) {
        SimpleMatrix fromInput = w.weightIh().mult(x).plus(w.biasIh());
        SimpleMatrix fromState = w.weightHh().mult(before.h()).plus(w.biasHh());
        SimpleMatrix sum = fromInput.plus(fromState);
        return switch (w.cell()) {
            // StrictMath: the same bits on every machine.
            case RNN_TANH -> new State(apply(sum, StrictMath::tanh), before.c());
            case RNN_RELU -> new State(apply(sum, value -> Math.max(0, value)), before.c());
            case LSTM -> {
                SimpleMatrix i = sigmoid(gate(w, sum, 0));
                SimpleMatrix f = sigmoid(gate(w, sum, 1));
                SimpleMatrix g = apply(gate(w, sum, 2), StrictMath::tanh);
                SimpleMatrix o = sigmoid(gate(w, sum, 3));
                SimpleMatrix c = f.elementMult(before.c()).plus(i.elementMult(g));
                SimpleMatrix h = o.elementMult(apply(c, StrictMath::tanh));
                yield new State(w.weightHr() == null ? h : w.weightHr().mult(h), c);
            }
            case GRU -> {
                SimpleMatrix r = sigmoid(gate(w, sum, 0));
                SimpleMatrix z = sigmoid(gate(w, sum, 1));
                SimpleMatrix n =
                        apply(gate(w, fromInput, 2).plus(r.elementMult(gate(w, fromState, 2))), StrictMath::tanh);
                SimpleMatrix h = n.minus(z.elementMult(n)).plus(z.elementMult(before.h()));
                yield new State(h, before.c());
            }
        };
    }

    /** The rows of one gate. */
    private static SimpleMatrix gate(Matrices w, SimpleMatrix sums, int gate) {
        return sums.rows(gate * w.hiddenSize(), (gate + 1) * w.hiddenSize());
    }

    private static SimpleMatrix sigmoid(SimpleMatrix x) {
        return apply(x, value -> 1 / (1 + StrictMath.exp(-value)));
    }

    private static SimpleMatrix apply(SimpleMatrix matrix, DoubleUnaryOperator function) {
        SimpleOperations.ElementOpReal operation = (row, column, value) -> function.applyAsDouble(value);
        return matrix.elementOp(operation);
    }
}
