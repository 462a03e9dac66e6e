package io.sparkrnn.kernel.simd;

import io.sparkrnn.kernel.FusedCell;
import io.sparkrnn.kernel.Kernel;

/**
 * Weights in the order in which the tiles read them: chunk after chunk of rows; in a chunk block after block of {@link
 * Kernel#SUM_BLOCK} k; in such a block tile after tile of 8 or 12 rows, [1 + k][rows], first what is added to
 * the block's sum: the bias in the first block, then 0. Tiles of 12 rows take {@link #WIDE} places for each k, the last
 * one unused: C2 takes the check of an index out of the loop where it sees k times a constant, and 12 times k is two shifts and
 * a sum by then.
 *
 * <p>So a chunk's part of x, SUM_BLOCK x 16 lanes, comes into the L1 cache once for all its rows, while the weights
 * stream past in one direction.
 */
final class PackedMatrix {
    /** The rows of a chunk are a multiple of this. */
    static final int ROWS = 8;

    /**
     * The places for each k of a tile of 12 rows. Of 16, which C2 takes as well, an LSTM of 256 to 512 was 4 % slower: there is a
     * quarter more to read.
     */
    static final int WIDE = 13;

    /** In place of a row's number: zeros, which fill up a tile. */
    static final int NO_ROW = -1;

    private static final int LANES = FusedCell.LANES;

    /**
     * The heights of tiles there are, and the share of the peak each reaches (a block of 64 k in the L1 cache). 14 rows reached
     * 0.82, but C1 may run out of virtual registers at them, and then the JVM leaves the method slow for good.
     */
    private static final int[] HEIGHTS = {12, 8};

    private static final double[] SPEEDS = {0.79, 0.72};

    /** What the first block's sums are added to. */
    private static final float[] ZEROS = new float[16 * LANES];

    private final int depth;
    private final float[] packed;
    private final int[] chunkAt;

    /** The heights of each chunk's tiles. */
    private final int[][] tiles;

    /**
     * Packs a matrix.
     *
     * @param matrix [rows][depth]
     * @param bias [rows]
     * @param chunks for each chunk the rows it has, a multiple of 8, or {@link #NO_ROW}
     */
    PackedMatrix(float[][] matrix, float[] bias, int depth, int[][] chunks) {
        this.depth = depth;
        chunkAt = new int[chunks.length];
        tiles = new int[chunks.length][];
        int blocks = (depth + Kernel.SUM_BLOCK - 1) / Kernel.SUM_BLOCK;
        int size = 0;
        for (int c = 0; c < chunks.length; c++) {
            chunkAt[c] = size;
            tiles[c] = heights(chunks[c].length);
            for (int height : tiles[c]) {
                size = Math.addExact(size, Math.multiplyExact(width(height), depth + blocks));
            }
        }
        packed = new float[size];
        for (int c = 0, at = 0; c < chunks.length; c++) {
            for (int from = 0; from < depth; from += Kernel.SUM_BLOCK) {
                int count = Math.min(Kernel.SUM_BLOCK, depth - from);
                int first = 0;
                for (int height : tiles[c]) {
                    for (int j = 0; j < height; j++) {
                        int row = chunks[c][first + j];
                        if (row != NO_ROW) {
                            packed[at + j] = from == 0 ? bias[row] : 0f;
                            for (int k = 0; k < count; k++) {
                                packed[at + (1 + k) * width(height) + j] = matrix[row][from + k];
                            }
                        }
                    }
                    first += height;
                    at += (1 + count) * width(height);
                }
            }
        }
    }

    private static int width(int height) {
        return height <= ROWS ? ROWS : WIDE;
    }

    /** The tiles that cover this many rows in the least time. */
    private static int[] heights(int rows) {
        if (Species.LENGTH < LANES) {
            int[] heights = new int[rows / ROWS];
            java.util.Arrays.fill(heights, ROWS);
            return heights;
        }
        // The least time for each smaller number of rows, and the last tile of it.
        double[] time = new double[rows + 1];
        int[] last = new int[rows + 1];
        for (int r = 1; r <= rows; r++) {
            time[r] = Double.POSITIVE_INFINITY;
            for (int i = 0; i < HEIGHTS.length; i++) {
                int height = HEIGHTS[i];
                if (height <= r && time[r - height] + height / SPEEDS[i] < time[r]) {
                    time[r] = time[r - height] + height / SPEEDS[i];
                    last[r] = height;
                }
            }
        }
        java.util.stream.IntStream.Builder heights = java.util.stream.IntStream.builder();
        for (int r = rows; r > 0; r -= last[r]) {
            heights.add(last[r]);
        }
        return heights.build().toArray();
    }

