package io.sparkrnn.kernel.simd;

import static io.sparkrnn.kernel.simd.Species.FLOATS;
import static io.sparkrnn.kernel.simd.Species.LENGTH;
import static io.sparkrnn.kernel.simd.Species.VECTOR;

import jdk.incubator.vector.FloatVector;

/**
 * Some rows of a matrix times some vectors of another's columns, over one block of k: {@code c[j] = c[j] + (s[j] + bias)} from
 * column s on, where {@code s[j]} starts from 0 and takes {@code a[j][k] * b[k]} in the order of k. The bias is the sum of that
 * of the column and that of the row, of which one is 0. Modifies those elements of c only. See {@link Tile12x2} for why all
 * is written out.
 */
final class RowTiles {
    private RowTiles() {}

    /** The products alone, of one row and one vector of columns, to {@code sums} from {@code at} on. */
    static void sums(float[] a, int from, int to, float[][] b, int s, float[] sums, int at) {
        FloatVector sum = FloatVector.zero(FLOATS);
        for (int k = from; k < to; k++) {
            sum = FloatVector.broadcast(FLOATS, a[k]).fma(FloatVector.fromArray(FLOATS, b[k], s), sum);
        }
        VECTOR.cast(sum).intoArray(sums, at);
    }

    /** One row, as a step of one sequence has: eight sums, as many as keep the multipliers busy. */
    static void multiply1x8(float[] a0, int from, int to, float[][] b, float[] c0, int s, float bias0, float[] biases) {
        FloatVector zero = FloatVector.zero(FLOATS);
        FloatVector sum00 = zero;
        FloatVector sum01 = zero;
        FloatVector sum02 = zero;
        FloatVector sum03 = zero;
        FloatVector sum04 = zero;
        FloatVector sum05 = zero;
        FloatVector sum06 = zero;
        FloatVector sum07 = zero;
        for (int k = from; k < to; k++) {
            float[] row = b[k];
            FloatVector b0 = FloatVector.fromArray(FLOATS, row, s);
            FloatVector b1 = FloatVector.fromArray(FLOATS, row, s + LENGTH);
            FloatVector b2 = FloatVector.fromArray(FLOATS, row, s + 2 * LENGTH);
            FloatVector b3 = FloatVector.fromArray(FLOATS, row, s + 3 * LENGTH);
            FloatVector b4 = FloatVector.fromArray(FLOATS, row, s + 4 * LENGTH);
            FloatVector b5 = FloatVector.fromArray(FLOATS, row, s + 5 * LENGTH);
            FloatVector b6 = FloatVector.fromArray(FLOATS, row, s + 6 * LENGTH);
            FloatVector b7 = FloatVector.fromArray(FLOATS, row, s + 7 * LENGTH);
            FloatVector m;
            m = FloatVector.broadcast(FLOATS, a0[k]);
            sum00 = m.fma(b0, sum00);
            sum01 = m.fma(b1, sum01);
            sum02 = m.fma(b2, sum02);
            sum03 = m.fma(b3, sum03);
            sum04 = m.fma(b4, sum04);
            sum05 = m.fma(b5, sum05);
            sum06 = m.fma(b6, sum06);
            sum07 = m.fma(b7, sum07);
        }
        FloatVector bias;
        bias = FloatVector.fromArray(FLOATS, biases, s);
        FloatVector.fromArray(FLOATS, c0, s)
                .add(VECTOR.cast(sum00).add(bias).add(bias0))
                .intoArray(c0, s);
        bias = FloatVector.fromArray(FLOATS, biases, s + LENGTH);
        FloatVector.fromArray(FLOATS, c0, s + LENGTH)
                .add(VECTOR.cast(sum01).add(bias).add(bias0))
                .intoArray(c0, s + LENGTH);
        bias = FloatVector.fromArray(FLOATS, biases, s + 2 * LENGTH);
        FloatVector.fromArray(FLOATS, c0, s + 2 * LENGTH)
                .add(VECTOR.cast(sum02).add(bias).add(bias0))
                .intoArray(c0, s + 2 * LENGTH);
        bias = FloatVector.fromArray(FLOATS, biases, s + 3 * LENGTH);
        FloatVector.fromArray(FLOATS, c0, s + 3 * LENGTH)
                .add(VECTOR.cast(sum03).add(bias).add(bias0))
                .intoArray(c0, s + 3 * LENGTH);
        bias = FloatVector.fromArray(FLOATS, biases, s + 4 * LENGTH);
        FloatVector.fromArray(FLOATS, c0, s + 4 * LENGTH)
                .add(VECTOR.cast(sum04).add(bias).add(bias0))
                .intoArray(c0, s + 4 * LENGTH);
        bias = FloatVector.fromArray(FLOATS, biases, s + 5 * LENGTH);
        FloatVector.fromArray(FLOATS, c0, s + 5 * LENGTH)
                .add(VECTOR.cast(sum05).add(bias).add(bias0))
                .intoArray(c0, s + 5 * LENGTH);
        bias = FloatVector.fromArray(FLOATS, biases, s + 6 * LENGTH);
        FloatVector.fromArray(FLOATS, c0, s + 6 * LENGTH)
                .add(VECTOR.cast(sum06).add(bias).add(bias0))
                .intoArray(c0, s + 6 * LENGTH);
        bias = FloatVector.fromArray(FLOATS, biases, s + 7 * LENGTH);
        FloatVector.fromArray(FLOATS, c0, s + 7 * LENGTH)
                .add(VECTOR.cast(sum07).add(bias).add(bias0))
                .intoArray(c0, s + 7 * LENGTH);
    }

