/** A row between Spark's memory and a task: as it comes, as it goes, and as it is kept meanwhile. */
@NullMarked
package io.sparkrnn.spark.row;

import org.jspecify.annotations.NullMarked;
