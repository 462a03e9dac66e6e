package io.sparkrnn.kernel.simd;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

/**
 * The one width of vectors of this JVM: two of them in one JVM slow each other down, as C2 no longer knows which of them a
 * value is.
 */
final class Species {
    /** Set to 128, 256 or 512 to take that width in place of the machine's own, which the tests do. */
    static final String BITS_PROPERTY = "io.sparkrnn.kernel.simd.bits";

    static final VectorSpecies<Float> FLOATS = chosen();

    static final VectorSpecies<Integer> INTS = VectorSpecies.of(int.class, FLOATS.vectorShape());

    /**
     * The class of such vectors. After a loop C2 knows an accumulator only as some FloatVector and calls its store instead
     * of inlining it; {@code VECTOR.cast} tells it again.
     */
    static final Class<? extends FloatVector> VECTOR = FLOATS.vectorType().asSubclass(FloatVector.class);

    /** Floats in a vector. */
    static final int LENGTH = FLOATS.length();

    private Species() {}

    private static VectorSpecies<Float> chosen() {
        Integer bits = Integer.getInteger(BITS_PROPERTY);
        if (bits != null) {
            return VectorSpecies.of(float.class, VectorShape.forBitSize(bits));
        }
        // Lanes of a block are 16, which a wider vector would not divide.
        return FloatVector.SPECIES_PREFERRED.length() > 16 ? FloatVector.SPECIES_512 : FloatVector.SPECIES_PREFERRED;
    }
}
