package io.sparkrnn.kernel.simd;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/**
 * Whether this processor gathers a vector from 16 places slower than numbers change lanes in registers ({@link HalfTranspose}): an
 * AMD Zen 5 takes one and a half to three times as long, an Intel Sapphire Rapids was the faster one with gathers. No result
 * depends on it.
 */
final class Gathers {
    /** Set to true or false to decide in place of the processor, which the tests do. */
    static final String SLOW_PROPERTY = "io.sparkrnn.kernel.simd.slowGathers";

    private static final Path PROCESSORS = Path.of("/proc/cpuinfo");

    static final boolean SLOW = chosen();

    private Gathers() {}

    private static boolean chosen() {
        String slow = System.getProperty(SLOW_PROPERTY);
        return slow == null ? isAmd() : Boolean.parseBoolean(slow);
    }

    /** Java does not tell, Linux does; another system's processor is taken for one that gathers fast. */
    private static boolean isAmd() {
        try (Stream<String> lines = Files.lines(PROCESSORS)) {
            return lines.filter(line -> line.startsWith("vendor_id"))
                    .limit(1)
                    .anyMatch(line -> line.contains("AuthenticAMD"));
        } catch (IOException | RuntimeException e) {
            // no such file, or none that may be read: what comes up while it is read is thrown unchecked
            return false;
        }
    }
}
