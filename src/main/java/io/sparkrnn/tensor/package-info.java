/** Named arrays of numbers as a file holds them. Knows nothing of networks, files or Spark. */
@NullMarked
package io.sparkrnn.tensor;

import org.jspecify.annotations.NullMarked;
