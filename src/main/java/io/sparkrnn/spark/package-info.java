/**
 * The network over a table: a {@code Dataset<Row>} of sequences in, a {@code Dataset<Row>} of states out. The library's
 * public face is {@link io.sparkrnn.spark.SequenceScorer}.
 */
@NullMarked
package io.sparkrnn.spark;

import org.jspecify.annotations.NullMarked;