    /** One row, four vectors. */
    static void multiply1x4(float[] a0, int from, int to, float[][] b, float[] c0, int s, float bias0, float[] biases) {
        FloatVector zero = FloatVector.zero(FLOATS);
        FloatVector sum00 = zero;
        FloatVector sum01 = zero;
        FloatVector sum02 = zero;
        FloatVector sum03 = zero;
        for (int k = from; k < to; k++) {
            float[] row = b[k];
            FloatVector b0 = FloatVector.fromArray(FLOATS, row, s);
            FloatVector b1 = FloatVector.fromArray(FLOATS, row, s + LENGTH);
            FloatVector b2 = FloatVector.fromArray(FLOATS, row, s + 2 * LENGTH);
            FloatVector b3 = FloatVector.fromArray(FLOATS, row, s + 3 * LENGTH);
            FloatVector m;
            m = FloatVector.broadcast(FLOATS, a0[k]);
            sum00 = m.fma(b0, sum00);
            sum01 = m.fma(b1, sum01);
            sum02 = m.fma(b2, sum02);
            sum03 = m.fma(b3, sum03);
        }
        FloatVector bias;
        bias = FloatVector.fromArray(FLOATS, biases, s);
        FloatVector.fromArray(FLOATS, c0, s)
                .add(VECTOR.cast(sum00).add(bias).add(bias0))
                .intoArray(c0, s);
        bias = FloatVector.fromArray(FLOATS, biases, s + LENGTH);
        FloatVector.fromArray(FLOATS, c0, s + LENGTH)
                .add(VECTOR.cast(sum01).add(bias).add(bias0))
                .intoArray(c0, s + LENGTH);
        bias = FloatVector.fromArray(FLOATS, biases, s + 2 * LENGTH);
        FloatVector.fromArray(FLOATS, c0, s + 2 * LENGTH)
                .add(VECTOR.cast(sum02).add(bias).add(bias0))
                .intoArray(c0, s + 2 * LENGTH);
        bias = FloatVector.fromArray(FLOATS, biases, s + 3 * LENGTH);
        FloatVector.fromArray(FLOATS, c0, s + 3 * LENGTH)
                .add(VECTOR.cast(sum03).add(bias).add(bias0))
                .intoArray(c0, s + 3 * LENGTH);
    }

    /** One row, one vector. */
    static void multiply1x1(float[] a0, int from, int to, float[][] b, float[] c0, int s, float bias0, float[] biases) {
        FloatVector zero = FloatVector.zero(FLOATS);
        FloatVector sum00 = zero;
        for (int k = from; k < to; k++) {
            float[] row = b[k];
            FloatVector b0 = FloatVector.fromArray(FLOATS, row, s);
            FloatVector m;
            m = FloatVector.broadcast(FLOATS, a0[k]);
            sum00 = m.fma(b0, sum00);
        }
        FloatVector bias;
        bias = FloatVector.fromArray(FLOATS, biases, s);
        FloatVector.fromArray(FLOATS, c0, s)
                .add(VECTOR.cast(sum00).add(bias).add(bias0))
                .intoArray(c0, s);
    }

