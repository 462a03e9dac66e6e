/**
 * How the numbers in the columns of a row become time steps: what can lie in a column, what reads it, which steps count, and
 * how numbers are standardised.
 */
@NullMarked
package io.sparkrnn.spark.feature;

import org.jspecify.annotations.NullMarked;
