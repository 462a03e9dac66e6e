package io.sparkrnn.forward;

import io.sparkrnn.model.Cell;
import io.sparkrnn.model.CellType;
import io.sparkrnn.model.DirectionWeights;
import io.sparkrnn.tensor.Tensor;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The weights of one direction of one layer for a kernel's plain operations, as rows of float32, both ways round:
 * [rows][columns] for sequences in the lanes, [columns][rows] for hidden units in the lanes. Immutable; shared by the tasks
 * of an executor.
 */
final class PlainWeights {
    final Cell cell;
    /** Whether PyTorch has such a cell; others take a slower way. */
    final boolean ofPyTorch;

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
    /** P of the gates i, f and o, each [H]; null without peepholes. */
    final float @Nullable [][] peepholes;
    /** The rows of W_hh for n, transposed [P][H], and their biases [H], of a GRU, whose n is summed apart; else null. */
    final float @Nullable [][] weightHnTransposed;

    final float[] biasHn;
    /** Zeros, for products without bias. */
    final float[] noBias;

    PlainWeights(DirectionWeights weights) {
        cell = weights.cell();
        ofPyTorch = weights.isOfPyTorch();
        inputSize = weights.inputSize();
        hiddenSize = weights.hiddenSize();
        stateSize = weights.stateSize();
        gateSize = cell.type().gates() * hiddenSize;
        weightIh = WeightRows.rows(weights.weightIh());
        weightHh = WeightRows.rows(weights.weightHh());
        weightIhTransposed = transposed(weightIh, inputSize);
        weightHhTransposed = transposed(weightHh, stateSize);
        biasIh = WeightRows.bias(weights.biasIh(), gateSize);
        biasHh = WeightRows.bias(weights.biasHh(), gateSize);
        Tensor projection = weights.weightHr();
        weightHr = projection == null ? null : WeightRows.rows(projection);
        weightHrTransposed = weightHr == null ? null : transposed(weightHr, hiddenSize);
        Tensor peepholeWeights = weights.peepholes();
        peepholes = peepholeWeights == null ? null : WeightRows.rows(peepholeWeights.toFloats(), 3, hiddenSize);
        boolean gru = cell.type() == CellType.GRU;
        weightHnTransposed =
                gru ? transposed(Arrays.copyOfRange(weightHh, 2 * hiddenSize, 3 * hiddenSize), stateSize) : null;
        biasHn = gru ? Arrays.copyOfRange(biasHh, 2 * hiddenSize, 3 * hiddenSize) : new float[0];
        noBias = new float[Math.max(hiddenSize, stateSize)];
    }

    /** Whether this is a GRU whose recurrent product for n is of the state already reset. */
    boolean resetsBefore() {
        return cell.type() == CellType.GRU && cell.resetGate() == Cell.ResetGate.BEFORE_PRODUCT;
    }

    private static float[][] transposed(float[][] rows, int width) {
        // whole vectors can be read of each row
        float[][] columns = new float[width][(rows.length + 15) / 16 * 16];
        for (int j = 0; j < rows.length; j++) {
            for (int k = 0; k < width; k++) {
                columns[k][j] = rows[j][k];
            }
        }
        return columns;
    }
}
