/** Which columns of a table are what: found by name or path, checked, and how a row is named and which of its steps count by them. */
@NullMarked
package io.sparkrnn.spark.column;

import org.jspecify.annotations.NullMarked;
