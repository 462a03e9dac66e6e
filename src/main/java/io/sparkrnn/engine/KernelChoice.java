package io.sparkrnn.engine;

/** What does the arithmetic. */
public enum KernelChoice {
    /**
     * The fastest there is for the precision: simd, or portable without its module, for float32; reference for float64. In a JVM that
     * has not compiled simd's code yet, portable computes the first batches, with the same bits.
     */
    AUTO,
    /** Java's vector module (jdk.incubator.vector), float32. */
    SIMD,
    /** Plain Java, float32. */
    PORTABLE,
    /** EJML, in float64 throughout; its results are rounded at the end when float32 is asked for. */
    REFERENCE
}
