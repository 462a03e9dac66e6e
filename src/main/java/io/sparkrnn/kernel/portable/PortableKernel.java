package io.sparkrnn.kernel.portable;

import io.sparkrnn.kernel.Activations;
import io.sparkrnn.kernel.CellWeights;
import io.sparkrnn.kernel.FusedCell;
import io.sparkrnn.kernel.Kernel;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The kernel in plain Java.
 *
 * <p>C2 vectorises a loop over arrays when each is a separate object indexed by the loop variable alone, so matrices are
 * arrays of rows here, and the inner loop adds four rows of b at a time to one row of sums: four fused multiply-adds
 * for one load and store of the sums.
 */
public final class PortableKernel implements Kernel {
    @Override
    public String name() {
        return "portable";
    }

    @Override
    public int columnsAtATime() {
        return 1;
    }

    /** C2 unrolls its vector loops, and what fills no unrolled body goes at a fifth of the speed: measured from 8 to 512. */
    @Override
    public int columnsAtFullSpeed() {
        return 256;
    }

    @Override
    public void multiplyAdd(
            float[][] a,
            int aRow,
            float[][] b,
            float[][] c,
            int cRow,
            int rows,
            int depth,
            int columns,
            float[] bias,
            Bias along,
            float[] scratch) {
        for (int block = 0; block < depth; block += SUM_BLOCK) {
            int end = Math.min(block + SUM_BLOCK, depth);
            for (int j = 0; j < rows; j++) {
                float[] w = a[aRow + j];
                int k = block;
                if (k + 4 <= end) {
                    setFour(scratch, w[k], b[k], w[k + 1], b[k + 1], w[k + 2], b[k + 2], w[k + 3], b[k + 3], columns);
                    k += 4;
                } else {
                    Arrays.fill(scratch, 0, columns, 0f);
                }
                for (; k + 4 <= end; k += 4) {
                    addFour(scratch, w[k], b[k], w[k + 1], b[k + 1], w[k + 2], b[k + 2], w[k + 3], b[k + 3], columns);
                }
                for (; k < end; k++) {
                    addOne(scratch, w[k], b[k], columns);
                }
                if (block > 0) {
                    add(c[cRow + j], scratch, columns);
                } else if (along == Bias.OF_ROWS) {
                    addWithBias(c[cRow + j], scratch, bias[aRow + j], columns);
                } else {
                    addWithBiases(c[cRow + j], scratch, bias, columns);
                }
            }
        }
    }

    @Override
    public @Nullable FusedCell fuse(CellWeights weights) {
        return null;
    }

    private static void setFour(
            float[] sum,
            float w0,
            float[] b0,
            float w1,
            float[] b1,
            float w2,
            float[] b2,
            float w3,
            float[] b3,
            int columns) {
        for (int s = 0; s < columns; s++) {
            sum[s] = Math.fma(w3, b3[s], Math.fma(w2, b2[s], Math.fma(w1, b1[s], Math.fma(w0, b0[s], 0f))));
        }
    }

    private static void addFour(
            float[] sum,
            float w0,
            float[] b0,
            float w1,
            float[] b1,
            float w2,
            float[] b2,
            float w3,
            float[] b3,
            int columns) {
        for (int s = 0; s < columns; s++) {
            sum[s] = Math.fma(w3, b3[s], Math.fma(w2, b2[s], Math.fma(w1, b1[s], Math.fma(w0, b0[s], sum[s]))));
        }
    }

    private static void addOne(float[] sum, float w0, float[] b0, int columns) {
        for (int s = 0; s < columns; s++) {
            sum[s] = Math.fma(w0, b0[s], sum[s]);
        }
    }

    private static void addWithBias(float[] total, float[] sum, float bias, int count) {
        for (int s = 0; s < count; s++) {
            total[s] += sum[s] + bias;
        }
    }

    private static void addWithBiases(float[] total, float[] sum, float[] bias, int count) {
        for (int s = 0; s < count; s++) {
            total[s] += sum[s] + bias[s];
        }
    }

    @Override
    public void add(float[] total, float[] addend, int count) {
        for (int s = 0; s < count; s++) {
            total[s] += addend[s];
        }
    }

    @Override
    public void tanh(float[] a, int from, int to) {
        Activations.tanh(a, from, to);
    }

    @Override
    public void sigmoid(float[] a, int from, int to) {
        Activations.sigmoid(a, from, to);
    }

    @Override
    public void relu(float[] a, int from, int to) {
        Activations.relu(a, from, to);
    }
}
