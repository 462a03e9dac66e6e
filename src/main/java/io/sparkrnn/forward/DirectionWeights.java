package io.sparkrnn.forward;

import io.sparkrnn.model.LayerWeights;
import io.sparkrnn.tensor.Tensor;

/**
 * The weights of one direction of one layer as rows of float32, both ways round: [H][K] for sequences in the lanes,
 * [K][H] for hidden units in the lanes. Immutable; shared by the tasks of an executor.
 */
final class DirectionWeights {
    final int inputSize;
    final int hiddenSize;
    final float[][] weightIh;
    final float[][] weightHh;
    final float[][] weightIhTransposed;
    final float[][] weightHhTransposed;
    /** b_ih + b_hh [H]; zeros in a network without bias. */
    final float[] bias;

    DirectionWeights(LayerWeights weights) {
        inputSize = weights.inputSize();
        hiddenSize = weights.hiddenSize();
        weightIh = rows(weights.weightIh());
        weightHh = rows(weights.weightHh());
        weightIhTransposed = transposed(weightIh, inputSize);
        weightHhTransposed = transposed(weightHh, hiddenSize);
        bias = new float[hiddenSize];
        Tensor biasIh = weights.biasIh();
        Tensor biasHh = weights.biasHh();
        if (biasIh != null && biasHh != null) {
            float[] input = biasIh.toFloats();
            float[] hidden = biasHh.toFloats();
            for (int j = 0; j < hiddenSize; j++) {
                bias[j] = input[j] + hidden[j];
            }
        }
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
