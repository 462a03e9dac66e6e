/**
 * Which columns of a table are what: found by name or path, and checked. By them a row is named, and its steps that count
 * are known.
 */
@NullMarked
package io.sparkrnn.spark.column;

import org.jspecify.annotations.NullMarked;
