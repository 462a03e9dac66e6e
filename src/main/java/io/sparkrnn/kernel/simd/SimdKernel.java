package io.sparkrnn.kernel.simd;

import io.sparkrnn.kernel.CellWeights;
import io.sparkrnn.kernel.FusedCell;
import io.sparkrnn.kernel.Kernel;
import io.sparkrnn.kernel.portable.PortableKernel;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The kernel in the vectors of {@code jdk.incubator.vector}. Whole cells are for the networks that PyTorch has; the plain
 * operations serve the others.
 *
 * <p>To be made only in a JVM that has the module ({@code --add-modules jdk.incubator.vector}).
 */
public final class SimdKernel implements Kernel {
    static {
        // once in a JVM, before any of the vectors' methods is hot
        OperatorProfiles.mix();
    }

    private final Kernel plain = new PortableKernel();

    @Override
    public String name() {
        return "simd, " + Species.FLOATS.vectorBitSize() + " bits";
    }

    @Override
    public FusedCell fuse(CellWeights weights) {
        return new SimdCell(weights);
    }

    @Override
    public int columnsAtATime() {
        return Species.LENGTH;
    }

    /** Half a vector of 16: fewer are computed as the rest of one. */
    @Override
    public int columnsAtFullSpeed() {
        return 8;
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
        // A row's bias goes along as a number, a column's as an array, of which the other one is 0.
        Arrays.fill(scratch, 0, columns, 0f);
        for (int from = 0; from < depth; from += SUM_BLOCK) {
            int to = Math.min(from + SUM_BLOCK, depth);
            float[] biases = from == 0 && along == Bias.OF_COLUMNS ? bias : scratch;
            boolean perRow = from == 0 && along == Bias.OF_ROWS;
            int j = 0;
            for (; j + 4 <= rows; j += 4) {
                four(a, aRow + j, b, c, cRow + j, from, to, columns, perRow ? bias : null, biases);
            }
            for (; j < rows; j++) {
                one(a[aRow + j], b, c[cRow + j], from, to, columns, perRow ? bias[aRow + j] : 0f, biases);
            }
            int whole = columns - columns % Species.LENGTH;
            for (j = 0; whole < columns && j < rows; j++) {
                rest(
                        a[aRow + j],
                        b,
                        c[cRow + j],
                        from,
                        to,
                        whole,
                        columns,
                        perRow ? bias[aRow + j] : 0f,
                        biases,
                        scratch);
            }
        }
    }

    private static void four(
            float[][] a,
            int aRow,
            float[][] b,
            float[][] c,
            int cRow,
            int from,
            int to,
            int columns,
            float @Nullable [] bias,
            float[] biases) {
        float[] a0 = a[aRow];
        float[] a1 = a[aRow + 1];
        float[] a2 = a[aRow + 2];
        float[] a3 = a[aRow + 3];
        float[] c0 = c[cRow];
        float[] c1 = c[cRow + 1];
        float[] c2 = c[cRow + 2];
        float[] c3 = c[cRow + 3];
        float bias0 = bias == null ? 0f : bias[aRow];
        float bias1 = bias == null ? 0f : bias[aRow + 1];
        float bias2 = bias == null ? 0f : bias[aRow + 2];
        float bias3 = bias == null ? 0f : bias[aRow + 3];
        int s = 0;
        for (; s + 4 * Species.LENGTH <= columns; s += 4 * Species.LENGTH) {
            RowTiles.multiply4x4(a0, a1, a2, a3, from, to, b, c0, c1, c2, c3, s, bias0, bias1, bias2, bias3, biases);
        }
        for (; s + Species.LENGTH <= columns; s += Species.LENGTH) {
            RowTiles.multiply4x1(a0, a1, a2, a3, from, to, b, c0, c1, c2, c3, s, bias0, bias1, bias2, bias3, biases);
        }
    }

    private static void one(
            float[] a, float[][] b, float[] c, int from, int to, int columns, float bias, float[] biases) {
        int s = 0;
        for (; s + 8 * Species.LENGTH <= columns; s += 8 * Species.LENGTH) {
            RowTiles.multiply1x8(a, from, to, b, c, s, bias, biases);
        }
        for (; s + 4 * Species.LENGTH <= columns; s += 4 * Species.LENGTH) {
            RowTiles.multiply1x4(a, from, to, b, c, s, bias, biases);
        }
        for (; s + Species.LENGTH <= columns; s += Species.LENGTH) {
            RowTiles.multiply1x1(a, from, to, b, c, s, bias, biases);
        }
    }

    /** The columns that fill no vector: in one if b is wide enough to be read beyond them, else one by one. */
    private static void rest(
            float[] a,
            float[][] b,
            float[] c,
            int from,
            int to,
            int whole,
            int columns,
            float bias,
            float[] biases,
            float[] scratch) {
        if (b[from].length >= whole + Species.LENGTH) {
            RowTiles.sums(a, from, to, b, whole, scratch, columns);
        } else {
            for (int s = whole; s < columns; s++) {
                float sum = 0f;
                for (int k = from; k < to; k++) {
                    sum = Math.fma(a[k], b[k][s], sum);
                }
                scratch[columns + s - whole] = sum;
            }
        }
        for (int s = whole; s < columns; s++) {
            c[s] += scratch[columns + s - whole] + biases[s] + bias;
        }
    }

    @Override
    public void add(float[] total, float[] addend, int count) {
        plain.add(total, addend, count);
    }

    @Override
    public void tanh(float[] a, int from, int to) {
        int whole = (to - from) / Species.LENGTH * Species.LENGTH;
        VectorActivations.tanh(a, from, a, from, whole);
        plain.tanh(a, from + whole, to);
    }

    @Override
    public void sigmoid(float[] a, int from, int to) {
        int whole = (to - from) / Species.LENGTH * Species.LENGTH;
        VectorActivations.sigmoid(a, from, whole);
        plain.sigmoid(a, from + whole, to);
    }

    @Override
    public void relu(float[] a, int from, int to) {
        int whole = (to - from) / Species.LENGTH * Species.LENGTH;
        VectorActivations.relu(a, from, a, from, whole);
        plain.relu(a, from + whole, to);
    }
}
