package io.sparkrnn.kernel.simd;

import static io.sparkrnn.kernel.simd.Species.FLOATS;
import static io.sparkrnn.kernel.simd.Species.LENGTH;
import static io.sparkrnn.kernel.simd.Species.VECTOR;

import jdk.incubator.vector.FloatVector;

/**
 * Some steps of one sequence, or one step of some, by a panel of {@link #WIDTH} columns, over one block of k.
 *
 * <p>{@code sums[i] = base[i] + (s[i] + bias)} for step i, where {@code s[i]} starts from 0 and takes the products {@code
 * x[i][k] * panel[k]} in the order of k, in every lane. See {@link Tile12x2} for why all is written out.
 *
 * <p>Arrays: panel [depth][WIDTH] from {@code p} on; x [steps][depth] from {@code xAt} on, its steps {@code xStride} apart, and
 * so base and sums [steps][WIDTH]; bias [WIDTH]. Modifies the sums only; base may be the same array.
 */
final class PanelTiles {
    /** Four vectors: a product of one step has a chain for each, which the weights' way into the registers does not outrun. */
    static final int WIDTH = 4 * LENGTH;

    private PanelTiles() {}

    /** One step. */
    static void one(
            float[] panel,
            int p,
            int depth,
            float[] x,
            int xAt,
            float[] bias,
            int biasAt,
            float[] base,
            int baseAt,
            float[] sums,
            int sumsAt) {
        FloatVector zero = FloatVector.zero(FLOATS);
        FloatVector sum00 = zero;
        FloatVector sum01 = zero;
        FloatVector sum02 = zero;
        FloatVector sum03 = zero;
        for (int k = 0; k < depth; k++) {
            FloatVector b0 = FloatVector.fromArray(FLOATS, panel, p + k * WIDTH);
            FloatVector b1 = FloatVector.fromArray(FLOATS, panel, p + LENGTH + k * WIDTH);
            FloatVector b2 = FloatVector.fromArray(FLOATS, panel, p + 2 * LENGTH + k * WIDTH);
            FloatVector b3 = FloatVector.fromArray(FLOATS, panel, p + 3 * LENGTH + k * WIDTH);
            FloatVector m;
            m = FloatVector.broadcast(FLOATS, x[xAt + k]);
            sum00 = m.fma(b0, sum00);
            sum01 = m.fma(b1, sum01);
            sum02 = m.fma(b2, sum02);
            sum03 = m.fma(b3, sum03);
        }
        FloatVector bias0 = FloatVector.fromArray(FLOATS, bias, biasAt);
        FloatVector bias1 = FloatVector.fromArray(FLOATS, bias, biasAt + LENGTH);
        FloatVector bias2 = FloatVector.fromArray(FLOATS, bias, biasAt + 2 * LENGTH);
        FloatVector bias3 = FloatVector.fromArray(FLOATS, bias, biasAt + 3 * LENGTH);
        FloatVector.fromArray(FLOATS, base, baseAt)
                .add(VECTOR.cast(sum00).add(bias0))
                .intoArray(sums, sumsAt);
        FloatVector.fromArray(FLOATS, base, baseAt + LENGTH)
                .add(VECTOR.cast(sum01).add(bias1))
                .intoArray(sums, sumsAt + LENGTH);
        FloatVector.fromArray(FLOATS, base, baseAt + 2 * LENGTH)
                .add(VECTOR.cast(sum02).add(bias2))
                .intoArray(sums, sumsAt + 2 * LENGTH);
        FloatVector.fromArray(FLOATS, base, baseAt + 3 * LENGTH)
                .add(VECTOR.cast(sum03).add(bias3))
                .intoArray(sums, sumsAt + 3 * LENGTH);
    }

