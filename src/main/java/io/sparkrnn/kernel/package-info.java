/**
 * The few float32 operations a forward pass is made of. Knows arrays of floats only; every implementation gives the same
 * bits.
 */
@NullMarked
package io.sparkrnn.kernel;

import org.jspecify.annotations.NullMarked;
