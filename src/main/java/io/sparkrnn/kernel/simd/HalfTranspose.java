package io.sparkrnn.kernel.simd;

import static io.sparkrnn.kernel.simd.Species.FLOATS;

import io.sparkrnn.kernel.FusedCell;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorShuffle;

/**
 * Half of a transposed matrix of 16 x 16 numbers, in vectors of 16: 8 columns of 16 rows become 8 vectors.
 *
 * <p>A matrix is transposed by halves: first what is right of its middle above and what is left of it below change places, then
 * the same in each quarter, and so on down to single numbers. The first of these exchanges costs nothing: row {@code i + 8} is
 * loaded 8 numbers before its begin, so that its numbers stand in the upper lanes, and each vector takes its lower lanes from
 * one row and its upper ones from the other. Hence 8 numbers before a row's columns and 8 behind them are read, and thrown away. The
 * other three exchanges are in registers: numbers of both rows change lanes, and a mask says whose are kept.
 *
 * <p>For processors that gather a vector from 16 places slowly ({@link Gathers}): there these take a half to a third of it. All
 * 16 rows at once would do without the second loads, but on JDK 17 that was slower. Only loads, stores, blends and rearrangements by
 * constants: with views as longs, which would spare rearrangements, C2 made objects of the vectors.
 */
final class HalfTranspose {
    private static final int LANES = FusedCell.LANES;

    /** The columns of a half, and what is read before and behind them. */
    static final int HALF = LANES / 2;

    /** The lanes whose number has this bit. */
    private static final VectorMask<Float> OF_8 = mask(8);

    private static final VectorMask<Float> OF_4 = mask(4);
    private static final VectorMask<Float> OF_2 = mask(2);
    private static final VectorMask<Float> OF_1 = mask(1);

    private static final VectorShuffle<Float> SWAP_4 = VectorShuffle.fromOp(FLOATS, lane -> lane ^ 4);
    private static final VectorShuffle<Float> SWAP_2 = VectorShuffle.fromOp(FLOATS, lane -> lane ^ 2);
    private static final VectorShuffle<Float> SWAP_1 = VectorShuffle.fromOp(FLOATS, lane -> lane ^ 1);

    private HalfTranspose() {}

    private static VectorMask<Float> mask(int bit) {
        boolean[] lanes = new boolean[FLOATS.length()];
        for (int lane = 0; lane < lanes.length; lane++) {
            lanes[lane] = (lane & bit) != 0;
        }
        return VectorMask.fromArray(FLOATS, lanes, 0);
    }

