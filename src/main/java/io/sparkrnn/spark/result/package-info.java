/** The columns that come of a network, in a task: what puts the numbers of a sequence into an array as Spark has it in memory. */
@NullMarked
package io.sparkrnn.spark.result;

import org.jspecify.annotations.NullMarked;
