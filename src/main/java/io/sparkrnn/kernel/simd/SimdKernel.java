package io.sparkrnn.kernel.simd;

import io.sparkrnn.kernel.CellWeights;
import io.sparkrnn.kernel.FusedCell;
import io.sparkrnn.kernel.Kernel;
import io.sparkrnn.kernel.portable.PortableKernel;

/**
 * The kernel in the vectors of {@code jdk.incubator.vector}. Whole cells are its own; the plain operations, which are left to
 * the cells that PyTorch has not, are the portable kernel's loops.
 *
 * <p>To be made only in a JVM that has the module ({@code --add-modules jdk.incubator.vector}).
 */
public final class SimdKernel implements Kernel {
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
        plain.multiplyAdd(a, aRow, b, c, cRow, rows, depth, columns, bias, along, scratch);
    }

    @Override
    public void add(float[] total, float[] addend, int count) {
        plain.add(total, addend, count);
    }

    @Override
    public void tanh(float[] a, int from, int to) {
        plain.tanh(a, from, to);
    }

    @Override
    public void sigmoid(float[] a, int from, int to) {
        plain.sigmoid(a, from, to);
    }

    @Override
    public void relu(float[] a, int from, int to) {
        plain.relu(a, from, to);
    }
}
