package io.sparkrnn.kernel;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.lang.management.ManagementFactory;

/**
 * Large arrays that vectors are read from all the time. It decides the speed whether a vector of 64 bytes is in one cache
 * line or in two. Weights of a single sequence were used at 65 to 70 GFLOP/s in one line and at 43 in two, when they came from the L2
 * cache; from L1 at 101 and at 67.
 *
 * <p>Java has no word on where an array begins, but G1, the collector that a JVM takes by itself on any but the smallest
 * machines, puts an array of more than half a region at the beginning of a region of its own and lets it stay there: its
 * elements begin behind a header, and element {@link #FIRST} begins a cache line. So an array that is shorter
 * is made that long, which takes no more than one of the heap's 2,048 or so regions. With other collectors an array is
 * where it is; results do not depend on it.
 */
public final class AlignedArray {
    private static final int CACHE_LINE = 64;

    /** Bytes of an array before its elements: mark, class and length; and with JEP 450, which has the first two in one, less. */
    private static final int HEADER = Boolean.parseBoolean(option("UseCompactObjectHeaders")) ? 12 : 16;

    /** The first element to use: header and gap are a cache line. */
    public static final int FIRST = (CACHE_LINE - HEADER) / Float.BYTES;

    /** Arrays shorter than this are as they are: what they hold stays in the L1 cache, and takes little of a step. */
    private static final int SHORTEST = 4096;

    /** Floats of half a region of G1; 0 with another collector. */
    private static final int HALF_REGION = halfRegion();

    private AlignedArray() {}

    /** A new array of {@code FIRST + size} floats or more. */
    public static float[] of(int size) {
        int needed = Math.addExact(FIRST, size);
        return new float[size < SHORTEST ? needed : Math.max(needed, HALF_REGION)];
    }

    private static int halfRegion() {
        return Math.toIntExact(Long.parseLong(option("G1HeapRegionSize")) / 2 / Float.BYTES);
    }

    /** The value of an option of this JVM; "0" where there is none: not HotSpot, built without G1, or older than the option. */
    private static String option(String name) {
        try {
            HotSpotDiagnosticMXBean jvm = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
            return jvm == null ? "0" : jvm.getVMOption(name).getValue();
        } catch (IllegalArgumentException e) {
            return "0";
        }
    }
}
