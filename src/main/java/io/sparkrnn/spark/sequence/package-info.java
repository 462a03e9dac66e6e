/**
 * The sequences of a partition on their way into batches: the rows that are read, how long one may be, and what is wrong
 * with one in words.
 */
@NullMarked
package io.sparkrnn.spark.sequence;

import org.jspecify.annotations.NullMarked;