    /**
     * {@code block[q][lane] = values[at[lane] + k + q]} for q below 8 and all lanes.
     *
     * @param values of which {@code at[lane] + k - 8} and {@code at[lane] + k + 15} exist for all lanes
     * @param block modified from {@code to} on, [8][16]
     */
    static void gather(float[] values, int[] at, int k, float[] block, int to) {
        FloatVector r0 = FloatVector.fromArray(FLOATS, values, at[0] + k)
                .blend(FloatVector.fromArray(FLOATS, values, at[8] + k - HALF), OF_8);
        FloatVector r1 = FloatVector.fromArray(FLOATS, values, at[1] + k)
                .blend(FloatVector.fromArray(FLOATS, values, at[9] + k - HALF), OF_8);
        FloatVector r2 = FloatVector.fromArray(FLOATS, values, at[2] + k)
                .blend(FloatVector.fromArray(FLOATS, values, at[10] + k - HALF), OF_8);
        FloatVector r3 = FloatVector.fromArray(FLOATS, values, at[3] + k)
                .blend(FloatVector.fromArray(FLOATS, values, at[11] + k - HALF), OF_8);
        FloatVector r4 = FloatVector.fromArray(FLOATS, values, at[4] + k)
                .blend(FloatVector.fromArray(FLOATS, values, at[12] + k - HALF), OF_8);
        FloatVector r5 = FloatVector.fromArray(FLOATS, values, at[5] + k)
                .blend(FloatVector.fromArray(FLOATS, values, at[13] + k - HALF), OF_8);
        FloatVector r6 = FloatVector.fromArray(FLOATS, values, at[6] + k)
                .blend(FloatVector.fromArray(FLOATS, values, at[14] + k - HALF), OF_8);
        FloatVector r7 = FloatVector.fromArray(FLOATS, values, at[7] + k)
                .blend(FloatVector.fromArray(FLOATS, values, at[15] + k - HALF), OF_8);
        FloatVector r;
        r = r0.blend(r4.rearrange(SWAP_4), OF_4);
        r4 = r0.rearrange(SWAP_4).blend(r4, OF_4);
        r0 = r;
        r = r1.blend(r5.rearrange(SWAP_4), OF_4);
        r5 = r1.rearrange(SWAP_4).blend(r5, OF_4);
        r1 = r;
        r = r2.blend(r6.rearrange(SWAP_4), OF_4);
        r6 = r2.rearrange(SWAP_4).blend(r6, OF_4);
        r2 = r;
        r = r3.blend(r7.rearrange(SWAP_4), OF_4);
        r7 = r3.rearrange(SWAP_4).blend(r7, OF_4);
        r3 = r;
        r = r0.blend(r2.rearrange(SWAP_2), OF_2);
        r2 = r0.rearrange(SWAP_2).blend(r2, OF_2);
        r0 = r;
        r = r1.blend(r3.rearrange(SWAP_2), OF_2);
        r3 = r1.rearrange(SWAP_2).blend(r3, OF_2);
        r1 = r;
        r = r4.blend(r6.rearrange(SWAP_2), OF_2);
        r6 = r4.rearrange(SWAP_2).blend(r6, OF_2);
        r4 = r;
        r = r5.blend(r7.rearrange(SWAP_2), OF_2);
        r7 = r5.rearrange(SWAP_2).blend(r7, OF_2);
        r5 = r;
        r = r0.blend(r1.rearrange(SWAP_1), OF_1);
        r1 = r0.rearrange(SWAP_1).blend(r1, OF_1);
        r0 = r;
        r = r2.blend(r3.rearrange(SWAP_1), OF_1);
        r3 = r2.rearrange(SWAP_1).blend(r3, OF_1);
        r2 = r;
        r = r4.blend(r5.rearrange(SWAP_1), OF_1);
        r5 = r4.rearrange(SWAP_1).blend(r5, OF_1);
        r4 = r;
        r = r6.blend(r7.rearrange(SWAP_1), OF_1);
        r7 = r6.rearrange(SWAP_1).blend(r7, OF_1);
        r6 = r;
        r0.intoArray(block, to);
        r1.intoArray(block, to + LANES);
        r2.intoArray(block, to + 2 * LANES);
        r3.intoArray(block, to + 3 * LANES);
        r4.intoArray(block, to + 4 * LANES);
        r5.intoArray(block, to + 5 * LANES);
        r6.intoArray(block, to + 6 * LANES);
        r7.intoArray(block, to + 7 * LANES);
    }

