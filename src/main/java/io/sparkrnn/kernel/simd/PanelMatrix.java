package io.sparkrnn.kernel.simd;

import static io.sparkrnn.kernel.simd.PanelTiles.WIDTH;

import io.sparkrnn.kernel.Kernel;

/**
 * Weights in the order in which a step of a few sequences, or some steps of one, read them: panel after panel of {@link
 * PanelTiles#WIDTH} sums, a panel [depth][WIDTH], so that a step streams through memory in one direction.
 */
final class PanelMatrix {
    /** In place of a row's number: a sum that nobody uses. */
    static final int NO_ROW = -1;

    private static final float[] ZEROS = new float[WIDTH];

    private final int depth;
    private final int panels;
    private final float[] store;
    private final int first;
    /** The biases [panels][WIDTH]. */
    private final float[] biases;

    /** In which order panels are computed, which no result depends on. */
    enum Order {
        FORTH,
        BACK
    }

    /** Whether sums begin with a product or are there already. */
    enum Total {
        FRESH,
        ADDED_TO
    }

    /** The floats of the panels for this many sums of {@code depth} products. */
    static int size(int sums, int depth) {
        return Math.multiplyExact(roundedUp(sums), depth);
    }

    /** The sums that are computed for this many: they fill panels. */
    static int roundedUp(int sums) {
        return Math.addExact(sums, WIDTH - 1) / WIDTH * WIDTH;
    }

    /**
     * Lays out a matrix.
     *
     * @param matrix [rows][depth]
     * @param bias [rows]
     * @param rows for each sum the row it is of, or {@link #NO_ROW}
     * @param store takes the panels, {@link #size} floats from {@code first} on, which are zeros
     */
    PanelMatrix(float[][] matrix, float[] bias, int depth, int[] rows, float[] store, int first) {
        this.depth = depth;
        this.store = store;
        this.first = first;
        panels = roundedUp(rows.length) / WIDTH;
        biases = new float[panels * WIDTH];
        for (int s = 0; s < rows.length; s++) {
            if (rows[s] != NO_ROW) {
                float[] row = matrix[rows[s]];
                int at = panelAt(s / WIDTH) + s % WIDTH;
                for (int k = 0; k < depth; k++) {
                    store[at + k * WIDTH] = row[k];
                }
                biases[s] = bias[rows[s]];
            }
        }
    }

    private int panelAt(int panel) {
        return first + panel * depth * WIDTH;
    }

    /**
     * {@code sums = bias + matrix x} or {@code sums = sums + (bias + matrix x)} for some steps, in the order of summation that
     * {@link Kernel} has.
     *
     * @param x [steps][depth] from {@code xAt} on, steps {@code xStride} apart
     * @param sums likewise, of a step {@link #roundedUp} elements, all of them modified
     */
    void multiply(
            int steps,
            float[] x,
            int xAt,
            int xStride,
            float[] sums,
            int sumsAt,
            int sumsStride,
            Total total,
            Order order) {
        for (int p = 0; p < panels; p++) {
            int panel = order == Order.FORTH ? p : panels - 1 - p;
            for (int from = 0; from < depth; from += Kernel.SUM_BLOCK) {
                int count = Math.min(Kernel.SUM_BLOCK, depth - from);
                boolean fresh = from == 0 && total == Total.FRESH;
                block(
                        panelAt(panel) + from * WIDTH,
                        count,
                        steps,
                        x,
                        xAt + from,
                        xStride,
                        from == 0 ? biases : ZEROS,
                        from == 0 ? panel * WIDTH : 0,
                        fresh ? ZEROS : sums,
                        sums,
                        sumsAt + panel * WIDTH,
                        sumsStride);
            }
        }
    }

    /** One block of k of one panel, for all steps. */
    private void block(
            int w,
            int count,
            int steps,
            float[] x,
            int xAt,
            int xStride,
            float[] bias,
            int biasAt,
            float[] base,
            float[] sums,
            int sumsAt,
            int sumsStride) {
        int baseStride = base == sums ? sumsStride : 0;
        int a = xAt;
        int b = base == sums ? sumsAt : 0;
        int s = sumsAt;
        int left = steps;
        if (Species.LENGTH == 16) {
            for (; left >= 6; left -= 6) {
                PanelTiles.six(store, w, count, x, a, xStride, bias, biasAt, base, b, baseStride, sums, s, sumsStride);
                a += 6 * xStride;
                b += 6 * baseStride;
                s += 6 * sumsStride;
            }
            if (left >= 4) {
                PanelTiles.four(store, w, count, x, a, xStride, bias, biasAt, base, b, baseStride, sums, s, sumsStride);
                a += 4 * xStride;
                b += 4 * baseStride;
                s += 4 * sumsStride;
                left -= 4;
            }
        }
        for (; left >= 2; left -= 2) {
            PanelTiles.two(store, w, count, x, a, xStride, bias, biasAt, base, b, baseStride, sums, s, sumsStride);
            a += 2 * xStride;
            b += 2 * baseStride;
            s += 2 * sumsStride;
        }
        if (left > 0) {
            PanelTiles.one(store, w, count, x, a, bias, biasAt, base, b, sums, s);
        }
    }
}
