package io.sparkrnn.kernel.simd;

import static io.sparkrnn.kernel.simd.Species.FLOATS;
import static io.sparkrnn.kernel.simd.Species.INTS;
import static io.sparkrnn.kernel.simd.Species.LENGTH;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Shows the JVM all vector operators that the kernel uses, one after the other, before the kernel runs.
 *
 * <p>All binary operators of a vector go through one method of the JDK. If C2 compiles that method by itself while only additions
 * have been seen, it bets on additions; the first product then makes it take its bet back (an "uncommon trap"). The JVM counts
 * these, and when it compiles a tile, it adds up the counts of everything that it inlines, once for each copy: a tile has 48 copies
 * of that method, so three lost bets are more than the limit of 100 (PerMethodTrapLimit). From there on C2 inlines no more bets
 * in that tile, sums become objects, and the tile runs at half of its speed, or at a third, for the life of the JVM. A profile
 * that has several operators from the beginning is one that nobody bets on.
 *
 * <p>Where it counts on nobody, it cannot hurt: what C2 inlines into a tile it knows by the constant operator, not by profile.
 */
final class OperatorProfiles {
    /** Several times what it takes until C1 has compiled the JDK's methods and counts what they see. */
    private static final int ROUNDS = 1000;

    private OperatorProfiles() {}

    /** Takes some 30 ms; of no effect on anything but what the JVM knows. */
    static void mix() {
        float[] numbers = new float[LENGTH];
        for (int i = 0; i < ROUNDS; i++) {
            round(numbers);
        }
    }

    private static void round(float[] numbers) {
        FloatVector x = FloatVector.fromArray(FLOATS, numbers, 0);
        FloatVector y = FloatVector.broadcast(FLOATS, 1f);
        x = x.add(y);
        x = x.mul(y);
        x = x.sub(y);
        x = x.div(y);
        x = x.max(y);
        x = x.fma(y, y);
        x = x.abs();
        x = x.blend(y, x.compare(VectorOperators.GT, y));
        x = x.blend(y, x.compare(VectorOperators.LT, y));
        IntVector bits = x.reinterpretAsInts();
        IntVector one = IntVector.broadcast(INTS, 1);
        bits = bits.and(one);
        bits = bits.or(one);
        bits = bits.min(one);
        bits = bits.add(one);
        bits = bits.lanewise(VectorOperators.LSHL, 1);
        bits.reinterpretAsFloats().intoArray(numbers, 0);
    }
}
