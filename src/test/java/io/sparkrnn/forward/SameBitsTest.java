package io.sparkrnn.forward;

import static org.assertj.core.api.Assertions.assertThat;

import io.sparkrnn.kernel.portable.PortableKernel;
import io.sparkrnn.kernel.simd.SimdKernel;
import org.junit.jupiter.api.Test;

/** The simd kernel gives the portable kernel's bits, in every batch. */
class SameBitsTest {
    @Test
    void simdAndPortableGiveTheSameBits() {
        long seed = 20261125;
        for (int trial = 0; trial < 60; trial++) {
            BitsDigest digest = new BitsDigest(seed + trial);
            assertThat(digest.of(new SimdKernel())).as("%s", digest).isEqualTo(digest.of(new PortableKernel()));
        }
    }
}
