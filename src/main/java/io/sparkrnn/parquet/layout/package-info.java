/**
 * How a column of float lists lies in a Parquet file: what its levels mean, how they are encoded, what its numbers are. What
 * reads and what writes both know it.
 */
@NullMarked
package io.sparkrnn.parquet.layout;

import org.jspecify.annotations.NullMarked;
