package io.sparkrnn.forward;

import io.sparkrnn.model.CellType;
import io.sparkrnn.model.LayerWeights;
import io.sparkrnn.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * The weights of one direction of one layer as rows of float32, both ways round: [rows][columns] for sequences in the
 * lanes, [columns][rows] for hidden units in the lanes. Immutable; shared by the tasks of an executor.
 */
final class DirectionWeights {
    final CellType cell;
    final int inputSize;
    final int hiddenSize;
    /** P: the width of the hidden state. */
    final int stateSize;
    /** G*H: the sums a step takes. */
    final int gateSize;

    final float[][] weightIh;
    final float[][] weightHh;
    final float[][] weightIhTransposed;
    final float[][] weightHhTransposed;
    /** The biases [G*H]; zeros in a network without. */
    final float[] biasIh;

    final float[] biasHh;
    /** W_hr [P][H] and its transpose; null without proj_size. */
    final float @Nullable [][] weightHr;

    final float @Nullable [][] weightHrTransposed;

    DirectionWeights(LayerWeights weights) {
        cell = weights.cell();
        inputSize = weights.inputSize();
        hiddenSize = weights.hiddenSize();
        stateSize = weights.stateSize();
        gateSize = cell.gates() * hiddenSize;
        weightIh = rows(weights.weightIh());
        weightHh = rows(weights.weightHh());
        weightIhTransposed = transposed(weightIh, inputSize);
        weightHhTransposed = transposed(weightHh, stateSize);
        biasIh = bias(weights.biasIh());
        biasHh = bias(weights.biasHh());
        Tensor projection = weights.weightHr();
        weightHr = projection == null ? null : rows(projection);
        weightHrTransposed = weightHr == null ? null : transposed(weightHr, hiddenSize);
    }

    private float[] bias(@Nullable Tensor tensor) {
        return tensor == null ? new float[gateSize] : tensor.toFloats();
    }

    private static float[][] rows(Tensor matrix) {
        int height = Math.toIntExact(matrix.shape().size(0));
        int width = Math.toIntExact(matrix.shape().size(1));
        float[] values = matrix.toFloats();
        float[][] rows = new float[height][width];
        for (int j = 0; j < height; j++) {
            System.arraycopy(values, j * width, rows[j], 0, width);
        }
        return rows;
    }

    private static float[][] transposed(float[][] rows, int width) {
        float[][] columns = new float[width][rows.length];
        for (int j = 0; j < rows.length; j++) {
            for (int k = 0; k < width; k++) {
                columns[k][j] = rows[j][k];
            }
        }
        return columns;
    }
}
