/** The kernel in vectors of {@code jdk.incubator.vector}; the only place that imports it. Loaded only where it is there. */
@NullMarked
package io.sparkrnn.kernel.simd;

import org.jspecify.annotations.NullMarked;
