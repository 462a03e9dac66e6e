/**
 * The network over a table: a {@code Dataset<Row>} of sequences in, a {@code Dataset<Row>} of states out. The library's
 * public face is {@link io.sparkrnn.spark.SequenceScorer}. Here are what it makes of a table, what is computed, and the tasks; what
 * these need is in the packages below, of which each knows only some of the others.
 */
@NullMarked
package io.sparkrnn.spark;

import org.jspecify.annotations.NullMarked;
