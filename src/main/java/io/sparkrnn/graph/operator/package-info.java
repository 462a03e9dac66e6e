/**
 * The operators of a {@linkplain io.sparkrnn.graph.Graph graph}, a class each, with its equation and its source. Each
 * computes one row; sums are taken in index order, in float64 unless said otherwise, and rounded once.
 */
@NullMarked
package io.sparkrnn.graph.operator;

import org.jspecify.annotations.NullMarked;
