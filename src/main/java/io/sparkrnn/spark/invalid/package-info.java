/**
 * What is wrong with a row or a table, as a value: the reason in a word, what was found and where, and what is to become
 * of it.
 */
@NullMarked
package io.sparkrnn.spark.invalid;

import org.jspecify.annotations.NullMarked;
