/** The forward pass in float32: batches of sequences of any lengths, through layers and directions, on a kernel. */
@NullMarked
package io.sparkrnn.forward;

import org.jspecify.annotations.NullMarked;
