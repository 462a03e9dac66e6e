package io.sparkrnn.engine;

/** What does the arithmetic. */
public enum KernelChoice {
    /**
     * The fastest there is for the precision: for float32 simd, or portable where there are no vectors or the JVM's compiler makes
     * objects of them; for float64 reference. In a JVM that has not compiled simd's code yet, portable computes the first
     * batches, with the same bits.
     */
    AUTO,
    /** Java's vector module (jdk.incubator.vector), float32. */
    SIMD,
    /** Plain Java, float32. */
    PORTABLE,
    /** EJML, in float64 throughout; its results are rounded at the end when float32 is asked for. */
    REFERENCE
}