    /**
     * {@code sums = bias + matrix x} of a chunk's rows, or {@code sums = sums + (bias + matrix x)}, for some blocks of
     * lanes, in the order of summation that {@link Kernel} has.
     *
     * @param x a block's part [depth][16] from {@code xAt[block]} on
     * @param sums a block's part [rows of the chunk][16] from {@code sumsAt + block * sumsStride} on
     */
    void multiply(int chunk, int blocks, float[] x, int[] xAt, float[] sums, int sumsAt, int sumsStride, Total total) {
        int w = chunkAt[chunk];
        for (int from = 0; from < depth; from += Kernel.SUM_BLOCK) {
            int count = Math.min(Kernel.SUM_BLOCK, depth - from);
            float[] base = from == 0 && total == Total.FRESH ? ZEROS : sums;
            int block = 0;
            int end = w;
            if (Species.LENGTH == LANES) {
                for (; block + 2 <= blocks; block += 2) {
                    int at = sumsAt + block * sumsStride;
                    end = pair(
                            w,
                            tiles[chunk],
                            count,
                            x,
                            xAt[block] + from * LANES,
                            xAt[block + 1] + from * LANES,
                            base,
                            sums,
                            at,
                            at + sumsStride);
                }
                if (block < blocks) {
                    end = single(
                            w,
                            tiles[chunk],
                            count,
                            x,
                            xAt[block] + from * LANES,
                            base,
                            sums,
                            sumsAt + block * sumsStride);
                }
            } else {
                for (; block < blocks; block++) {
                    end = narrow(
                            w,
                            tiles[chunk],
                            count,
                            x,
                            xAt[block] + from * LANES,
                            base,
                            sums,
                            sumsAt + block * sumsStride);
                }
            }
            w = end;
        }
    }

    /** Whether sums begin with a product or are there already. */
    enum Total {
        FRESH,
        ADDED_TO
    }

    private int pair(
            int from,
            int[] heights,
            int count,
            float[] x,
            int x0,
            int x1,
            float[] base,
            float[] sums,
            int from0,
            int from1) {
        int w = from;
        int s0 = from0;
        int s1 = from1;
        for (int height : heights) {
            int b0 = base == sums ? s0 : 0;
            int b1 = base == sums ? s1 : 0;
            switch (height) {
                case 12 -> Tile12x2.multiply(packed, w, count, x, x0, x1, base, b0, b1, sums, s0, s1);
                default -> Tile8x2.multiply(packed, w, count, x, x0, x1, base, b0, b1, sums, s0, s1);
            }
            w += (1 + count) * width(height);
            s0 += height * LANES;
            s1 += height * LANES;
        }
        return w;
    }

    private int single(int from, int[] heights, int count, float[] x, int x0, float[] base, float[] sums, int from0) {
        int w = from;
        int s0 = from0;
        for (int height : heights) {
            int b0 = base == sums ? s0 : 0;
            switch (height) {
                case 12 -> Tile12x1.multiply(packed, w, count, x, x0, base, b0, sums, s0);
                default -> Tile8x1.multiply(packed, w, count, x, x0, base, b0, sums, s0);
            }
            w += (1 + count) * width(height);
            s0 += height * LANES;
        }
        return w;
    }

    private int narrow(int from, int[] heights, int count, float[] x, int x0, float[] base, float[] sums, int from0) {
        int w = from;
        for (int tile = 0; tile < heights.length; tile++) {
            for (int lane = 0; lane < LANES; lane += 2 * Species.LENGTH) {
                for (int row = 0; row < ROWS; row += 4) {
                    int s = from0 + (tile * ROWS + row) * LANES + lane;
                    NarrowTile.multiply(packed, w + row, count, x, x0 + lane, base, base == sums ? s : lane, sums, s);
                }
            }
            w += (1 + count) * ROWS;
        }
        return w;
    }
}