    /** Two steps, for machines of 16 registers, and for what is left of four. */
    static void two(
            float[] panel,
            int p,
            int depth,
            float[] x,
            int xAt,
            int xStride,
            float[] bias,
            int biasAt,
            float[] base,
            int baseAt,
            int baseStride,
            float[] sums,
            int sumsAt,
            int sumsStride) {
        FloatVector zero = FloatVector.zero(FLOATS);
        FloatVector sum00 = zero;
        FloatVector sum01 = zero;
        FloatVector sum02 = zero;
        FloatVector sum03 = zero;
        FloatVector sum10 = zero;
        FloatVector sum11 = zero;
        FloatVector sum12 = zero;
        FloatVector sum13 = zero;
        int x1 = xAt + xStride;
        for (int k = 0; k < depth; k++) {
            FloatVector b0 = FloatVector.fromArray(FLOATS, panel, p + k * WIDTH);
            FloatVector b1 = FloatVector.fromArray(FLOATS, panel, p + LENGTH + k * WIDTH);
            FloatVector b2 = FloatVector.fromArray(FLOATS, panel, p + 2 * LENGTH + k * WIDTH);
            FloatVector b3 = FloatVector.fromArray(FLOATS, panel, p + 3 * LENGTH + k * WIDTH);
            FloatVector m;
            m = FloatVector.broadcast(FLOATS, x[xAt + k]);
            sum00 = m.fma(b0, sum00);
            sum01 = m.fma(b1, sum01);
            sum02 = m.fma(b2, sum02);
            sum03 = m.fma(b3, sum03);
            m = FloatVector.broadcast(FLOATS, x[x1 + k]);
            sum10 = m.fma(b0, sum10);
            sum11 = m.fma(b1, sum11);
            sum12 = m.fma(b2, sum12);
            sum13 = m.fma(b3, sum13);
        }
        FloatVector bias0 = FloatVector.fromArray(FLOATS, bias, biasAt);
        FloatVector bias1 = FloatVector.fromArray(FLOATS, bias, biasAt + LENGTH);
        FloatVector bias2 = FloatVector.fromArray(FLOATS, bias, biasAt + 2 * LENGTH);
        FloatVector bias3 = FloatVector.fromArray(FLOATS, bias, biasAt + 3 * LENGTH);
        FloatVector.fromArray(FLOATS, base, baseAt)
                .add(VECTOR.cast(sum00).add(bias0))
                .intoArray(sums, sumsAt);
        FloatVector.fromArray(FLOATS, base, baseAt + LENGTH)
                .add(VECTOR.cast(sum01).add(bias1))
                .intoArray(sums, sumsAt + LENGTH);
        FloatVector.fromArray(FLOATS, base, baseAt + 2 * LENGTH)
                .add(VECTOR.cast(sum02).add(bias2))
                .intoArray(sums, sumsAt + 2 * LENGTH);
        FloatVector.fromArray(FLOATS, base, baseAt + 3 * LENGTH)
                .add(VECTOR.cast(sum03).add(bias3))
                .intoArray(sums, sumsAt + 3 * LENGTH);
        int b = baseAt + baseStride;
        int s = sumsAt + sumsStride;
        FloatVector.fromArray(FLOATS, base, b)
                .add(VECTOR.cast(sum10).add(bias0))
                .intoArray(sums, s);
        FloatVector.fromArray(FLOATS, base, b + LENGTH)
                .add(VECTOR.cast(sum11).add(bias1))
                .intoArray(sums, s + LENGTH);
        FloatVector.fromArray(FLOATS, base, b + 2 * LENGTH)
                .add(VECTOR.cast(sum12).add(bias2))
                .intoArray(sums, s + 2 * LENGTH);
        FloatVector.fromArray(FLOATS, base, b + 3 * LENGTH)
                .add(VECTOR.cast(sum13).add(bias3))
                .intoArray(sums, s + 3 * LENGTH);
    }