    /**
     * {@code values[at[lane + q] + j + i] = block[i][q]} for q below 8 and i below 16.
     *
     * @param block [16][16], of which columns 0 to 7 or 8 to 15 begin at {@code from}
     * @param lane the first of the lanes, 0 or 8
     * @param j the first of the values that are modified of each sequence
     */
    static void scatter(float[] block, int from, int lane, float[] values, int[] at, int j) {
        FloatVector r0 = FloatVector.fromArray(FLOATS, block, from)
                .blend(FloatVector.fromArray(FLOATS, block, from + 8 * LANES - HALF), OF_8);
        FloatVector r1 = FloatVector.fromArray(FLOATS, block, from + LANES)
                .blend(FloatVector.fromArray(FLOATS, block, from + 9 * LANES - HALF), OF_8);
        FloatVector r2 = FloatVector.fromArray(FLOATS, block, from + 2 * LANES)
                .blend(FloatVector.fromArray(FLOATS, block, from + 10 * LANES - HALF), OF_8);
        FloatVector r3 = FloatVector.fromArray(FLOATS, block, from + 3 * LANES)
                .blend(FloatVector.fromArray(FLOATS, block, from + 11 * LANES - HALF), OF_8);
        FloatVector r4 = FloatVector.fromArray(FLOATS, block, from + 4 * LANES)
                .blend(FloatVector.fromArray(FLOATS, block, from + 12 * LANES - HALF), OF_8);
        FloatVector r5 = FloatVector.fromArray(FLOATS, block, from + 5 * LANES)
                .blend(FloatVector.fromArray(FLOATS, block, from + 13 * LANES - HALF), OF_8);
        FloatVector r6 = FloatVector.fromArray(FLOATS, block, from + 6 * LANES)
                .blend(FloatVector.fromArray(FLOATS, block, from + 14 * LANES - HALF), OF_8);
        FloatVector r7 = FloatVector.fromArray(FLOATS, block, from + 7 * LANES)
                .blend(FloatVector.fromArray(FLOATS, block, from + 15 * LANES - HALF), OF_8);
        FloatVector r;
        r = r0.blend(r4.rearrange(SWAP_4), OF_4);
        r4 = r0.rearrange(SWAP_4).blend(r4, OF_4);
        r0 = r;
        r = r1.blend(r5.rearrange(SWAP_4), OF_4);
        r5 = r1.rearrange(SWAP_4).blend(r5, OF_4);
        r1 = r;
        r = r2.blend(r6.rearrange(SWAP_4), OF_4);
        r6 = r2.rearrange(SWAP_4).blend(r6, OF_4);
        r2 = r;
        r = r3.blend(r7.rearrange(SWAP_4), OF_4);
        r7 = r3.rearrange(SWAP_4).blend(r7, OF_4);
        r3 = r;
        r = r0.blend(r2.rearrange(SWAP_2), OF_2);
        r2 = r0.rearrange(SWAP_2).blend(r2, OF_2);
        r0 = r;
        r = r1.blend(r3.rearrange(SWAP_2), OF_2);
        r3 = r1.rearrange(SWAP_2).blend(r3, OF_2);
        r1 = r;
        r = r4.blend(r6.rearrange(SWAP_2), OF_2);
        r6 = r4.rearrange(SWAP_2).blend(r6, OF_2);
        r4 = r;
        r = r5.blend(r7.rearrange(SWAP_2), OF_2);
        r7 = r5.rearrange(SWAP_2).blend(r7, OF_2);
        r5 = r;
        r = r0.blend(r1.rearrange(SWAP_1), OF_1);
        r1 = r0.rearrange(SWAP_1).blend(r1, OF_1);
        r0 = r;
        r = r2.blend(r3.rearrange(SWAP_1), OF_1);
        r3 = r2.rearrange(SWAP_1).blend(r3, OF_1);
        r2 = r;
        r = r4.blend(r5.rearrange(SWAP_1), OF_1);
        r5 = r4.rearrange(SWAP_1).blend(r5, OF_1);
        r4 = r;
        r = r6.blend(r7.rearrange(SWAP_1), OF_1);
        r7 = r6.rearrange(SWAP_1).blend(r7, OF_1);
        r6 = r;
        r0.intoArray(values, at[lane] + j);
        r1.intoArray(values, at[lane + 1] + j);
        r2.intoArray(values, at[lane + 2] + j);
        r3.intoArray(values, at[lane + 3] + j);
        r4.intoArray(values, at[lane + 4] + j);
        r5.intoArray(values, at[lane + 5] + j);
        r6.intoArray(values, at[lane + 6] + j);
        r7.intoArray(values, at[lane + 7] + j);
    }
}
