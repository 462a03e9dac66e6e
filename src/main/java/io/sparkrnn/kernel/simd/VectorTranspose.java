package io.sparkrnn.kernel.simd;

import static io.sparkrnn.kernel.simd.Species.FLOATS;

import io.sparkrnn.kernel.FusedCell;
import java.util.stream.IntStream;
import jdk.incubator.vector.FloatVector;

/** Between sequences one after the other and side by side; see {@link FusedCell#interleave}. */
final class VectorTranspose {
    private static final int LANES = FusedCell.LANES;
    private static final int HALF = HalfTranspose.HALF;

    private VectorTranspose() {}

    /** Values of a sequence written one after the other: their columns of the block stay in the L1 cache meanwhile. */
    private static final int STRETCH = 256;

    /** Where the rows of a block begin. */
    private static final int[] ROWS =
            IntStream.range(0, LANES).map(row -> row * LANES).toArray();

    /** In vectors of 16: a vector for each value, or where gathers are slow 8 values of each sequence at a time. */
    static void gather(float[] values, int[] at, float[] block, int blockAt, int width) {
        int k = 0;
        if (Gathers.SLOW && width >= HALF && hasMargins(values, at, width)) {
            for (; k <= width - HALF; k += HALF) {
                HalfTranspose.move(values, at, k, block, ROWS, 0, blockAt + k * LANES);
            }
        }
        for (; k < width; k++) {
            FloatVector.fromArray(FLOATS, values, k, at, 0).intoArray(block, blockAt + k * LANES);
        }
    }

    /** Whether as much as is read before and behind a sequence's values is there. */
    private static boolean hasMargins(float[] values, int[] at, int width) {
        int least = Integer.MAX_VALUE;
        int most = 0;
        for (int lane = 0; lane < LANES; lane++) {
            least = Math.min(least, at[lane]);
            most = Math.max(most, at[lane]);
        }
        return least >= HALF && most <= values.length - width - HALF;
    }

    /**
     * In vectors of 16, one for 16 values of a sequence: gathered from the block, or where gathers are slow 8 sequences at a time,
     * if as many are there. Not scattered: sequences of one length are often a multiple of 4 KiB apart, where a scatter's 16
     * elements would drive each other out of the L1 cache.
     */
    static void scatter(float[] block, int blockAt, float[] values, int[] at, int width, int from, int to) {
        int whole = width - width % LANES;
        for (int first = 0; first < whole; first += STRETCH) {
            int end = Math.min(first + STRETCH, whole);
            for (int lane = from; lane < to; ) {
                boolean eight = Gathers.SLOW && lane % HALF == 0 && lane + HALF <= to;
                for (int j = first; j < end; j += LANES) {
                    int begin = blockAt + j * LANES + lane;
                    if (eight) {
                        HalfTranspose.move(block, ROWS, begin, values, at, lane, j);
                    } else {
                        FloatVector.fromArray(FLOATS, block, begin, ROWS, 0).intoArray(values, at[lane] + j);
                    }
                }
                lane += eight ? HALF : 1;
            }
        }
        for (int lane = from; lane < to; lane++) {
            for (int j = whole; j < width; j++) {
                values[at[lane] + j] = block[blockAt + j * LANES + lane];
            }
        }
    }

    /** For narrower vectors: of those, not all machines have a scatter, and without it the JDK's is a hundred times slower. */
    static void gatherOneByOne(float[] values, int[] at, float[] block, int blockAt, int width) {
        for (int lane = 0; lane < LANES; lane++) {
            int from = at[lane];
            for (int k = 0; k < width; k++) {
                block[blockAt + k * LANES + lane] = values[from + k];
            }
        }
    }

    static void scatterOneByOne(float[] block, int blockAt, float[] values, int[] at, int width, int from, int to) {
        for (int lane = from; lane < to; lane++) {
            int target = at[lane];
            for (int j = 0; j < width; j++) {
                values[target + j] = block[blockAt + j * LANES + lane];
            }
        }
    }
}
