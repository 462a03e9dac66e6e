/** The equations as the documentation of PyTorch has them, in float64: the float64 engine, and the second opinion for every other. */
@NullMarked
package io.sparkrnn.reference;

import org.jspecify.annotations.NullMarked;
