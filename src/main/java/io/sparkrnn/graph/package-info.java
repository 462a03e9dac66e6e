/**
 * A whole network: a graph of operators from the columns of a row to what the network gives for it. {@link
 * io.sparkrnn.graph.Graph} says what is computed; {@code io.sparkrnn.graph.operator} has an operator a class; engines run
 * it. Begin with {@link io.sparkrnn.graph.Graph}.
 */
@NullMarked
package io.sparkrnn.graph;

import org.jspecify.annotations.NullMarked;