    /** Four steps. */
    static void four(
            float[] panel,
            int p,
            int depth,
            float[] x,
            int xAt,
            int xStride,
            float[] bias,
            int biasAt,
            float[] base,
            int baseAt,
            int baseStride,
            float[] sums,
            int sumsAt,
            int sumsStride) {
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
        int x1 = xAt + xStride;
        int x2 = xAt + 2 * xStride;
        int x3 = xAt + 3 * xStride;
        for (int k = 0; k < depth; k++) {
            FloatVector b0 = FloatVector.fromArray(FLOATS, panel, p + k * WIDTH);
            FloatVector b1 = FloatVector.fromArray(FLOATS, panel, p + LENGTH + k * WIDTH);
            FloatVector b2 = FloatVector.fromArray(FLOATS, panel, p + 2 * LENGTH + k * WIDTH);
            FloatVector b3 = FloatVector.fromArray(FLOATS, panel, p + 3 * LENGTH + k * WIDTH);
            FloatVector m;
            m = FloatVector.broadcast(FLOATS, x[xAt + k]);
            sum00 = m.fma(b0, sum00);
            sum01 = m.fma(b1, sum01);
            sum02 = m.fma(b2, sum02);
            sum03 = m.fma(b3, sum03);
            m = FloatVector.broadcast(FLOATS, x[x1 + k]);
            sum10 = m.fma(b0, sum10);
            sum11 = m.fma(b1, sum11);
            sum12 = m.fma(b2, sum12);
            sum13 = m.fma(b3, sum13);
            m = FloatVector.broadcast(FLOATS, x[x2 + k]);
            sum20 = m.fma(b0, sum20);
            sum21 = m.fma(b1, sum21);
            sum22 = m.fma(b2, sum22);
            sum23 = m.fma(b3, sum23);
            m = FloatVector.broadcast(FLOATS, x[x3 + k]);
            sum30 = m.fma(b0, sum30);
            sum31 = m.fma(b1, sum31);
            sum32 = m.fma(b2, sum32);
            sum33 = m.fma(b3, sum33);
        }
        FloatVector bias0 = FloatVector.fromArray(FLOATS, bias, biasAt);
        FloatVector bias1 = FloatVector.fromArray(FLOATS, bias, biasAt + LENGTH);
        FloatVector bias2 = FloatVector.fromArray(FLOATS, bias, biasAt + 2 * LENGTH);
        FloatVector bias3 = FloatVector.fromArray(FLOATS, bias, biasAt + 3 * LENGTH);
        FloatVector.fromArray(FLOATS, base, baseAt)
                .add(VECTOR.cast(sum00).add(bias0))
                .intoArray(sums, sumsAt);
        FloatVector.fromArray(FLOATS, base, baseAt + LENGTH)
                .add(VECTOR.cast(sum01).add(bias1))
                .intoArray(sums, sumsAt + LENGTH);
        FloatVector.fromArray(FLOATS, base, baseAt + 2 * LENGTH)
                .add(VECTOR.cast(sum02).add(bias2))
                .intoArray(sums, sumsAt + 2 * LENGTH);
        FloatVector.fromArray(FLOATS, base, baseAt + 3 * LENGTH)
                .add(VECTOR.cast(sum03).add(bias3))
                .intoArray(sums, sumsAt + 3 * LENGTH);
        int b = baseAt + baseStride;
        int s = sumsAt + sumsStride;
        FloatVector.fromArray(FLOATS, base, b)
                .add(VECTOR.cast(sum10).add(bias0))
                .intoArray(sums, s);
        FloatVector.fromArray(FLOATS, base, b + LENGTH)
                .add(VECTOR.cast(sum11).add(bias1))
                .intoArray(sums, s + LENGTH);
        FloatVector.fromArray(FLOATS, base, b + 2 * LENGTH)
                .add(VECTOR.cast(sum12).add(bias2))
                .intoArray(sums, s + 2 * LENGTH);
        FloatVector.fromArray(FLOATS, base, b + 3 * LENGTH)
                .add(VECTOR.cast(sum13).add(bias3))
                .intoArray(sums, s + 3 * LENGTH);
        b += baseStride;
        s += sumsStride;
        FloatVector.fromArray(FLOATS, base, b)
                .add(VECTOR.cast(sum20).add(bias0))
                .intoArray(sums, s);
        FloatVector.fromArray(FLOATS, base, b + LENGTH)
                .add(VECTOR.cast(sum21).add(bias1))
                .intoArray(sums, s + LENGTH);
        FloatVector.fromArray(FLOATS, base, b + 2 * LENGTH)
                .add(VECTOR.cast(sum22).add(bias2))
                .intoArray(sums, s + 2 * LENGTH);
        FloatVector.fromArray(FLOATS, base, b + 3 * LENGTH)
                .add(VECTOR.cast(sum23).add(bias3))
                .intoArray(sums, s + 3 * LENGTH);
        b += baseStride;
        s += sumsStride;
        FloatVector.fromArray(FLOATS, base, b)
                .add(VECTOR.cast(sum30).add(bias0))
                .intoArray(sums, s);
        FloatVector.fromArray(FLOATS, base, b + LENGTH)
                .add(VECTOR.cast(sum31).add(bias1))
                .intoArray(sums, s + LENGTH);
        FloatVector.fromArray(FLOATS, base, b + 2 * LENGTH)
                .add(VECTOR.cast(sum32).add(bias2))
                .intoArray(sums, s + 2 * LENGTH);
        FloatVector.fromArray(FLOATS, base, b + 3 * LENGTH)
                .add(VECTOR.cast(sum33).add(bias3))
                .intoArray(sums, s + 3 * LENGTH);
    }

