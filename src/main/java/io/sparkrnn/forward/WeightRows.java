package io.sparkrnn.forward;

import io.sparkrnn.kernel.CellWeights;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.DirectionWeights;
import io.sparkrnn.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** From a layer's tensors to rows of float32. */
final class WeightRows {
    private WeightRows() {}

    /** The weights of a cell that PyTorch has, as a kernel takes them. */
    static CellWeights of(DirectionWeights weights) {
        int gateSize = weights.cell().type().gates() * weights.hiddenSize();
        Tensor projection = weights.weightHr();
        return new CellWeights(
                kind(weights.cell()),
                weights.inputSize(),
                weights.hiddenSize(),
                weights.stateSize(),
                rows(weights.weightIh()),
                rows(weights.weightHh()),
                bias(weights.biasIh(), gateSize),
                bias(weights.biasHh(), gateSize),
                projection == null ? null : rows(projection));
    }

    private static CellWeights.Kind kind(Cell cell) {
        return switch (cell.type()) {
            case RNN -> cell.equals(Cell.RNN_RELU) ? CellWeights.Kind.RNN_RELU : CellWeights.Kind.RNN_TANH;
            case LSTM -> CellWeights.Kind.LSTM;
            case GRU -> CellWeights.Kind.GRU;
        };
    }

    /** The numbers of a bias; zeros in a network without. */
    static float[] bias(@Nullable Tensor tensor, int size) {
        return tensor == null ? new float[size] : tensor.toFloats();
    }

    /** The rows of a matrix. */
    static float[][] rows(Tensor matrix) {
        int height = Math.toIntExact(matrix.shape().size(0));
        int width = Math.toIntExact(matrix.shape().size(1));
        return rows(matrix.toFloats(), height, width);
    }

    /** The rows of a matrix whose numbers lie row after row. */
    static float[][] rows(float[] values, int height, int width) {
        float[][] rows = new float[height][width];
        for (int j = 0; j < height; j++) {
            System.arraycopy(values, j * width, rows[j], 0, width);
        }
        return rows;
    }
}
