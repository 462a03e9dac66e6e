package io.sparkrnn.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class AlignedArrayTest {
    /** Where the elements of an array begin is the JVM's to say; it is less with compact object headers (JEP 450). */
    @Test
    void theFirstElementToUseBeginsACacheLine() throws ReflectiveOperationException {
        int base = Class.forName("sun.misc.Unsafe")
                .getField("ARRAY_FLOAT_BASE_OFFSET")
                .getInt(null);

        assertThat((base + AlignedArray.FIRST * Float.BYTES) % 64).isZero();
        assertThat(AlignedArray.of(100)).hasSizeGreaterThanOrEqualTo(AlignedArray.FIRST + 100);
    }
}
