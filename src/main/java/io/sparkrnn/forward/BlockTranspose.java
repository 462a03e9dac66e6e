package io.sparkrnn.forward;

import io.sparkrnn.kernel.FusedCell;

/**
 * From sequences one after the other to a block [width][LANES]. Eight units of a sequence, half a cache line, go at a
 * time: one at a time would fetch each line again for every unit.
 */
final class BlockTranspose {
    private static final int LANES = FusedCell.LANES;

    private BlockTranspose() {}

    /**
     * {@code block[k][lane] = values[at[lane] + k]} for k below {@code width} and the lanes from {@code from} up to {@code
     * to}; modifies those elements of the block only, which begins at {@code blockAt}.
     */
    static void gather(float[] values, int[] at, float[] block, int blockAt, int width, int from, int to) {
        int k = 0;
        for (; k + 8 <= width; k += 8) {
            gatherEight(values, at, k, block, blockAt + k * LANES, from, to);
        }
        for (; k < width; k++) {
            for (int lane = from; lane < to; lane++) {
                block[blockAt + k * LANES + lane] = values[at[lane] + k];
            }
        }
    }

    private static void gatherEight(float[] values, int[] at, int k, float[] block, int blockAt, int from, int to) {
        for (int lane = from; lane < to; lane++) {
            int source = at[lane] + k;
            int target = blockAt + lane;
            block[target] = values[source];
            block[target + LANES] = values[source + 1];
            block[target + 2 * LANES] = values[source + 2];
            block[target + 3 * LANES] = values[source + 3];
            block[target + 4 * LANES] = values[source + 4];
            block[target + 5 * LANES] = values[source + 5];
            block[target + 6 * LANES] = values[source + 6];
            block[target + 7 * LANES] = values[source + 7];
        }
    }
}
