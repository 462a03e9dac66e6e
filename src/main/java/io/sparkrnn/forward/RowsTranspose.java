package io.sparkrnn.forward;

/**
 * Between sequences one after the other and sequences side by side. Eight units of a sequence, half a cache line, go at a
 * time: one at a time would fetch each line again for every unit.
 */
final class RowsTranspose {
    private RowsTranspose() {}

    /**
     * {@code rows[k][lane] = values[at[lane] + k]} for k below {@code width} and lanes below {@code lanes}; modifies those
     * elements of {@code rows} only.
     */
    static void gather(float[] values, int[] at, float[][] rows, int width, int lanes) {
        int k = 0;
        for (; k + 8 <= width; k += 8) {
            gatherEight(
                    values,
                    at,
                    k,
                    rows[k],
                    rows[k + 1],
                    rows[k + 2],
                    rows[k + 3],
                    rows[k + 4],
                    rows[k + 5],
                    rows[k + 6],
                    rows[k + 7],
                    lanes);
        }
        for (; k < width; k++) {
            float[] row = rows[k];
            for (int lane = 0; lane < lanes; lane++) {
                row[lane] = values[at[lane] + k];
            }
        }
    }

    private static void gatherEight(
            float[] values,
            int[] at,
            int k,
            float[] r0,
            float[] r1,
            float[] r2,
            float[] r3,
            float[] r4,
            float[] r5,
            float[] r6,
            float[] r7,
            int lanes) {
        for (int lane = 0; lane < lanes; lane++) {
            int from = at[lane] + k;
            r0[lane] = values[from];
            r1[lane] = values[from + 1];
            r2[lane] = values[from + 2];
            r3[lane] = values[from + 3];
            r4[lane] = values[from + 4];
            r5[lane] = values[from + 5];
            r6[lane] = values[from + 6];
            r7[lane] = values[from + 7];
        }
    }

    /**
     * {@code values[at[lane] + j] = rows[j][lane]} for j below {@code width} and lanes below {@code lanes}; modifies those
     * elements of {@code values} only.
     */
    static void scatter(float[][] rows, float[] values, int[] at, int width, int lanes) {
        int j = 0;
        for (; j + 8 <= width; j += 8) {
            scatterEight(
                    rows[j],
                    rows[j + 1],
                    rows[j + 2],
                    rows[j + 3],
                    rows[j + 4],
                    rows[j + 5],
                    rows[j + 6],
                    rows[j + 7],
                    values,
                    at,
                    j,
                    lanes);
        }
        for (; j < width; j++) {
            float[] row = rows[j];
            for (int lane = 0; lane < lanes; lane++) {
                values[at[lane] + j] = row[lane];
            }
        }
    }

    private static void scatterEight(
            float[] r0,
            float[] r1,
            float[] r2,
            float[] r3,
            float[] r4,
            float[] r5,
            float[] r6,
            float[] r7,
            float[] values,
            int[] at,
            int j,
            int lanes) {
        for (int lane = 0; lane < lanes; lane++) {
            int to = at[lane] + j;
            values[to] = r0[lane];
            values[to + 1] = r1[lane];
            values[to + 2] = r2[lane];
            values[to + 3] = r3[lane];
            values[to + 4] = r4[lane];
            values[to + 5] = r5[lane];
            values[to + 6] = r6[lane];
            values[to + 7] = r7[lane];
        }
    }
}
