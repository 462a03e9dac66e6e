package io.sparkrnn.reference;

import io.sparkrnn.model.CellType;
import io.sparkrnn.model.Layer;
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
 * {@code h_t = act(W_ih x_t + b_ih + W_hh h_(t-1) + b_hh)} in float64, one sequence and one step at a time, written as
 * <a href="https://pytorch.org/docs/stable/generated/torch.nn.RNN.html">torch.nn.RNN</a> writes it. Slow and plain: the
 * float64 engine, and the second opinion for the fast ones. Immutable.
 */
public final class ReferenceNetwork {
    static {
        // A Spark task owns one core: no threads of EJML's own inside it.
        EjmlConcurrency.USE_CONCURRENT = false;
    }

    private final List<LayerMatrices> layers;
    private final int inputSize;
    private final int hiddenSize;

    private record LayerMatrices(CellType cell, List<Matrices> directions) {}

    /** The weights of one direction of a layer: W_ih [H,I], W_hh [H,H], biases [H,1]. */
    private record Matrices(SimpleMatrix weightIh, SimpleMatrix weightHh, SimpleMatrix biasIh, SimpleMatrix biasHh) {}

    /**
     * What a network gives for one sequence.
     *
     * @param output the last layer's hidden states [T*D*H]
     * @param finalStates h_n [L*D*H]
     */
    public record Result(double[] output, double[] finalStates) {}

    /** The network with its weights widened to float64. */
    public ReferenceNetwork(RnnModel model) {
        inputSize = model.inputSize();
        hiddenSize = model.hiddenSize();
        layers = model.layers().stream().map(ReferenceNetwork::matrices).toList();
    }

    private static LayerMatrices matrices(Layer layer) {
        List<Matrices> directions = new ArrayList<>();
        for (LayerWeights weights : layer.directions()) {
            directions.add(new Matrices(
                    matrix(weights.weightIh()),
                    matrix(weights.weightHh()),
                    bias(weights.biasIh(), weights.hiddenSize()),
                    bias(weights.biasHh(), weights.hiddenSize())));
        }
        return new LayerMatrices(layer.cell(), directions);
    }

    private static SimpleMatrix matrix(Tensor tensor) {
        int rows = Math.toIntExact(tensor.shape().size(0));
        int columns = Math.toIntExact(tensor.shape().size(1));
        return column(tensor.toDoubles(), rows, columns);
    }

    private static SimpleMatrix bias(@Nullable Tensor tensor, int hiddenSize) {
        return tensor == null ? new SimpleMatrix(hiddenSize, 1) : column(tensor.toDoubles(), hiddenSize, 1);
    }

    private static SimpleMatrix column(double[] values, int rows, int columns) {
        return SimpleMatrix.wrap(DMatrixRMaj.wrap(rows, columns, values));
    }

    /**
     * Runs one sequence; nothing is modified.
     *
     * @param x the features [T*I], T at least 1
     * @param initialStates h_0 [L*D*H]
     */
    public Result run(double[] x, double[] initialStates) {
        int steps = x.length / inputSize;
        List<SimpleMatrix> input = new ArrayList<>(steps);
        for (int t = 0; t < steps; t++) {
            input.add(column(Arrays.copyOfRange(x, t * inputSize, (t + 1) * inputSize), inputSize, 1));
        }
        double[] finalStates = new double[initialStates.length];
        int state = 0;
        for (LayerMatrices layer : layers) {
            List<SimpleMatrix> output = new ArrayList<>(steps);
            for (int d = 0; d < layer.directions().size(); d++, state++) {
                int at = state * hiddenSize;
                SimpleMatrix h = column(Arrays.copyOfRange(initialStates, at, at + hiddenSize), hiddenSize, 1);
                for (int i = 0; i < steps; i++) {
                    // The second direction starts at the sequence's own last step.
                    int t = d == 0 ? i : steps - 1 - i;
                    h = cell(layer.cell(), layer.directions().get(d), input.get(t), h);
                    if (d == 0) {
                        output.add(h);
                    } else {
                        output.set(t, output.get(t).concatRows(h));
                    }
                }
                System.arraycopy(h.getDDRM().data, 0, finalStates, at, hiddenSize);
            }
            input = output;
        }
        int width = layers.get(layers.size() - 1).directions().size() * hiddenSize;
        double[] output = new double[Math.multiplyExact(steps, width)];
        for (int t = 0; t < steps; t++) {
            System.arraycopy(input.get(t).getDDRM().data, 0, output, t * width, width);
        }
        return new Result(output, finalStates);
    }

    private static SimpleMatrix cell(CellType cell, Matrices w, SimpleMatrix x, SimpleMatrix h) {
        SimpleMatrix sum =
                w.weightIh().mult(x).plus(w.biasIh()).plus(w.weightHh().mult(h)).plus(w.biasHh());
        return switch (cell) {
            // StrictMath: the same bits on every machine.
            case RNN_TANH -> apply(sum, StrictMath::tanh);
            case RNN_RELU -> apply(sum, value -> Math.max(0, value));
        };
    }

    private static SimpleMatrix apply(SimpleMatrix matrix, DoubleUnaryOperator function) {
        SimpleOperations.ElementOpReal operation = (row, column, value) -> function.applyAsDouble(value);
        return matrix.elementOp(operation);
    }
}
