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
     * {@code target[columns[first + q] + to + i] = source[rows[i] + from + q]} for q below 8 and i below 16.
     *
     * @param source elements {@code rows[i] + from} to 15 further exist for i below 8, and for the others those from 8 before to 7
     *     further
     * @param rows where the 16 rows begin
     * @param from the first of the columns, behind the begin of a row
     * @param target another array; 16 elements behind each of 8 places are modified
     * @param columns where columns go to, of which 8 are taken from {@code first} on
     * @param to added to each of these
     */
    static void move(float[] source, int[] rows, int from, float[] target, int[] columns, int first, int to) {
        FloatVector r0 = FloatVector.fromArray(FLOATS, source, rows[0] + from)
                .blend(FloatVector.fromArray(FLOATS, source, rows[8] + from - HALF), OF_8);
        FloatVector r1 = FloatVector.fromArray(FLOATS, source, rows[1] + from)
                .blend(FloatVector.fromArray(FLOATS, source, rows[9] + from - HALF), OF_8);
        FloatVector r2 = FloatVector.fromArray(FLOATS, source, rows[2] + from)
                .blend(FloatVector.fromArray(FLOATS, source, rows[10] + from - HALF), OF_8);
        FloatVector r3 = FloatVector.fromArray(FLOATS, source, rows[3] + from)
                .blend(FloatVector.fromArray(FLOATS, source, rows[11] + from - HALF), OF_8);
        FloatVector r4 = FloatVector.fromArray(FLOATS, source, rows[4] + from)
                .blend(FloatVector.fromArray(FLOATS, source, rows[12] + from - HALF), OF_8);
        FloatVector r5 = FloatVector.fromArray(FLOATS, source, rows[5] + from)
                .blend(FloatVector.fromArray(FLOATS, source, rows[13] + from - HALF), OF_8);
        FloatVector r6 = FloatVector.fromArray(FLOATS, source, rows[6] + from)
                .blend(FloatVector.fromArray(FLOATS, source, rows[14] + from - HALF), OF_8);
        FloatVector r7 = FloatVector.fromArray(FLOATS, source, rows[7] + from)
                .blend(FloatVector.fromArray(FLOATS, source, rows[15] + from - HALF), OF_8);
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
        r0.intoArray(target, columns[first] + to);
        r1.intoArray(target, columns[first + 1] + to);
        r2.intoArray(target, columns[first + 2] + to);
        r3.intoArray(target, columns[first + 3] + to);
        r4.intoArray(target, columns[first + 4] + to);
        r5.intoArray(target, columns[first + 5] + to);
        r6.intoArray(target, columns[first + 6] + to);
        r7.intoArray(target, columns[first + 7] + to);
    }
}
