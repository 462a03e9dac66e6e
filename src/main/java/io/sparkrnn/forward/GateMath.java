package io.sparkrnn.forward;

import io.sparkrnn.kernel.Kernel;
import io.sparkrnn.model.Cell;
import io.sparkrnn.model.CellType;

/**
 * From the sums of a step to the new states, element by element; {@link CellType} has the equations. Each loop is short
 * and over few arrays, which is what the JIT compiler vectorises, and each element is computed by itself, so that it does
 * not matter whether the elements are sequences or hidden units.
 */
final class GateMath {
    private GateMath() {}

    /** The elements of an array from {@code from} on: as many as the call they are given to says. */
    record Slice(float[] values, int from) {}

    /** {@code state = act(sums)}; modifies both. */
    static void rnn(Kernel kernel, Cell cell, float[] sums, float[] state, int count) {
        if (cell.equals(Cell.RNN_RELU)) {
            kernel.relu(sums, 0, count);
        } else {
            kernel.tanh(sums, 0, count);
        }
        System.arraycopy(sums, 0, state, 0, count);
    }

    /**
     * {@code c = sigmoid(f) c + sigmoid(i) tanh(g)}, {@code h = sigmoid(o) tanh(c)} for {@code count} elements of the
     * slices. Modifies the gates, c and h.
     */
    static void lstm(Kernel kernel, Slice i, Slice f, Slice g, Slice o, float[] c, float[] h, int count) {
        kernel.sigmoid(i.values, i.from, i.from + count);
        kernel.sigmoid(f.values, f.from, f.from + count);
        kernel.tanh(g.values, g.from, g.from + count);
        kernel.sigmoid(o.values, o.from, o.from + count);
        update(i.values, i.from, f.values, f.from, g.values, g.from, c, count);
        System.arraycopy(c, 0, h, 0, count);
        kernel.tanh(h, 0, count);
        multiply(h, o.values, o.from, count);
    }

    private static void update(float[] i, int iFrom, float[] f, int fFrom, float[] g, int gFrom, float[] c, int count) {
        for (int s = 0; s < count; s++) {
            c[s] = Math.fma(f[fFrom + s], c[s], i[iFrom + s] * g[gFrom + s]);
        }
    }

    private static void multiply(float[] h, float[] o, int oFrom, int count) {
        for (int s = 0; s < count; s++) {
            h[s] *= o[oFrom + s];
        }
    }

    /**
     * {@code n' = tanh(n + sigmoid(r) hn)}, {@code h = n' + sigmoid(z) (h - n')} for {@code count} elements of the slices.
     * Modifies the gates and h.
     *
     * @param n the input part of the new gate: W_in x + b_in
     * @param hn its recurrent part: W_hn h + b_hn
     */
    static void gru(Kernel kernel, Slice r, Slice z, Slice n, Slice hn, float[] h, int count) {
        kernel.sigmoid(r.values, r.from, r.from + count);
        kernel.sigmoid(z.values, z.from, z.from + count);
        reset(r.values, r.from, hn.values, hn.from, count);
        join(n.values, n.from, hn.values, hn.from, count);
        kernel.tanh(n.values, n.from, n.from + count);
        blend(z.values, z.from, n.values, n.from, h, count);
    }

    private static void reset(float[] r, int rFrom, float[] hn, int hnFrom, int count) {
        for (int s = 0; s < count; s++) {
            hn[hnFrom + s] *= r[rFrom + s];
        }
    }

    private static void join(float[] n, int nFrom, float[] hn, int hnFrom, int count) {
        for (int s = 0; s < count; s++) {
            n[nFrom + s] += hn[hnFrom + s];
        }
    }

    private static void blend(float[] z, int zFrom, float[] n, int nFrom, float[] h, int count) {
        for (int s = 0; s < count; s++) {
            h[s] = Math.fma(z[zFrom + s], h[s] - n[nFrom + s], n[nFrom + s]);
        }
    }
}