    /** Four rows, four vectors. */
    static void multiply4x4(
            float[] a0,
            float[] a1,
            float[] a2,
            float[] a3,
            int from,
            int to,
            float[][] b,
            float[] c0,
            float[] c1,
            float[] c2,
            float[] c3,
            int s,
            float bias0,
            float bias1,
            float bias2,
            float bias3,
            float[] biases) {
        FloatVector zero = FloatVector.zero(FLOATS);
        FloatVector sum00 = zero;
        FloatVector sum01 = zero;
        FloatVector sum02 = zero;
        FloatVector sum03 = zero;
        FloatVector sum10 = zero;
        FloatVector sum11 = zero;
        FloatVector sum12 = zero;
        FloatVector sum13 = zero;
        FloatVector sum20 = zero;
        FloatVector sum21 = zero;
        FloatVector sum22 = zero;
        FloatVector sum23 = zero;
        FloatVector sum30 = zero;
        FloatVector sum31 = zero;
        FloatVector sum32 = zero;
        FloatVector sum33 = zero;
        for (int k = from; k < to; k++) {
            float[] row = b[k];
            FloatVector b0 = FloatVector.fromArray(FLOATS, row, s);
            FloatVector b1 = FloatVector.fromArray(FLOATS, row, s + LENGTH);
            FloatVector b2 = FloatVector.fromArray(FLOATS, row, s + 2 * LENGTH);
            FloatVector b3 = FloatVector.fromArray(FLOATS, row, s + 3 * LENGTH);
            FloatVector m;
            m = FloatVector.broadcast(FLOATS, a0[k]);
            sum00 = m.fma(b0, sum00);
            sum01 = m.fma(b1, sum01);
            sum02 = m.fma(b2, sum02);
            sum03 = m.fma(b3, sum03);
            m = FloatVector.broadcast(FLOATS, a1[k]);
            sum10 = m.fma(b0, sum10);
            sum11 = m.fma(b1, sum11);
            sum12 = m.fma(b2, sum12);
            sum13 = m.fma(b3, sum13);
            m = FloatVector.broadcast(FLOATS, a2[k]);
            sum20 = m.fma(b0, sum20);
            sum21 = m.fma(b1, sum21);
            sum22 = m.fma(b2, sum22);
            sum23 = m.fma(b3, sum23);
            m = FloatVector.broadcast(FLOATS, a3[k]);
            sum30 = m.fma(b0, sum30);
            sum31 = m.fma(b1, sum31);
            sum32 = m.fma(b2, sum32);
            sum33 = m.fma(b3, sum33);
        }
        FloatVector bias;
        bias = FloatVector.fromArray(FLOATS, biases, s);
        FloatVector.fromArray(FLOATS, c0, s)
                .add(VECTOR.cast(sum00).add(bias).add(bias0))
                .intoArray(c0, s);
        FloatVector.fromArray(FLOATS, c1, s)
                .add(VECTOR.cast(sum10).add(bias).add(bias1))
                .intoArray(c1, s);
        FloatVector.fromArray(FLOATS, c2, s)
                .add(VECTOR.cast(sum20).add(bias).add(bias2))
                .intoArray(c2, s);
        FloatVector.fromArray(FLOATS, c3, s)
                .add(VECTOR.cast(sum30).add(bias).add(bias3))
                .intoArray(c3, s);
        bias = FloatVector.fromArray(FLOATS, biases, s + LENGTH);
        FloatVector.fromArray(FLOATS, c0, s + LENGTH)
                .add(VECTOR.cast(sum01).add(bias).add(bias0))
                .intoArray(c0, s + LENGTH);
        FloatVector.fromArray(FLOATS, c1, s + LENGTH)
                .add(VECTOR.cast(sum11).add(bias).add(bias1))
                .intoArray(c1, s + LENGTH);
        FloatVector.fromArray(FLOATS, c2, s + LENGTH)
                .add(VECTOR.cast(sum21).add(bias).add(bias2))
                .intoArray(c2, s + LENGTH);
        FloatVector.fromArray(FLOATS, c3, s + LENGTH)
                .add(VECTOR.cast(sum31).add(bias).add(bias3))
                .intoArray(c3, s + LENGTH);
        bias = FloatVector.fromArray(FLOATS, biases, s + 2 * LENGTH);
        FloatVector.fromArray(FLOATS, c0, s + 2 * LENGTH)
                .add(VECTOR.cast(sum02).add(bias).add(bias0))
                .intoArray(c0, s + 2 * LENGTH);
        FloatVector.fromArray(FLOATS, c1, s + 2 * LENGTH)
                .add(VECTOR.cast(sum12).add(bias).add(bias1))
                .intoArray(c1, s + 2 * LENGTH);
        FloatVector.fromArray(FLOATS, c2, s + 2 * LENGTH)
                .add(VECTOR.cast(sum22).add(bias).add(bias2))
                .intoArray(c2, s + 2 * LENGTH);
        FloatVector.fromArray(FLOATS, c3, s + 2 * LENGTH)
                .add(VECTOR.cast(sum32).add(bias).add(bias3))
                .intoArray(c3, s + 2 * LENGTH);
        bias = FloatVector.fromArray(FLOATS, biases, s + 3 * LENGTH);
        FloatVector.fromArray(FLOATS, c0, s + 3 * LENGTH)
                .add(VECTOR.cast(sum03).add(bias).add(bias0))
                .intoArray(c0, s + 3 * LENGTH);
        FloatVector.fromArray(FLOATS, c1, s + 3 * LENGTH)
                .add(VECTOR.cast(sum13).add(bias).add(bias1))
                .intoArray(c1, s + 3 * LENGTH);
        FloatVector.fromArray(FLOATS, c2, s + 3 * LENGTH)
                .add(VECTOR.cast(sum23).add(bias).add(bias2))
                .intoArray(c2, s + 3 * LENGTH);
        FloatVector.fromArray(FLOATS, c3, s + 3 * LENGTH)
                .add(VECTOR.cast(sum33).add(bias).add(bias3))
                .intoArray(c3, s + 3 * LENGTH);
    }

