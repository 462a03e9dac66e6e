package io.sparkrnn.peers;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The most float32 arithmetic that one core does: fused multiply-adds on registers and nothing else, in twelve chains that do
 * not wait for each other. (A plain Java loop will not do: C2 keeps no accumulators in vector registers and reaches two
 * thirds.) Compiled by itself, since it alone needs the incubator module.
 */
final class FmaPeak {
    private static final VectorSpecies<Float> SPECIES = FloatVector.SPECIES_PREFERRED;
    /** Without a cast to it C2 does not know after the loop what the vectors are, and keeps them in objects in the loop too. */
    private static final Class<? extends FloatVector> VECTOR = FloatVector.SPECIES_PREFERRED
            .vectorType()
            .asSubclass(FloatVector.class);
    private static final int CHAINS = 12;
    private static final int REPEATS = 1_000;

    /** Where the sums go, so that they are needed. */
    private final float[] sums = new float[CHAINS * SPECIES.length()];

    /** Multiplications and additions of a run. */
    static double flops() {
        return 2.0 * REPEATS * CHAINS * SPECIES.length();
    }

    /** What the vectors are, such as {@code 512-bit}. */
    static String vectors() {
        return SPECIES.vectorBitSize() + "-bit";
    }

    void run() {
        chains(sums, REPEATS);
    }

    private static void chains(float[] sums, int repeats) {
        FloatVector x = FloatVector.broadcast(SPECIES, 0.999f);
        FloatVector y = FloatVector.broadcast(SPECIES, 0.0005f);
        int lanes = SPECIES.length();
        FloatVector a = x;
        FloatVector b = x;
        FloatVector c = x;
        FloatVector d = x;
        FloatVector e = x;
        FloatVector f = x;
        FloatVector g = x;
        FloatVector h = x;
        FloatVector i = x;
        FloatVector j = x;
        FloatVector k = x;
        FloatVector l = x;
        for (int r = 0; r < repeats; r++) {
            a = a.fma(x, y);
            b = b.fma(x, y);
            c = c.fma(x, y);
            d = d.fma(x, y);
            e = e.fma(x, y);
            f = f.fma(x, y);
            g = g.fma(x, y);
            h = h.fma(x, y);
            i = i.fma(x, y);
            j = j.fma(x, y);
            k = k.fma(x, y);
            l = l.fma(x, y);
        }
        VECTOR.cast(a).intoArray(sums, 0);
        VECTOR.cast(b).intoArray(sums, lanes);
        VECTOR.cast(c).intoArray(sums, 2 * lanes);
        VECTOR.cast(d).intoArray(sums, 3 * lanes);
        VECTOR.cast(e).intoArray(sums, 4 * lanes);
        VECTOR.cast(f).intoArray(sums, 5 * lanes);
        VECTOR.cast(g).intoArray(sums, 6 * lanes);
        VECTOR.cast(h).intoArray(sums, 7 * lanes);
        VECTOR.cast(i).intoArray(sums, 8 * lanes);
        VECTOR.cast(j).intoArray(sums, 9 * lanes);
        VECTOR.cast(k).intoArray(sums, 10 * lanes);
        VECTOR.cast(l).intoArray(sums, 11 * lanes);
    }
}