    /** Six steps. */
    static void six(
            float[] panel,
            int p,
            int depth,
            float[] x,
            int xAt,
            int xStride,
            float[] bias,
            int biasAt,
            float[] base,
            int baseAt,
            int baseStride,
            float[] sums,
            int sumsAt,
            int sumsStride) {
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
        FloatVector sum40 = zero;
        FloatVector sum41 = zero;
        FloatVector sum42 = zero;
        FloatVector sum43 = zero;
        FloatVector sum50 = zero;
        FloatVector sum51 = zero;
        FloatVector sum52 = zero;
        FloatVector sum53 = zero;
        int x1 = xAt + xStride;
        int x2 = xAt + 2 * xStride;
        int x3 = xAt + 3 * xStride;
        int x4 = xAt + 4 * xStride;
        int x5 = xAt + 5 * xStride;
        for (int k = 0; k < depth; k++) {
            FloatVector b0 = FloatVector.fromArray(FLOATS, panel, p + k * WIDTH);
            FloatVector b1 = FloatVector.fromArray(FLOATS, panel, p + LENGTH + k * WIDTH);
            FloatVector b2 = FloatVector.fromArray(FLOATS, panel, p + 2 * LENGTH + k * WIDTH);
            FloatVector b3 = FloatVector.fromArray(FLOATS, panel, p + 3 * LENGTH + k * WIDTH);
            FloatVector m;
            m = FloatVector.broadcast(FLOATS, x[xAt + k]);
            sum00 = m.fma(b0, sum00);
            sum01 = m.fma(b1, sum01);
            sum02 = m.fma(b2, sum02);
            sum03 = m.fma(b3, sum03);
            m = FloatVector.broadcast(FLOATS, x[x1 + k]);
            sum10 = m.fma(b0, sum10);
            sum11 = m.fma(b1, sum11);
            sum12 = m.fma(b2, sum12);
            sum13 = m.fma(b3, sum13);
            m = FloatVector.broadcast(FLOATS, x[x2 + k]);
            sum20 = m.fma(b0, sum20);
            sum21 = m.fma(b1, sum21);
            sum22 = m.fma(b2, sum22);
            sum23 = m.fma(b3, sum23);
            m = FloatVector.broadcast(FLOATS, x[x3 + k]);
            sum30 = m.fma(b0, sum30);
            sum31 = m.fma(b1, sum31);
            sum32 = m.fma(b2, sum32);
            sum33 = m.fma(b3, sum33);
            m = FloatVector.broadcast(FLOATS, x[x4 + k]);
            sum40 = m.fma(b0, sum40);
            sum41 = m.fma(b1, sum41);
            sum42 = m.fma(b2, sum42);
            sum43 = m.fma(b3, sum43);
            m = FloatVector.broadcast(FLOATS, x[x5 + k]);
            sum50 = m.fma(b0, sum50);
            sum51 = m.fma(b1, sum51);
            sum52 = m.fma(b2, sum52);
            sum53 = m.fma(b3, sum53);
        }
        FloatVector bias0 = FloatVector.fromArray(FLOATS, bias, biasAt);
        FloatVector bias1 = FloatVector.fromArray(FLOATS, bias, biasAt + LENGTH);
        FloatVector bias2 = FloatVector.fromArray(FLOATS, bias, biasAt + 2 * LENGTH);
        FloatVector bias3 = FloatVector.fromArray(FLOATS, bias, biasAt + 3 * LENGTH);
        FloatVector.fromArray(FLOATS, base, baseAt)
                .add(VECTOR.cast(sum00).add(bias0))
                .intoArray(sums, sumsAt);
        FloatVector.fromArray(FLOATS, base, baseAt + LENGTH)
                .add(VECTOR.cast(sum01).add(bias1))
                .intoArray(sums, sumsAt + LENGTH);
        FloatVector.fromArray(FLOATS, base, baseAt + 2 * LENGTH)
                .add(VECTOR.cast(sum02).add(bias2))
                .intoArray(sums, sumsAt + 2 * LENGTH);
        FloatVector.fromArray(FLOATS, base, baseAt + 3 * LENGTH)
                .add(VECTOR.cast(sum03).add(bias3))
                .intoArray(sums, sumsAt + 3 * LENGTH);
        int b = baseAt + baseStride;
        int s = sumsAt + sumsStride;
        FloatVector.fromArray(FLOATS, base, b)
                .add(VECTOR.cast(sum10).add(bias0))
                .intoArray(sums, s);
        FloatVector.fromArray(FLOATS, base, b + LENGTH)
                .add(VECTOR.cast(sum11).add(bias1))
                .intoArray(sums, s + LENGTH);
        FloatVector.fromArray(FLOATS, base, b + 2 * LENGTH)
                .add(VECTOR.cast(sum12).add(bias2))
                .intoArray(sums, s + 2 * LENGTH);
        FloatVector.fromArray(FLOATS, base, b + 3 * LENGTH)
                .add(VECTOR.cast(sum13).add(bias3))
                .intoArray(sums, s + 3 * LENGTH);
        b += baseStride;
        s += sumsStride;
        FloatVector.fromArray(FLOATS, base, b)
                .add(VECTOR.cast(sum20).add(bias0))
                .intoArray(sums, s);
        FloatVector.fromArray(FLOATS, base, b + LENGTH)
                .add(VECTOR.cast(sum21).add(bias1))
                .intoArray(sums, s + LENGTH);
        FloatVector.fromArray(FLOATS, base, b + 2 * LENGTH)
                .add(VECTOR.cast(sum22).add(bias2))
                .intoArray(sums, s + 2 * LENGTH);
        FloatVector.fromArray(FLOATS, base, b + 3 * LENGTH)
                .add(VECTOR.cast(sum23).add(bias3))
                .intoArray(sums, s + 3 * LENGTH);
        b += baseStride;
        s += sumsStride;
        FloatVector.fromArray(FLOATS, base, b)
                .add(VECTOR.cast(sum30).add(bias0))
                .intoArray(sums, s);
        FloatVector.fromArray(FLOATS, base, b + LENGTH)
                .add(VECTOR.cast(sum31).add(bias1))
                .intoArray(sums, s + LENGTH);
        FloatVector.fromArray(FLOATS, base, b + 2 * LENGTH)
                .add(VECTOR.cast(sum32).add(bias2))
                .intoArray(sums, s + 2 * LENGTH);
        FloatVector.fromArray(FLOATS, base, b + 3 * LENGTH)
                .add(VECTOR.cast(sum33).add(bias3))
                .intoArray(sums, s + 3 * LENGTH);
        b += baseStride;
        s += sumsStride;
        FloatVector.fromArray(FLOATS, base, b)
                .add(VECTOR.cast(sum40).add(bias0))
                .intoArray(sums, s);
        FloatVector.fromArray(FLOATS, base, b + LENGTH)
                .add(VECTOR.cast(sum41).add(bias1))
                .intoArray(sums, s + LENGTH);
        FloatVector.fromArray(FLOATS, base, b + 2 * LENGTH)
                .add(VECTOR.cast(sum42).add(bias2))
                .intoArray(sums, s + 2 * LENGTH);
        FloatVector.fromArray(FLOATS, base, b + 3 * LENGTH)
                .add(VECTOR.cast(sum43).add(bias3))
                .intoArray(sums, s + 3 * LENGTH);
        b += baseStride;
        s += sumsStride;
        FloatVector.fromArray(FLOATS, base, b)
                .add(VECTOR.cast(sum50).add(bias0))
                .intoArray(sums, s);
        FloatVector.fromArray(FLOATS, base, b + LENGTH)
                .add(VECTOR.cast(sum51).add(bias1))
                .intoArray(sums, s + LENGTH);
        FloatVector.fromArray(FLOATS, base, b + 2 * LENGTH)
                .add(VECTOR.cast(sum52).add(bias2))
                .intoArray(sums, s + 2 * LENGTH);
        FloatVector.fromArray(FLOATS, base, b + 3 * LENGTH)
                .add(VECTOR.cast(sum53).add(bias3))
                .intoArray(sums, s + 3 * LENGTH);
    }
}