    /** Four rows, one vector. */
    static void multiply4x1(
            float[] a0,
            float[] a1,
            float[] a2,
            float[] a3,
            int from,
            int to,
            float[][] b,
            float[] c0,
            float[] c1,
            float[] c2,
            float[] c3,
            int s,
            float bias0,
            float bias1,
            float bias2,
            float bias3,
            float[] biases) {
        FloatVector zero = FloatVector.zero(FLOATS);
        FloatVector sum00 = zero;
        FloatVector sum10 = zero;
        FloatVector sum20 = zero;
        FloatVector sum30 = zero;
        for (int k = from; k < to; k++) {
            float[] row = b[k];
            FloatVector b0 = FloatVector.fromArray(FLOATS, row, s);
            FloatVector m;
            m = FloatVector.broadcast(FLOATS, a0[k]);
            sum00 = m.fma(b0, sum00);
            m = FloatVector.broadcast(FLOATS, a1[k]);
            sum10 = m.fma(b0, sum10);
            m = FloatVector.broadcast(FLOATS, a2[k]);
            sum20 = m.fma(b0, sum20);
            m = FloatVector.broadcast(FLOATS, a3[k]);
            sum30 = m.fma(b0, sum30);
        }
        FloatVector bias;
        bias = FloatVector.fromArray(FLOATS, biases, s);
        FloatVector.fromArray(FLOATS, c0, s)
                .add(VECTOR.cast(sum00).add(bias).add(bias0))
                .intoArray(c0, s);
        FloatVector.fromArray(FLOATS, c1, s)
                .add(VECTOR.cast(sum10).add(bias).add(bias1))
                .intoArray(c1, s);
        FloatVector.fromArray(FLOATS, c2, s)
                .add(VECTOR.cast(sum20).add(bias).add(bias2))
                .intoArray(c2, s);
        FloatVector.fromArray(FLOATS, c3, s)
                .add(VECTOR.cast(sum30).add(bias).add(bias3))
                .intoArray(c3, s);
    }
}
