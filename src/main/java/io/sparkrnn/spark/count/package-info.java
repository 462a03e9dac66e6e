/** What is counted of a job by its tasks: what became of the rows, partition by partition, and what computed them. */
@NullMarked
package io.sparkrnn.spark.count;

import org.jspecify.annotations.NullMarked;
